/*
 * Matching. DESIGN: profiles and sites (specificity, shared sets, unset parameters), names (a carried name excludes all
 * others), rules of doubt (answers from other ports).
 */
#include "profile/match.h"

#include "base/span.h"
#include "profile/addrset.h"
#include "profile/hostset.h"
#include "profile/match_priv.h"

enum { HTTPS = 443 };

enum fit { FIT_NO, FIT_YES, FIT_UNBOUND };

const char *match_miss_text(enum match_miss m)
{
	static const char *const texts[] = {
		[MISS_NONE] = "fits",
		[MISS_WHEN] = "another choice, or a feature that is off",
		[MISS_TRANSPORT] = "another transport",
		[MISS_INITIATOR] = "opened by the other side",
		[MISS_PORT] = "another port",
		[MISS_NAME] = "it carries a name that the rule does not declare",
		[MISS_PEER] = "another peer",
		[MISS_SCOPE] = "the peer lives where the rule forbids it",
		[MISS_FAMILY] = "another address family",
		[MISS_UNBOUND] = "a parameter of the site is not set",
	};
	return (size_t)m < sizeof(texts) / sizeof(texts[0]) ? texts[m] : "";
}

enum tri match_when(const struct binding *b, const struct rule *r)
{
	enum tri any = r->when_n ? TRI_NO : TRI_YES;

	for (uint32_t i = 0; i < r->when_n && any != TRI_YES; i++) {
		enum tri all = TRI_YES;
		for (uint32_t j = 0; j < r->when[i].n && all != TRI_NO; j++) {
			const struct condition *c = &r->when[i].v[j];
			bool choice = c->kind == CONDITION_CHOICE;
			bool open = choice ? b->choices[c->index] < 0 : b->features[c->index] == TRI_UNKNOWN;
			bool holds = choice ? b->choices[c->index] == (int)c->value
			                    : (b->features[c->index] == TRI_YES) == (c->value == 1);
			if (open)
				all = TRI_UNKNOWN;
			else if (!holds)
				all = TRI_NO;
		}
		any = all == TRI_NO ? any : all;
	}
	return any;
}

int64_t match_expect(const struct binding *b, const struct expectation *e)
{
	if (e->parameter < 0)
		return e->value;
	const struct values *v = &b->parameters[e->parameter];
	return v->n ? v->v[0].duration : 0;
}

bool match_answer_status(const struct rule *r, unsigned status)
{
	for (uint32_t i = 0; i < r->status_n; i++)
		if (status >= r->status[i].from && status <= r->status[i].to)
			return true;
	return r->status_n == 0;
}

static bool range_has(const struct ports *p, uint16_t port)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (port >= p->v[i].from && port <= p->v[i].to)
			return true;
	return false;
}

static enum fit port_fits(const struct binding *b, const struct ports *p, uint16_t port)
{
	if (p->any || (p->n == 0 && p->parameter < 0) || range_has(p, port))
		return FIT_YES;
	if (p->parameter < 0)
		return FIT_NO;
	const struct values *v = &b->parameters[p->parameter];
	for (uint32_t i = 0; i < v->n; i++)
		if (port >= v->v[i].port && port <= v->v[i].port_to)
			return FIT_YES;
	return v->n ? FIT_NO : FIT_UNBOUND;
}

static enum fit both(enum fit a, enum fit b)
{
	if (a == FIT_NO || b == FIT_NO)
		return FIT_NO;
	return a == FIT_UNBOUND || b == FIT_UNBOUND ? FIT_UNBOUND : FIT_YES;
}

/* `responder`: whose port the rule's `ports` speak of. */
static enum fit ports_fit(const struct binding *b, const struct rule *r, const struct match_flow *f,
                          enum rule_initiator responder)
{
	enum fit fit;

