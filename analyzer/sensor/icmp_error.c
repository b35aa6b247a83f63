/*
 * ICMP errors quote the packet they are about: RFC 792 (its header and 8 bytes), RFC 1812, section 4.3.2.3, RFC 4443,
 * section 2.4 (more). Eight bytes hold both ports and TCP's sequence number.
 */
#include "sensor/icmp_error.h"

#include "sensor/event.h"
#include "sensor/tcp.h"

static bool has_ports(const struct packet_quote *q)
{
	return q->proto == PROTO_TCP || q->proto == PROTO_UDP;
}

bool icmp_error_lacks_ports(const struct packet *p)
{
	const struct packet_quote *q = &p->icmp.quote;
	return q->present && has_ports(q) && !q->has_ports;
}

struct flow *icmp_error_flow(struct flows *t, const struct packet *p, unsigned *ret_end)
{
	const struct packet_quote *q = &p->icmp.quote;
	bool ports = has_ports(q);

	if (!q->present || (ports && !q->has_ports))
		return NULL;
	struct flow_key k;
	*ret_end = flow_key_of(&k, &q->src, &q->dst, ports ? q->sport : 0, ports ? q->dport : 0, q->proto);
	return flow_find(t, &k, flow_hash(t, &k));
}

static bool equal(const struct obs_icmp *e, const struct packet *p, unsigned end)
{
	return e->type == p->icmp.type && e->code == p->icmp.code && e->side == end && addr_eq(&e->source, &p->src);
}

void icmp_error_add(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p, unsigned end)
{
	const struct packet_quote *q = &p->icmp.quote;
	uint32_t at = q->has_seq ? tcp_relative(f, end, q->seq) : 0;

	if (!f->icmp)
		f->icmp = pool_take(&t->icmp);
	struct flow_icmp *l = f->icmp;
	for (unsigned i = 0; l && i < l->n; i++) {
		if (equal(&l->e[i], p, end)) {
			l->e[i].count++;
			return;
		}
	}
	event_add(t, f, c, EV_ICMP, end, p->ttl, p->icmp.type, p->icmp.code, at);
	if (l && l->n < OBS_ICMP)
		l->e[l->n++] = (struct obs_icmp){
			.source = p->src, .frame = c->frame, .time = c->time, .capture = c->capture, .count = 1,
			.type = p->icmp.type, .code = p->icmp.code, .ttl = p->ttl, .side = (uint8_t)end,
		};
}
