/* L2TP: control and data, tunnels accepted and refused. */
#include <check.h>

#include "tests/unit/dissect_feed.h"

/* Flags, length, tunnel, session, Ns, Nr; then Message Type */
#define CONTROL(length, type) "\xc8\x02\x00" length "\0\1\0\0\0\0\0\0" "\x80\x08\0\0\0\0\0" type
/* Result Code: mandatory, length 8 */
#define RESULT(code) "\x80\x08\0\0\0\1\0" code

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_l2tp, 1701, 1701);
	f.marks = true;
}

static void end(void)
{
	feeder_free(&f);
}

static const struct {
	const char *what, *bytes;
	size_t n;
	const char *said; /* NULL: not recognised */
} datagrams[] = {
	{ "SCCRQ", CONTROL("\x14", "\1"), 20, "1 label L2TP how=control\n" },
	{ "SCCRP", CONTROL("\x14", "\2"), 20, "1 label L2TP how=control\n1 reply 2 0 0\n" },
	{ "StopCCN, not authorized", CONTROL("\x1c", "\4") RESULT("\4"), 28,
	  "1 label L2TP how=control\n1 reply 4 0 0\n1 rejected 4 0 0\n" },
	{ "StopCCN, cleared", CONTROL("\x1c", "\4") RESULT("\1"), 28, "1 label L2TP how=control\n1 reply 1 0 0\n" },
	{ "acknowledgement", "\xc8\x02\0\x0c\0\1\0\0\0\1\0\1", 12, "1 label L2TP how=control\n" },
	{ "data", "\x00\x02\0\1\0\1\xff\x03\xc0\x21", 10, "1 label L2TP how=data\n" },
	{ "data with a length", "\x40\x02\0\x0a\0\1\0\1\xff\x03", 10, "1 label L2TP how=data\n" },
	{ "data, length beyond the end", "\x40\x02\0\x0b\0\1\0\1\xff\x03", 10, NULL },
	{ "L2F", "\x00\x01\0\1\0\1\xff\x03\xc0\x21", 10, NULL },
	{ "a reserved bit", "\x10\x02\0\1\0\1\xff\x03\xc0\x21", 10, NULL },
	{ "control without a length", "\x88\x02\0\x0c\0\1\0\0\0\1\0\1", 12, NULL },
	{ "length beyond the end", CONTROL("\x15", "\1"), 20, NULL },
	{ "first attribute is another", "\xc8\x02\0\x14\0\1\0\0\0\0\0\0\x80\x08\0\0\0\1\0\1", 20, NULL },
	{ "attribute too short", "\xc8\x02\0\x14\0\1\0\0\0\0\0\0\x80\x05\0\0\0\0\0\1", 20, NULL },
	{ "text", "hello, world", 12, NULL },
};

START_TEST(messages)
{
	const size_t n = datagrams[_i].n;
	struct dissector_input in = { .port = { 40000, 1701 }, .bytes = rd_of(datagrams[_i].bytes, n, n) };
	const bool known = dissector_l2tp.recognise(&in) == MATCH_YES;

	ck_assert_msg(known == (datagrams[_i].said != NULL), "%s", datagrams[_i].what);
	feeder_datagram(&f, 1, datagrams[_i].bytes, n, n);
	ck_assert_msg(!strcmp(feeder_log(&f), known ? datagrams[_i].said : ""), "%s: %s", datagrams[_i].what, feeder_log(&f));
	in.port[1] = 1702;
	ck_assert(dissector_l2tp.recognise(&in) == MATCH_NO);
}
END_TEST

/* After it was accepted, the end of a tunnel is no refusal. */
START_TEST(accepted_then_closed)
{
	feeder_datagram(&f, 1, CONTROL("\x14", "\2"), 20, 20);
	feeder_datagram(&f, 1, CONTROL("\x1c", "\4") RESULT("\2"), 28, 28);
	ck_assert_str_eq(feeder_log(&f), "1 label L2TP how=control\n1 reply 2 0 0\n");
}
END_TEST

START_TEST(cut_anywhere)
{
	for (size_t cap = 0; cap < 28; cap++) {
		wr_reset(&f.log);
		feeder_datagram(&f, 1, CONTROL("\x1c", "\4") RESULT("\4"), cap, 28);
		ck_assert_msg(!strstr(feeder_log(&f), "rejected"), "%zu: %s", cap, feeder_log(&f));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("l2tp");
	TCase *c = tcase_create("l2tp");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, messages, 0, (int)(sizeof(datagrams) / sizeof(datagrams[0])));
	tcase_add_test(c, accepted_then_closed);
	tcase_add_test(c, cut_anywhere);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
