/* The event log: DESIGN, records. */
#include "sensor/event.h"

static struct event_log *log_of(struct flows *t, struct flow *f)
{
	if (!f->events)
		f->events = pool_take(&t->log);
	return f->events;
}

/* Where event number n lies, allocating its block if `t` is given; NULL without room. */
static struct obs_event *place(struct flows *t, struct event_log *l, uint32_t n)
{
	if (n < EVENT_FIRST) {
		struct event_block **b = &l->block[n / EVENT_BLOCK];
		if (!*b && t)
			*b = pool_take(&t->block);
		return *b ? &(*b)->e[n % EVENT_BLOCK] : NULL;
	}
	if (!l->ring && t)
		l->ring = pool_take(&t->ring);
	return l->ring ? &l->ring->e[n % EVENT_LAST] : NULL;
}

uint32_t event_add(struct flows *t, struct flow *f, const struct cite *c, enum event_kind kind, unsigned end,
                   uint8_t ttl, uint32_t v0, uint32_t v1, uint32_t v2)
{
	struct event_log *l = log_of(t, f);

	if (!l)
		return UINT32_MAX;
	struct obs_event *e = place(t, l, l->n);
	if (!e) {
		l->lost++;
		return UINT32_MAX;
	}
	*e = (struct obs_event){
		.time = c->time, .frame = c->frame, .capture = c->capture, .kind = (uint8_t)kind, .side = (uint8_t)end,
		.ttl = ttl, .v = { v0, v1, v2 },
	};
	return l->n++;
}

struct obs_event *event_at(const struct flow *f, uint32_t n)
{
	struct event_log *l = f->events;

	if (!l || n >= l->n || (n >= EVENT_FIRST && l->n - n > EVENT_LAST))
		return NULL;
	return place(NULL, l, n);
}

uint32_t events_count(const struct flow *f)
{
	return f->events ? f->events->n : 0;
}

uint32_t events_lost(const struct flow *f)
{
	const struct event_log *l = f->events;

	if (!l)
		return 0;
	return l->lost + (l->n > EVENT_FIRST + EVENT_LAST ? l->n - EVENT_FIRST - EVENT_LAST : 0);
}

void events_free(struct flows *t, struct event_log *l)
{
	for (unsigned i = 0; i < EVENT_BLOCKS; i++)
		pool_give(&t->block, l->block[i]);
	pool_give(&t->ring, l->ring);
	pool_give(&t->log, l);
}
