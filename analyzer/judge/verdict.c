/*
 * A flow whose hold is over: whose it is, which rules it fits, what became of it, and what that means for each of its
 * ends that is a device. DESIGN: profiles and sites; names; words.
 */
#include "base/span.h"
#include "base/proto.h"
#include "judge/view.h"

static bool is_accepted(const struct closed *c)
{
	return (c->came & CAME_ANSWERED) != 0 && c->packets[1] > 0;
}

static bool knows_by_name(const struct peer_spec *s)
{
	return s->hosts.n > 0;
}

static bool knows_by_announcement(const struct peer_spec *s)
{
	return s->announced.n > 0;
}

/* A rule that knows its peers so takes the flow in all but that. */
static bool fits_but_peer(const struct binding *const *b, size_t n, const struct match_flow *f,
			  bool (*knows)(const struct peer_spec *s))
{
	struct match_hit hit;

	for (size_t i = 0; i < n; i++) {
		const struct profile *p = b[i]->profile;
		for (uint32_t k = 0; k < p->rules_n; k++) {
			if (!match_may(&p->rules[k], f) || !knows(&p->rules[k].peers) ||
			    p->rules[k].need == RULE_FORBIDDEN)
				continue;
			enum match_miss miss = match_rule_among(b, n, b[i], &p->rules[k], f, &hit);
			if (miss == MISS_NAME || miss == MISS_PEER)
				return true;
		}
	}
	return false;
}

static bool may_be_named(const struct view *v, const struct binding *const *b, size_t n)
{
	struct match_flow f = v->flow;

	if (f.initiator == INITIATOR_PEER)
		return false;
	if (!v->c->quic && fits_but_peer(b, n, &f, knows_by_name))
		return true;
	/* QUIC is judged as TLS to that peer is; of cut frames nobody knows whether it is QUIC */
	bool quic = v->c->quic || (v->j->cut && v->c->proto == PROTO_UDP);
	f.transport = TRANSPORT_TCP;
	return quic && fits_but_peer(b, n, &f, knows_by_name);
}

/*
 * Its name is not known: it carries none, and nobody can see what the device looks up, or frames are cut, in which both
 * names would be; or what it carries may be the outer name of an encrypted hello, which the end of the hello says, and
 * the device was not seen to ask for it.
 */
static bool is_nameless(const struct view *v)
{
	if (v->c->carried.n)
		return (v->c->ech || v->c->limits & LIMIT_CUT) && !view_asked(v, v->c->carried);
	if (v->names_n)
		return false;
	return v->j->cut || (!hidden_is(v->c) && hidden_of(&v->j->devices, v->device) != NULL);
}

/* Another station was told a declared name for this address, or nobody knows its name: it may be a declared service. */
static bool softened(const struct view *v, const struct binding *const *b, size_t n)
{
	static const struct addr anybody;
	struct name_candidate names[NAME_CANDIDATES];
	size_t got;

	if (is_nameless(v) && may_be_named(v, b, n))
		return true;
	if (v->j->cut && fits_but_peer(b, n, &v->flow, knows_by_announcement)) /* what announced it may be cut */
		return true;
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
		.logical = v->logical,
		.device = v->device->id,
		.profile = n ? hits[0].binding->profile->id : (struct span){ NULL, 0 },
		.rules = v->rules,
		.rules_n = (uint32_t)n,
		.verdict = verdict,
		.confidence = confidence,
		.peer = v->flow.peer,
		.port = view_port(v, n ? hits[0].rule : NULL),
		.peer_name = view_name(v),
	};
	v->has_verdict = true;
}

void view_put_verdict(const struct view *v)
{
	if (v->has_verdict && v->j->sink.wants_flows)
		v->j->sink.put(v->j->sink.ctx, &v->verdict);
}

/* Rules that do not take the carried name are tried by these. */
static void trace_inner(const struct view *v, const struct judge_trace *t)
{
	struct view inner = *v;

	view_names(&inner, &inner.flow);
	for (size_t i = 0; i < inner.names_n; i++)
		t->name(t->ctx, inner.names[i].name, "looked up by the device: the inner one, if that is an outer name");
}

