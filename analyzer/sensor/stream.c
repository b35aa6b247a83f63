/* Stream prefixes and the calls into dissectors: dissectors/dissector.h says what they may expect. */
#include "sensor/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/tcp.h"

enum { DATAGRAMS_TRIED = 4 };

/* Of one end. `held` has the bytes from `want` on: `run` of them, and behind a hole one island. */
struct stream_end {
	int64_t want;
	uint8_t *held;
	uint16_t run, island, island_to; /* relative to want; no island where island_to is 0 */
	bool done;
	bool gap; /* bytes before `want` are lost, and the dissector does not know yet */
};

struct stream {
	const struct dissector *dissector;
	size_t index; /* its place in the registry */
	void *state;
	void *listener[STREAM_LISTENERS];
	struct stream_end end[2];
	uint8_t initiator; /* as it was when the dissector came: sides must not change under it */
};

/* One call into a dissector. */
struct stream_call {
	struct streams *t;
	struct flow *f;
	struct stream *st;
	struct fact_sink sink;
	unsigned end;
	int64_t time;
};

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

	if (!st)
		return;
	for (unsigned i = 0; i < t->listeners; i++)
		pool_give(&t->state[t->listener[i]], st->listener[i]);
	if (st->dissector)
		pool_give(&t->state[st->index], st->state);
	pool_give(&t->prefix, st->end[0].held);
	pool_give(&t->prefix, st->end[1].held);
	pool_give(&t->stream, st);
	f->stream = NULL;
}

/* ---- what dissectors say ---- */

static unsigned initiator_of(const struct stream_call *c)
{
	return c->st && c->st->dissector ? c->st->initiator : c->f->initiator;
}

static void say_fact(void *ctx, const struct fact *fact)
{
	const struct stream_call *c = ctx;
	c->t->sink.fact(c->t->sink.ctx, c->f, fact->side ^ initiator_of(c), fact);
}

static void say_mark(void *ctx, enum dissector_mark m, uint8_t side, uint32_t v0, uint32_t v1, uint32_t v2)
{
	const struct stream_call *c = ctx;
	const uint32_t v[3] = { v0, v1, v2 };

	c->t->sink.mark(c->t->sink.ctx, c->f, side ^ initiator_of(c), m, v);
}

static void say_record(void *ctx, const struct dissector_record *r)
{
	struct stream_call *c = ctx;

	for (unsigned i = 0; i < c->t->listeners; i++) {
		size_t at = c->t->listener[i];
		void **state = &c->st->listener[i];
		if (!*state)
			*state = pool_take(&c->t->state[at]);
		if (*state)
			c->t->registry[at]->record(*state, r, &c->sink);
	}
}

static struct stream_call call_of(struct streams *t, struct flow *f, unsigned end, int64_t time)
{
	return (struct stream_call){
		.t = t, .f = f, .st = f->stream, .end = end, .time = time,
		.sink = { .fact = say_fact, .mark = say_mark, .record = say_record },
	};
}

static struct dissector_input input_of(const struct stream_call *c, int64_t offset, bool gap, struct rd bytes)
{
	unsigned i = initiator_of(c);

	return (struct dissector_input){
		.time = c->time, .offset = (uint64_t)offset, .port = { c->f->key.port[i], c->f->key.port[!i] },
		.side = (uint8_t)(c->end ^ i), .gap = gap, .bytes = bytes,
	};
}

/* ---- recognition ---- */

static bool attach(struct stream_call *c, size_t index)
{
	struct stream *st = c->st;
	void *state = pool_take(&c->t->state[index]);

	if (!state)
		return false;
	st->initiator = c->f->initiator;
	st->dissector = c->t->registry[index];
	st->index = index;
	st->state = state;
	return true;
}

/* The best answer of all dissectors over this; *ret_index is the one that said yes. */
static enum dissector_match recognise(const struct stream_call *c, unsigned over, const struct dissector_input *in,
				      size_t *ret_index)
{
	enum dissector_match best = MATCH_NO;

	for (size_t i = 0; i < c->t->registry_n; i++) {
		const struct dissector *d = c->t->registry[i];
		enum dissector_match m = d->over & over && d->recognise ? d->recognise(in) : MATCH_NO;
		if (m == MATCH_YES) {
			*ret_index = i;
			return m;
		}
		best = m > best ? m : best;
	}
	return best;
}

/* The other end's bytes were no dissector's; now that one is known, it reads on from here. */
static void wake(struct flow *f, unsigned end)
{
	struct stream_end *x = &f->stream->end[end];

	if (!x->done)
		return;
	x->done = false;
	x->gap = true;
	x->want = f->tcp->end[end].next;
}

