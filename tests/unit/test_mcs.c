/* MCS: the lengths of its log-in, for each cipher, and what is not it. */
#include <check.h>

#include "tests/unit/dissect_feed.h"

enum { HANDSHAKE = 22, ALERT = 21, DATA = 23, FINISHED = 53 };
enum { TLS12 = 0x0303, TLS13 = 0x0304, GCM = 0xc02f, CHACHA = 0xcca9, CBC = 0xc013, AES128_13 = 0x1301 };
enum { CLIENT, SERVER, STEPS = 12 };

struct step {
	uint8_t side, type;
	uint16_t length;
};

static const struct {
	const char *what;
	uint16_t tls, cipher;
	unsigned logins;
	struct step steps[STEPS];
} cases[] = {
	{ "TLS 1.2 ChaCha20", TLS12, CHACHA, 1,
	  { { CLIENT, DATA, 371 }, { SERVER, DATA, 17 }, { SERVER, DATA, 90 } } },
	{ "TLS 1.2 AES-GCM", TLS12, GCM, 1, { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
	{ "TLS 1.3", TLS13, AES128_13, 1,
	  { { SERVER, DATA, 4000 }, { CLIENT, DATA, FINISHED }, { CLIENT, DATA, 372 }, { SERVER, DATA, 18 },
	    { SERVER, DATA, 100 } } },
	{ "TLS 1.3 with tickets before and after the request", TLS13, AES128_13, 1,
	  { { SERVER, DATA, 27 }, { SERVER, DATA, 2500 }, { SERVER, DATA, 281 }, { SERVER, DATA, FINISHED },
	    { CLIENT, DATA, FINISHED }, { SERVER, DATA, 250 }, { CLIENT, DATA, 1223 }, { SERVER, DATA, 250 },
	    { SERVER, DATA, 18 }, { SERVER, DATA, 97 } } },
	{ "once", TLS12, GCM, 1,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 }, { CLIENT, DATA, 386 },
	    { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
	{ "HTTP: a request, a longer answer", TLS12, GCM, 0,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 900 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
	{ "HTTP/2 in TLS 1.3: tickets, settings, then much more", TLS13, AES128_13, 0,
	  { { SERVER, DATA, 4000 }, { CLIENT, DATA, FINISHED }, { CLIENT, DATA, 400 }, { SERVER, DATA, 250 },
	    { SERVER, DATA, 62 }, { SERVER, DATA, 26 }, { SERVER, DATA, 120 } } },
	{ "the server speaks first", TLS12, GCM, 0,
	  { { SERVER, DATA, 25 }, { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
	{ "one byte, then too much", TLS12, GCM, 0,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 1400 } } },
	{ "log-in refused: one byte, then a short record", TLS12, GCM, 0,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 40 } } },
	{ "a request too short", TLS12, GCM, 0, { { CLIENT, DATA, 60 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
	{ "padded cipher: lengths say nothing", TLS12, CBC, 0,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 48 }, { SERVER, DATA, 120 } } },
	{ "two bytes", TLS12, GCM, 0, { { CLIENT, DATA, 386 }, { SERVER, DATA, 26 }, { SERVER, DATA, 120 } } },
	{ "more records in between than there are tickets", TLS13, AES128_13, 0,
	  { { SERVER, DATA, 4000 }, { CLIENT, DATA, FINISHED }, { CLIENT, DATA, 372 }, { SERVER, DATA, 250 },
	    { SERVER, DATA, 250 }, { SERVER, DATA, 250 }, { SERVER, DATA, 250 }, { SERVER, DATA, 250 },
	    { SERVER, DATA, 18 }, { SERVER, DATA, 100 } } },
	{ "the other cipher's length", TLS12, CHACHA, 0,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
	{ "alert in between is no data", TLS12, GCM, 1,
	  { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { CLIENT, ALERT, 26 }, { SERVER, DATA, 120 } } },
	{ "middle of a session", 0, 0, 0, { { CLIENT, DATA, 386 }, { SERVER, DATA, 25 }, { SERVER, DATA, 120 } } },
};

static struct feeder run(size_t i, bool swapped, uint8_t *state)
{
	struct feeder f = { .d = &dissector_tls };
	struct fact_sink out = feed_sink(&f);
	struct dissector_record hello = { .side = swapped, .type = HANDSHAKE, .version = 0x0301, .length = 300 };

	wr_init(&f.log, 4096);
	if (cases[i].tls)
		dissector_mcs.record(state, &hello, &out);
	for (const struct step *s = cases[i].steps; s->length; s++) {
		struct dissector_record r = {
			.side = s->side ^ swapped, .type = s->type, .version = 0x0303, .length = s->length,
			.tls = cases[i].tls, .cipher = cases[i].cipher,
		};
		dissector_mcs.record(state, &r, &out);
	}
	return f;
}

START_TEST(lengths)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		uint8_t *state = calloc(1, dissector_mcs.state_size);
		struct feeder f = run((size_t)_i, swapped, state);
		ck_assert_msg(f.logins == cases[_i].logins && f.facts[FACT_LABEL] == f.logins, "%s: %u", cases[_i].what,
			      f.logins);
		if (f.logins)
			ck_assert_str_eq(feeder_log(&f), swapped ? "0 label MCS how=login-fingerprint\n"
							  : "1 label MCS how=login-fingerprint\n");
		wr_free(&f.log);
		free(state);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mcs");
	TCase *c = tcase_create("mcs");

	tcase_add_loop_test(c, lengths, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
