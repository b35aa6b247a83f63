/* TLS: hellos, certificates in their records, alerts, the end of the handshake, loss. */
#include <check.h>

#include "dissectors/tls_hello.h"
#include "tests/unit/dissect_feed.h"
#include "tests/unit/tls_bytes.h"

enum { HANDSHAKE = 22, CCS = 20, ALERT = 21, DATA = 23 };

/* GREASE, server_name push.example.net, ALPN h2 http/1.1, supported_versions GREASE 1.3 1.2, ECH, padding */
static const uint8_t modern[] =
	"\x0a\x0a\x00\x00"
	"\x00\x00\x00\x15\x00\x13\x00\x00\x10push.example.net"
	"\x00\x10\x00\x0e\x00\x0c\x02h2\x08http/1.1"
	"\x00\x2b\x00\x07\x06\x8a\x8a\x03\x04\x03\x03"
	"\xfe\x0d\x00\x03\x00\x01\x02"
	"\x00\x15\x00\x04\x00\x00\x00\x00";
#define MODERN "0 client version=0304 legacy=0303 sni=push.example.net alpn=h2,http/1.1 ech\n"

static const uint8_t plain_sni[] = "\x00\x00\x00\x15\x00\x13\x00\x00\x10push.example.net";
#define PLAIN "0 client version=0303 legacy=0303 sni=push.example.net alpn=\n"

static const uint8_t chosen_1_3[] = "\x00\x2b\x00\x02\x03\x04";
static const uint8_t chosen_h2[] = "\x00\x10\x00\x05\x00\x03\x02h2";

static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

#define CLIENT_LABEL "0 label TLS how=client-hello\n"
#define CERT                                                                                                      \
	"1 cert subject=push.example.net issuer=push.example.net org=Example Org "                                \
	"names=push.example.net,*.push.example.net from=2026-11-21T11:24:24.000000000Z "                          \
	"to=2027-11-21T11:24:24.000000000Z bits=256\n"

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_tls, 40000, 443);
	f.marks = true;
}

static void end(void)
{
	feeder_free(&f);
}

static void push(uint8_t side, const struct bytes *b)
{
	feeder_push(&f, side, b->b, b->n, b->n);
}

static void modern_hello(struct bytes *ret_o)
{
	struct bytes m = { .n = 0 };

	ret_o->n = 0;
	put_client_hello(&m, 0x0303, modern, sizeof(modern) - 1);
	put_record(ret_o, HANDSHAKE, 0x0301, m.b, m.n);
}

static void client_hello(void)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	put_client_hello(&m, 0x0303, plain_sni, sizeof(plain_sni) - 1);
	put_record(&r, HANDSHAKE, 0x0301, m.b, m.n);
	push(0, &r);
}

static void server_hello(const void *random, uint16_t cipher, const void *exts, size_t n)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	put_server_hello(&m, random, cipher, exts, n);
	put_record(&r, HANDSHAKE, 0x0303, m.b, m.n);
	push(1, &r);
}

static void sealed(uint8_t side, uint8_t type, size_t n)
{
	struct bytes r = { .n = 0 };

	put_sealed(&r, type, n);
	push(side, &r);
}

START_TEST(hello_says_all)
{
	struct bytes r;

	modern_hello(&r);
	push(0, &r);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL MODERN);
}
END_TEST

/* Segments may end anywhere. */
START_TEST(hello_in_two_segments)
{
	struct bytes r;

	modern_hello(&r);
	for (size_t i = 1; i < r.n; i++) {
		feeder_push(&f, 0, r.b, i, i);
		feeder_push(&f, 0, r.b + i, r.n - i, r.n - i);
		ck_assert_msg(!strcmp(feeder_log(&f), CLIENT_LABEL MODERN), "at %zu: %s", i, feeder_log(&f));
		end();
		begin();
	}
}
END_TEST

