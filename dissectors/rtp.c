/*
 * RTP and RTCP, told by what they do: a datagram looks like many things, four of one sender in step do not.
 *
 * RFC 3550, 5.1 (header), 6.1, 6.4 (reports), A.1, A.2 (validity), 11 (ports); RFC 3551, 6 (payload types); RFC 5761, 4
 * (RTP and RTCP on one port); RFC 7983 (other protocols on it)
 *
 *   RTP    version 2, padding, extension, CSRC count; marker, payload type; sequence 2; time 4; SSRC 4; CSRCs
 *   RTCP   version 2, padding, count; type; length in words less one 2; SSRC 4; …  several in a datagram
 */
#include "dissectors/rtp.h"

#include "dissectors/text.h"

enum {
	RTP_HEADER = 12,
	RTCP_REPORT_MIN = 8,
	RTCP_LEAST = 192, /* RFC 5761, 4: the second byte of RTCP */
	RTCP_MOST = 223,
	SENDER_REPORT = 200,
	RECEIVER_REPORT = 201,
	SENDER_REPORT_MIN = 28,
	SENDER_WORDS = 6, /* less one, as the length counts; and so on for each block */
	RECEIVER_WORDS = 1,
	REPORT_BLOCK_WORDS = 6,
	COMPOUND_MAX = 32,
	CSRC_FIRST_MAX = 2, /* in the datagram that makes us look: mixers of more are rare */
	STEADY_MIN = 4,
	REPORTS_MIN = 2,
	TRIED_MAX = 32,
	PORT_SYSTEM = 1024,
	PORT_MDNS = 5353,
};

struct rtp_header {
	uint32_t ssrc;
	uint16_t sequence;
	uint8_t payload_type, csrcs;
	bool padding, extension;
};

static bool rtp_read(struct rd r, struct rtp_header *ret_h)
{
	const uint8_t first = rd_u8(&r), second = rd_u8(&r);
	struct rtp_header h = { .payload_type = second & 0x7f, .csrcs = first & 15 };

	h.padding = first & 0x20;
	h.extension = first & 0x10;
	h.sequence = rd_u16(&r);
	rd_skip(&r, 4); /* time */
	h.ssrc = rd_u32(&r);
	if (r.err || first >> 6 != 2 || (second >= RTCP_LEAST && second <= RTCP_MOST))
		return false;
	(void)rd_sub(&r, (size_t)h.csrcs * 4);
	if (h.extension) {
		rd_skip(&r, 2);
		(void)rd_sub(&r, (size_t)rd_u16(&r) * 4);
	}
	if (r.err == RD_OVERRUN)
		return false;
	*ret_h = h;
	return true;
}

/* One packet of a compound; false where it does not fit into what is left. */
static bool rtcp_next(struct rd *r, uint8_t *ret_type, uint32_t *ret_ssrc)
{
	const uint8_t first = rd_u8(r), type = rd_u8(r);
	const size_t length = (size_t)rd_u16(r) * 4;
	struct rd body = rd_sub(r, length);

	if (r->err == RD_OVERRUN || body.err || first >> 6 != 2 || type < RTCP_LEAST || type > RTCP_MOST)
		return false;
	*ret_type = type;
	*ret_ssrc = rd_u32(&body);
	return type != SENDER_REPORT || length + 4 >= SENDER_REPORT_MIN;
}

/*
 * A report whose length is that of its blocks (6.4.1, 6.4.2). SRTCP (RFC 3711, 3.4) has only the first eight bytes in
 * the clear, and its tag behind.
 */
static bool report_read(struct rd r, uint8_t *ret_type, uint32_t *ret_ssrc)
{
	struct rd head = r;
	const unsigned blocks = rd_u8(&head) & 31, type = rd_u8(&head), words = rd_u16(&head);

	return (type == SENDER_REPORT || type == RECEIVER_REPORT) &&
	       words == blocks * REPORT_BLOCK_WORDS + (type == SENDER_REPORT ? SENDER_WORDS : RECEIVER_WORDS) &&
	       rtcp_next(&r, ret_type, ret_ssrc);
}

/*
 * 6.1 and A.2: a report and other packets that fill the datagram. Returns how many, 0 where it is no such thing. Where
 * the datagram was cut, those that are there.
 */
static unsigned compound_read(struct rd r, uint8_t *ret_type, uint32_t *ret_ssrc)
{
	uint8_t type;
	uint32_t ssrc;
	unsigned n = 0;

	if (r.cap < RTCP_REPORT_MIN || !rtcp_next(&r, ret_type, ret_ssrc) ||
	    (*ret_type != SENDER_REPORT && *ret_type != RECEIVER_REPORT))
		return 0;
	for (n = 1; rd_more(&r) && r.cap && n < COMPOUND_MAX; n++)
		if (!rtcp_next(&r, &type, &ssrc))
			return 0;
	return n;
}

/* RFC 3551, 6: those that are given to somebody, and the dynamic ones. */
static bool is_known_type(uint8_t payload_type)
{
	static const uint64_t given = UINT64_C(0x0007fff9) | UINT64_C(1) << 25 | UINT64_C(1) << 26 |
				      UINT64_C(1) << 28 | UINT64_C(15) << 31; /* 0, 3-18, 25, 26, 28, 31-34 */

	return payload_type >= 96 || (payload_type < 64 && (given >> payload_type & 1));
}

