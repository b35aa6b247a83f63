/* Link, IP and transport headers, and what must hold of every frame however much of it was captured. */
#include <check.h>

#include "packet/step.h"
#include "packet_frames.h"

/* The decoded sample. Its spans and readers point nowhere: only their lengths may be looked at. */
static struct packet decode_cut(const char *name, size_t lost)
{
	uint8_t *bytes;
	struct frame f = sample_frame(name, lost, &bytes);
	struct packet p;

	memset(&p, 0xa5, sizeof(p)); /* whatever was there must not shine through */
	packet_decode(&f, &p);
	free(bytes);
	return p;
}

static struct packet decode(const char *name)
{
	return decode_cut(name, 0);
}

static void is_address(const struct addr *a, const char *text)
{
	char s[ADDR_TEXT];

	addr_format(a, s);
	ck_assert_str_eq(s, text);
}

static void is_ip(const struct packet *p, unsigned version, unsigned proto, size_t payload)
{
	ck_assert_int_eq(p->kind, PACKET_IP);
	ck_assert_int_eq(p->undecoded, UNDECODED_NONE);
	ck_assert_uint_eq(p->ip_version, version);
	ck_assert_uint_eq(p->proto, proto);
	ck_assert_uint_eq(p->payload.len, payload);
	ck_assert(!p->cut);
}

/* From the sender that all samples have, to the port that samples of that protocol go to. */
static void is_flow(const struct packet *p, unsigned version, unsigned proto, size_t payload)
{
	is_ip(p, version, proto, payload);
	is_address(&p->src, version == 4 ? "10.0.0.5" : "2001:db8::5");
	is_address(&p->dst, version == 4 ? "192.0.2.10" : "2001:db8::10");
	ck_assert(p->has_ports);
	ck_assert_uint_eq(p->sport, proto == PROTO_TCP ? 40000 : 40001);
	ck_assert_uint_eq(p->dport, proto == PROTO_TCP ? 5228 : 50000);
}

static void is_undecoded(const char *name, enum packet_undecoded why)
{
	struct packet p = decode(name);

	ck_assert_msg(p.kind == PACKET_UNDECODED && p.undecoded == why && !p.has_ports && !p.cut,
		      "%s: kind %u, %s", name, p.kind, packet_undecoded_name(p.undecoded));
}

START_TEST(tcp)
{
	struct packet p = decode("tcp-syn");

	is_flow(&p, 4, PROTO_TCP, 0);
	ck_assert(p.to_us && p.dont_fragment && !p.fragment && p.ip_id == 0x1234);
	ck_assert_uint_eq(p.ttl, 64);
	ck_assert_uint_eq(p.dscp, 10);
	ck_assert_uint_eq(p.ip_payload, 40);
	ck_assert_uint_eq(p.ethertype, 0x0800);
	ck_assert_uint_eq(p.tcp.flags, TCP_SYN);
	ck_assert(p.tcp.seq == 0x1000 && p.tcp.ack == 0 && p.tcp.window == 64240);
	ck_assert(p.l4_checksum == 0xbfef);
	ck_assert(p.tcp.mss == 1460 && p.tcp.sack_ok && p.tcp.has_wscale && p.tcp.wscale == 7);
	ck_assert(p.tcp.has_ts && p.tcp.ts_val == 100 && p.tcp.ts_ecr == 0 && p.tcp.sacks == 0);
	static const struct mac from = { { 2, 0, 0, 0, 0, 1 } }, to = { { 2, 0, 0, 0, 0, 2 } };
	ck_assert(mac_eq(&p.src_mac, &from) && mac_eq(&p.dst_mac, &to));
	p = decode("tcp-padded");
	is_flow(&p, 4, PROTO_TCP, 1);
	ck_assert_uint_eq(p.tcp.flags, TCP_PSH | TCP_ACK);
	p = decode("tcp-sack");
	is_flow(&p, 4, PROTO_TCP, 0);
	ck_assert(p.tcp.sacks == 2 && p.tcp.has_ts && p.tcp.ts_val == 0x65 && p.tcp.ts_ecr == 0x66 && !p.tcp.sack_ok);
	p = decode("tcp-tso");
	is_flow(&p, 4, PROTO_TCP, 11);
	ck_assert_uint_eq(p.ip_payload, 31);
}
END_TEST

