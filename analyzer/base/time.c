/* Civil dates without the C library's time zones; the day count is the usual era arithmetic on 400-year cycles. */
#include "base/time.h"

#include <stddef.h>
#include <string.h>

enum { DAY_S = 86400 };

static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (m + (m > 2 ? -3U : 9U)) + 2) / 5 + d - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + (int64_t)doe - 719468;
}

struct civil time_civil(int64_t ns)
{
	int64_t s = ns / NS_PER_S, frac = ns % NS_PER_S;
	if (frac < 0)
		s--, frac += NS_PER_S;
	int64_t days = s / DAY_S, tod = s % DAY_S;
	if (tod < 0)
		days--, tod += DAY_S;
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned month = mp < 10 ? mp + 3 : mp - 9;

	return (struct civil){
		.year = (int32_t)((int64_t)yoe + era * 400 + (month <= 2)),
		.month = (uint8_t)month,
		.day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1),
		.hour = (uint8_t)(tod / 3600),
		.minute = (uint8_t)(tod / 60 % 60),
		.second = (uint8_t)(tod % 60),
		.nano = (uint32_t)frac,
	};
}

int64_t time_from_civil(const struct civil *c)
{
	int64_t s = days_from_civil(c->year, c->month, c->day) * DAY_S + c->hour * 3600 + c->minute * 60 + c->second;
	return s * NS_PER_S + c->nano;
}

/* Digits at *at: at least min, at most max of them. */
static bool digits(struct span t, size_t *at, unsigned min, unsigned max, uint64_t *ret_v)
{
	uint64_t v = 0;
	unsigned n = 0;

	while (*at < t.n && n < max && t.p[*at] >= '0' && t.p[*at] <= '9') {
		v = v * 10 + (uint64_t)(t.p[*at] - '0');
		(*at)++;
		n++;
	}
	*ret_v = v;
	return n >= min;
}

static bool literal(struct span t, size_t *at, const char *any_of)
{
	if (*at >= t.n || !strchr(any_of, t.p[*at]) || t.p[*at] == 0)
		return false;
	(*at)++;
	return true;
}

static bool fraction(struct span t, size_t *at, uint64_t *ret_nano)
{
	size_t start;
	uint64_t v;

	*ret_nano = 0;
	if (!literal(t, at, "."))
		return true;
	start = *at;
	if (!digits(t, at, 1, 9, &v))
		return false;
	for (size_t n = *at - start; n < 9; n++)
		v *= 10;
	*ret_nano = v;
	return true;
}

static bool zone(struct span t, size_t *at, int64_t *ret_offset_s)
{
	uint64_t h, m;

	*ret_offset_s = 0;
	if (*at == t.n || literal(t, at, "Zz"))
		return true;
	int64_t sign = t.p[*at] == '-' ? -1 : 1;
	if (!literal(t, at, "+-") || !digits(t, at, 2, 2, &h))
		return false;
	(void)literal(t, at, ":");
	if (!digits(t, at, 2, 2, &m) || h > 23 || m > 59)
		return false;
	*ret_offset_s = sign * (int64_t)(h * 3600 + m * 60);
	return true;
}

static bool parse_epoch(struct span t, int64_t *ret_ns)
{
	size_t at = 0;
	uint64_t s, nano;

	if (!digits(t, &at, 1, 10, &s) || !fraction(t, &at, &nano) || at != t.n || s >= TIME_MAX / NS_PER_S)
		return false;
	*ret_ns = (int64_t)s * NS_PER_S + (int64_t)nano;
	return true;
}

bool time_parse(struct span t, int64_t *ret_ns)
{
	size_t at = 0;
	uint64_t y, mo, d, h = 0, mi = 0, s = 0, nano = 0;
	int64_t offset = 0;

	if (t.n > 4 && t.p[4] != '-')
		return parse_epoch(t, ret_ns);
	if (!digits(t, &at, 4, 4, &y) || !literal(t, &at, "-") || !digits(t, &at, 2, 2, &mo) || !literal(t, &at, "-") ||
	    !digits(t, &at, 2, 2, &d))
		return parse_epoch(t, ret_ns);
	if (at < t.n) {
		if (!literal(t, &at, "Tt ") || !digits(t, &at, 2, 2, &h) || !literal(t, &at, ":") ||
		    !digits(t, &at, 2, 2, &mi))
			return false;
		if (literal(t, &at, ":") && !digits(t, &at, 2, 2, &s))
			return false;
		if (!fraction(t, &at, &nano) || !zone(t, &at, &offset))
			return false;
	}
	if (at != t.n || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60 || y < 1970 || y > 2115)
		return false;
	struct civil c = { (int32_t)y, (uint8_t)mo, (uint8_t)d, (uint8_t)h, (uint8_t)mi, (uint8_t)s, (uint32_t)nano };
	*ret_ns = time_held(time_from_civil(&c) - offset * NS_PER_S);
	return true;
}

bool duration_parse(struct span t, int64_t *ret_ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{ "", NS_PER_S },      { "ms", NS_PER_MS },        { "s", NS_PER_S },
		{ "m", 60 * NS_PER_S }, { "h", 3600 * NS_PER_S }, { "d", DAY_S * NS_PER_S },
	};
	size_t at = 0;
	uint64_t v;

	if (!digits(t, &at, 1, 9, &v))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].unit);
		if (t.n - at != n || (n && memcmp(t.p + at, units[i].unit, n) != 0))
			continue;
		if (v > (uint64_t)(INT64_MAX / units[i].ns))
			return false;
		*ret_ns = (int64_t)v * units[i].ns;
		return true;
	}
	return false;
}
