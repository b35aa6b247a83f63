/* X.509: what a certificate says, and what a cut or lying one does not. */
#include <check.h>

#include "dissectors/x509.h"
#include "base/time.h"
#include "tests/unit/dissect_feed.h"
#include "tests/unit/tls_bytes.h"

#define NAME "push.example.net"
enum { FROM = INT64_C(1795260264), TO = INT64_C(1826796264) };

static bool is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static bool is_or_none(struct span s, const char *text)
{
	return !s.n || is(s, text);
}

START_TEST(all_of_it)
{
	struct fact_tls_cert c;

	ck_assert_int_eq(x509_read(rd_of(leaf_der, sizeof(leaf_der), sizeof(leaf_der)), &c), RD_OK);
	ck_assert(is(c.subject, NAME) && is(c.issuer, NAME) && is(c.issuer_org, "Example Org"));
	ck_assert(c.names_n == 2 && is(c.names[0], NAME) && is(c.names[1], "*." NAME) && c.names_more == 0);
	ck_assert_int_eq(c.not_before, FROM * NS_PER_S);
	ck_assert_int_eq(c.not_after, TO * NS_PER_S);
	ck_assert_uint_eq(c.key_bits, 256);
}
END_TEST

START_TEST(cut_anywhere)
{
	struct fact_tls_cert c;

	for (size_t cap = 0; cap < sizeof(leaf_der); cap++) {
		uint8_t *copy = malloc(cap + 1);
		memcpy(copy, leaf_der, cap);
		enum rd_err e = x509_read(rd_of(copy, cap, sizeof(leaf_der)), &c);
		ck_assert_msg(e != RD_OVERRUN, "%zu", cap);
		ck_assert(is_or_none(c.subject, NAME) && is_or_none(c.issuer, NAME));
		ck_assert(c.not_before == 0 || c.not_before == FROM * NS_PER_S);
		ck_assert(c.not_after == 0 || c.not_after == TO * NS_PER_S);
		ck_assert(c.key_bits == 0 || c.key_bits == 256);
		ck_assert_msg(e == RD_SHORT ? c.names_more == 1 : c.names_n == 2, "%zu", cap);
		free(copy);
	}
}
END_TEST

/* Every length byte of the structure made one larger: somewhere it no longer fits, or nothing is read past the end. */
START_TEST(lying_lengths)
{
	uint8_t *copy = malloc(sizeof(leaf_der));
	struct fact_tls_cert c;

	for (size_t i = 0; i < sizeof(leaf_der); i++) {
		memcpy(copy, leaf_der, sizeof(leaf_der));
		copy[i]++;
		ck_assert_int_ne(x509_read(rd_of(copy, sizeof(leaf_der), sizeof(leaf_der)), &c), RD_SHORT);
	}
	memcpy(copy, leaf_der, sizeof(leaf_der));
	copy[3]++;
	ck_assert_int_eq(x509_read(rd_of(copy, sizeof(leaf_der), sizeof(leaf_der)), &c), RD_OVERRUN);
	copy[1] = 0x80; /* indefinite length is not DER */
	ck_assert_int_eq(x509_read(rd_of(copy, sizeof(leaf_der), sizeof(leaf_der)), &c), RD_OVERRUN);
	free(copy);
}
END_TEST

/* version 3, serial, algorithm; issuer O=Corp CA only; from 2049 to for ever; no subject; RSA with a 17-bit modulus */
static const uint8_t proxy[] =
	"\x30\x7f\x30\x7d\xa0\x03\x02\x01\x02\x02\x01\x07\x30\x02\x05\x00"
	"\x30\x12\x31\x10\x30\x0e\x06\x03\x55\x04\x0a\x0c\x07" "Corp CA"
	"\x30\x20\x17\x0d" "491231235959Z\x18\x0f" "99991231235959Z"
	"\x30\x00"
	"\x30\x1c\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
	"\x03\x0b\x00\x30\x08\x02\x03\x01\x00\x01\x02\x01\x03"
	"\xa3\x19\x30\x17\x30\x15\x06\x03\x55\x1d\x11\x04\x0e\x30\x0c\x82\x01" "a\x82\x01" "b\x82\x01" "c\x82\x01" "d";

START_TEST(organization_only)
{
	struct fact_tls_cert c;

	ck_assert_int_eq(x509_read(rd_of(proxy, sizeof(proxy) - 1, sizeof(proxy) - 1), &c), RD_OK);
	ck_assert(is(c.issuer, "Corp CA") && is(c.issuer_org, "Corp CA") && c.subject.n == 0);
	ck_assert_int_eq(c.not_before, INT64_C(2524607999) * NS_PER_S);
	ck_assert_int_eq(c.not_after, INT64_MAX);
	ck_assert_uint_eq(c.key_bits, 17);
	ck_assert_uint_eq(c.names_n, 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("x509");
	TCase *c = tcase_create("x509");

	tcase_add_test(c, all_of_it);
	tcase_add_test(c, cut_anywhere);
	tcase_add_test(c, lying_lengths);
	tcase_add_test(c, organization_only);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
