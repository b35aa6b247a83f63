/*
 * What a server says first, and no more: SSH and MySQL. MySQL's step up to TLS is followed.
 *
 * RFC 4253, 4.2 (SSH identification); MySQL client/server protocol, Protocol::HandshakeV10, Protocol::SSLRequest,
 * ERR_Packet
 *
 *   SSH        "SSH-" version "-" software [SP comment] CRLF, at most 255 bytes, from both sides
 *   MySQL      length 3 (little-endian), sequence 1, payload: 10, version NUL, thread 4, salt 8, 0, capabilities 2 …
 *                                                            255, error 2, text
 */
#include "dissectors/dissector.h"

#include "base/span.h"
#include "dissectors/text.h"

/* ---- SSH ---- */

enum { SSH_LINE_MAX = 255, SSH_START = 5 /* "SSH-" and a digit */ };

struct ssh_state {
	bool labelled, done[2];
};

/* One end's identification, in the first line that is one; what a server may say before it is not looked for. */
static enum dissector_match ssh_read(struct rd r, struct span *ret_line)
{
	bool whole;
	const struct span line = text_first_line(&r, &whole), start = text_first(line, 4);

	if (!span_eq(start, text_first(SPAN("SSH-"), start.n)))
		return MATCH_NO;
	if (line.n >= SSH_START && !text_is_digit((uint8_t)rd_peek(&r, SSH_START - 1)))
		return MATCH_NO;
	if (!whole && r.cap == r.len && line.n < SSH_LINE_MAX)
		return MATCH_MAYBE;
	*ret_line = text_first(line, SSH_LINE_MAX);
	return line.n > SSH_START ? MATCH_YES : MATCH_NO;
}

static enum dissector_match ssh_recognise(const struct dissector_input *in)
{
	struct span line;

	return rd_peek(&in->bytes, 0) == 'S' ? ssh_read(in->bytes, &line) : MATCH_NO;
}

static uint64_t ssh_feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct ssh_state *s = state;
	struct span line;

	if (s->done[in->side])
		return DISSECTOR_DONE;
	enum dissector_match m = ssh_read(in->bytes, &line);
	if (m == MATCH_MAYBE)
		return in->offset;
	s->done[in->side] = true;
	if (m == MATCH_NO)
		return DISSECTOR_DONE;
	if (!s->labelled)
		say_label(out, in->side, SPAN("SSH"), SPAN("banner"));
	s->labelled = true;
	say_banner(out, in->side, SPAN("SSH"), line);
	if (in->side == 1)
		say_reply(out, in->side, 0, false);
	return DISSECTOR_DONE;
}

const struct dissector dissector_ssh = {
	.name = "SSH",
	.title = "SSH identification strings",
	.spec = "RFC 4253",
	.over = OVER_TCP,
	.state_size = sizeof(struct ssh_state),
	.recognise = ssh_recognise,
	.feed = ssh_feed,
};

/* ---- MySQL ---- */

enum {
	MYSQL_HEADER = 4,
	MYSQL_V10 = 10,
	MYSQL_ERR = 0xff,
	MYSQL_PACKET_MIN = 8,
	MYSQL_PACKET_MAX = 512, /* of a greeting or of an error in its place */
	MYSQL_VERSION_MAX = 100,
	MYSQL_ERROR_MIN = 1000, /* server errors: 1000 to 1999 and, since 5.7, 3000 and more */
	MYSQL_ERROR_MAX = 19999,
	MYSQL_SSL_REQUEST = 32, /* bytes of its payload: a log-in is longer */
	MYSQL_CLIENT_SSL = 1 << 11,
};

struct mysql_state {
	uint8_t server; /* 1 + its side, when it has greeted */
	bool done[2], tls;
};

struct mysql_greeting {
	struct span version, text;
	size_t size;    /* of the packet */
	uint16_t error; /* 0: a greeting */
};

static uint32_t mysql_length(struct rd *r)
{
	uint32_t low = rd_u16le(r);

	return low | (uint32_t)rd_u8(r) << 16;
}

static bool is_text(struct span s)
{
	return s.n && text_printable(s, s.n).n == s.n;
}

/* The version ends with NUL, and 12 bytes behind it stands another one; the rest says what the server can. */
static bool mysql_greeting_read(struct rd r, struct mysql_greeting *g)
{
	const struct span all = rd_rest(&r);
	const struct rd digit = r;

	g->version = text_token(&r, 0);
	if (g->version.n == all.n || g->version.n > MYSQL_VERSION_MAX || !is_text(g->version) ||
	    !text_is_digit((uint8_t)rd_peek(&digit, 0)))
		return false;
	rd_skip(&r, 4 + 8);
	return rd_u8(&r) == 0 && (!r.err || r.err == RD_SHORT) && r.len >= 2;
}

