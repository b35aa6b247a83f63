/* Which peers a rule takes: shared by match.c and match_peers.c. */
#ifndef PLUMBLINE_PROFILE_MATCH_PRIV_H
#define PLUMBLINE_PROFILE_MATCH_PRIV_H

#include "profile/match.h"

/* What is asked: one flow against everything that one device holds. */
struct query {
	const struct binding *const *bindings;
	size_t n;
	const struct match_flow *f;
};

/* By what a rule's peers hold a flow, so far. */
struct held {
	enum match_by by;
	uint8_t bits;
	bool weak_name;   /* an ambiguous name fits */
	bool solid;       /* something else than an ambiguous name fits */
	bool name_stands; /* only the carried name keeps a shared set from holding */
	bool unbound;     /* an unset parameter might */
};

/* Notes one more thing that holds the flow; the most specific stays. */
void match_hold(struct held *h, enum match_by by, uint8_t bits);

/* Everything in the rule's peers that holds the flow's. */
void match_peers(const struct query *q, const struct binding *b, const struct rule *r, struct held *h);

bool match_scope(const struct binding *b, const struct match_flow *f, enum rule_scope scope);

/* The set with the longest prefix that holds the address, or NULL. */
const struct address_set *match_set(const struct address_set *const *v, uint32_t n, const struct addr *a,
                                    uint8_t *ret_bits);

#endif
