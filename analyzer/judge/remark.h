/*
 * What is worth noting of a judged flow beside its outcome: another application than declared, a peer outside the scope
 * of its rule, weak cryptography, credentials in clear, a portal, a refusing proxy, a tunnel … Collected per device by
 * kind, rule, peer and port; the cause `noted` makes findings of them.
 */
#ifndef PLUMBLINE_JUDGE_REMARK_H
#define PLUMBLINE_JUDGE_REMARK_H

#include "judge/closed.h"
#include "profile/match.h"

enum { REMARKS_MAX = 512, REMARK_CITED = 4 };

enum remark_kind {
	REMARK_UNEXPECTED, /* what: the application; number 0 */
	REMARK_SCOPE,      /* what: the scope the rule wants */
	REMARK_FORBIDDEN,  /* number: 1 where it came up */
	REMARK_WEAK,       /* what: "TLS 1.0", "3DES" …; wanted: what the rule asks for */
	REMARK_CLEARTEXT,  /* what: application; wanted: mechanism */
	REMARK_PORTAL,     /* what: where it leads; number: status */
	REMARK_PROXY,      /* what: target; number: status */
	REMARK_TUNNEL,     /* what: protocol; number: packets */
	REMARK_LATE,       /* number: ms until the answer; wanted_ms */
	REMARK_KINDS
};

struct remark {
	struct remark *next;
	enum remark_kind kind;
	const struct binding *binding; /* NULL with rule: no rule is concerned */
	const struct rule *rule;
	struct addr device, peer;
	struct span name, what, wanted; /* interned */
	uint16_t port;
	uint8_t proto;
	int64_t number, wanted_ms;
	uint32_t count, came_up;
	int64_t first, last;
	uint64_t flows[REMARK_CITED];
	struct obs_frame frames[REMARK_CITED];
	uint16_t wire[REMARK_CITED][2]; /* ports as they are in the packets */
	uint8_t cited;
};

struct remarks {
	struct remark *v, *last;
	uint32_t n;
	uint64_t more;
};

/* Merges with an equal remark (kind, rule, peer, port, what), else keeps a copy. `from` gives flow, frame and times. */
void remarks_add(struct remarks *n, const struct remark *remark, const struct closed *from);
void remarks_free(struct remarks *n);

#endif
