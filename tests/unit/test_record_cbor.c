/*
 * Records as a CBOR sequence: every field of every type written and read back, as JSON has it; what others may write; and
 * garbage. tests/cli/cbor.py has another decoder read it.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/cbor_seq.h"
#include "record/json.h"
#include "record_fixture.h"
#include "record_walk.h"

/* From an exact copy on the heap: the sanitizer sees a read one byte too far. */
static int read_obs(struct fixture *t, struct span in, struct obs *o, size_t *n)
{
	uint8_t *p = malloc(in.n ? in.n : 1);
	ck_assert_ptr_nonnull(p);
	if (in.n)
		memcpy(p, in.p, in.n);
	int err = cbor_read_obs((struct span){ p, in.n }, 0, &t->read, o, n, t->why, WHY);
	free(p);
	return err;
}

START_TEST(observations_come_back)
{
	struct fixture t;
	struct obs back;
	size_t n = 0;

	set_up(&t);
	for (int mode = 0; mode < WALK_MODES; mode++) {
		struct obs o = walk_obs(&t.made, _i, (enum walk_mode)mode);
		wr_reset(&t.first);
		wr_reset(&t.second);
		cbor_write_obs(&t.first, &o);
		int err = read_obs(&t, text_of(&t.first), &back, &n);
		ck_assert_msg(err == 0, "%s", t.why);
		ck_assert_int_eq(back.type, o.type);
		ck_assert_uint_eq(n, t.first.n);
		walk_equal(&obs_records[o.type], &o.start, &back.start);
		cbor_write_obs(&t.second, &back);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
		wr_reset(&t.first);
		wr_reset(&t.second);
		json_write_obs(&t.first, &o);
		json_write_obs(&t.second, &back);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
	}
	tear_down(&t);
}
END_TEST

START_TEST(results_come_back)
{
	struct fixture t;
	struct result back;
	size_t n = 0;

	set_up(&t);
	for (int mode = 0; mode < WALK_MODES; mode++) {
		struct result r = walk_result(&t.made, _i, (enum walk_mode)mode);
		wr_reset(&t.first);
		wr_reset(&t.second);
		cbor_write_result(&t.first, &r);
		int err = cbor_read_result(text_of(&t.first), 0, &t.read, &back, &n, t.why, WHY);
		ck_assert_msg(err == 0, "%s", t.why);
		ck_assert_int_eq(back.type, r.type);
		ck_assert_uint_eq(n, t.first.n);
		walk_equal(&result_records[r.type], &r.run, &back.run);
		cbor_write_result(&t.second, &back);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
	}
	tear_down(&t);
}
END_TEST

/* What is cut is not half taken, and its extent is known as soon as the last byte is there and not before. */
START_TEST(every_cut_is_noticed)
{
	struct fixture t;
	struct cbor_extent e = { .at = 0 };
	struct obs o, back = { .type = OBS_TYPES };
	size_t n = 7;

	set_up(&t);
	o = walk_obs(&t.made, _i, WALK_DISTINCT);
	cbor_write_obs(&t.first, &o);
	for (size_t cut = 0; cut < t.first.n; cut++) {
		struct span part = { (const uint8_t *)t.first.p, cut };
		t.why[0] = 0;
		ck_assert_int_eq(read_obs(&t, part, &back, &n), -EAGAIN);
		ck_assert_ptr_nonnull(strstr(t.why, "the input ends inside a record"));
		ck_assert_int_eq(cbor_extent(&e, part, &n), 0);
		arena_reset(&t.read);
	}
	ck_assert_int_eq(back.type, OBS_TYPES);
	ck_assert_uint_eq(n, 7);
	ck_assert_int_eq(cbor_extent(&e, text_of(&t.first), &n), 1);
	ck_assert_uint_eq(n, t.first.n);
	tear_down(&t);
}
END_TEST

START_TEST(no_memory_is_an_error)
{
	struct fixture t;
	struct arena small;
	struct wr narrow;
	struct result r, back = { .type = RESULT_TYPES };
	size_t n = 7;

	set_up(&t);
	r = walk_result(&t.made, RESULT_FINDING, WALK_DISTINCT);
	cbor_write_result(&t.first, &r);
	for (size_t max = 0; max < 1000; max += 50) {
		arena_init(&small, max);
		ck_assert_int_eq(cbor_read_result(text_of(&t.first), 0, &small, &back, &n, t.why, WHY), -ENOMEM);
		ck_assert_int_eq(back.type, RESULT_TYPES);
		ck_assert_uint_eq(n, 7);
		arena_free(&small);
	}
	for (size_t max = 0; max < t.first.n; max++) {
		wr_init(&narrow, max);
		cbor_write_result(&narrow, &r);
		ck_assert(narrow.failed);
		wr_free(&narrow);
	}
	tear_down(&t);
}
END_TEST

