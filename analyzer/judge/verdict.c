/*
 * A flow whose hold is over: whose it is, which rules it fits, what became of it, and what that means for each of its
 * ends that is a device. DESIGN: profiles and sites; names; words.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "base/time.h"
#include "judge/state.h"

enum { HITS = 24, TCP = 6, UDP = 17, IGMP = 2 };

static const int64_t ANSWER_PEER = 120 * NS_PER_S;
static const int64_t ANSWER_GROUP = 10 * NS_PER_S;
static const int64_t SUPERSEDED_WITHIN = 3 * NS_PER_S;

/* A flow seen from one of its ends. */
struct view {
	struct judge *j;
	const struct closed *c;
	struct host *host;
	struct device *device;
	int end;                      /* 0: the initiator's end */
	struct match_flow flow;
	struct name_candidate names[NAME_CANDIDATES];
	size_t names_n;
	bool names_weak;
	struct result verdict;        /* filled by judge_end_of(), said after the flow's own record */
	struct span rules[HITS];
	bool has_verdict;
};

static unsigned transport_of(uint8_t proto)
{
	static const struct {
		uint8_t proto;
		unsigned transport;
	} map[] = { { 6, TRANSPORT_TCP }, { 17, TRANSPORT_UDP }, { 1, TRANSPORT_ICMP }, { 58, TRANSPORT_ICMP },
		    { IGMP, TRANSPORT_IGMP }, { 50, TRANSPORT_ESP }, { 47, TRANSPORT_GRE } };

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].proto == proto)
			return map[i].transport;
	return 0;
}

/* ---- names ---- */

/* By every address of the device, since it may ask over one family and connect over the other. */
static size_t own_names(const struct view *v, const struct addr *peer, int64_t at,
			struct name_candidate out[NAME_CANDIDATES])
{
	const struct names *n = &v->j->names;
	size_t got = names_of(n, &v->host->addr, peer, at, out);

	for (uint8_t i = 0; got == 0 && v->device && i < v->device->addresses_n; i++)
		got = names_of(n, &v->device->addresses[i].addr, peer, at, out);
	return got;
}

/* Names that the station behind which this address sits looked up: a NAT that leaks. Weak. */
static size_t names_behind(const struct view *v, const struct addr *peer, int64_t at,
			   struct name_candidate out[NAME_CANDIDATES])
{
	struct addr others[MAC_ADDRESSES];
	size_t n, got = 0;

	if (!mac_is_none(&v->host->own))
		return 0;
	n = devices_behind(&v->j->devices, &v->host->link_mac, others, MAC_ADDRESSES);
	for (size_t i = 0; i < n && got == 0; i++)
		got = names_of(&v->j->names, &others[i], peer, at, out);
	return got;
}

static void find_names(struct view *v, struct match_flow *f)
{
	f->names_n = 0;
	f->names_ambiguous = false;
	v->names_weak = false;
	v->names_n = own_names(v, &f->peer, v->c->start, v->names);
	if (!v->names_n) {
		v->names_n = names_behind(v, &f->peer, v->c->start, v->names);
		v->names_weak = v->names_n > 0;
	}
	if (v->names_n && v->names[0].fresh)
		v->names_n = 1; /* the latest look-up wins */
	for (size_t i = 0; i < v->names_n && i < MATCH_NAMES; i++)
		f->names[f->names_n++] = v->names[i].name;
	f->names_ambiguous = v->names_weak || v->names_n > 1;
}

/* ---- the flow as its end sees it ---- */

static bool is_resolver(const struct view *v, const struct addr *peer)
{
	const struct learnt *l = v->host->learnt;

	if (!l || addr_is_none(&l->v[FROM_DHCP_RESOLVERS][0]))
		return true; /* nobody said which are its own: any it uses is */
	for (size_t i = 0; i < FACT_SERVERS; i++)
		if (addr_eq(&l->v[FROM_DHCP_RESOLVERS][i], peer))
			return true;
	return false;
}

static void peer_roles(const struct view *v, struct match_flow *f)
{
	struct device *other = devices_of(&v->j->devices, devices_find(&v->j->devices, &f->peer), v->c->end);

	for (size_t i = 0; other && i < other->bindings_n && f->peer_profiles_n < MATCH_NAMES; i++)
		f->peer_profiles[f->peer_profiles_n++] = other->bindings[i]->profile->id;
	if (other && v->device && v->device->entry && other->entry)
		f->peer_same_group = v->device->entry->group.n && span_eq(v->device->entry->group, other->entry->group);
}

