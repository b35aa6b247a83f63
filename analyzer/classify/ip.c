/* See ip.h. The request is hostile: its bytes went through a process that hostile bytes were read in. */
#include "classify/ip.h"

#include <string.h>

#include "base/proto.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, UDP_HEADER = 8, HOPS = 64, DONT_FRAGMENT = 0x4000 };

bool ip_read_flow(struct rd *r, struct classify_flow *ret_f)
{
	const uint8_t *p = rd_take(r, sizeof(*ret_f));

	if (!p)
		return false;
	memcpy(ret_f, p, sizeof(*ret_f));
	return ret_f->proto == PROTO_TCP || ret_f->proto == PROTO_UDP;
}

/* ---- writing, big-endian ---- */

static uint8_t *put8(uint8_t *to, unsigned v)
{
	*to = (uint8_t)v;
	return to + 1;
}

static uint8_t *put16(uint8_t *to, unsigned v)
{
	return put8(put8(to, v >> 8), v);
}

static uint8_t *put32(uint8_t *to, uint32_t v)
{
	return put16(put16(to, v >> 16), v & 0xffff);
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

/* `total`: with this header. The checksum stays 0: nobody reads it. */
static uint8_t *put_ipv4(uint8_t *to, const struct classify_flow *f, const struct classify_packet *p, size_t total)
{
	to = put16(put8(put8(to, 0x45), 0), (unsigned)total);
	to = put16(put16(to, 0), DONT_FRAGMENT);
	to = put16(put8(put8(to, HOPS), f->proto), 0);
	to = put_bytes(to, f->addr[p->side].b + 12, 4);
	return put_bytes(to, f->addr[!p->side].b + 12, 4);
}

static uint8_t *put_ipv6(uint8_t *to, const struct classify_flow *f, const struct classify_packet *p, size_t total)
{
	to = put16(put32(to, UINT32_C(6) << 28), (unsigned)(total - IPV6_HEADER));
	to = put8(put8(to, f->proto), HOPS);
	to = put_bytes(to, f->addr[p->side].b, 16);
	return put_bytes(to, f->addr[!p->side].b, 16);
}

static uint8_t *put_tcp(uint8_t *to, const struct classify_flow *f, const struct classify_packet *p)
{
	to = put16(put16(to, f->port[p->side]), f->port[!p->side]);
	to = put32(put32(to, p->seq), p->ack);
	to = put16(put8(put8(to, TCP_HEADER / 4 << 4), p->flags), p->window);
	return put32(to, 0);
}

static uint8_t *put_udp(uint8_t *to, const struct classify_flow *f, const struct classify_packet *p)
{
	to = put16(put16(to, f->port[p->side]), f->port[!p->side]);
	return put32(to, (uint32_t)(UDP_HEADER + p->payload) << 16);
}

size_t ip_read_packet(struct rd *r, const struct classify_flow *f, size_t max, struct ip_room *room,
		      struct classify_packet *ret_p)
{
	const uint8_t *header = rd_take(r, sizeof(*ret_p));
	bool v4 = addr_is_v4(&f->addr[0]) && addr_is_v4(&f->addr[1]), tcp = f->proto == PROTO_TCP;
	size_t headers = (v4 ? IPV4_HEADER : IPV6_HEADER) + (size_t)(tcp ? TCP_HEADER : UDP_HEADER);
	struct classify_packet p;

	if (!header)
		return 0;
	memcpy(&p, header, sizeof(p));
	const uint8_t *payload = rd_take(r, p.payload);
	size_t total = headers + p.payload;
	if (!payload || p.side > 1 || total > max || total > IP_MAX)
		return 0;
	uint8_t *to = room->bytes;
	to = v4 ? put_ipv4(to, f, &p, total) : put_ipv6(to, f, &p, total);
	to = tcp ? put_tcp(to, f, &p) : put_udp(to, f, &p);
	to = put_bytes(to, payload, p.payload);
	if (room->dirty > total)
		memset(to, 0, room->dirty - total);
	room->dirty = total;
	*ret_p = p;
	return total;
}
