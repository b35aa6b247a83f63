/*
 * TCP streams on their way to a dissector: order, holes, cuts, skipping. The dissector here is a toy. Its messages are
 * 'T', a length and text, and each becomes a label; 'B' and a length mean that so many bytes are of no interest; 'L'
 * and a length, that it must see so many at once. After a gap it looks for the next 'T'.
 */
#include <stdlib.h>

#include "sensor_rig.h"

enum { CLIENT = 10, SERVER = 20 };

struct toy {
	unsigned calls, gaps;
	bool lost;
};

static unsigned toy_calls, toy_gaps; /* of the flow that was fed last; each test is a process of its own */

static enum dissector_match toy_recognise(const struct dissector_input *in)
{
	int first = rd_peek(&in->bytes, 0), second = rd_peek(&in->bytes, 1);

	if (first != 'T' && first != 'B')
		return MATCH_NO;
	return second < 0 ? MATCH_MAYBE : MATCH_YES;
}

static void toy_say(const struct dissector_input *in, const struct fact_sink *out, struct span text)
{
	struct fact f = { .kind = FACT_LABEL, .side = in->side };

	f.label.application = text;
	f.label.how = in->side ? SPAN("server") : SPAN("client");
	out->fact(out->ctx, &f);
	out->mark(out->ctx, MARK_LOGIN, in->side, 0, 0, 0);
}

static uint64_t toy_feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct toy *t = state;
	struct rd r = in->bytes;
	uint64_t want = in->offset;

	toy_calls = ++t->calls;
	toy_gaps = t->gaps += in->gap;
	t->lost = t->lost || in->gap;
	while (t->lost && rd_peek(&r, 0) >= 0 && rd_peek(&r, 0) != 'T') {
		rd_skip(&r, 1);
		want++;
	}
	t->lost = t->lost && !rd_more(&r);
	while (rd_more(&r)) {
		uint8_t kind = rd_u8(&r);
		if (kind == 'B') {
			uint16_t n = rd_u16(&r);
			if (r.err)
				return want;
			want += 3 + n;
			if (n >= r.len)
				return want;
			rd_skip(&r, n);
			continue;
		}
		if (kind == 'L') {
			uint16_t n = rd_u16(&r);
			rd_skip(&r, n);
			if (r.err)
				return want;
			want += 3 + n;
			continue;
		}
		struct rd body = rd_sub8(&r);
		if (kind != 'T')
			return DISSECTOR_DONE;
		if (r.err || body.cap < body.len)
			return want;
		toy_say(in, out, rd_rest(&body));
		want += 2 + body.len;
	}
	return want;
}

static const struct dissector toy = {
	.name = "TOY", .title = "a toy", .spec = "none", .over = OVER_TCP, .state_size = sizeof(struct toy),
	.recognise = toy_recognise, .feed = toy_feed,
};
static const struct dissector *const registry[] = { &toy };

static struct rig r;

static void setup(void)
{
	rig_open_with(&r, NULL, registry, 1);
	rig_segment(&r, 0, CLIENT, SERVER, TCP_SYN, 99, 0, NULL, 0);
	rig_segment(&r, 1, SERVER, CLIENT, TCP_SYN | TCP_ACK, 499, 100, NULL, 0);
	rig_segment(&r, 2, CLIENT, SERVER, TCP_ACK, 100, 500, NULL, 0);
}

static void teardown(void)
{
	rig_close(&r);
}

static void client(uint32_t offset, const char *data)
{
	rig_segment(&r, 10 + r.id, CLIENT, SERVER, TCP_ACK, 100 + offset, 500, data, strlen(data));
}

static void server_acks(uint32_t offset)
{
	rig_segment(&r, 10 + r.id, SERVER, CLIENT, TCP_ACK, 500, 100 + offset, NULL, 0);
}

/* The labels of the flow, in order, must be these words, separated by a space. */
static void expect(const char *words)
{
	struct wr got;

	sensor_end(r.s, true);
	wr_init(&got, 1000);
	for (size_t i = 0; rig_obs(&r, OBS_FACT, i); i++) {
		if (i)
			wr_char(&got, ' ');
		wr_span(&got, rig_obs(&r, OBS_FACT, i)->fact.fact.label.application);
	}
	wr_char(&got, 0);
	ck_assert_str_eq(got.p, words);
	wr_free(&got);
	ck_assert_uint_eq(r.s->streams.stream.in_use, 0);
	ck_assert_uint_eq(r.s->streams.prefix.in_use, 0);
	ck_assert_uint_eq(r.s->streams.state[0].in_use, 0);
}