static void look(struct view *v)
{
	const struct closed *c = v->c;
	int e = v->end, o = !e;
	enum addr_scope s = addr_scope(&c->addr[o]);

	v->flow = (struct match_flow){
		.transport = transport_of(c->proto),
		.device = c->addr[e],
		.peer = c->addr[o],
		.device_port = c->port[e],
		.peer_port = c->port[o],
		.initiator = c->init_how == INIT_FIRST ? INITIATOR_EITHER : e == 0 ? INITIATOR_DEVICE : INITIATOR_PEER,
		.carried = c->carried,
		.application = c->application,
		.group_address = e == 0 && (c->link_cast || s == ADDR_MULTICAST || s == ADDR_BROADCAST),
		.peer_resolver = is_resolver(v, &c->addr[o]),
	};
	peer_roles(v, &v->flow);
	if (!c->carried.n)
		find_names(v, &v->flow);
}

/* ---- recognition ---- */

static bool signature_fits(const struct view *v, const struct profile *p, const struct binding *b, uint8_t *ret_how)
{
	struct match_hit hit;

	for (uint32_t i = 0; i < p->identify.signature_rules_n; i++) {
		const struct rule *r = &p->rules[p->identify.signature_rules[i]];
		if (match_rule(b, r, &v->flow, &hit) != MISS_NONE || hit.ambiguous)
			continue;
		*ret_how = hit.by == BY_CARRIED || hit.by == BY_HOST ? CONFIDENCE_CONFIRMED : CONFIDENCE_PROBABLE;
		return true;
	}
	return false;
}

static struct device *recognise(struct view *v)
{
	struct judge *j = v->j;
	struct device *d = v->device;
	char how[96];
	uint8_t confidence;

	for (size_t i = 0; i < policy_profiles(j->policy); i++) {
		const struct profile *p = policy_profile(j->policy, i);
		if (!p->identify.signature_rules_n || (d && device_holds(d, p) && d->confidence == CONFIDENCE_CONFIRMED))
			continue;
		if (!signature_fits(v, p, j->devices.anonymous[i], &confidence))
			continue;
		(void)snprintf(how, sizeof(how), "its traffic, a signature of %.*s", (int)p->id.n, p->id.p);
		d = devices_recognise(&j->devices, v->host, p, confidence, how, v->c->end);
	}
	return d;
}

/* ---- outcome ---- */

/* The same service on another address or port came up right after this attempt was left. */
static bool superseded(const struct view *v, const struct match_hit *h)
{
	const struct closed *c = v->c;
	const struct profile *p = h->binding->profile;

	for (uint8_t i = 0; v->host->ups && i < HOST_UPS; i++) {
		const struct came_up *u = &v->host->ups[i];
		struct match_flow f = v->flow;
		struct match_hit other;
		struct view again = *v;

		if (!u->flow || u->flow == c->id || u->start <= c->start || u->start > c->last_syn + SUPERSEDED_WITHIN)
			continue;
		f.peer = u->peer;
		f.peer_port = u->port;
		f.carried = (struct span){ NULL, 0 };
		find_names(&again, &f);
		for (uint32_t k = 0; k < p->rules_n; k++) {
			const struct rule *r = &p->rules[k];
			bool service = r == h->rule || (r->group.n && span_eq(r->group, h->rule->group));
			if (service && match_rule(h->binding, r, &f, &other) == MISS_NONE)
				return true;
		}
	}
	return false;
}

static struct outcome_of hit_outcome(const struct view *v, const struct match_hit *h, const struct surroundings *s)
{
	struct outcome_of o = outcome_of(v->c, s, h->rule->up, h->rule->reply);

	if (o.outcome == OUTCOME_INCONCLUSIVE && (o.reason == REASON_GAVE_UP || o.reason == REASON_CAPTURE_ENDED) &&
	    v->c->proto == TCP && v->end == 0 && v->c->packets[1] == 0 && superseded(v, h)) {
		o.outcome = OUTCOME_SUPERSEDED;
		o.reason = REASON_NONE;
	}
	return o;
}

