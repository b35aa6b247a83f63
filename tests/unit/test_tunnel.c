/* Packets inside packets: what is a tunnel's, what only looks so, and datagrams put together. */
#include "packet_bytes.h"

static void is_address(const struct addr *a, const char *text)
{
	char s[ADDR_TEXT];

	addr_format(a, s);
	ck_assert_str_eq(s, text);
}

/* ---- on IP ---- */

static const struct {
	unsigned proto;
	const char *hex;
	enum packet_tunnel tunnel;
	uint32_t id;
} ON_IP[] = {
	{ 4, BYTES_IPV4, TUNNEL_IPIP, 0 },
	{ 41, BYTES_IPV6, TUNNEL_6IN4, 0 },
	{ 97, "3000" BYTES_ETHERNET, TUNNEL_ETHERIP, 0 },
	{ 47, "00000800" BYTES_IPV4, TUNNEL_GRE, 0 },
	{ 47, "b0000800 12340000 0000004d 00000001" BYTES_IPV4, TUNNEL_GRE, 77 },
	{ 47, "20006558 00138900" BYTES_ETHERNET, TUNNEL_GRE, 0x138900 },
	{ 47, "00008847 0001413e" BYTES_IPV4, TUNNEL_GRE, 0 },
	{ 47, "00008200 0801 0000 020000000003 020000000001 020000000002 1000" BYTES_SNAP, TUNNEL_GRE, 0 },
	{ 47, "3081880b 00220009 00000001 00000002 ff030021" BYTES_IPV4, TUNNEL_PPTP, 9 },
	{ 47, "000088be" BYTES_ETHERNET, TUNNEL_ERSPAN, 0 },
	{ 47, "100088be 00000001 10001864 00000003" BYTES_ETHERNET, TUNNEL_ERSPAN, 100 },
	{ 47, "100022eb 00000001 20000064 00000001 00000000" BYTES_ETHERNET, TUNNEL_ERSPAN, 100 },
	{ 47, "100022eb 00000001 20000064 00000001 00000001 0000000000000000" BYTES_ETHERNET, TUNNEL_ERSPAN, 100 },
};

START_TEST(on_ip)
{
	struct bytes f = { .n = 0 };
	struct packet in, none;

	bytes_add(&f, ON_IP[_i].hex);
	bytes_ipv4(&f, ON_IP[_i].proto);
	struct packet p = bytes_decode(&f, LINK_RAW);
	ck_assert(p.kind == PACKET_IP && p.proto == ON_IP[_i].proto && p.payload.len == f.n - 20);
	ck_assert_msg(p.tunnel == ON_IP[_i].tunnel && p.tunnel_id == ON_IP[_i].id, "%s %u",
		      packet_tunnel_name(p.tunnel), p.tunnel_id);
	memset(&in, 0xa5, sizeof(in));
	ck_assert(packet_inside(&p, &in));
	bytes_is_inner(&in);
	ck_assert(!packet_inside(&in, &none) && !packet_next(&p, &none) && !packet_next(&in, &none));
	f.b[6] = 0x20; /* the same as a first fragment is nothing yet */
	p = bytes_decode(&f, LINK_RAW);
	ck_assert(p.first_fragment && p.tunnel == TUNNEL_NONE && p.body.len == f.n - 20);
	packet_join(&p, p.body, &in);
	ck_assert(!in.fragment && in.tunnel == ON_IP[_i].tunnel && in.tunnel_id == ON_IP[_i].id);
}
END_TEST

static struct packet gre(const char *hex)
{
	struct bytes f = { .n = 0 };

	bytes_add(&f, hex);
	bytes_ipv4(&f, 47);
	struct packet p = bytes_decode(&f, LINK_RAW);
	p.payload = p.inside = (struct rd){ 0 };
	return p;
}

START_TEST(no_tunnel_on_gre)
{
	static const char *const v[] = {
		"00000000",                                  /* a keep-alive */
		"00022001" BYTES_IPV4,                       /* a version that is none */
		"40000800 00000000 00000000" BYTES_IPV4,     /* source routes of RFC 1701 */
		"00002001" BYTES_IPV4,                       /* NHRP */
		"2081880b 00000009 00000002",                /* PPTP, an acknowledgment */
		"3001 0800 00220009 00000001" BYTES_IPV4,    /* version 1 without PPP */
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = gre(v[i]);
		ck_assert_msg(p.kind == PACKET_IP && p.proto == 47 && p.tunnel == TUNNEL_NONE, "%s", v[i]);
	}
}
END_TEST

