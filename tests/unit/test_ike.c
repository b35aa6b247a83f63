/* IKEv1 and IKEv2: proposals in the clear, notifications, who answers whom; ESP and keep-alives on port 4500. */
#include <check.h>

#include "dissectors/ike_message.h"
#include "tests/unit/dissect_feed.h"

/* ---- messages, put together by hand ---- */

#define SPI_I "\x11\x22\x33\x44\x55\x66\x77\x88"
#define SPI_R "\x99\xaa\xbb\xcc\xdd\xee\xff\x01"
#define NONE "\0\0\0\0\0\0\0\0"
/* next payload, version, exchange, flags; message id 0; length below 256 */
#define HEAD(responder, kind, id, length) SPI_I responder kind id "\0\0\0" length

/* Main mode, one proposal of two transforms: 3DES, SHA, PSK, group 2, 1800 s; then AES-256. 28 + 12 + 8 + 36 + 36 */
#define V1_TRANSFORM "\0\0\0\x24\1\1\0\0" "\x80\1\0\5" "\x80\2\0\2" "\x80\3\0\1" "\x80\4\0\2" "\x80\x0b\0\1" "\0\x0c\0\4\0\0\7\x08"
#define V1_SA "\0\0\0\x38" "\0\0\0\1\0\0\0\1" "\0\0\0\x2c" "\1\1\0\1" V1_TRANSFORM
#define V1_MAIN(responder) HEAD(responder, "\1\x10\2\0", NONE4, "\x54") V1_SA
#define NONE4 "\0\0\0\0"
enum { V1_MAIN_BYTES = 84 };
#define V1_NOTIFY(type) HEAD(SPI_R, "\x0b\x10\5\0", "\1\2\3\4", "\x28") "\0\0\0\x0c" "\0\0\0\1" "\1\0" type
enum { V1_NOTIFY_BYTES = 40 };

/* Phase 1 in phase 2's clothes: encrypted. */
#define V1_QUICK HEAD(SPI_R, "\x08\x10\x20\1", "\1\2\3\4", "\x24") "encrypte"
enum { V1_QUICK_BYTES = 36 };

/* SA of one proposal: AES-CBC 256, PRF SHA-256, SHA-256-128, group 14; then two notifications */
#define V2_SA                                                                                                         \
	"\x29\0\0\x30" "\0\0\0\x2c" "\1\1\0\4" "\3\0\0\x0c\1\0\0\x0c\x80\x0e\1\0" "\3\0\0\x08\2\0\0\5"            \
	"\3\0\0\x08\3\0\0\x0c" "\0\0\0\x08\4\0\0\x0e"
#define V2_NOTIFY(next, type) next "\0\0\x08" "\0\0" type
#define V2_INIT HEAD(NONE, "\x21\x20\x22\x08", NONE4, "\x5c") V2_SA V2_NOTIFY("\x29", "\x40\x04") V2_NOTIFY("\0", "\x40\x05")
enum { V2_INIT_BYTES = 92 };
#define V2_REFUSED(type) HEAD(NONE, "\x29\x20\x22\x20", NONE4, "\x24") V2_NOTIFY("\0", type)
enum { V2_REFUSED_BYTES = 36 };
#define V2_ANSWER HEAD(SPI_R, "\x21\x20\x22\x20", NONE4, "\x4c") "\0" "\0\0\x30" "\0\0\0\x2c" "\1\1\0\4"              \
	"\3\0\0\x0c\1\0\0\x0c\x80\x0e\1\0" "\3\0\0\x08\2\0\0\5" "\3\0\0\x08\3\0\0\x0c" "\0\0\0\x08\4\0\0\x0e"
enum { V2_ANSWER_BYTES = 76 };
#define V2_AUTH HEAD(SPI_R, "\x2e\x20\x23\x08", "\0\0\0\1", "\x2c") "\x21\0\0\x10" "encryptedabc"
enum { V2_AUTH_BYTES = 44 };

#define SAID(side, what, responder, id) side " ike v" what " ispi=1234605616436508552 rspi=" responder " id=" id
#define NO_RESPONDER "0"
#define RESPONDER "11072869122414935809"
#define V1_PROPOSAL " encryption=5 bits=0 hash=2 auth=1 group=2 life=1800 notify=0\n"
#define V2_PROPOSAL " encryption=12 bits=256 hash=5 auth=12 group=14 life=0 notify="
#define NOTHING(notify) " encryption=0 bits=0 hash=0 auth=0 group=0 life=0 notify=" notify "\n"

static struct feeder f;

static void open_on(uint16_t port)
{
	feeder_init(&f, &dissector_ike, port, port);
	f.marks = true;
}

static void begin(void)
{
	open_on(500);
}

static void end(void)
{
	feeder_free(&f);
}

static const char *say(uint8_t side, const char *bytes, size_t n)
{
	wr_reset(&f.log);
	feeder_datagram(&f, side, bytes, n, n);
	return feeder_log(&f);
}

