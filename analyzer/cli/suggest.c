/* Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours each cost one. */
#include "cli/suggest.h"

#include <stdbool.h>

#include "base/span.h"

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

static size_t distance(struct span a, struct span b)
{
	size_t row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = row[i % 3], *before = row[(i + 2) % 3], *before2 = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];
			now[j] = least(before[j] + 1, now[j - 1] + 1, before[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
			    before2[j - 2] + 1 < now[j])
				now[j] = before2[j - 2] + 1;
		}
	}
	return row[a.n % 3][b.n];
}

void suggest_offer(struct suggest *s, struct span candidate)
{
	if (!candidate.n || candidate.n > WORD_MAX || !s->word.n || s->word.n > WORD_MAX)
		return;
	size_t d = distance(s->word, candidate);
	size_t near = s->word.n < 3 ? 1 : s->word.n / 3;

	if (s->word.n >= 3 && span_starts(candidate, s->word))
		d = 1; /* a beginning is as good as one wrong letter */
	if (d <= near && (!s->best.n || d < s->distance)) {
		s->best = candidate;
		s->distance = d;
	}
}
