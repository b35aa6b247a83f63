/* Time: int64_t nanoseconds since 1970-01-01T00:00:00Z, everywhere. */
#ifndef PLUMBLINE_BASE_TIME_H
#define PLUMBLINE_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define TIME_NONE INT64_C(0)

/* The span of times that anything here works with: 1970 to 2116. Sums and differences of two never overflow. */
#define TIME_MAX (INT64_C(1) << 62)

static inline int64_t time_held(int64_t ns)
{
	return ns < 0 ? 0 : ns > TIME_MAX ? TIME_MAX : ns;
}

/* The proleptic Gregorian date and time of day, UTC, no leap seconds. */
struct civil {
	int32_t year;
	uint8_t month, day, hour, minute, second;
	uint32_t nano;
};

struct civil time_civil(int64_t ns);
int64_t time_from_civil(const struct civil *c);

/*
 * RFC 3339 ("2023-11-14T22:13:20.5Z", "2023-11-14 22:13+01:00"), a date alone, or seconds since 1970 with decimals.
 * False where the whole text is none of these or lies outside 1970 to TIME_MAX.
 */
bool time_parse(struct span text, int64_t *ret_ns);

/* "90", "90s", "15m", "2h", "7d", "250ms" as nanoseconds; a bare number is seconds. */
bool duration_parse(struct span text, int64_t *ret_ns);

#endif
