/* TLS: by which first bytes it is known. RFC 8446, 5.1 (records); RFC 5246, E.2 (an SSL 2.0 hello) */
#include <check.h>
#include <stdlib.h>

#include "dissectors/dissector.h"
#include "tests/unit/dissect_feed.h"

/* length 28, CLIENT-HELLO, 3.1, suites of 3 bytes, no session, challenge of 16 bytes */
static const char v2[] = "\x80\x1c\x01\x03\x01\x00\x03\x00\x00\x00\x10\x00\x00\x2f"
			 "0123456789abcdef";

static const struct {
	const char *bytes;
	size_t n;
	enum dissector_match match;
} firsts[] = {
	{ "\x16\x03\x01\x00\x80\x01\x00\x00\x7c\x03\x03", 11, MATCH_YES },
	{ "\x16\x03\x01", 3, MATCH_MAYBE },
	{ "\x16", 1, MATCH_MAYBE },
	{ "\x17\x03\x03\x00\x21", 5, MATCH_YES },
	{ "\x15\x03\x03\x00\x02\x02\x28", 7, MATCH_YES },
	{ "\x15\x03\x03\x00\x02\x02\x28GET /", 12, MATCH_NO },   /* no chain */
	{ "\x14\x03\x03\x00\x01\x01\x16\x03\x03\x00\x28", 11, MATCH_YES },
	{ "\x14\x03\x03\x00\x02\x01\x01", 7, MATCH_NO },         /* ChangeCipherSpec is one byte */
	{ "\x17\x03\x03\x00\x00", 5, MATCH_NO },
	{ "\x17\x03\x05\x00\x21", 5, MATCH_NO },
	{ "\x17\x03\x03\x50\x01", 5, MATCH_NO },                 /* 20,481 bytes */
	{ "\x16\xfe\xff\x00\x00", 5, MATCH_NO },                 /* DTLS */
	{ "GET / HTTP/1.1\r\n", 16, MATCH_NO },
	{ "SSH-2.0-OpenSSH\r\n", 17, MATCH_NO },
	{ v2, sizeof(v2) - 1, MATCH_YES },
	{ "\x80\x1c\x01\x03\x01\x00\x04", 7, MATCH_MAYBE },
	{ "\x80\x1c\x01\x03\x01\x00\x04\x00\x00\x00\x10", 11, MATCH_NO }, /* suites are three bytes each */
};

START_TEST(first_bytes)
{
	struct dissector_input in = {
		.port = { 40000, 443 }, .bytes = rd_of((const uint8_t *)firsts[_i].bytes, firsts[_i].n, firsts[_i].n),
	};

	ck_assert_int_eq(dissector_tls.recognise(&in), firsts[_i].match);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tls-first");
	TCase *c = tcase_create("first");

	tcase_add_loop_test(c, first_bytes, 0, (int)(sizeof(firsts) / sizeof(firsts[0])));
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