/* A message in records of one byte each is the same message (RFC 8446, 5.1). */
START_TEST(hello_in_many_records)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	put_client_hello(&m, 0x0303, modern, sizeof(modern) - 1);
	for (size_t i = 0; i < m.n; i++)
		put_record(&r, HANDSHAKE, 0x0301, m.b + i, 1);
	feeder_segments(&f, 0, r.b, r.n, 1);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL MODERN);
}
END_TEST

/* What a cut hello says is true or not said. */
START_TEST(cut_hello_never_lies)
{
	struct bytes m = { .n = 0 }, r;
	struct fact_tls_client h;

	put_client_hello(&m, 0x0303, modern, sizeof(modern) - 1);
	for (size_t cap = 0; cap < m.n - 4; cap++) {
		memset(&h, 0, sizeof(h));
		enum rd_err e = tls_client_hello_read(rd_of(m.b + 4, cap, m.n - 4), &h);
		ck_assert_msg(e == RD_SHORT || (e == RD_OK && cap + 4 >= m.n - 4), "%d at %zu", e, cap);
		ck_assert(h.version == 0 || h.version == 0x0304);
		ck_assert(h.sni.n == 0 || h.sni.n == 16);
		ck_assert(h.alpns <= 2);
	}
	modern_hello(&r);
	for (size_t cap = 1; cap < r.n; cap++) {
		end();
		begin();
		feeder_push(&f, 0, r.b, cap, r.n);
		const char *log = feeder_log(&f);
		ck_assert_msg(!f.facts[FACT_TLS_CLIENT] ||
			      strstr(log, "version=0000 legacy=0303 sni=push.example.net") ||
			      strstr(log, "version=0304 legacy=0303 sni=push.example.net alpn=h2,http/1.1"),
			      "at %zu: %s", cap, log);
	}
	ck_assert_uint_eq(f.facts[FACT_TLS_CLIENT], 1);
}
END_TEST

START_TEST(cut_server_hello_never_lies)
{
	struct bytes m = { .n = 0 };
	struct fact_tls_server h;

	put_server_hello(&m, NULL, 0x1301, chosen_1_3, sizeof(chosen_1_3) - 1);
	for (size_t cap = 0; cap < m.n - 4; cap++) {
		memset(&h, 0, sizeof(h));
		ck_assert_int_eq(tls_server_hello_read(rd_of(m.b + 4, cap, m.n - 4), &h), RD_SHORT);
		ck_assert_uint_eq(h.cipher, cap < 37 ? 0 : 0x1301);
		ck_assert_uint_eq(h.version, cap < 37 ? 0 : 0x0304);
	}
}
END_TEST

START_TEST(lying_lengths_are_malformed)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };
	uint8_t bad[sizeof(plain_sni)];
	struct fact_tls_client h;

	memcpy(bad, plain_sni, sizeof(bad));
	bad[8] = 0x11; /* the name is one byte longer than its list */
	put_client_hello(&m, 0x0303, bad, sizeof(bad) - 1);
	ck_assert_int_eq(tls_client_hello_read(rd_of(m.b + 4, m.n - 4, m.n - 4), &h), RD_OVERRUN);
	put_record(&r, HANDSHAKE, 0x0301, m.b, m.n);
	push(0, &r);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL);
}
END_TEST

