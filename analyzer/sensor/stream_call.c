/*
 * The calls into dissectors: who is asked, who is fed, what they say, when they finish, and how a stream is handed over
 * from one to the next. dissectors/dissector.h says what they may expect.
 */
#include "sensor/stream_step.h"
#include "sensor/tcp.h"

enum { DATAGRAMS_TRIED = 4, HANDOVERS = 3 };

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

	if (m == MARK_TLS_RECORD && c->f->records_told)
		return;
	c->t->sink.mark(c->t->sink.ctx, c->f, side ^ initiator_of(c), m, v);
}

static void say_record(void *ctx, const struct dissector_record *r)
{
	struct stream_call *c = ctx;

	for (unsigned i = 0; i < c->t->listeners; i++) {
		size_t at = c->t->listener[i];
		void **state = &c->st->listener[i];
		if (c->st->deaf[i])
			continue;
		if (!*state)
			*state = pool_take(&c->t->state[at]);
		if (*state)
			c->st->deaf[i] = !c->t->registry[at]->record(*state, r, &c->sink);
	}
}

static bool is_unheard(const struct streams *t, const struct flow *f)
{
	bool heard = !f->records_told || !f->stream;

	for (unsigned i = 0; i < t->listeners && !heard; i++)
		heard = !f->stream->deaf[i];
	return !heard;
}

void stream_call_begin(struct stream_call *c, struct streams *t, struct flow *f, unsigned end, int64_t time)
{
	*c = (struct stream_call){
		.t = t, .f = f, .st = f->stream, .end = end, .time = time,
		.sink = { .ctx = c, .fact = say_fact, .mark = say_mark, .record = say_record,
			  .data_unheard = is_unheard(t, f) },
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

/* ---- who comes and goes ---- */

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

static bool attach(struct stream_call *c, size_t index)
{
	struct stream *st = c->st;
	void *state = pool_take(&c->t->state[index]);

	if (!state)
		return false;
	c->f->known = true;
	st->initiator = c->f->initiator;
	st->dissector = c->t->registry[index];
	st->index = index;
	st->state = state;
	return true;
}

static void finish(struct stream_call *c, size_t index, void **state)
{
	const struct dissector *d = c->t->registry[index];

	if (!*state)
		return;
	if (d->finish)
		d->finish(*state, &c->sink);
	pool_give(&c->t->state[index], *state);
	*state = NULL;
}

void stream_finish(struct stream_call *c)
{
	struct stream *st = c->st;

	if (st->dissector)
		finish(c, st->index, &st->state);
	for (unsigned i = 0; i < c->t->listeners; i++) {
		finish(c, c->t->listener[i], &st->listener[i]);
		st->deaf[i] = c->sink.data_unheard = false;
	}
	st->dissector = NULL;
}

/* ---- bytes ---- */

/* That end's bytes were nobody's any more; now somebody reads on from where it stands. */
static void wake(const struct stream_call *c, unsigned end)
{
	struct stream_end *x = &c->st->end[end];
	int64_t next = c->f->tcp->end[end].next;

	if (!x->done)
		return;
	x->done = false;
	x->gap |= x->want != next;
	stream_move(c->t, x, next);
}

/* Shows bytes from x->want on to whom they belong; the answer is feed()'s. */
static uint64_t show(struct stream_call *c, const struct stream_end *x, struct rd bytes)
{
	struct dissector_input in = input_of(c, x->want - x->base, x->gap, bytes);
	size_t index = 0;

	if (!c->st->dissector) {
		enum dissector_match m = recognise(c, OVER_TCP, &in, &index);
		if (m == MATCH_MAYBE && bytes.cap == bytes.len && bytes.len < DISSECTOR_PREFIX)
			return in.offset;
		if (m != MATCH_YES || !attach(c, index))
			return DISSECTOR_DONE;
		wake(c, !c->end);
	}
	return c->st->dissector->feed(c->st->state, &in, &c->sink);
}

/* What the dissector answered, as an offset of the stream. */
static int64_t settle(const struct stream_call *c, struct stream_end *x, uint64_t want)
{
	if (c->st->dissector)
		x->gap = false;
	if (want > (uint64_t)(INT64_MAX - x->base)) { /* DISSECTOR_DONE, or beyond all that will ever come */
		x->done = true;
		return x->want;
	}
	int64_t to = x->base + (int64_t)want;
	return to > x->want ? to : x->want;
}

/* Both sides belong to another protocol from where they stand. False where that was said too often. */
static bool hand_over(struct stream_call *c)
{
	struct stream *st = c->st;

	stream_finish(c);
	if (st->handovers++ == HANDOVERS) {
		st->end[0].done = st->end[1].done = true;
		return false;
	}
	for (unsigned end = 0; end < 2; end++) {
		wake(c, end);
		st->end[end].base = st->end[end].want;
	}
	return true;
}

/* What the other end sent before the side at hand is the first of the inner protocol. True: hand over again. */
static bool catch_up(const struct stream_call *c)
{
	struct stream_call other;
	struct stream_end *x = &c->st->end[!c->end];

	stream_call_begin(&other, c->t, c->f, !c->end, c->time);
	while (x->run && !x->done) {
		uint64_t want = show(&other, x, rd_of(x->held, x->run, x->run));
		if (want == DISSECTOR_HANDOVER)
			return true;
		int64_t to = settle(&other, x, want);
		if (to == x->want)
			break;
		stream_move(c->t, x, to);
	}
	return false;
}

int64_t stream_offer(struct stream_call *c, struct stream_end *x, struct rd bytes)
{
	uint64_t want = show(c, x, bytes);

	while (want == DISSECTOR_HANDOVER) {
		if (!hand_over(c))
			return x->want;
		want = catch_up(c) ? DISSECTOR_HANDOVER : show(c, x, bytes);
	}
	return settle(c, x, want);
}

/* A buffer is the side's for as long as its dissector says that something is in it. */
static void feed_datagram(struct stream_call *c, struct stream_end *x, struct dissector_input *in)
{
	const struct dissector *d = c->st->dissector;

	if (x->done)
		return;
	if (d->holds && !x->held) {
		x->held = pool_take_raw(&c->t->prefix);
		c->t->refused += x->held ? 0 : in->bytes.len;
	}
	in->held = x->held;
	uint64_t answer = d->feed(c->st->state, in, &c->sink);
	x->run = answer == DISSECTOR_HOLD;
	x->done = answer >= DISSECTOR_HANDOVER;
}

bool stream_show_datagram(struct stream_call *c, struct rd payload)
{
	struct dissector_input in = input_of(c, 0, false, payload);
	size_t index = 0;

	if (!c->st) {
		if (recognise(c, OVER_UDP, &in, &index) == MATCH_YES) {
			c->st = c->f->stream = pool_take(&c->t->stream);
			c->t->refused += c->st ? 0 : payload.len;
		}
		if (!c->st || !attach(c, index)) {
			c->f->no_dissector = ++c->f->datagrams_tried >= DATAGRAMS_TRIED;
			return false;
		}
	}
	feed_datagram(c, &c->st->end[c->end], &in);
	return true;
}
