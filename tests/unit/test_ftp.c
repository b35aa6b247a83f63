/* FTP: log-in, replies of several lines, data connections in all four forms, and the step up to TLS. */
#include "tests/unit/app_feed.h"

#define HELLO "1 label FTP how=reply\n"
#define READY TURN(SERVER, "220 (vsFTPd 3.0.3)\r\n")
#define GREETED HELLO "1 banner FTP text=(vsFTPd 3.0.3)\n1 reply 220 0 0\n"
#define AT(side, place) side " endpoint FTP call= media= at=" place " tcp listens\n"

static const struct {
	const char *what;
	struct turn turns[8];
	const char *due;
} cases[] = {
	{ "a log-in",
	  { READY, TURN(CLIENT, "USER joe\r\n"), TURN(SERVER, "331 Password?\r\n"), TURN(CLIENT, "PASS secret\r\n"),
	    TURN(SERVER, "230 Welcome\r\n") },
	  GREETED "1 reply 331 0 0\n0 auth FTP mechanism=pass cleartext\n1 reply 230 0 0\n1 login 0 0 0\n" },
	{ "refused; the secret is told once",
	  { READY, TURN(CLIENT, "user joe\r\npass x\r\nPASS y\r\n"), TURN(SERVER, "530 No\r\n") },
	  GREETED "0 auth FTP mechanism=pass cleartext\n1 reply 530 0 0\n1 rejected 530 0 0\n" },
	{ "nobody's password is no secret",
	  { READY, TURN(CLIENT, "USER anonymous\r\nPASS me@example.com\r\n"),
	    TURN(SERVER, "230-Hello\r\n230 Welcome\r\n") },
	  GREETED "1 reply 230 0 0\n1 login 0 0 0\n" },
	{ "a greeting of several lines, with another code and a number inside",
	  { TURN(SERVER, "220-First\r\n331 inside\r\n2200 inside\r\n 220 inside\r\n220 Last\r\n") },
	  HELLO "1 banner FTP text=First\n1 reply 220 0 0\n" },
	{ "PASV, EPSV, PORT, EPRT",
	  { READY, TURN(SERVER, "227 Entering Passive Mode (192,0,2,1,195,80).\r\n229 Ok (|||6446|)\r\n"),
	    TURN(CLIENT, "PORT 198,51,100,7,4,1\r\nEPRT |1|198.51.100.7|6275|\r\nEPRT |2|2001:db8::7|5282|\r\n") },
	  GREETED "1 reply 227 0 0\n" AT("1", "192.0.2.1#50000") "1 reply 229 0 0\n" AT("1", "::#6446")
	  AT("0", "198.51.100.7#1025") AT("0", "198.51.100.7#6275") AT("0", "2001:db8::7#5282") },
	{ "PASV without parentheses; numbers that are no address",
	  { READY, TURN(SERVER, "227 =192,0,2,1,0,21\r\n227 (192,0,2,1,195)\r\n227 (192,0,2,256,1,1)\r\n227 Ok\r\n"
				"229 (|||0|)\r\n229 (|||65536|)\r\n229 none\r\n"),
	    TURN(CLIENT, "PORT 1,2,3,4,0,0\r\nPORT\r\nEPRT |1|x|1|\r\nEPRT |||1|\r\nEPRT\r\n") },
	  GREETED "1 reply 227 0 0\n" AT("1", "192.0.2.1#21") "1 reply 227 0 0\n1 reply 227 0 0\n1 reply 227 0 0\n"
	  "1 reply 229 0 0\n1 reply 229 0 0\n1 reply 229 0 0\n" AT("0", "::#1") },
	{ "AUTH TLS: what follows is TLS",
	  { READY, TURN(CLIENT, "AUTH TLS\r\n"), TURN(SERVER, "234 Proceed\r\n"), TURN(CLIENT, "\x16\x03\x01"),
	    TURN(SERVER, "\x16\x03\x03") },
	  GREETED "1 reply 234 0 0\n0 handover at 10\n" },
	{ "AUTH TLS refused: the password is seen",
	  { READY, TURN(CLIENT, "AUTH TLS\r\n"), TURN(SERVER, "534 No\r\n"), TURN(CLIENT, "PASS x\r\n") },
	  GREETED "1 reply 534 0 0\n1 rejected 534 0 0\n0 auth FTP mechanism=pass cleartext\n" },
	{ "AUTH for something else: nothing more can be read",
	  { READY, TURN(CLIENT, "AUTH GSSAPI\r\n"), TURN(SERVER, "234 Go\r\n230 x\r\n"), TURN(CLIENT, "PASS x\r\n") },
	  GREETED "1 reply 234 0 0\n" },
};

