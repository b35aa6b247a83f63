/*
 * Chunks, and one lock that is taken once a chunk. Of the empty ones that is filled next which was emptied last: what is
 * mostly on its way stays in few chunks, and in the processors' caches; the others are there for what comes at once,
 * as when a tick of the clock ends thousands of flows. Memory that none of them ever needed is never touched.
 */
#include "record/queue.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/region.h"
#include "base/thread.h"
#include "record/model.h"
#include "record/model_records.h"

enum { CHUNKS = 16, CHUNK = 256 * 1024, PLACES = 8, LISTS = 4 };

/*
 * An observation in a chunk: its own struct, as far as its type and the lists at its end reach, and behind that the bytes
 * of its spans.
 */
struct item {
	size_t size;
	struct obs obs;
};

struct chunk {
	unsigned char *bytes; /* CHUNK_ROOM, and room behind that to read a whole item wherever one begins */
	size_t used;
};

enum { CHUNK_ROOM = CHUNK - sizeof(struct item) };

/* Where a record has spans. */
struct place {
	size_t at, stride;
	size_t max;      /* so many, or as many as the counting member says */
	size_t count_at;
	size_t count_size; /* 0: `max` */
};

/* What copying has to know of a type, from the tables of the model. */
struct plan {
	size_t size; /* of struct obs, as far as the type reaches */
	struct place places[PLACES];
	size_t n;
	struct place lists[LISTS]; /* that end the struct, the last one first */
	size_t lists_n;
};

struct obs_queue {
	struct obs_sink to;
	struct plan plans[OBS_TYPES], facts[FACT_KINDS];
	unsigned char *memory;
	struct chunk chunk[CHUNKS];
	struct chunk *filling;    /* who puts owns it */
	bool threaded;
	bool unwanted;            /* the sink could not begin: who puts to it knows */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	/* under the lock: */
	struct chunk *full[CHUNKS], *empty[CHUNKS]; /* a ring; a stack */
	size_t empty_n;
	uint64_t filled, emptied; /* chunks ever */
	bool closed;
};

/* ---- plans ---- */

static struct place place_of(const struct field *f, size_t base)
{
	struct place at = { .at = base + f->offset, .stride = f->size, .max = f->form == FORM_ONE ? 1 : f->max };

	if (f->form == FORM_ARRAY) {
		at.count_at = base + f->count_offset;
		at.count_size = f->count_size;
	}
	return at;
}

static void plan_field(struct plan *p, const struct field *f, size_t base)
{
	struct place at = place_of(f, base);

	if (f->kind == KIND_COUNT)
		at.at += offsetof(struct obs_count, name);
	p->places[p->n++] = at;
}

static bool has_text(const struct field *f)
{
	return f->kind == KIND_BYTES || f->kind == KIND_TEXT || f->kind == KIND_COUNT;
}

/* Text stands in the record itself or in a group of its members; lists of records have none. */
static void plan_record(struct plan *p, const struct record *r, size_t base)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		const struct field *f = &r->fields[i];
		if (has_text(f))
			plan_field(p, f, base);
		for (size_t k = 0; f->kind == KIND_RECORD && k < f->sub->fields_n; k++)
			if (has_text(&f->sub->fields[k]))
				plan_field(p, &f->sub->fields[k], base + f->offset);
	}
}

/* The list that ends where the struct does, but for padding, or where the list after it begins. */
static bool plan_last_list(struct plan *p, const struct record *r, size_t base)
{
	size_t end = p->lists_n ? p->lists[p->lists_n - 1].at : base + r->size;

	for (size_t i = 0; i < r->fields_n && p->lists_n < LISTS; i++) {
		const struct field *f = &r->fields[i];
		size_t its_end = base + f->offset + (size_t)f->max * f->size;
		if (f->form != FORM_ARRAY || its_end > end || end - its_end >= alignof(struct obs))
			continue;
		p->lists[p->lists_n++] = place_of(f, base);
		return true;
	}
	return false;
}

