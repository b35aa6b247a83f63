/*
 * TLS. The first byte chooses: one hello or certificate by itself, whole and cut; or the two sides of a stream as a
 * list of segments: kind and side (1 byte), length (2), bytes. Kind 2 is captured by half, kind 3 is lost. Where
 * nothing is cut or lost, the same stream byte by byte must say the same. Where nobody waits to hear of records of
 * data, all else is said as ever.
 */
#include <stdlib.h>

#include "dissectors/tls_hello.h"
#include "dissectors/x509.h"
#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum what { CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, V2_HELLO, WHATS };

static enum rd_err read_cut(enum what what, const uint8_t *p, size_t cap, size_t len, struct wr *text)
{
	uint8_t *copy = malloc(cap ? cap : 1);
	struct fact f = { .kind = FACT_TLS_CLIENT };
	enum rd_err e;

	if (cap)
		memcpy(copy, p, cap);
	const struct rd r = rd_of(copy, cap, len);
	switch (what) {
	case CLIENT_HELLO:
		e = tls_client_hello_read(r, &f.tls_client);
		break;
	case SERVER_HELLO:
		f.kind = FACT_TLS_SERVER;
		e = tls_server_hello_read(r, &f.tls_server);
		break;
	case CERTIFICATE:
		f.kind = FACT_TLS_CERT;
		e = x509_read(r, &f.tls_cert);
		break;
	default:
		e = tls_v2_hello_read(r, &f.tls_client);
		break;
	}
	if (e != RD_OVERRUN)
		feed_fact_text(text, &f);
	free(copy);
	return e;
}

static void message(enum what what, const uint8_t *p, size_t n, size_t cap)
{
	struct wr text;

	wr_init(&text, 1 << 20);
	enum rd_err whole = read_cut(what, p, n, n, &text), cut = read_cut(what, p, cap, n, &text);
	if ((whole == RD_SHORT) || (whole == RD_OK && cut == RD_OVERRUN))
		abort();
	wr_free(&text);
}

/* True where nothing was cut or lost. */
static bool play(struct feeder *f, struct rd r, bool bytewise)
{
	bool complete = true;

	while (rd_more(&r)) {
		uint8_t head = rd_u8(&r);
		uint16_t n = rd_u16(&r);
		struct span bytes = rd_get(&r, n < r.cap ? n : r.cap);
		uint8_t side = head & 1, kind = head >> 1 & 3;
		if (kind < 2)
			for (size_t i = 0, step = bytewise ? 1 : bytes.n; i < bytes.n; i += step)
				feeder_push(f, side, bytes.p + i, step, step);
		else if (kind == 2 && bytes.n)
			feeder_push(f, side, bytes.p, bytes.n - bytes.n / 2, bytes.n);
		else
			feeder_lose(f, side, bytes.n);
		complete &= kind < 2;
	}
	return complete;
}

static void unheard(const uint8_t *p, size_t n)
{
	struct feeder f[2];

	for (unsigned i = 0; i < 2; i++) {
		feeder_init(&f[i], &dissector_tls, 40000, 443);
		f[i].listener = NULL;
		f[i].marks = true;
		f[i].unheard = i;
		play(&f[i], rd_of(p, n, n), false);
	}
	if (strcmp(feeder_log(&f[0]), feeder_log(&f[1])) != 0 || f[0].side[0].want != f[1].side[0].want ||
	    f[0].side[1].want != f[1].side[1].want)
		abort();
	for (unsigned i = 0; i < 2; i++)
		feeder_free(&f[i]);
}

static void stream(const uint8_t *p, size_t n)
{
	struct feeder f, g;
	struct dissector_input in = { .port = { 40000, 443 }, .bytes = rd_of(p, n, n) };

	(void)dissector_tls.recognise(&in);
	feeder_init(&f, &dissector_tls, 40000, 443);
	f.marks = f.records = true;
	if (play(&f, rd_of(p, n, n), false)) {
		feeder_init(&g, &dissector_tls, 40000, 443);
		g.marks = g.records = true;
		play(&g, rd_of(p, n, n), true);
		if (strcmp(feeder_log(&f), feeder_log(&g)) != 0 || f.done > 1 || f.logins > 1)
			abort();
		feeder_free(&g);
	}
	feeder_free(&f);
	unheard(p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] & 0x80)
		stream(data + 1, size - 1);
	else
		message(data[0] % WHATS, data + 2, size - 2, (size - 2) * data[1] / 256);
	return 0;
}
