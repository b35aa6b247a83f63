/* Runs of bytes as text; ASCII only, never the locale. */
#include "base/span.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

struct span span_of(const char *s)
{
	return s ? (struct span){ (const uint8_t *)s, strlen(s) } : (struct span){ NULL, 0 };
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_eq_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool span_ends_nocase(struct span s, struct span suffix)
{
	if (s.n < suffix.n)
		return false;
	return span_eq_nocase((struct span){ s.p + (s.n - suffix.n), suffix.n }, suffix);
}

/* The number in s, or 0 where it is no port. */
static uint16_t port_of(struct span s)
{
	uint32_t v = 0;

	if (s.n == 0 || s.n > 5)
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		v = v * 10 + (uint32_t)(s.p[i] - '0');
	}
	return v > UINT16_MAX ? 0 : (uint16_t)v;
}

struct span span_host_port(struct span s, uint16_t *ret_port)
{
	const uint8_t *colon = s.p ? memrchr(s.p, ':', s.n) : NULL;
	const uint8_t *close = s.n && s.p[0] == '[' ? memchr(s.p, ']', s.n) : NULL;
	struct span host = s;
	uint16_t port = 0;

	if (close) {
		host = (struct span){ s.p + 1, (size_t)(close - s.p) - 1 };
		if (colon == close + 1)
			port = port_of((struct span){ colon + 1, s.n - (size_t)(colon + 1 - s.p) });
	} else if (colon && memchr(s.p, ':', s.n) == colon) {
		host.n = (size_t)(colon - s.p);
		port = port_of((struct span){ colon + 1, s.n - host.n - 1 });
	}
	if (ret_port)
		*ret_port = port;
	return host;
}

static struct span without_dot(struct span s)
{
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

bool span_host_matches(struct span host, struct span pattern)
{
	host = without_dot(host);
	pattern = without_dot(pattern);
	if (pattern.n > 2 && pattern.p[0] == '*' && pattern.p[1] == '.') {
		struct span tail = { pattern.p + 1, pattern.n - 1 };
		return host.n > tail.n && span_ends_nocase(host, tail);
	}
	if (pattern.n > 1 && pattern.p[0] == '.') {
		struct span name = { pattern.p + 1, pattern.n - 1 };
		return span_eq_nocase(host, name) || (host.n > pattern.n && span_ends_nocase(host, pattern));
	}
	return host.n && span_eq_nocase(host, pattern);
}
