/*
 * IKE. The first byte chooses: a message by itself, whole and cut; or datagrams of up to the second byte on port 4500 or
 * 500. A whole message is never "not captured"; what a cut one says, the whole one says too, unless it is malformed.
 */
#include <stdlib.h>

#include "dissectors/ike_message.h"
#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rd_err read_cut(const uint8_t *p, size_t cap, size_t len, struct fact_ike *f)
{
	uint8_t *copy = malloc(cap ? cap : 1);

	*f = (struct fact_ike){ 0 };
	if (cap)
		memcpy(copy, p, cap);
	const enum rd_err e = ike_read(rd_of(copy, cap, len), f);
	free(copy);
	return e;
}

static void message(const uint8_t *p, size_t n, size_t cap)
{
	struct fact_ike f, cut;
	const enum rd_err whole = read_cut(p, n, n, &f), part = read_cut(p, cap, n, &cut);

	if (whole == RD_SHORT || (part == RD_OVERRUN && whole != RD_OVERRUN))
		abort();
	if (whole == RD_OVERRUN || !cut.version)
		return;
	if (cut.version != f.version || (cut.encryption && cut.encryption != f.encryption) ||
	    (cut.lifetime_s && cut.lifetime_s != f.lifetime_s) || (cut.group && cut.group != f.group))
		abort();
}

static void datagrams(const uint8_t *p, size_t n, size_t step, uint16_t port)
{
	struct feeder f;

	feeder_init(&f, &dissector_ike, port, port);
	f.marks = true;
	for (size_t i = 0; i < n; i += step) {
		const size_t take = n - i < step ? n - i : step;
		const struct dissector_input in = { .port = { port, port }, .bytes = rd_of(p + i, take, take) };
		(void)dissector_ike.recognise(&in);
		feeder_datagram(&f, i / step & 1, p + i, take, take);
	}
	feeder_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] % 3 == 0)
		message(data + 2, size - 2, (size - 2) * data[1] / 256);
	else
		datagrams(data + 2, size - 2, 1 + (size_t)data[1] * 2, data[0] % 3 == 1 ? 4500 : 500);
	return 0;
}