static const uint8_t a_host[] =
	"\xa7\x64type\x64host\x64kind\x63"
	"arp\x64time\x1b\x17\x97\x9c\xfe\x36\x2a\x00\x01\x65"
	"frame\xa2\x67"
	"capture\x00\x65"
	"frame\x18\x18\x67"
	"address\xd8\x34\x44\xc0\x00\x02\x01\x63"
	"mac\xd8\x30\x46\x00\x90\x7a\x01\x02\x03\x69"
	"resolvers\x81\xd8\x36\x50\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01";

/* Appendix A of RFC 8949, section 5 of RFC 9164 and section 2.4 of RFC 9542, by hand. */
START_TEST(a_record_as_it_is)
{
	static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct fixture t;
	struct obs o = { .type = OBS_HOST };

	set_up(&t);
	o.host = (struct obs_host){ .kind = HOST_ARP,
				    .time = INT64_C(1700000000000000001),
				    .frame = { .frame = 24 },
				    .addr = addr_v4(0xc0000201),
				    .mac = { { 0x00, 0x90, 0x7a, 1, 2, 3 } },
				    .resolvers = { addr_v6(v6) },
				    .resolvers_n = 1 };
	cbor_write_obs(&t.first, &o);
	ck_assert_uint_eq(t.first.n, sizeof(a_host) - 1);
	ck_assert_mem_eq(t.first.p, a_host, t.first.n);
	tear_down(&t);
}
END_TEST

START_TEST(numbers_as_they_are)
{
	struct fixture t;
	struct result r = { .type = RESULT_FLOW };
	static const char both[] = "\x66rtt_ms\x82\x0c\xfb\x40\x28\xb0\xa3\xd7\x0a\x3d\x71"; /* 12, 12.345 */

	set_up(&t);
	r.flow.rtt_us[0] = 12000;
	r.flow.rtt_us[1] = 12345;
	r.flow.start = -1; /* before 1970 */
	cbor_write_result(&t.first, &r);
	ck_assert_ptr_nonnull(memmem(t.first.p, t.first.n, both, sizeof(both) - 1));
	ck_assert_ptr_nonnull(memmem(t.first.p, t.first.n, "\x65start\x20", 7));
	tear_down(&t);
}
END_TEST

/* Every number of microseconds survives as a double of milliseconds. */
START_TEST(milliseconds_come_back)
{
	struct fixture t;
	struct result r = { .type = RESULT_FLOW }, back;
	size_t n;

	set_up(&t);
	for (uint64_t us = 1; us <= UINT32_MAX; us += us / 97 + 1) {
		wr_reset(&t.first);
		arena_reset(&t.read);
		r.flow.rtt_us[1] = (uint32_t)us;
		cbor_write_result(&t.first, &r);
		ck_assert_int_eq(cbor_read_result(text_of(&t.first), 0, &t.read, &back, &n, t.why, WHY), 0);
		ck_assert_uint_eq(back.flow.rtt_us[1], us);
	}
	tear_down(&t);
}
END_TEST

#define C(s) { (const uint8_t *)(s), sizeof(s) - 1 }

/* Other forms of the same: lengths that are not the shortest, indefinite ones, other order, fields we do not know. */
START_TEST(what_others_write)
{
	static const struct span forms[] = {
		C("\xa2\x64type\x64tick\x64time\x01"),
		C("\xa2\x64time\x01\x64type\x64tick"),
		C("\xbf\x64type\x64tick\x64time\x1b\0\0\0\0\0\0\0\1\xff"),
		C("\xb8\x02\x78\x04type\x79\0\x04tick\x64time\x18\x01"),
		C("\xd9\xd9\xf7\xa2\x64type\x64tick\x64time\x01"),
		C("\xa3\x63new\xa1\x61x\x82\xd8\x20\x61y\xbf\xff\x64type\x64tick\x64time\x01"),
		C("\xa6\x64type\x64tick\x61" "a\xf6\x61" "b\xf7\x61" "c\xfb\0\0\0\0\0\0\0\0\x61" "d\x7f\x61x\x61y\xff\x64time\x01"),
		C("\xa3\x64type\x64tick\x64time\x01\x61x\x9f\x9f\x9f\xff\xff\x01\xff"),
	};
	struct fixture t;
	struct obs o;
	size_t n;

	set_up(&t);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		n = 0;
		ck_assert_msg(read_obs(&t, forms[i], &o, &n) == 0, "%zu: %s", i, t.why);
		ck_assert_uint_eq(n, forms[i].n);
		ck_assert_int_eq(o.type, OBS_TICK);
		ck_assert_int_eq(o.tick.time, 1);
	}
	tear_down(&t);
}
END_TEST

