/* Frames for the tests of links and tunnels, put together of hexadecimal pieces; lengths are filled in here. */
#ifndef PLUMBLINE_TESTS_PACKET_BYTES_H
#define PLUMBLINE_TESTS_PACKET_BYTES_H

#include <check.h>
#include <string.h>

#include "packet/packet.h"

enum { BYTES_MAX = 512, LINK_RAW = 101 };

struct bytes {
	uint8_t b[BYTES_MAX];
	size_t n;
};

static inline unsigned bytes_nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Blanks between the digits are for the reader. */
static inline void bytes_add(struct bytes *f, const char *hex)
{
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		ck_assert_uint_lt(f->n, BYTES_MAX);
		f->b[f->n++] = (uint8_t)(bytes_nibble(hex[0]) << 4 | bytes_nibble(hex[1]));
		hex++;
	}
}

/* IPv4 10.0.0.5 to 192.0.2.10 around what is there already. */
static inline void bytes_ipv4(struct bytes *f, unsigned proto)
{
	struct bytes out = { .n = 0 };

	bytes_add(&out, "4500 0000 0001 0000 40 00 0000 0a000005 c000020a");
	out.b[2] = (uint8_t)((f->n + 20) >> 8);
	out.b[3] = (uint8_t)(f->n + 20);
	out.b[9] = (uint8_t)proto;
	memcpy(out.b + out.n, f->b, f->n);
	out.n += f->n;
	*f = out;
}

/* UDP between these ports in that. */
static inline void bytes_udp(struct bytes *f, unsigned sport, unsigned dport)
{
	struct bytes out = { .n = 8 };

	out.b[0] = (uint8_t)(sport >> 8);
	out.b[1] = (uint8_t)sport;
	out.b[2] = (uint8_t)(dport >> 8);
	out.b[3] = (uint8_t)dport;
	out.b[4] = (uint8_t)((f->n + 8) >> 8);
	out.b[5] = (uint8_t)(f->n + 8);
	memcpy(out.b + out.n, f->b, f->n);
	out.n += f->n;
	*f = out;
	bytes_ipv4(f, PROTO_UDP);
}

static inline struct packet bytes_decode(const struct bytes *f, uint32_t link_type)
{
	struct frame frame = { .link_type = link_type, .bytes = rd_of(f->b, f->n, f->n) };
	struct packet p;

	memset(&p, 0xa5, sizeof(p)); /* whatever was there must not shine through */
	packet_decode(&frame, &p);
	return p;
}

/* UDP 40001 to 50000 with two bytes, and before it IPv4, IPv6, Ethernet. */
#define BYTES_UDP "9c41c350000a0000 6869"
#define BYTES_IPV4 "4500001e00010000401100 00ac100001ac100002" BYTES_UDP
#define BYTES_IPV6 "60000000000a1140 20010000000000000000000000000005 20010db8000000000000000000000010" BYTES_UDP
#define BYTES_ETHERNET "020000000002 020000000001 0800" BYTES_IPV4
#define BYTES_SNAP "aaaa03000000 0800" BYTES_IPV4

static inline void bytes_is_inner(const struct packet *p)
{
	ck_assert_msg(p->kind == PACKET_IP, "kind %u, %s", p->kind, packet_undecoded_name(p->undecoded));
	ck_assert(p->has_ports && p->sport == 40001 && p->dport == 50000 && p->payload.len == 2);
}

static inline int bytes_run(const char *name, TCase *t)
{
	Suite *s = suite_create(name);

	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

#endif
