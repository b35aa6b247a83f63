/* Packets inside packets, and datagrams put together. */
#include <check.h>
#include <string.h>

#include "packet/packet.h"

enum { RAW = 101 };

static struct packet decode(const char *bytes, size_t n)
{
	struct frame f = { .link_type = RAW, .bytes = rd_of(bytes, n, n) };
	struct packet p;

	memset(&p, 0xa5, sizeof(p));
	packet_decode(&f, &p);
	return p;
}

static void is_address(const struct addr *a, const char *text)
{
	char s[ADDR_TEXT];

	addr_format(a, s);
	ck_assert_str_eq(s, text);
}

#define OUTER "\x45\0\0\x32\x12\x34\0\0\x40"
#define ENDS "\0\0\x0a\0\0\5\xc0\0\2\x0a"
#define UDP "\x9c\x41\xc3\x50\0\x0a\0\0hi"

START_TEST(ip_in_ip)
{
	static const char bytes[] = OUTER "\4" ENDS "\x45\0\0\x1e\0\1\0\0\x40\x11\0\0\xac\x10\0\1\xac\x10\0\2" UDP;
	struct packet p = decode(bytes, sizeof(bytes) - 1), in, none;

	ck_assert(p.kind == PACKET_IP && p.proto == 4 && p.tunnel == TUNNEL_IPIP && p.payload.len == 30);
	memset(&in, 0xa5, sizeof(in));
	ck_assert(packet_inside(&p, &in));
	ck_assert(in.kind == PACKET_IP && in.sport == 40001 && in.dport == 50000 && in.payload.len == 2);
	is_address(&in.src, "172.16.0.1");
	ck_assert(!packet_inside(&in, &none) && !packet_next(&p, &none));
	ck_assert_str_eq(packet_tunnel_name(p.tunnel), "ipip");
}
END_TEST

/* The first 16 bytes of what is behind IP, and the rest. */
START_TEST(joined)
{
	static const char first[] = "\x45\0\0\x24\x12\x34\x20\0\x40\4" ENDS "\x45\0\0\x1e\0\1\0\0\x40\x11\0\0\xac\x10\0\1";
	static const char later[] = "\x45\0\0\x22\x12\x34\0\2\x40\4" ENDS "\xac\x10\0\2" UDP;
	struct packet a = decode(first, sizeof(first) - 1), b = decode(later, sizeof(later) - 1), whole, in;
	uint8_t body[64];

	ck_assert(a.fragment && a.first_fragment && a.body.len == 16 && a.tunnel == TUNNEL_NONE);
	ck_assert(b.fragment && b.fragment_offset == 16 && b.body.len == 14 && !b.more_fragments);
	rd_bytes(&a.body, body, 16);
	rd_bytes(&b.body, body + 16, 14);
	memset(&whole, 0xa5, sizeof(whole));
	packet_join(&a, rd_of(body, 30, 30), &whole);
	ck_assert(!whole.fragment && whole.ip_payload == 30 && whole.ttl == 64 && whole.tunnel == TUNNEL_IPIP);
	is_address(&whole.src, "10.0.0.5");
	ck_assert(packet_inside(&whole, &in));
	ck_assert(in.has_ports && in.dport == 50000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tunnel");
	TCase *t = tcase_create("tunnel");
	tcase_add_test(t, ip_in_ip);
	tcase_add_test(t, joined);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
