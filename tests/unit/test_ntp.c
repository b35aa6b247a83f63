/* NTP: versions and modes, answers with their stratum, kisses of death. */
#include <check.h>

#include "tests/unit/dissect_feed.h"

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_ntp, 40000, 123);
	f.marks = true;
}

static void end(void)
{
	feeder_free(&f);
}

static const struct {
	const char *what;
	uint8_t first, stratum;
	const char *reference;
	size_t n;
	const char *said; /* NULL: not recognised */
} datagrams[] = {
	{ "client, version 4", 0x23, 0, "\0\0\0\0", 48, "1 label NTP how=client\n" },
	{ "server, version 3", 0x1c, 2, "\x0a\0\0\1", 48, "1 label NTP how=server\n1 reply 2 0 0\n" },
	{ "server, unsynchronised", 0xdc, 16, "\0\0\0\0", 48, "1 label NTP how=server\n1 reply 16 0 0\n" },
	{ "with a digest", 0x24, 1, "GPS\0", 68, "1 label NTP how=server\n1 reply 1 0 0\n" },
	{ "kiss of death", 0xe4, 0, "RATE", 48, "1 label NTP how=server\n1 reply 0 0 0\n1 rejected 0 0 0\n" },
	{ "stratum 0, no kiss", 0xdc, 0, "\0\0\0\0", 48, "1 label NTP how=server\n1 reply 0 0 0\n" },
	{ "symmetric", 0x21, 3, "\x0a\0\0\1", 48, "1 label NTP how=symmetric\n" },
	{ "broadcast", 0x25, 3, "\x0a\0\0\1", 48, "1 label NTP how=broadcast\n" },
	{ "version 1 without a mode", 0x08, 0, "\0\0\0\0", 48, "1 label NTP how=version-1\n" },
	{ "control", 0x16, 2, "\0\0\0\0", 12, "1 label NTP how=control\n" },
	{ "private", 0x17, 0, "\3\x2a\0\0", 8, "1 label NTP how=private\n" },
	{ "mode 0, version 2", 0x10, 0, "\0\0\0\0", 48, NULL },
	{ "version 0", 0x03, 0, "\0\0\0\0", 48, NULL },
	{ "version 5", 0x2b, 0, "\0\0\0\0", 48, NULL },
	{ "too short", 0x23, 0, "\0\0\0\0", 47, NULL },
	{ "stratum 17", 0x24, 17, "\0\0\0\0", 48, NULL },
};

START_TEST(messages)
{
	uint8_t bytes[68] = { datagrams[_i].first, datagrams[_i].stratum };
	const size_t n = datagrams[_i].n;
	struct dissector_input in = { .port = { 40000, 123 }, .side = 1, .bytes = rd_of(bytes, n, n) };

	memcpy(bytes + 12, datagrams[_i].reference, 4);
	const bool known = dissector_ntp.recognise(&in) == MATCH_YES;
	ck_assert_msg(known == (datagrams[_i].said != NULL), "%s", datagrams[_i].what);
	feeder_datagram(&f, 1, bytes, n, n);
	ck_assert_msg(!strcmp(feeder_log(&f), known ? datagrams[_i].said : ""), "%s: %s", datagrams[_i].what, feeder_log(&f));
	in.port[1] = 3081;
	ck_assert_msg(dissector_ntp.recognise(&in) == MATCH_NO, "%s", datagrams[_i].what);
	in.port[0] = 123;
	ck_assert_msg((dissector_ntp.recognise(&in) == MATCH_YES) == known, "%s", datagrams[_i].what);
}
END_TEST

/* What was not captured is no refusal. */
START_TEST(cut_anywhere)
{
	uint8_t bytes[48] = { 0xe4, 0 };

	memcpy(bytes + 12, "DENY", 4);
	for (size_t cap = 0; cap < sizeof(bytes); cap++) {
		wr_reset(&f.log);
		feeder_datagram(&f, 1, bytes, cap, sizeof(bytes));
		ck_assert_msg(!strstr(feeder_log(&f), "rejected") == (cap < 16), "%zu: %s", cap, feeder_log(&f));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ntp");
	TCase *c = tcase_create("ntp");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, messages, 0, (int)(sizeof(datagrams) / sizeof(datagrams[0])));
	tcase_add_test(c, cut_anywhere);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
