/* Who is where: ARP (RFC 826, probes and announcements RFC 5227), neighbour discovery (RFC 4861). */
#include "packet/step.h"

/* 0.0.0.0, the sender of a probe (RFC 5227, section 2.1.1), is nobody. */
static struct addr read_sender(struct rd *r)
{
	struct addr a = addr_read_v4(r);
	return addr_as_v4(&a) ? a : (struct addr){ { 0 } };
}

static struct mac read_mac(struct rd *r, size_t size)
{
	struct mac m = { { 0 } };

	if (size == sizeof(m.b))
		rd_bytes(r, m.b, sizeof(m.b));
	else
		rd_skip(r, size);
	return m;
}

/*
 * A request for one's own address is an announcement (RFC 5227, section 2.3). In a reply "target" on the wire is who it
 * is for; here it is what the reply is about, its sender.
 */
static void arp_meaning(uint16_t op, struct packet_neighbour *n)
{
	enum { REQUEST = 1, REPLY = 2 };
	bool announces = addr_eq(&n->sender, &n->target);

	if (op == REQUEST && !announces) {
		n->op = NEIGHBOUR_ASK;
	} else if (op == REQUEST || op == REPLY) {
		n->op = NEIGHBOUR_TELL;
		n->target = n->sender;
	}
}

enum header step_arp(struct walk *w)
{
	enum { ETHERTYPE_IPV4 = 0x0800, IPV4_SIZE = 4 };
	struct packet *p = w->p;

	p->neighbour = (struct packet_neighbour){ .op = NEIGHBOUR_NONE };
	rd_skip(&w->r, 2); /* hardware type: Ethernet has two numbers, and others have MACs too */
	uint16_t protocol = rd_u16(&w->r);
	size_t mac_size = rd_u8(&w->r), address_size = rd_u8(&w->r);
	uint16_t op = rd_u16(&w->r);
	struct rd body = rd_sub(&w->r, 2 * (mac_size + address_size));
	w->r.cap = w->r.len = 0; /* padding */
	if (protocol == ETHERTYPE_IPV4 && address_size == IPV4_SIZE) {
		struct packet_neighbour n = { .op = NEIGHBOUR_NONE };
		n.sender_mac = read_mac(&body, mac_size);
		n.sender = read_sender(&body);
		n.target_mac = read_mac(&body, mac_size);
		n.target = addr_read_v4(&body);
		if (!body.err) {
			arp_meaning(op, &n);
			p->neighbour = n;
		}
	} else {
		rd_skip(&body, body.len);
	}
	if (body.err || w->r.err)
		return step_stop(w, w->r.err ? w->r.err : body.err);
	p->kind = PACKET_ARP;
	return HEADER_END;
}

/* The link-layer address option of this type; none where it is absent or of another size. */
static struct mac link_address(struct rd r, uint8_t wanted)
{
	while (rd_more(&r)) {
		uint8_t type = rd_u8(&r);
		size_t units = rd_u8(&r);
		if (units == 0) /* RFC 4861, section 4.6: discard */
			break;
		struct rd value = rd_sub(&r, units * 8 - 2);
		if (type == wanted && units == 1 && !r.err)
			return read_mac(&value, sizeof(struct mac));
	}
	return (struct mac){ { 0 } };
}

void step_discovery(struct rd r, struct packet *p)
{
	enum { SOLICITATION = 135, ADVERTISEMENT = 136, SOURCE_LINK_ADDRESS = 1, TARGET_LINK_ADDRESS = 2, HOPS = 255 };
	uint8_t type = rd_u8(&r), code = rd_u8(&r);

	p->neighbour = (struct packet_neighbour){ .op = NEIGHBOUR_NONE };
	rd_skip(&r, 2 + 4); /* checksum, flags */
	struct addr target = addr_read_v6(&r);
	/* RFC 4861, section 7.1: anything that came through a router is no neighbour's */
	if (r.err || code != 0 || p->ttl != HOPS || (type != SOLICITATION && type != ADVERTISEMENT))
		return;
	bool asks = type == SOLICITATION;
	p->neighbour = (struct packet_neighbour){
		.op = asks ? NEIGHBOUR_ASK : NEIGHBOUR_TELL,
		.sender = p->src,
		.target = target,
		.sender_mac = link_address(r, asks ? SOURCE_LINK_ADDRESS : TARGET_LINK_ADDRESS),
	};
}
