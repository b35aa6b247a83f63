/* Where something was seen: the frame at hand, in 16 bytes; and time differences that hostile time stamps cannot break.
 */
#ifndef PLUMBLINE_SENSOR_CITE_H
#define PLUMBLINE_SENSOR_CITE_H

#include <stdint.h>

#include "record/obs.h"

struct cite {
	int64_t time;
	uint64_t frame : 48, capture : 16;
};

static inline struct obs_frame cite_frame(const struct cite *c)
{
	return (struct obs_frame){ .frame = c->frame, .time = c->time, .capture = c->capture };
}

/* ns from one time to another; the nearest that 64 bits can say where it does not fit. */
static inline int64_t elapsed(int64_t from, int64_t to)
{
	int64_t d;

	if (__builtin_sub_overflow(to, from, &d))
		return to > from ? INT64_MAX : INT64_MIN;
	return d;
}

/* A time and a duration, with the same bound. */
static inline int64_t later(int64_t time, int64_t ns)
{
	int64_t t;
	return __builtin_add_overflow(time, ns, &t) ? INT64_MAX : t;
}

/* v as 32 bits, the most they can say where it is more; 0 where it is negative. */
static inline uint32_t clamp32(int64_t v)
{
	return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

#endif
