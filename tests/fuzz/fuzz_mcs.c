/* MCS: the first three bytes are version and cipher, then records of three bytes: side and type, length. */
#include <stdlib.h>

#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feeder f = { .d = &dissector_tls };
	struct fact_sink out = feed_sink(&f);
	uint8_t *state = calloc(1, dissector_mcs.state_size);
	struct rd r = rd_of(data, size, size);
	struct dissector_record rec = { .version = 0x0303, .tls = (uint16_t)(0x0300 | (rd_u8(&r) & 7)) };

	rec.cipher = rd_u16(&r);
	wr_init(&f.log, 1 << 16);
	while (rd_more(&r)) {
		uint8_t head = rd_u8(&r);
		rec.side = head & 1;
		rec.type = (uint8_t)(20 + (head >> 1) % 4);
		rec.length = rd_u16(&r);
		dissector_mcs.record(state, &rec, &out);
	}
	if (f.logins > 1 || f.facts[FACT_LABEL] != f.logins)
		abort();
	wr_free(&f.log);
	free(state);
	return 0;
}
