/* Fragments: one datagram in parts, in any order, twice, cut, missing, hostile. Times are ms after the start. */
#include <stdlib.h>

#include "sensor_rig.h"

enum { PHONE = 10, SERVER = 20, ROUTER = 30, MORE = 0x2000, EXTENSION = 44 };
enum { SIP_LONG = 700, UDP_HEADER = 8, BRANCH_ENDS = 88 }; /* where the branch of its Via ends */

static struct rig r;

/* A REGISTER whose last header is the Call-ID: it is read only where all of the message is there. */
static struct bytes message;

static void setup(void)
{
	static const char head[] = "REGISTER sip:example.net SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.10:5060;branch=z9hG4bKa\r\n"
				   "From: <sip:1@example.net>;tag=1\r\nTo: <sip:1@example.net>\r\nCSeq: 1 REGISTER\r\n";
	static const char tail[] = "\r\nCall-ID: whole@phone\r\nContent-Length: 0\r\n\r\n";

	rig_open(&r);
	message.n = 0;
	put16(&message, 5060);
	put16(&message, 5060);
	put16(&message, SIP_LONG + UDP_HEADER);
	put16(&message, 0);
	put_bytes(&message, head, sizeof(head) - 1);
	put_bytes(&message, "X-Filler: ", 10);
	while (message.n < SIP_LONG + UDP_HEADER - (sizeof(tail) - 1))
		put8(&message, 'x');
	put_bytes(&message, tail, sizeof(tail) - 1);
}

static void teardown(void)
{
	rig_close(&r);
}

struct cut {
	size_t from, to;
};

static void build(uint16_t id, bool v6, struct cut c, uint8_t proto)
{
	size_t n = c.to - c.from;
	bool last = c.to == message.n;
	struct ip ip = { .from = PHONE, .to = SERVER, .id = id, .v6 = v6, .proto = v6 ? EXTENSION : proto,
			 .fragment = (uint16_t)((last ? 0 : MORE) | c.from / 8) };

	put_ip(&r.b, &ip, n + (v6 ? 8 : 0));
	if (v6) {
		put16(&r.b, (unsigned)proto << 8);
		put16(&r.b, (unsigned)c.from | !last);
		put32(&r.b, id);
	}
	put_bytes(&r.b, message.b + c.from, n);
}

static void send(int64_t ms, uint16_t id, size_t from, size_t to)
{
	build(id, false, (struct cut){ from, to }, PROTO_UDP);
	rig_send(&r, ms);
}

static const struct obs_end *end(void)
{
	sensor_end(r.s, true);
	return &rig_obs(&r, OBS_END, 0)->end;
}

static uint64_t count_of(const struct obs_count *list, uint8_t n, const char *name)
{
	for (uint8_t i = 0; i < n; i++)
		if (span_eq(list[i].name, span_of(name)))
			return list[i].count;
	return 0;
}

static uint64_t undecoded(const struct obs_end *e, const char *name)
{
	return count_of(e->undecoded, e->undecoded_n, name);
}

static size_t facts(enum fact_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < r.n; i++)
		n += r.seen[i].type == OBS_FACT && r.seen[i].fact.fact.kind == kind;
	return n;
}

static const struct obs_fact *fact(enum fact_kind kind)
{
	for (size_t i = 0; i < r.n; i++)
		if (r.seen[i].type == OBS_FACT && r.seen[i].fact.fact.kind == kind)
			return &r.seen[i].fact;
	return NULL;
}

/* The message was read as a whole, its frames and bytes are the flow's. */
static void check_whole(unsigned packets, size_t header)
{
	const struct obs_end *e = end();
	const struct obs_flow *f = rig_closed(&r, 0);

	ck_assert_uint_eq(e->flows, 1);
	ck_assert_uint_eq(e->undecoded_n, 0);
	ck_assert_uint_eq(e->evicted_n, 0);
	ck_assert_uint_eq(f->side[0].packets, packets);
	ck_assert_uint_eq(f->side[0].bytes, message.n + packets * header);
	ck_assert_uint_eq(f->side[0].payload, SIP_LONG);
	ck_assert_uint_eq(f->side[0].unassembled, 0);
	ck_assert_uint_eq(f->port[0], 5060);
	ck_assert_uint_eq(f->side[0].ttl_min, 64);
	ck_assert_uint_eq(f->side[0].mac.b[5], PHONE);
	ck_assert_uint_eq(f->last_frame.frame, packets);
	ck_assert_uint_eq(facts(FACT_SIP), 1);
	ck_assert_uint_gt(fact(FACT_SIP)->fact.sip.call_id.n, 0);
}

