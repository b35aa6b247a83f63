/* RTP and RTCP: what they are told by, sequence numbers with their wraps and jumps, reports, STUN before them. */
#include <check.h>

#include "dissectors/rtp.h"
#include "tests/unit/dissect_feed.h"

enum { SSRC = 0x01020304, OTHER = 0x0a0b0c0d };

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_rtp, 4000, 2222);
}

static void end(void)
{
	feeder_free(&f);
}

static size_t packet(uint8_t out[32], uint8_t type, uint16_t sequence, uint32_t ssrc)
{
	const uint8_t bytes[32] = {
		0x80, type, (uint8_t)(sequence >> 8), (uint8_t)sequence, 0, 0, 0, 1,
		(uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc,
	};

	memcpy(out, bytes, sizeof(bytes));
	return sizeof(bytes);
}

static void send(uint8_t side, uint8_t type, uint16_t sequence, uint32_t ssrc)
{
	uint8_t bytes[32];
	const size_t n = packet(bytes, type, sequence, ssrc);

	f.time++;
	feeder_datagram(&f, side, bytes, n, n);
}

static const char *closed(void)
{
	wr_reset(&f.log);
	feeder_finish(&f);
	return feeder_log(&f);
}

/* The label comes with the fourth packet in step, the facts when the flow closes. */
START_TEST(two_sides)
{
	for (uint16_t i = 0; i < 3; i++) {
		send(0, 0, (uint16_t)(100 + i), SSRC);
		send(1, 8, (uint16_t)(900 + i), OTHER);
	}
	ck_assert_str_eq(feeder_log(&f), "");
	send(1, 8, 903, OTHER);
	ck_assert_str_eq(feeder_log(&f), "1 label RTP how=sequence\n");
	ck_assert_str_eq(closed(), "0 rtp ssrc=16909060 type=0 packets=3 lost=0 reordered=0 first=1 last=5\n"
				   "1 rtp ssrc=168496141 type=8 packets=4 lost=0 reordered=0 first=2 last=7\n");
}
END_TEST

/* What is not in step is no RTP, however much it looks like it, and after a while not looked at any more. */
START_TEST(strangers)
{
	for (uint32_t i = 0; i < 40; i++) {
		uint8_t bytes[32];
		const size_t n = packet(bytes, 0, (uint16_t)(i * 977), SSRC + i * 31);
		f.side[0].want = feeder_call(&f, 0, 0, bytes, n, n);
	}
	ck_assert(f.side[0].want == DISSECTOR_DONE);
	ck_assert_str_eq(feeder_log(&f), "");
	ck_assert_str_eq(closed(), "");
}
END_TEST

/* Three packets are not enough to say what it is. */
START_TEST(too_few)
{
	for (uint16_t i = 0; i < 3; i++)
		send(0, 0, i, SSRC);
	ck_assert_str_eq(feeder_log(&f), "");
	ck_assert_str_eq(closed(), "");
}
END_TEST

static const struct {
	const char *what;
	uint16_t numbers[16];
	uint8_t n;
	uint32_t lost, reordered;
} sequences[] = {
	{ "in order", { 1, 2, 3, 4 }, 4, 0, 0 },
	{ "around the wrap", { 65533, 65534, 65535, 0, 1 }, 5, 0, 0 },
	{ "lost", { 1, 2, 3, 4, 7, 10 }, 6, 4, 0 },
	{ "lost at the wrap", { 65531, 65532, 65533, 65534, 2 }, 5, 3, 0 },
	{ "late", { 1, 2, 3, 5, 4, 6 }, 6, 0, 1 },
	{ "late at the wrap", { 65534, 65535, 1, 0, 2, 3 }, 6, 0, 1 },
	{ "before the first", { 5, 4, 6, 7, 8 }, 5, 0, 1 },
	{ "before the first, at zero", { 0, 65535, 1, 2, 3 }, 5, 0, 1 },
	{ "repeated", { 1, 2, 2, 3, 3, 3, 4 }, 7, 0, 0 },
	{ "repeated and lost", { 1, 2, 2, 3, 3, 5 }, 6, 1, 0 },
	{ "a stray number", { 1, 2, 3, 30000, 4, 5 }, 6, 0, 0 },
	{ "begun anew", { 1, 2, 3, 4, 30000, 30001, 30003 }, 7, 1, 0 },
	{ "a stray number, then begun anew", { 1, 2, 3, 4, 40000, 65000, 65001, 65002 }, 8, 0, 0 },
	{ "repeated late", { 1, 2, 3, 4, 2 }, 5, 0, 0 },
	{ "two stray numbers", { 1, 2, 3, 30000, 50000, 7 }, 6, 3, 0 },
	{ "before the first, with a loss", { 5, 3, 6, 7 }, 4, 1, 1 },
	{ "before zero, with a loss", { 0, 65534, 1, 2 }, 4, 1, 1 },
	{ "late by 70", { 1, 2, 3, 4, 80, 10, 81 }, 7, 74, 1 },
};

START_TEST(numbers)
{
	struct rtp_source s = { 0 };

	for (unsigned i = 0; i < sequences[_i].n; i++)
		rtp_source_take(&s, SSRC, sequences[_i].numbers[i], 0, i);
	ck_assert_msg(rtp_source_lost(&s) == sequences[_i].lost, "%s: %u lost", sequences[_i].what, rtp_source_lost(&s));
	ck_assert_msg(s.reordered == sequences[_i].reordered, "%s: %u", sequences[_i].what, s.reordered);
	ck_assert_uint_eq(s.packets, sequences[_i].n);
}
END_TEST

START_TEST(many_wraps)
{
	struct rtp_source s = { 0 };

	for (uint32_t i = 0; i < 300000; i++)
		if (i % 1000 != 500)
			rtp_source_take(&s, SSRC, (uint16_t)(65000 + i), 0, i);
	ck_assert_uint_eq(rtp_source_lost(&s), 300);
	ck_assert_uint_eq(s.packets, 299700);
}
END_TEST

/* RFC 3551: comfort noise between and before speech is not what the stream is. A third sender has no place. */
START_TEST(noise_and_further_senders)
{
	send(0, 13, 1, SSRC);
	send(0, 13, 2, SSRC);
	for (uint16_t i = 3; i < 7; i++)
		send(0, 8, i, SSRC);
	send(0, 13, 7, SSRC);
	send(0, 0, 50, 77); /* once: gives its place away */
	send(0, 0, 60, OTHER);
	send(0, 0, 61, OTHER);
	send(0, 0, 70, 78);
	send(0, 0, 71, 78);
	ck_assert_str_eq(closed(), "0 rtp ssrc=16909060 type=8 packets=7 lost=0 reordered=0 first=1 last=7\n"
				   "0 rtp ssrc=168496141 type=0 packets=2 lost=0 reordered=0 first=9 last=10\n");
}
END_TEST

/* Sender report without blocks, 28 bytes, and the description of one source. */
static const uint8_t compound[] = "\x80\xc8\x00\x06\x01\x02\x03\x04" "abcdefghijklmnopqrst"
				  "\x81\xca\x00\x02\x01\x02\x03\x04\x00\x00\x00\x00";
static const uint8_t receiver[] = "\x80\xc9\x00\x01\x01\x02\x03\x04";
/* SRTCP: the rest is encrypted. */
static const uint8_t protected[] = "\x80\xc8\x00\x06\x01\x02\x03\x04" "abcdefghijklmnopqrst" "encrypted and tag";

START_TEST(reports)
{
	f.time = 5;
	feeder_datagram(&f, 1, compound, sizeof(compound) - 1, sizeof(compound) - 1);
	ck_assert_str_eq(feeder_log(&f), "1 label RTCP how=reports\n");
	ck_assert_str_eq(closed(), "1 rtcp ssrc=16909060 type=200 packets=1 lost=0 reordered=0 first=5 last=5\n");
}
END_TEST

START_TEST(a_report_alone_is_one_of_two)
{
	feeder_datagram(&f, 0, receiver, 8, 8);
	ck_assert_str_eq(feeder_log(&f), "");
	feeder_datagram(&f, 0, receiver, 8, 8);
	ck_assert_str_eq(feeder_log(&f), "0 label RTCP how=reports\n");
}
END_TEST

START_TEST(media_and_reports_on_one_port)
{
	for (uint16_t i = 0; i < 4; i++)
		send(0, 96, i, SSRC);
	feeder_datagram(&f, 0, protected, sizeof(protected) - 1, sizeof(protected) - 1);
	feeder_datagram(&f, 0, protected, sizeof(protected) - 1, sizeof(protected) - 1);
	ck_assert_str_eq(feeder_log(&f), "0 label RTP how=sequence\n0 label RTCP how=reports\n");
	ck_assert_str_eq(closed(), "0 rtp ssrc=16909060 type=96 packets=4 lost=0 reordered=0 first=1 last=4\n"
				   "0 rtcp ssrc=16909060 type=200 packets=2 lost=0 reordered=0 first=4 last=4\n");
}
END_TEST

static const uint8_t binding[] = "\x00\x01\x00\x04\x21\x12\xa4\x42" "abcdefghijkl" "\x80\x22\x00\x00";

START_TEST(stun_then_media)
{
	end();
	feeder_init(&f, &dissector_stun, 4001, 2223);
	feeder_datagram(&f, 0, binding, sizeof(binding) - 1, sizeof(binding) - 1);
	for (int i = 0; i < 40; i++)
		feeder_datagram(&f, 0, "\x16\xfe\xfd", 3, 3); /* DTLS */
	for (uint16_t i = 0; i < 4; i++)
		send(1, 111, i, OTHER);
	ck_assert_str_eq(feeder_log(&f), "0 label STUN how=cookie\n1 label RTP how=sequence\n");
	ck_assert_str_eq(closed(), "1 rtp ssrc=168496141 type=111 packets=4 lost=0 reordered=0 first=1 last=4\n");
}
END_TEST

START_TEST(stun_over_tcp)
{
	end();
	feeder_init(&f, &dissector_stun_tcp, 4001, 3478);
	feeder_push(&f, 0, binding, sizeof(binding) - 1, sizeof(binding) - 1);
	ck_assert_str_eq(feeder_log(&f), "0 label STUN how=cookie\n");
	ck_assert(f.side[0].want == DISSECTOR_DONE);
}
END_TEST

#define TIME "\0\0\0\1\1\2\3\4"
static const struct {
	const char *what, *bytes;
	size_t n;
	uint16_t port[2];
	enum dissector_match rtp, stun;
} firsts[] = {
	{ "PCMU", "\x80\x00\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_YES, MATCH_NO },
	{ "one port even", "\x80\x00\0\1" TIME "payload", 19, { 4001, 2222 }, MATCH_YES, MATCH_NO },
	{ "both odd", "\x80\x00\0\1" TIME "payload", 19, { 4001, 2223 }, MATCH_NO, MATCH_NO },
	{ "a service's port", "\x80\x00\0\1" TIME "payload", 19, { 4000, 514 }, MATCH_NO, MATCH_NO },
	{ "mDNS", "\x80\x00\0\1" TIME "payload", 19, { 4000, 5353 }, MATCH_NO, MATCH_NO },
	{ "nothing inside", "\x80\x00\0\1" TIME, 12, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "no SSRC", "\x80\x00\0\1\0\0\0\1\0\0\0\0payload", 19, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "version 1", "\x40\x00\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "reserved type", "\x80\x01\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "unassigned type", "\x80\x14\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "dynamic type, marked", "\x80\xe0\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_YES, MATCH_NO },
	{ "padding", "\xa0\x00\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "CSRCs beyond the end", "\x82\x00\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "CSRC", "\x81\x00\0\1" TIME "payload", 19, { 4000, 2222 }, MATCH_YES, MATCH_NO },
	{ "extension", "\x90\x00\0\1" TIME "\xbe\xde\0\1abcdp", 21, { 4000, 2222 }, MATCH_YES, MATCH_NO },
	{ "extension beyond the end", "\x90\x00\0\1" TIME "\xbe\xde\0\2abcdp", 21, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "receiver report", "\x80\xc9\0\1\1\2\3\4", 8, { 4001, 2223 }, MATCH_YES, MATCH_NO },
	{ "report of a wrong length", "\x80\xc9\0\2\1\2\3\4", 8, { 4001, 2223 }, MATCH_NO, MATCH_NO },
	{ "bytes behind the reports", "\x80\xc9\0\3\1\2\3\4........abc", 19, { 4001, 2223 }, MATCH_NO, MATCH_NO },
	{ "goodbye alone", "\x81\xcb\0\1\1\2\3\4", 8, { 4001, 2223 }, MATCH_NO, MATCH_NO },
	{ "STUN", "\0\1\0\0\x21\x12\xa4\x42" "abcdefghijkl", 20, { 4000, 3478 }, MATCH_NO, MATCH_YES },
	{ "STUN, length wrong", "\0\1\0\4\x21\x12\xa4\x42" "abcdefghijkl", 20, { 4000, 3478 }, MATCH_NO, MATCH_NO },
	{ "STUN, no cookie", "\0\1\0\0\x21\x12\xa4\x43" "abcdefghijkl", 20, { 4000, 3478 }, MATCH_NO, MATCH_NO },
	{ "DTLS", "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\1\0\0\0", 16, { 4000, 2222 }, MATCH_NO, MATCH_NO },
	{ "empty", "", 0, { 4000, 2222 }, MATCH_NO, MATCH_NO },
};

START_TEST(first_bytes)
{
	struct dissector_input in = {
		.port = { firsts[_i].port[0], firsts[_i].port[1] }, .bytes = rd_of(firsts[_i].bytes, firsts[_i].n, firsts[_i].n),
	};

	ck_assert_msg(dissector_rtp.recognise(&in) == firsts[_i].rtp, "%s", firsts[_i].what);
	ck_assert_msg(dissector_stun.recognise(&in) == firsts[_i].stun, "%s", firsts[_i].what);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rtp");
	TCase *c = tcase_create("rtp");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, two_sides);
	tcase_add_test(c, strangers);
	tcase_add_test(c, too_few);
	tcase_add_loop_test(c, numbers, 0, (int)(sizeof(sequences) / sizeof(sequences[0])));
	tcase_add_test(c, many_wraps);
	tcase_add_test(c, noise_and_further_senders);
	tcase_add_test(c, reports);
	tcase_add_test(c, a_report_alone_is_one_of_two);
	tcase_add_test(c, media_and_reports_on_one_port);
	tcase_add_test(c, stun_then_media);
	tcase_add_test(c, stun_over_tcp);
	tcase_add_loop_test(c, first_bytes, 0, (int)(sizeof(firsts) / sizeof(firsts[0])));
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