	/* what has no ports is not what a rule with ports means, also where it takes any transport */
	if (!(f->transport & (TRANSPORT_TCP | TRANSPORT_UDP)))
		return r->all_ports ? FIT_YES : FIT_NO;
	fit = both(port_fits(b, &r->device_ports, f->device_port), port_fits(b, &r->peer_ports, f->peer_port));
	if (responder != INITIATOR_PEER && responder != INITIATOR_DEVICE) {
		/* nobody knows who opened it, and the rule takes both: the port may be either's */
		enum fit device = port_fits(b, &r->ports, f->device_port), peer = port_fits(b, &r->ports, f->peer_port);
		return both(fit, device == FIT_YES || peer == FIT_NO ? device : peer);
	}
	return both(fit, port_fits(b, &r->ports, responder == INITIATOR_PEER ? f->peer_port : f->device_port));
}

/* Where nobody knows who opened it, it may be the rule's; but nothing is forbidden on a guess. */
static bool initiator_fits(const struct rule *r, const struct match_flow *f)
{
	if (f->initiator == INITIATOR_EITHER && r->need == RULE_FORBIDDEN)
		return r->initiator == INITIATOR_EITHER;
	return r->initiator == INITIATOR_EITHER || f->initiator == INITIATOR_EITHER || r->initiator == f->initiator;
}

/* Who answers, if the flow is this rule's. */
static enum rule_initiator responder_of(const struct rule *r, const struct match_flow *f)
{
	enum rule_initiator opened = r->initiator == INITIATOR_EITHER ? f->initiator : r->initiator;

	if (opened == INITIATOR_EITHER)
		return INITIATOR_EITHER;
	return opened == INITIATOR_DEVICE ? INITIATOR_PEER : INITIATOR_DEVICE;
}

/* A datagram from the service's port to wherever the device asked from. */
static bool may_be_answer(const struct binding *b, const struct rule *r, const struct match_flow *f)
{
	return r->answer_ports && f->transport == TRANSPORT_UDP && f->initiator == INITIATOR_PEER &&
	       r->initiator != INITIATOR_PEER && ports_fit(b, r, f, INITIATOR_PEER) == FIT_YES;
}

/* QUIC stands in for TLS: would the same flow over TCP fit another rule of the device? */
static void hold_by_tls(const struct query *q, struct held *h)
{
	struct match_flow tcp = *q->f;
	struct query as_tcp = { q->bindings, q->n, &tcp };

	tcp.transport = TRANSPORT_TCP;
	if (q->f->peer_port != HTTPS || q->f->initiator == INITIATOR_PEER)
		return;
	for (size_t i = 0; i < q->n; i++) {
		const struct binding *b = q->bindings[i];
		for (uint32_t j = 0; j < b->profile->rules_n; j++) {
			const struct rule *r = &b->profile->rules[j];
			struct held other = { 0 };
			if (!r->tls_443 || match_when(b, r) == TRI_NO ||
			    ports_fit(b, r, &tcp, INITIATOR_PEER) != FIT_YES)
				continue;
			match_peers(&as_tcp, b, r, &other);
			if (other.by != BY_NOTHING && match_scope(b, &tcp, r->peer_must_be))
				match_hold(h, BY_ANY, 0);
		}
	}
}

static bool application_is(const struct rule *r, struct span application)
{
	for (uint32_t i = 0; i < r->applications.n; i++)
		if (span_eq_nocase(r->applications.v[i], application))
			return true;
	return false;
}

/* Port or application speak for it, and nothing against it: then an unset parameter is all that is missing. */
static bool unbound_holds(const struct binding *b, const struct rule *r, const struct match_flow *f, bool port_unbound)
{
	bool same = application_is(r, f->application);

	if (f->application.n && r->applications.n && !same)
		return false;
	return ((!r->all_ports && !port_unbound) || same) && match_scope(b, f, r->peer_must_be);
}