static void trace_view(const struct view *v)
{
	const struct judge_trace *t = &v->j->trace;
	const struct binding *const *all = (const struct binding *const *)v->device->bindings;

	if (t->flow != v->c->id || !t->line)
		return;
	if (v->c->carried.n)
		t->name(t->ctx, v->c->carried,
			v->c->ech ? "carried by the flow beside an encrypted hello, so it may be an outer name" :
				    "carried by the flow");
	if (v->c->carried.n && v->c->ech)
		trace_inner(v, t);
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

static void judge_undeclared(struct view *v)
{
	const struct binding *const *b = (const struct binding *const *)v->device->bindings;
	bool inbound = v->flow.initiator == INITIATOR_PEER, soft = softened(v, b, v->device->bindings_n);
	struct span name = v->flow.carried.n ? v->flow.carried :
			   v->names_n && !v->names_weak ? v->names[0].name : (struct span){ NULL, 0 };

	if (closed_is_leftover(v->c)) {
		set_verdict(v, NULL, 0, VERDICT_INCONCLUSIVE, CONFIDENCE_POSSIBLE);
		return;
	}
	if (!view_near_miss(v))
		undeclared_add(v->j, v->device, v->c, &v->flow, inbound, is_accepted(v->c), soft, name);
	set_verdict(v, NULL, 0, soft ? VERDICT_INCONCLUSIVE : VERDICT_UNDECLARED,
		    soft || v->flow.initiator == INITIATOR_EITHER ? CONFIDENCE_POSSIBLE : CONFIDENCE_PROBABLE);
}

/* What it was matched by may be the outer name of an encrypted hello. */
static bool by_outer_name(const struct view *v, const struct match_hit *hits)
{
	return v->c->ech && !v->logical && hits[0].by == BY_CARRIED && !view_asked(v, v->c->carried);
}

void view_judged(struct view *v, const struct match_hit *hits, size_t n, const struct outcome_of *o)
{
	view_notice(v, n ? &hits[0] : NULL, o);
	if (n == 0) {
		judge_undeclared(v);
		return;
	}
	uint8_t verdict = hits[0].rule->need == RULE_FORBIDDEN	      ? VERDICT_UNDECLARED :
			  !view_fits_application(v->c, hits[0].rule) ? VERDICT_UNEXPECTED_APPLICATION :
								       verdict_for(o->outcome);
	set_verdict(v, hits, n, verdict,
		    o->weak || hits[0].ambiguous		    ? CONFIDENCE_POSSIBLE :
		    o->established_before || by_outer_name(v, hits) ? CONFIDENCE_PROBABLE :
						   CONFIDENCE_CONFIRMED);
}

/* Judges the flow for one device; *ret says what the headline makes of it. */
static void judge_end_of(struct view *v, const struct surroundings *s, struct judged *ret)
{
	struct match_hit hits[VIEW_HITS];
	struct outcome_of o;
	struct span why;
	size_t n;

	trace_view(v);
	if (!v->flow.transport)
		return;
	if (policy_ignores(v->j->policy, v->flow.transport, &v->flow.peer, v->c->port[1], &why)) {
		set_verdict(v, NULL, 0, VERDICT_IGNORED, CONFIDENCE_CONFIRMED);
		return;
	}
	n = view_match(v, hits);
	if (!n)
		n = view_match_inner(v, hits);
	o = n ? view_outcome(v, &hits[0], s) : ret->outcome;
	if (n)
		view_count(v, hits, n, s, &o);
	if (n && !ret->has_rule)
		*ret = (struct judged){ o, true };
	view_judged(v, hits, n, &o);
}

/* Says the verdict, then what the device asked of a proxy inside the flow. */
static void say(const struct view *v, const struct surroundings *s)
{
	view_put_verdict(v);
	if (v->device && v->end == 0 && logical_is_proxy(v->c))
		logical_judge(v, s);
}

/* ---- rings of hosts that may yet be recognised ---- */

/* Doubles as it fills, so that a host of one flow costs one pointer. */
static bool ring_has_room(struct rooms *rings, struct host *h)
{
	if (h->ring_n == h->ring_room && h->ring_room < HOST_RING) {
		struct kept **ring = rooms_grow(rings, h->ring, &h->ring_room);
		if (ring)
			h->ring = ring;
	}
	return h->ring_room > 0;
}

/* The flow goes into the rings of both its hosts as one. As many are kept as the hold leaves room for. */
static void ring_push(struct judge *j, struct host *h, const struct closed *c, struct kept **kept)
{
	if (!ring_has_room(&j->devices.rings, h))
		return;
	if (!*kept && j->hold_n + j->keeps.n < CLOSED_MAX)
		*kept = kept_new(&j->keeps, c);
	if (!*kept) {
		j->unkept++;
		return;
	}
	struct kept **slot = &h->ring[h->ring_at % h->ring_room];
	if (h->ring_n == h->ring_room)
		kept_unref(&j->keeps, *slot);
	else
		h->ring_n++;
	*slot = kept_ref(*kept);
	h->ring_at++;
}

void verdict_of_ring(struct judge *j, struct host *h)
{
	uint64_t from = h->ring_at - h->ring_n;
	uint32_t n = h->ring_n;

	h->ring_n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct kept *kept = h->ring[(from + i) % h->ring_room];
		struct closed c;
		kept_read(kept, &c);
		struct view v = { .j = j, .c = &c, .host = h, .device = h->device };
		struct surroundings s = surroundings_of(j, &c);
		struct judged ignored = { 0 };
		v.end = addr_eq(&c.addr[0], &h->addr) ? 0 : 1;
		view_look(&v);
		judge_end_of(&v, &s, &ignored);
		say(&v, &s);
		kept_unref(&j->keeps, kept);
	}
	rooms_give(&j->devices.rings, h->ring, h->ring_room);
	h->ring = NULL;
	h->ring_room = 0;
}

