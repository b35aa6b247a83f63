/*
 * A closed flow as the judge keeps it: what its observation, facts and events come down to. 180 s in the hold, then in
 * the ring of its host until that is recognised.
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
};

struct closed {
	struct closed *next;      /* in the hold */
	uint32_t refs;            /* the hold, and the rings of its two hosts */
	int64_t held_at;
	uint64_t id;
	struct addr addr[2];
	struct mac mac[2];
	uint16_t port[2];
	uint8_t proto, init_how, ip_version, link_cast, end_why;
	uint16_t vlan;
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
	uint32_t data_repeats;     /* repeats of the initiator's first data */
	uint8_t rst_side, rst_ttl;
	struct obs_frame rst_frame;
	uint8_t alert_level, alert_description, alert_side;
	bool rst;

	struct obs_icmp icmp;      /* the first error about the initiator's packets */
	bool has_icmp;

	struct span carried;       /* interned */
	uint8_t carried_source;    /* enum name_source */
	struct span application, alpn, issuer;
	uint16_t tls_version, tls_cipher;
	bool tls_hello;            /* a ClientHello was seen */
};

/* Adds one fact or event of the flow that closes next. */
struct closing {
	struct names *names;
	struct closed c;
};
void closing_begin(struct closing *g);
void closing_fact(struct closing *g, const struct obs_fact *f);
void closing_event(struct closing *g, const struct obs_event *e);
/* The flow itself, PHASE_CLOSE: g->c is complete after it. */
void closing_flow(struct closing *g, const struct obs_flow *f);

#endif