/* Before the greeting the error has no "#" and state, after it was negotiated it may. */
static bool mysql_error_read(struct rd r, struct mysql_greeting *g)
{
	g->error = rd_u16le(&r);
	g->text = rd_rest(&r);
	return g->error >= MYSQL_ERROR_MIN && g->error <= MYSQL_ERROR_MAX && is_text(g->text);
}

static enum dissector_match mysql_read(struct rd r, struct mysql_greeting *g)
{
	const bool cut = r.cap < r.len;

	*g = (struct mysql_greeting){ .error = 0 };
	if (rd_peek(&r, 1) > MYSQL_PACKET_MAX >> 8 || rd_peek(&r, 2) > 0 || rd_peek(&r, 3) > 0)
		return MATCH_NO;
	if (r.cap <= MYSQL_HEADER)
		return cut ? MATCH_NO : MATCH_MAYBE;
	const uint32_t length = mysql_length(&r);
	rd_skip(&r, 1);
	const int kind = rd_peek(&r, 0);
	if (length < MYSQL_PACKET_MIN || length > MYSQL_PACKET_MAX || (kind != MYSQL_V10 && kind != MYSQL_ERR))
		return MATCH_NO;
	if (r.len < length)
		return cut ? MATCH_NO : MATCH_MAYBE;
	struct rd payload = rd_sub(&r, length);
	rd_skip(&payload, 1);
	g->size = MYSQL_HEADER + length;
	return (kind == MYSQL_V10 ? mysql_greeting_read : mysql_error_read)(payload, g) ? MATCH_YES : MATCH_NO;
}

static enum dissector_match mysql_recognise(const struct dissector_input *in)
{
	struct mysql_greeting g;
	enum dissector_match m = mysql_read(in->bytes, &g);

	return m == MATCH_YES && g.size != in->bytes.len ? MATCH_NO : m; /* the server waits for its client then */
}

static uint64_t mysql_greet(struct mysql_state *s, const struct dissector_input *in, const struct fact_sink *out)
{
	struct mysql_greeting g;

	enum dissector_match m = mysql_read(in->bytes, &g);
	if (m == MATCH_MAYBE)
		return in->offset;
	if (m == MATCH_NO) {
		s->done[in->side] = true;
		return DISSECTOR_DONE;
	}
	s->server = (uint8_t)(1 + in->side);
	say_label(out, in->side, SPAN("MySQL"), g.error ? SPAN("error") : SPAN("greeting"));
	say_banner(out, in->side, SPAN("MySQL"), g.error ? g.text : g.version);
	say_reply(out, in->side, g.error, g.error != 0);
	return in->offset + g.size;
}

/* The client's first packet says whether what follows is TLS. */
static uint64_t mysql_answer(struct mysql_state *s, const struct dissector_input *in)
{
	struct rd r = in->bytes;
	const uint32_t length = mysql_length(&r);
	const uint8_t sequence = rd_u8(&r);
	const uint32_t capabilities = rd_u32le(&r);

	if (r.err && in->bytes.cap == in->bytes.len && !in->gap)
		return in->offset;
	if (r.err || in->gap || length != MYSQL_SSL_REQUEST || sequence != 1 || !(capabilities & MYSQL_CLIENT_SSL)) {
		s->done[0] = s->done[1] = true;
		return DISSECTOR_DONE;
	}
	s->tls = true;
	return in->offset + MYSQL_HEADER + MYSQL_SSL_REQUEST;
}

static uint64_t mysql_feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct mysql_state *s = state;

	if (s->tls)
		return DISSECTOR_HANDOVER;
	if (s->done[in->side])
		return DISSECTOR_DONE;
	if (!s->server)
		return mysql_greet(s, in, out);
	if (s->server == 1 + in->side) { /* the server speaks on: its client's answer was not seen */
		s->done[0] = s->done[1] = true;
		return DISSECTOR_DONE;
	}
	return mysql_answer(s, in);
}

const struct dissector dissector_mysql = {
	.name = "MySQL",
	.title = "MySQL greeting",
	.spec = "MySQL Protocol::HandshakeV10",
	.over = OVER_TCP,
	.state_size = sizeof(struct mysql_state),
	.recognise = mysql_recognise,
	.feed = mysql_feed,
};
