/* Seats and citations. */
#include "policy_rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

int seat_take(struct seat *s, const struct policy *p, const struct addr *a)
{
	const struct station station = { .addr = *a };
	const struct profile *heads[BINDING_PROFILES], *all[BINDING_PROFILES];
	size_t n = 0;
	int error = 0;

	*s = (struct seat){ .entry = policy_device(p, &station) };
	for (uint32_t i = 0; s->entry && i < s->entry->profiles.n && n < BINDING_PROFILES; i++)
		heads[n++] = policy_find(p, s->entry->profiles.v[i]);
	n = n ? policy_expand(p, heads, n, all) : 0;
	while (!error && s->n < n) {
		error = binding_make(&s->b[s->n], p, all[s->n], s->entry, NULL);
		s->n += !error;
	}
	return error;
}

void seat_leave(struct seat *s)
{
	for (size_t i = 0; i < s->n; i++)
		binding_free(s->b[i]);
	s->n = 0;
}

/* "HMC-040-053": the letters before the first figure, then the first and the last number. */
static bool parse(struct span cite, size_t *ret_letters, unsigned long *ret_from, unsigned long *ret_to)
{
	const char *s = (const char *)cite.p; /* a NUL stands behind it */
	size_t letters = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	char *end;

	if (letters < 2 || s[letters] != '-' || s[letters + 1] < '0' || s[letters + 1] > '9')
		return false;
	*ret_letters = letters;
	*ret_from = *ret_to = strtoul(s + letters + 1, &end, 10);
	if (*end == '-')
		*ret_to = strtoul(end + 1, &end, 10);
	return *end == '\0';
}

bool cites_row(const struct texts *cites, const char *row)
{
	size_t letters, row_letters;
	unsigned long from, to, number, same;

	if (!parse(span_of(row), &row_letters, &number, &same))
		return false;
	for (uint32_t i = 0; i < cites->n; i++)
		if (parse(cites->v[i], &letters, &from, &to) && letters == row_letters &&
		    memcmp(cites->v[i].p, row, letters) == 0 && number >= from && number <= to)
			return true;
	return false;
}

bool cites_any_row(const struct texts *cites)
{
	size_t letters;
	unsigned long from, to;

	for (uint32_t i = 0; i < cites->n; i++)
		if (parse(cites->v[i], &letters, &from, &to))
			return true;
	return false;
}
