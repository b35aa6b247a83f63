/*
 * Where a session description says that media will be: address, port, direction, and RTCP's own port.
 *
 * RFC 8866, 5.7 (c=), 5.14 (m=), 6.7 (direction); RFC 3605 (a=rtcp); RFC 3264, 8.4 (0.0.0.0 is hold); RFC 4145 (setup)
 */
#include "dissectors/sdp.h"

#include "dissectors/text.h"

enum { SENDS = 1, RECEIVES = 2, UNSAID = 4 };

/* What may be said for the session and again for one medium. */
struct level {
	struct addr addr;
	bool has_addr, hold;
	uint8_t direction;
	bool active; /* a=setup:active: it does not listen */
};

struct reader {
	struct level session, own;
	struct addr rtcp_addr;
	struct sdp_media *media; /* the one whose lines are read; NULL where it is none of ours */
	size_t n;
	bool in_media;
};

static const struct {
	const char *name;
	uint8_t direction;
} directions[] = {
	{ "sendrecv", SENDS | RECEIVES }, { "sendonly", SENDS }, { "recvonly", RECEIVES }, { "inactive", 0 },
};

/* "IN IP4 192.0.2.1/127": the address, none where it is a name. */
static struct addr address_read(struct rd r)
{
	struct addr a = { 0 };

	(void)text_token(&r, ' ');
	(void)text_token(&r, ' ');
	struct span text = text_trim(rd_rest(&r));
	if (!addr_parse(text_first(text, text_until(text, '/')), &a))
		return (struct addr){ 0 };
	return a;
}

static void connection(struct rd value, struct level *l)
{
	struct rd type = value;

	if (l->has_addr) /* of several addresses (5.7, layers of multicast) the first */
		return;
	(void)text_token(&type, ' ');
	(void)text_token(&type, ' ');
	l->addr = address_read(value);
	l->has_addr = true;
	struct span text = text_trim(rd_rest(&type));
	l->hold = span_eq(text, SPAN("0.0.0.0")) || span_eq(text, SPAN("::"));
}

static void rtcp_attribute(struct rd value, struct reader *s)
{
	uint64_t port;

	if (!s->media || !text_number(text_trim(text_token(&value, ' ')), 10, UINT16_MAX, &port))
		return;
	s->media->rtcp.port = s->media->rtcp.port_to = (uint16_t)port;
	s->media->has_rtcp = port != 0;
	s->rtcp_addr = address_read(value);
}

static void attribute(struct rd value, struct reader *s)
{
	struct level *l = s->in_media ? &s->own : &s->session;
	struct span name = text_trim(text_token(&value, ':'));

	for (size_t i = 0; i < sizeof(directions) / sizeof(directions[0]); i++)
		if (span_eq(name, span_of(directions[i].name)))
			l->direction = directions[i].direction;
	if (span_eq(name, SPAN("setup")))
		l->active = span_eq(text_trim(rd_rest(&value)), SPAN("active"));
	else if (span_eq(name, SPAN("rtcp")))
		rtcp_attribute(value, s);
}

/* The medium's lines are all read: what it did not say itself, the session said for it. */
static void media_end(struct reader *s)
{
	const struct level *l = s->own.has_addr ? &s->own : &s->session;
	uint8_t direction = s->own.direction != UNSAID ? s->own.direction : s->session.direction;

	if (!s->media)
		return;
	struct fact_endpoint *m = &s->media->media, *c = &s->media->rtcp;
	if (direction == UNSAID)
		direction = SENDS | RECEIVES;
	m->addr = l->addr;
	m->sends = (direction & SENDS) && !l->hold;
	m->receives = (direction & RECEIVES) && !l->hold;
	m->listens = !(m->tcp && (s->own.active || s->session.active));
	c->addr = addr_is_none(&s->rtcp_addr) ? m->addr : s->rtcp_addr;
	c->media = m->media;
	c->secure = m->secure;
	c->listens = true;
	c->sends = c->receives = !l->hold; /* RFC 3264, 5.1: RTCP goes on whatever the direction */
	s->media = NULL;
}

/* "audio 49170/2 RTP/AVP 0 8": ports go in pairs, the even one and RTCP's above it. */
static void media_begin(struct rd value, struct reader *s, struct sdp_media *list)
{
	struct sdp_media x = { 0 };
	uint64_t port, pairs = 1;

	media_end(s);
	s->own = (struct level){ .direction = UNSAID };
	s->rtcp_addr = (struct addr){ 0 };
	s->in_media = true;
	x.media.media = text_token(&value, ' ');
	struct rd ports = rd_span(text_token(&value, ' '));
	struct span proto = text_trim(text_token(&value, ' '));
	if (!text_number(text_token(&ports, '/'), 10, UINT16_MAX, &port) || !port || s->n == SDP_MEDIA)
		return;
	if (ports.cap && (!text_number(rd_rest(&ports), 10, 1024, &pairs) || !pairs))
		pairs = 1;
	const bool rtp = text_has(proto, SPAN("RTP/")) && !span_starts(proto, SPAN("TCP"));
	const uint64_t last = port + (pairs - 1) * (rtp ? 2 : 1);
	x.media.port = (uint16_t)port;
	x.media.port_to = last <= UINT16_MAX ? (uint16_t)last : UINT16_MAX;
	x.media.tcp = span_starts(proto, SPAN("TCP"));
	x.media.secure = text_has(proto, SPAN("SAVP")) || text_has(proto, SPAN("TLS"));
	if (rtp && last < UINT16_MAX) {
		x.has_rtcp = true;
		x.rtcp.port = (uint16_t)(port + 1);
		x.rtcp.port_to = (uint16_t)(last + 1);
	}
	s->media = &list[s->n++];
	*s->media = x;
}

size_t sdp_read(struct rd r, struct sdp_media ret_media[SDP_MEDIA])
{
	struct reader s = { .session = { .direction = UNSAID }, .own = { .direction = UNSAID } };
	struct span line;
	bool begun = false;

	for (;;) {
		if (!text_line(&r, &line)) {
			if (!r.cap || r.cap < r.len)
				break;
			line = rd_get(&r, r.cap);
		}
		struct rd value = rd_span(line);
		const uint8_t type = rd_u8(&value);
		if (rd_u8(&value) != '=') {
			if (begun && span_starts(line, SPAN("--"))) /* RFC 2046, 5.1.1: the part ends */
				break;
			continue;
		}
		begun |= type == 'v';
		if (!begun)
			continue;
		if (type == 'm')
			media_begin(value, &s, ret_media);
		else if (type == 'c')
			connection(value, s.in_media ? &s.own : &s.session);
		else if (type == 'a')
			attribute(value, &s);
	}
	media_end(&s);
	return s.n;
}
