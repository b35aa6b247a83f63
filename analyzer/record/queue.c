/* Chunks in a ring, and one lock that is taken once a chunk. */
#include "record/queue.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/region.h"
#include "base/thread.h"
#include "record/model.h"
#include "record/model_records.h"

enum { CHUNKS = 8, CHUNK = 256 * 1024, PLACES = 8 };

/* An observation in a chunk: its own struct, as far as its type reaches, and behind that the bytes of its spans. */
struct item {
	size_t size;
	struct obs obs;
};

struct chunk {
	unsigned char *bytes; /* CHUNK, and room behind that to read a whole item wherever one begins */
	size_t used;
};

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
};

struct obs_queue {
	struct obs_sink to;
	struct plan plans[OBS_TYPES], facts[FACT_KINDS];
	struct chunk chunk[CHUNKS];
	struct chunk *filling;    /* who puts owns it */
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	/* under the lock: */
	uint64_t filled, emptied; /* chunks ever */
	bool closed;
};

/* ---- plans ---- */

static void plan_field(struct plan *p, const struct field *f, size_t base)
{
	struct place at = { .at = base + f->offset, .stride = f->size, .max = f->form == FORM_ONE ? 1 : f->max };

	if (f->kind == KIND_COUNT)
		at.at += offsetof(struct obs_count, name);
	if (f->form == FORM_ARRAY) {
		at.count_at = base + f->count_offset;
		at.count_size = f->count_size;
	}
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

static void make_plans(struct obs_queue *q)
{
	const size_t start = offsetof(struct obs, start), fact = start + offsetof(struct obs_fact, fact);

	for (unsigned t = 0; t < OBS_TYPES; t++) {
		plan_record(&q->plans[t], &obs_records[t], start);
		q->plans[t].size = start + obs_records[t].size;
	}
	for (unsigned k = 0; k < FACT_KINDS; k++) {
		plan_record(&q->facts[k], &record_facts[k], fact);
		q->facts[k].size = fact + record_facts[k].size;
	}
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
	for (size_t at = 0; at < c->used;) {
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
	q->filled++;
	pthread_cond_signal(&q->work);
	while (q->filled - q->emptied > (all ? 0 : CHUNKS - 1))
		pthread_cond_wait(&q->room, &q->lock);
	q->filling = &q->chunk[q->filled % CHUNKS];
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
	size_t own = offsetof(struct item, obs) + p->size, text = text_size(p, o);

	if (text > CHUNK - sizeof(struct item)) { /* stored observations only: what no chunk holds needs no copy */
		chunk_done(q, true);
		q->to.put(q->to.ctx, o);
		return;
	}
	size_t size = (own + text + alignof(struct item) - 1) & ~(alignof(struct item) - 1);
	if (size > CHUNK - q->filling->used)
		chunk_done(q, false);
	struct item *i = next_item(q);
	i->size = size;
	if (o != &i->obs) {
		memcpy(&i->obs, o, p->size);
		copy_text(p, &i->obs, (unsigned char *)i + own);
	}
	q->filling->used += size;
}

struct obs_sink obs_queue_sink(struct obs_queue *q)
{
	return (struct obs_sink){ .ctx = q, .put = put, .room = room };
}

/* ---- the thread ---- */

static void *run(void *ctx)
{
	struct obs_queue *q = ctx;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		while (q->filled == q->emptied && !q->closed)
			pthread_cond_wait(&q->work, &q->lock);
		if (q->filled == q->emptied)
			break;
		struct chunk *c = &q->chunk[q->emptied % CHUNKS];
		pthread_mutex_unlock(&q->lock);
		hand_on(q, c);
		pthread_mutex_lock(&q->lock);
		q->emptied++;
		pthread_cond_signal(&q->room);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

/* ---- life ---- */

static void release(struct obs_queue *q)
{
	for (unsigned i = 0; i < CHUNKS; i++)
		region_give(q->chunk[i].bytes);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->work);
	pthread_cond_destroy(&q->room);
	free(q);
}

int obs_queue_new(struct obs_queue **ret_q, unsigned threads, struct obs_sink to)
{
	struct obs_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->to = to;
	q->filling = &q->chunk[0];
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->work, NULL);
	pthread_cond_init(&q->room, NULL);
	make_plans(q);
	for (unsigned i = 0; i < (threads > 1 ? CHUNKS : 1); i++) {
		q->chunk[i].bytes = region_take(CHUNK + sizeof(struct item));
		if (!q->chunk[i].bytes) {
			release(q);
			return -ENOMEM;
		}
	}
	q->threaded = threads > 1 && thread_start(&q->thread, run, q);
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
