/* The table of causes, and the phrases they share. */
#include "judge/causes/causes.h"

#include "base/proto.h"
#include "base/span.h"

static const struct cause *const CAUSES[] = {
#define CAUSE(id) &cause_##id,
#include "judge/causes/causes.def"
#undef CAUSE
};

void causes_run(struct judge *j)
{
	for (size_t i = 0; i < sizeof(CAUSES) / sizeof(CAUSES[0]); i++) {
		for (size_t d = 0; CAUSES[i]->device && d < j->devices.all_n; d++)
			CAUSES[i]->device(j, j->devices.all[d]);
		if (CAUSES[i]->run)
			CAUSES[i]->run(j);
	}
}

bool cause_same_service(const struct rule *a, const struct rule *b)
{
	return a == b || (a->group.n && span_eq(a->group, b->group));
}

struct span cause_service(const struct rule *r)
{
	return r->service.n ? r->service : r->id;
}

void cause_put_port(struct wr *w, uint8_t proto, uint16_t port)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} names[] = { { PROTO_TCP, "tcp" },	    { PROTO_UDP, "udp" }, { PROTO_ICMP, "icmp" },
		    { PROTO_ICMP6, "icmpv6" }, { PROTO_ESP, "esp" }, { PROTO_GRE, "gre" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].proto != proto)
			continue;
		wr_str(w, names[i].name);
		if (proto == PROTO_TCP || proto == PROTO_UDP) {
			wr_char(w, '/');
			wr_u64(w, port);
		}
		return;
	}
	wr_str(w, "IP protocol ");
	wr_u64(w, proto);
}

void cause_put_peer(struct wr *w, struct span name, const struct addr *peer)
{
	if (!name.n) {
		wr_addr(w, peer);
		return;
	}
	wr_printable(w, name);
	if (!addr_is_none(peer)) {
		wr_str(w, " (");
		wr_addr(w, peer);
		wr_char(w, ')');
	}
}

void cause_peers_add(struct cause_peers *p, const struct addr *a, struct span name)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (addr_eq(&p->addr[i], a))
			return;
	if (p->n == sizeof(p->addr) / sizeof(p->addr[0])) {
		p->more++;
		return;
	}
	p->addr[p->n] = *a;
	p->name[p->n++] = name;
}

void cause_peers_put(struct wr *w, const struct cause_peers *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		if (i)
			wr_str(w, i + 1 == p->n && !p->more ? " and " : ", ");
		cause_put_peer(w, p->name[i], &p->addr[i]);
	}
	if (p->more) {
		wr_str(w, " and ");
		wr_u64(w, p->more);
		wr_str(w, " more");
	}
}

uint8_t cause_confidence(uint32_t times, bool weak)
{
	return weak ? CONFIDENCE_POSSIBLE : times >= 2 ? CONFIDENCE_CONFIRMED : CONFIDENCE_PROBABLE;
}

void cause_put_remedy(struct wr *w, const struct device *d, const struct rule *r, uint8_t proto, const uint16_t *ports,
		      uint8_t n)
{
	if (r->remedy.n) {
		wr_span(w, r->remedy);
		return;
	}
	wr_str(w, "Allow ");
	for (uint8_t i = 0; i < n; i++) {
		if (i)
			wr_str(w, ", ");
		cause_put_port(w, proto, ports[i]);
	}
	wr_str(w, " outbound from ");
	wr_printable(w, d->id);
	wr_str(w, " for ");
	wr_span(w, cause_service(r));
	wr_char(w, '.');
}
