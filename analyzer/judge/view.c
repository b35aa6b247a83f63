/* A flow as one of its ends sees it. DESIGN: names; words. */
#include "judge/view.h"

#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"

static unsigned transport_of(uint8_t proto)
{
	static const struct {
		uint8_t proto;
		unsigned transport;
	} map[] = {
		{ PROTO_TCP, TRANSPORT_TCP },	{ PROTO_UDP, TRANSPORT_UDP }, { PROTO_ICMP, TRANSPORT_ICMP },
		{ PROTO_ICMP6, TRANSPORT_ICMP }, { PROTO_IGMP, TRANSPORT_IGMP }, { PROTO_ESP, TRANSPORT_ESP },
		{ PROTO_GRE, TRANSPORT_GRE },
	};

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

void view_names(struct view *v, struct match_flow *f)
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

bool view_at_peer(const struct view *v, const struct rule *r)
{
	if (r && r->peer_ports.n) /* both sides are fixed (DHCP): whoever began, the peer is at its own port */
		return true;
	if (v->c->init_how == INIT_FIRST && r && r->initiator != INITIATOR_EITHER)
		return r->initiator == INITIATOR_DEVICE;
	return v->end == 0;
}

uint16_t view_port(const struct view *v, const struct rule *r)
{
	return v->c->port[view_at_peer(v, r) ? !v->end : v->end];
}

struct span view_name(const struct view *v)
{
	return v->flow.carried.n ? v->flow.carried : v->names_n ? v->names[0].name : (struct span){ NULL, 0 };
}

/* ---- the end ---- */

static bool is_resolver(const struct view *v, const struct addr *peer)
{
	const struct learnt *l = host_learnt(v->host);

	if (!l || addr_is_none(&l->v[FROM_DHCP_RESOLVERS][0]))
		return true; /* nobody said which are its own: any it uses is */
	for (size_t i = 0; i < FACT_SERVERS; i++)
		if (addr_eq(&l->v[FROM_DHCP_RESOLVERS][i], peer))
			return true;
	return false;
}

static void peer_roles(const struct view *v, struct match_flow *f)
{
	struct device *other = devices_of(&v->j->devices, v->c->host[!v->end], v->c->end);

	for (size_t i = 0; other && i < other->bindings_n && f->peer_profiles_n < MATCH_NAMES; i++)
		f->peer_profiles[f->peer_profiles_n++] = other->bindings[i]->profile->id;
	if (!other || !v->device || !v->device->entry || !other->entry)
		return;
	struct span ours = v->device->entry->group, theirs = other->entry->group;
	f->peer_same_group = ours.n && span_eq(ours, theirs);
	f->peer_other_group = ours.n && theirs.n && !span_eq(ours, theirs);
}

/* The peer's endpoint, or the device's own, was named by a control flow of one of them. */
static void announced(const struct view *v, struct match_flow *f)
{
	const struct announced *a[2] = {
		announcements_find(&v->j->announcements, &f->peer, f->peer_port, v->c->start),
		announcements_find(&v->j->announcements, &f->device, f->device_port, v->c->start),
	};

	for (size_t i = 0; i < 2; i++) {
		bool ours = a[i] && (addr_eq(&a[i]->control[0], &f->device) || addr_eq(&a[i]->control[1], &f->device));
		if (ours && f->announced_by_n < MATCH_NAMES)
			f->announced_by[f->announced_by_n++] = a[i]->application;
	}
}

void view_look(struct view *v)
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
		.carried = logical_is_proxy(c) ? (struct span){ NULL, 0 } : c->carried,
		.application = closed_application(c),
		.group_address = e == 0 && (c->link_cast || s == ADDR_MULTICAST || s == ADDR_BROADCAST),
		.peer_resolver = is_resolver(v, &c->addr[o]),
	};
	peer_roles(v, &v->flow);
	announced(v, &v->flow);
	if (!v->flow.carried.n)
		view_names(v, &v->flow);
}

/* ---- answers ---- */

/* The answer to something the device sent from this port before: UDP has no other sign. */
static size_t match_as_answer(const struct view *v, const struct binding *const *b, size_t n, struct match_hit *hits)
{
	const struct closed *c = v->c;

	if (c->proto != PROTO_UDP || v->end != 1 || !v->host->sends)
		return 0;
	for (uint8_t i = 0; i < HOST_SENDS; i++) {
		const struct sent_from *s = &v->host->sends[i];
		struct match_flow f = v->flow;
		size_t got;

		if (!sent_may_be_answered(s, c->port[1], &c->addr[0], c->start))
			continue;
		f.initiator = INITIATOR_DEVICE;
		f.group_address = s->group;
		f.peer = s->peer;
		f.peer_port = s->peer_port;
		got = match_all(b, n, &f, hits, VIEW_HITS);
		if (got)
			return got;
	}
	return 0;
}

/* Hits that only hold if this is an answer fall away where the device never asked. */
static size_t drop_unasked(const struct view *v, struct match_hit *hits, size_t n)
{
	size_t kept = 0;
	bool asked = host_asked(v->host, v->c->port[1], &v->c->addr[0], v->c->start);

	for (size_t i = 0; i < n; i++)
		if (!hits[i].by_group_port || asked)
			hits[kept++] = hits[i];
	return kept;
}

size_t view_match(const struct view *v, struct match_hit hits[VIEW_HITS])
{
	const struct binding *const *b = (const struct binding *const *)v->device->bindings;
	size_t n = v->device->bindings_n;
	size_t got = drop_unasked(v, hits, match_all(b, n, &v->flow, hits, VIEW_HITS));

	return got ? got : match_as_answer(v, b, n, hits);
}

bool view_asked(const struct view *v, struct span name)
{
	struct name_candidate names[NAME_CANDIDATES];
	size_t n = own_names(v, &v->flow.peer, v->c->start, names);

	for (size_t i = 0; i < n; i++)
		if (span_eq_nocase(names[i].name, name))
			return true;
	return false;
}

size_t view_match_inner(const struct view *v, struct match_hit hits[VIEW_HITS])
{
	struct view inner = *v;
	size_t n, kept = 0;

	if (!v->c->ech || !v->flow.carried.n || v->logical || view_asked(v, v->flow.carried))
		return 0;
	inner.flow.carried = (struct span){ NULL, 0 };
	view_names(&inner, &inner.flow);
	inner.flow.names_ambiguous = true;
	n = view_match(&inner, hits);
	for (size_t i = 0; i < n; i++)
		if (hits[i].ambiguous) /* by the name, and by nothing that the outer one excludes */
			hits[kept++] = hits[i];
	return kept;
}
