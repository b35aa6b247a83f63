/*
 * SIP in datagrams and streams: messages, their answers, credentials, and the media that their bodies announce.
 *
 * RFC 3261, 7 (messages), 18.3 (framing), 21 (answers), 22 (authentication); RFC 5626, 3.5.1 (keep-alives);
 * RFC 8866 (bodies: sdp.c)
 */
#include "dissectors/dissector.h"
#include "dissectors/sdp.h"
#include "dissectors/sip_message.h"
#include "dissectors/text.h"

#include "base/hash.h"

enum {
	START_MAX = 512,   /* bytes of a start line without an end that recognise() waits for */
	METHOD_MAX = 20,
	BODY_MAX = 65535,  /* a longer body is taken for a lie */
	LOST_MAX = 1 << 17, /* bytes of a side in which no message was found again: it is given up */
	FACTS_MAX = 64,    /* messages of a flow that become facts */
	SEEN = 16,
};

struct side {
	uint64_t want;
	uint32_t lost; /* bytes since the last message */
	bool started;
	bool astray;   /* where the next message begins is unknown */
};

/* Digests of what was said already, the oldest overwritten. */
struct seen {
	uint64_t digest[SEEN];
	uint8_t next;
};

struct sip_state {
	struct side side[2];
	struct seen messages, media;
	uint8_t auth; /* kinds of credentials that were said */
	uint8_t facts;
	bool labelled;
};

/* True the first time. A digest that collides hides only what its sender said. */
static bool is_new(struct seen *s, uint64_t digest)
{
	for (size_t i = 0; i < SEEN; i++)
		if (s->digest[i] == digest)
			return false;
	s->digest[s->next] = digest;
	s->next = (uint8_t)((s->next + 1) % SEEN);
	return true;
}

static uint64_t digest_of(struct span s, uint64_t salt)
{
	const struct hash_key key = { { UINT64_C(0x8a5cd789635d2dff), salt } };

	return hash_bytes(&key, s.p, s.n);
}

/* ---- answers ---- */

/*
 * 4xx to 6xx that refuse nothing: a challenge, a step of the dialogue, or the called party is busy, away or unknown,
 * which the server had to find out. To REGISTER the latter are a refusal.
 */
static const struct {
	uint16_t status;
	bool of_call;
} no_refusals[] = {
	{ 401, false }, { 407, false }, { 412, false }, { 421, false }, { 422, false }, { 423, false }, { 428, false },
	{ 481, false }, { 487, false }, { 491, false }, { 494, false }, { 404, true }, { 410, true }, { 480, true },
	{ 484, true }, { 485, true }, { 486, true }, { 488, true }, { 600, true }, { 603, true }, { 604, true },
	{ 606, true }, { 607, true },
};

static bool is_refusal(uint16_t status, struct span method)
{
	const bool registers = span_eq(method, SPAN("REGISTER"));

	if (status < 400 || span_eq(method, SPAN("OPTIONS"))) /* any answer to OPTIONS says: alive */
		return false;
	for (size_t i = 0; i < sizeof(no_refusals) / sizeof(no_refusals[0]); i++)
		if (no_refusals[i].status == status)
			return no_refusals[i].of_call && registers;
	return true;
}

/* ---- what a message says ---- */

enum auth_kind { AUTH_DIGEST, AUTH_BASIC, AUTH_OTHER, AUTH_KINDS };

static void credentials(struct sip_state *s, uint8_t side, struct span value, bool to_proxy,
			const struct fact_sink *out)
{
	struct span scheme = text_first(value, text_until(value, ' '));
	const enum auth_kind kind = span_eq_nocase(scheme, SPAN("digest")) ? AUTH_DIGEST :
				    span_eq_nocase(scheme, SPAN("basic"))  ? AUTH_BASIC :
									     AUTH_OTHER;
	const uint8_t bit = (uint8_t)(1U << (kind + (to_proxy ? AUTH_KINDS : 0)));

	if (!value.n || (s->auth & bit))
		return;
	s->auth |= bit;
	say_auth(out, side, (struct fact_auth){
		.application = SPAN("SIP"),
		.mechanism = kind == AUTH_DIGEST ? SPAN("digest") : kind == AUTH_BASIC ? SPAN("basic") : SPAN("other"),
		.cleartext = kind == AUTH_BASIC,
		.to_proxy = to_proxy,
	});
}

