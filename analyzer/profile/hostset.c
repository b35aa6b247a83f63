/* Host patterns: binary search, ASCII case ignored. One step a label for the tails. */
#include "profile/hostset.h"

#include <stdlib.h>

#include "base/span.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static int name_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int d = lower(a.p[i]) - lower(b.p[i]);
		if (d)
			return d;
	}
	return (a.n > b.n) - (a.n < b.n);
}

static int name_cmp_void(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	return name_cmp(*x, *y);
}

static struct span without_dot(struct span s)
{
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

static struct span tail(struct span s, size_t skip)
{
	return (struct span){ s.p + skip, s.n - skip };
}

static bool has(const struct texts *t, struct span name)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = name_cmp(name, t->v[mid]);
		if (c == 0)
			return true;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* ---- most hosts fit none ---- */

enum { TAIL_MOST = 8, WORD = 64 };

/* Of the last `n` bytes, without regard to case: which bit. */
static unsigned end_of(struct span s, size_t n)
{
	uint32_t h = 0;

	for (size_t i = s.n - n; i < s.n; i++)
		h = (h ^ lower(s.p[i])) * UINT32_C(16777619);
	return h >> 24;
}

static void note_ends(struct hostset *h, const struct texts *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		unsigned bit = end_of(t->v[i], h->tail);
		h->ends[bit / WORD] |= UINT64_C(1) << bit % WORD;
	}
}

static bool may_fit(const struct hostset *h, struct span host)
{
	if (host.n < h->tail)
		return false;
	unsigned bit = end_of(host, h->tail);
	return h->ends[bit / WORD] >> bit % WORD & 1;
}

/* ---- the set ---- */

const struct hostset *hostset_make(struct build *b, struct texts patterns)
{
	struct hostset *h = patterns.n ? build_array(b, 1, sizeof(*h)) : NULL;

	if (!h)
		return NULL;
	h->exact.v = build_array(b, patterns.n, sizeof(*h->exact.v));
	h->below.v = build_array(b, patterns.n, sizeof(*h->below.v));
	if (!h->exact.v || !h->below.v)
		return NULL;
	h->tail = TAIL_MOST;
	for (uint32_t i = 0; i < patterns.n; i++) {
		struct span p = without_dot(patterns.v[i]);
		bool star = p.n > 2 && p.p[0] == '*' && p.p[1] == '.', dot = p.n > 1 && p.p[0] == '.';
		if (star || dot)
			h->below.v[h->below.n++] = tail(p, star ? 2 : 1);
		if (h->tail > p.n - (star ? 2 : dot))
			h->tail = p.n - (star ? 2 : dot);
		if (!star) {
			struct span name = dot ? tail(p, 1) : p;
			h->exact.v[h->exact.n++] = name;
			h->longest = name.n > h->longest ? name.n : h->longest;
		}
	}
	qsort(h->exact.v, h->exact.n, sizeof(*h->exact.v), name_cmp_void);
	qsort(h->below.v, h->below.n, sizeof(*h->below.v), name_cmp_void);
	note_ends(h, &h->exact);
	note_ends(h, &h->below);
	return h;
}

uint8_t hostset_fit(const struct hostset *h, struct span host)
{
	host = without_dot(host);
	if (!h || host.n == 0 || !may_fit(h, host))
		return 0;
	if (host.n <= h->longest && has(&h->exact, host))
		return UINT8_MAX;
	if (h->below.n == 0)
		return 0;
	for (size_t i = 1; i + 1 < host.n; i++) {
		size_t rest = host.n - i - 1;
		if (host.p[i] == '.' && has(&h->below, tail(host, i + 1)))
			return rest < UINT8_MAX ? (uint8_t)rest : UINT8_MAX - 1;
	}
	return 0;
}

bool hostset_has(const struct hostset *h, struct span host)
{
	return hostset_fit(h, host) > 0;
}