START_TEST(handshake_1_2)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	client_hello();
	put_server_hello(&m, NULL, 0xc02b, chosen_h2, sizeof(chosen_h2) - 1);
	put_certificate(&m, leaf_der, sizeof(leaf_der), 900);
	put(&m, "\x0e\x00\x00\x00", 4); /* ServerHelloDone */
	put_record(&r, HANDSHAKE, 0x0303, m.b, m.n);
	push(1, &r);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL PLAIN "1 server version=0303 cipher=c02b alpn=h2\n" CERT);
	wr_reset(&f.log);
	r.n = 0;
	put_record(&r, HANDSHAKE, 0x0303, "\x10\x00\x00\x02\x55\x55", 6); /* ClientKeyExchange */
	put_record(&r, CCS, 0x0303, "\x01", 1);
	put_sealed(&r, HANDSHAKE, 40);
	push(0, &r);
	ck_assert_uint_eq(f.done, 0);
	r.n = 0;
	put_record(&r, CCS, 0x0303, "\x01", 1);
	push(1, &r);
	ck_assert_uint_eq(f.done, 0);
	sealed(1, HANDSHAKE, 40);
	sealed(0, DATA, 500);
	sealed(1, DATA, 9000);
	sealed(1, ALERT, 26);
	ck_assert_str_eq(feeder_log(&f), "1 done 771 49195 0\n1 alert 0 0 0\n");
}
END_TEST

/* A session taken up again; the log is empty after it, as is what it returns. */
static struct bytes came_up(void)
{
	struct bytes r = { .n = 0 };

	client_hello();
	server_hello(NULL, 0xc02f, NULL, 0);
	put_record(&r, CCS, 0x0303, "\x01", 1);
	put_sealed(&r, HANDSHAKE, 40);
	push(1, &r);
	ck_assert_uint_eq(f.done, 0);
	push(0, &r);
	ck_assert_uint_eq(f.done, 1);
	wr_reset(&f.log);
	return (struct bytes){ .n = 0 };
}

START_TEST(handshake_1_2_resumed)
{
	(void)came_up();
}
END_TEST

START_TEST(handshake_1_3)
{
	struct bytes r = { .n = 0 };

	client_hello();
	server_hello(NULL, 0x1301, chosen_1_3, sizeof(chosen_1_3) - 1);
	put_record(&r, CCS, 0x0303, "\x01", 1);
	put_sealed(&r, DATA, 2000);
	push(1, &r);
	r.n = 0;
	put_record(&r, CCS, 0x0303, "\x01", 1);
	push(0, &r);
	ck_assert_uint_eq(f.done, 0);
	sealed(0, DATA, 53);
	ck_assert_uint_eq(f.done, 1);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL PLAIN
			 "1 server version=0304 cipher=1301 alpn=\n0 done 772 4865 0\n");
}
END_TEST

/* A client that does not like the certificate answers with an alert, 19 bytes long and sealed. */
START_TEST(alert_is_no_finished)
{
	client_hello();
	server_hello(NULL, 0x1301, chosen_1_3, sizeof(chosen_1_3) - 1);
	sealed(1, DATA, 2000);
	sealed(0, DATA, 19);
	ck_assert_uint_eq(f.done, 0);
}
END_TEST

START_TEST(early_data_is_no_finished)
{
	client_hello();
	sealed(0, DATA, 700);
	server_hello(NULL, 0x1302, chosen_1_3, sizeof(chosen_1_3) - 1);
	sealed(1, DATA, 200);
	sealed(0, DATA, 700);
	sealed(0, DATA, 21); /* EndOfEarlyData */
	ck_assert_uint_eq(f.done, 0);
	sealed(0, DATA, 69);
	ck_assert_uint_eq(f.done, 1);
}
END_TEST

START_TEST(hello_retry_request)
{
	struct bytes r = { .n = 0 };

	client_hello();
	server_hello(retry_random, 0x1301, chosen_1_3, sizeof(chosen_1_3) - 1);
	put_record(&r, CCS, 0x0303, "\x01", 1);
	push(1, &r);
	push(0, &r);
	client_hello();
	server_hello(NULL, 0x1301, chosen_1_3, sizeof(chosen_1_3) - 1);
	sealed(1, DATA, 100);
	sealed(0, DATA, 53);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL PLAIN
			 "1 server version=0304 cipher=1301 alpn= retry\n1 server version=0304 cipher=1301 alpn=\n"
			 "0 done 772 4865 0\n");
}
END_TEST

