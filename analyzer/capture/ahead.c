/*
 * Batches in a ring, and one lock that is taken once a batch. The frames of a batch lie in one buffer: the source's block
 * turns to another one to read more, which must be no batch's any longer.
 */
#include "capture/ahead.h"

#include <stdlib.h>

#include "base/region.h"
#include "base/thread.h"

/*
 * Enough is on its way for some milliseconds, in which others may have the processor; and the thread sleeps till half of
 * the batches are free, for waking costs more than a batch. `FETCHED`: so many frames on, headers are on their way; what
 * another processor wrote is far.
 */
enum { BATCH = 512, BATCHES = 16, WAKE = BATCHES / 2, BUFFERS = 8, FETCHED = 24, LINE = 64 };

struct batch {
	struct frame *frame;
	size_t n;
	enum source_event then; /* what came after them; FRAME: another batch */
	struct source_progress progress;
};

struct buffer {
	uint8_t *bytes;    /* BLOCK_SIZE */
	uint8_t *big;      /* where a run needed more */
	size_t big_room;
	uint64_t until;    /* so many batches must be released before it is free */
};

struct ahead {
	struct source *source;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled_one, freed_some;
	struct batch batch[BATCHES];
	/* the thread's own: */
	struct buffer buffer[BUFFERS];
	unsigned turned;
	/* under the lock: */
	uint64_t filled, released; /* batches ever */
	bool closed;
	/* the reader's own: */
	struct batch none;         /* at hand before the first */
	const struct batch *at_hand;
	uint64_t taken;
	size_t next;
};

/* ---- the thread ---- */

/* False where nobody reads any more. */
static bool wait_for_release(struct ahead *a, uint64_t batches)
{
	pthread_mutex_lock(&a->lock);
	while (!a->closed && a->released < batches)
		pthread_cond_wait(&a->freed_some, &a->lock);
	bool released = !a->closed;
	pthread_mutex_unlock(&a->lock);
	return released;
}

static uint8_t *next_buffer(void *ctx, size_t n, size_t *ret_room)
{
	struct ahead *a = ctx;
	struct buffer *b = &a->buffer[++a->turned % BUFFERS];

	if (!wait_for_release(a, b->until))
		return NULL;
	*ret_room = BLOCK_SIZE;
	if (n <= BLOCK_SIZE)
		return b->bytes;
	if (n > b->big_room) {
		free(b->big);
		b->big = malloc(n);
		b->big_room = b->big ? n : 0;
	}
	*ret_room = b->big_room;
	return b->big;
}

/* Frames of one buffer: only for the first of them another one may be turned to. */
static void fill(struct ahead *a, struct batch *b)
{
	struct source *s = a->source;

	b->n = 0;
	do {
		s->block.held = b->n > 0;
		b->then = source_next(s, &b->frame[b->n]);
	} while (b->then == SOURCE_FRAME && ++b->n < BATCH);
	s->block.held = false;
	if (b->then == SOURCE_WAIT)
		b->then = SOURCE_FRAME;
	b->progress = source_progress(s);
}

static void *run(void *ctx)
{
	struct ahead *a = ctx;
	enum source_event then = SOURCE_FRAME;

	thread_short_turns();
	for (uint64_t n = 1; then == SOURCE_FRAME; n++) {
		struct batch *b = &a->batch[n % BATCHES];
		if (n > BATCHES && !wait_for_release(a, n - BATCHES))
			break;
		fill(a, b);
		then = b->then;
		a->buffer[a->turned % BUFFERS].until = n;
		pthread_mutex_lock(&a->lock);
		a->filled = n;
		pthread_cond_signal(&a->filled_one);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- the reader ---- */

static void fetch(const struct frame *f)
{
	__builtin_prefetch(f->bytes.p);
	__builtin_prefetch(f->bytes.p + LINE);
}

static void turn(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->released = a->taken;
	if (a->filled - a->released <= BATCHES - WAKE)
		pthread_cond_signal(&a->freed_some);
	while (a->filled == a->taken)
		pthread_cond_wait(&a->filled_one, &a->lock);
	pthread_mutex_unlock(&a->lock);
	a->at_hand = &a->batch[++a->taken % BATCHES];
	a->next = 0;
	for (size_t i = 0; i < FETCHED && i < a->at_hand->n; i++)
		fetch(&a->at_hand->frame[i]);
}

enum source_event ahead_next(struct ahead *a, bool held, const struct frame **ret_f)
{
	while (a->next == a->at_hand->n && a->at_hand->then == SOURCE_FRAME) {
		if (held)
			return SOURCE_WAIT;
		turn(a);
	}
	if (a->next == a->at_hand->n)
		return a->at_hand->then;
	__builtin_prefetch(&a->at_hand->frame[a->next + 2 * (size_t)FETCHED]);
	if (a->next + FETCHED < a->at_hand->n)
		fetch(&a->at_hand->frame[a->next + FETCHED]);
	*ret_f = &a->at_hand->frame[a->next++];
	return SOURCE_FRAME;
}

size_t ahead_run(struct ahead *a, size_t max, const struct frame **ret_f)
{
	const struct frame *f = a->at_hand->frame + a->next;
	size_t left = a->at_hand->n - a->next, n = left < max ? left : max;

	for (size_t i = FETCHED; i < n + FETCHED && i < left; i++)
		fetch(&f[i]);
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&f[i + 2 * (size_t)FETCHED]);
	*ret_f = f;
	a->next += n;
	return n;
}

struct source_progress ahead_progress(const struct ahead *a)
{
	return a->at_hand->progress;
}

/* ---- life ---- */

static void release(struct ahead *a)
{
	for (unsigned i = 0; i < BATCHES; i++)
		region_give(a->batch[i].frame);
	for (unsigned i = 0; i < BUFFERS; i++) {
		region_give(a->buffer[i].bytes);
		free(a->buffer[i].big);
	}
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->filled_one);
	pthread_cond_destroy(&a->freed_some);
	free(a);
}

static bool make_room(struct ahead *a)
{
	bool room = true;

	for (unsigned i = 0; i < BATCHES; i++)
		room &= (a->batch[i].frame = region_take(BATCH * sizeof(struct frame))) != NULL;
	for (unsigned i = 0; i < BUFFERS; i++)
		room &= (a->buffer[i].bytes = region_take(BLOCK_SIZE)) != NULL;
	return room;
}

struct ahead *ahead_new(struct source *s)
{
	struct ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->source = s;
	a->none.progress = source_progress(s); /* empty, and another comes */
	a->at_hand = &a->none;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled_one, NULL);
	pthread_cond_init(&a->freed_some, NULL);
	s->block.turn = (struct block_turn){ next_buffer, a };
	if (!make_room(a) || !thread_start(&a->thread, run, a)) {
		s->block.turn = (struct block_turn){ 0 };
		release(a);
		return NULL;
	}
	return a;
}

void ahead_close(struct ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->closed = true;
	pthread_cond_signal(&a->freed_some);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	release(a);
}
