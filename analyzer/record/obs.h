/*
 * Observations: all that crosses from the sensor to the judge, and all that the judge may know of packets.
 *
 * They are passed by value, in stream order; spans in them live as long as the call. JSON Lines carry the same fields
 * (record/model.c has the one table from which writer and reader are made), so that a stored stream judged later gives
 * the same bytes.
 *
 * Order: start; then capture, host, dns, window, tick and break as they happen, and announced endpoints (FACT_ENDPOINT)
 * too; a flow's other facts, then its events, stand directly before its closing flow record; end is last.
 */
#ifndef PLUMBLINE_RECORD_OBS_H
#define PLUMBLINE_RECORD_OBS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/fact.h"

enum { OBS_SCHEMA = 1, OBS_LINK_TYPES = 8, OBS_EVENTS = 32, OBS_ICMP = 2, OBS_GAP_BUCKETS = 16, OBS_TUNNELS = 4 };

enum obs_type {
	OBS_START,
	OBS_CAPTURE,
	OBS_FLOW,
	OBS_EVENT,
	OBS_FACT,
	OBS_DNS,
	OBS_HOST,
	OBS_WINDOW,
	OBS_TICK,
	OBS_BREAK,
	OBS_END,
	OBS_TYPES
};

/* A cited frame. */
struct obs_frame {
	uint64_t frame;
	int64_t time;
	uint32_t capture;
};

struct obs_start {
	uint32_t schema;
	struct span tool, version;
};

/* One input, said when it is opened (packets 0) and again when it ends. */
struct obs_capture {
	uint32_t index;
	struct span name;
	uint32_t link_types[OBS_LINK_TYPES];
	uint8_t link_types_n;
	uint64_t packets, bytes; /* read from it, before any filter */
	uint64_t passed;         /* what the filter let through; equals packets without one */
	int64_t first, last;     /* time of its first and last packet between --since and --until */
	bool ended;
	bool complete;           /* false: it broke; break says where */
};

enum obs_phase { PHASE_OPEN, PHASE_UPDATE, PHASE_CLOSE };
enum obs_end_why { END_OPEN, END_FIN, END_RST, END_IDLE, END_REPLACED, END_EVICTED, END_CAPTURE, END_CLOCK };
/* How the initiator is known; FIRST is only "who was seen first". */
enum obs_init_how { INIT_SYN, INIT_SYNACK, INIT_REQUEST, INIT_FIRST };
enum obs_ip_id { IP_ID_UNKNOWN, IP_ID_ZERO, IP_ID_CONSTANT, IP_ID_COUNTS, IP_ID_RANDOM };

struct obs_side {
	struct mac mac;            /* link-layer source of its first packet; none where the link has none */
	uint8_t unassembled;       /* its datagrams whose fragments could not be put together; 255: or more */
	uint64_t packets, bytes;   /* bytes of IP packets */
	uint64_t payload;          /* bytes of transport payload, repeats included */
	int64_t first, last;       /* 0 where it sent nothing */
	int64_t last_acked;        /* when the other side last acknowledged new data of this one */
	uint64_t acked;            /* bytes of its stream that the other side acknowledged while we looked */
	uint64_t unseen_bytes;     /* acknowledged by the other side, never seen by us: our loss */
	uint32_t unseen_segments;
	uint32_t retransmitted;    /* packets */
	uint32_t zero_windows;
	uint32_t pure_acks;
	uint32_t cut;              /* packets captured shorter than they were */
	uint32_t rtt_us;           /* from the observation point to this side and back, smallest; 0 unknown */
	uint32_t isn;
	uint16_t largest_segment;
	uint16_t last_window;
	uint16_t mss;
	uint8_t ttl_min, ttl_max, ttl_last;
	uint8_t ip_id;             /* enum obs_ip_id */
	uint8_t dscp;              /* of its last packet */
	uint8_t flags;             /* union of the TCP flags it sent */
};

struct obs_icmp {
	struct addr source;
	uint64_t frame;
	int64_t time;
	uint32_t capture;
	uint32_t count;            /* equal ones */
	uint8_t type, code, ttl;
	uint8_t side;              /* whose packet is quoted */
};

