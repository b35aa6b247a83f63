/*
 * Frames for tests: Ethernet, IPv4 or IPv6, TCP, UDP, ICMP or ARP, written byte by byte. Checksums stay 0, except
 * UDP's, where tests give one: nothing that reads these frames looks at them, as offloading leaves them wrong
 * everywhere.
 */
#ifndef PLUMBLINE_TESTS_FRAMES_H
#define PLUMBLINE_TESTS_FRAMES_H

#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/frame.h"

enum { FRAME_MAX = 8192, FRAME_ETHERNET = 14 };

struct bytes {
	uint8_t b[FRAME_MAX];
	size_t n;
};

static inline void put8(struct bytes *o, unsigned v)
{
	o->b[o->n++] = (uint8_t)v;
}

static inline void put16(struct bytes *o, unsigned v)
{
	put8(o, v >> 8);
	put8(o, v);
}

static inline void put32(struct bytes *o, uint32_t v)
{
	put16(o, v >> 16);
	put16(o, v);
}

static inline void put_bytes(struct bytes *o, const void *p, size_t n)
{
	if (n)
		memcpy(o->b + o->n, p, n);
	o->n += n;
}

/* A host: its last octet names it, in the address 10.0.0.N, 2001:db8::N and the MAC 02:00:00:00:00:N. */
static inline struct addr host_addr(unsigned n)
{
	return addr_v4(0x0a000000U + n);
}

static inline void put_mac(struct bytes *o, unsigned n)
{
	put16(o, n == 255 ? 0xffff : 0x0200);
	put16(o, n == 255 ? 0xffff : 0);
	put16(o, n == 255 ? 0xffff : n);
}

static inline void put_ethernet(struct bytes *o, unsigned from, unsigned to, unsigned type)
{
	o->n = 0;
	put_mac(o, to);
	put_mac(o, from);
	put16(o, type);
}

static inline void put_vlan(struct bytes *o, unsigned tag)
{
	memmove(o->b + 16, o->b + 12, o->n - 12);
	o->b[12] = 0x81;
	o->b[13] = 0;
	o->b[14] = (uint8_t)(tag >> 8);
	o->b[15] = (uint8_t)tag;
	o->n += 4;
}

struct ip {
	unsigned from, to; /* hosts */
	uint8_t proto, ttl;
	uint16_t id;
	bool v6;
	uint16_t fragment; /* flags and offset as on the wire */
};

static inline void put_ip(struct bytes *o, const struct ip *h, size_t payload)
{
	static const uint8_t net6[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	put_ethernet(o, h->from, h->to, h->v6 ? 0x86dd : 0x0800);
	if (h->v6) {
		put32(o, 0x60000000);
		put16(o, (unsigned)payload);
		put8(o, h->proto);
		put8(o, h->ttl ? h->ttl : 64);
		put_bytes(o, net6, sizeof(net6));
		put8(o, h->from);
		put_bytes(o, net6, sizeof(net6));
		put8(o, h->to);
		return;
	}
	put16(o, 0x4500);
	put16(o, (unsigned)payload + 20);
	put16(o, h->id);
	put16(o, h->fragment);
	put8(o, h->ttl ? h->ttl : 64);
	put8(o, h->proto);
	put16(o, 0);
	put32(o, 0x0a000000U + h->from);
	put32(o, h->to == 255 ? 0xffffffffU : 0x0a000000U + h->to);
}

struct tcp_header {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
};

static inline void put_tcp(struct bytes *o, const struct ip *h, const struct tcp_header *t, const void *payload,
                           size_t n)
{
	struct ip ip = *h;

	ip.proto = 6;
	put_ip(o, &ip, 20 + n);
	put16(o, t->sport);
	put16(o, t->dport);
	put32(o, t->seq);
	put32(o, t->ack);
	put8(o, 5 << 4);
	put8(o, t->flags);
	put16(o, t->window);
	put32(o, 0);
	put_bytes(o, payload, n);
}

static inline void put_udp(struct bytes *o, const struct ip *h, uint16_t sport, uint16_t dport, uint16_t checksum,
			   const void *payload, size_t n)
{
	struct ip ip = *h;

	ip.proto = 17;
	put_ip(o, &ip, 8 + n);
	put16(o, sport);
	put16(o, dport);
	put16(o, (unsigned)n + 8);
	put16(o, checksum);
	put_bytes(o, payload, n);
}

/* An ICMP error from a router about the IP packet in `about`, of which `quoted` bytes behind its header are quoted. */
static inline void put_icmp_error(struct bytes *o, unsigned router, uint8_t type, uint8_t code,
                                  const struct bytes *about, size_t quoted)
{
	struct ip ip = { .from = router, .to = about->b[FRAME_ETHERNET + 15], .proto = 1, .ttl = 254 };

	put_ip(o, &ip, 8 + 20 + quoted);
	put8(o, type);
	put8(o, code);
	put16(o, 0);
	put32(o, 0);
	put_bytes(o, about->b + FRAME_ETHERNET, 20 + quoted);
}

static inline void put_echo(struct bytes *o, const struct ip *h, bool reply, uint16_t id, uint16_t seq)
{
	struct ip ip = *h;

	ip.proto = 1;
	put_ip(o, &ip, 8);
	put8(o, reply ? 0 : 8);
	put8(o, 0);
	put16(o, 0);
	put16(o, id);
	put16(o, seq);
}

static inline void put_arp(struct bytes *o, bool reply, unsigned from, unsigned about)
{
	put_ethernet(o, from, reply ? about : 255, 0x0806);
	put16(o, 1);
	put16(o, 0x0800);
	put16(o, 0x0604);
	put16(o, reply ? 2 : 1);
	put_mac(o, from);
	put32(o, 0x0a000000U + from);
	put_mac(o, reply ? about : 0);
	put32(o, 0x0a000000U + about);
}

/* A DNS message: one question, and an A answer where `answer` is a host. */
static inline void put_dns(struct bytes *o, uint16_t id, const char *name, unsigned rcode, unsigned answer,
                           bool response)
{
	o->n = 0;
	put16(o, id);
	put16(o, response ? 0x8180 | rcode : 0x0100);
	put16(o, 1);
	put16(o, answer ? 1 : 0);
	put32(o, 0);
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, ".");
		put8(o, (unsigned)n);
		put_bytes(o, p, n);
		p += n + (p[n] == '.');
	}
	put8(o, 0);
	put16(o, 1);
	put16(o, 1);
	if (answer) {
		put16(o, 0xc00c);
		put16(o, 1);
		put16(o, 1);
		put32(o, 300);
		put16(o, 4);
		put32(o, 0x0a000000U + answer);
	}
}

static inline struct frame frame_of(const struct bytes *o, int64_t time, uint64_t number)
{
	return (struct frame){ .time = time, .number = number, .bytes = rd_of(o->b, o->n, o->n), .link_type = 1 };
}

#endif
