/* MQTT: CONNECT of each version, credentials, answers. */
#include "tests/unit/app_feed.h"

#define CONNECT(flags) "\x10\x0f\x00\x04MQTT\x04" flags "\x00\x3c\x00\x03" "abc"
#define CONNECT_3_1 "\x10\x11\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x03" "abc"
#define CONNECT_5 "\x10\x10\x00\x04MQTT\x05\xc2\x00\x3c\x00\x00\x03" "abc"
#define LABEL "0 label MQTT how=connect\n"

static const struct {
	const char *what;
	struct turn turns[5];
	const char *due;
} cases[] = {
	{ "nobody, accepted",
	  { TURN(CLIENT, CONNECT("\x02")), TURN(SERVER, "\x20\x02\x00\x00"), TURN(CLIENT, "\xc0\x00") },
	  LABEL "1 reply 0 0 0\n1 login 0 0 0\n" },
	{ "name and password, refused", { TURN(CLIENT, CONNECT("\xc2")), TURN(SERVER, "\x20\x02\x00\x05") },
	  LABEL "0 auth MQTT mechanism=pass cleartext\n1 reply 5 0 0\n1 rejected 5 0 0\n" },
	{ "a name alone", { TURN(CLIENT, CONNECT("\x82")) }, LABEL "0 auth MQTT mechanism=user\n" },
	{ "3.1", { TURN(CLIENT, CONNECT_3_1), TURN(SERVER, "\x20\x02\x00\x00") },
	  LABEL "1 reply 0 0 0\n1 login 0 0 0\n" },
	{ "5.0, refused", { TURN(CLIENT, CONNECT_5), TURN(SERVER, "\x20\x03\x00\x86\x00") },
	  LABEL "0 auth MQTT mechanism=pass cleartext\n1 reply 134 0 0\n1 rejected 134 0 0\n" },
	{ "the answer alone", { TURN(SERVER, "\x20\x02\x01\x00\xd0\x00") },
	  "1 label MQTT how=connack\n1 reply 0 0 0\n1 login 0 0 0\n" },
	{ "an answer that is none", { TURN(CLIENT, CONNECT("\x02")), TURN(SERVER, "\x30\x02\x00\x00") }, LABEL },
	{ "a length of two bytes", { TURN(CLIENT, "\x10\x8f\x01\x00\x04MQTT\x04\x42\x00\x3c\x00\x03" "abc") },
	  LABEL "0 auth MQTT mechanism=pass cleartext\n" },
};

START_TEST(sessions)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		app_play(&dissector_mqtt, 1883, cases[i].what, cases[i].turns, cases[i].due);
}
END_TEST

static const struct first firsts[] = {
	FIRST("3.1.1", CLIENT, 1883, MATCH_YES, CONNECT("\x02")),
	FIRST("3.1 on another port", CLIENT, 10000, MATCH_YES, CONNECT_3_1),
	FIRST("5.0", CLIENT, 1883, MATCH_YES, CONNECT_5),
	FIRST("a bridge", CLIENT, 1883, MATCH_YES, "\x10\x0f\x00\x04MQTT\x84\x02\x00\x3c\x00\x03" "abc"),
	FIRST("an answer", SERVER, 1883, MATCH_YES, "\x20\x02\x00\x00"),
	FIRST("an answer on another port", SERVER, 10000, MATCH_NO, "\x20\x02\x00\x00"),
	FIRST("a code of no version", SERVER, 1883, MATCH_NO, "\x20\x02\x00\x06"),
	FIRST("flags of an answer", SERVER, 1883, MATCH_NO, "\x20\x02\x02\x00"),
	FIRST("another name", CLIENT, 1883, MATCH_NO, "\x10\x0f\x00\x04MQTX\x04\x02\x00\x3c\x00\x03" "abc"),
	FIRST("a version that is not its name's", CLIENT, 1883, MATCH_NO,
	      "\x10\x0f\x00\x04MQTT\x03\x02\x00\x3c\x00\x03" "abc"),
	FIRST("a reserved flag", CLIENT, 1883, MATCH_NO, CONNECT("\x03")),
	FIRST("too short", CLIENT, 1883, MATCH_NO, "\x10\x04\x00\x04MQTT\x04\x02"),
	FIRST("a length without end", CLIENT, 1883, MATCH_NO, "\x10\xff\xff\xff\xff\x00\x04MQTT\x04\x02"),
	FIRST("nothing", CLIENT, 1883, MATCH_NO, ""),
};

START_TEST(recognised)
{
	app_recognise(&dissector_mqtt, firsts, sizeof(firsts) / sizeof(firsts[0]));
	ck_assert_int_eq(app_ask(&dissector_mqtt, CLIENT, 1883, CONNECT("\x02"), 8, 17), MATCH_NO);
	ck_assert_int_eq(app_ask(&dissector_mqtt, CLIENT, 1883, CONNECT("\x02"), 10, 17), MATCH_YES);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { sessions, recognised };

	return app_main("mqtt", tests, sizeof(tests) / sizeof(tests[0]));
}
