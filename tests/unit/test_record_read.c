/* Reading records that we did not write: other order, other space, unknown fields, garbage. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/time.h"
#include "record/json.h"
#include "record/utf8.h"

enum { ARENA = 4 << 20 };

static int read_obs(struct span line, struct arena *a, struct obs *o, char why[160])
{
	/* An exact copy on the heap: the sanitizer sees a read one byte too far. */
	uint8_t *p = malloc(line.n ? line.n : 1);
	ck_assert_ptr_nonnull(p);
	if (line.n)
		memcpy(p, line.p, line.n);
	int err = json_read_obs((struct span){ p, line.n }, a, o, why, 160);
	free(p);
	return err;
}

START_TEST(unknown_fields_are_skipped)
{
	static const char line[] =
	        " { \"new\" : {\"a\":[1,-2.5e+3,{\"b\":null}],\"c\":\"\\\"}\"} , \"type\":\"tick\" , \"x\":[],\n"
	        "\"time\":\"2023-11-14T22:13:20.000000001Z\",\"y\":{},\"z\":true}\r\n";
	struct arena a;
	struct obs o;
	char why[160];

	arena_init(&a, ARENA);
	ck_assert_msg(read_obs(span_of(line), &a, &o, why) == 0, "%s", why);
	ck_assert_int_eq(o.type, OBS_TICK);
	ck_assert_int_eq(o.tick.time, INT64_C(1700000000000000001));
	arena_free(&a);
}
END_TEST

START_TEST(order_does_not_matter)
{
	struct arena a;
	struct obs o;
	char why[160];

	arena_init(&a, ARENA);
	ck_assert_int_eq(
	        read_obs(SPAN("{\"alpn\":[\"h2\"],\"flow\":7,\"kind\":\"tls-client\",\"side\":0,\"sni\":\"a.example\","
	                      "\"type\":\"fact\",\"version\":\"1.3\"}"),
	                 &a, &o, why),
	        0);
	ck_assert_int_eq(o.fact.fact.kind, FACT_TLS_CLIENT);
	ck_assert_uint_eq(o.fact.fact.tls_client.alpns, 1);
	ck_assert(span_eq(o.fact.fact.tls_client.sni, SPAN("a.example")));
	ck_assert_uint_eq(o.fact.fact.tls_client.version, 0x0304);
	arena_free(&a);
}
END_TEST

/* The first kind decides what the fields are; a second one must not reinterpret them. */
START_TEST(a_fact_has_one_kind)
{
	struct arena a;
	struct obs o;
	char why[160];

	arena_init(&a, ARENA);
	ck_assert_int_eq(read_obs(SPAN("{\"type\":\"fact\",\"kind\":\"tls-server\",\"cipher\":4865,"
	                               "\"kind\":\"tls-client\"}"),
	                          &a, &o, why),
	                 0);
	ck_assert_int_eq(o.fact.fact.kind, FACT_TLS_SERVER);
	ck_assert_uint_eq(o.fact.fact.tls_server.cipher, 4865);
	arena_free(&a);
}
END_TEST

START_TEST(strings_become_the_bytes_they_were)
{
	static const struct {
		const char *json, *bytes;
		size_t n;
	} v[] = {
		{ "\"a\\\\x00b\"", "a\0b", 3 },
		{ "\"\\\\x5cx41\"", "\\x41", 4 }, /* an escaped backslash does not begin another escape */
		{ "\"\\\\x4\"", "\\x4", 3 },      /* no such escape: as it stands */
		{ "\"\\\\xZZ\\\\\"", "\\xZZ\\", 5 },
		{ "\"\\u0041\\u00e9\"", "A\xc3\xa9", 3 },
		{ "\"\\ud83d\\udd27\\/\\b\"", "\xf0\x9f\x94\xa7/\b", 6 },
		{ "\"\\\\xC3\\\\xa9\"", "\xc3\xa9", 2 },
	};
	struct arena a;
	struct obs o;
	char why[160], line[200];

	arena_init(&a, ARENA);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(line, sizeof(line), "{\"type\":\"capture\",\"name\":%s}", v[i].json);
		ck_assert_msg(read_obs(span_of(line), &a, &o, why) == 0, "%s: %s", line, why);
		ck_assert_msg(span_eq(o.capture.name, (struct span){ (const uint8_t *)v[i].bytes, v[i].n }), "%s",
		              line);
	}
	arena_free(&a);
}
END_TEST