START_TEST(gre_lies)
{
	static const char *const v[] = { "2000 0800 0000", "3081880b 00ff0009 00000001 00000002" BYTES_IPV4, "1000 88be",
					 "100022eb 00000001 10000064 00000001 00000000" BYTES_ETHERNET };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		ck_assert_msg(gre(v[i]).undecoded == UNDECODED_MALFORMED, "%s", v[i]);
}
END_TEST

/* The mirror says that it cut the frame: short, where else a length would lie. */
START_TEST(mirror_that_cuts)
{
	static const char cut[] = "100088be 00000001 10001c64 00000003 020000000002020000000001 0800 450005dc0001000040110000"
				  "ac100001ac100002 9c41c35005c80000 6869";
	struct bytes f = { .n = 0 };
	struct packet in;

	bytes_add(&f, cut);
	bytes_ipv4(&f, 47);
	struct packet p = bytes_decode(&f, LINK_RAW);
	ck_assert(packet_inside(&p, &in));
	ck_assert(in.kind == PACKET_IP && in.cut && in.dport == 50000 && in.payload.len == 1472 && in.payload.cap == 2);
	f.b[30] &= 0xfb;
	p = bytes_decode(&f, LINK_RAW);
	ck_assert(packet_inside(&p, &in));
	ck_assert(in.undecoded == UNDECODED_MALFORMED);
}
END_TEST

/* ---- on UDP ---- */

enum { EITHER = 1, TO = 0 };

/* must: the bits that this header needs as they are, by byte; a flipped one makes it no tunnel. */
static const struct {
	const char *hex;
	const char *must;
	unsigned port, either;
	enum packet_tunnel tunnel;
	uint32_t id;
} ON_UDP[] = {
	{ "08000000 00138900" BYTES_ETHERNET, "77ffffff 000000ff", 4789, TO, TUNNEL_VXLAN, 5001 },
	{ "08000000 00138900" BYTES_ETHERNET, "08ffffff 000000ff", 8472, TO, TUNNEL_VXLAN, 5001 },
	{ "88080123 00138900" BYTES_ETHERNET, "08b70000 000000ff", 4789, TO, TUNNEL_VXLAN, 5001 },
	{ "0c000001 00138900" BYTES_IPV4, "ffffffff 000000ff", 4790, TO, TUNNEL_VXLAN_GPE, 5001 },
	{ "0c000003 00138900" BYTES_ETHERNET, "ffffff00 000000ff", 4790, TO, TUNNEL_VXLAN_GPE, 5001 },
	{ "00006558 00138900" BYTES_ETHERNET, "c0bf0000 000000ff", 6081, TO, TUNNEL_GENEVE, 5001 },
	{ "02006558 00138900 01028001 00110022" BYTES_ETHERNET, "c3bfffff 000000ff 0000001f", 6081, TO, TUNNEL_GENEVE,
	  5001 },
	{ "30ff001e 00001001" BYTES_IPV4, "f8ffffff", 2152, EITHER, TUNNEL_GTPU, 4097 },
	{ "36ff0026 00001001 00010085 01100900" BYTES_IPV4, "f8ffffff", 2152, EITHER, TUNNEL_GTPU, 4097 },
	{ BYTES_IPV6, "f0000000 ff00", 3544, EITHER, TUNNEL_TEREDO, 0 },
	{ "00010000 0000000000000000 00 0000c000f5fffffd" BYTES_IPV6, "fffef7f7", 3544, EITHER, TUNNEL_TEREDO, 0 },
	{ "4002002a 000b0015 ff030021" BYTES_IPV4, "b4ffffff", 1701, EITHER, TUNNEL_L2TP, 0xb0015 },
	{ "0002 000b0015 21" BYTES_IPV4, "b4ff", 1701, EITHER, TUNNEL_L2TP, 0xb0015 },
	{ "00104200 00000000" BYTES_ETHERNET, "fff83e0f 00000007", 5247, EITHER, TUNNEL_CAPWAP, 1 },
	{ "00204210 00000000 060200000000 0300" BYTES_ETHERNET, "fff83e1f 00000007 fc", 5247, EITHER, TUNNEL_CAPWAP, 1 },
	{ "00104300 00000000 0801 0000 020000000003 020000000001 020000000002 1000" BYTES_SNAP, "fff83e0f 00000007", 5247,
	  EITHER, TUNNEL_CAPWAP, 1 },
	{ "00104300 00000000 0108 0000 020000000003 020000000001 020000000002 1000" BYTES_SNAP, "fff83e0f 00000007", 5247,
	  EITHER, TUNNEL_CAPWAP, 1 },
};