/* What a flow came through: `flow` is who carried its first packet. The kinds have the names of names_tunnel. */
struct obs_tunnel {
	uint64_t flow;
	uint32_t id;               /* VNI, key, TEID …; 0: it has none */
	uint8_t kind, zero[3];     /* no padding: it is compared as bytes */
};

struct obs_flow {
	uint64_t id;               /* ordinal of its first packet in the run, from 1 */
	struct addr addr[2];       /* initiator, responder */
	uint16_t port[2];          /* ICMP echo: identifier, 0; ESP: 0, 0 */
	uint8_t proto;             /* IP protocol number */
	uint8_t phase, end_why, init_how;
	uint8_t ip_version;
	uint8_t link_cast;         /* the first packet went to a link-layer group address */
	uint32_t interface;
	uint16_t vlan[2];          /* outermost tag of the first packet each way; 0 none */
	int64_t start, end;
	struct obs_frame first_frame, last_frame;
	struct obs_side side[2];

	uint32_t syns, synacks;    /* repeats included */
	uint32_t synacks_after_ack;/* SYN-ACK repeated though the initiator's ACK was seen */
	uint32_t rsts;
	int64_t syn_time, synack_time, established_time; /* 0: not seen */
	uint32_t duplicates;       /* copies of its packets that the span port made; not counted above */

	int64_t gap_longest;       /* ns: longest silence that the flow survived */
	int64_t gap_last;
	uint32_t gaps[OBS_GAP_BUCKETS]; /* bucket i: 2^i s and more, survived or not */
	uint32_t events_lost;      /* events between the first 16 and the last 16 */
	bool after_eviction;       /* an earlier flow of this key was evicted: whether it was open is not known */
	uint8_t carries;           /* the kind of tunnel of the first of the packets in which others travelled */
	uint32_t carried;          /* so many could be read: what is in them has flows of its own */

	/* lists last: what has none is short on its way */
	uint8_t icmp_n, tunnels_n;
	struct obs_icmp icmp[OBS_ICMP];
	struct obs_tunnel tunnels[OBS_TUNNELS]; /* outermost first, of its first packet */
};

/* record/events.def says what the three values of each kind mean. */
enum event_kind {
#define EVENT(id, name, values) EV_##id,
#include "record/events.def"
#undef EVENT
	EVENT_KINDS
};
_Static_assert(EVENT_KINDS <= 32, "a bit each, in struct obs_sink");

struct obs_event {
	int64_t time;
	uint64_t frame : 48, capture : 16;
	uint8_t kind, side, ttl;
	uint32_t v[3];
};

struct obs_event_of {
	uint64_t flow;
	struct obs_event e;
};

struct obs_fact {
	uint64_t flow;
	struct addr addr[2];  /* FACT_ENDPOINT: initiator and responder of the flow that announces it; none else */
	int64_t time;
	uint32_t left_out;    /* facts of the flow between the one before and this one that were not kept */
	struct fact fact; /* never FACT_DNS or FACT_DHCP: those are obs_dns and obs_host */
};

/* One DNS transaction (id, name, type, client, server), repeats included; said when answered, or after 10 s without. */
struct obs_dns {
	uint64_t flow;
	struct addr client, server;
	struct mac client_mac;
	uint16_t port;              /* the server's: 53, 5353, 5355 */
	uint8_t proto;
	uint16_t type;
	uint8_t rcode;
	bool truncated;
	uint32_t tries;
	int64_t asked, asked_last;  /* 0: an answer without a question in the capture */
	int64_t answered;           /* 0: never */
	struct obs_frame ask_frame, answer_frame;
	uint8_t answer_ttl;         /* IP TTL */
	struct span name;
	uint16_t answers_more;
	uint8_t chain_more, chain_n, answers_n; /* and the lists last */
	struct span chain[FACT_CHAIN];
	struct fact_dns_answer answers[FACT_ANSWERS];
};

