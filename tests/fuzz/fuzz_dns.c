/*
 * DNS. The first byte chooses: a message by itself, whole and cut; a datagram; a stream in segments of up to the second
 * byte. A whole message is never "not captured", a cut one never malformed unless the whole one is.
 */
#include <stdlib.h>

#include "base/span.h"
#include "dissectors/dns.h"
#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rd_err read_cut(const uint8_t *p, size_t cap, size_t len, struct dns_room *room, struct fact_dns *d,
			    bool *known)
{
	uint8_t *copy = malloc(cap ? cap : 1);

	if (cap)
		memcpy(copy, p, cap);
	enum rd_err e = dns_read(rd_of(copy, cap, len), room, d, known);
	free(copy);
	return e;
}

static void message(const uint8_t *p, size_t n, size_t cap)
{
	static struct dns_room room, cut_room;
	struct fact_dns d, cut;
	bool known, cut_known;

	enum rd_err e = read_cut(p, n, n, &room, &d, &known);
	if (e == RD_SHORT)
		abort();
	if (e == RD_OVERRUN)
		return;
	e = read_cut(p, cap, n, &cut_room, &cut, &cut_known);
	if (e == RD_OVERRUN || (cut_known && (!known || !span_eq(d.name, cut.name) || cut.chain_n > d.chain_n)))
		abort();
	for (size_t i = 0; cut_known && i < cut.chain_n; i++)
		if (!span_eq(d.chain[i], cut.chain[i]))
			abort();
}

static void stream(const uint8_t *p, size_t n, size_t step)
{
	struct feeder f;

	feeder_init(&f, &dissector_dns_tcp, 40000, 53);
	feeder_segments(&f, 0, p, n, step);
	feeder_free(&f);
}

static void datagram(const uint8_t *p, size_t n, uint16_t port)
{
	struct dissector_input in = { .port = { 40000, port }, .bytes = rd_of(p, n, n) };
	struct feeder f;

	feeder_init(&f, &dissector_dns, 40000, port);
	if (dissector_dns.recognise(&in) == MATCH_YES)
		feeder_datagram(&f, 0, p, n, n);
	(void)dissector_dns_tcp.recognise(&in);
	feeder_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const uint8_t *p = data + 2;
	const size_t n = size - 2;
	switch (data[0] % 3) {
	case 0:
		message(p, n, n * data[1] / 256);
		break;
	case 1:
		datagram(p, n, data[1] & 1 ? 53 : 9999);
		break;
	default:
		stream(p, n, 1 + (size_t)data[1] * 8);
		break;
	}
	return 0;
}