START_TEST(times)
{
	static const struct {
		const char *text;
		int64_t ns;
	} v[] = {
		{ "1677-09-21T00:12:43.145224192Z", INT64_MIN },
		{ "1677-09-22T00:00:00.000000000Z", INT64_MIN + INT64_C(85636854775808) },
		{ "1969-12-31T23:59:59.999999999Z", -1 },
		{ "1970-01-01T00:00:00.000000000Z", 0 },
		{ "2262-04-11T23:47:16.854775807Z", INT64_MAX },
		{ "2023-11-14T23:13:20+01:00", INT64_C(1700000000000000000) },
	};
	static const char *const bad[] = { "1677-09-21T00:12:43.145224191Z",
		                           "2262-04-11T23:47:16.854775808Z",
		                           "2023-02-01T24:00:00.000000000Z",
		                           "2023-02-01T00:00:00.00000000xZ",
		                           "",
		                           "now" };
	struct arena a;
	struct obs o;
	char why[160], line[200];

	arena_init(&a, ARENA);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(line, sizeof(line), "{\"type\":\"tick\",\"time\":\"%s\"}", v[i].text);
		ck_assert_msg(read_obs(span_of(line), &a, &o, why) == 0, "%s: %s", line, why);
		ck_assert_msg(o.tick.time == v[i].ns, "%s: %lld", line, (long long)o.tick.time);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "{\"type\":\"tick\",\"time\":\"%s\"}", bad[i]);
		ck_assert_msg(read_obs(span_of(line), &a, &o, why) == -EINVAL, "%s", line);
		ck_assert_ptr_nonnull(strstr(why, "time: not a time"));
	}
	arena_free(&a);
}
END_TEST

START_TEST(garbage_is_refused_with_a_reason)
{
	static const struct {
		const char *line, *why;
	} v[] = {
		{ "", "byte 1: no JSON object" },
		{ "   ", "no JSON object" },
		{ "\xd4\xc3\xb2\xa1", "byte 1: no JSON object" },
		{ "[]", "no JSON object" },
		{ "{}", "no \"type\"" },
		{ "{\"type\":\"run\"}", "type \"run\" is not one of observations" },
		{ "{\"type\":7}", "byte 9: '\"' expected" },
		{ "{\"type\"", "the line ends where ':' should be" },
		{ "{\"type\":\"ti", "the line ends inside a string" },
		{ "{\"type\":\"tick\"", "the line ends inside a list or map" },
		{ "{\"type\":\"tick\",", "the line ends" },
		{ "{\"type\":\"tick\",}", "'\"' expected" },
		{ "{\"type\":\"tick\"} x", "more text behind the record" },
		{ "{\"type\":\"tick\"}{}", "more text behind the record" },
		{ "{\"type\":\"tick\" \"time\":1}", "',' or '}' expected" },
		{ "{\"type\":\"tick\",\"x\":[1,]}", "a value expected" },
		{ "{\"type\":\"tick\",\"x\":[1}", "',' or ']' expected" },
		{ "{\"type\":\"tick\",\"x\":[[[[[[[[[1]]]]]]]]]}", "nested deeper than 8" },
		{ "{\"type\":\"tick\",\"x\":01}", "a number expected" },
		{ "{\"type\":\"tick\",\"x\":-}", "a number expected" },
		{ "{\"type\":\"tick\",\"x\":1.}", "a number expected" },
		{ "{\"type\":\"tick\",\"x\":tru}", "a value expected" },
		{ "{\"type\":\"tick\",\"x\":\"a\nb\"}", "control byte in a string" },
		{ "{\"type\":\"tick\",\"time\":\"\\ud800\"}", "wrong escape" },
		{ "{\"type\":\"tick\",\"time\":\"\\u12\"}", "wrong escape" },
		{ "{\"type\":\"tick\",\"time\":\"\\q\"}", "wrong escape" },
		{ "{\"type\":\"start\",\"tool\":\"\xff\"}", "not UTF-8" },
		{ "{\"type\":\"window\",\"interface\":4294967296}", "interface: number too large" },
		{ "{\"type\":\"window\",\"interface\":-1}", "interface: not a whole number" },
		{ "{\"type\":\"window\",\"interface\":1.5}", "interface: not a whole number" },
		{ "{\"type\":\"window\",\"interface\":\"1\"}", "a number expected" },
		{ "{\"type\":\"window\",\"packets\":18446744073709551616}", "packets: not a whole number" },
		{ "{\"type\":\"break\",\"step_ns\":9223372036854775808}", "step_ns: not a whole number" },
		{ "{\"type\":\"break\",\"kind\":\"flood\"}", "kind: \"flood\" is not one of its values" },
		{ "{\"type\":\"host\",\"address\":\"10.0.0\"}", "address: not an address" },
		{ "{\"type\":\"host\",\"mac\":\"00:11\"}", "mac: not a MAC address" },
		{ "{\"type\":\"host\",\"ntp\":[\"::1\",\"::2\",\"::3\",\"::4\",\"::5\"]}", "ntp: more elements" },
		{ "{\"type\":\"flow\",\"ends\":[\"::1\",\"::2\",\"::3\"]}", "ends: more elements" },
		{ "{\"type\":\"event\",\"frame\":281474976710656}", "frame: number too large" },
		{ "{\"type\":\"end\",\"complete\":1}", "true or false expected" },
		{ "{\"type\":\"end\",\"evicted\":{\"a\":-1}}", "evicted: not a whole number" },
		{ "{\"type\":\"fact\",\"kind\":\"tls-client\",\"alpn\":{}}", "'[' expected" },
	};
	struct arena a;
	struct obs o = { .type = OBS_TYPES };
	char why[160];

	arena_init(&a, ARENA);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ck_assert_msg(read_obs(span_of(v[i].line), &a, &o, why) == -EINVAL, "%s", v[i].line);
		ck_assert_msg(strstr(why, v[i].why) != NULL, "%s: %s", v[i].line, why);
		ck_assert_int_eq(o.type, OBS_TYPES); /* untouched */
	}
	arena_free(&a);
}
END_TEST