/* A host that only answers, from the Internet, is a server: nobody's device. */
static bool may_be_device(const struct closed *c, int end)
{
	return end == 0 || c->init_how == INIT_FIRST || addr_scope(&c->addr[end]) != ADDR_INTERNET;
}

static void look_at_both(struct judge *j, const struct closed *c, struct view v[2])
{
	bool open = !policy_has_site(j->policy);

	for (int e = 0; e < 2; e++) {
		v[e] = (struct view){ .j = j, .c = c, .end = e };
		v[e].host = c->host[e];
		if (!v[e].host)
			continue;
		v[e].device = devices_of(&j->devices, v[e].host, c->end);
		if (!v[e].device && !open && !(e == 0 && j->sink.wants_flows))
			continue;
		view_look(&v[e]);
		if (open)
			v[e].device = view_recognise(&v[e]);
	}
}

/* Devices' own tunnels are noted with them. */
static void note_tunnel(struct judge *j, const struct closed *c)
{
	struct span name = closed_tunnel(c);

	if (!name.n)
		return;
	if (!j->tunnels++ || c->start < j->tunnel_first)
		j->tunnel_first = c->start;
	if (c->end > j->tunnel_last)
		j->tunnel_last = c->end;
	if (c->packets[0] + c->packets[1] <= j->tunnel_packets)
		return;
	j->tunnel_packets = c->packets[0] + c->packets[1];
	j->tunnel_name = names_intern(&j->names, name);
	j->tunnel_ends[0] = c->addr[0];
	j->tunnel_ends[1] = c->addr[1];
	j->tunnel_ports[0] = c->port[0];
	j->tunnel_ports[1] = c->port[1];
	j->tunnel_proto = c->proto;
	j->tunnel_flow = c->id;
	j->tunnel_frame = c->first_frame;
}

void verdict_of(struct judge *j, struct closed *c)
{
	struct surroundings s = surroundings_of(j, c);
	struct judged judged = { outcome_of(c, &s, UP_DATA, REPLY_UNKNOWN), false };
	struct kept *kept = NULL;
	struct view v[2];

	look_at_both(j, c, v);
	if (!v[0].device && !v[1].device)
		note_tunnel(j, c);
	for (int e = 0; e < 2; e++) {
		if (v[e].device && v[e].host->ring_n)
			verdict_of_ring(j, v[e].host);
		if (v[e].device)
			judge_end_of(&v[e], &s, &judged);
		else if (v[e].host && !policy_has_site(j->policy) && may_be_device(c, e))
			ring_push(j, v[e].host, c, &kept);
	}
	if (j->sink.wants_flows)
		emit_flow(j, c, &judged.outcome, v[0].names, v[0].host ? v[0].names_n : 0);
	say(&v[0], &s);
	say(&v[1], &s);
	if (kept)
		kept_unref(&j->keeps, kept);
	else
		pool_give(&j->details, c->detail);
	pool_give(&j->closed, c);
}
