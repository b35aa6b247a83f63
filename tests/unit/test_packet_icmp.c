/* ICMP errors and what they quote; who is where by ARP and neighbour discovery; what the errors mean (base/icmp.h). */
#include <check.h>

#include "base/icmp.h"
#include "packet_frames.h"

static struct packet decode(const char *name)
{
	uint8_t *bytes;
	struct frame f = sample_frame(name, 0, &bytes);
	struct packet p;

	memset(&p, 0xa5, sizeof(p));
	packet_decode(&f, &p);
	free(bytes);
	return p;
}

static void is_address(const struct addr *a, const char *text)
{
	char s[ADDR_TEXT];

	addr_format(a, s);
	ck_assert_str_eq(s, text);
}

enum quoted { NOTHING, ADDRESSES, PORTS, SEQUENCE };

static const struct {
	const char *name;
	unsigned type, code, mtu, proto;
	enum quoted quoted;
} ERRORS[] = {
	{ "icmp-admin-8", 3, 13, 0, PROTO_TCP, SEQUENCE },
	{ "icmp-port-whole", 3, 3, 0, PROTO_UDP, PORTS },
	{ "icmp-too-big", 3, 4, 1400, PROTO_TCP, SEQUENCE },
	{ "icmp-ttl-options", 11, 0, 0, PROTO_TCP, SEQUENCE },
	{ "icmp-quote-swapped", 3, 13, 0, PROTO_TCP, SEQUENCE },
	{ "icmp-quote-fragment", 11, 1, 0, PROTO_UDP, ADDRESSES },
	{ "icmp-quote-4-bytes", 3, 1, 0, PROTO_TCP, PORTS },
	{ "icmp-quote-3-bytes", 3, 1, 0, PROTO_TCP, ADDRESSES },
	{ "icmp-quote-cut", 3, 1, 0, 0, NOTHING },
	{ "icmp-quote-ping", 3, 1, 0, PROTO_ICMP, ADDRESSES },
	{ "icmp6-port", 1, 4, 0, PROTO_UDP, PORTS },
	{ "icmp6-too-big", 2, 0, 1500, PROTO_TCP, SEQUENCE },
	{ "icmp6-quote-fragment", 3, 1, 0, PROTO_UDP, ADDRESSES },
	{ "icmp6-reject", 1, 6, 0, PROTO_TCP, SEQUENCE },
};

START_TEST(errors)
{
	struct packet p = decode(ERRORS[_i].name);
	const struct packet_quote *q = &p.icmp.quote;
	bool tcp = ERRORS[_i].proto == PROTO_TCP;

	ck_assert(p.kind == PACKET_IP && p.icmp.error && !p.cut && !p.has_ports);
	ck_assert_uint_eq(p.icmp.type, ERRORS[_i].type);
	ck_assert_uint_eq(p.icmp.code, ERRORS[_i].code);
	ck_assert_uint_eq(p.icmp.mtu, ERRORS[_i].mtu);
	ck_assert_uint_eq(p.payload.len, p.ip_payload);
	ck_assert(q->present == (ERRORS[_i].quoted >= ADDRESSES));
	ck_assert(q->has_ports == (ERRORS[_i].quoted >= PORTS));
	ck_assert(q->has_seq == (ERRORS[_i].quoted >= SEQUENCE));
	ck_assert_uint_eq(q->proto, ERRORS[_i].proto);
	if (q->present) {
		is_address(&q->src, p.ip_version == 4 ? "10.0.0.5" : "2001:db8::5");
		is_address(&q->dst, p.ip_version == 4 ? "192.0.2.10" : "2001:db8::10");
	}
	ck_assert_uint_eq(q->sport, q->has_ports ? (tcp ? 40000 : 40001) : 0);
	ck_assert_uint_eq(q->dport, q->has_ports ? (tcp ? 5228 : 50000) : 0);
	ck_assert_uint_eq(q->seq, q->has_seq ? 0x1000 : 0);
}
END_TEST

START_TEST(echo)
{
	struct packet p = decode("echo");

	ck_assert(p.kind == PACKET_IP && p.proto == PROTO_ICMP && p.icmp.type == 8 && !p.icmp.error);
	ck_assert(p.icmp.id == 0x102 && p.icmp.seq == 3 && p.payload.len == 4);
}
END_TEST