START_TEST(version_1)
{
	ck_assert_str_eq(say(0, V1_MAIN(NONE), V1_MAIN_BYTES),
			 "0 label IKE how=version-1\n" SAID("0", "1 exchange=2", NO_RESPONDER, "0") V1_PROPOSAL);
	ck_assert_str_eq(say(1, V1_MAIN(SPI_R), V1_MAIN_BYTES),
			 SAID("1", "1 exchange=2 response", RESPONDER, "0") V1_PROPOSAL "1 reply 2 0 0\n");
	ck_assert_str_eq(say(1, V1_QUICK, V1_QUICK_BYTES),
			 SAID("1", "1 exchange=32 response", RESPONDER, "16909060") NOTHING("0") "1 reply 32 0 0\n");
	ck_assert_str_eq(say(1, V1_QUICK, V1_QUICK_BYTES),
			 SAID("1", "1 exchange=32 response", RESPONDER, "16909060") NOTHING("0"));
}
END_TEST

/* Another SA on the same ports is answered anew. */
START_TEST(next_sa)
{
	static const char other[] = "other-sa" SPI_R "\x08\x10\2\0" NONE4 "\0\0\0\x1c";
	static const char first[] = "other-sa" NONE "\x08\x10\2\0" NONE4 "\0\0\0\x1c";

	(void)say(0, V1_MAIN(NONE), V1_MAIN_BYTES);
	(void)say(1, V1_MAIN(SPI_R), V1_MAIN_BYTES);
	(void)say(0, first, 28);
	ck_assert(strstr(say(1, other, 28), "1 reply 2 0 0\n"));
	ck_assert(!strstr(say(1, other, 28), "reply"));
}
END_TEST

/* What is marked as encrypted is not read, whatever it looks like. */
START_TEST(encrypted)
{
	static const char closed[] = HEAD(SPI_R, "\1\x10\2\1", NONE4, "\x54") V1_SA;

	ck_assert(strstr(say(0, closed, V1_MAIN_BYTES), NOTHING("0")));
}
END_TEST

START_TEST(version_1_refused)
{
	(void)say(0, V1_MAIN(NONE), V1_MAIN_BYTES);
	ck_assert_str_eq(say(1, V1_NOTIFY("\0\x0e"), V1_NOTIFY_BYTES),
			 SAID("1", "1 exchange=5 response", RESPONDER, "16909060") NOTHING("14")
			 "1 reply 14 0 0\n1 rejected 14 0 0\n");
	ck_assert_str_eq(say(1, V1_NOTIFY("\x60\x02"), V1_NOTIFY_BYTES), /* initial contact: a status */
			 SAID("1", "1 exchange=5 response", RESPONDER, "16909060") NOTHING("24578") "1 reply 5 0 0\n");
}
END_TEST

START_TEST(version_2)
{
	ck_assert_str_eq(say(0, V2_INIT, V2_INIT_BYTES),
			 "0 label IKE how=version-2\n" SAID("0", "2 exchange=34", NO_RESPONDER, "0") V2_PROPOSAL "16388\n");
	ck_assert_str_eq(say(1, V2_ANSWER, V2_ANSWER_BYTES),
			 SAID("1", "2 exchange=34 response", RESPONDER, "0") V2_PROPOSAL "0\n1 reply 34 0 0\n");
	ck_assert_str_eq(say(0, V2_AUTH, V2_AUTH_BYTES), SAID("0", "2 exchange=35", RESPONDER, "1") NOTHING("0"));
}
END_TEST

static const struct {
	const char *bytes, *said;
} refusals[] = {
	{ V2_REFUSED("\0\x0e"), NOTHING("14") "1 reply 14 0 0\n1 rejected 14 0 0\n" },
	{ V2_REFUSED("\0\x11"), NOTHING("17") "1 reply 34 0 0\n" },     /* goes on with another group */
	{ V2_REFUSED("\x40\x06"), NOTHING("16390") "1 reply 34 0 0\n" }, /* cookie */
};

START_TEST(version_2_refused)
{
	(void)say(0, V2_INIT, V2_INIT_BYTES);
	const char *said = say(1, refusals[_i].bytes, V2_REFUSED_BYTES);
	ck_assert_msg(strstr(said, refusals[_i].said) != NULL, "%s", said);
}
END_TEST

/* The same marker and message on 4500; without the marker it is no IKE there. */
START_TEST(behind_nat)
{
	end();
	open_on(4500);
	ck_assert_str_eq(say(0, V2_INIT, V2_INIT_BYTES), "");
	ck_assert_str_eq(say(0, "\0\0\0\0" V2_INIT, 4 + V2_INIT_BYTES),
			 "0 label IKE how=version-2\n" SAID("0", "2 exchange=34 nat", NO_RESPONDER, "0") V2_PROPOSAL "16388\n");
	ck_assert_str_eq(say(0, "\xff", 1), "");
	ck_assert_str_eq(say(0, "\1\2\3\4\0\1\0\0" "encrypted payload.......", 32), "0 label ESP how=udp\n");
}
END_TEST