/* RFC 9293, section 3.1 says nothing of segments with broken options: hosts take the data. */
START_TEST(tcp_options_may_lie)
{
	struct packet p = decode("tcp-bad-options");

	is_flow(&p, 4, PROTO_TCP, 4);
	ck_assert(p.tcp.mss == 0 && p.tcp.has_wscale && p.tcp.wscale == 9);
	p = decode("tcp-endless-option");
	is_flow(&p, 4, PROTO_TCP, 4);
	ck_assert(p.tcp.has_wscale && p.tcp.wscale == 9 && !p.tcp.has_ts);
}
END_TEST

START_TEST(udp)
{
	struct packet p = decode("ipv4-options");

	is_flow(&p, 4, PROTO_UDP, 2);
	ck_assert_uint_eq(p.l4_checksum, 0x72d6);
	p = decode("udp-zero-length");
	is_flow(&p, 4, PROTO_UDP, 4);
	p = decode("udp-surplus");
	is_flow(&p, 4, PROTO_UDP, 2);
}
END_TEST

START_TEST(tags)
{
	struct packet p = decode("vlan-qinq");

	is_flow(&p, 4, PROTO_UDP, 4);
	ck_assert(p.vlans == 2 && p.vlan[0] == 100 && p.vlan[1] == 200);
	p = decode("vlan-9100");
	is_flow(&p, 4, PROTO_UDP, 4);
	ck_assert(p.vlans == 1 && p.vlan[0] == 7);
	is_undecoded("vlan-five", UNDECODED_DEPTH);
}
END_TEST

/* So many labels as there may be headers, and more: what is read at once counts as the headers it is. */
START_TEST(labels)
{
	enum { MAC = 14, LABEL = 4, LABELS = 30 };
	static const uint8_t mac[MAC] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0x47 };
	static const uint8_t ip[] = {
		0x45, 0, 0, 32, 0x12, 0x34, 0x40, 0, 64, 17, 0x5c, 0x8a, 10, 0, 0, 5, 192, 0, 2, 10,
		0x9c, 0x41, 0xc3, 0x50, 0, 12, 0x0f, 0x6e, 'a', 'b', 'c', 'd',
	};
	uint8_t bytes[MAC + LABELS * LABEL + sizeof(ip)];
	unsigned deep = 0;

	memcpy(bytes, mac, MAC);
	for (size_t n = 1; n <= LABELS; n++) {
		uint8_t label[LABEL] = { 0, 1, 1, 64 }; /* the bottom one */
		struct packet p, stepwise;
		memcpy(bytes + MAC + (n - 1) * LABEL, label, LABEL);
		memcpy(bytes + MAC + n * LABEL, ip, sizeof(ip));
		size_t length = MAC + n * LABEL + sizeof(ip);
		const struct frame f = { .link_type = 1, .bytes = rd_of(bytes, length, length) };
		packet_decode(&f, &p);
		step_through(&f, &stepwise);
		ck_assert(p.kind == stepwise.kind && p.undecoded == stepwise.undecoded && p.sport == stepwise.sport);
		deep += p.undecoded == UNDECODED_DEPTH;
		if (n == 1)
			is_flow(&p, 4, PROTO_UDP, 4);
		bytes[MAC + (n - 1) * LABEL + 2] = 0; /* no longer the bottom */
	}
	ck_assert_uint_gt(deep, 0);
	ck_assert_uint_lt(deep, LABELS);
}
END_TEST

START_TEST(other_frames)
{
	struct packet p = decode("snap-ipv4");

	is_flow(&p, 4, PROTO_UDP, 2);
	p = decode("llc-ipv4");
	is_flow(&p, 4, PROTO_UDP, 2);
	p = decode("stp");
	ck_assert(p.kind == PACKET_OTHER && p.ethertype == 38 && !p.to_us && p.payload.len == 38);
	p = decode("lldp");
	ck_assert(p.kind == PACKET_OTHER && p.ethertype == 0x88cc && !p.to_us);
	p = decode("pppoe");
	is_flow(&p, 4, PROTO_UDP, 4);
	p = decode("pppoe-lcp");
	ck_assert(p.kind == PACKET_OTHER && p.ethertype == 0x8864 && p.payload.len == 8 && p.to_us);
}
END_TEST