START_TEST(in_order)
{
	send(0, 1, 0, 400);
	send(3, 1, 400, message.n);
	check_whole(2, 20);
	ck_assert_int_eq(fact(FACT_SIP)->time, RIG_START + 3 * NS_PER_MS); /* it was there with the last one */
}
END_TEST

START_TEST(any_order)
{
	send(0, 1, 640, message.n);
	send(1, 1, 0, 320);
	send(2, 1, 320, 640);
	check_whole(3, 20);
	ck_assert_int_eq(rig_closed(&r, 0)->start, RIG_START);
	ck_assert_int_eq(rig_closed(&r, 0)->side[0].first, RIG_START);
	ck_assert_uint_eq(rig_closed(&r, 0)->first_frame.frame, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->last_frame.frame, 3);
}
END_TEST

START_TEST(first_comes_last)
{
	send(0, 1, 640, message.n);
	send(1, 1, 320, 640);
	send(2, 1, 0, 320);
	check_whole(3, 20);
}
END_TEST

START_TEST(ipv6)
{
	build(7, true, (struct cut){ 400, message.n }, PROTO_UDP);
	rig_send(&r, 0);
	build(7, true, (struct cut){ 0, 400 }, PROTO_UDP);
	rig_send(&r, 40 * 1000); /* RFC 8200: 60 s */
	check_whole(2, 40 + 8);
}
END_TEST

START_TEST(copies_are_no_overlap)
{
	send(0, 1, 0, 400);
	rig_send(&r, 0);
	send(1, 1, 400, message.n);
	rig_send(&r, 2); /* of a datagram that is whole by now */
	send(2, 1, 0, 400);
	put_vlan(&r.b, 9);
	rig_send(&r, 19);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->duplicates, 4);
	ck_assert_uint_eq(rig_closed(&r, 0)->duplicates, 4);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 2);
	ck_assert_uint_eq(facts(FACT_SIP), 1);
	ck_assert_uint_eq(e->undecoded_n, 0);
}
END_TEST

START_TEST(a_number_may_come_again)
{
	send(0, 1, 0, 400);
	send(1, 1, 400, message.n);
	ck_assert_uint_eq(message.b[BRANCH_ENDS], 'a');
	message.b[BRANCH_ENDS] = 'b'; /* another request */
	send(5000, 1, 0, 400);
	send(5001, 1, 400, message.n);
	(void)end();
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 4);
	ck_assert_uint_eq(facts(FACT_SIP), 2);
}
END_TEST

START_TEST(overlaps_are_thrown_away)
{
	send(0, 1, 0, 400);
	send(1, 1, 392, 640);          /* RFC 5722: nothing of it may be used */
	send(2, 1, 400, message.n);
	send(3, 2, 0, 400);
	message.b[20] ^= 1;
	send(4, 2, 0, 400);            /* the same place with another content */
	send(5, 2, 400, message.n);
	send(6, 3, 400, message.n);
	send(7, 3, 0, 408);            /* into what is there already */
	const struct obs_end *e = end();
	ck_assert_uint_eq(undecoded(e, "fragments-overlap"), 3);
	ck_assert_uint_eq(undecoded(e, "fragment-without-first"), 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].unassembled, 2); /* of the third the flow was not known */
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 7);
	ck_assert_uint_eq(facts(FACT_SIP), 0);
}
END_TEST

START_TEST(what_is_missing_is_said)
{
	send(0, 1, 0, 320);
	send(1, 1, 320, 640);
	send(50 * 1000, 1, 640, message.n); /* too late: another datagram, and that one has no first */
	const struct obs_end *e = end();
	ck_assert_uint_eq(undecoded(e, "fragments-incomplete"), 2);
	ck_assert_uint_eq(undecoded(e, "fragment-without-first"), 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].unassembled, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 2);
	ck_assert_uint_eq(facts(FACT_SIP), 0);
}
END_TEST

