/*
 * RTP, RTCP and STUN: records of side and length (one byte: bit 7 and bits 0-6) and datagram, to the dissector that the
 * first byte chooses. What the flow says at its end agrees with what it was shown.
 */
#include <stdlib.h>

#include "dissectors/rtp.h"
#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	uint32_t shown, told;
	bool labelled;
};

static void on_fact(void *ctx, const struct fact *f)
{
	struct told *t = ctx;

	if (f->kind == FACT_LABEL)
		t->labelled = true;
	if (f->kind != FACT_RTP)
		return;
	t->told += f->rtp.packets;
	if (!t->labelled || f->rtp.packets == 0 || f->rtp.last < f->rtp.first || f->rtp.reordered > f->rtp.packets)
		abort();
}

static void on_mark(void *ctx, enum dissector_mark m, uint8_t side, uint32_t a, uint32_t b, uint32_t c)
{
	(void)ctx, (void)m, (void)side, (void)a, (void)b, (void)c;
	abort();
}

static void on_record(void *ctx, const struct dissector_record *r)
{
	(void)ctx, (void)r;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told t = { 0 };
	struct fact_sink out = { &t, on_fact, on_mark, on_record };
	struct rd r = rd_of(data, size, size);
	const struct dissector *d = rd_u8(&r) & 1 ? &dissector_stun : &dissector_rtp;
	void *state = calloc(1, d->state_size);

	while (rd_more(&r)) {
		const uint8_t head = rd_u8(&r);
		const size_t len = (head & 0x7fu) < r.len ? head & 0x7fu : r.len, cap = head & 1 ? len : len - len / 8;
		uint8_t *copy = malloc(cap ? cap : 1);
		struct rd from = rd_sub(&r, len);
		rd_bytes(&from, copy, cap);
		struct dissector_input in = {
			.time = t.shown, .port = { 4000, 2222 }, .side = head >> 7, .bytes = rd_of(copy, cap, len),
		};
		t.shown++;
		(void)dissector_rtp.recognise(&in);
		(void)dissector_stun.recognise(&in);
		(void)dissector_stun_tcp.recognise(&in);
		const uint64_t want = d->feed(state, &in, &out);
		if (want != 0 && (want != DISSECTOR_DONE || t.labelled))
			abort();
		free(copy);
	}
	d->finish(state, &out);
	if (t.told > t.shown)
		abort();
	free(state);
	return 0;
}
