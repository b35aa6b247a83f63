/*
 * The event log of a flow: the first 16 and the last 16, in blocks that are allocated when first needed. Events are
 * kept by end (0 or 1 of the flow's key) and turned into sides when they are said.
 */
#ifndef PLUMBLINE_SENSOR_EVENT_H
#define PLUMBLINE_SENSOR_EVENT_H

#include "sensor/flow.h"

enum { EVENT_FIRST = 16, EVENT_LAST = 16, EVENT_BLOCK = 4, EVENT_BLOCKS = EVENT_FIRST / EVENT_BLOCK };

struct event_block {
	struct obs_event e[EVENT_BLOCK];
};

struct event_ring {
	struct obs_event e[EVENT_LAST];
};

struct event_log {
	uint32_t n;    /* events ever */
	uint32_t lost; /* found no room */
	struct event_block *block[EVENT_BLOCKS];
	struct event_ring *ring;
};
_Static_assert(sizeof(struct obs_event) == 32, "32 B each");

/* Returns the event's number, for event_at(). */
uint32_t event_add(struct flows *t, struct flow *f, const struct cite *c, enum event_kind kind, unsigned end,
                   uint8_t ttl, uint32_t v0, uint32_t v1, uint32_t v2);
/* The event of that number; NULL where it is not kept (any more). */
struct obs_event *event_at(const struct flow *f, uint32_t number);
uint32_t events_count(const struct flow *f);
/* Events that are not kept. */
uint32_t events_lost(const struct flow *f);
void events_free(struct flows *t, struct event_log *l);

#endif
