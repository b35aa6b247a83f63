/* SSH and MySQL: what a server says first. */
#include "tests/unit/app_feed.h"

/* Version 8.0.33, thread 8, salt, 0, capabilities, utf8, status, more capabilities, 21, zeros, salt, plugin. */
#define GREETING_BODY \
	"\x0a" "8.0.33\0" "\x08\0\0\0" "abcdefgh" "\0" "\xff\xff\x2d\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0" \
	"abcdefghijkl\0" "caching_sha2_password\0"
#define GREETING "\x4a\0\0\0" GREETING_BODY
#define GREETED "1 label MySQL how=greeting\n1 banner MySQL text=8.0.33\n1 reply 0 0 0\n"
#define BLOCKED_TEXT "Host '192.0.2.7' is not allowed to connect to this MySQL server"
#define BLOCKED "\x42\0\0\0\xff\x6a\x04" BLOCKED_TEXT
/* What a log-in begins with: largest packet, character set, zeros. Its capabilities stand before it. */
#define REST "\0\0\0\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define TLS "\x05\xae\xff\x01"
#define NO_TLS "\x05\xa6\xff\x01"
#define SSL_REQUEST "\x20\0\0\x01" TLS REST
#define SHORT_LOGIN "\x20\0\0\x01" NO_TLS REST
#define LOGIN "\x24\0\0\x01" NO_TLS REST "joe"
#define TLS_LOGIN "\x24\0\0\x01" TLS REST "joe"

_Static_assert(sizeof(GREETING_BODY) - 1 == 0x4a, "length in the header");
_Static_assert(sizeof(BLOCKED_TEXT) - 1 + 3 == 0x42, "length in the header");
_Static_assert(sizeof(SSL_REQUEST) - 1 == 36, "header and 32 bytes");

