/*
 * NTP: one datagram, whole and cut to the share that the first byte gives. What is cut is recognised if the whole is, and
 * refuses nothing that the whole does not.
 */
#include <stdlib.h>

#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool refuses(const uint8_t *p, size_t cap, size_t len)
{
	struct feeder f;

	feeder_init(&f, &dissector_ntp, 40000, 123);
	f.marks = true;
	feeder_datagram(&f, 1, p, cap, len);
	feeder_datagram(&f, 0, p, cap, len);
	const bool no = strstr(feeder_log(&f), "rejected") != NULL;
	feeder_free(&f);
	return no;
}

static enum dissector_match recognise(const uint8_t *p, size_t cap, size_t len)
{
	uint8_t *copy = malloc(cap ? cap : 1);

	if (cap)
		memcpy(copy, p, cap);
	const struct dissector_input in = { .port = { 40000, 123 }, .bytes = rd_of(copy, cap, len) };
	const enum dissector_match m = dissector_ntp.recognise(&in);
	free(copy);
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const uint8_t *p = data + 1;
	const size_t n = size - 1, cap = n * data[0] / 256;
	if (refuses(p, cap, n) && !refuses(p, n, n))
		abort();
	if (recognise(p, n, n) == MATCH_YES && cap >= 20 && recognise(p, cap, n) != MATCH_YES)
		abort();
	return 0;
}
