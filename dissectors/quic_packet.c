/*
 * QUIC headers: what all versions share, and where a packet with a long header ends.
 *
 * RFC 8999, 5.1 (long header), 6 (version negotiation); RFC 9000, 16, 17.2; RFC 9369, 3.2 (types of version 2)
 *
 *   first 1, version 4, DCID length 1, DCID, SCID length 1, SCID; Initial: token length (varint), token; Initial, 0-RTT
 *   and Handshake: length (varint), packet number 1-4, payload; Retry: token, tag 16; version negotiation: versions
 */
#include "base/span.h"
#include "dissectors/quic.h"
#include "dissectors/quic_scheme.h"

void quic_cid_set(struct quic_cid *c, struct span s)
{
	c->n = (uint8_t)(s.n < QUIC_CID_MAX ? s.n : QUIC_CID_MAX);
	if (c->n)
		memcpy(c->b, s.p, c->n);
}

bool quic_cid_is(const struct quic_cid *c, struct span s)
{
	return span_eq((struct span){ c->b, c->n }, s);
}

uint64_t quic_varint(struct rd *r)
{
	const uint8_t first = rd_u8(r);
	uint64_t v = first & 0x3f;

	for (unsigned more = (1u << (first >> 6)) - 1; more; more--)
		v = v << 8 | rd_u8(r);
	return r->err ? 0 : v;
}

static enum quic_type type_of(const struct quic_long *h, uint8_t first)
{
	static const enum quic_type types[] = { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY };

	if (h->number == 0)
		return QUIC_NEGOTIATION;
	if (!h->version || !(first & QUIC_FIXED))
		return QUIC_UNKNOWN;
	return types[((first >> 4) - h->version->scheme->first_type) & 3];
}

static struct span cid_read(struct rd *r)
{
	const size_t n = rd_u8(r);

	if (n > QUIC_CID_MAX)
		rd_fail(r);
	return rd_get(r, n);
}

enum rd_err quic_long_read(struct rd *r, struct quic_long *ret_h)
{
	const struct rd begin = *r;
	const uint8_t first = rd_u8(r);
	struct quic_long h = { .packet = begin };

	h.number = rd_u32(r);
	h.version = quic_version_find(h.number);
	h.dcid = cid_read(r);
	h.scid = cid_read(r);
	if (!r->err && !(first & QUIC_LONG))
		rd_fail(r);
	h.type = type_of(&h, first);
	if (h.type == QUIC_INITIAL)
		(void)rd_sub(r, (size_t)quic_varint(r));
	if (h.type <= QUIC_HANDSHAKE) {
		const uint64_t length = quic_varint(r);
		h.pn_at = begin.len - r->len;
		if (!r->err && length > r->len)
			rd_fail(r);
		if (r->err)
			return r->err;
		h.packet = begin;
		h.packet.len = h.pn_at + (size_t)length;
		h.packet.cap = begin.cap < h.packet.len ? begin.cap : h.packet.len;
		(void)rd_sub(r, (size_t)length);
	} else {
		*r = (struct rd){ .err = r->err };
	}
	if (!r->err)
		*ret_h = h;
	return r->err;
}