bool match_address(const struct rule *r, const struct addr *a, bool *ret_shared_only)
{
	const struct peer_spec *s = &r->peers;
	bool own = addrset_find(s->addresses, s->addresses_up, s->addresses_n, a) >= 0, shared = false;
	uint8_t bits;

	if (!own && match_set(s->never_in, s->never_in_n, a, &bits))
		return false;
	for (uint32_t i = 0; i < s->sets_n && !own; i++) {
		bool in = addrset_find(s->sets[i]->v, s->sets[i]->up, s->sets[i]->n, a) >= 0;
		own |= in && !s->sets[i]->shared;
		shared |= in;
	}
	if (!own && !shared)
		shared = match_set(s->located_in, s->located_in_n, a, &bits) != NULL;
	if (!own && !shared)
		return false;
	*ret_shared_only = !own;
	return true;
}

static void fill_hit(const struct binding *b, const struct rule *r, const struct match_flow *f, const struct held *h,
                     bool answer, struct match_hit *ret_h)
{
	struct match_hit hit = { .binding = b, .rule = r, .by = h->by, .bits = h->bits, .ports = r->port_count };
	bool shared_only;
	uint8_t bits;

	hit.ambiguous = h->weak_name && !h->solid;
	hit.by_group_port = answer;
	hit.declares_addresses = r->peers.addresses_n > 0;
	hit.declares_shared = r->peers.located_in_n > 0;
	for (uint32_t i = 0; i < r->peers.sets_n; i++) {
		hit.declares_addresses |= !r->peers.sets[i]->shared;
		hit.declares_shared |= r->peers.sets[i]->shared;
	}
	if (!f->logical) {
		hit.address_declared = match_address(r, &f->peer, &shared_only);
		hit.never = match_set(r->peers.never_in, r->peers.never_in_n, &f->peer, &bits);
	}
	*ret_h = hit;
}

static enum match_miss why_not_peer(const struct query *q, const struct binding *b, const struct rule *r,
                                    const struct held *h, bool port_unbound)
{
	if (h->unbound && unbound_holds(b, r, q->f, port_unbound))
		return MISS_UNBOUND;
	if (h->name_stands || (q->f->carried.n && r->peers.hosts.n && !r->peers.addresses_n && !r->peers.sets_n))
		return MISS_NAME;
	return MISS_PEER;
}

static enum match_miss match_query(const struct query *q, const struct binding *b, const struct rule *r,
                                   struct match_hit *ret_h)
{
	const struct match_flow *f = q->f;
	struct held h = { 0 };
	bool answer = false;
	enum fit ports = FIT_YES;

	if (match_when(b, r) == TRI_NO)
		return MISS_WHEN;
	if (!(r->transports & f->transport))
		return MISS_TRANSPORT;
	if (!f->logical && !(r->families & (addr_is_v4(&f->peer) ? FAMILY_V4 : FAMILY_V6)))
		return MISS_FAMILY;
	ports = ports_fit(b, r, f, responder_of(r, f));
	if (!initiator_fits(r, f) || ports == FIT_NO) {
		answer = may_be_answer(b, r, f);
		if (!answer)
			return initiator_fits(r, f) ? MISS_PORT : MISS_INITIATOR;
		ports = FIT_YES;
	}
	match_peers(q, b, r, &h);
	if (r->peers.declared_tls)
		hold_by_tls(q, &h);
	if (answer && h.by == BY_NOTHING && match_scope(b, f, SCOPE_LINK))
		match_hold(&h, BY_ANY, 0); /* whoever heard the question may answer it */
	if (h.by == BY_NOTHING)
		return why_not_peer(q, b, r, &h, ports == FIT_UNBOUND);
	bool in_scope = match_scope(b, f, r->peer_must_be);
	if (ports == FIT_UNBOUND && in_scope)
		return MISS_UNBOUND;
	fill_hit(b, r, f, &h, answer, ret_h);
	return in_scope ? MISS_NONE : MISS_SCOPE;
}

/*
 * A carried "name" that is an address is no name: the flow goes to that address, and no look-up led there. Through a
 * proxy it is the target's address.
 */