START_TEST(too_large)
{
	struct ip ip = { .from = PHONE, .to = SERVER, .id = 1, .fragment = 0x1fff, .proto = PROTO_UDP };

	send(0, 1, 0, 400);
	put_ip(&r.b, &ip, 16); /* 65,528 and 16 more: the ping of death */
	put_bytes(&r.b, message.b, 16);
	rig_send(&r, 1);
	ck_assert_uint_eq(undecoded(end(), "fragments-too-large"), 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].unassembled, 1);
}
END_TEST

START_TEST(too_many)
{
	for (size_t at = 0; at < message.n; at += 8)
		send(0, 1, at, at + 8 < message.n ? at + 8 : message.n);
	check_whole(89, 20);
	rig_close(&r);
	rig_open(&r);
	message.n = (size_t)8 * (FRAGMENT_PARTS_EACH + 1);
	for (size_t at = 0; at < message.n; at += 8)
		send(0, 1, at, at + 8);
	ck_assert_uint_eq(undecoded(end(), "fragments-too-large"), 1);
}
END_TEST

/* Captured short: the message is cut, not malformed, and what was captured of it is read. */
START_TEST(cut_by_the_snap_length)
{
	send(0, 1, 400, message.n);
	build(1, false, (struct cut){ 0, 400 }, PROTO_UDP);
	rig_send_cut(&r, 1, 14 + 20 + 300);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->undecoded_n, 0);
	ck_assert_uint_eq(e->cut, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].cut, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].payload, SIP_LONG);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].unassembled, 0);
	ck_assert_uint_eq(facts(FACT_LABEL), 1);
	/* what was captured behind the cut does not follow what was captured before it */
	ck_assert(!fact(FACT_SIP) || fact(FACT_SIP)->fact.sip.call_id.n == 0);
}
END_TEST

/* Of two that were captured short nobody can say that they are equal: a copy, but in doubt. */
START_TEST(a_copy_that_was_cut)
{
	build(1, false, (struct cut){ 0, 400 }, PROTO_UDP);
	rig_send_cut(&r, 0, 14 + 20 + 300);
	rig_send_cut(&r, 0, 14 + 20 + 300);
	send(1, 1, 400, message.n);
	ck_assert_uint_eq(end()->duplicates, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 2);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].unassembled, 1);
}
END_TEST

/* RFC 1858: the first fragment has not even the ports; they are there with the rest. */
START_TEST(tiny_first_fragment_of_a_segment)
{
	message.n = 0;
	put32(&message, 1010U << 16 | 1020);
	put32(&message, 101);
	put32(&message, 501);
	put16(&message, 5 << 12 | TCP_ACK | TCP_PSH);
	put16(&message, 1000);
	put32(&message, 0);
	put_bytes(&message, "0123456789abcdef", 16);
	rig_segment(&r, 0, PHONE, SERVER, TCP_SYN, 100, 0, NULL, 0);
	build(1, false, (struct cut){ 0, 8 }, PROTO_TCP);
	rig_send(&r, 1);
	build(1, false, (struct cut){ 8, 24 }, PROTO_TCP);
	rig_send(&r, 2);
	build(1, false, (struct cut){ 24, 36 }, PROTO_TCP);
	rig_send(&r, 3);
	rig_segment(&r, 4, SERVER, PHONE, TCP_ACK, 501, 117, NULL, 0);
	const struct obs_end *e = end();
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_uint_eq(e->flows, 1);
	ck_assert_uint_eq(e->undecoded_n, 0);
	ck_assert_uint_eq(f->side[0].packets, 4);
	ck_assert_uint_eq(f->side[0].acked, 16);
	ck_assert_uint_eq(f->side[0].unseen_bytes, 0);
}
END_TEST

/* The same, and nothing of the connection was seen before. */
START_TEST(tiny_first_fragment_begins_a_flow)
{
	message.n = 0;
	put32(&message, 1010U << 16 | 1020);
	put32(&message, 101);
	put32(&message, 501);
	put16(&message, 5 << 12 | TCP_ACK | TCP_PSH);
	put16(&message, 1000);
	put32(&message, 0);
	put_bytes(&message, "0123", 4);
	build(1, false, (struct cut){ 0, 8 }, PROTO_TCP);
	rig_send(&r, 0);
	build(1, false, (struct cut){ 8, 24 }, PROTO_TCP);
	rig_send(&r, 7);
	ck_assert_uint_eq(end()->undecoded_n, 0);
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_uint_eq(f->port[0], 1010);
	ck_assert_uint_eq(f->side[0].packets, 2);
	ck_assert_uint_eq(f->side[0].ttl_min, 64);
	ck_assert_uint_eq(f->side[0].mac.b[5], PHONE);
	ck_assert_uint_eq(f->side[0].flags, TCP_ACK | TCP_PSH);
	ck_assert_int_eq(f->side[0].first, RIG_START);
	ck_assert_int_eq(f->side[0].last, RIG_START + 7 * NS_PER_MS);
	ck_assert_int_eq(f->end, RIG_START + 7 * NS_PER_MS);
	ck_assert_uint_eq(f->last_frame.frame, 2);
}
END_TEST