static void plan(struct plan *p, const struct record *r, size_t base)
{
	p->size = base + r->size;
	plan_record(p, r, base);
	while (plan_last_list(p, r, base))
		;
}

static void make_plans(struct obs_queue *q)
{
	const size_t start = offsetof(struct obs, start), fact = start + offsetof(struct obs_fact, fact);

	for (unsigned t = 0; t < OBS_TYPES; t++)
		plan(&q->plans[t], &obs_records[t], start);
	for (unsigned k = 0; k < FACT_KINDS; k++)
		plan(&q->facts[k], &record_facts[k], fact);
}

static const struct plan *plan_of(const struct obs_queue *q, const struct obs *o)
{
	if (o->type == OBS_FACT && o->fact.fact.kind < FACT_KINDS && record_facts[o->fact.fact.kind].size)
		return &q->facts[o->fact.fact.kind];
	return &q->plans[o->type];
}

/* ---- who puts ---- */

static size_t count_at(const struct place *p, const struct obs *o)
{
	size_t n = p->count_size ? (size_t)model_load((const char *)o + p->count_at, p->count_size) : p->max;
	return n < p->max ? n : p->max;
}

/* Its own struct without what is empty at the end of it. */
static size_t own_size(const struct plan *p, const struct obs *o)
{
	size_t size = p->size;

	for (size_t i = 0; i < p->lists_n; i++) {
		size_t n = count_at(&p->lists[i], o);
		size = p->lists[i].at + n * p->lists[i].stride;
		if (n)
			break;
	}
	return size;
}

static size_t text_size(const struct plan *p, const struct obs *o)
{
	size_t size = 0;

	for (size_t i = 0; i < p->n; i++) {
		const char *at = (const char *)o + p->places[i].at;
		for (size_t k = count_at(&p->places[i], o); k; k--, at += p->places[i].stride)
			size += ((const struct span *)(const void *)at)->n;
	}
	return size;
}

/* `o` is a copy already; what its spans point at is not, and goes to `to`. */
static void copy_text(const struct plan *p, struct obs *o, unsigned char *to)
{
	for (size_t i = 0; i < p->n; i++) {
		char *at = (char *)o + p->places[i].at;
		for (size_t k = count_at(&p->places[i], o); k; k--, at += p->places[i].stride) {
			struct span *s = (struct span *)(void *)at;
			if (s->n)
				memcpy(to, s->p, s->n);
			s->p = s->n ? to : NULL;
			to += s->n;
		}
	}
}

static void hand_on(const struct obs_queue *q, struct chunk *c)
{
	for (size_t at = 0; at < c->used && !q->unwanted;) {
		const struct item *i = (const struct item *)(void *)(c->bytes + at);
		q->to.put(q->to.ctx, &i->obs);
		at += i->size;
	}
	c->used = 0;
}

/* The chunk being filled is done with; afterwards there is an empty one. `all`: none waits any more, either. */
static void chunk_done(struct obs_queue *q, bool all)
{
	if (!q->threaded) {
		hand_on(q, q->filling);
		return;
	}
	pthread_mutex_lock(&q->lock);
	q->full[q->filled++ % CHUNKS] = q->filling;
	pthread_cond_signal(&q->work);
	while (q->empty_n < (all ? CHUNKS : 1))
		pthread_cond_wait(&q->room, &q->lock);
	q->filling = q->empty[--q->empty_n];
	pthread_mutex_unlock(&q->lock);
}

static struct item *next_item(const struct obs_queue *q)
{
	return (struct item *)(void *)(q->filling->bytes + q->filling->used);
}

/* There is room for any behind the last one; where it does not count as the chunk's, put() copies it into the next. */
static struct obs *room(void *ctx)
{
	return &next_item(ctx)->obs;
}