/* An endpoint that was announced with the same words before is no news. */
static void endpoint(struct sip_state *s, uint8_t side, struct span call_id, struct fact_endpoint e,
		     const struct fact_sink *out)
{
	struct fact f;
	const unsigned how = side + 2U * e.sends + 4U * e.receives + 8U * e.tcp + 16U * e.secure + 32U * e.listens;
	const uint64_t way = (uint64_t)e.port << 16 | (uint64_t)e.port_to << 32 | how;
	const uint64_t call = digest_of(e.media, digest_of(call_id, way));

	if (!is_new(&s->media, digest_of((struct span){ e.addr.b, sizeof(e.addr.b) }, call)))
		return;
	e.application = SPAN("SIP");
	e.call_id = call_id;
	f.kind = FACT_ENDPOINT;
	f.side = side;
	f.endpoint = e;
	out->fact(out->ctx, &f);
}

static bool has_description(const struct sip_head *h)
{
	return !h->content_encoding.n && (!h->content_type.n || text_has(h->content_type, SPAN("application/sdp")) ||
					  text_starts_nocase(h->content_type, SPAN("multipart/")));
}

static void description(struct sip_state *s, uint8_t side, struct span call_id, struct rd body,
			const struct fact_sink *out)
{
	struct sdp_media media[SDP_MEDIA];
	const size_t n = sdp_read(body, media);

	for (size_t i = 0; i < n; i++) {
		endpoint(s, side, call_id, media[i].media, out);
		if (media[i].has_rtcp)
			endpoint(s, side, call_id, media[i].rtcp, out);
	}
}

/* One message; what was repeated byte by byte (17.1.1.2: retransmissions) is no message of its own. */
static void message(struct sip_state *s, struct rd head, struct rd body, uint8_t side, const struct fact_sink *out)
{
	struct sip_head h;
	struct fact f;

	if (!sip_head_read(head, &h))
		return;
	if (!s->labelled) {
		s->labelled = true;
		say_label(out, side, SPAN("SIP"), h.response ? SPAN("response") : SPAN("request"));
	}
	if (!is_new(&s->messages, digest_of(rd_rest(&head), side)))
		return;
	f.kind = FACT_SIP;
	f.side = side;
	f.sip = sip_fact(&h);
	const struct fact_sip say = f.sip;
	if (s->facts < FACTS_MAX) {
		s->facts++;
		out->fact(out->ctx, &f);
	}
	credentials(s, side, h.authorization, false, out);
	credentials(s, side, h.proxy_authorization, true, out);
	if (h.response && h.status >= 200)
		say_reply(out, side, h.status, is_refusal(h.status, say.method));
	if (has_description(&h))
		description(s, side, say.call_id, body, out);
}

/* ---- datagrams ---- */

/* RFC 5626, 3.5.1 and what phones send besides: line ends and zeros between messages. */
static bool is_keep_alive(struct rd r)
{
	while (r.cap) {
		uint8_t c = rd_u8(&r);
		if (c != '\r' && c != '\n' && c != 0)
			return false;
	}
	return true;
}

/* Line ends before the start line are to be ignored (7.5). */
static void line_ends_skip(struct rd *r)
{
	while (rd_peek(r, 0) == '\r' || rd_peek(r, 0) == '\n')
		rd_skip(r, 1);
}