START_TEST(on_udp)
{
	struct bytes body = { .n = 0 }, must = { .n = 0 };
	struct packet in;

	bytes_add(&body, ON_UDP[_i].hex);
	bytes_add(&must, ON_UDP[_i].must);
	struct bytes f = body;
	bytes_udp(&f, 50001, ON_UDP[_i].port);
	struct packet p = bytes_decode(&f, LINK_RAW);
	ck_assert(p.has_ports && p.payload.len == body.n);
	ck_assert_msg(p.tunnel == ON_UDP[_i].tunnel && p.tunnel_id == ON_UDP[_i].id, "%s %u",
		      packet_tunnel_name(p.tunnel), p.tunnel_id);
	ck_assert(packet_inside(&p, &in));
	bytes_is_inner(&in);
	for (size_t bit = 0; bit < must.n * 8; bit++) {
		if (!(must.b[bit / 8] & 0x80 >> bit % 8))
			continue;
		f = body;
		f.b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		bytes_udp(&f, 50001, ON_UDP[_i].port);
		p = bytes_decode(&f, LINK_RAW);
		ck_assert_msg(p.kind == PACKET_IP && (p.tunnel == TUNNEL_NONE || p.piece.present), "bit %zu", bit);
	}
	f = body;
	bytes_udp(&f, ON_UDP[_i].port, 50001);
	ck_assert(!bytes_decode(&f, LINK_RAW).tunnel == !ON_UDP[_i].either);
	f = body;
	bytes_udp(&f, 50001, ON_UDP[_i].port + 1000);
	ck_assert(!bytes_decode(&f, LINK_RAW).tunnel);
}
END_TEST

