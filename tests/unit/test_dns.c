/* DNS: names and their compression, chains, what is cut and what lies, datagrams and streams. */
#include <check.h>

#include "dissectors/dns.h"
#include "tests/unit/dissect_feed.h"

/* id 0x1234, recursion desired, one question: MTalk.Google.com A */
static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
			       "\x05MTalk\x06Google\x03""com\x00\x00\x01\x00\x01";
#define QUERY "0 dns query id=4660 type=1 rcode=0 name=mtalk.google.com chain= answers=\n"
enum { QUERY_BYTES = sizeof(query) - 1 };

/*
 * The answer, 4 records: CNAME mobile-gtalk.l.google.com (at 46), A 142.250.10.188 and AAAA 2404:6800:4008:c07::bc of
 * that name, TTL 299; an A of a stranger. Then EDNS.
 */
static const uint8_t answer[] =
	"\x12\x34\x81\x80\x00\x01\x00\x04\x00\x00\x00\x01"
	"\x05mtalk\x06google\x03""com\x00\x00\x01\x00\x01"
	"\xc0\x0c\x00\x05\x00\x01\x00\x00\x01\x2b\x00\x11\x0cmobile-gtalk\x01l\xc0\x12"
	"\xc0\x2e\x00\x01\x00\x01\x00\x00\x01\x2b\x00\x04\x8e\xfa\x0a\xbc"
	"\xc0\x2e\x00\x1c\x00\x01\x00\x00\x01\x2b\x00\x10"
	"\x24\x04\x68\x00\x40\x08\x0c\x07\x00\x00\x00\x00\x00\x00\x00\xbc"
	"\x05other\x00\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\x0a\x00\x00\x01"
	"\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00";
enum { ANSWER_BYTES = sizeof(answer) - 1 };
#define ANSWER_TO(answers)                                                                                         \
	"dns response id=4660 type=1 rcode=0 name=mtalk.google.com chain=mobile-gtalk.l.google.com answers="       \
	answers "\n"
#define ANSWERS "142.250.10.188/299,2404:6800:4008:c07::bc/299"

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_dns, 40000, 53);
}

static void end(void)
{
	feeder_free(&f);
}

/* One message as dns_read() reads it, as text; "malformed", "unknown" where it says so. */
static const char *text_of(const void *p, size_t cap, size_t len)
{
	static struct dns_room room;
	struct fact fact = { .kind = FACT_DNS };
	bool known = false;
	uint8_t *copy = malloc(cap + 1);

	memcpy(copy, p, cap);
	enum rd_err e = dns_read(rd_of(copy, cap, len), &room, &fact.dns, &known);
	free(copy);
	wr_reset(&f.log);
	if (e == RD_OVERRUN)
		wr_str(&f.log, "malformed ");
	if (cap == len)
		ck_assert_int_ne(e, RD_SHORT);
	if (known)
		feed_fact_text(&f.log, &fact);
	else
		wr_str(&f.log, "unknown");
	return feeder_log(&f) + (known && e != RD_OVERRUN ? 2 : 0);
}

START_TEST(query_and_answer)
{
	feeder_datagram(&f, 0, query, QUERY_BYTES, QUERY_BYTES);
	feeder_datagram(&f, 1, answer, ANSWER_BYTES, ANSWER_BYTES);
	ck_assert_str_eq(feeder_log(&f), "0 label DNS how=query\n" QUERY "1 " ANSWER_TO(ANSWERS));
}
END_TEST

/* What was not captured is counted, never invented, and never called malformed. */
START_TEST(cut_anywhere)
{
	for (size_t cap = 0; cap < ANSWER_BYTES; cap++) {
		const char *t = text_of(answer, cap, ANSWER_BYTES);
		ck_assert_msg(!strstr(t, "malformed"), "%zu: %s", cap, t);
		ck_assert_msg((cap < 34) == !strcmp(t, "unknown"), "%zu: %s", cap, t);
		if (cap < 34)
			continue;
		ck_assert(strstr(t, "name=mtalk.google.com"));
		ck_assert_msg(strstr(t, "answers=+4\n") || strstr(t, "answers=+3\n") ||
			      strstr(t, "answers=142.250.10.188/299+2\n") || strstr(t, "answers=" ANSWERS "+1\n") ||
			      strstr(t, "answers=" ANSWERS "\n"), "%zu: %s", cap, t);
	}
}
END_TEST

/* Records may stand in any order (RFC 1035, 3.7 promises none). */
START_TEST(answers_before_their_alias)
{
	static const uint8_t odd[] =
		"\x00\x01\x81\x80\x00\x01\x00\x03\x00\x00\x00\x00" "\x01""a\x00\x00\x01\x00\x01"
		"\x01""c\x00\x00\x01\x00\x01\x00\x00\x00\x09\x00\x04\xc0\x00\x02\x01"
		"\x01""b\x00\x00\x05\x00\x01\x00\x00\x00\x09\x00\x03\x01""C\x00"
		"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x09\x00\x03\x01""b\x00";

	ck_assert_str_eq(text_of(odd, sizeof(odd) - 1, sizeof(odd) - 1),
			 "dns response id=1 type=1 rcode=0 name=a chain=b,c answers=192.0.2.1/9\n");
}
END_TEST

