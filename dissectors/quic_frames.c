/*
 * The frames of an Initial packet, and the TLS messages that CRYPTO frames carry in pieces, in any order, across packets.
 *
 * RFC 9000, 12.4 (which frames an Initial may have), 19.1-19.3, 19.6, 19.19
 */
#include "dissectors/quic.h"

enum frame { PADDING = 0, PING = 1, ACK = 2, ACK_ECN = 3, CRYPTO = 6, CONNECTION_CLOSE = 0x1c };

/* Notes the bytes [from, to) as held; false where there is no room for another run. */
static bool note(struct quic_crypto *c, uint16_t from, uint16_t to)
{
	uint8_t at = 0, end;

	while (at < c->n && c->run[at].to < from)
		at++;
	for (end = at; end < c->n && c->run[end].from <= to; end++) {
		from = c->run[end].from < from ? c->run[end].from : from;
		to = c->run[end].to > to ? c->run[end].to : to;
	}
	if (end == at && c->n == QUIC_RUNS)
		return false;
	/* runs at..end become one */
	memmove(&c->run[at + 1], &c->run[end], (size_t)(c->n - end) * sizeof(c->run[0]));
	c->run[at].from = from;
	c->run[at].to = to;
	c->n = (uint8_t)(c->n - (end - at) + 1);
	return true;
}

static void keep(struct quic_crypto *c, uint8_t *held, uint64_t offset, struct rd data)
{
	if (offset < c->base) {
		const uint64_t old = c->base - offset;
		if (old >= data.len)
			return;
		rd_skip(&data, (size_t)old);
		offset = c->base;
	}
	offset -= c->base;
	if (offset >= QUIC_CRYPTO_MAX || data.len == 0)
		return;
	const size_t room = QUIC_CRYPTO_MAX - (size_t)offset, n = data.len < room ? data.len : room;
	if (note(c, (uint16_t)offset, (uint16_t)(offset + n)))
		rd_bytes(&data, held + offset, n);
	else
		c->full = true;
}

/* Most of a client's Initial is that. */
static void padding_skip(struct rd *r)
{
	static const uint8_t zeros[64];

	while (rd_starts(r, zeros, sizeof(zeros)))
		rd_skip(r, sizeof(zeros));
	while (rd_peek(r, 0) == PADDING)
		rd_skip(r, 1);
}

static void ack_skip(struct rd *r, bool ecn)
{
	(void)quic_varint(r); /* largest */
	(void)quic_varint(r); /* delay */
	uint64_t values = quic_varint(r) * 2 + 1 + (ecn ? 3 : 0);
	for (; values && rd_more(r); values--)
		(void)quic_varint(r);
	if (values)
		rd_fail(r);
}

static void close_read(struct rd *r, struct quic_frames *f)
{
	f->error = quic_varint(r);
	(void)quic_varint(r); /* type of the frame to blame */
	(void)rd_sub(r, (size_t)quic_varint(r));
	f->closed = !r->err;
}

enum rd_err quic_frames_read(struct rd r, struct quic_crypto *c, uint8_t *held, struct quic_frames *ret_f)
{
	*ret_f = (struct quic_frames){ 0 };
	while (rd_more(&r)) {
		const uint64_t type = quic_varint(&r);
		uint64_t offset;
		struct rd data;
		switch (type) {
		case PADDING:
			padding_skip(&r);
			break;
		case PING:
			break;
		case ACK:
		case ACK_ECN:
			ack_skip(&r, type == ACK_ECN);
			break;
		case CRYPTO:
			offset = quic_varint(&r);
			data = rd_sub(&r, (size_t)quic_varint(&r));
			if (!r.err)
				keep(c, held, offset, data);
			break;
		case CONNECTION_CLOSE:
			close_read(&r, ret_f);
			break;
		default: /* no other frame may be in an Initial */
			rd_fail(&r);
			break;
		}
	}
	return r.err;
}

size_t quic_crypto_ready(const struct quic_crypto *c)
{
	return c->n && c->run[0].from == 0 ? c->run[0].to : 0;
}