/* The service's port: the responder's, or by the rule where nobody saw who began. */
static uint16_t service_port(const struct view *v, const struct rule *r)
{
	const struct closed *c = v->c;

	if (c->init_how != INIT_FIRST || !r || r->initiator == INITIATOR_EITHER)
		return c->port[1];
	return r->initiator == INITIATOR_DEVICE ? c->port[!v->end] : c->port[v->end];
}

static struct span name_of(const struct view *v)
{
	return v->c->carried.n ? v->c->carried : v->names_n ? v->names[0].name : (struct span){ NULL, 0 };
}

static void fill_attempt(const struct view *v, const struct match_hit *h, const struct outcome_of *o, struct attempt *a)
{
	const struct closed *c = v->c;
	uint16_t port = service_port(v, h->rule);

	*a = (struct attempt){
		.flow = c->id,
		.device = c->addr[v->end],
		.peer = c->addr[!v->end],
		.port = port,
		.other_port = port == c->port[1] ? c->port[0] : c->port[1],
		.proto = c->proto,
		.outcome = o->outcome,
		.reason = o->reason,
		.established_before = o->established_before,
		.weak = o->weak || h->ambiguous,
		.address_declared = h->address_declared,
		.declares_addresses = h->declares_addresses || h->declares_shared,
		.elsewhere = h->never != NULL,
		.by_name = h->by == BY_CARRIED || h->by == BY_HOST,
		.outbound = v->end == 0,
		.start = c->start,
		.up = c->established ? c->established : c->first[1],
		.end = c->end,
		.last_try = c->last_syn ? c->last_syn : c->last[0],
		.tries = c->syns ? c->syns : (uint32_t)c->packets[0],
		.first = c->first_frame,
		.last = c->last_frame,
		.name = name_of(v),
		.icmp = c->icmp,
		.has_icmp = c->has_icmp,
		.rst = c->rst_frame,
		.has_rst = c->rst,
		.rst_after = c->rst_time - c->last_syn,
		.rst_ttl = c->rst_ttl,
		.rst_ip_id = c->ip_id[1],
	};
}

/* ---- undeclared ---- */

/* What the device sent from this port before, and the flow may be the answer to: UDP has no other sign. */
static bool is_request_of(const struct sent_from *s, const struct closed *c)
{
	int64_t limit = s->group ? ANSWER_GROUP : ANSWER_PEER;

	if (!s->last || s->port != c->port[1] || s->first > c->start || c->start - s->last > limit)
		return false;
	return s->group || addr_eq(&s->peer, &c->addr[0]);
}

static size_t match_as_answer(const struct view *v, const struct binding *const *b, size_t n, struct match_hit *hits)
{
	const struct closed *c = v->c;

	if (c->proto != UDP || v->end != 1 || !v->host->sends)
		return 0;
	for (uint8_t i = 0; i < HOST_SENDS; i++) {
		const struct sent_from *s = &v->host->sends[i];
		struct match_flow f = v->flow;
		size_t got;

		if (!is_request_of(s, c))
			continue;
		f.initiator = INITIATOR_DEVICE;
		f.group_address = s->group;
		f.peer = s->peer;
		f.peer_port = s->peer_port;
		got = match_all(b, n, &f, hits, HITS);
		if (got)
			return got;
	}
	return 0;
}

/* Hits that only hold if this is an answer fall away where the device never asked. */
static size_t drop_unasked(const struct view *v, struct match_hit *hits, size_t n)
{
	size_t kept = 0;
	bool asked = false;

	for (uint8_t i = 0; v->host->sends && i < HOST_SENDS; i++)
		asked |= is_request_of(&v->host->sends[i], v->c);
	for (size_t i = 0; i < n; i++)
		if (!hits[i].by_group_port || asked)
			hits[kept++] = hits[i];
	return kept;
}

static bool is_accepted(const struct closed *c)
{
	return (c->came & CAME_ANSWERED) != 0 && c->packets[1] > 0;
}

/* Another station was told a declared name for this address: it may be that service. */
static bool softened(const struct view *v, const struct binding *const *b, size_t n)
{
	static const struct addr anybody;
	struct name_candidate names[NAME_CANDIDATES];
	size_t got;

	if (v->c->carried.n || v->names_n)
		return false;
	got = names_of(&v->j->names, &anybody, &v->flow.peer, v->c->end, names);
	for (size_t i = 0; i < got; i++) {
		const struct binding *by;
		if (match_name(b, n, names[i].name, &by))
			return true;
	}
	return false;
}