START_TEST(aliases_in_a_ring_end)
{
	static const uint8_t ring[] =
		"\x00\x01\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00" "\x01""a\x00\x00\x01\x00\x01"
		"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x09\x00\x03\x01""b\x00"
		"\x01""b\x00\x00\x05\x00\x01\x00\x00\x00\x09\x00\x02\xc0\x0c";

	ck_assert_str_eq(text_of(ring, sizeof(ring) - 1, sizeof(ring) - 1),
			 "dns response id=1 type=1 rcode=0 name=a chain=b,a answers=\n");
}
END_TEST

/* Twelve aliases and twenty addresses: the lists have room for 8 and 16, the rest is counted. */
START_TEST(long_lists_are_counted)
{
	uint8_t m[1024] = "\x00\x01\x81\x80\x00\x01\x00\x20\x00\x00\x00\x00" "\x01""a\x00\x00\x01\x00\x01";
	size_t n = 19;

	for (uint8_t i = 0; i < 12; i++) {
		const uint8_t rr[] = { 1, (uint8_t)('a' + i), 0, 0, 5, 0, 1, 0, 0, 0, 9,
				       0, 3, 1, (uint8_t)('b' + i), 0 };
		memcpy(m + n, rr, sizeof(rr));
		n += sizeof(rr);
	}
	for (uint8_t i = 0; i < 20; i++) {
		const uint8_t rr[] = { 1, 'M', 0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, i };
		memcpy(m + n, rr, sizeof(rr));
		n += sizeof(rr);
	}
	const char *t = text_of(m, n, n);
	ck_assert_msg(strstr(t, "chain=b,c,d,e,f,g,h,i+4 answers=192.0.2.0/9,"), "%s", t);
	ck_assert_msg(strstr(t, "192.0.2.15/9+4\n"), "%s", t);
}
END_TEST

static const struct {
	const char *what, *bytes;
	size_t n;
	const char *text;
} odd_names[] = {
	{ "root", "\0\1\1\0\0\1\0\0\0\0\0\0" "\0\0\2\0\1", 17,
	  "dns query id=1 type=2 rcode=0 name= chain= answers=\n" },
	{ "hostile bytes stay", "\0\1\1\0\0\1\0\0\0\0\0\0" "\4\0\xffZ\n\0\0\1\0\1", 22,
	  "dns query id=1 type=1 rcode=0 name=\\x00\\xffz\\x0a chain= answers=\n" },
	{ "pointer to itself", "\0\1\1\0\0\1\0\0\0\0\0\0" "\xc0\x0c\0\1\0\1", 18, "malformed unknown" },
	{ "pointer forwards", "\0\1\1\0\0\1\0\0\0\0\0\0" "\xc0\x12\0\1\0\1\1a\0", 21, "malformed unknown" },
	{ "pointer into the header", "\0\1\1\0\0\1\0\0\0\0\0\0" "\xc0\x02\0\1\0\1", 18, "malformed unknown" },
	{ "label of 64 and more", "\0\1\1\0\0\1\0\0\0\0\0\0" "\x40" "a\0\0\1\0\1", 19, "malformed unknown" },
	{ "no end", "\0\1\1\0\0\1\0\0\0\0\0\0" "\3ab", 15, "malformed unknown" },
	{ "no question, refused", "\0\1\x81\5\0\0\0\0\0\0\0\0", 12,
	  "dns response id=1 type=0 rcode=5 name= chain= answers=\n" },
	{ "address of 5 bytes",
	  "\0\1\x81\0\0\1\0\1\0\0\0\0" "\1a\0\0\1\0\1" "\xc0\x0c\0\1\0\1\0\0\0\1\0\5\1\2\3\4\5", 36,
	  "malformed 0 dns response id=1 type=1 rcode=0 name=a chain= answers=\n" },
	{ "more answers than there are",
	  "\0\1\x81\0\0\1\0\2\0\0\0\0" "\1a\0\0\1\0\1" "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4", 35,
	  "malformed 0 dns response id=1 type=1 rcode=0 name=a chain= answers=\n" },
	{ "truncated bit", "\0\1\x83\0\0\1\0\0\0\0\0\0" "\1a\0\0\1\0\1", 19,
	  "dns response id=1 type=1 rcode=0 tc name=a chain= answers=\n" },
};

START_TEST(odd_messages)
{
	const char *t = text_of(odd_names[_i].bytes, odd_names[_i].n, odd_names[_i].n);

	ck_assert_msg(!strcmp(t, odd_names[_i].text), "%s: %s", odd_names[_i].what, t);
}
END_TEST