/* Of one side alone nothing is done, whatever it sends. */
START_TEST(one_way_is_not_done)
{
	struct bytes r = { .n = 0 };

	client_hello();
	put_record(&r, CCS, 0x0303, "\x01", 1);
	put_sealed(&r, HANDSHAKE, 40);
	put_sealed(&r, DATA, 400);
	push(0, &r);
	ck_assert_uint_eq(f.done, 0);
	ck_assert_str_eq(feeder_log(&f), CLIENT_LABEL PLAIN);
}
END_TEST

START_TEST(plain_alert)
{
	struct bytes r = { .n = 0 };

	client_hello();
	wr_reset(&f.log);
	put_record(&r, ALERT, 0x0303, "\x02\x28", 2);
	feeder_push(&f, 1, r.b, 6, 6);
	feeder_push(&f, 1, r.b + 6, 1, 1);
	ck_assert_str_eq(feeder_log(&f), "1 alert 2 40 0\n");
}
END_TEST

START_TEST(records_are_marked_once)
{
	struct bytes r = { .n = 0 };

	f.records = true;
	put_sealed(&r, DATA, 20);
	put_sealed(&r, DATA, 30);
	feeder_segments(&f, 0, r.b, r.n, 1);
	ck_assert_str_eq(feeder_log(&f), "0 label TLS how=record-layer\n0 record 23 20 771\n0 record 23 30 771\n");
}
END_TEST

/* Once the session is up, records of data may pass unsaid; what comes behind them is found where it is. */
START_TEST(data_passes_unheard)
{
	struct bytes r = came_up();

	f.records = f.unheard = true;
	for (unsigned i = 0; i < 5; i++)
		put_sealed(&r, DATA, 20 + 100 * i);
	put_sealed(&r, ALERT, 26);
	put_sealed(&r, DATA, 0);
	feeder_segments(&f, 0, r.b, r.n, r.n);
	feeder_segments(&f, 0, r.b, r.n, 7);
	ck_assert_str_eq(feeder_log(&f), "0 record 21 26 771\n0 alert 0 0 0\n0 record 21 26 771\n0 alert 0 0 0\n");
}
END_TEST

/* The middle of a session: no hello is imagined, nothing is done. */
START_TEST(mid_stream)
{
	struct bytes r = { .n = 0 };

	sealed(0, DATA, 33);
	sealed(1, DATA, 33);
	ck_assert_str_eq(feeder_log(&f), "0 label TLS how=record-layer\n");
	end();
	begin();
	put_record(&r, HANDSHAKE, 0x0303, "\x10\x00\x00\x02\x55\x55", 6);
	put_record(&r, HANDSHAKE, 0x0303, "\x01\x00\x00\x02\x55\x55", 6);
	push(0, &r);
	ck_assert_str_eq(feeder_log(&f), "0 label TLS how=record-layer\n");
}
END_TEST

START_TEST(gap_inside_a_record)
{
	struct bytes r = { .n = 0 };

	f.records = true;
	put_sealed(&r, DATA, 8000);
	feeder_push(&f, 0, r.b, 1000, 1000);
	feeder_lose(&f, 0, 5000);
	feeder_push(&f, 0, r.b + 6000, r.n - 6000, r.n - 6000);
	sealed(0, DATA, 30);
	ck_assert_str_eq(feeder_log(&f), "0 label TLS how=record-layer\n0 record 23 8000 771\n0 record 23 30 771\n");
}
END_TEST

/* Where the next record begins is not known: whatever comes is not read. */
START_TEST(gap_over_a_record)
{
	f.records = true;
	sealed(0, DATA, 100);
	feeder_lose(&f, 0, 105);
	sealed(0, DATA, 30);
	ck_assert_str_eq(feeder_log(&f), "0 label TLS how=record-layer\n0 record 23 100 771\n");
	ck_assert_uint_eq(f.side[0].want, DISSECTOR_DONE);
}
END_TEST