enum obs_host_kind { HOST_ARP, HOST_ND, HOST_DHCP, HOST_UNANSWERED };

/*
 * An address bound to a station, or asked for in vain. Said when it is new or changed, and every 300 s while it is
 * seen.
 */
struct obs_host {
	uint8_t kind;
	int64_t time;
	struct obs_frame frame;
	struct addr addr;
	struct mac mac;              /* none for HOST_UNANSWERED */
	struct addr asker;           /* HOST_UNANSWERED: who asked, and how often */
	uint32_t asked;
	struct span host_name, vendor_class; /* DHCP */
	struct addr server;          /* DHCP */
	struct addr resolvers[FACT_SERVERS], routers[FACT_SERVERS], ntp[FACT_SERVERS];
	uint8_t resolvers_n, routers_n, ntp_n;
};

/* Ten seconds of one interface. */
struct obs_window {
	int64_t time;                /* its beginning */
	uint32_t interface;
	uint64_t packets, bytes;
	uint64_t dropped_kernel, dropped_interface;
	uint64_t duplicates;
	uint64_t unseen;             /* bytes acknowledged but never seen */
	uint64_t cut;                /* packets captured shorter than they were */
	uint64_t undecoded;
};

/* The packet clock; said when it crosses a multiple of ten seconds. */
struct obs_tick {
	int64_t time;
};

enum obs_break_kind { BREAK_FILE_CUT, BREAK_FILE_CORRUPT, BREAK_CLOCK_STEP, BREAK_INTERFACE_DOWN };

struct obs_break {
	uint8_t kind;
	int64_t time;                /* of the last packet before it */
	uint32_t capture;
	uint64_t frame;              /* the last whole one before it */
	uint64_t byte;               /* offset in the file where reading failed */
	int64_t step;                /* BREAK_CLOCK_STEP: ns, negative backwards */
	struct span why;
};

enum { OBS_UNDECODED = 16, OBS_EVICTED = 16 };

/* A named count: undecoded reasons, tables that evicted, dissectors that gave up. */
struct obs_count {
	struct span name;
	uint64_t count;
};

struct obs_end {
	int64_t time;
	uint64_t packets, bytes, flows;
	uint64_t duplicates, dropped, unseen_bytes, cut, late;
	struct obs_count undecoded[OBS_UNDECODED];
	uint8_t undecoded_n;
	struct obs_count evicted[OBS_EVICTED];
	uint8_t evicted_n;
	bool complete;               /* every input was read to its end */
};

struct obs {
	enum obs_type type;
	union {
		struct obs_start start;
		struct obs_capture capture;
		struct obs_flow flow;
		struct obs_event_of event;
		struct obs_fact fact;
		struct obs_dns dns;
		struct obs_host host;
		struct obs_window window;
		struct obs_tick tick;
		struct obs_break brk;
		struct obs_end end;
	};
};

/* Who owes what observations only promise: labels, by their `request`. */
enum obs_owed_answer { OWED_LABEL, OWED_NOTHING, OWED_LOST };
struct obs_owed {
	void *ctx;
	/* Waits for it; once each. *ret_l is set with OWED_LABEL, its spans are valid until the next one is asked for. */
	enum obs_owed_answer (*label)(void *ctx, uint32_t request, struct fact_label *ret_l);
};

/* Where observations go. */
struct obs_sink {
	void *ctx;
	void (*put)(void *ctx, const struct obs *o);
	/*
	 * Where one that points at nothing (a flow, an event) can be made, so that it need not be copied: it is not cleared,
	 * and what is put next. NULL: nowhere.
	 */
	struct obs *(*room)(void *ctx);
	/* Of which events it makes nothing, a bit by kind: whoever puts may leave them out. */
	uint32_t without;
	/*
	 * For a queue before it: called once, before anything is put, by the thread that puts, for it may take long. False:
	 * nothing is to be put. NULL: it has begun.
	 */
	bool (*begin)(void *ctx);
	/* It asks for what is owed itself, once it needs it: by whom. NULL: that is settled on the way. */
	void (*owed)(void *ctx, struct obs_owed by);
};

#endif
