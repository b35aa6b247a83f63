/*
 * STUN, told by its cookie; in datagrams media may follow on the same ports.
 *
 * RFC 8489, 5 (header); RFC 7983 (media on the same ports); RFC 8489, 6.2.2 (streams)
 */
#include "dissectors/rtp.h"
#include "dissectors/text.h"

enum { HEADER = 20, COOKIE = 0x2112a442 };

/* Type with two zero bits, a length of whole words, the cookie; the 96 bits of the transaction may be anything. */
static bool header_read(struct rd *r, uint16_t *ret_length)
{
	const uint16_t type = rd_u16(r), length = rd_u16(r);
	const uint32_t cookie = rd_u32(r);

	rd_skip(r, HEADER - 8);
	*ret_length = length;
	return !r->err && type < 0x4000 && length % 4 == 0 && cookie == COOKIE;
}

bool stun_is_message(struct rd datagram)
{
	struct rd r = datagram;
	uint16_t length;

	return header_read(&r, &length) && length == r.len;
}

static enum dissector_match recognise_datagram(const struct dissector_input *in)
{
	return stun_is_message(in->bytes) ? MATCH_YES : MATCH_NO;
}

static enum dissector_match recognise_stream(const struct dissector_input *in)
{
	struct rd r = in->bytes;
	uint16_t length;

	if (r.len >= HEADER || r.cap < r.len)
		return header_read(&r, &length) ? MATCH_YES : MATCH_NO;
	return rd_u16(&r) < 0x4000 ? MATCH_MAYBE : MATCH_NO;
}

struct stream_state {
	bool labelled;
};

static uint64_t feed_stream(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct stream_state *s = state;
	struct rd r = in->bytes;
	uint16_t length;

	if (!s->labelled && header_read(&r, &length)) {
		s->labelled = true;
		say_label(out, in->side, SPAN("STUN"), SPAN("cookie"));
	}
	return DISSECTOR_DONE;
}

const struct dissector dissector_stun = {
	.name = "STUN",
	.title = "STUN, and the media that follow it",
	.spec = "RFC 8489",
	.over = OVER_UDP,
	.state_size = sizeof(struct rtp_flow),
	.recognise = recognise_datagram,
	.feed = rtp_feed,
	.finish = rtp_finish,
};

const struct dissector dissector_stun_tcp = {
	.name = "STUN",
	.title = "STUN and TURN over TCP",
	.spec = "RFC 8489, 6.2.2",
	.over = OVER_TCP,
	.state_size = sizeof(struct stream_state),
	.recognise = recognise_stream,
	.feed = feed_stream,
};