/* The certificate is lost in the middle; its record goes on, and so do we. */
START_TEST(gap_inside_a_certificate)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	client_hello();
	server_hello(NULL, 0xc02b, NULL, 0);
	wr_reset(&f.log);
	put_certificate(&m, leaf_der, sizeof(leaf_der), 900);
	put_record(&r, HANDSHAKE, 0x0303, m.b, m.n);
	feeder_push(&f, 1, r.b, 200, 200);
	feeder_lose(&f, 1, 400);
	feeder_push(&f, 1, r.b + 600, r.n - 600, r.n - 600);
	r.n = 0;
	put_record(&r, ALERT, 0x0303, "\x02\x28", 2);
	push(1, &r);
	ck_assert_str_eq(feeder_log(&f), "1 alert 2 40 0\n");
}
END_TEST

/* The ServerHello is lost in the middle; where the next message begins is known. */
START_TEST(gap_inside_a_hello)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	client_hello();
	wr_reset(&f.log);
	put_server_hello(&m, NULL, 0xc02b, NULL, 0);
	put_certificate(&m, leaf_der, sizeof(leaf_der), 900);
	put_record(&r, HANDSHAKE, 0x0303, m.b, m.n);
	feeder_push(&f, 1, r.b, 20, 20);
	feeder_lose(&f, 1, 10);
	feeder_push(&f, 1, r.b + 30, r.n - 30, r.n - 30);
	ck_assert_str_eq(feeder_log(&f), CERT);
}
END_TEST

/* The certificate's records and segments end anywhere. */
START_TEST(certificate_in_pieces)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	put_server_hello(&m, NULL, 0xc02b, NULL, 0);
	put_certificate(&m, leaf_der, sizeof(leaf_der), 5000);
	for (size_t i = 0; i < m.n; i += 300)
		put_record(&r, HANDSHAKE, 0x0303, m.b + i, m.n - i < 300 ? m.n - i : 300);
	for (size_t step = 1; step < 1500; step += 97) {
		end();
		begin();
		client_hello();
		wr_reset(&f.log);
		feeder_segments(&f, 1, r.b, r.n, step);
		ck_assert_msg(!strcmp(feeder_log(&f), "1 server version=0303 cipher=c02b alpn=\n" CERT), "%zu: %s",
			      step, feeder_log(&f));
	}
}
END_TEST

/*
 * A leaf larger than what is kept: who issued it is said, and that names are missing. The leaf grows by a 6,000-byte
 * extension; every length around it is one of DER's two-byte ones.
 */
static void big_leaf(struct bytes *o)
{
	static const uint8_t filler[] = "\x30\x82\x17\x70\x06\x03\x55\x1d\x63\x04\x82\x17\x67";
	/* where openssl asn1parse shows them: the end of the certificate's body, its [3], the list in that */
	enum { BODY = 8, BODY_END = 437, EXTENSIONS = 298, LIST = 304, LIST_BYTES = 133 };
	struct bytes tbs = { .n = 0 };
	put(&tbs, leaf_der + BODY, EXTENSIONS - BODY);
	size_t list = 4 + 6000 + LIST_BYTES;
	put(&tbs, "\xa3\x82", 2);
	put_number(&tbs, list + 4, 2);
	put(&tbs, "\x30\x82", 2);
	put_number(&tbs, list, 2);
	put(&tbs, filler, sizeof(filler) - 1);
	put_zeros(&tbs, 4 + 6000 - (sizeof(filler) - 1));
	put(&tbs, leaf_der + LIST, LIST_BYTES);
	put(o, "\x30\x82", 2);
	put_number(o, 4 + tbs.n + sizeof(leaf_der) - BODY_END, 2);
	put(o, "\x30\x82", 2);
	put_number(o, tbs.n, 2);
	put(o, tbs.b, tbs.n);
	put(o, leaf_der + BODY_END, sizeof(leaf_der) - BODY_END);
}