/* Datagrams of others that a host sends from, or gets at, a tunnel's port. */
START_TEST(no_tunnel_on_udp)
{
	static const struct {
		const char *hex;
		unsigned port;
	} v[] = {
		/* a DNS query for x.example, its id and flags as VXLAN would have them, and its answer */
		{ "08000000 00010000 00000000 0178 076578616d706c65 00 0001 0001", 4789 },
		{ "08008180 00010000 00000000 0178 076578616d706c65 00 0001 0001", 4789 },
		{ "12340100 00010000 00000000 0178 076578616d706c65 00 0001 0001", 6081 },
		{ "12340100 00010000 00000000 0178 076578616d706c65 00 0001 0001", 2152 },
		{ "00020100 00010000 00000000 0178 076578616d706c65 00 0001 0001", 1701 },
		{ "32010004 00001001 00010000", 2152 },               /* GTP-U echo */
		{ "c8020014 00000000 00000000 8008 0000 0000 0001", 1701 }, /* L2TP control */
		{ "60000000 000a1140", 3544 },
		{ "00104208 00000000 0016 0023 0010 00112233445566778899aabbccddeeff", 5247 }, /* keep-alive */
		{ "01000000 16fefd 0001000000000001 0004 00000000", 5247 },        /* DTLS handshake */
		{ "01000000 17fefd 0001000000000001 0040 00000000", 5247 },        /* DTLS, a length that lies */
		{ "08000000 00138900", 4789 },
		{ "", 4789 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (unsigned back = 0; back < 2; back++) {
			struct bytes f = { .n = 0 };
			bytes_add(&f, v[i].hex);
			bytes_udp(&f, back ? 53 : v[i].port, back ? v[i].port : 53);
			struct packet p = bytes_decode(&f, LINK_RAW);
			ck_assert_msg(p.kind == PACKET_IP && p.has_ports && !p.tunnel, "%s", v[i].hex);
		}
}
END_TEST

START_TEST(capwap_protected)
{
	struct bytes f = { .n = 0 };
	struct packet in;

	bytes_add(&f, "01000000 17fefd 0001000000000001 0004 00000000");
	bytes_udp(&f, 50001, 5247);
	struct packet p = bytes_decode(&f, LINK_RAW);
	ck_assert(p.tunnel == TUNNEL_CAPWAP && packet_inside(&p, &in));
	ck_assert(in.kind == PACKET_UNDECODED && in.undecoded == UNDECODED_ENCRYPTED);
}
END_TEST

START_TEST(capwap_in_parts)
{
	static const char first[] = "00104280 00070000 020000000002020000000001", last[] = "001042c0 00070010";
	struct bytes f = { .n = 0 }, g = { .n = 0 }, whole = { .n = 0 };
	struct packet in;

	bytes_add(&f, first);
	bytes_udp(&f, 50001, 5247);
	struct packet p = bytes_decode(&f, LINK_RAW);
	ck_assert_msg(p.tunnel == TUNNEL_NONE, "the first part must show what it begins with");
	bytes_add(&whole, BYTES_ETHERNET);
	f = (struct bytes){ .n = 0 };
	bytes_add(&f, "00104280 00070000");
	memcpy(f.b + f.n, whole.b, 16);
	f.n += 16;
	bytes_udp(&f, 50001, 5247);
	p = bytes_decode(&f, LINK_RAW);
	ck_assert(p.tunnel == TUNNEL_CAPWAP && p.piece.present && !p.piece.last && p.piece.id == 7 && p.inside.len == 16);
	ck_assert(!packet_inside(&p, &in));
	bytes_add(&g, last);
	memcpy(g.b + g.n, whole.b + 16, whole.n - 16);
	g.n += whole.n - 16;
	bytes_udp(&g, 50001, 5247);
	p = bytes_decode(&g, LINK_RAW);
	ck_assert(p.piece.present && p.piece.last && p.piece.offset == 16 && p.inside.len == whole.n - 16);
	ck_assert(packet_inside_bytes(&p, rd_of(whole.b, whole.n, whole.n), &in));
	bytes_is_inner(&in);
}
END_TEST

/* ---- datagrams put together ---- */

/* The first 16 bytes of what is behind IP, and the rest. */
START_TEST(joined)
{
	struct bytes all = { .n = 0 }, a = { .n = 16 }, b = { .n = 0 };
	struct packet whole, in;

	bytes_add(&all, BYTES_IPV4);
	memcpy(a.b, all.b, 16);
	b.n = all.n - 16;
	memcpy(b.b, all.b + 16, b.n);
	bytes_ipv4(&a, 4);
	bytes_ipv4(&b, 4);
	a.b[6] = 0x20;
	b.b[7] = 2;
	struct packet first = bytes_decode(&a, LINK_RAW), later = bytes_decode(&b, LINK_RAW);
	ck_assert(first.fragment && first.first_fragment && first.body.len == 16 && first.tunnel == TUNNEL_NONE);
	ck_assert(later.fragment && later.fragment_offset == 16 && later.body.len == 14 && !later.more_fragments);
	memset(&whole, 0xa5, sizeof(whole));
	packet_join(&first, rd_of(all.b, all.n, all.n), &whole);
	ck_assert(!whole.fragment && whole.ip_payload == 30 && whole.ttl == 64 && whole.tunnel == TUNNEL_IPIP);
	is_address(&whole.src, "10.0.0.5");
	ck_assert(packet_inside(&whole, &in));
	bytes_is_inner(&in);
	is_address(&in.src, "172.16.0.1");
}
END_TEST

/* An option header is part of what was cut into fragments: the datagram begins with it. */
START_TEST(joined_v6)
{
	struct bytes a = { .n = 0 }, body = { .n = 0 };
	struct packet whole;

	bytes_add(&a, "6000000000102c40 20010db8000000000000000000000005 20010db8000000000000000000000010"
		      "3c 00 0001 00000007 1100010400000000");
	bytes_add(&body, "1100010400000000" BYTES_UDP);
	struct packet first = bytes_decode(&a, LINK_RAW);
	ck_assert(first.first_fragment && first.fragment_proto == 60 && first.body.len == 8);
	packet_join(&first, rd_of(body.b, body.n, body.n), &whole);
	bytes_is_inner(&whole);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(packet_tunnel_name(TUNNEL_GTPU), "gtp-u");
	for (unsigned t = 0; t < TUNNELS; t++)
		ck_assert_ptr_nonnull(packet_tunnel_name((enum packet_tunnel)t));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("tunnel");

	tcase_add_loop_test(t, on_ip, 0, sizeof(ON_IP) / sizeof(ON_IP[0]));
	tcase_add_loop_test(t, on_udp, 0, sizeof(ON_UDP) / sizeof(ON_UDP[0]));
	tcase_add_test(t, no_tunnel_on_gre);
	tcase_add_test(t, gre_lies);
	tcase_add_test(t, mirror_that_cuts);
	tcase_add_test(t, no_tunnel_on_udp);
	tcase_add_test(t, capwap_protected);
	tcase_add_test(t, capwap_in_parts);
	tcase_add_test(t, joined);
	tcase_add_test(t, joined_v6);
	tcase_add_test(t, names);
	return bytes_run("tunnel", t);
}