START_TEST(sessions)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		app_play(&dissector_ftp, 21, cases[i].what, cases[i].turns, cases[i].due);
}
END_TEST

static const struct first firsts[] = {
	FIRST("a greeting on its port", SERVER, 21, MATCH_YES, "220 Welcome\r\n"),
	FIRST("a greeting elsewhere that says so", SERVER, 2121, MATCH_YES, "220 ProFTPD Server\r\n"),
	FIRST("in its second line", SERVER, 2121, MATCH_YES, "220-Hi\r\n220 the FTP of somebody\r\n"),
	FIRST("a command", CLIENT, 21, MATCH_YES, "USER joe\r\n"),
	FIRST("a command without argument", CLIENT, 21, MATCH_YES, "feat\r\n"),
	FIRST("the beginning of AUTH SSL, in small letters", CLIENT, 990, MATCH_MAYBE, "Auth s"),
	FIRST("AUTH TLS anywhere", CLIENT, 990, MATCH_YES, "AUTH TLS\r\n"),
	FIRST("SMTP", SERVER, 25, MATCH_NO, "220 mail.example.com ESMTP Postfix\r\n"),
	FIRST("SMTP that names FTP", SERVER, 25, MATCH_NO, "220 ftp.example.com ESMTP\r\n"),
	FIRST("a greeting elsewhere that says nothing", SERVER, 2121, MATCH_NO, "220 Welcome\r\n"),
	FIRST("another code elsewhere", SERVER, 2121, MATCH_NO, "230 FTP\r\n"),
	FIRST("POP3", CLIENT, 110, MATCH_NO, "USER joe\r\n"),
	FIRST("SMTP's AUTH", CLIENT, 25, MATCH_NO, "AUTH PLAIN x\r\n"),
	FIRST("no command", CLIENT, 21, MATCH_NO, "HELO there\r\n"),
	FIRST("HTTP on its port", CLIENT, 21, MATCH_NO, "GET / HTTP/1.1\r\n"),
	FIRST("TLS on its port", CLIENT, 21, MATCH_NO, "\x16\x03\x01\x02"),
	FIRST("numbers", SERVER, 21, MATCH_NO, "2200 x\r\n"),
	FIRST("a code that is none", SERVER, 21, MATCH_NO, "099 x\r\n"),
	FIRST("nothing", SERVER, 21, MATCH_NO, ""),
};

START_TEST(recognised)
{
	app_recognise(&dissector_ftp, firsts, sizeof(firsts) / sizeof(firsts[0]));
}
END_TEST

/* After a loss a line begins where a segment does; a reply that was open is forgotten. */
START_TEST(loss)
{
	struct feeder f;

	app_begin(&f, &dissector_ftp, 21);
	app_say(&f, SERVER, "220-First\r\n");
	feeder_lose(&f, SERVER, 100);
	app_say(&f, SERVER, "331 Password?\r\n");
	feeder_lose(&f, CLIENT, 10);
	app_say(&f, CLIENT, "PASS x\r\n");
	ck_assert_str_eq(feeder_log(&f), HELLO "1 banner FTP text=First\n1 reply 331 0 0\n"
					 "0 auth FTP mechanism=pass cleartext\n");
	feeder_free(&f);
}
END_TEST

/* A line that is longer than what is kept is passed over, whole. */
START_TEST(long_line)
{
	static char text[9000];
	struct feeder f;

	memset(text, '5', sizeof(text) - 1);
	app_begin(&f, &dissector_ftp, 21);
	app_say(&f, SERVER, "220 x\r\n");
	app_say(&f, SERVER, text);
	app_say(&f, SERVER, "\r\n331 y\r\n");
	ck_assert_str_eq(feeder_log(&f), HELLO "1 banner FTP text=x\n1 reply 220 0 0\n1 reply 331 0 0\n");
	feeder_free(&f);
}
END_TEST

START_TEST(bounded)
{
	struct feeder f;

	app_begin(&f, &dissector_ftp, 21);
	for (int i = 0; i < 200; i++)
		app_say(&f, SERVER, "229 Ok (|||6446|)\r\n");
	ck_assert_uint_eq(f.facts[FACT_ENDPOINT], 64);
	unsigned replies = 0;
	for (const char *p = feeder_log(&f); (p = strstr(p, "1 reply")); p++)
		replies++;
	ck_assert_uint_eq(replies, 16);
	feeder_free(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { sessions, recognised, loss, long_line, bounded };

	return app_main("ftp", tests, sizeof(tests) / sizeof(tests[0]));
}