/* ---- one end ---- */

struct judged {
	struct outcome_of outcome;
	bool has_rule;
};

static void set_verdict(struct view *v, const struct match_hit *hits, size_t n, uint8_t verdict, uint8_t confidence)
{
	for (size_t i = 0; i < n; i++)
		v->rules[i] = hits[i].rule->id;
	v->verdict.type = RESULT_VERDICT;
	v->verdict.verdict = (struct result_verdict){
		.flow = v->c->id,
		.device = v->device->id,
		.profile = n ? hits[0].binding->profile->id : (struct span){ NULL, 0 },
		.rules = v->rules,
		.rules_n = (uint32_t)n,
		.verdict = verdict,
		.confidence = confidence,
		.peer = v->flow.peer,
		.port = service_port(v, n ? hits[0].rule : NULL),
		.peer_name = name_of(v),
	};
	v->has_verdict = true;
}

static void put_verdict(const struct view *v)
{
	if (v->has_verdict && v->j->sink.wants_flows)
		v->j->sink.put(v->j->sink.ctx, &v->verdict);
}

static void trace_view(const struct view *v)
{
	const struct judge_trace *t = &v->j->trace;
	const struct binding *const *all = (const struct binding *const *)v->device->bindings;

	if (t->flow != v->c->id || !t->line)
		return;
	if (v->c->carried.n)
		t->name(t->ctx, v->c->carried, "carried by the flow");
	for (size_t i = 0; !v->c->carried.n && i < v->names_n; i++)
		t->name(t->ctx, v->names[i].name,
			v->names_weak ? "looked up by the station behind which it sits" : "looked up by the device");
	for (size_t b = 0; b < v->device->bindings_n; b++) {
		const struct profile *p = v->device->bindings[b]->profile;
		t->line(t->ctx, v->device->id, p, NULL, MISS_NONE);
		for (uint32_t i = 0; i < p->rules_n; i++) {
			struct match_hit h;
			t->line(t->ctx, v->device->id, p, &p->rules[i],
				match_rule_among(all, v->device->bindings_n, all[b], &p->rules[i], &v->flow, &h));
		}
	}
}

static uint8_t verdict_for(uint8_t outcome)
{
	return outcome_is_success(outcome) ? VERDICT_CONFORMANT :
	       outcome_is_failure(outcome) ? VERDICT_FAILED :
					     VERDICT_INCONCLUSIVE;
}

/* A flow is a success of every rule it fits; it is a failure only of its headline. */
static void count_attempts(const struct view *v, const struct match_hit *hits, size_t n, const struct surroundings *s)
{
	for (size_t i = 0; i < n; i++) {
		struct outcome_of o = hit_outcome(v, &hits[i], s);
		struct attempt a;
		size_t at = device_binding(v->device, hits[i].binding);

		if (i > 0 && !outcome_is_success(o.outcome))
			continue;
		struct tally *t = tallies_of(&v->device->tallies[at], hits[i].binding, hits[i].rule);
		if (!t)
			continue;
		fill_attempt(v, &hits[i], &o, &a);
		tally_add(t, &a);
	}
}

static void judge_undeclared(struct view *v, const struct binding *const *b, size_t n)
{
	bool inbound = v->flow.initiator == INITIATOR_PEER, soft = softened(v, b, n);
	struct span name = v->c->carried.n ? v->c->carried :
			   v->names_n && !v->names_weak ? v->names[0].name : (struct span){ NULL, 0 };

	undeclared_add(v->j, v->device, v->c, &v->flow, inbound, is_accepted(v->c), soft, name);
	set_verdict(v, NULL, 0, soft ? VERDICT_INCONCLUSIVE : VERDICT_UNDECLARED,
		    soft || v->flow.initiator == INITIATOR_EITHER ? CONFIDENCE_POSSIBLE : CONFIDENCE_PROBABLE);
}

