/* syslog: PRI, what follows it where the port says nothing, and both framings of TCP. */
#include "tests/unit/app_feed.h"

static const struct first datagrams[] = {
	FIRST("RFC 3164", CLIENT, 514, MATCH_YES, "<34>Oct 11 22:14:15 host su: no"),
	FIRST("RFC 5424", CLIENT, 514, MATCH_YES, "<165>1 2003-10-11T22:14:15.003Z host app - - - x"),
	FIRST("anything behind PRI on its port", CLIENT, 514, MATCH_YES, "<0>x"),
	FIRST("a month elsewhere", CLIENT, 5140, MATCH_YES, "<13>Feb  5 17:32:18 x"),
	FIRST("a version elsewhere", CLIENT, 5140, MATCH_YES, "<13>1 - - - - - -"),
	FIRST("anything elsewhere", CLIENT, 5140, MATCH_NO, "<13>hello"),
	FIRST("XML", CLIENT, 5140, MATCH_NO, "<x>1 2003"),
	FIRST("too large", CLIENT, 514, MATCH_NO, "<192>x"),
	FIRST("leading zero", CLIENT, 514, MATCH_NO, "<034>x"),
	FIRST("no digits", CLIENT, 514, MATCH_NO, "<>x"),
	FIRST("too many digits", CLIENT, 514, MATCH_NO, "<1234>x"),
	FIRST("not closed", CLIENT, 514, MATCH_NO, "<12"),
	FIRST("nothing", CLIENT, 514, MATCH_NO, ""),
};

static const struct first streams[] = {
	FIRST("a line", CLIENT, 514, MATCH_YES, "<34>hello\n"),
	FIRST("counted", CLIENT, 601, MATCH_YES, "23 <34>1 2003-10-11T22:14"),
	FIRST("counted elsewhere", CLIENT, 1514, MATCH_YES, "118 <34>1 2003-10-11T22:14"),
	FIRST("a line elsewhere", CLIENT, 1514, MATCH_YES, "<34>Oct 11 22:14:15 host"),
	FIRST("anything elsewhere", CLIENT, 1514, MATCH_NO, "<34>hello world"),
	FIRST("a reply of FTP", SERVER, 21, MATCH_NO, "220 hello"),
	FIRST("a count of nothing", CLIENT, 514, MATCH_NO, "0 <34>1 "),
	FIRST("a count too large", CLIENT, 514, MATCH_NO, "1234567 <34>1 "),
	FIRST("HTML", CLIENT, 514, MATCH_NO, "<html>"),
};

START_TEST(recognised)
{
	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++) {
		const struct first *c = &datagrams[i];
		ck_assert_msg(app_ask(&dissector_syslog, c->side, c->port, c->bytes, c->n, c->n) == c->due, "%s",
			      c->what);
	}
	app_recognise(&dissector_syslog_tcp, streams, sizeof(streams) / sizeof(streams[0]));
}
END_TEST

START_TEST(labelled_once)
{
	struct feeder f;

	app_begin(&f, &dissector_syslog, 514);
	feeder_datagram(&f, CLIENT, "<34>x", 5, 5);
	feeder_datagram(&f, CLIENT, "<34>x", 5, 5);
	ck_assert_str_eq(feeder_log(&f), "0 label syslog how=priority\n");
	feeder_free(&f);
	app_begin(&f, &dissector_syslog_tcp, 514);
	app_say(&f, CLIENT, "<34>x\n");
	app_say(&f, CLIENT, "<34>x\n");
	ck_assert_str_eq(feeder_log(&f), "0 label syslog how=priority\n");
	feeder_free(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { recognised, labelled_once };

	return app_main("syslog", tests, sizeof(tests) / sizeof(tests[0]));
}