static const struct {
	const char *what;
	const struct dissector *d;
	struct turn turns[6];
	const char *due;
} cases[] = {
	{ "both ends of SSH", &dissector_ssh,
	  { TURN(SERVER, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\x01\x02"), TURN(CLIENT, "SSH-2.0-PuTTY_0.78\r\n") },
	  "1 label SSH how=banner\n1 banner SSH text=SSH-2.0-OpenSSH_9.2p1 Debian-2\n1 reply 0 0 0\n"
	  "0 banner SSH text=SSH-2.0-PuTTY_0.78\n" },
	{ "a server that is not SSH", &dissector_ssh,
	  { TURN(CLIENT, "SSH-1.99-x\n"), TURN(SERVER, "no\r\nSSH-2.0-x\r\n") },
	  "0 label SSH how=banner\n0 banner SSH text=SSH-1.99-x\n" },
	{ "MySQL, log-in in the clear", &dissector_mysql,
	  { TURN(SERVER, GREETING), TURN(CLIENT, LOGIN), TURN(CLIENT, "x") }, GREETED },
	{ "MySQL, a log-in that could do TLS", &dissector_mysql,
	  { TURN(SERVER, GREETING), TURN(CLIENT, TLS_LOGIN), TURN(CLIENT, "x") }, GREETED },
	{ "MySQL, a log-in as long as a request for TLS", &dissector_mysql,
	  { TURN(SERVER, GREETING), TURN(CLIENT, SHORT_LOGIN), TURN(CLIENT, "x") }, GREETED },
	{ "MySQL steps up to TLS", &dissector_mysql,
	  { TURN(SERVER, GREETING), TURN(CLIENT, SSL_REQUEST), TURN(CLIENT, "\x16\x03\x01") },
	  GREETED "0 handover at 36\n" },
	{ "MySQL refuses", &dissector_mysql, { TURN(SERVER, BLOCKED) },
	  "1 label MySQL how=error\n1 banner MySQL text=" BLOCKED_TEXT "\n1 reply 1130 0 0\n1 rejected 1130 0 0\n" },
	{ "the client of MySQL was not seen", &dissector_mysql,
	  { TURN(SERVER, GREETING), TURN(SERVER, "\x07\0\0\x02\0\0\0\x02\0\0\0") }, GREETED },
};

START_TEST(sessions)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		app_play(cases[i].d, cases[i].d == &dissector_ssh ? 22 : 3306, cases[i].what, cases[i].turns,
			 cases[i].due);
}
END_TEST

static const struct first ssh_firsts[] = {
	FIRST("version 2", SERVER, 22, MATCH_YES, "SSH-2.0-x\r\n"),
	FIRST("version 1", CLIENT, 2222, MATCH_YES, "SSH-1.5-x\n"),
	FIRST("no version", SERVER, 22, MATCH_NO, "SSH-x\r\n"),
	FIRST("nothing behind it", SERVER, 22, MATCH_NO, "SSH-\r\n"),
	FIRST("lower case", SERVER, 22, MATCH_NO, "ssh-2.0-x\r\n"),
	FIRST("a method of HTTP", CLIENT, 80, MATCH_NO, "SSH /\r\n"),
	FIRST("nothing", SERVER, 22, MATCH_NO, ""),
};

static const struct first mysql_firsts[] = {
	FIRST("greeting", SERVER, 3306, MATCH_YES, GREETING),
	FIRST("error", SERVER, 13306, MATCH_YES, BLOCKED),
	FIRST("more behind it", SERVER, 3306, MATCH_NO, GREETING "x"),
	FIRST("another sequence", SERVER, 3306, MATCH_NO, "\x4a\0\0\1" GREETING_BODY),
	FIRST("another protocol version", SERVER, 3306, MATCH_NO, "\x08\0\0\0\x09" "8.0.33\0"),
	FIRST("no version text", SERVER, 3306, MATCH_NO,
	      "\x16\0\0\0\x0a" "x.0\0" "\x08\0\0\0" "abcdefgh" "\0" "\xff\xff\x01\x02"),
	FIRST("no zero behind the salt", SERVER, 3306, MATCH_NO,
	      "\x15\0\0\0\x0a" "8.0\0" "\x08\0\0\0" "abcdefgh" "x" "\xff\xff\x01"),
	FIRST("too long", SERVER, 3306, MATCH_NO, "\x4a\x04\0\0\x0a" "8.0.33\0"),
	FIRST("an error that is no number of MySQL", SERVER, 3306, MATCH_NO, "\x08\0\0\0\xff\x01\0hello"),
	FIRST("an error that is no text", SERVER, 3306, MATCH_NO, "\x08\0\0\0\xff\x6a\x04hel\x01o"),
	FIRST("TLS", SERVER, 3306, MATCH_NO, "\x16\x03\x01\0\x05"),
};

START_TEST(recognised)
{
	app_recognise(&dissector_ssh, ssh_firsts, sizeof(ssh_firsts) / sizeof(ssh_firsts[0]));
	app_recognise(&dissector_mysql, mysql_firsts, sizeof(mysql_firsts) / sizeof(mysql_firsts[0]));
	/* frames that were cut: what is there tells, or it is not said */
	ck_assert_int_eq(app_ask(&dissector_ssh, SERVER, 22, "SSH-2.0-Open", 12, 40), MATCH_YES);
	ck_assert_int_eq(app_ask(&dissector_ssh, SERVER, 22, "SSH", 3, 40), MATCH_NO);
	ck_assert_int_eq(app_ask(&dissector_mysql, SERVER, 3306, GREETING, 40, sizeof(GREETING) - 1), MATCH_YES);
	ck_assert_int_eq(app_ask(&dissector_mysql, SERVER, 3306, GREETING, 8, sizeof(GREETING) - 1), MATCH_NO);
}
END_TEST

/* Hostile bytes: what is shown ends before the first that is not printable, and at 128. */
START_TEST(printable)
{
	char text[300];
	struct feeder f;

	app_begin(&f, &dissector_ssh, 22);
	app_say(&f, SERVER, "SSH-2.0-a\x1b[2J\r\n");
	(void)snprintf(text, sizeof(text), "SSH-2.0-%0150d\r\n", 1);
	app_say(&f, CLIENT, text);
	ck_assert_ptr_nonnull(strstr(feeder_log(&f), "text=SSH-2.0-a\n"));
	ck_assert_uint_eq(strlen(strstr(feeder_log(&f), "text=SSH-2.0-0")), 5 + 128 + 1);
	feeder_free(&f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { sessions, recognised, printable };

	return app_main("banner", tests, sizeof(tests) / sizeof(tests[0]));
}