START_TEST(in_order)
{
	client(0, "T\3oneT\3two");
	client(10, "T\5three");
	rig_segment(&r, 99, SERVER, CLIENT, TCP_ACK, 500, 117, "T\4four", 6);
	expect("one two three four");
	ck_assert_uint_eq(rig_obs(&r, OBS_FACT, 3)->fact.fact.side, 1);
	ck_assert_uint_eq(toy_gaps, 0);
	ck_assert_ptr_nonnull(rig_event(&r, EV_LOGIN, 3));
}
END_TEST

START_TEST(byte_by_byte)
{
	static const char *const text = "T\3oneT\3two";

	for (uint32_t i = 0; i < 10; i++) {
		char one[2] = { text[i], 0 };
		client(i, one);
	}
	expect("one two");
}
END_TEST

START_TEST(out_of_order_and_repeated)
{
	client(0, "T\3on");
	client(10, "T\5three");
	client(7, "two");
	client(4, "eT\3two");
	client(0, "T\3on");
	client(4, "eT\3twoT\5three");
	client(17, "T\4four");
	expect("one two three four");
	ck_assert_uint_eq(toy_gaps, 0);
}
END_TEST

START_TEST(what_was_acknowledged_does_not_come)
{
	client(0, "T\3one");
	client(10, "T\5three"); /* 5 to 10 did not pass here */
	server_acks(17);
	client(17, "T\4four");
	expect("one three four");
	ck_assert_uint_eq(toy_gaps, 1);
}
END_TEST

START_TEST(what_nobody_acknowledged_may_still_come)
{
	client(0, "T\3one");
	client(10, "T\5three");
	client(17, "T\4four");
	server_acks(5);
	client(5, "T\3two");
	expect("one two three four");
	ck_assert_uint_eq(toy_gaps, 0);
}
END_TEST

START_TEST(bulk_is_not_looked_at)
{
	client(0, "T\3oneB\xff\x01xxxxxxxx"); /* 0xff01 bytes of no interest */
	for (uint32_t at = 16; at < 8 + 0xff01; at += 1000) {
		static const char bulk[1000];
		uint32_t left = 8 + 0xff01 - at;
		rig_segment(&r, 100 + at, CLIENT, SERVER, TCP_ACK, 100 + at, 500, bulk, left < 1000 ? left : 1000);
	}
	client(8 + 0xff01, "T\3two");
	expect("one two");
	ck_assert_uint_eq(toy_calls, 2);
	ck_assert_uint_eq(toy_gaps, 0);
}
END_TEST

START_TEST(a_cut_frame_is_a_gap)
{
	struct ip ip = { .from = CLIENT, .to = SERVER, .id = 900 };
	struct tcp_header t = { 1000 + CLIENT, 1000 + SERVER, 100, 500, TCP_ACK, 9 };
	static const char data[300] = "T\3oneT\xf0hidden";

	put_tcp(&r.b, &ip, &t, data, sizeof(data));
	rig_send_cut(&r, 20, 54 + 40);
	client(300, "T\3two");
	expect("one two");
	ck_assert_uint_eq(toy_gaps, 1);
}
END_TEST

START_TEST(a_message_that_does_not_fit)
{
	static char data[1000];

	client(0, "T\3oneL\x17\x70"); /* 6,000 bytes at once: more than is ever kept */
	for (uint32_t i = 0; i < 6; i++)
		rig_segment(&r, 20 + i, CLIENT, SERVER, TCP_ACK, 108 + i * 1000, 500, data, sizeof(data));
	client(6008, "T\3two");
	expect("one two");
	ck_assert_uint_eq(toy_gaps, 1);
}
END_TEST