START_TEST(an_error_about_a_later_fragment)
{
	struct bytes error;

	send(0, 1, 0, 400);
	send(1, 1, 400, message.n);
	put_icmp_error(&error, ROUTER, 3, 13, &r.b, 8);
	r.b = error;
	rig_send(&r, 20);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->undecoded_n, 0);
	ck_assert_uint_eq(rig_closed(&r, 0)->icmp_n, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->icmp[0].side, 0);
}
END_TEST

/* Half-datagrams without end: the oldest go, the flow that they are of keeps its count. */
/* The Ethernet frame at hand as one part of an A-MSDU: IEEE 802.11, section 9.3.2.2.2. */
static void put_msdu(struct bytes *frame)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 3, 0, 0, 0 };

	while ((frame->n + 2) % 4) /* behind a header of 26 bytes */
		put8(frame, 0);
	put_bytes(frame, r.b.b, 12);
	put16(frame, (unsigned)(sizeof(snap) + r.b.n - 12));
	put_bytes(frame, snap, sizeof(snap));
	put_bytes(frame, r.b.b + 12, r.b.n - 12);
}

/* The datagram is whole by the first part of a frame of 802.11; what stands beside it is read all the same. */
START_TEST(the_last_one_has_company)
{
	static struct bytes frame;
	const struct ip other = { .from = PHONE, .to = ROUTER };
	static const uint8_t header[] = { 0x88, 0, 0, 0, 2, 0, 0, 0, 0, SERVER, 2, 0, 0, 0, 0, PHONE,
					  2, 0, 0, 0, 0, ROUTER, 0, 0, 0x80, 0 };
	enum { LINK_80211 = 105 };

	send(0, 1, 0, 400);
	frame.n = 0;
	put_bytes(&frame, header, sizeof(header));
	build(1, false, (struct cut){ 400, message.n }, PROTO_UDP);
	put_msdu(&frame);
	put_udp(&r.b, &other, 4000, 5000, 0, "beside", 6);
	put_msdu(&frame);
	struct frame f = frame_of(&frame, RIG_START + NS_PER_MS, ++r.frames);
	f.link_type = LINK_80211;
	sensor_frame(r.s, &f);
	ck_assert_uint_eq(end()->flows, 2);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 2);
	ck_assert_uint_eq(facts(FACT_SIP), 1);
	ck_assert_uint_eq(rig_closed(&r, 1)->port[1], 5000);
	ck_assert_uint_eq(rig_closed(&r, 1)->side[0].payload, 6);
}
END_TEST

START_TEST(flood)
{
	for (unsigned i = 0; i < FRAGMENT_DATAGRAMS + 100; i++)
		send(i / 100, (uint16_t)i, 0, 400);
	send(100, 5000, 0, 400);
	send(101, 5000, 400, message.n);
	const struct obs_end *e = end();
	ck_assert_uint_eq(count_of(e->evicted, e->evicted_n, "fragments"), 101);
	ck_assert_uint_eq(undecoded(e, "fragments-incomplete"), FRAGMENT_DATAGRAMS - 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, FRAGMENT_DATAGRAMS + 102);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].unassembled, 255);
	ck_assert_uint_eq(facts(FACT_SIP), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		in_order, any_order, first_comes_last, ipv6, copies_are_no_overlap, a_number_may_come_again,
		overlaps_are_thrown_away, what_is_missing_is_said, too_large, too_many, cut_by_the_snap_length, a_copy_that_was_cut,
		tiny_first_fragment_of_a_segment, tiny_first_fragment_begins_a_flow,
		an_error_about_a_later_fragment, the_last_one_has_company, flood,
	};
	Suite *s = suite_create("sensor_fragment");
	TCase *c = tcase_create("fragments");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return rig_run(s);
}