static const struct {
	const char *name;
	enum neighbour_op op;
	const char *sender, *target;
	bool has_mac;
} NEIGHBOURS[] = {
	{ "arp-request", NEIGHBOUR_ASK, "10.0.0.5", "10.0.0.1", true },
	{ "arp-reply", NEIGHBOUR_TELL, "10.0.0.5", "10.0.0.5", true },
	{ "arp-probe", NEIGHBOUR_ASK, "::", "10.0.0.5", true },
	{ "arp-announcement", NEIGHBOUR_TELL, "10.0.0.5", "10.0.0.5", true },
	{ "arp-other", NEIGHBOUR_NONE, "::", "::", false },
	{ "sll-multicast", NEIGHBOUR_ASK, "10.0.0.5", "10.0.0.1", true },
	{ "nd-solicitation", NEIGHBOUR_ASK, "fe80::5", "fe80::1", true },
	{ "nd-dad", NEIGHBOUR_ASK, "::", "fe80::5", false },
	{ "nd-advertisement", NEIGHBOUR_TELL, "fe80::5", "fe80::5", true },
	{ "nd-no-option", NEIGHBOUR_TELL, "fe80::5", "fe80::5", false },
	{ "nd-routed", NEIGHBOUR_NONE, "::", "::", false },
	{ "nd-empty-option", NEIGHBOUR_ASK, "fe80::5", "fe80::1", false },
};

START_TEST(neighbours)
{
	static const struct mac station = { { 2, 0, 0, 0, 0, 1 } }, other = { { 2, 0, 0, 0, 0, 2 } };
	struct packet p = decode(NEIGHBOURS[_i].name);
	const struct packet_neighbour *n = &p.neighbour;

	ck_assert_int_eq(p.kind, NEIGHBOURS[_i].name[0] == 'n' ? PACKET_IP : PACKET_ARP);
	ck_assert_int_eq(n->op, NEIGHBOURS[_i].op);
	is_address(&n->sender, NEIGHBOURS[_i].sender);
	is_address(&n->target, NEIGHBOURS[_i].target);
	ck_assert(NEIGHBOURS[_i].has_mac ? mac_eq(&n->sender_mac, &station) : mac_is_none(&n->sender_mac));
	ck_assert(strcmp(NEIGHBOURS[_i].name, "arp-reply") == 0 ? mac_eq(&n->target_mac, &other) :
								  mac_is_none(&n->target_mac));
}
END_TEST

START_TEST(meanings)
{
	static const struct {
		bool v6;
		uint8_t type, code, proto;
		enum icmp_meaning meaning;
	} v[] = {
		{ false, 3, 1, PROTO_TCP, ICMP_UNREACHABLE }, { false, 3, 3, PROTO_UDP, ICMP_PORT },
		{ false, 3, 3, PROTO_TCP, ICMP_POLICY },      { false, 3, 4, PROTO_TCP, ICMP_TOO_BIG },
		{ false, 3, 9, PROTO_TCP, ICMP_POLICY },      { false, 3, 10, PROTO_UDP, ICMP_POLICY },
		{ false, 3, 13, PROTO_TCP, ICMP_POLICY },     { false, 3, 200, PROTO_TCP, ICMP_OTHER },
		{ false, 5, 3, PROTO_TCP, ICMP_OTHER },       { false, 11, 0, PROTO_UDP, ICMP_TTL },
		{ false, 11, 1, PROTO_UDP, ICMP_OTHER },      { false, 12, 2, PROTO_UDP, ICMP_OTHER },
		{ false, 8, 0, PROTO_UDP, ICMP_NO_ERROR },    { false, 0, 0, PROTO_UDP, ICMP_NO_ERROR },
		{ true, 1, 0, PROTO_TCP, ICMP_UNREACHABLE },  { true, 1, 1, PROTO_TCP, ICMP_POLICY },
		{ true, 1, 4, PROTO_UDP, ICMP_PORT },         { true, 1, 4, PROTO_TCP, ICMP_POLICY },
		{ true, 1, 6, PROTO_TCP, ICMP_POLICY },       { true, 1, 99, PROTO_TCP, ICMP_OTHER },
		{ true, 2, 7, PROTO_TCP, ICMP_TOO_BIG },      { true, 3, 0, PROTO_TCP, ICMP_TTL },
		{ true, 4, 2, PROTO_TCP, ICMP_OTHER },        { true, 127, 0, PROTO_TCP, ICMP_OTHER },
		{ true, 128, 0, PROTO_TCP, ICMP_NO_ERROR },   { true, 136, 0, PROTO_TCP, ICMP_NO_ERROR },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		ck_assert_msg(icmp_meaning(v[i].v6, v[i].type, v[i].code, v[i].proto) == v[i].meaning, "%u %u/%u",
			      v[i].v6, v[i].type, v[i].code);
	ck_assert_str_eq(icmp_text(false, 3, 13), "communication administratively prohibited");
	ck_assert_str_eq(icmp_text(true, 1, 1), "administratively prohibited");
	ck_assert_ptr_nonnull(icmp_text(true, 255, 255));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("packet-icmp");
	TCase *c = tcase_create("icmp");

	tcase_add_loop_test(c, errors, 0, sizeof(ERRORS) / sizeof(ERRORS[0]));
	tcase_add_test(c, echo);
	tcase_add_loop_test(c, neighbours, 0, sizeof(NEIGHBOURS) / sizeof(NEIGHBOURS[0]));
	tcase_add_test(c, meanings);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
