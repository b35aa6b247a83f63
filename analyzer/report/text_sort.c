/* Which finding and rule belongs to which device, and which device comes first: the one with the worst finding. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "report/text.h"

/* A record, and what it is sorted by; qsort is not stable, so its place is the last word. */
struct sortable {
	const struct result *r;
	struct span device;
	uint64_t first; /* of the device's bytes, as a number: most need not be fetched to be compared */
	uint8_t severity;
	size_t order;
};

static uint64_t first_of(struct span s)
{
	uint64_t first = 0;

	if (s.n)
		memcpy(&first, s.p, s.n < sizeof(first) ? s.n : sizeof(first));
	return be64toh(first);
}

static int by_device(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;
	int c = x->first == y->first ? span_cmp(x->device, y->device) : x->first < y->first ? -1 : 1;

	if (c)
		return c;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int worst_first(const void *a, const void *b)
{
	const struct text_device *x = a, *y = b;

	if (!x->d != !y->d) /* what concerns no single device comes last */
		return x->d ? -1 : 1;
	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static struct span device_of(const struct result *r)
{
	switch (r->type) {
	case RESULT_DEVICE:
		return r->device.id;
	case RESULT_RULE:
		return r->rule.device;
	case RESULT_FINDING:
		return r->finding.device;
	default:
		return (struct span){ NULL, 0 };
	}
}

static struct sortable sortable(const struct result *r, size_t order)
{
	struct span device = device_of(r);
	return (struct sortable){ r, device, first_of(device), r->type == RESULT_FINDING ? r->finding.severity : 0, order };
}

/* Sorts the list in place by device; within a device worst first, else as they came. */
static int sort_list(struct text_list *l)
{
	struct sortable *s = malloc((l->n + 1) * sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++)
		s[i] = sortable(l->v[i], i);
	qsort(s, l->n, sizeof(*s), by_device);
	for (size_t i = 0; i < l->n; i++)
		l->v[i] = s[i].r;
	free(s);
	return 0;
}

/* The part of a sorted list that has this device, from the first that is not before it. */
static const struct result **range(const struct text_list *l, struct span device, size_t *ret_n)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (span_cmp(device_of(l->v[mid]), device) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (high < l->n && span_eq(device_of(l->v[high]), device))
		high++;
	*ret_n = high - low;
	return l->n ? l->v + low : NULL;
}

/* Moves what is wanted to the front of the range; the rest of it is not looked at again. */
static size_t filter(const struct text *t, const struct result **v, size_t n, const struct result_device *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool wanted = v[i]->type == RESULT_FINDING ? text_wants_finding(t, &v[i]->finding, d)
		                                           : text_wants_rule(t, &v[i]->rule, d);
		const struct result *r = v[i];
		if (!wanted)
			continue;
		v[i] = v[kept];
		v[kept++] = r;
	}
	return kept;
}

static void show(struct text *t, const struct result_device *d, size_t order)
{
	struct span id = d ? d->id : (struct span){ NULL, 0 };
	struct text_device s = { .d = d, .order = order };
	const struct result **findings = range(&t->findings, id, &s.findings_n);
	const struct result **rules = range(&t->rules, id, &s.rules_n);

	s.findings_n = filter(t, findings, s.findings_n, d);
	s.rules_n = filter(t, rules, s.rules_n, d);
	s.findings = findings;
	s.rules = rules;
	for (size_t i = 0; i < s.findings_n; i++)
		if (findings[i]->finding.severity + 1 > s.worst)
			s.worst = (uint8_t)(findings[i]->finding.severity + 1);
	if (s.findings_n || s.rules_n || (d && text_wants_device(t, d)))
		t->shown[t->shown_n++] = s;
}

int text_sort(struct text *t)
{
	struct text_list *devices = &t->devices;

	t->shown = calloc(devices->n + 1, sizeof(*t->shown));
	if (!t->shown || sort_list(&t->findings) || sort_list(&t->rules))
		return -ENOMEM;
	struct sortable *s = malloc((devices->n + 1) * sizeof(*s));
	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < devices->n; i++)
		s[i] = sortable(devices->v[i], i);
	qsort(s, devices->n, sizeof(*s), by_device);
	/* Of several records of one device the last says what is known in the end. */
	for (size_t i = 0; i < devices->n; i++)
		if (i + 1 == devices->n || !span_eq(s[i].device, s[i + 1].device))
			show(t, &s[i].r->device, s[i].order);
	free(s);
	show(t, NULL, devices->n);
	qsort(t->shown, t->shown_n, sizeof(*t->shown), worst_first);
	return 0;
}
