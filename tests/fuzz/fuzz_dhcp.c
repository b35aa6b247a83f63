/* DHCP: the first byte chooses the version and where a copy is cut. Whole messages are never "not captured". */
#include <stdlib.h>

#include "dissectors/dhcp.h"
#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rd_err read_cut(bool v6, const uint8_t *p, size_t cap, size_t len, struct wr *text)
{
	uint8_t *copy = malloc(cap ? cap : 1);
	struct dhcp_room room;
	struct fact f = { .kind = FACT_DHCP };

	if (cap)
		memcpy(copy, p, cap);
	enum rd_err e = v6 ? dhcp_v6_read(rd_of(copy, cap, len), &f.dhcp)
			   : dhcp_v4_read(rd_of(copy, cap, len), &room, &f.dhcp);
	if (e != RD_OVERRUN)
		feed_fact_text(text, &f); /* reads every span */
	free(copy);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feeder f;

	if (size < 1)
		return 0;
	const bool v6 = data[0] & 1;
	const uint8_t *p = data + 1;
	const size_t n = size - 1, cap = n * (data[0] >> 1) / 128;
	const uint16_t port = v6 ? 547 : 67;
	struct dissector_input in = { .port = { port, port }, .bytes = rd_of(p, n, n) };

	feeder_init(&f, &dissector_dhcp, port, port);
	enum rd_err whole = read_cut(v6, p, n, n, &f.log);
	enum rd_err cut = read_cut(v6, p, cap, n, &f.log);
	if (whole == RD_SHORT || (whole == RD_OK && cut == RD_OVERRUN))
		abort();
	if (dissector_dhcp.recognise(&in) == MATCH_YES)
		feeder_datagram(&f, 0, p, n, n);
	feeder_free(&f);
	return 0;
}