/* Where media may be: no port of the system's services, and RFC 3550, 11: RTP is on an even one. */
static bool is_media_port(const struct dissector_input *in)
{
	for (unsigned i = 0; i < 2; i++)
		if (in->port[i] < PORT_SYSTEM || in->port[i] == PORT_MDNS)
			return false;
	return in->port[0] % 2 == 0 || in->port[1] % 2 == 0;
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct rtp_header h;
	uint8_t type;
	uint32_t ssrc;

	if (in->port[0] < PORT_SYSTEM || in->port[1] < PORT_SYSTEM)
		return MATCH_NO;
	if (compound_read(in->bytes, &type, &ssrc) || report_read(in->bytes, &type, &ssrc))
		return MATCH_YES;
	if (!is_media_port(in) || !rtp_read(in->bytes, &h) || h.padding || h.csrcs > CSRC_FIRST_MAX || !h.ssrc)
		return MATCH_NO;
	return is_known_type(h.payload_type) && in->bytes.len > RTP_HEADER ? MATCH_YES : MATCH_NO;
}

/* ---- what is counted ---- */

/* The sender's place; of one that was seen once another takes it. NULL: there are more than we tell apart. */
static struct rtp_source *source_of(struct rtp_source *list, uint32_t ssrc)
{
	struct rtp_source *free = NULL;

	for (unsigned i = 0; i < RTP_SOURCES; i++) {
		if (list[i].packets && list[i].ssrc == ssrc)
			return &list[i];
		if (!free && list[i].steady < 2)
			free = &list[i];
	}
	if (free)
		*free = (struct rtp_source){ 0 };
	return free;
}

static struct rtcp_source *reporter_of(struct rtcp_source *list, uint32_t ssrc)
{
	for (unsigned i = 0; i < RTP_SOURCES; i++)
		if (!list[i].packets || list[i].ssrc == ssrc)
			return &list[i];
	return NULL;
}

static void media(struct rtp_flow *f, const struct rtp_header *h, const struct dissector_input *in,
		  const struct fact_sink *out)
{
	struct rtp_source *s = source_of(f->rtp[in->side], h->ssrc);

	if (!s)
		return;
	rtp_source_take(s, h->ssrc, h->sequence, h->payload_type, in->time);
	if (s->steady >= STEADY_MIN && !f->rtp_labelled) {
		f->rtp_labelled = true;
		say_label(out, in->side, SPAN("RTP"), SPAN("sequence"));
	}
}

/* Two packets in one datagram that fill it, or two reports of one sender: no accident. */
static void report(struct rtp_flow *f, unsigned packets, uint8_t type, uint32_t ssrc, const struct dissector_input *in,
		   const struct fact_sink *out)
{
	struct rtcp_source *s = reporter_of(f->rtcp[in->side], ssrc);

	if (!s)
		return;
	if (!s->packets++) {
		s->ssrc = ssrc;
		s->type = type;
		s->first = in->time;
	}
	s->last = in->time;
	if (!f->rtcp_labelled && (packets > 1 || s->packets >= REPORTS_MIN)) {
		f->rtcp_labelled = true;
		say_label(out, in->side, SPAN("RTCP"), SPAN("reports"));
	}
}

uint64_t rtp_feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct rtp_flow *f = state;
	struct rtp_header h;
	uint8_t type;
	uint32_t ssrc;

	if (stun_is_message(in->bytes)) {
		if (!f->stun_labelled)
			say_label(out, in->side, SPAN("STUN"), SPAN("cookie"));
		f->stun_labelled = true;
		return 0;
	}
	const unsigned packets = compound_read(in->bytes, &type, &ssrc);
	if (packets || report_read(in->bytes, &type, &ssrc))
		report(f, packets, type, ssrc, in, out);
	else if (rtp_read(in->bytes, &h))
		media(f, &h, in, out);
	if (f->rtp_labelled || f->rtcp_labelled || f->stun_labelled)
		return 0;
	return ++f->tried >= TRIED_MAX ? DISSECTOR_DONE : 0;
}

static void say_rtp(const struct fact_sink *out, uint8_t side, struct fact_rtp rtp)
{
	struct fact f;

	f.kind = FACT_RTP;
	f.side = side;
	f.rtp = rtp;
	out->fact(out->ctx, &f);
}

static void say_media(const struct rtp_flow *f, uint8_t side, const struct fact_sink *out)
{
	for (unsigned i = 0; i < RTP_SOURCES; i++) {
		const struct rtp_source *s = &f->rtp[side][i];
		if (!f->rtp_labelled || s->steady < 2)
			continue;
		say_rtp(out, side, (struct fact_rtp){
			.ssrc = s->ssrc, .payload_type = s->payload_type, .packets = s->packets,
			.lost = rtp_source_lost(s), .reordered = s->reordered, .first = s->first, .last = s->last,
		});
	}
}

static void say_reports(const struct rtp_flow *f, uint8_t side, const struct fact_sink *out)
{
	for (unsigned i = 0; i < RTP_SOURCES; i++) {
		const struct rtcp_source *s = &f->rtcp[side][i];
		if (!f->rtcp_labelled || !s->packets)
			continue;
		say_rtp(out, side, (struct fact_rtp){
			.rtcp = true, .ssrc = s->ssrc, .payload_type = s->type, .packets = s->packets,
			.first = s->first, .last = s->last,
		});
	}
}

void rtp_finish(void *state, const struct fact_sink *out)
{
	for (uint8_t side = 0; side < 2; side++) {
		say_media(state, side, out);
		say_reports(state, side, out);
	}
}

const struct dissector dissector_rtp = {
	.name = "RTP",
	.title = "RTP and RTCP, told by their behaviour",
	.spec = "RFC 3550, RFC 5761",
	.over = OVER_UDP,
	.state_size = sizeof(struct rtp_flow),
	.recognise = recognise,
	.feed = rtp_feed,
	.finish = rtp_finish,
};
