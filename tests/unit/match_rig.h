/* For the tests of matching: one profile, bound, and flows to hold against it. */
#ifndef TEST_MATCH_RIG_H
#define TEST_MATCH_RIG_H

#include "profile_load.h"

/* One binding of one profile. */
struct bound {
	struct policy *policy;
	struct binding *b[BINDING_PROFILES];
	size_t n;
};

static inline struct bound bind(struct policy *p, const char *id)
{
	struct bound x = { .policy = p };
	const struct profile *head = policy_find(p, span_of(id)), *all[BINDING_PROFILES];

	ck_assert_ptr_nonnull(head);
	x.n = policy_expand(p, &head, 1, all);
	for (size_t i = 0; i < x.n; i++)
		ck_assert_int_eq(binding_make(&x.b[i], p, all[i], NULL, NULL), 0);
	return x;
}

static inline void unbind(struct bound *x)
{
	for (size_t i = 0; i < x->n; i++)
		binding_free(x->b[i]);
	policy_free(x->policy);
}

static inline const struct rule *rule_of(const struct bound *x, const char *id)
{
	for (size_t i = 0; i < x->n; i++)
		for (uint32_t j = 0; j < x->b[i]->profile->rules_n; j++)
			if (span_eq(x->b[i]->profile->rules[j].id, span_of(id)))
				return &x->b[i]->profile->rules[j];
	ck_abort_msg("no rule %s", id);
	return NULL;
}

static inline const struct binding *const *bindings(const struct bound *x)
{
	return (const struct binding *const *)x->b;
}

/* The headline's id, "-" for none. */
static inline const char *headline(const struct bound *x, const struct match_flow *f, struct match_hit *ret_h)
{
	struct match_hit hits[8];
	size_t n = match_all(bindings(x), x->n, f, hits, 8);

	if (n && ret_h)
		*ret_h = hits[0];
	return n ? (const char *)hits[0].rule->id.p : "-";
}

static inline struct match_flow udp_flow(const char *peer, uint16_t device_port, uint16_t peer_port, enum rule_initiator by)
{
	struct match_flow f = tcp_flow(peer, peer_port, NULL);

	f.transport = TRANSPORT_UDP;
	f.device_port = device_port;
	f.initiator = by;
	return f;
}

#endif
