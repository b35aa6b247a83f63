/*
 * HTTP/1.0 and 1.1: requests with their answers, proxies, tunnels, credentials. Bodies are stepped over.
 *
 * RFC 9112, 2.1 (messages), 6.3 (length of a body), 7.1 (chunks), 9.3 (persistence); RFC 9110, 9.3.6 (CONNECT),
 * 15 (status codes), 11 (authentication)
 */
#include "dissectors/dissector.h"
#include "dissectors/http_exchange.h"
#include "dissectors/http_message.h"

#include "base/span.h"
#include "dissectors/text.h"

enum { LOST_TRIES = 64 /* segments in which the next message is looked for */ };

enum mode { BEFORE_MESSAGE, IN_FIELDS, IN_CHUNKS, IN_TRAILER, LOST, STOPPED };

/* One side's stream, and the message that it is in. */
struct side {
	uint64_t want;
	uint64_t length;  /* Content-Length */
	uint8_t mode;
	uint8_t tries;    /* inputs since a message was lost */
	bool long_line;   /* the rest of a line that was too long is to come */
	bool has_length, chunked, contradicts;
};

struct http_state {
	struct side side[2];
	struct http_exchanges x;
	bool known;       /* who asks: x.client */
	bool labelled, started[2];
	bool tunnel;      /* what follows is not ours */
};

/* One call of feed(): r is the input from s->want on. */
struct walk {
	struct http_state *t;
	struct side *s;
	const struct dissector_input *in;
	const struct fact_sink *out;
	struct rd r;
};

enum step { STEP_ON, STEP_WAIT };

/* ---- lines ---- */

static void label(struct walk *w, struct span how)
{
	if (!w->t->labelled)
		say_label(w->out, w->in->side, SPAN("HTTP"), how);
	w->t->labelled = true;
}

static bool is_client(const struct walk *w)
{
	return w->t->x.client == w->in->side;
}

static bool is_cut(const struct walk *w)
{
	return w->r.cap < w->r.len;
}

/* What is promised of this input is passed over. */
static void leave(struct walk *w, enum mode mode)
{
	w->s->mode = (uint8_t)mode;
	w->s->want += w->r.len;
	w->r = rd_of(NULL, 0, 0);
}

enum got { GOT_LINE, GOT_PART, GOT_NOTHING };

/* The next line, or the beginning of one whose rest is lost or too long. */
static enum got take_line(struct walk *w, struct span *ret_line)
{
	const size_t before = w->r.len;

	if (text_line(&w->r, ret_line)) {
		w->s->want += before - w->r.len;
		return GOT_LINE;
	}
	if (!is_cut(w) && w->r.cap < DISSECTOR_PREFIX)
		return GOT_NOTHING;
	*ret_line = rd_rest(&w->r);
	return GOT_PART;
}

/* RFC 9112, 6.3: chunks count more than a length, and two lengths that differ are an error. */
static void length_field(struct side *s, struct span name, struct span value)
{
	uint64_t n = 0;

	if (span_eq_nocase(name, SPAN("Transfer-Encoding"))) {
		s->chunked |= text_has(value, SPAN("chunked"));
		return;
	}
	if (!span_eq_nocase(name, SPAN("Content-Length")))
		return;
	s->contradicts |= !text_number(value, 10, INT64_MAX / 2, &n) || (s->has_length && n != s->length);
	s->has_length = true;
	s->length = n;
}

static void field(struct walk *w, struct span line)
{
	struct span name, value;

	if (!http_field_read(line, &name, &value))
		return;
	length_field(w->s, name, value);
	if (is_client(w))
		http_ask_field(&w->t->x, name, value, w->out);
	else
		http_answer_field(&w->t->x, name, value);
}

/* ---- messages ---- */

static void stop_both(struct walk *w)
{
	http_unanswered(&w->t->x, w->out);
	w->t->side[0].mode = w->t->side[1].mode = STOPPED;
}

static void begin_message(struct side *s)
{
	s->mode = IN_FIELDS;
	s->tries = 0;
	s->has_length = s->chunked = s->contradicts = false;
	s->length = 0;
}

/* The fields are over: what stands between here and the next message. */
static void begin_body(struct walk *w)
{
	struct side *s = w->s;

	if (s->contradicts) {
		s->mode = STOPPED;
	} else if (s->chunked) {
		s->mode = IN_CHUNKS;
	} else {
		s->mode = BEFORE_MESSAGE;
		s->want += s->length;
		rd_skip(&w->r, (size_t)s->length);
	}
}

