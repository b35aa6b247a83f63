/* Whether a rule's peers hold the peer of a flow, and by what. DESIGN: profiles and sites (specificity), names. */
#include "base/span.h"
#include "profile/addrset.h"
#include "profile/hostset.h"
#include "profile/match_priv.h"

/* A group address, as far as it can be known. */
static bool is_group(const struct match_flow *f)
{
	enum addr_scope s = addr_scope(&f->peer);
	return f->group_address || s == ADDR_MULTICAST || s == ADDR_BROADCAST;
}

static bool same_network(const struct addr *a, const struct addr *b)
{
	const struct prefix p = { *a, addr_is_v4(a) ? 96 + 24 : 64 };
	return addr_is_v4(a) == addr_is_v4(b) && memcmp(a->b, b->b, p.bits / 8) == 0;
}

/*
 * Which hosts share the link cannot be seen from addresses: whatever may be on it is taken to be, since the other error
 * would accuse.
 */
bool match_scope(const struct binding *b, const struct match_flow *f, enum rule_scope scope)
{
	bool private = policy_is_private(b->policy, &f->peer);

	if (scope == SCOPE_ANY || f->logical)
		return true;
	if (scope == SCOPE_INTERNET) {
		/* reserved space too: whoever answers from it is outside all the same */
		enum addr_scope s = addr_scope(&f->peer);
		return !private && !f->group_address && (s == ADDR_INTERNET || s == ADDR_RESERVED);
	}
	if (private || is_group(f))
		return true;
	return scope == SCOPE_LINK && same_network(&f->device, &f->peer);
}

void match_hold(struct held *h, enum match_by by, uint8_t bits)
{
	h->solid = true;
	if (by > h->by || (by == h->by && bits > h->bits)) {
		h->by = by;
		h->bits = bits;
	}
}

static void hold_by_names(const struct peer_spec *s, const struct match_flow *f, struct held *h)
{
	if (f->carried.n) {
		uint8_t fit = hostset_fit(s->names, f->carried);
		if (fit)
			match_hold(h, BY_CARRIED, fit);
		return;
	}
	for (uint8_t i = 0; i < f->names_n; i++) {
		uint8_t fit = hostset_fit(s->names, f->names[i]);
		if (!fit)
			continue;
		if (!f->names_ambiguous)
			match_hold(h, BY_HOST, fit);
		else
			h->weak_name = true;
	}
}

const struct address_set *match_set(const struct address_set *const *v, uint32_t n, const struct addr *a,
                                    uint8_t *ret_bits)
{
	const struct address_set *best = NULL;

	for (uint32_t i = 0; i < n; i++) {
		int at = addrset_find(v[i]->v, v[i]->up, v[i]->n, a);
		if (at >= 0 && (!best || v[i]->v[at].bits > *ret_bits)) {
			best = v[i];
			*ret_bits = v[i]->v[at].bits;
		}
	}
	return best;
}

/* A shared set holds unless the flow carries a name that nobody declares. */
static bool shared_holds(const struct query *q)
{
	const struct binding *b;
	return q->f->carried.n == 0 || match_name(q->bindings, q->n, q->f->carried, &b);
}

static void hold_by_addresses(const struct query *q, const struct peer_spec *s, struct held *h)
{
	const struct addr *a = &q->f->peer;
	uint8_t bits;
	int at = addrset_find(s->addresses, s->addresses_up, s->addresses_n, a);

	if (at >= 0)
		match_hold(h, s->addresses[at].bits == 128 ? BY_ADDRESS : BY_PREFIX, s->addresses[at].bits);
	if (s->sets_n == 0 || match_set(s->never_in, s->never_in_n, a, &bits))
		return;
	for (uint32_t i = 0; i < s->sets_n; i++) {
		const struct address_set *set = s->sets[i];
		at = addrset_find(set->v, set->up, set->n, a);
		if (at < 0)
			continue;
		if (!set->shared || shared_holds(q))
			match_hold(h, BY_SET, set->v[at].bits);
		else
			h->name_stands = true;
	}
}

static bool value_is_peer(const struct parameter_value *v, const struct match_flow *f)
{
	if (!v->host.n)
		return !f->logical && prefix_has(&v->prefix, &f->peer);
	if (f->carried.n)
		return span_host_matches(f->carried, v->host);
	for (uint8_t i = 0; i < f->names_n; i++)
		if (span_host_matches(f->names[i], v->host))
			return true;
	return false;
}

static void hold_by_parameters(const struct binding *b, const struct rule *r, const struct match_flow *f,
                               struct held *h)
{
	for (uint32_t i = 0; i < r->peers.parameters_n; i++) {
		uint32_t at = r->peers.parameters[i];
		const struct values *v = &b->parameters[at];
		/* of several endpoints each has its own port */
		bool with_port = r->ports.parameter == (int)at && b->profile->parameters[at].kind == PARAM_ENDPOINT;
		h->unbound |= v->n == 0;
		for (uint32_t j = 0; j < v->n; j++) {
			uint16_t port = v->v[j].port;
			if (value_is_peer(&v->v[j], f) && (!with_port || port == f->peer_port || port == f->device_port))
				match_hold(h, BY_PARAMETER, 0);
		}
	}
}

static bool peer_holds_profile(const struct peer_spec *s, const struct match_flow *f)
{
	if ((s->group == GROUP_SAME && !f->peer_same_group) || (s->group == GROUP_OTHER && !f->peer_other_group))
		return false;
	for (uint8_t i = 0; i < f->peer_profiles_n; i++)
		if (span_eq(f->peer_profiles[i], s->profile))
			return true;
	return false;
}

static bool is_announced(const struct peer_spec *s, const struct match_flow *f)
{
	for (uint32_t i = 0; i < s->announced.n; i++)
		for (uint8_t k = 0; k < f->announced_by_n; k++)
			if (span_eq_nocase(s->announced.v[i], f->announced_by[k]))
				return true;
	return false;
}

static void hold_by_kind(const struct binding *b, const struct peer_spec *s, const struct match_flow *f, struct held *h)
{
	bool multicast = addr_scope(&f->peer) == ADDR_MULTICAST;

	if (s->profile.n && peer_holds_profile(s, f))
		match_hold(h, BY_PARAMETER, 0);
	if ((s->resolvers && f->peer_resolver) || is_announced(s, f))
		match_hold(h, BY_PARAMETER, 0);
	if ((s->multicast && multicast) || (s->broadcast && !multicast && is_group(f)))
		match_hold(h, BY_ANY, 0);
	if (s->any || (s->scope != SCOPE_ANY && match_scope(b, f, s->scope)))
		match_hold(h, BY_ANY, 0);
}

void match_peers(const struct query *q, const struct binding *b, const struct rule *r, struct held *h)
{
	const struct peer_spec *s = &r->peers;

	hold_by_names(s, q->f, h);
	if (!q->f->logical)
		hold_by_addresses(q, s, h);
	hold_by_parameters(b, r, q->f, h);
	hold_by_kind(b, s, q->f, h);
	/* a name that only may be meant shows the rule where nothing more specific does */
	if (h->weak_name && h->by < BY_HOST) {
		h->by = BY_HOST;
		h->bits = 0;
	}
}