#define ESP(sequence) "\1\2\3\4" sequence "encrypted payload......."
START_TEST(esp_without_ike)
{
	end();
	open_on(4500);
	ck_assert_str_eq(say(0, ESP("\0\0\2\0"), 32), "");
	ck_assert_str_eq(say(0, ESP("\0\0\1\0"), 32), "");
	ck_assert_str_eq(say(1, ESP("\0\0\1\1"), 32), ""); /* the other side */
	ck_assert_str_eq(say(0, ESP("\0\0\1\2"), 32), "0 label ESP how=udp\n");
	ck_assert_str_eq(say(0, ESP("\0\0\1\3"), 32), "");
	end();
	open_on(4500);
	ck_assert_str_eq(say(0, "\0\0\0\xff\0\0\0\1" "encrypted payload.......", 32), "");
	ck_assert_str_eq(say(0, ESP("\0\0\0\1"), 32), "0 label ESP how=udp\n");
}
END_TEST

/* A length that lies behind the header leaves the header true; what is cut is read as far as it goes. */
START_TEST(lies_and_cuts)
{
	char bytes[V1_MAIN_BYTES];

	for (size_t i = 28; i < V1_MAIN_BYTES; i++) {
		memcpy(bytes, V1_MAIN(NONE), V1_MAIN_BYTES);
		bytes[i] = (char)0xff;
		end();
		begin();
		const char *said = say(0, bytes, V1_MAIN_BYTES);
		ck_assert_msg(strstr(said, SAID("0", "1 exchange=2", NO_RESPONDER, "0")) != NULL, "%zu: %s", i, said);
	}
	memcpy(bytes, V1_MAIN(NONE), V1_MAIN_BYTES);
	bytes[79] = (char)0xff; /* the last attribute's length */
	const char *said = say(0, bytes, V1_MAIN_BYTES);
	ck_assert_msg(strstr(said, NOTHING("0")) != NULL, "%s", said);
	for (size_t cap = 0; cap < V1_MAIN_BYTES; cap++) {
		struct fact_ike k = { 0 };
		enum rd_err e = ike_read(rd_of(V1_MAIN(NONE), cap, V1_MAIN_BYTES), &k);
		ck_assert_msg(e == RD_SHORT && (cap >= 28) == (k.version == 1), "%zu", cap);
		ck_assert((k.encryption == 5) == (cap >= 60) && (k.lifetime_s == 1800) == (cap >= 84));
	}
}
END_TEST

static const struct {
	const char *what, *bytes;
	size_t n;
	uint16_t port;
	enum dissector_match match;
} firsts[] = {
	{ "main mode", V1_MAIN(NONE), V1_MAIN_BYTES, 500, MATCH_YES },
	{ "another port", V1_MAIN(NONE), V1_MAIN_BYTES, 501, MATCH_NO },
	{ "no marker", V1_MAIN(NONE), V1_MAIN_BYTES, 4500, MATCH_YES }, /* an SPI, for what can be seen */
	{ "marker", "\0\0\0\0" V1_MAIN(NONE), 4 + V1_MAIN_BYTES, 4500, MATCH_YES },
	{ "marker, nothing", "\0\0\0\0", 4, 4500, MATCH_NO },
	{ "keep-alive", "\xff", 1, 4500, MATCH_YES },
	{ "one byte", "\xfe", 1, 4500, MATCH_NO },
	{ "ESP", "\0\0\1\0\0\0\0\1" "....................", 28, 4500, MATCH_YES },
	{ "ESP, too short", "\0\0\1\0\0\0\0\1" "...................", 27, 4500, MATCH_NO },
	{ "reserved SPI", "\0\0\0\xff\0\0\0\1" "....................", 28, 4500, MATCH_NO },
	{ "too long", V1_MAIN(NONE), V1_MAIN_BYTES - 1, 500, MATCH_NO },
	{ "no initiator", NONE SPI_R "\1\x10\2\0\0\0\0\0\0\0\0\x1c", 28, 500, MATCH_NO },
	{ "version 3", SPI_I NONE "\1\x30\2\0\0\0\0\0\0\0\0\x1c", 28, 500, MATCH_NO },
	{ "version 2, exchange 2", SPI_I NONE "\1\x20\2\0\0\0\0\0\0\0\0\x1c", 28, 500, MATCH_NO },
};

START_TEST(first_bytes)
{
	const size_t n = firsts[_i].n;
	struct dissector_input in = { .port = { 40000, firsts[_i].port }, .bytes = rd_of(firsts[_i].bytes, n, n) };

	ck_assert_msg(dissector_ike.recognise(&in) == firsts[_i].match, "%s", firsts[_i].what);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ike");
	TCase *c = tcase_create("ike");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, version_1);
	tcase_add_test(c, next_sa);
	tcase_add_test(c, encrypted);
	tcase_add_test(c, version_1_refused);
	tcase_add_test(c, version_2);
	tcase_add_loop_test(c, version_2_refused, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(c, behind_nat);
	tcase_add_test(c, esp_without_ike);
	tcase_add_test(c, lies_and_cuts);
	tcase_add_loop_test(c, first_bytes, 0, (int)(sizeof(firsts) / sizeof(firsts[0])));
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
