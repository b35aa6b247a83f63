/*
 * packet_decode() on any bytes. The first byte chooses the link type, the second how much of the frame was captured,
 * the rest is the frame. What must hold: a frame that was captured whole is never cut or short; capturing less of it
 * hides and never changes; the payload lies inside the frame. So it is with every packet inside the packet. What is read
 * at fixed places is what the steps read, header by header.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static volatile uint8_t sum; /* so that the reads are not optimized away */

struct bytes {
	uint8_t *p;
	size_t n;
};

static struct bytes copy(const uint8_t *bytes, size_t n)
{
	struct bytes b = { malloc(n ? n : 1), n };

	must(b.p != NULL);
	if (n)
		memcpy(b.p, bytes, n);
	return b;
}

static void read_all(struct rd r, const struct bytes *b)
{
	must(r.cap <= r.len);
	must(r.cap == 0 || (r.p >= b->p && r.p + r.cap <= b->p + b->n));
	while (r.cap)
		sum = (uint8_t)(sum + rd_u8(&r));
}

/* What holds of every packet at every level. */
static void holds(const struct packet *p, const struct bytes *b)
{
	read_all(p->payload, b);
	must((p->kind == PACKET_UNDECODED) == (p->undecoded != UNDECODED_NONE));
	must(p->vlans <= PACKET_VLANS);
	must(!p->has_ports || p->kind == PACKET_IP);
	must(p->tunnel == TUNNEL_NONE || (p->kind == PACKET_IP && !p->fragment));
	must(!p->piece.present || p->tunnel == TUNNEL_CAPWAP);
	if (p->fragment && p->kind == PACKET_IP)
		read_all(p->body, b);
	if (p->tunnel)
		read_all(p->inside, b);
	if (p->more)
		read_all(p->rest, b);
}

/* All that means anything in a packet without ICMP, neighbours, fragments and tunnels, which the plain one has not. */
static bool same(const struct packet *a, const struct packet *b)
{
	return memcmp(a, b, offsetof(struct packet, payload)) == 0 && a->payload.p == b->payload.p &&
	       a->payload.cap == b->payload.cap && a->payload.len == b->payload.len && a->payload.err == b->payload.err &&
	       memcmp(&a->icmp, &b->icmp, offsetof(struct packet_icmp, quote)) == 0 &&
	       a->icmp.quote.present == b->icmp.quote.present && a->neighbour.op == b->neighbour.op;
}

static struct packet decode(uint32_t link_type, const struct bytes *b, size_t length)
{
	struct frame f = { .link_type = link_type, .bytes = rd_of(b->p, b->n, length) };
	struct packet p, stepwise;

	memset(&p, 0xa5, sizeof(p));
	packet_decode(&f, &p);
	holds(&p, b);
	memset(&stepwise, 0xa5, sizeof(stepwise));
	step_through(&f, &stepwise);
	must(same(&p, &stepwise));
	return p;
}

static void hides_only(const struct packet *part, const struct packet *whole)
{
	must(part->undecoded != UNDECODED_MALFORMED || whole->undecoded == UNDECODED_MALFORMED);
	if (part->kind == PACKET_UNDECODED || whole->kind == PACKET_UNDECODED)
		return;
	must(part->kind == whole->kind && part->proto == whole->proto);
	must(addr_eq(&part->src, &whole->src) && addr_eq(&part->dst, &whole->dst));
	must(!part->has_ports || (whole->has_ports && part->sport == whole->sport && part->dport == whole->dport));
	must(!part->has_ports || part->tcp.flags == whole->tcp.flags);
	must(!part->icmp.quote.has_ports || part->icmp.quote.dport == whole->icmp.quote.dport);
	must(part->cut || part->payload.len == whole->payload.len);
	must(!part->tunnel || (part->tunnel == whole->tunnel && part->tunnel_id == whole->tunnel_id));
}

/* One level further in, or on to the next packet beside; false where there is neither. */
static bool go_on(struct packet *p, const struct bytes *b, bool *ret_inside)
{
	struct packet next;

	memset(&next, 0xa5, sizeof(next));
	*ret_inside = false;
	if (!packet_next(p, &next)) {
		*ret_inside = true;
		if (!packet_inside(p, &next) && !(p->piece.present && packet_inside_bytes(p, p->inside, &next)))
			return false;
	}
	holds(&next, b);
	*p = next;
	return true;
}

/* A fragment alone taken for the whole datagram: whatever it is then, it is no fragment. */
static void join(const struct packet *p, const struct bytes *b)
{
	struct packet whole;

	if (p->kind != PACKET_IP || !p->fragment)
		return;
	memset(&whole, 0xa5, sizeof(whole));
	packet_join(p, p->body, &whole);
	holds(&whole, b);
	must(!whole.fragment || whole.ip_version == 6); /* a fragment header in a fragment */
}

/* Down to the innermost packet of both; a mirror that cut the frame itself makes lengths unknown. */
static void walk(struct packet whole, const struct bytes *all, struct packet part, const struct bytes *some)
{
	enum { DEPTH = 12 };
	bool inside, part_inside, cut = false;

	for (unsigned depth = 0; depth < DEPTH; depth++) {
		must(cut || (whole.undecoded != UNDECODED_SNAPLEN && !whole.cut));
		hides_only(&part, &whole);
		join(&whole, all);
		join(&part, some);
		cut = cut || whole.tunnel == TUNNEL_ERSPAN;
		if (!part.tunnel && !part.more) {
			while (depth++ < DEPTH && go_on(&whole, all, &inside)) {
				must(cut || (whole.undecoded != UNDECODED_SNAPLEN && !whole.cut));
				cut = cut || whole.tunnel == TUNNEL_ERSPAN;
			}
			return;
		}
		if (!go_on(&whole, all, &inside) || !go_on(&part, some, &part_inside) || inside != part_inside)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The order is that of the seeds' first bytes: new ones go to the end. */
	static const uint32_t links[] = { 1,   101, 113, 276, 0,   108, 228, 229, 12,  14, 147,
					  127, 105, 192, 163, 119, 9,   50,  51,  104, 204 };

	if (size < 2)
		return 0;
	uint32_t link_type = links[data[0] % (sizeof(links) / sizeof(links[0]))];
	size_t length = size - 2, captured = length * data[1] / 255;
	struct bytes all = copy(data + 2, length), some = copy(data + 2, captured);

	walk(decode(link_type, &all, length), &all, decode(link_type, &some, length), &some);
	free(all.p);
	free(some.p);
	return 0;
}