START_TEST(a_message_that_just_fits)
{
	static char data[1024];

	client(0, "T\3oneL\x0f\xfd"); /* 4,096 bytes with its head */
	for (uint32_t i = 0; i < 3; i++)
		rig_segment(&r, 20 + i, CLIENT, SERVER, TCP_ACK, 108 + i * 1024, 500, data, 1024);
	memcpy(data + 1021, "T\3\0", 3);
	rig_segment(&r, 29, CLIENT, SERVER, TCP_ACK, 108 + 3 * 1024, 500, data, 1023);
	client(4 * 1024 + 7, "two");
	expect("one two");
	ck_assert_uint_eq(toy_gaps, 0);
}
END_TEST

START_TEST(a_long_frame_with_a_beginning_at_its_end)
{
	static const char text[0xf0];
	struct bytes b;

	/* as cards hand them over: many messages in one frame, the last one incomplete */
	b.n = 0;
	for (unsigned i = 0; i < 20; i++) {
		put_bytes(&b, "T\xf0", 2);
		put_bytes(&b, text, sizeof(text));
	}
	put_bytes(&b, "T\5la", 4);
	rig_segment(&r, 20, CLIENT, SERVER, TCP_ACK, 100, 500, b.b, b.n);
	client((uint32_t)b.n, "ter");
	sensor_end(r.s, true);
	ck_assert_uint_eq(toy_gaps, 0);
	ck_assert(span_eq(rig_obs(&r, OBS_FACT, rig_count(&r, OBS_FACT) - 1)->fact.fact.label.application, SPAN("later")));
}
END_TEST

START_TEST(unknown_bytes_cost_nothing_more)
{
	client(0, "GET / HTTP/1.1");
	rig_segment(&r, 50, SERVER, CLIENT, TCP_ACK, 500, 114, "HTTP/1.1 200", 12);
	ck_assert_uint_eq(r.s->streams.stream.in_use, 0);
	client(14, "T\3one");
	expect("");
}
END_TEST

START_TEST(the_other_side_is_recognised)
{
	client(0, "what?");
	rig_segment(&r, 50, SERVER, CLIENT, TCP_ACK, 500, 105, "T\3one", 5);
	client(5, "T\3two");
	expect("one two");
}
END_TEST

START_TEST(the_middle_of_a_stream)
{
	rig_segment(&r, 50, 31, 30, TCP_ACK, 7000, 1, "T\3one", 5);
	rig_segment(&r, 51, 31, 30, TCP_ACK, 7005, 1, "T\3two", 5);
	expect("one two");
	ck_assert_uint_eq(toy_gaps, 1); /* whatever came before */
}
END_TEST

START_TEST(one_way_capture)
{
	rig_segment(&r, 50, 31, 30, TCP_SYN, 6999, 0, NULL, 0);
	rig_segment(&r, 51, 31, 30, TCP_ACK, 7000, 1, "T\3one", 5);
	rig_segment(&r, 52, 31, 30, TCP_ACK, 7010, 1, "T\3two", 5); /* nobody will say whether 7005 arrived */
	expect("one two");
}
END_TEST

START_TEST(no_prefix_left)
{
	static const struct sensor_limits few = { .streams = 1 };

	rig_close(&r);
	rig_open_with(&r, &few, registry, 1);
	for (unsigned i = 0; i < 4; i++) {
		rig_segment(&r, i, 40 + i, SERVER, TCP_ACK, 100, 1, "T\7hal", 5);
		rig_segment(&r, i, 40 + i, SERVER, TCP_ACK, 105, 1, "f", 1);
	}
	ck_assert_uint_eq(r.s->streams.prefix.in_use, 2);
	expect("");
	ck_assert_uint_gt(r.s->streams.refused, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		in_order,
		byte_by_byte,
		out_of_order_and_repeated,
		what_was_acknowledged_does_not_come,
		what_nobody_acknowledged_may_still_come,
		bulk_is_not_looked_at,
		a_cut_frame_is_a_gap,
		a_message_that_does_not_fit,
		a_long_frame_with_a_beginning_at_its_end,
		a_message_that_just_fits,
		unknown_bytes_cost_nothing_more,
		the_other_side_is_recognised,
		the_middle_of_a_stream,
		one_way_capture,
		no_prefix_left,
	};
	Suite *s = suite_create("sensor_stream");
	TCase *c = tcase_create("stream");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return rig_run(s);
}
