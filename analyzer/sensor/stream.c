/*
 * The bytes of streams: what order they come in, what is kept of them and what is lost. dissectors/dissector.h says
 * what dissectors may expect.
 */
#include "sensor/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/stream_step.h"
#include "sensor/tcp.h"

int streams_init(struct streams *t, const struct dissector *const *registry, size_t n, uint32_t flows,
                 uint32_t prefixes, struct stream_sink sink)
{
	struct pool *state = calloc(n ? n : 1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	*t = (struct streams){ .registry = registry, .registry_n = n, .state = state, .sink = sink };
	pool_init(&t->stream, sizeof(struct stream), flows);
	pool_init(&t->prefix, DISSECTOR_PREFIX, (size_t)prefixes * 2);
	for (size_t i = 0; i < n; i++) {
		pool_init(&t->state[i], registry[i]->state_size ? registry[i]->state_size : 1, flows);
		if (registry[i]->over & OVER_TLS && t->listeners < STREAM_LISTENERS)
			t->listener[t->listeners++] = i;
	}
	return 0;
}

void streams_free(struct streams *t)
{
	pool_free(&t->stream);
	pool_free(&t->prefix);
	for (size_t i = 0; i < t->registry_n; i++)
		pool_free(&t->state[i]);
	free(t->state);
	*t = (struct streams){ 0 };
}

void stream_close(struct streams *t, struct flow *f)
{
	struct stream *st = f->stream;
	struct stream_call c;

	if (!st)
		return;
	stream_call_begin(&c, t, f, f->initiator, f->last);
	stream_finish(&c);
	pool_give(&t->prefix, st->end[0].held);
	pool_give(&t->prefix, st->end[1].held);
	pool_give(&t->stream, st);
	f->stream = NULL;
}

/* ---- what is kept ---- */

static void let_go(struct streams *t, struct stream_end *x)
{
	pool_give(&t->prefix, x->held);
	x->held = NULL;
	x->run = x->island = x->island_to = 0;
}

static bool hold(struct stream_call *c, struct stream_end *x, size_t at, struct span bytes)
{
	if (!x->held)
		x->held = pool_take_raw(&c->t->prefix);
	if (!x->held) {
		c->t->refused += bytes.n;
		return false;
	}
	memcpy(x->held + at, bytes.p, bytes.n);
	return true;
}

void stream_move(struct streams *t, struct stream_end *x, int64_t to)
{
	int64_t by = to - x->want;
	size_t kept = x->island_to > x->run ? x->island_to : x->run;

	x->want = to;
	if (by >= (int64_t)kept) {
		let_go(t, x);
		return;
	}
	uint16_t n = (uint16_t)by;
	memmove(x->held, x->held + n, kept - n);
	x->run = x->run > n ? (uint16_t)(x->run - n) : 0;
	if (x->island_to <= n) {
		x->island = x->island_to = 0;
	} else if (x->island_to) {
		x->island_to = (uint16_t)(x->island_to - n);
		x->island = x->island > n ? (uint16_t)(x->island - n) : 0;
	}
	if (x->island_to && x->island <= x->run) { /* the hole is closed */
		x->run = x->island_to > x->run ? x->island_to : x->run;
		x->island = x->island_to = 0;
	}
}

static void skip_lost(struct stream_call *c, struct stream_end *x, int64_t to)
{
	stream_move(c->t, x, to);
	x->gap = true;
}

/* Bytes at x->want with nothing kept: straight from the frame. */
static void feed_frame(struct stream_call *c, struct stream_end *x, struct rd r)
{
	int64_t to = x->want + (int64_t)r.len, want = stream_offer(c, x, r);

	if (x->done)
		return;
	int64_t read = want - x->want;
	x->want = want;
	if (want >= to)
		return;
	bool cut = r.cap < r.len;
	rd_skip(&r, (size_t)read);
	if (cut || r.len >= DISSECTOR_PREFIX) { /* there is no more of it, or it had its chance */
		skip_lost(c, x, to);
		return;
	}
	if (hold(c, x, 0, rd_rest(&r)))
		x->run = (uint16_t)r.len;
	else
		skip_lost(c, x, to);
}

/* Shows what is kept, of which `missing` more bytes were promised and not captured. */
static void feed_held(struct stream_call *c, struct stream_end *x, size_t missing)
{
	while (x->run && !x->done) {
		int64_t to = x->want + x->run;
		int64_t want = stream_offer(c, x, rd_of(x->held, x->run, x->run + missing));
		if (x->done)
			return;
		bool stuck = want == x->want;
		if (!stuck)
			stream_move(c->t, x, want);
		if (missing && want < to + (int64_t)missing)
			skip_lost(c, x, to + (int64_t)missing);
		else if (stuck && x->run >= DISSECTOR_PREFIX)
			skip_lost(c, x, to);
		else if (stuck)
			return;
		missing = 0;
	}
}

/* Bytes that follow what is kept. */
static void in_order(struct stream_call *c, struct stream_end *x, struct rd r)
{
	while (r.len && !x->done) {
		if (x->run == 0 && !x->island_to) {
			feed_frame(c, x, r);
			return;
		}
		int64_t here = x->want + x->run;
		size_t room = (size_t)DISSECTOR_PREFIX - x->run, n = r.cap < room ? r.cap : room;
		if (!hold(c, x, x->run, (struct span){ r.p, n })) {
			skip_lost(c, x, here + (int64_t)r.len);
			return;
		}
		rd_skip(&r, n);
		x->run = (uint16_t)(x->run + n);
		stream_move(c->t, x, x->want); /* it may have reached the island */
		feed_held(c, x, r.cap == 0 ? r.len : 0);
		here += (int64_t)n;
		if (r.cap == 0 || x->done)
			return;
		if (x->want > here) { /* what the dissector does not want need not be copied */
			int64_t skip = x->want - here;
			if (skip >= (int64_t)r.len)
				return;
			if (skip > (int64_t)r.cap) {
				skip_lost(c, x, here + (int64_t)r.len);
				return;
			}
			rd_skip(&r, (size_t)skip);
		} else if (x->want + x->run > here) { /* the island had it already: rare, and seen again is no harm */
			return;
		}
	}
}

/* ---- segments ---- */

/* Bytes before this one will not come: their receiver has them, or its acknowledgements are not to be seen. */
static bool is_lost(const struct flow *f, unsigned end, int64_t missing)
{
	const struct tcp_end *x = &f->tcp->end[end];

	if (f->end[!end].packets == 0 || !x->has_ack)
		return true;
	return x->next + (int32_t)(x->ack_high - (x->base + (uint32_t)x->next)) > missing;
}

static void keep_island(struct stream_call *c, struct stream_end *x, size_t at, struct rd r)
{
	if (r.cap < r.len || at + r.len > DISSECTOR_PREFIX)
		return;
	if (x->island_to && (at > x->island_to || at + r.len < x->island))
		return;
	if (!hold(c, x, at, rd_rest(&r)))
		return;
	size_t to = at + r.len;
	if (!x->island_to || at < x->island)
		x->island = (uint16_t)at;
	if (to > x->island_to)
		x->island_to = (uint16_t)to;
}

static void segment(struct stream_call *c, struct stream_end *x, int64_t offset, struct rd r)
{
	int64_t known = x->want + x->run;

	while (offset > known && is_lost(c->f, c->end, known)) {
		bool island = x->island_to && x->want + x->island < offset;
		skip_lost(c, x, island ? x->want + x->island : offset);
		feed_held(c, x, 0);
		if (x->done)
			return;
		known = x->want + x->run;
	}
	if (offset > known) {
		int64_t at = offset - x->want;
		if (at < DISSECTOR_PREFIX)
			keep_island(c, x, (size_t)at, r);
		return;
	}
	int64_t old = known - offset;
	if (old >= (int64_t)r.len)
		return;
	if (old > (int64_t)r.cap) {
		skip_lost(c, x, offset + (int64_t)r.len);
		return;
	}
	rd_skip(&r, (size_t)old);
	in_order(c, x, r);
}

/* Nobody reads on: everything but the answer "no" is given back. */
static void tidy(struct streams *t, struct flow *f)
{
	struct stream *st = f->stream;

	if (st->end[0].done && st->end[1].done) {
		stream_close(t, f);
		f->no_dissector = true;
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		struct stream_end *x = &st->end[i];
		if (x->held && (x->done || (x->run == 0 && x->island_to == 0)))
			let_go(t, x);
	}
}

void stream_segment(struct streams *t, struct flow *f, unsigned end, int64_t offset, int64_t time, struct rd payload)
{
	struct stream_call c;

	if (f->no_dissector)
		return;
	if (!f->stream) {
		f->stream = pool_take(&t->stream);
		if (!f->stream) {
			t->refused += payload.len;
			f->no_dissector = true;
			return;
		}
		f->stream->end[0].gap = !f->tcp->end[0].has_isn;
		f->stream->end[1].gap = !f->tcp->end[1].has_isn;
	}
	struct stream_end *x = &f->stream->end[end];
	if (x->done || offset + (int64_t)payload.len <= x->want)
		return;
	stream_call_begin(&c, t, f, end, time);
	segment(&c, x, offset, payload);
	tidy(t, f);
}

void stream_datagram(struct streams *t, struct flow *f, unsigned end, int64_t time, struct rd payload)
{
	struct stream_call c;

	if (f->no_dissector)
		return;
	stream_call_begin(&c, t, f, end, time);
	if (stream_show_datagram(&c, payload))
		tidy(t, f);
	else
		stream_close(t, f);
}
