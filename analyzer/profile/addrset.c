/* Address sets: binary search over prefixes sorted by address; whoever encloses the last one before an address may hold
 * it. */
#include "profile/addrset.h"

#include <stdlib.h>

#include "base/span.h"

static int prefix_cmp(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	int c = addr_cmp(&x->addr, &y->addr);
	return c ? c : (x->bits > y->bits) - (x->bits < y->bits);
}

/* prefix_has() without a copy: the one that every flow pays for. */
static bool holds(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->bits / 8U, rest = p->bits % 8U;

	return memcmp(p->addr.b, a->b, whole) == 0 && (!rest || (p->addr.b[whole] ^ a->b[whole]) >> (8 - rest) == 0);
}

uint32_t addrset_index(struct build *b, struct prefix *v, uint32_t n, uint32_t **ret_up)
{
	uint32_t m = 0, *up = build_array(b, n, sizeof(*up));

	*ret_up = up;
	if (!up)
		return 0;
	qsort(v, n, sizeof(*v), prefix_cmp);
	for (uint32_t i = 1; i < n; i++)
		if (prefix_cmp(&v[m], &v[i]) != 0)
			v[++m] = v[i];
	for (uint32_t i = 1; i <= m; i++) {
		uint32_t around = i; /* 1 + the one before */
		while (around && !holds(&v[around - 1], &v[i].addr))
			around = up[around - 1];
		up[i] = around;
	}
	return m + 1;
}

int addrset_find(const struct prefix *v, const uint32_t *up, uint32_t n, const struct addr *a)
{
	uint32_t low = 0, high = n; /* v[low - 1].addr <= a < v[high].addr */

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (addr_cmp(&v[mid].addr, a) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low && !holds(&v[low - 1], a))
		low = up[low - 1];
	return (int)low - 1;
}

static struct span trim(struct span s)
{
	const uint8_t *hash = s.n ? memchr(s.p, '#', s.n) : NULL;

	if (hash)
		s.n = (size_t)(hash - s.p);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = (struct span){ s.p + 1, s.n - 1 };
	return s;
}

static struct span next_line(struct span *rest)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	struct span line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	size_t step = line.n + (end ? 1 : 0);

	*rest = (struct span){ rest->p + step, rest->n - step };
	return line;
}

static void read_date(struct build *b, const char *path, unsigned line, struct span value, struct address_set *s)
{
	if (s->as_of)
		diag_add(b->d, DIAG_ERROR, path, line, 1, "a second date for this list");
	else if (!scalar_date(trim(value), &s->as_of))
		diag_add(b->d, DIAG_ERROR, path, line, 1, "as_of: \"%.*s\" is no date: 2017, 2017-12 or 2017-12-24",
		         (int)(value.n < 40 ? value.n : 40), (const char *)value.p);
}

void addrset_read(struct build *b, const char *path, struct address_set *s)
{
	struct span text, rest;
	uint32_t lines = 0, n = 0;

	if (yaml_slurp(b->arena, path, ADDRSET_FILE_BYTES, b->d, &text) < 0)
		return;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	if (lines >= ADDRSET_PREFIXES) {
		diag_add(b->d, DIAG_ERROR, path, 0, 0, "more than 200000 lines");
		return;
	}
	s->v = build_array(b, lines + 1, sizeof(*s->v));
	rest = text;
	for (unsigned line = 1; rest.n && s->v; line++) {
		struct span t = trim(next_line(&rest));
		if (t.n == 0)
			continue;
		if (span_starts(t, SPAN("as_of:")))
			read_date(b, path, line, (struct span){ t.p + 6, t.n - 6 }, s);
		else if (prefix_parse(t, &s->v[n]))
			n++;
		else
			diag_add(b->d, DIAG_ERROR, path, line, 1, "\"%.*s\" %s", (int)(t.n < 60 ? t.n : 60),
			         (const char *)t.p, scalar_check_prefix(t));
	}
	s->n = n;
}