START_TEST(other_links)
{
	static const struct {
		const char *name;
		unsigned version, proto;
		size_t payload;
	} v[] = {
		{ "sll-udp", 4, PROTO_UDP, 2 },  { "sll2-tcp", 4, PROTO_TCP, 2 },  { "null-big-ipv6", 6, PROTO_UDP, 3 },
		{ "loop", 4, PROTO_UDP, 2 },     { "raw-ipv4", 4, PROTO_TCP, 2 },  { "raw-ipv6", 6, PROTO_UDP, 3 },
		{ "ipv4-only", 4, PROTO_TCP, 2 }, { "ipv6-only", 6, PROTO_UDP, 3 },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = decode(v[i].name);
		is_flow(&p, v[i].version, v[i].proto, v[i].payload);
		ck_assert(p.to_us && mac_is_none(&p.dst_mac));
	}
	struct packet p = decode("null-little");
	is_ip(&p, 4, PROTO_UDP, 2);
	is_address(&p.src, "127.0.0.1");
	p = decode("sll-udp");
	static const struct mac from = { { 2, 0, 0, 0, 0, 1 } };
	ck_assert(mac_eq(&p.src_mac, &from));
	p = decode("sll-multicast");
	ck_assert(p.kind == PACKET_ARP && !p.to_us);
}
END_TEST

START_TEST(link_types)
{
	static const uint32_t known[] = { 0,   1,   9,   12,  14,  50,  51,  101, 104, 105,
					108, 113, 119, 127, 163, 192, 204, 228, 229, 276 };
	const uint8_t byte = 0x45;
	struct frame f = { .bytes = rd_of(&byte, 1, 1), .link_type = 147 };
	struct packet p;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert(packet_knows_link_type(known[i]));
	ck_assert(!packet_knows_link_type(147) && !packet_knows_link_type(UINT32_MAX));
	packet_decode(&f, &p);
	ck_assert(p.kind == PACKET_UNDECODED && p.undecoded == UNDECODED_LINK_TYPE);
	f.bytes = rd_of(NULL, 0, 0);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		f.link_type = known[i];
		packet_decode(&f, &p);
		ck_assert(p.kind == PACKET_UNDECODED && p.undecoded == UNDECODED_MALFORMED);
	}
}
END_TEST

START_TEST(ipv6)
{
	struct packet p = decode("ipv6-udp");

	is_flow(&p, 6, PROTO_UDP, 3);
	ck_assert(p.dscp == 46 && p.ecn == 0 && p.ttl == 64 && p.ip_payload == 11 && p.ip_id == 0);
	p = decode("ipv6-extensions");
	is_flow(&p, 6, PROTO_UDP, 3);
	ck_assert_uint_eq(p.ip_payload, 35);
	p = decode("ipv6-ah");
	is_flow(&p, 6, PROTO_TCP, 3);
	p = decode("ah-udp");
	is_flow(&p, 4, PROTO_UDP, 2);
	p = decode("ipv6-tso");
	is_flow(&p, 6, PROTO_TCP, 3);
	p = decode("ipv6-nothing");
	is_ip(&p, 6, 59, 0);
	is_undecoded("ipv6-many-headers", UNDECODED_DEPTH);
}
END_TEST

START_TEST(fragments)
{
	struct packet p = decode("fragment-first");

	is_flow(&p, 4, PROTO_UDP, 8);
	ck_assert(p.fragment && p.first_fragment && p.more_fragments && p.fragment_offset == 0);
	ck_assert(p.fragment_id == 0x1234);
	p = decode("fragment-later");
	is_ip(&p, 4, PROTO_UDP, 8);
	ck_assert(p.fragment && !p.first_fragment && !p.more_fragments && !p.has_ports && p.fragment_offset == 1480);
	p = decode("fragment-tiny");
	is_ip(&p, 4, PROTO_TCP, 8);
	ck_assert(p.first_fragment && !p.has_ports);
	p = decode("ipv6-first-fragment");
	is_flow(&p, 6, PROTO_UDP, 8);
	ck_assert(p.first_fragment && p.more_fragments && p.fragment_id == 0xbeef && p.ip_id == 0xbeef);
	p = decode("ipv6-fragment");
	is_ip(&p, 6, PROTO_UDP, 8);
	ck_assert(p.fragment && !p.first_fragment && !p.more_fragments && !p.has_ports && p.fragment_offset == 1448);
	p = decode("ipv6-atomic-fragment"); /* RFC 6946: whole */
	is_flow(&p, 6, PROTO_TCP, 3);
	ck_assert(!p.fragment && !p.first_fragment && p.fragment_id == 0xbeef);
}
END_TEST

START_TEST(other_protocols)
{
	struct packet p = decode("gre");

	is_ip(&p, 4, PROTO_GRE, 8);
	ck_assert(!p.has_ports);
	p = decode("esp");
	is_ip(&p, 4, PROTO_ESP, 8);
	ck_assert(p.esp_spi == 0xc0ffee01 && p.esp_seq == 7 && !p.has_ports);
}
END_TEST

