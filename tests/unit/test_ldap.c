/* LDAP: each way to bind, results, StartTLS, what is skipped, and datagrams. */
#include "tests/unit/app_feed.h"

/* messageID 1: version 3, name "cn=x", then how */
#define BIND(size, op_size, how) "\x30" size "\x02\x01\x01\x60" op_size "\x02\x01\x03\x04\x04" "cn=x" how
#define SIMPLE BIND("\x13", "\x0e", "\x80\x03" "pwd")
#define NO_PASSWORD BIND("\x10", "\x0b", "\x80\x00")
#define NOBODY "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"
#define SASL "\x30\x19\x02\x01\x01\x60\x14\x02\x01\x03\x04\x00\xa3\x0d\x04\x06" "GSSAPI" "\x04\x03" "xyz"
#define PLAIN "\x30\x18\x02\x01\x01\x60\x13\x02\x01\x03\x04\x00\xa3\x0c\x04\x05" "PLAIN" "\x04\x03" "xyz"
#define RESULT(op, code) "\x30\x0c\x02\x01\x01" op "\x07\x0a\x01" code "\x04\x00\x04\x00"
#define START_TLS "\x30\x1d\x02\x01\x02\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037"
#define STARTED "\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
#define STARTED_NAMED "\x30\x24\x02\x01\x02\x78\x1f\x0a\x01\x00\x04\x00\x04\x00\x8a\x16" "1.3.6.1.4.1.1466.20037"
#define SEARCH \
	"\x30\x25\x02\x01\x03\x63\x20\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0b" \
	"objectClass" "\x30\x00"
#define REQUEST "0 label LDAP how=request\n"

static const struct {
	const char *what;
	struct turn turns[6];
	const char *due;
} cases[] = {
	{ "a password", { TURN(CLIENT, SIMPLE), TURN(SERVER, RESULT("\x61", "\x00")) },
	  REQUEST "0 auth LDAP mechanism=simple cleartext\n1 reply 0 0 0\n1 login 0 0 0\n" },
	{ "refused, twice; told once",
	  { TURN(CLIENT, SIMPLE), TURN(SERVER, RESULT("\x61", "\x31")), TURN(CLIENT, SIMPLE),
	    TURN(SERVER, RESULT("\x61", "\x31")) },
	  REQUEST "0 auth LDAP mechanism=simple cleartext\n1 reply 49 0 0\n1 rejected 49 0 0\n1 reply 49 0 0\n"
		  "1 rejected 49 0 0\n" },
	{ "nobody is no log-in", { TURN(CLIENT, NOBODY NO_PASSWORD), TURN(SERVER, RESULT("\x61", "\x00")) },
	  REQUEST "1 reply 0 0 0\n" },
	{ "a password of indefinite length is none that can be judged",
	  { TURN(CLIENT, BIND("\x10", "\x0b", "\x80\x80")), TURN(SERVER, RESULT("\x61", "\x00")) },
	  REQUEST "1 reply 0 0 0\n1 login 0 0 0\n" },
	{ "SASL, in steps", { TURN(CLIENT, SASL), TURN(SERVER, RESULT("\x61", "\x0e")), TURN(CLIENT, SASL),
			      TURN(SERVER, RESULT("\x61", "\x00")) },
	  REQUEST "0 auth LDAP mechanism=GSSAPI\n1 reply 14 0 0\n1 reply 0 0 0\n1 login 0 0 0\n" },
	{ "SASL that hides nothing", { TURN(CLIENT, PLAIN) }, REQUEST "0 auth LDAP mechanism=PLAIN cleartext\n" },
	{ "StartTLS: what follows is TLS",
	  { TURN(CLIENT, START_TLS), TURN(SERVER, STARTED),
	    TURN(CLIENT, "\x16\x03\x01"), TURN(SERVER, "\x16\x03\x03") },
	  REQUEST "1 reply 0 0 0\n0 handover at 31\n" },
	{ "StartTLS, the question not seen", { TURN(SERVER, STARTED_NAMED), TURN(SERVER, "\x16\x03\x03") },
	  "1 label LDAP how=response\n1 reply 0 0 0\n1 handover at 38\n" },
	{ "StartTLS refused, then a password",
	  { TURN(CLIENT, START_TLS),
	    TURN(SERVER, "\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x34\x04\x00\x04\x00"), TURN(CLIENT, SIMPLE) },
	  REQUEST "1 reply 52 0 0\n1 rejected 52 0 0\n0 auth LDAP mechanism=simple cleartext\n" },
	{ "a success of another operation is not the one of StartTLS",
	  { TURN(CLIENT, START_TLS), TURN(SERVER, RESULT("\x78", "\x00")), TURN(CLIENT, SIMPLE) },
	  REQUEST "1 reply 0 0 0\n0 auth LDAP mechanism=simple cleartext\n" },
	{ "a search is an answer, what was not found no refusal",
	  { TURN(CLIENT, SEARCH SEARCH), TURN(SERVER, RESULT("\x65", "\x20") RESULT("\x65", "\x00")) },
	  REQUEST "1 reply 32 0 0\n" },
	{ "what is no LDAP ends it",
	  { TURN(CLIENT, SEARCH "\x00\x00\x01\x00" SIMPLE), TURN(CLIENT, SIMPLE) }, REQUEST },
	{ "long lengths; unbind",
	  { TURN(CLIENT, "\x30\x84\x00\x00\x00\x16\x02\x01\x01\x60\x84\x00\x00\x00\x0d\x02\x01\x03\x04\x04"
			 "cn=x" "\x80\x02pw"
			 "\x30\x05\x02\x01\x03\x42\x00") },
	  REQUEST "0 auth LDAP mechanism=simple cleartext\n" },
};