/* The first kind decides what the fields are; a second one must not reinterpret them. Null is as good as absent. */
START_TEST(a_fact_has_one_kind)
{
	static const struct span in = C("\xa5\x64type\x64" "fact\x66" "cipher\x19\x13\x01\x64kind\x6atls-server\x64kind"
					"\x6atls-client\x64time\xf6");
	struct fixture t;
	struct obs o;
	size_t n;

	set_up(&t);
	ck_assert_msg(read_obs(&t, in, &o, &n) == 0, "%s", t.why);
	ck_assert_int_eq(o.fact.fact.kind, FACT_TLS_SERVER);
	ck_assert_uint_eq(o.fact.fact.tls_server.cipher, 0x1301);
	tear_down(&t);
}
END_TEST

START_TEST(hostile_bytes_are_text)
{
	struct fixture t;
	struct obs o = { .type = OBS_CAPTURE }, back;
	size_t n;

	set_up(&t);
	o.capture.name = SPAN("a\xff\\x41\"");
	cbor_write_obs(&t.first, &o);
	ck_assert_ptr_nonnull(memmem(t.first.p, t.first.n, "\x6d" "a\\xff\\x5cx41\"", 14));
	ck_assert_int_eq(read_obs(&t, text_of(&t.first), &back, &n), 0);
	ck_assert(span_eq(back.capture.name, o.capture.name));
	tear_down(&t);
}
END_TEST

START_TEST(garbage_is_refused_with_a_reason)
{
	static const struct {
		struct span in;
		const char *why;
	} v[] = {
		{ C("\x01"), "byte 0: no CBOR map: observations are one map each" },
		{ C("\x82\x01\x02"), "byte 0: no CBOR map" },
		{ C("\xd8\x34\xa0"), "byte 0: no CBOR map" },
		{ C("\xa0"), "no \"type\"" },
		{ C("\xa1\x64type\x63run"), "byte 0: type \"run\" is not one of observations" },
		{ C("\xa1\x64type\x07"), "byte 6: a text expected" },
		{ C("\xa1\x07\x07"), "byte 1: a text expected" },
		{ C("\xa1\x64type\x7f\x64tick\xff"), "byte 6: a text expected" },
		{ C("\xa2\x64type\x64tick\x64time\x61x"), "byte 16: time: not a time in nanoseconds since 1970" },
		{ C("\xa2\x64type\x64tick\x64time\x1b\x80\0\0\0\0\0\0\0"), "time: not a time" },
		{ C("\xa2\x64type\x64tick\x64time\x3b\x80\0\0\0\0\0\0\0"), "time: not a time" },
		{ C("\xa2\x64type\x64tick\x61x\x1c"), "byte 13: no CBOR" },
		{ C("\xa2\x64type\x64tick\x61x\xff"), "byte 13: no CBOR" },
		{ C("\xa2\x64type\x64tick\x61x\xbf\x01\xff"), "byte 13: no CBOR" },
		{ C("\xa2\x64type\x64tick\x61x\x7f\x01\xff"), "byte 13: no CBOR" },
		{ C("\xa2\x64type\x64tick\x61x\x81\x81\x81\x81\x81\x81\x81\x81\x81\x01"), "nested deeper than 8" },
		{ C("\xa2\x64type\x64tick\x61x\xc1\xc1\xc1\xc1\xc1\xc1\xc1\xc1\xc1\x01"), "nested deeper than 8" },
		{ C("\xa2\x64type\x66window\x69interface\x1b\0\0\0\1\0\0\0\0"), "interface: number too large" },
		{ C("\xa2\x64type\x66window\x69interface\x20"), "byte 23: interface: not a whole number" },
		{ C("\xa2\x64type\x66window\x69interface\xfa\0\0\0\0"), "interface: not a whole number" },
		{ C("\xa2\x64type\x65" "break\x67step_ns\x1b\x80\0\0\0\0\0\0\0"), "step_ns: not a whole number" },
		{ C("\xa2\x64type\x65" "break\x64kind\x65" "flood"), "kind: \"flood\" is not one of its values" },
		{ C("\xa2\x64type\x64host\x67" "address\x44\1\2\3\4"), "byte 19: address: not an address" },
		{ C("\xa2\x64type\x64host\x67" "address\xd8\x34\x43\1\2\3"), "address: not an address" },
		{ C("\xa2\x64type\x64host\x67" "address\xd8\x36\x44\1\2\3\4"), "address: not an address" },
		{ C("\xa2\x64type\x64host\x67" "address\xd8\x34\x82\x18\x18\x43\1\2\3"), "address: not an address" },
		{ C("\xa2\x64type\x64host\x63mac\xd8\x30\x45\1\2\3\4\5"), "byte 15: mac: not a MAC address" },
		{ C("\xa2\x64type\x64host\x63ntp\x85\xd8\x34\x44\1\2\3\4\xd8\x34\x44\1\2\3\4\xd8\x34\x44\1\2\3\4"
		    "\xd8\x34\x44\1\2\3\4\xd8\x34\x44\1\2\3\4"), "ntp: more elements" },
		{ C("\xa2\x64type\x65" "event\x65" "frame\x1b\0\1\0\0\0\0\0\0"), "frame: number too large" },
		{ C("\xa2\x64type\x63" "end\x68" "complete\x01"), "true or false expected" },
		{ C("\xa2\x64type\x63" "end\x67" "evicted\xa1\x61" "a\x20"), "evicted: not a whole number" },
		{ C("\xa2\x64type\x63" "end\x67" "evicted\x80"), "a map expected" },
		{ C("\xa2\x64type\x65start\x64tool\x61\xff"), "byte 17: a text that is not UTF-8" },
		{ C("\xa2\x64type\x65start\x64tool\x41x"), "byte 17: a text expected" },
		{ C("\xa2\x64type\x65start\x64tool\xbf\x01\x02\xff"), "a text expected" },
	};
	struct fixture t;
	struct obs o = { .type = OBS_TYPES };
	size_t n = 7;

	set_up(&t);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		int err = read_obs(&t, v[i].in, &o, &n);
		ck_assert_msg(err == -EINVAL, "%zu (%s): %d %s", i, v[i].why, err, t.why);
		ck_assert_msg(strstr(t.why, v[i].why) != NULL, "%s: %s", v[i].why, t.why);
		ck_assert_int_eq(o.type, OBS_TYPES); /* untouched */
		ck_assert_uint_eq(n, 7);
	}
	tear_down(&t);
}
END_TEST