START_TEST(lies)
{
	static const char *const v[] = { "bad-ihl", "bad-total", "bad-total-short", "bad-version", "bad-tcp-offset",
					 "bad-tcp-options-length", "bad-udp-length", "bad-udp-too-long",
					 "bad-8023-length" };
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		is_undecoded(v[i], UNDECODED_MALFORMED);
}
END_TEST

/* RFC 2675: length 0 and the real one in a hop-by-hop option. Here 70,000 bytes behind the IPv6 header. */
START_TEST(jumbogram)
{
	enum { BEFORE = 40 + 8 + 20, PAYLOAD = 70000 };
	struct frame f = { .link_type = 101 };
	uint8_t *b = calloc(1, 40 + PAYLOAD + 6);
	struct packet p;

	ck_assert_ptr_nonnull(b);
	memcpy(b, (const uint8_t[]){ 0x60, 0, 0, 0, 0, 0, 0, 64 }, 8);
	memcpy(b + 40, (const uint8_t[]){ 6, 0, 0xc2, 4, 0, 1, 0x11, 0x70 }, 8); /* 0x11170 is 70000 */
	memcpy(b + 48, (const uint8_t[]){ 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10 }, 14);
	f.bytes = rd_of(b, 40 + PAYLOAD + 6, 40 + PAYLOAD + 6);
	packet_decode(&f, &p);
	is_ip(&p, 6, PROTO_TCP, 40 + PAYLOAD - BEFORE);
	ck_assert(p.ip_payload == PAYLOAD && p.sport == 1 && p.dport == 2 && p.tcp.flags == TCP_ACK);
	f.bytes = rd_of(b, 40 + PAYLOAD - 1, 40 + PAYLOAD - 1);
	packet_decode(&f, &p);
	ck_assert(p.undecoded == UNDECODED_MALFORMED);
	free(b);
}
END_TEST

/* Ethernet 14, IPv4 20: what each byte of the TCP header more tells. */
START_TEST(cut_headers)
{
	size_t n = 74;
	struct packet p = decode_cut("tcp-syn", n - 33);

	ck_assert(p.kind == PACKET_UNDECODED && p.undecoded == UNDECODED_SNAPLEN && p.cut);
	p = decode_cut("tcp-syn", n - 34);
	ck_assert(p.kind == PACKET_IP && p.cut && !p.has_ports && p.proto == PROTO_TCP && p.ip_payload == 40);
	is_address(&p.dst, "192.0.2.10");
	p = decode_cut("tcp-syn", n - 47);
	ck_assert(p.kind == PACKET_IP && p.cut && !p.has_ports);
	p = decode_cut("tcp-syn", n - 48);
	ck_assert(p.cut && p.has_ports && p.dport == 5228 && p.tcp.flags == TCP_SYN && p.tcp.seq == 0x1000);
	ck_assert(p.payload.len == 0 && p.tcp.window == 0 && p.tcp.mss == 0);
	p = decode_cut("tcp-syn", n - 58);
	ck_assert(p.cut && p.has_ports && p.tcp.window == 64240 && p.tcp.mss == 1460 && !p.tcp.has_ts);
	p = decode_cut("tcp-padded", 5); /* padding is nobody's loss */
	ck_assert(!p.cut && p.payload.len == 1 && p.payload.cap == 1);
	p = decode_cut("arp-request", 18);
	ck_assert(p.kind == PACKET_ARP && !p.cut && p.neighbour.op == NEIGHBOUR_ASK && p.payload.len == 0);
	p = decode_cut("tcp-padded", 6);
	ck_assert(p.cut && p.has_ports && p.payload.len == 1 && p.payload.cap == 0);
	p = decode_cut("ipv4-options", 10 - 4);
	ck_assert(p.cut && p.has_ports && p.sport == 40001 && p.payload.len == 2);
	p = decode_cut("ipv6-extensions", 11 + 1);
	ck_assert(p.kind == PACKET_UNDECODED && p.undecoded == UNDECODED_SNAPLEN && p.cut);
}
END_TEST

static struct packet decode_bytes(const struct sample *s, const uint8_t *all, size_t captured, size_t promised)
{
	uint8_t *b = malloc(captured ? captured : 1);
	struct packet p;