static void put(void *ctx, const struct obs *o)
{
	struct obs_queue *q = ctx;
	const struct plan *p = plan_of(q, o);
	size_t own = own_size(p, o), before = offsetof(struct item, obs) + own, text = text_size(p, o);

	if (text > CHUNK_ROOM - sizeof(struct item)) { /* stored observations only: what no chunk holds needs no copy */
		chunk_done(q, true);
		if (!q->unwanted)
			q->to.put(q->to.ctx, o);
		return;
	}
	size_t size = (before + text + alignof(struct item) - 1) & ~(alignof(struct item) - 1);
	if (size > CHUNK_ROOM - q->filling->used)
		chunk_done(q, false);
	struct item *i = next_item(q);
	i->size = size;
	if (o != &i->obs) {
		memcpy(&i->obs, o, own);
		copy_text(p, &i->obs, (unsigned char *)i + before);
	}
	q->filling->used += size;
}

struct obs_sink obs_queue_sink(struct obs_queue *q)
{
	return (struct obs_sink){ .ctx = q, .put = put, .room = room, .without = q->to.without };
}

/* ---- the thread ---- */

/* The next full one, or NULL where none will come. `wait`: until one of the two is known. */
static struct chunk *next_full(struct obs_queue *q, bool wait)
{
	pthread_mutex_lock(&q->lock);
	while (wait && q->filled == q->emptied && !q->closed)
		pthread_cond_wait(&q->work, &q->lock);
	struct chunk *c = q->filled == q->emptied ? NULL : q->full[q->emptied % CHUNKS];
	pthread_mutex_unlock(&q->lock);
	return c;
}

/* While nothing comes there is time for others' memory: of all threads this one is waited for least. */
static struct chunk *wait_for_full(struct obs_queue *q)
{
	struct chunk *c = next_full(q, false);

	if (c)
		return c;
	region_prepare();
	return next_full(q, true);
}

static void begin(struct obs_queue *q)
{
	q->unwanted = q->to.begin && !q->to.begin(q->to.ctx);
}

static void *run(void *ctx)
{
	struct obs_queue *q = ctx;
	struct chunk *c;

	begin(q);
	while ((c = wait_for_full(q))) {
		hand_on(q, c);
		pthread_mutex_lock(&q->lock);
		q->emptied++;
		q->empty[q->empty_n++] = c;
		pthread_cond_signal(&q->room);
		pthread_mutex_unlock(&q->lock);
	}
	return NULL;
}

/* ---- life ---- */

static void release(struct obs_queue *q)
{
	region_give(q->memory);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->work);
	pthread_cond_destroy(&q->room);
	free(q);
}

/* The first of them is being filled, the others wait their turn behind it. */
static bool make_room(struct obs_queue *q, unsigned chunks)
{
	q->memory = region_take((size_t)chunks * CHUNK);
	if (!q->memory)
		return false;
	for (unsigned i = chunks; i--;) {
		q->chunk[i].bytes = q->memory + (size_t)i * CHUNK;
		q->empty[q->empty_n++] = &q->chunk[i];
	}
	q->filling = q->empty[--q->empty_n];
	return true;
}

int obs_queue_new(struct obs_queue **ret_q, unsigned threads, struct obs_sink to)
{
	struct obs_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->to = to;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->work, NULL);
	pthread_cond_init(&q->room, NULL);
	make_plans(q);
	if (!make_room(q, threads > 1 ? CHUNKS : 1)) {
		release(q);
		return -ENOMEM;
	}
	q->threaded = threads > 1 && thread_start(&q->thread, run, q);
	if (!q->threaded)
		begin(q);
	*ret_q = q;
	return 0;
}

void obs_queue_close(struct obs_queue *q)
{
	if (!q)
		return;
	chunk_done(q, true);
	if (q->threaded) {
		pthread_mutex_lock(&q->lock);
		q->closed = true;
		pthread_cond_signal(&q->work);
		pthread_mutex_unlock(&q->lock);
		pthread_join(q->thread, NULL);
	}
	release(q);
}