START_TEST(sessions)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		app_play(&dissector_ldap, 389, cases[i].what, cases[i].turns, cases[i].due);
}
END_TEST

static const struct first firsts[] = {
	FIRST("bind", CLIENT, 389, MATCH_YES, SIMPLE),
	FIRST("bind elsewhere", CLIENT, 3890, MATCH_YES, SIMPLE),
	FIRST("result elsewhere", SERVER, 3890, MATCH_YES, RESULT("\x61", "\x00")),
	FIRST("search", CLIENT, 3268, MATCH_YES, SEARCH),
	FIRST("search elsewhere", CLIENT, 3890, MATCH_NO, SEARCH),
	FIRST("SNMP", CLIENT, 389, MATCH_NO, "\x30\x26\x02\x01\x00\x04\x06public\xa0\x19"),
	FIRST("Kerberos", CLIENT, 389, MATCH_NO, "\x00\x00\x01\x00\x6a"),
	FIRST("indefinite length", CLIENT, 389, MATCH_NO, "\x30\x80\x02\x01\x01\x60\x00"),
	FIRST("a length of five bytes", CLIENT, 389, MATCH_NO, "\x30\x85\x00\x00\x00\x00\x13"),
	FIRST("a length beyond reason", CLIENT, 389, MATCH_NO, "\x30\x84\x7f\xff\xff\xff\x02\x01\x01\x60\x00"),
	FIRST("an operation longer than its message", CLIENT, 389, MATCH_NO,
	      "\x30\x0c\x02\x01\x01\x60\x08\x02\x01\x03\x04\x00\x80\x00"),
	FIRST("a number that is negative", CLIENT, 389, MATCH_NO,
	      "\x30\x0c\x02\x01\xff\x60\x07\x02\x01\x03\x04\x00\x80\x00"),
	FIRST("an operation that is none", CLIENT, 389, MATCH_NO,
	      "\x30\x0c\x02\x01\x01\x7e\x07\x02\x01\x03\x04\x00\x80\x00"),
	FIRST("a bind that begins with text", CLIENT, 389, MATCH_NO,
	      "\x30\x0c\x02\x01\x01\x60\x07\x04\x01\x03\x04\x00\x80\x00"),
	FIRST("version 9 elsewhere", CLIENT, 3890, MATCH_NO,
	      "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x09\x04\x00\x80\x00"),
	FIRST("nothing", CLIENT, 389, MATCH_NO, ""),
};

START_TEST(recognised)
{
	app_recognise(&dissector_ldap, firsts, sizeof(firsts) / sizeof(firsts[0]));
}
END_TEST

START_TEST(datagrams)
{
	const size_t n = sizeof(SEARCH) - 1;
	struct feeder f;

	ck_assert_int_eq(app_ask(&dissector_cldap, CLIENT, 389, SEARCH, n, n), MATCH_YES);
	ck_assert_int_eq(app_ask(&dissector_cldap, CLIENT, 1389, SEARCH, n, n), MATCH_NO);
	ck_assert_int_eq(app_ask(&dissector_cldap, CLIENT, 389, SEARCH, n - 1, n - 1), MATCH_NO);
	app_begin(&f, &dissector_cldap, 389);
	feeder_datagram(&f, CLIENT, SEARCH, sizeof(SEARCH) - 1, sizeof(SEARCH) - 1);
	feeder_datagram(&f, SERVER, RESULT("\x65", "\x00"), 14, 14);
	ck_assert_str_eq(feeder_log(&f), "0 label CLDAP how=request\n");
	feeder_free(&f);
}
END_TEST

/* A message longer than what is kept is stepped over; the next one is read. */
START_TEST(long_messages)
{
	static const char head[] = "\x30\x82\x4e\x20\x02\x01\x01\x64\x82\x4e\x19\x04\x00";
	struct feeder f;

	app_begin(&f, &dissector_ldap, 389);
	feeder_push(&f, SERVER, head, sizeof(head) - 1, sizeof(head) - 1);
	ck_assert_uint_eq(f.side[SERVER].want, 0); /* not before enough of it is there */
	static const uint8_t zeros[4096];
	for (size_t left = 4 + 20000 - (sizeof(head) - 1), n; left; left -= n) {
		n = left < sizeof(zeros) ? left : sizeof(zeros);
		feeder_push(&f, SERVER, zeros, n, n);
	}
	feeder_push(&f, SERVER, RESULT("\x61", "\x31"), 14, 14);
	ck_assert_str_eq(feeder_log(&f), "1 label LDAP how=response\n1 reply 49 0 0\n1 rejected 49 0 0\n");
	feeder_free(&f);
}
END_TEST

/* A frame cut anywhere in a bind: the password is told of where its tag was captured, and nothing is made up. */
START_TEST(cut_frames)
{
	static const char bind[] = SIMPLE;

	for (size_t cap = 0; cap < sizeof(bind) - 1; cap++) {
		struct feeder f;
		app_begin(&f, &dissector_ldap, 389);
		feeder_push(&f, CLIENT, bind, cap, sizeof(bind) - 1);
		feeder_push(&f, SERVER, RESULT("\x61", "\x00"), 14, 14);
		ck_assert_uint_eq(f.facts[FACT_AUTH], cap >= 18);
		ck_assert_uint_eq(f.logins, 1);
		feeder_free(&f);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { sessions, recognised, datagrams, long_messages, cut_frames };

	return app_main("ldap", tests, sizeof(tests) / sizeof(tests[0]));
}