static void request_end(struct walk *w)
{
	begin_body(w);
	if (w->t->x.unmatched)
		http_unanswered(&w->t->x, w->out);
}

static void say_answer(struct walk *w, bool empty)
{
	const struct side *s = w->s;

	http_answered(&w->t->x, s->has_length && !s->contradicts ? (int64_t)s->length : -1, empty, w->out);
}

static bool is_interim(uint16_t status)
{
	return status < 200 && status != 101;
}

/* RFC 9112, 6.3, 1: answers that have no body whatever their fields say. */
static bool is_bodiless(uint16_t status)
{
	return status < 200 || status == 204 || status == 304;
}

static void answer_end(struct walk *w)
{
	const struct http_pending *q = http_oldest(&w->t->x);
	const uint16_t status = w->t->x.status;
	const bool bodiless = is_bodiless(status) || (q && q->head);
	const bool tunnel = q && q->connect && status >= 200 && status < 300;
	struct side *s = w->s;

	if (is_interim(status)) { /* the answer itself is still to come */
		s->mode = BEFORE_MESSAGE;
		return;
	}
	say_answer(w, bodiless || (s->has_length && s->length == 0 && !s->chunked));
	if (status == 101)
		stop_both(w);
	else if (tunnel)
		w->t->tunnel = true;
	else if (bodiless)
		s->mode = BEFORE_MESSAGE;
	else if (s->chunked || s->has_length)
		begin_body(w);
	else /* to the end of the connection */
		s->mode = STOPPED;
}

/* The rest of the message's fields is not to be had. */
static void message_cut(struct walk *w)
{
	const struct http_pending *q = http_oldest(&w->t->x);
	const uint16_t status = w->t->x.status;

	if (w->s->mode == IN_FIELDS && !is_client(w) && !is_interim(status)) {
		/* a proxy's word that the tunnel stands is a segment of its own */
		w->t->tunnel = q && q->connect && status >= 200 && status < 300;
		say_answer(w, is_bodiless(status));
	}
	leave(w, LOST);
}

static bool begin_request(struct walk *w, struct span line, bool whole)
{
	struct http_request q;

	if (http_request_read(line, whole, &q) != MATCH_YES)
		return false;
	if (w->t->side[!w->in->side].mode == LOST) /* the answers to what was asked before are in what is lost */
		http_unanswered(&w->t->x, w->out);
	http_ask(&w->t->x, &q, w->out);
	label(w, SPAN("request"));
	return true;
}

static bool begin_answer(struct walk *w, struct span line, bool whole)
{
	uint16_t status;

	if (w->t->x.unmatched || http_status_read(line, whole, &status) != MATCH_YES)
		return false;
	http_answer(&w->t->x, status);
	label(w, SPAN("response"));
	return true;
}

/* Who asks is known by the first line of either side. */
static bool know_client(struct walk *w)
{
	const struct span start = SPAN("HTTP/");

	if (w->t->known)
		return true;
	if (w->r.cap < start.n && w->r.cap == w->r.len)
		return false;
	w->t->known = true;
	w->t->x.client = rd_starts(&w->r, start.p, start.n) ? !w->in->side : w->in->side;
	return true;
}

/* ---- steps ---- */

static enum step start_step(struct walk *w)
{
	const struct http_pending *q = http_newest(&w->t->x);
	struct span line;

	if (is_client(w) && q && q->connect)
		return STEP_WAIT; /* for the answer: it says whose the next bytes are */
	enum got got = take_line(w, &line);
	if (got == GOT_NOTHING)
		return STEP_WAIT;
	if (got == GOT_LINE && !line.n) /* RFC 9112, 2.2 */
		return STEP_ON;
	if (!(is_client(w) ? begin_request : begin_answer)(w, line, got == GOT_LINE)) {
		leave(w, LOST);
		return STEP_ON;
	}
	begin_message(w->s);
	if (got == GOT_PART && is_cut(w)) {
		message_cut(w);
	} else if (got == GOT_PART) {
		w->s->long_line = true;
		leave(w, IN_FIELDS);
	}
	return STEP_ON;
}

static enum step fields_step(struct walk *w)
{
	struct span line;
	enum got got = take_line(w, &line);

	if (got == GOT_NOTHING)
		return STEP_WAIT;
	if (got == GOT_PART && is_cut(w)) {
		message_cut(w);
	} else if (got == GOT_PART) {
		field(w, line);
		w->s->long_line = true;
		leave(w, IN_FIELDS);
	} else if (line.n) {
		field(w, line);
	} else if (is_client(w)) {
		request_end(w);
	} else {
		answer_end(w);
	}
	return STEP_ON;
}