/* Judges the flow for one device; *ret says what the headline makes of it. */
static void judge_end_of(struct view *v, const struct surroundings *s, struct judged *ret)
{
	const struct binding *b[BINDING_PROFILES];
	struct match_hit hits[HITS];
	struct span why;
	size_t n = v->device->bindings_n, got;

	for (size_t i = 0; i < n; i++)
		b[i] = v->device->bindings[i];
	trace_view(v);
	if (!v->flow.transport)
		return;
	if (policy_ignores(v->j->policy, v->flow.transport, &v->flow.peer, v->c->port[1], &why)) {
		set_verdict(v, NULL, 0, VERDICT_IGNORED, CONFIDENCE_CONFIRMED);
		return;
	}
	got = drop_unasked(v, hits, match_all(b, n, &v->flow, hits, HITS));
	if (!got)
		got = match_as_answer(v, b, n, hits);
	if (!got) {
		judge_undeclared(v, b, n);
		return;
	}
	count_attempts(v, hits, got, s);
	struct outcome_of o = hit_outcome(v, &hits[0], s);
	if (!ret->has_rule)
		*ret = (struct judged){ o, true };
	set_verdict(v, hits, got, verdict_for(o.outcome),
		    o.weak || hits[0].ambiguous ? CONFIDENCE_POSSIBLE :
		    o.established_before	? CONFIDENCE_PROBABLE :
						  CONFIDENCE_CONFIRMED);
}

/* ---- rings of hosts that may yet be recognised ---- */

static void release(struct judge *j, struct closed *c)
{
	if (--c->refs == 0)
		pool_give(&j->closed, c);
}

/* Doubles as it fills, so that a host of one flow costs one pointer. */
static void ring_push(struct judge *j, struct host *h, struct closed *c)
{
	if (h->ring_n == h->ring_room && h->ring_room < HOST_RING) {
		uint32_t room = h->ring_room ? h->ring_room * 2 : 1;
		struct closed **ring = realloc(h->ring, room * sizeof(*ring));
		if (ring) {
			h->ring = ring;
			h->ring_room = room;
		}
	}
	if (!h->ring_room)
		return;
	struct closed **slot = &h->ring[h->ring_at % h->ring_room];
	if (h->ring_n == h->ring_room)
		release(j, *slot);
	else
		h->ring_n++;
	*slot = c;
	c->refs++;
	h->ring_at++;
}

void verdict_of_ring(struct judge *j, struct host *h)
{
	uint64_t from = h->ring_at - h->ring_n;
	uint32_t n = h->ring_n;

	h->ring_n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct closed *c = h->ring[(from + i) % h->ring_room];
		struct view v = { .j = j, .c = c, .host = h, .device = h->device };
		struct surroundings s = surroundings_of(j, c);
		struct judged ignored = { 0 };
		v.end = addr_eq(&c->addr[0], &h->addr) ? 0 : 1;
		look(&v);
		judge_end_of(&v, &s, &ignored);
		put_verdict(&v);
		release(j, c);
	}
	free(h->ring);
	h->ring = NULL;
	h->ring_room = 0;
}

/* A host that only answers, from the Internet, is a server: nobody's device. */
static bool may_be_device(const struct closed *c, int end)
{
	return end == 0 || c->init_how == INIT_FIRST || addr_scope(&c->addr[end]) != ADDR_INTERNET;
}

void verdict_of(struct judge *j, struct closed *c)
{
	struct surroundings s = surroundings_of(j, c);
	struct judged judged = { 0 };
	struct view v[2];
	bool open = !policy_has_site(j->policy);

	for (int e = 0; e < 2; e++) {
		v[e] = (struct view){ .j = j, .c = c, .end = e };
		v[e].host = devices_find(&j->devices, &c->addr[e]);
		if (!v[e].host)
			continue;
		v[e].device = devices_of(&j->devices, v[e].host, c->end);
		look(&v[e]);
		if (open)
			v[e].device = recognise(&v[e]);
	}
	judged.outcome = outcome_of(c, &s, UP_DATA, REPLY_UNKNOWN);
	for (int e = 0; e < 2; e++) {
		if (v[e].device && v[e].host->ring_n)
			verdict_of_ring(j, v[e].host);
		if (v[e].device)
			judge_end_of(&v[e], &s, &judged);
		else if (v[e].host && open && may_be_device(c, e))
			ring_push(j, v[e].host, c);
	}
	if (j->sink.wants_flows)
		emit_flow(j, c, &judged.outcome, v[0].names, v[0].host ? v[0].names_n : 0);
	put_verdict(&v[0]);
	put_verdict(&v[1]);
	release(j, c);
}
