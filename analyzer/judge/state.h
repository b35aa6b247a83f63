/* The judge's tables, as its own files see them. */
#ifndef PLUMBLINE_JUDGE_STATE_H
#define PLUMBLINE_JUDGE_STATE_H

#include "base/pool.h"
#include "judge/announce.h"
#include "judge/contrast.h"
#include "judge/device.h"
#include "judge/finding.h"
#include "judge/judge.h"
#include "judge/kept.h"
#include "judge/outcome.h"

enum { JUDGE_CAPTURES = 4096, HOLD_MAX = 5 << 15, CLOSED_MAX = 3 << 16 };

struct judge {
	const struct policy *policy;
	struct result_sink sink;
	struct judge_trace trace;
	struct obs_owed owed;          /* whom to ask for labels that came as promises */
	uint64_t labels_lost;
	struct names names;
	struct devices devices;
	struct contrast contrast;
	struct announcements announcements;
	struct findings findings;
	struct closing closing;
	struct pool closed;            /* in the hold */
	struct keeps keeps;            /* in the rings: CLOSED_MAX with those in the hold */
	struct pool details;           /* of both */
	struct pool undeclared, asked;
	struct closed *hold, *hold_last;
	uint32_t hold_n;
	uint64_t hold_overflow;
	uint64_t unkept;               /* times that a flow found no room for the ring of a host */
	uint64_t seen, dropped;        /* packets of all windows so far, and what the capturing side lost of them */
	int64_t tick;                  /* the stream's clock */
	bool cut;                      /* frames were captured shorter than they were: names may be among the rest */
	int64_t now;                   /* the latest time that is known to have been observed */
	struct obs_capture *captures;
	uint32_t captures_n;
	uint64_t captures_more;
	uint32_t breaks_n;
	struct obs_break first_break;
	uint64_t two_way, unseen_answers; /* flows, all hosts */
	bool both_ways;                /* some host is seen both sending and being sent to */
	struct obs_frame one_way_frame;
	uint64_t one_way_flow;
	/* tunnels between hosts that are no devices: whose traffic is inside is not known, so absence says nothing */
	uint32_t tunnels;
	struct span tunnel_name;
	struct addr tunnel_ends[2];
	uint16_t tunnel_ports[2];
	uint8_t tunnel_proto;
	uint64_t tunnel_flow;
	struct obs_frame tunnel_frame;
	uint64_t tunnel_packets;       /* of the one that is named: the largest */
	int64_t tunnel_first, tunnel_last; /* of all */
	bool said_run;
	struct obs_end end;            /* valid while the causes run */
};

/* Judges a flow whose hold is over. Takes it over: into a ring, or back to the pool. */
void verdict_of(struct judge *j, struct closed *c);
/* Judges what was kept of a host before it was recognised. */
void verdict_of_ring(struct judge *j, struct host *h);

/* What every closed flow adds to what is known of its hosts, at once; they are looked for a little before. */
struct surrounded {
	unsigned host[2], peer; /* hashes */
};
struct surrounded surroundings_look(const struct judge *j, const struct obs_flow *f);
void surroundings_add(struct judge *j, struct closed *c, const struct surrounded *by);
/* An open flow: what came up, and from where datagrams went out. */
void surroundings_open(struct judge *j, const struct obs_flow *f);
struct surroundings surroundings_of(struct judge *j, const struct closed *c);

/* One DNS transaction: remembered where any profile declares the name. */
void asked_add(struct judge *j, const struct obs_dns *d);
void asked_init(struct judge *j);

/* Flows that no rule takes, by device. */
struct undeclared_key {
	const uint8_t *name; /* interned, or NULL */
	struct addr peer;    /* none where a name stands for it */
	uint16_t port;       /* 0: inbound probes, all ports of one source */
	uint8_t proto, inbound;
};

enum { UNDECLARED_MAX = 1024, UNDECLARED_CITED = 4, UNDECLARED_PORTS = 16 };

struct undeclared {
	struct undeclared_key key;
	struct span name;
	struct addr peer, device;
	uint32_t flows, came_up, softened;
	bool unknown_start;
	bool several;                  /* `peer` is the first of the name's addresses */
	int64_t first, last;
	uint64_t cited[UNDECLARED_CITED];
	struct obs_frame frames[UNDECLARED_CITED];
	uint16_t device_ports[UNDECLARED_CITED], peer_ports[UNDECLARED_CITED];
	uint16_t ports[UNDECLARED_PORTS];
	uint8_t cited_n, ports_n;
	struct span application;
	UT_hash_handle hh;
};
void undeclared_add(struct judge *j, struct device *d, const struct closed *c, const struct match_flow *f, bool inbound,
		    bool came_up, bool softened, struct span name);

/* At the end: settles open choices, writes one record per rule. */
void status_settle(struct device *d);
void status_emit(struct judge *j, struct device *d);
/* Of one rule, from its tally (NULL: no attempt). */
struct rule_state {
	uint8_t status, reason, confidence;
};
struct rule_state status_of(const struct judge *j, const struct device *d, size_t binding, const struct rule *r);
/* True where an occasion for the rule passed without an attempt: see `missing`. *ret_since: when it was due. */
bool status_is_missing(const struct judge *j, const struct device *d, size_t binding, const struct rule *r,
		       int64_t *ret_since);
/* True where another rule of the same group, or the rule itself, is met. */
bool status_group_met(const struct device *d, size_t binding, const struct rule *r);

/* Flow and device records. */
void emit_flow(struct judge *j, const struct closed *c, const struct outcome_of *o, const struct name_candidate *names,
	       size_t names_n);
/* One inside a proxy flow: `number` from 1 tells it from the outer and its other ones. */
void emit_logical(struct judge *j, const struct closed *c, const struct outcome_of *o, struct span name, uint32_t number);
void emit_device(struct judge *j, const struct device *d);
/* absent.c: the devices that were declared, and not seen. */
void absent_emit(struct judge *j);
void emit_run(struct judge *j, bool final);

#endif
