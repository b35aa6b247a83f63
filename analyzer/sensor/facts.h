/*
 * Facts are kept with their flow until it closes, with the text they point to, in chunks of a few sizes from pools; a
 * flow keeps its first and its last, as it does with events: a phone's SIP goes on for days.
 */
#ifndef PLUMBLINE_SENSOR_FACTS_H
#define PLUMBLINE_SENSOR_FACTS_H

#include "base/fact.h"
#include "sensor/flow.h"

enum { FACTS_FIRST = 16, FACTS_LAST = 16, FACT_SIZES = 5 };

struct kept_fact;

struct facts {
	struct pool size[FACT_SIZES];
	uint64_t lost; /* found no room */
};

void facts_init(struct facts *t, uint32_t max);
void facts_free(struct facts *t);

/*
 * Keeps a copy, said by `end`; a label that the flow already has is left out. Never FACT_DNS, FACT_DHCP or
 * FACT_ENDPOINT: those are said at once.
 */
void facts_keep(struct facts *t, struct flow *f, const struct fact *fact, unsigned end, int64_t time);
/* Hands out the oldest and forgets it; its spans live until the next call. False where there is none. */
bool facts_take(struct facts *t, struct flow *f, struct obs_fact *ret_fact);
void facts_drop(struct facts *t, struct flow *f);

#endif