static uint64_t feed_datagram(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct rd body = in->bytes;
	struct sip_head h;

	line_ends_skip(&body);
	struct rd head = body;
	size_t n = sip_head_length(body);
	if (n) {
		head = rd_sub(&body, n);
	} else {
		rd_skip(&body, body.cap);
	}
	if (!sip_head_read(head, &h))
		return 0;
	const int64_t said = sip_body_length(&h);
	if (said >= 0 && (uint64_t)said < body.len)
		body = rd_sub(&body, (size_t)said);
	message(state, head, body, in->side, out);
	return 0;
}

/* ---- streams ---- */

struct walk {
	struct sip_state *s;
	struct side *side;
	const struct dissector_input *in;
	const struct fact_sink *out;
	struct rd r; /* from side->want on */
};

enum step { STEP_ON, STEP_WAIT };

static void advance(struct walk *w, size_t n)
{
	w->side->want += n;
	(void)rd_sub(&w->r, n < w->r.len ? n : w->r.len);
}

/* The same for bytes of no message. */
static void pass(struct walk *w, size_t n)
{
	w->side->lost += n < LOST_MAX ? (uint32_t)n : LOST_MAX;
	advance(w, n);
}

/* Nothing more of it will be shown together with what is here. */
static bool is_last_chance(const struct walk *w)
{
	return w->r.cap < w->r.len || w->r.cap >= DISSECTOR_PREFIX;
}

/* Looks for the next start line, line by line. */
static enum step find(struct walk *w)
{
	struct sip_head h;
	struct span line;
	struct rd r = w->r;

	if (!text_line(&r, &line)) {
		if (is_last_chance(w))
			pass(w, w->r.len);
		return STEP_WAIT;
	}
	if (sip_start_read(line, &h)) {
		w->side->astray = false;
		return STEP_ON;
	}
	pass(w, w->r.cap - r.cap);
	return STEP_ON;
}

/* A head whose end is not there: what is there is said if that is all there will be. */
static enum step open_head(struct walk *w)
{
	struct rd r = w->r;
	struct sip_head h;
	struct span line;

	if (text_line(&r, &line) && !sip_start_read(line, &h)) {
		w->side->astray = true;
		return STEP_ON;
	}
	if (!is_last_chance(w))
		return STEP_WAIT;
	r = w->r;
	if (r.cap == r.len)
		r.len++; /* it goes on */
	message(w->s, r, (struct rd){ 0 }, w->in->side, w->out);
	w->side->astray = true;
	advance(w, w->r.len);
	return STEP_WAIT;
}

/* 18.3: in a stream Content-Length says where the message ends. */
static enum step one_message(struct walk *w)
{
	struct sip_head h;

	const size_t before = w->r.cap;
	line_ends_skip(&w->r);
	w->side->want += before - w->r.cap;
	if (!w->r.len)
		return STEP_WAIT;
	const size_t head_n = sip_head_length(w->r);
	if (!head_n)
		return open_head(w);
	struct rd all = w->r, head = rd_sub(&all, head_n);
	if (!sip_head_read(head, &h)) {
		w->side->astray = true;
		return STEP_ON;
	}
	int64_t said = sip_body_length(&h);
	w->side->astray = said > BODY_MAX;
	const size_t body_n = said < 0 || said > BODY_MAX ? 0 : (size_t)said;
	if (all.cap < body_n && !is_last_chance(w))
		return STEP_WAIT;
	if (all.len < body_n)
		all.len = body_n;
	struct rd body = rd_sub(&all, body_n);
	message(w->s, head, body, w->in->side, w->out);
	w->side->lost = 0;
	if (head_n + body_n > w->r.len) {
		w->side->want += head_n + body_n;
		return STEP_WAIT;
	}
	advance(w, head_n + body_n);
	return STEP_ON;
}