	ck_assert_ptr_nonnull(b);
	memcpy(b, all, captured);
	struct frame f = { .link_type = s->link_type, .bytes = rd_of(b, captured, promised) };
	packet_decode(&f, &p);
	ck_assert_msg(p.payload.cap <= p.payload.len && p.payload.p >= b && p.payload.p + p.payload.cap <= b + captured,
		      "%s captured %zu of %zu: payload outside", s->name, captured, promised);
	free(b);
	return p;
}

/* What was seen of a cut frame is what is in the whole one: a cut may hide, never change. */
static void agrees(const struct sample *s, size_t captured, const struct packet *part, const struct packet *whole)
{
	const char *name = s->name;

	if (part->undecoded == UNDECODED_SNAPLEN) {
		ck_assert_msg(part->cut && part->kind == PACKET_UNDECODED, "%s at %zu", name, captured);
		return;
	}
	if (part->undecoded || whole->undecoded) {
		ck_assert_msg(part->undecoded == whole->undecoded || part->cut, "%s at %zu", name, captured);
		return;
	}
	ck_assert_msg(part->kind == whole->kind, "%s at %zu", name, captured);
	ck_assert(addr_eq(&part->src, &whole->src) && addr_eq(&part->dst, &whole->dst) && part->proto == whole->proto);
	ck_assert(part->neighbour.op == NEIGHBOUR_NONE || part->neighbour.op == whole->neighbour.op);
	bool same = part->payload.len == whole->payload.len && part->payload.cap == whole->payload.cap &&
		    part->has_ports == whole->has_ports && memcmp(&part->tcp, &whole->tcp, sizeof(part->tcp)) == 0 &&
		    part->icmp.quote.has_ports == whole->icmp.quote.has_ports && part->esp_seq == whole->esp_seq &&
		    (part->neighbour.op == NEIGHBOUR_NONE ||
		     mac_eq(&part->neighbour.sender_mac, &whole->neighbour.sender_mac));
	ck_assert_msg(part->cut || same, "%s at %zu: not said to be cut", name, captured);
	if (!part->has_ports)
		return;
	ck_assert(part->sport == whole->sport && part->dport == whole->dport);
	ck_assert(part->tcp.flags == whole->tcp.flags && part->tcp.seq == whole->tcp.seq);
	if (part->proto == PROTO_TCP)
		ck_assert_msg(part->payload.len == whole->payload.len, "%s at %zu", name, captured);
}

START_TEST(cut_at_every_length)
{
	const struct sample *s = &SAMPLES[_i];
	uint8_t all[SAMPLE_MAX];
	size_t n = sample_bytes(s, all);
	struct packet whole = decode_bytes(s, all, n, n);

	for (size_t c = 0; c <= n; c++) {
		struct packet part = decode_bytes(s, all, c, n), shorter = decode_bytes(s, all, c, c);

		agrees(s, c, &part, &whole);
		ck_assert_msg(part.undecoded != UNDECODED_MALFORMED || whole.undecoded == UNDECODED_MALFORMED,
			      "%s captured %zu of %zu: a cut is no lie", s->name, c, n);
		ck_assert_msg(shorter.undecoded != UNDECODED_SNAPLEN && !shorter.cut,
			      "%s of %zu bytes: nothing was cut", s->name, c);
	}
}
END_TEST

START_TEST(reasons_have_names)
{
	ck_assert_str_eq(packet_undecoded_name(UNDECODED_SNAPLEN), "snaplen");
	for (unsigned u = 0; u < UNDECODED_REASONS; u++)
		ck_assert_ptr_nonnull(packet_undecoded_name((enum packet_undecoded)u));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("packet");
	TCase *c = tcase_create("headers"), *every = tcase_create("every-frame");

	tcase_add_test(c, tcp);
	tcase_add_test(c, tcp_options_may_lie);
	tcase_add_test(c, udp);
	tcase_add_test(c, tags);
	tcase_add_test(c, labels);
	tcase_add_test(c, other_frames);
	tcase_add_test(c, other_links);
	tcase_add_test(c, link_types);
	tcase_add_test(c, ipv6);
	tcase_add_test(c, fragments);
	tcase_add_test(c, other_protocols);
	tcase_add_test(c, lies);
	tcase_add_test(c, jumbogram);
	tcase_add_test(c, cut_headers);
	tcase_add_test(c, reasons_have_names);
	tcase_add_loop_test(every, cut_at_every_length, 0, SAMPLE_COUNT);
	suite_add_tcase(s, c);
	suite_add_tcase(s, every);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