static enum step chunk_step(struct walk *w)
{
	struct span line;
	uint64_t size;
	enum got got = take_line(w, &line);

	if (got == GOT_NOTHING)
		return STEP_WAIT;
	if (got == GOT_PART || !http_chunk_read(line, &size)) {
		leave(w, LOST);
		return STEP_ON;
	}
	if (!size) {
		w->s->mode = IN_TRAILER;
		return STEP_ON;
	}
	size += 2; /* CRLF */
	w->s->want += size;
	rd_skip(&w->r, (size_t)size);
	return STEP_ON;
}

static enum step trailer_step(struct walk *w)
{
	struct span line;
	enum got got = take_line(w, &line);

	if (got == GOT_NOTHING)
		return STEP_WAIT;
	if (got == GOT_PART)
		leave(w, LOST);
	else if (!line.n)
		w->s->mode = BEFORE_MESSAGE;
	return STEP_ON;
}

static enum step skip_line(struct walk *w)
{
	struct span line;
	const size_t before = w->r.len;

	if (!text_line(&w->r, &line)) {
		leave(w, is_cut(w) ? LOST : (enum mode)w->s->mode);
		return STEP_ON;
	}
	w->s->want += before - w->r.len;
	w->s->long_line = false;
	return STEP_ON;
}

static enum step step(struct walk *w)
{
	if (w->s->mode == STOPPED || w->t->tunnel || !w->r.len)
		return STEP_WAIT;
	if (w->s->long_line)
		return skip_line(w);
	switch (w->s->mode) {
	case BEFORE_MESSAGE:
		return start_step(w);
	case IN_FIELDS:
		return fields_step(w);
	case IN_CHUNKS:
		return chunk_step(w);
	case IN_TRAILER:
		return trailer_step(w);
	default:
		leave(w, w->s->tries++ < LOST_TRIES ? LOST : STOPPED);
		return STEP_ON;
	}
}

/* Messages begin at the front of a segment: after a loss one is looked for there. */
static void look_for_message(struct walk *w)
{
	struct http_request q;
	uint16_t status;
	bool whole;
	const struct span line = text_first_line(&w->r, &whole);

	if ((is_client(w) ? http_request_read(line, whole, &q) : http_status_read(line, whole, &status)) == MATCH_YES)
		w->s->mode = BEFORE_MESSAGE;
}

/* Bytes before the input are lost. */
static void lose(struct walk *w)
{
	struct rd none = rd_of(NULL, 0, 0), r = w->r;

	w->r = none;
	if (w->s->mode != STOPPED)
		message_cut(w);
	w->r = r;
	w->s->want = w->in->offset;
	w->s->long_line = false;
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct http_state *t = state;
	struct walk w = { .t = t, .s = &t->side[in->side], .in = in, .out = out, .r = in->bytes };

	if (t->tunnel)
		return DISSECTOR_HANDOVER;
	if (!know_client(&w))
		return in->offset;
	if (!t->started[in->side]) {
		t->started[in->side] = true;
		w.s->want = in->offset;
		w.s->mode = in->gap ? LOST : BEFORE_MESSAGE;
	} else if (in->offset > w.s->want) {
		lose(&w);
	} else {
		rd_skip(&w.r, w.s->want - in->offset);
	}
	if (w.s->mode == LOST)
		look_for_message(&w);
	while (step(&w) == STEP_ON)
		;
	return w.s->mode == STOPPED ? DISSECTOR_DONE : w.s->want;
}

static void finish(void *state, const struct fact_sink *out)
{
	struct http_state *t = state;

	http_unanswered(&t->x, out);
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct http_request q;
	uint16_t status;
	bool whole;
	const int first = rd_peek(&in->bytes, 0);

	if (first < 'A' || first > 'Z')
		return MATCH_NO;
	const struct span line = text_first_line(&in->bytes, &whole);
	enum dissector_match m = http_status_read(line, whole, &status);
	return m != MATCH_NO ? m : http_request_read(line, whole, &q);
}

const struct dissector dissector_http = {
	.name = "HTTP",
	.title = "HTTP/1: requests and answers, proxies and tunnels",
	.spec = "RFC 9110, RFC 9112",
	.over = OVER_TCP,
	.state_size = sizeof(struct http_state),
	.recognise = recognise,
	.feed = feed,
	.finish = finish,
};
