/*
 * The packet clock: the running maximum of packet times, per run, and what each source of packets (an interface of one
 * capture) adds to it. A source that jumps by more than ten seconds against its own last packet moves the clock only
 * when its next packet confirms the jump, so one broken time stamp moves nothing.
 */
#ifndef PLUMBLINE_SENSOR_CLOCK_H
#define PLUMBLINE_SENSOR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "record/obs.h"

enum { CLOCK_SOURCES = 256 };

/* A jump counts from here on; also how late a packet may be without being a jump. */
#define CLOCK_STEP (10 * NS_PER_S)
#define CLOCK_TICK (10 * NS_PER_S)

struct clock_source {
	uint32_t id; /* capture << 16 | interface */
	bool used, started, jumped;
	int64_t last;            /* its newest time in step with itself */
	int64_t jump;            /* where it jumped to, waiting for its next packet */
	uint64_t seen;           /* ordinal of its newest packet: the oldest makes room */
	struct obs_window window;/* what it carried in the ten seconds at hand */
};

struct clock {
	bool started;
	int64_t now;
	uint64_t late;   /* packets older than the clock */
	uint64_t reused; /* sources that made room for others */
	uint32_t n;
	struct clock_source *latest;
	struct clock_source source[CLOCK_SOURCES];
};

/* The source's place, where it has one. */
struct clock_source *clock_find(struct clock *c, uint32_t id);
/* A new place. *ret_old is the source that had it, with its window still to be said; else not `used`. */
struct clock_source *clock_add(struct clock *c, uint32_t id, struct clock_source *ret_old);

/*
 * One packet of that source. Returns 0, or by how much the clock stepped back (negative ns): nothing can be measured
 * across that.
 */
int64_t clock_see(struct clock *c, struct clock_source *s, int64_t time);

/* The input is over: a jump that nothing contradicted counts. */
void clock_finish(struct clock *c);

#endif
