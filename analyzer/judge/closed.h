/*
 * A closed flow as the judge knows it: what its observation, facts and events come down to. 180 s in the hold, then as
 * struct kept in the rings of its hosts until they are recognised.
 */
#ifndef PLUMBLINE_JUDGE_CLOSED_H
#define PLUMBLINE_JUDGE_CLOSED_H

#include "judge/name.h"
#include "record/result.h"

/* How far a flow came, each bit by itself. */
enum came {
	CAME_ANSWERED = 1,   /* a positive answer of the responder was seen: SYN-ACK, data, datagram, echo reply */
	CAME_SHOOK = 2,      /* three-way handshake complete */
	CAME_DATA = 4,       /* data acknowledged both ways (TCP), datagrams both ways (UDP) */
	CAME_TLS = 8,        /* both Finished */
	CAME_LOGIN = 16,     /* the application's log-in was accepted */
	CAME_DATA_OUT = 32,  /* TCP: the initiator's data was acknowledged */
	CAME_APP_REPLY = 64, /* the application answered, and not with a refusal */
	CAME_APP_NO = 128,   /* it refused */
};

/* What limits the judgement of this flow. */
enum limit {
	LIMIT_NO_START = 1,  /* began before the capture */
	LIMIT_NO_END = 2,    /* open when the capture ended */
	LIMIT_UNSEEN_I = 4,  /* the initiator's packets are not in the capture, though acknowledged */
	LIMIT_UNSEEN_R = 8,  /* the responder's */
	LIMIT_LOSS = 16,     /* bytes acknowledged but never seen */
	LIMIT_CUT = 32,      /* frames cut by snap length */
	LIMIT_EVICTED = 64,
	LIMIT_CLOCK = 128,
	LIMIT_UNASSEMBLED = 256, /* fragments of the initiator's datagrams are missing, or contradict each other */
};

enum { DETAIL_HTTP = 4, DETAIL_AUTH = 3, CLOSED_LABELS = 3 };

/* What the dissectors of some protocols say more; most flows have none. Spans are interned. */
struct http_seen {
	struct span host, target, location;
	int64_t length;            /* of the answer's body; -1 not said */
	uint16_t status;
	bool connect, absolute, empty;
};

struct auth_seen {
	struct span application, mechanism;
	bool cleartext, to_proxy;
};

struct detail {
	struct http_seen http[DETAIL_HTTP];
	struct auth_seen auth[DETAIL_AUTH];
	uint8_t http_n, auth_n;
	uint32_t http_more;
	struct fact_ike ike;       /* the latest with a proposal; version 0: none */
	uint16_t ike_refused;      /* notify that refuses; 0 none */
	struct {
		uint32_t packets, lost;
	} rtp[2];
	struct span call_id;       /* SIP */
};

struct host;

struct closed {
	struct closed *next;      /* in the hold */
	int64_t held_at;
	uint64_t id;
	struct addr addr[2];
	struct host *host[2];     /* of both addresses, once surroundings_add() saw it; NULL: no host's, or no room */
	struct mac mac[2];
	uint16_t port[2];
	uint16_t wire_port;       /* port[1] as it is in the packets: of a logical flow, the proxy's */
	uint8_t proto, init_how, ip_version, link_cast, end_why;
	uint16_t vlan;
	uint8_t carries;          /* the kind of tunnel (names_tunnel) of the first of: */
	uint32_t carrying;        /* its packets in which others travelled, whose flows are judged by themselves */
	struct span tunnels;      /* that it came through: struct obs_tunnel, outermost first; interned */
	uint32_t interface;
	int64_t start, end;
	int64_t first[2], last[2]; /* of each side's packets */
	struct obs_frame first_frame, last_frame;
	uint64_t packets[2], bytes[2], payload[2], acked[2];
	uint32_t rtt_us[2], retransmitted[2];
	uint8_t dscp[2], ttl[2], ip_id[2], tcp_flags[2];
	uint32_t syns, synacks, synacks_after_ack, rsts, duplicates;
	int64_t syn_time, synack_time, established;
	unsigned came, limits;

	/* from the event log; 0 or none where it did not happen */
	int64_t last_syn, data1, rst_time, alert_time;
	/* from a message of the initiator after a silence to the responder's next: the longest, and the one after it */
	int64_t asked_at, answer_waits[2];
	uint32_t data_repeats;     /* repeats of the initiator's first data */
	uint8_t rst_side, rst_ttl;
	struct obs_frame rst_frame;
	bool rst;

	struct obs_icmp icmp;      /* the first error about the initiator's packets */
	bool has_icmp;

	struct span carried;       /* interned */
	uint8_t carried_source;    /* enum name_source */
	struct span labels[CLOSED_LABELS]; /* dissectors'; outermost first */
	uint8_t labels_n;
	struct span classified;    /* the classifier's word, where no dissector knew the flow */
	bool classified_weakly;    /* it proves nothing: shown, and not held against anybody */
	uint32_t owed;             /* in the hold: the request for it; 0 none */
	struct span application, alpn, issuer, issuer_org; /* application: the innermost label */
	uint16_t key_bits;         /* of the server's certificate; 0 unknown */
	uint16_t app_code;         /* of the latest refusal */
	struct detail *detail;     /* NULL: none; goes where the flow goes */
	uint16_t tls_version, tls_cipher;
	bool tls_hello;            /* a ClientHello was seen */
	bool quic;                 /* in QUIC */
	bool ech;                  /* with an encrypted one in it, or what looks like one: `carried` may be an outer name */
};

/* What the classifier said. */
void closed_classified(struct closed *c, struct names *n, const struct fact_label *l);
/*
 * A reset, or an answer to a request that nobody saw, and nothing of the other side: what is left of an earlier flow, or
 * meant for somebody else. Neither end opened anything.
 */
bool closed_is_leftover(const struct closed *c);
/* What the flow surely talks: the innermost label, else what the classifier is sure of; empty: unknown. */
struct span closed_application(const struct closed *c);

/* The tunnel that the flow is, by its protocol, what it surely talks, or CAPWAP's ports (RFC 5415); empty: none,
 * or one whose inside is judged as flows of its own. */
struct span closed_tunnel(const struct closed *c);

/* Adds one fact or event of the flow that closes next. */
enum { CLOSING_CODES = 8 };

struct closing {
	struct names *names;
	struct closed c;
	struct detail detail;
	bool has_detail;
	uint16_t replies[CLOSING_CODES], refusals[CLOSING_CODES];
	uint8_t replies_n, refusals_n;
};
/* The events that say something of a flow here, a bit by kind. */
#define CLOSING_BIT(kind) (UINT32_C(1) << (kind))
#define CLOSING_EVENTS                                                                                                  \
	(CLOSING_BIT(EV_SYN) | CLOSING_BIT(EV_DATA1) | CLOSING_BIT(EV_RETX) | CLOSING_BIT(EV_RST) |                    \
	 CLOSING_BIT(EV_MESSAGE) | CLOSING_BIT(EV_TLS_ALERT) | CLOSING_BIT(EV_TLS_DONE) | CLOSING_BIT(EV_LOGIN) |      \
	 CLOSING_BIT(EV_APP_REPLY) | CLOSING_BIT(EV_APP_REJECTED))
void closing_begin(struct closing *g);
void closing_fact(struct closing *g, const struct obs_fact *f);
void closing_event(struct closing *g, const struct obs_event *e);
/* The flow itself, PHASE_CLOSE: g->c is complete after it, but for the detail, which is g->detail where has_detail. */
void closing_flow(struct closing *g, const struct obs_flow *f);

#endif
