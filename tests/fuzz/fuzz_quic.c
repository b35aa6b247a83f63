/*
 * QUIC. The first byte chooses: datagrams as they are, whole and cut; or the frames of Initial packets, which are sealed
 * as an end would so that what stands behind the cipher is reached. A list of: kind and side (1 byte), length (2), bytes.
 * What is whole is never "not captured".
 */
#include <stdlib.h>

#include "dissectors/quic.h"
#include "tests/unit/dissect_feed.h"
#include "tests/unit/quic_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DATAGRAM = 1200, DATAGRAMS_MAX = 24, FRAMES_MAX = 3000 };

static const struct quic_cid FIRST = { 8, { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 } };
static const struct quic_cid OWN = { 4, { 1, 2, 3, 4 } };

static void headers(struct rd r)
{
	while (rd_more(&r)) {
		struct quic_long h;
		if (quic_long_read(&r, &h) == RD_SHORT || (!r.err && h.packet.cap < h.packet.len))
			abort();
	}
}

/* head: side, cut by half, version 2, another connection id, a token. */
static void sealed(struct feeder *f, uint8_t head, uint8_t number, struct span frames)
{
	uint8_t packet[QUIC_PACKET_MAX];
	struct quic_sealing q = { .version = head & 4 ? 0x6b3343cf : 1, .keys = FIRST, .server = head & 1, .number = number,
				  .at_least = DATAGRAM };

	q.dcid = q.server ? OWN : FIRST;
	q.scid = q.server ? (struct quic_cid){ 0 } : OWN;
	if (head & 8)
		q.keys = q.dcid = (struct quic_cid){ 8, { number } };
	if (head & 16)
		q.token = (struct span){ (const uint8_t *)"token", 5 };
	const size_t n = quic_seal(&q, frames.p, frames.n < FRAMES_MAX ? frames.n : FRAMES_MAX, packet);
	feeder_datagram(f, head & 1, packet, head & 2 ? n / 2 : n, n);
}

static void play(struct feeder *f, bool seal, struct rd r)
{
	for (uint8_t i = 0; rd_more(&r) && i < DATAGRAMS_MAX; i++) {
		const uint8_t head = rd_u8(&r);
		const uint16_t n = rd_u16(&r);
		const struct span bytes = rd_get(&r, n < r.cap ? n : r.cap);
		if (seal && !(head & 0x80)) {
			sealed(f, head, i, bytes);
			continue;
		}
		headers(rd_of(bytes.p, bytes.n, bytes.n));
		feeder_datagram(f, head & 1, bytes.p, head & 2 ? bytes.n / 2 : bytes.n, bytes.n);
	}
}

static void frames(struct span bytes)
{
	uint8_t held[QUIC_CRYPTO_MAX];
	struct quic_crypto c = { 0 };
	struct quic_frames f;

	if (quic_frames_read(rd_span(bytes), &c, held, &f) == RD_SHORT)
		abort();
	for (uint8_t i = 0; i < c.n; i++)
		if (c.run[i].from >= c.run[i].to || c.run[i].to > QUIC_CRYPTO_MAX || (i && c.run[i].from <= c.run[i - 1].to))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feeder f;

	if (size < 2)
		return 0;
	const struct dissector_input in = { .port = { 50000, 443 }, .bytes = rd_of(data + 1, size - 1, size - 1) };
	(void)dissector_quic.recognise(&in);
	frames((struct span){ data + 1, size - 1 });
	feeder_init(&f, &dissector_quic, 50000, 443);
	f.marks = true;
	f.no_room = data[0] & 2;
	play(&f, data[0] & 1, rd_of(data + 1, size - 1, size - 1));
	feeder_finish(&f);
	if (f.facts[FACT_TLS_CLIENT] > 1 || f.facts[FACT_QUIC] > 1 || f.done > 1 || f.facts[FACT_LABEL] > 2)
		abort();
	feeder_free(&f);
	return 0;
}