/* Cut at every byte, a record is refused and says so; never half taken. */
START_TEST(every_cut_is_noticed)
{
	static const char line[] =
	        "{\"type\":\"dns\",\"flow\":3,\"client\":\"10.0.0.1\",\"client_mac\":\"00:90:7a:01:02:03\","
	        "\"question\":{\"name\":\"m\\\\xff\",\"type\":1},\"asked\":\"2023-11-14T22:13:20.000000001Z\","
	        "\"chain\":[\"a\",\"b\"],\"addresses\":[{\"address\":\"::1\",\"ttl\":300}],\"truncated\":true}";
	struct arena a;
	struct obs o;
	char why[160];

	arena_init(&a, ARENA);
	for (size_t n = 0; n < sizeof(line) - 1; n++) {
		ck_assert_int_eq(read_obs((struct span){ (const uint8_t *)line, n }, &a, &o, why), -EINVAL);
		ck_assert(why[0] != 0);
	}
	ck_assert_int_eq(read_obs(SPAN(line), &a, &o, why), 0);
	arena_free(&a);
}
END_TEST

START_TEST(a_line_has_a_limit)
{
	struct arena a;
	struct obs o;
	char why[160];
	uint8_t *p = malloc(JSON_OBS_MAX + 1);

	ck_assert_ptr_nonnull(p);
	memset(p, ' ', JSON_OBS_MAX + 1);
	memcpy(p, "{\"type\":\"tick\"}", 15);
	arena_init(&a, ARENA);
	ck_assert_int_eq(json_read_obs((struct span){ p, JSON_OBS_MAX }, &a, &o, why, sizeof(why)), 0);
	ck_assert_int_eq(json_read_obs((struct span){ p, JSON_OBS_MAX + 1 }, &a, &o, why, sizeof(why)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "longer than 1024 KiB"));
	arena_free(&a);
	free(p);
}
END_TEST

/* A list that would not end, and a message buffer as small as may be. */
START_TEST(lists_are_bounded)
{
	enum { ELEMENTS = 70000 };
	struct arena a;
	struct result r;
	struct wr w;
	char why[160];

	wr_init(&w, 1 << 20);
	wr_str(&w, "{\"type\":\"finding\",\"flows\":[0");
	for (int i = 0; i < ELEMENTS; i++)
		wr_str(&w, ",1");
	wr_str(&w, "]}");
	arena_init(&a, ARENA);
	ck_assert_int_eq(json_read_result((struct span){ (uint8_t *)w.p, w.n }, &a, &r, why, sizeof(why)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "flows: more elements"));
	arena_free(&a);
	wr_free(&w);
}
END_TEST

START_TEST(utf8)
{
	static const char *const good[] = { "",
		                            "a",
		                            "\x7f",
		                            "\xc2\x80",
		                            "\xe0\xa0\x80",
		                            "\xed\x9f\xbf",
		                            "\xee\x80\x80",
		                            "\xf0\x90\x80\x80",
		                            "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",
		                           "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		                           "\xc2",         "\xe2\x82",         "\xf0\x9f\x94",     "\xc2\x41" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(utf8_is_valid(span_of(good[i])), "good %zu", i);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!utf8_is_valid(span_of(bad[i])), "bad %zu", i);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("record_read");
	TCase *c = tcase_create("record_read");

	tcase_add_test(c, unknown_fields_are_skipped);
	tcase_add_test(c, order_does_not_matter);
	tcase_add_test(c, a_fact_has_one_kind);
	tcase_add_test(c, strings_become_the_bytes_they_were);
	tcase_add_test(c, times);
	tcase_add_test(c, garbage_is_refused_with_a_reason);
	tcase_add_test(c, every_cut_is_noticed);
	tcase_add_test(c, a_line_has_a_limit);
	tcase_add_test(c, lists_are_bounded);
	tcase_add_test(c, utf8);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