static uint64_t feed_stream(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct sip_state *s = state;
	struct side *side = &s->side[in->side];
	struct walk w = { .s = s, .side = side, .in = in, .out = out, .r = in->bytes };

	if (!side->started) {
		side->started = true;
		side->want = in->offset;
	}
	if (side->want == DISSECTOR_DONE)
		return DISSECTOR_DONE;
	if (in->offset > side->want) {
		side->lost += (uint32_t)(in->offset - side->want < LOST_MAX ? in->offset - side->want : LOST_MAX);
		side->want = in->offset;
		side->astray = true;
	}
	if (side->want - in->offset >= w.r.len)
		return side->want;
	(void)rd_sub(&w.r, side->want - in->offset);
	enum step next = STEP_ON;
	while (next == STEP_ON && w.r.len && side->lost < LOST_MAX)
		next = side->astray ? find(&w) : one_message(&w);
	if (side->lost >= LOST_MAX)
		side->want = DISSECTOR_DONE;
	return side->want;
}

/* ---- recognition ---- */

static bool has_sip_port(const struct dissector_input *in)
{
	static const uint16_t ports[] = { 5060, 5061, 5070, 5071 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (in->port[0] == ports[i] || in->port[1] == ports[i])
			return true;
	return false;
}

/* True where one of them begins with all of the other. */
static bool is_begun(struct span s, struct span word)
{
	const size_t n = s.n < word.n ? s.n : word.n;

	return span_eq_nocase(text_first(s, n), text_first(word, n));
}

/* A start line without its end. */
static enum dissector_match recognise_open(struct span s, bool more)
{
	struct rd r = rd_span(s);

	if (is_begun(s, SPAN("SIP/2.0 ")))
		return s.n >= 8 ? MATCH_YES : more ? MATCH_MAYBE : MATCH_NO;
	struct span method = text_token(&r, ' ');
	struct span uri = rd_rest(&r);
	for (struct rd m = rd_span(method); rd_more(&m);)
		if (!text_is_upper(rd_u8(&m)))
			return MATCH_NO;
	if (method.n > METHOD_MAX || !s.n)
		return MATCH_NO;
	if (text_starts_nocase(uri, SPAN("sip:")) || text_starts_nocase(uri, SPAN("sips:")))
		return MATCH_YES;
	const bool may_be = is_begun(uri, SPAN("sip:")) || is_begun(uri, SPAN("sips:")) ||
			    is_begun(uri, SPAN("tel:")) || is_begun(uri, SPAN("urn:"));
	return more && may_be && s.n < START_MAX ? MATCH_MAYBE : MATCH_NO;
}

static enum dissector_match recognise(const struct dissector_input *in, bool stream)
{
	struct rd r = in->bytes;
	struct sip_head h;
	struct span line;

	line_ends_skip(&r);
	if (!r.cap && in->bytes.cap)
		return stream && in->bytes.cap == in->bytes.len ? MATCH_MAYBE : MATCH_NO;
	if (text_line(&r, &line))
		return sip_start_read(line, &h) ? MATCH_YES : MATCH_NO;
	return recognise_open(rd_rest(&r), stream && r.cap == r.len);
}

/* The ports make a keep-alive SIP's: what is said of the flow waits for a message. */
static enum dissector_match recognise_datagram(const struct dissector_input *in)
{
	if (has_sip_port(in) && is_keep_alive(in->bytes))
		return MATCH_YES;
	return recognise(in, false);
}

static enum dissector_match recognise_stream(const struct dissector_input *in)
{
	return recognise(in, true);
}

const struct dissector dissector_sip = {
	.name = "SIP",
	.title = "SIP in datagrams, and the media it announces",
	.spec = "RFC 3261, RFC 8866",
	.over = OVER_UDP,
	.state_size = sizeof(struct sip_state),
	.recognise = recognise_datagram,
	.feed = feed_datagram,
};

const struct dissector dissector_sip_tcp = {
	.name = "SIP",
	.title = "SIP over TCP",
	.spec = "RFC 3261, 18.3; RFC 5626",
	.over = OVER_TCP,
	.state_size = sizeof(struct sip_state),
	.recognise = recognise_stream,
	.feed = feed_stream,
};