static const struct match_flow *by_address(const struct match_flow *f, struct match_flow *copy)
{
	struct addr a;

	if (!f->carried.n || !addr_parse(f->carried, &a))
		return f;
	*copy = *f;
	copy->carried = (struct span){ NULL, 0 };
	copy->names_n = 0;
	if (f->logical) {
		copy->peer = a;
		copy->logical = false;
	}
	return copy;
}

enum match_miss match_rule_among(const struct binding *const *bindings, size_t n, const struct binding *b,
                                 const struct rule *r, const struct match_flow *f, struct match_hit *ret_h)
{
	struct match_flow copy;
	struct query q = { bindings, n, by_address(f, &copy) };

	return match_query(&q, b, r, ret_h);
}

enum match_miss match_rule(const struct binding *b, const struct rule *r, const struct match_flow *f,
                           struct match_hit *ret_h)
{
	return match_rule_among(&b, 1, b, r, f, ret_h);
}

/* Negative where a is the headline before b. Equal hits keep the order of bindings and rules. */
static int hit_cmp(const struct match_hit *a, const struct match_hit *b)
{
	if (a->by_group_port != b->by_group_port)
		return a->by_group_port ? 1 : -1;
	if (a->by != b->by)
		return a->by > b->by ? -1 : 1;
	if (a->bits != b->bits)
		return a->bits > b->bits ? -1 : 1;
	bool a_forbids = a->rule->need == RULE_FORBIDDEN, b_forbids = b->rule->need == RULE_FORBIDDEN;
	if (a_forbids != b_forbids)
		return a_forbids ? -1 : 1;
	return (a->ports > b->ports) - (a->ports < b->ports);
}

static size_t insert(struct match_hit *hits, size_t n, size_t max, const struct match_hit *h)
{
	size_t at = n;

	while (at > 0 && hit_cmp(h, &hits[at - 1]) < 0)
		at--;
	if (at >= max)
		return n;
	if (n == max)
		n--;
	memmove(&hits[at + 1], &hits[at], (n - at) * sizeof(*hits));
	hits[at] = *h;
	return n + 1;
}

size_t match_all(const struct binding *const *bindings, size_t n, const struct match_flow *f, struct match_hit *hits,
                 size_t max)
{
	struct match_flow copy;
	struct query q = { bindings, n, by_address(f, &copy) };
	struct match_hit h;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct profile *p = bindings[i]->profile;
		for (uint32_t j = 0; j < p->rules_n; j++)
			if (match_may(&p->rules[j], f) && match_query(&q, bindings[i], &p->rules[j], &h) == MISS_NONE)
				count = insert(hits, count, max, &h);
	}
	return count;
}

static bool parameter_names(const struct binding *b, const struct rule *r, struct span name)
{
	for (uint32_t i = 0; i < r->peers.parameters_n; i++) {
		const struct values *v = &b->parameters[r->peers.parameters[i]];
		for (uint32_t j = 0; j < v->n; j++)
			if (v->v[j].host.n && span_host_matches(name, v->v[j].host))
				return true;
	}
	return false;
}

const struct rule *match_name(const struct binding *const *bindings, size_t n, struct span name,
                              const struct binding **ret_b)
{
	const struct rule *best = NULL;
	uint8_t closest = 0;

	for (size_t i = 0; i < n && closest < UINT8_MAX; i++) {
		const struct binding *b = bindings[i];
		bool written = hostset_has(b->profile->names, name); /* mostly not: one look for all rules */
		for (uint32_t j = 0; (written || b->names_given) && j < b->profile->rules_n; j++) {
			const struct rule *r = &b->profile->rules[j];
			uint8_t fit = written ? hostset_fit(r->peers.names, name) : 0;
			if (!fit && parameter_names(b, r, name))
				fit = 1;
			if (fit <= closest || match_when(b, r) == TRI_NO)
				continue;
			best = r;
			closest = fit;
			*ret_b = b;
		}
	}
	return best;
}
