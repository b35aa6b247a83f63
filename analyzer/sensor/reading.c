/* Which flow a packet belongs to, and what it is like, from itself. */
#include "sensor/reading.h"

#include "base/proto.h"
#include "sensor/duplicate.h"

bool reading_needs_ports(const struct packet *p)
{
	return p->proto == PROTO_TCP || p->proto == PROTO_UDP;
}

inline void reading_complete(struct reading *r)
{
	const struct packet *p = &r->packet;
	bool ports = reading_needs_ports(p);

	r->plain = false;
	r->keyed = p->kind == PACKET_IP && !(p->fragment && p->fragment_offset) && (!ports || p->has_ports) && !p->icmp.error;
	if (!r->keyed)
		return;
	/* an echo's identifier stands for its ports; every other message has none, and 0 */
	uint16_t sport = ports ? p->sport : p->icmp.id, dport = ports ? p->dport : p->icmp.id;
	r->end = (uint8_t)flow_key_of(&r->key, &p->src, &p->dst, sport, dport, p->proto);
	r->content = duplicate_content(p);
	r->plain = !p->fragment && p->neighbour.op == NEIGHBOUR_NONE;
}

void reading_make(struct reading *r, const struct frame *f)
{
	packet_decode(f, &r->packet);
	reading_complete(r);
}
