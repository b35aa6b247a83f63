/*
 * packet_decode() on any bytes. The first byte chooses the link type, the second how much of the frame was captured,
 * the rest is the frame. What must hold: a frame that was captured whole is never cut or short; capturing less of it
 * hides and never changes; the payload lies inside the frame.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static volatile uint8_t sum; /* so that the reads are not optimized away */

static struct packet decode(uint32_t link_type, const uint8_t *bytes, size_t captured, size_t length)
{
	uint8_t *b = malloc(captured ? captured : 1);
	struct packet p;

	must(b != NULL);
	if (captured)
		memcpy(b, bytes, captured);
	memset(&p, 0xa5, sizeof(p));
	struct frame f = { .link_type = link_type, .bytes = rd_of(b, captured, length) };
	packet_decode(&f, &p);
	must(p.payload.cap <= p.payload.len);
	must(p.payload.cap == 0 || (p.payload.p >= b && p.payload.p + p.payload.cap <= b + captured));
	struct rd r = p.payload;
	while (r.cap)
		sum = (uint8_t)(sum + rd_u8(&r));
	must((p.kind == PACKET_UNDECODED) == (p.undecoded != UNDECODED_NONE));
	must(p.vlans <= PACKET_VLANS);
	must(!p.has_ports || p.kind == PACKET_IP);
	free(b);
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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t links[] = { 1, 101, 113, 276, 0, 108, 228, 229, 12, 14, 147 };

	if (size < 2)
		return 0;
	uint32_t link_type = links[data[0] % (sizeof(links) / sizeof(links[0]))];
	size_t length = size - 2, captured = length * data[1] / 255;
	struct packet whole = decode(link_type, data + 2, length, length);
	must(whole.undecoded != UNDECODED_SNAPLEN && !whole.cut);
	struct packet part = decode(link_type, data + 2, captured, length);
	hides_only(&part, &whole);
	return 0;
}
