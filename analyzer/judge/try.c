/* One flow as an attempt at the rules it fits: what became of it, and where it is counted. */
#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/view.h"

static const int64_t SUPERSEDED_WITHIN = 3 * NS_PER_S, AWAKE_WITHIN = 10 * NS_PER_S;
static const int64_t INSTEAD_BEFORE = 60 * NS_PER_S, INSTEAD_AFTER = 180 * NS_PER_S;

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
		view_names(&again, &f);
		for (uint32_t k = 0; k < p->rules_n; k++) {
			const struct rule *r = &p->rules[k];
			bool service = r == h->rule || (r->group.n && span_eq(r->group, h->rule->group));
			if (service && match_rule(h->binding, r, &f, &other) == MISS_NONE)
				return true;
		}
	}
	return false;
}

/* QUIC where the rule, or the one that it stands in for, takes TCP too. */
static bool is_quic(const struct view *v, const struct rule *r)
{
	const struct closed *c = v->c;

	return c->proto == PROTO_UDP && (r->peers.declared_tls || (c->quic && r->transports & TRANSPORT_TCP));
}

/* The same port of the same peer, or of another address of the same name. */
static bool is_same_service(const struct view *v, const struct came_up *u)
{
	struct match_flow f = v->flow;
	struct view again = *v;

	if (u->proto != PROTO_TCP || u->port != v->c->port[1])
		return false;
	if (addr_eq(&u->peer, &v->flow.peer))
		return true;
	f.peer = u->peer;
	f.carried = (struct span){ NULL, 0 };
	view_names(&again, &f);
	for (uint8_t i = 0; i < f.names_n; i++)
		if (span_eq_nocase(f.names[i], view_name(v)))
			return true;
	return false;
}

/* Clients race both, or take TCP once QUIC is not answered; then nothing failed. */
static bool came_up_over_tcp(const struct view *v)
{
	for (uint8_t i = 0; v->host->ups && i < HOST_UPS; i++) {
		const struct came_up *u = &v->host->ups[i];
		if (u->flow && u->start > v->c->start - INSTEAD_BEFORE && u->start < v->c->end + INSTEAD_AFTER &&
		    is_same_service(v, u))
			return true;
	}
	return false;
}

/* A lease is asked for of everybody, from no address: what the server sends is a flow of its own, and the answer. */
static bool is_lease(const struct view *v)
{
	return v->end == 1 && v->host->dhcp && span_eq(v->c->application, SPAN("DHCP"));
}

struct outcome_of view_outcome(const struct view *v, const struct match_hit *h, const struct surroundings *s)
{
	struct outcome_of o = outcome_of(v->c, s, h->rule->up, h->rule->reply);

	if (o.outcome == OUTCOME_INCONCLUSIVE && (o.reason == REASON_GAVE_UP || o.reason == REASON_CAPTURE_ENDED) &&
	    v->c->proto == PROTO_TCP && v->end == 0 && v->c->packets[1] == 0 && superseded(v, h)) {
		o.outcome = OUTCOME_SUPERSEDED;
		o.reason = REASON_NONE;
	}
	if (v->end == 0 && v->c->quic && is_quic(v, h->rule) && o.outcome != OUTCOME_OK && came_up_over_tcp(v))
		o = (struct outcome_of){ .outcome = OUTCOME_SUPERSEDED };
	if (o.outcome == OUTCOME_OK && view_portal(v, h->rule))
		o = (struct outcome_of){ .outcome = OUTCOME_APP_REJECTED };
	if (o.outcome == OUTCOME_SENT && is_lease(v))
		o = (struct outcome_of){ .outcome = OUTCOME_OK };
	return o;
}

/*
 * The device acknowledged this very peer elsewhere while it was silent here: it is up, awake, and the way to it open.
 * Only the moment at which a connection came up counts; between two moments it may sleep.
 */
static bool connected(const struct view *v)
{
	const struct closed *c = v->c;

	for (uint8_t i = 0; v->end == 1 && v->host->ups && i < HOST_UPS; i++) {
		const struct came_up *u = &v->host->ups[i];
		if (u->flow && u->proto == PROTO_TCP && addr_eq(&u->peer, &c->addr[0]) &&
		    u->start >= c->start - AWAKE_WITHIN && u->start <= c->last_syn + AWAKE_WITHIN)
			return true;
	}
	return false;
}

static void fill_attempt(const struct view *v, const struct match_hit *h, const struct outcome_of *o, struct attempt *a)
{
	const struct closed *c = v->c;
	uint16_t port = view_port(v, h->rule);

	*a = (struct attempt){
		.flow = c->id,
		.device = c->addr[v->end],
		.peer = c->addr[!v->end],
		.port = port,
		.wire = { c->port[0], c->wire_port },
		.proto = c->proto,
		.outcome = o->outcome,
		.reason = o->reason,
		.established_before = o->established_before,
		.weak = o->weak || h->ambiguous,
		.other_application = !view_fits_application(c, h->rule),
		.logical = v->logical > 0,
		.quic = is_quic(v, h->rule),
		.address_declared = h->address_declared,
		.declares_addresses = h->declares_addresses || h->declares_shared,
		.elsewhere = h->never != NULL,
		.by_name = h->by == BY_CARRIED || h->by == BY_HOST,
		.outbound = view_at_peer(v, h->rule),
		.connected = connected(v),
		.start = c->start,
		.up = c->established ? c->established : c->first[1],
		.end = c->end,
		.last_try = c->last_syn ? c->last_syn : c->last[0],
		.tries = c->syns ? c->syns : (uint32_t)c->packets[0],
		.first = c->first_frame,
		.last = c->last_frame,
		.name = view_name(v),
		.icmp = c->icmp,
		.has_icmp = c->has_icmp,
		.rst = c->rst_frame,
		.has_rst = c->rst,
		.rst_after = c->rst_time - c->last_syn,
		.rst_ttl = c->rst_ttl,
		.rst_ip_id = c->ip_id[1],
	};
}

/* A flow is a success of every rule it fits; it is a failure only of its headline. */
void view_count(const struct view *v, const struct match_hit *hits, size_t n, const struct surroundings *s,
		const struct outcome_of *given)
{
	for (size_t i = 0; i < n; i++) {
		struct outcome_of o = i == 0 || v->logical ? *given : view_outcome(v, &hits[i], s);
		struct tally *t;
		struct attempt a;

		if (i > 0 && !outcome_is_success(o.outcome))
			continue;
		t = tallies_of(&v->device->tallies[device_binding(v->device, hits[i].binding)], hits[i].binding,
			       hits[i].rule);
		if (!t)
			continue;
		fill_attempt(v, &hits[i], &o, &a);
		tally_add(t, &a);
	}
}
