/* When a rule was due, and whether it came. DESIGN: words, missing. */
#include "judge/due.h"

#include "base/span.h"
#include "base/time.h"

/* An attempt this little before its event belongs to it: the two are seen in the order of their flows. */
static const int64_t SLACK = NS_PER_S;

static const struct tally *tally_of(const struct device *d, size_t binding, uint32_t rule)
{
	const struct tally *t = rule < d->tallies[binding].n ? d->tallies[binding].v[rule] : NULL;
	return t && t->attempts ? t : NULL;
}

static size_t leases(const struct judge *j, const struct device *d, bool after_silence, int64_t out[DUE_MAX])
{
	size_t n = 0;

	for (uint8_t i = 0; i < d->addresses_n; i++) {
		const struct host *h = devices_find(&j->devices, &d->addresses[i].addr);
		const struct dhcp_said *said = h ? h->dhcp : NULL;
		for (uint8_t k = 0; said && k < said->leases_n && n < DUE_MAX; k++)
			if (!after_silence || said->leases[k].after_silence)
				out[n++] = said->leases[k].at;
	}
	return n;
}

size_t due_events(const struct judge *j, const struct device *d, size_t binding, const struct rule *r,
		  int64_t out[DUE_MAX])
{
	const struct profile *p = d->bindings[binding]->profile;
	size_t n = 0;

	if (span_eq(r->after, SPAN("address")) || span_eq(r->after, SPAN("boot")))
		return leases(j, d, span_eq(r->after, SPAN("boot")), out);
	for (uint32_t i = 0; i < p->rules_n; i++) {
		const struct tally *t = span_eq(p->rules[i].id, r->after) ? tally_of(d, binding, i) : NULL;
		for (uint32_t k = 0; t && k < t->ring_n && n < DUE_MAX; k++)
			if (outcome_is_success(tally_attempt(t, k)->outcome))
				out[n++] = tally_attempt(t, k)->start;
	}
	return n;
}

/* The first attempt of the rule, or of its group, that is not before `at`. */
static const struct attempt *first_from(const struct device *d, size_t binding, const struct rule *r, int64_t at)
{
	const struct profile *p = d->bindings[binding]->profile;
	const struct attempt *best = NULL;

	for (uint32_t i = 0; i < p->rules_n; i++) {
		bool same = &p->rules[i] == r || (r->group.n && span_eq(p->rules[i].group, r->group));
		const struct tally *t = same ? tally_of(d, binding, i) : NULL;
		for (uint32_t k = 0; t && k < t->ring_n; k++) {
			const struct attempt *a = tally_attempt(t, k);
			if (a->start >= at - SLACK && (!best || a->start < best->start))
				best = a;
		}
	}
	return best;
}

bool due_missed(const struct judge *j, const struct device *d, size_t binding, const struct rule *r, int64_t *ret_since)
{
	int64_t every = match_expect(d->bindings[binding], &r->every);
	int64_t within = match_expect(d->bindings[binding], &r->within);
	int64_t events[DUE_MAX];
	size_t n;

	if (first_from(d, binding, r, 0))
		return false;
	if (every > 0 && (d->last - d->first) / 2 >= every) {
		*ret_since = d->first;
		return true;
	}
	n = r->after.n && within > 0 ? due_events(j, d, binding, r, events) : 0;
	for (size_t i = 0; i < n; i++) {
		if (j->now - events[i] < within)
			continue;
		*ret_since = events[i];
		return true;
	}
	return false;
}

static void keep_worst(int64_t wait, const struct attempt *a, int64_t *worst, const struct attempt **which)
{
	if (wait > *worst) {
		*worst = wait;
		*which = a;
	}
}

uint32_t due_late(const struct judge *j, const struct device *d, size_t binding, const struct rule *r, int64_t *ret_worst,
		  const struct attempt **ret_which)
{
	int64_t every = match_expect(d->bindings[binding], &r->every);
	int64_t within = match_expect(d->bindings[binding], &r->within);
	const struct tally *t = tally_of(d, binding, r->index);
	int64_t events[DUE_MAX];
	uint32_t late = 0;
	size_t n = r->after.n && within > 0 ? due_events(j, d, binding, r, events) : 0;

	*ret_worst = 0;
	for (size_t i = 0; i < n; i++) {
		const struct attempt *a = first_from(d, binding, r, events[i]);
		if (!a || a->start - events[i] <= within)
			continue;
		late++;
		keep_worst(a->start - events[i], a, ret_worst, ret_which);
	}
	for (uint32_t k = 1; t && every > 0 && k < t->ring_n; k++) {
		const struct attempt *a = tally_attempt(t, k);
		int64_t wait = a->start - tally_attempt(t, k - 1)->end;
		if (wait / 2 <= every)
			continue;
		late++;
		keep_worst(wait, a, ret_worst, ret_which);
	}
	return late;
}
