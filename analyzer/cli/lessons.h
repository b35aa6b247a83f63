/*
 * What one device was seen to do, grouped by service: who opened it, transport, port, and the peer's name, or its
 * address where it has none. Made from the flows and verdicts of a run; bounded.
 */
#ifndef PLUMBLINE_CLI_LESSONS_H
#define PLUMBLINE_CLI_LESSONS_H

#include "base/arena.h"
#include "profile/policy.h"
#include "record/result.h"

enum {
	LESSONS_MAX = 1024,
	LESSON_PEERS = 64,   /* addresses of one lesson */
	LESSON_MERGE = 8,    /* more ports with one peer, or more peers without a name on one port, become one */
};

/* How a flow ended, as far as a first profile cares. */
enum lesson_end { LESSON_UP, LESSON_SENT, LESSON_OPEN, LESSON_FAILED, LESSON_ENDS };

struct lesson {
	struct span name;          /* the peer's; empty: by its address */
	struct addr *peers;        /* room for `room`; sorted by lessons_settle() */
	uint32_t peers_n, room;
	uint32_t peers_more;       /* flows with addresses beyond the room */
	bool private;              /* the peer is the site's: a parameter, or where it is many, anybody inside */
	enum rule_initiator initiator; /* EITHER: both ends are the device */
	bool unsure;               /* who opened it is not known of some */
	bool proxied;              /* a proxy was asked for some of it: the address is the proxy's */
	bool ambiguous;            /* the name is one of several that were looked up */
	uint8_t proto;
	uint16_t port, port_to;    /* the responder's, where lesson_has_ports() */
	uint32_t seen, ends[LESSON_ENDS];
	uint32_t outcomes[OUTCOMES];
	struct span application;   /* of those that came up; empty: none, or not always the same */
	bool mixed;
	int64_t first, last;
};

struct lessons {
	const struct policy *policy;
	struct span device;        /* the id that verdicts have for it */
	struct arena memory;
	struct lesson *v;
	size_t n;
	uint64_t declared;         /* flows that ip-host declares … */
	uint64_t declared_failed;  /* … and that failed */
	uint64_t more;             /* flows that had no room */
	int64_t first, last;       /* of all its flows; 0: none */
	struct result flow;        /* whose verdicts may still come; in `held` */
	struct arena held;
	bool complete, ended;
	struct span capture;       /* the first capture's name */
	uint32_t captures;
	int64_t captured;          /* when it begins; 0 unknown */
};

/* 0 or -ENOMEM. The policy outlives it; `device` is copied. */
int lessons_init(struct lessons *ret_l, const struct policy *policy, struct span device);
void lessons_free(struct lessons *l);

struct result_sink lessons_sink(struct lessons *l);

/* When everything has been put: merges what is too many, sorts what works before what failed. */
void lessons_settle(struct lessons *l);

bool lesson_has_ports(const struct lesson *l);

/* True where nothing of it came up, was sent, or stays open. */
bool lesson_failed(const struct lesson *l);

#endif