/* 255 bytes on the wire are a name, 256 are not (RFC 1035, 2.3.4). */
START_TEST(longest_name)
{
	uint8_t m[300] = "\x00\x01\x01\x00\x00\x01";
	size_t n = 12;

	for (int i = 0; i < 127; i++) {
		m[n++] = 1;
		m[n++] = 'x';
	}
	m[n++] = 0;
	memcpy(m + n, "\x00\x01\x00\x01", 4);
	ck_assert(!strncmp(text_of(m, n + 4, n + 4), "dns query", 9));
	m[n - 3] = 2; /* the last label grows by one */
	m[n - 1] = 'x';
	m[n] = 0;
	memcpy(m + n + 1, "\x00\x01\x00\x01", 4);
	ck_assert_str_eq(text_of(m, n + 5, n + 5), "malformed unknown");
}
END_TEST

static void stream(void)
{
	end();
	feeder_init(&f, &dissector_dns_tcp, 40000, 53);
}

START_TEST(stream_in_pieces)
{
	uint8_t two[2 * (QUERY_BYTES + 2)];

	for (size_t i = 0; i < 2; i++) {
		uint8_t *p = two + i * (QUERY_BYTES + 2);
		p[0] = 0;
		p[1] = QUERY_BYTES;
		memcpy(p + 2, query, QUERY_BYTES);
	}
	for (size_t step = 1; step <= sizeof(two); step++) {
		stream();
		feeder_segments(&f, 0, two, sizeof(two), step);
		ck_assert_msg(!strcmp(feeder_log(&f), "0 label DNS how=query\n" QUERY QUERY), "%zu: %s", step,
			      feeder_log(&f));
	}
}
END_TEST

/* A message that nobody keeps whole: its question and first answers are said, the next message is found. */
START_TEST(stream_with_a_huge_message)
{
	static uint8_t m[2 + 60000 + 2 + QUERY_BYTES];

	stream();
	m[0] = 60000 >> 8;
	m[1] = 60000 & 255;
	memcpy(m + 2, answer, ANSWER_BYTES);
	m[2 + 60000 + 1] = QUERY_BYTES;
	memcpy(m + 2 + 60000 + 2, query, QUERY_BYTES);
	feeder_segments(&f, 0, m, sizeof(m), 1400);
	ck_assert_str_eq(feeder_log(&f), "0 label DNS how=response\n0 " ANSWER_TO(ANSWERS) QUERY);
}
END_TEST

START_TEST(stream_with_a_gap)
{
	uint8_t m[2 + QUERY_BYTES] = { 0, QUERY_BYTES };

	stream();
	memcpy(m + 2, query, QUERY_BYTES);
	feeder_push(&f, 0, m, 10, 10);
	feeder_lose(&f, 0, sizeof(m) - 10);
	feeder_push(&f, 0, m, sizeof(m), sizeof(m));
	ck_assert_uint_eq(f.facts[FACT_DNS], 0);
}
END_TEST

static const struct {
	const void *p;
	size_t n;
	uint16_t port;
	enum dissector_match datagram, stream;
} firsts[] = {
	{ query, QUERY_BYTES, 53, MATCH_YES, MATCH_NO },
	{ query, QUERY_BYTES, 5355, MATCH_YES, MATCH_NO },
	{ query, QUERY_BYTES, 9999, MATCH_YES, MATCH_NO },   /* beyond doubt */
	{ query, QUERY_BYTES, 137, MATCH_NO, MATCH_NO },
	{ answer, ANSWER_BYTES, 9999, MATCH_YES, MATCH_NO },
	{ query, QUERY_BYTES - 1, 9999, MATCH_NO, MATCH_NO },
	{ "\0\x22\x12\x34\1\0\0\1\0\0\0\0\0\0", 14, 53, MATCH_NO, MATCH_YES },
	{ "\0\x22\x12\x34", 4, 53, MATCH_NO, MATCH_MAYBE },
	{ "\0\x22\x12\x34\1\0\0\1\0\0\0\0\0\0", 14, 80, MATCH_NO, MATCH_NO },
	{ "\x12\x34\1\0\xff\xff\0\0\0\0\0\0\0\0", 14, 53, MATCH_NO, MATCH_NO },
	{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 53, MATCH_NO, MATCH_NO },
};

START_TEST(first_bytes)
{
	struct dissector_input in = {
		.port = { 40000, firsts[_i].port }, .bytes = rd_of(firsts[_i].p, firsts[_i].n, firsts[_i].n),
	};

	ck_assert_int_eq(dissector_dns.recognise(&in), firsts[_i].datagram);
	ck_assert_int_eq(dissector_dns_tcp.recognise(&in), firsts[_i].stream);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns");
	TCase *c = tcase_create("dns");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, query_and_answer);
	tcase_add_test(c, cut_anywhere);
	tcase_add_test(c, answers_before_their_alias);
	tcase_add_test(c, aliases_in_a_ring_end);
	tcase_add_test(c, long_lists_are_counted);
	tcase_add_loop_test(c, odd_messages, 0, (int)(sizeof(odd_names) / sizeof(odd_names[0])));
	tcase_add_test(c, longest_name);
	tcase_add_test(c, stream_in_pieces);
	tcase_add_test(c, stream_with_a_huge_message);
	tcase_add_test(c, stream_with_a_gap);
	tcase_add_loop_test(c, first_bytes, 0, (int)(sizeof(firsts) / sizeof(firsts[0])));
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