/* Lengths that nothing follows cost nothing: the bytes are not there yet. */
START_TEST(lengths_are_not_believed)
{
	static const struct span heads[] = {
		C("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"),
		C("\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x64type\x64tick"),
		C("\xa2\x64type\x64tick\x61x\x9b\0\0\0\0\x10\0\0\0"),
		C("\xa2\x64type\x64tick\x61x\x7b\xff\xff\xff\xff\xff\xff\xff\xff"),
		C("\xa2\x64type\x65start\x64tool\x7b\xff\xff\xff\xff\xff\xff\xff\xfe"),
		C("\xa2\x64type\x64host\x68vendor\x1b\0"),
	};
	struct fixture t;
	struct obs o;
	size_t n;

	set_up(&t);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		int err = read_obs(&t, heads[i], &o, &n);
		ck_assert_msg(err == -EAGAIN, "%zu: %d %s", i, err, t.why);
		ck_assert_uint_lt(t.read.used, 1000);
	}
	tear_down(&t);
}
END_TEST

START_TEST(a_record_has_a_limit)
{
	static const char head[] = "\xa2\x64type\x64tick\x61x\x5a";
	enum { HEAD = sizeof(head) - 1 + 4 };
	struct fixture t;
	struct obs o;
	size_t n = 0;
	uint8_t *p = calloc(1, CBOR_OBS_MAX + 1);

	set_up(&t);
	ck_assert_ptr_nonnull(p);
	memcpy(p, head, sizeof(head) - 1);
	for (uint32_t more = 0; more < 2; more++) {
		uint32_t v = CBOR_OBS_MAX - HEAD + more;
		for (unsigned i = 0; i < 4; i++)
			p[sizeof(head) - 1 + i] = (uint8_t)(v >> (24 - 8 * i));
		int err = read_obs(&t, (struct span){ p, (size_t)HEAD + v }, &o, &n);
		ck_assert_int_eq(err, more ? -EINVAL : 0);
	}
	ck_assert_ptr_nonnull(strstr(t.why, "longer than 1024 KiB"));
	ck_assert_uint_eq(n, CBOR_OBS_MAX);
	free(p);
	tear_down(&t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("record_cbor");
	TCase *c = tcase_create("record_cbor");

	tcase_add_loop_test(c, observations_come_back, 0, WALK_OBS);
	tcase_add_loop_test(c, results_come_back, 0, RESULT_TYPES);
	tcase_add_loop_test(c, every_cut_is_noticed, 0, WALK_OBS);
	tcase_add_test(c, no_memory_is_an_error);
	tcase_add_test(c, a_record_as_it_is);
	tcase_add_test(c, numbers_as_they_are);
	tcase_add_test(c, milliseconds_come_back);
	tcase_add_test(c, what_others_write);
	tcase_add_test(c, a_fact_has_one_kind);
	tcase_add_test(c, hostile_bytes_are_text);
	tcase_add_test(c, garbage_is_refused_with_a_reason);
	tcase_add_test(c, lengths_are_not_believed);
	tcase_add_test(c, a_record_has_a_limit);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