/* In one record, or in two of which the first has one byte. */
START_TEST(certificate_beyond_the_prefix)
{
	struct bytes leaf = { .n = 0 }, m = { .n = 0 }, r = { .n = 0 };

	client_hello();
	server_hello(NULL, 0xc02b, NULL, 0);
	wr_reset(&f.log);
	big_leaf(&leaf);
	put_certificate(&m, leaf.b, leaf.n, 2000);
	put_record(&r, HANDSHAKE, 0x0303, m.b, _i ? (size_t)_i : m.n);
	if (_i)
		put_record(&r, HANDSHAKE, 0x0303, m.b + _i, m.n - (size_t)_i);
	feeder_segments(&f, 1, r.b, r.n, 1400);
	ck_assert_str_eq(feeder_log(&f), "1 cert subject=push.example.net issuer=push.example.net org=Example Org "
			 "names=+1 from=2026-11-21T11:24:24.000000000Z to=2027-11-21T11:24:24.000000000Z bits=256\n");
	wr_reset(&f.log);
	r.n = 0;
	put_record(&r, ALERT, 0x0303, "\x02\x28", 2);
	push(1, &r);
	ck_assert_str_eq(feeder_log(&f), "1 alert 2 40 0\n");
}
END_TEST

/* A client's certificate is nobody's server. */
START_TEST(client_certificate_is_not_the_leaf)
{
	struct bytes m = { .n = 0 }, r = { .n = 0 };

	client_hello();
	server_hello(NULL, 0xc02b, NULL, 0);
	put_certificate(&m, leaf_der, sizeof(leaf_der), 0);
	put_record(&r, HANDSHAKE, 0x0303, m.b, m.n);
	push(0, &r);
	ck_assert_uint_eq(f.facts[FACT_TLS_CERT], 0);
}
END_TEST

/* RFC 5246, E.2: length 28, CLIENT-HELLO, 3.1, suites of 3 bytes, no session, challenge of 16 bytes */
static const uint8_t v2[] = "\x80\x1c\x01\x03\x01\x00\x03\x00\x00\x00\x10\x00\x00\x2f"
			    "0123456789abcdef";

START_TEST(sslv2_hello)
{
	feeder_segments(&f, 0, v2, sizeof(v2) - 1, 1);
	sealed(0, CCS, 1);
	ck_assert_str_eq(feeder_log(&f), "0 label TLS how=sslv2-hello\n0 client version=0301 legacy=0301 sni= alpn=\n");
	ck_assert_uint_ne(f.side[0].want, DISSECTOR_DONE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tls");
	TCase *c = tcase_create("tls");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, hello_says_all);
	tcase_add_test(c, hello_in_two_segments);
	tcase_add_test(c, hello_in_many_records);
	tcase_add_test(c, cut_hello_never_lies);
	tcase_add_test(c, cut_server_hello_never_lies);
	tcase_add_test(c, lying_lengths_are_malformed);
	tcase_add_test(c, handshake_1_2);
	tcase_add_test(c, handshake_1_2_resumed);
	tcase_add_test(c, handshake_1_3);
	tcase_add_test(c, alert_is_no_finished);
	tcase_add_test(c, early_data_is_no_finished);
	tcase_add_test(c, hello_retry_request);
	tcase_add_test(c, one_way_is_not_done);
	tcase_add_test(c, plain_alert);
	tcase_add_test(c, records_are_marked_once);
	tcase_add_test(c, data_passes_unheard);
	tcase_add_test(c, mid_stream);
	tcase_add_test(c, gap_inside_a_record);
	tcase_add_test(c, gap_over_a_record);
	tcase_add_test(c, gap_inside_a_certificate);
	tcase_add_test(c, gap_inside_a_hello);
	tcase_add_test(c, certificate_in_pieces);
	tcase_add_loop_test(c, certificate_beyond_the_prefix, 0, 2);
	tcase_add_test(c, client_certificate_is_not_the_leaf);
	tcase_add_test(c, sslv2_hello);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