/* Shows the dissector bytes from x->want on; returns the offset that it wants next. */
static int64_t offer(struct stream_call *c, struct stream_end *x, struct rd bytes)
{
	struct dissector_input in = input_of(c, x->want, x->gap, bytes);
	size_t index = 0;

	if (!c->st->dissector) {
		enum dissector_match m = recognise(c, OVER_TCP, &in, &index);
		if (m == MATCH_MAYBE && bytes.cap == bytes.len && bytes.len < DISSECTOR_PREFIX)
			return x->want;
		if (m != MATCH_YES || !attach(c, index)) {
			x->done = true;
			return x->want;
		}
		wake(c->f, !c->end);
	}
	uint64_t want = c->st->dissector->feed(c->st->state, &in, &c->sink);
	x->gap = false;
	if (want == DISSECTOR_DONE || want > INT64_MAX) {
		x->done = true;
		return x->want;
	}
	return (int64_t)want > x->want ? (int64_t)want : x->want;
}

/* ---- what is kept ---- */

static void let_go(struct stream_call *c, struct stream_end *x)
{
	pool_give(&c->t->prefix, x->held);
	x->held = NULL;
	x->run = x->island = x->island_to = 0;
}

static bool hold(struct stream_call *c, struct stream_end *x, size_t at, struct span bytes)
{
	if (!x->held)
		x->held = pool_take(&c->t->prefix);
	if (!x->held) {
		c->t->refused += bytes.n;
		return false;
	}
	memcpy(x->held + at, bytes.p, bytes.n);
	return true;
}

/* Everything before `to` is read, or not wanted, or lost. */
static void move_to(struct stream_call *c, struct stream_end *x, int64_t to)
{
	int64_t by = to - x->want;
	size_t kept = x->island_to > x->run ? x->island_to : x->run;

	x->want = to;
	if (by >= (int64_t)kept) {
		let_go(c, x);
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
	move_to(c, x, to);
	x->gap = true;
}

/* Bytes at x->want with nothing kept: straight from the frame. */
static void feed_frame(struct stream_call *c, struct stream_end *x, struct rd r)
{
	int64_t to = x->want + (int64_t)r.len, want = offer(c, x, r);

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
		int64_t want = offer(c, x, rd_of(x->held, x->run, x->run + missing));
		if (x->done)
			return;
		bool stuck = want == x->want;
		if (!stuck)
			move_to(c, x, want);
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
		move_to(c, x, x->want); /* it may have reached the island */
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
		if (x->held && (x->done || (x->run == 0 && x->island_to == 0))) {
			pool_give(&t->prefix, x->held);
			x->held = NULL;
			x->run = x->island = x->island_to = 0;
		}
	}
}

void stream_segment(struct streams *t, struct flow *f, unsigned end, int64_t offset, int64_t time, struct rd payload)
{
	if (f->no_dissector)
		return;
	if (!f->stream) {
		f->stream = pool_take(&t->stream);
		if (!f->stream) {
			f->no_dissector = true;
			return;
		}
		f->stream->end[0].gap = !f->tcp->end[0].has_isn;
		f->stream->end[1].gap = !f->tcp->end[1].has_isn;
	}
	struct stream_end *x = &f->stream->end[end];
	if (x->done || offset + (int64_t)payload.len <= x->want)
		return;
	struct stream_call c = call_of(t, f, end, time);
	c.sink.ctx = &c;
	segment(&c, x, offset, payload);
	tidy(t, f);
}

void stream_datagram(struct streams *t, struct flow *f, unsigned end, int64_t time, struct rd payload)
{
	if (f->no_dissector)
		return;
	struct stream_call c = call_of(t, f, end, time);
	struct dissector_input in = input_of(&c, 0, false, payload);
	c.sink.ctx = &c;
	if (!c.st) {
		size_t index = 0;
		enum dissector_match m = recognise(&c, OVER_UDP, &in, &index);
		if (m == MATCH_YES)
			c.st = f->stream = pool_take(&t->stream);
		if (!c.st || !attach(&c, index)) {
			f->no_dissector = ++f->datagrams_tried >= DATAGRAMS_TRIED;
			stream_close(t, f);
			return;
		}
	}
	if (c.st->end[end].done)
		return;
	if (c.st->dissector->feed(c.st->state, &in, &c.sink) == DISSECTOR_DONE)
		c.st->end[end].done = true;
	tidy(t, f);
}
