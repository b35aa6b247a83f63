/*
 * What would bind rules whose peer only the site knows, by device: "Calls, if 10.1.0.30 is it: --set …". Devices that
 * would be bound the same way stand together: a ward of phones is one paragraph.
 */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "report/text.h"

enum { HEAD_AT = 2, ITEM_AT = 4, HANG = 6, NAMED = 6 };

/* Devices with the same suggestions; the first one's stand for all. */
struct fellows {
	const struct text_device *first;
	struct span named[NAMED];
	size_t n;
};

bool text_is_suggestion(const struct result_rule *r)
{
	return r->status == STATUS_UNBOUND && r->set_to.n > 0;
}

/* The device's first suggestion at or behind `at`; rules_n: none. */
static size_t next(const struct text_device *d, size_t at)
{
	while (at < d->rules_n && !text_is_suggestion(&d->rules[at]->rule))
		at++;
	return at;
}

static bool alike(const struct text_device *a, const struct text_device *b)
{
	size_t i = next(a, 0), k = next(b, 0);

	for (; i < a->rules_n && k < b->rules_n; i = next(a, i + 1), k = next(b, k + 1)) {
		const struct result_rule *x = &a->rules[i]->rule, *y = &b->rules[k]->rule;
		if (!span_eq(x->profile, y->profile) || !span_eq(x->rule, y->rule) || !span_eq(x->set_to, y->set_to))
			return false;
	}
	return i == a->rules_n && k == b->rules_n;
}

/* "10.1.0.30" of "--set call_server=10.1.0.30"; empty where there are several, or another text. */
static struct span only_value(struct span set_to)
{
	const uint8_t *eq = memchr(set_to.p, '=', set_to.n);
	struct span value = { NULL, 0 };

	if (eq)
		value = (struct span){ eq + 1, set_to.n - (size_t)(eq + 1 - set_to.p) };
	return value.n && !memchr(value.p, ' ', value.n) ? value : (struct span){ NULL, 0 };
}

/* No line breaks behind --set: it is to be copied. */
static void put_settings(struct page *p, struct span s)
{
	static const struct span option = { (const uint8_t *)"--set ", 6 };
	const uint8_t *at;

	while ((at = s.n ? memmem(s.p, s.n, option.p, option.n) : NULL)) {
		size_t n = (size_t)(at - s.p) + option.n;
		page_put(p, (struct span){ s.p, n - 1 });
		page_put_mark(p, MARK_SPACE);
		s = (struct span){ s.p + n, s.n - n };
	}
	page_put(p, s);
}

static void put_suggestion(struct page *p, const struct result_rule *r)
{
	struct span value = only_value(r->set_to);

	page_put(p, r->service.n ? r->service : r->rule);
	page_put_str(p, " (rule ");
	page_put(p, r->rule);
	page_put_str(p, " of ");
	page_put(p, r->profile);
	page_put_str(p, "), if ");
	if (value.n)
		page_put(p, value);
	else
		page_put_str(p, "one of these");
	page_put_str(p, " is it: ");
	put_settings(p, r->set_to);
	page_flush(p, ITEM_AT, HANG);
}

static void put_fellows(struct page *p, const struct fellows *f)
{
	for (size_t i = 0; i < f->n && i < NAMED; i++) {
		page_put_str(p, i ? ", " : "");
		page_put(p, f->named[i]);
	}
	if (f->n > NAMED) {
		page_put_str(p, " and ");
		page_put_number(p, f->n - NAMED);
		page_put_str(p, " more");
	}
	page_put_str(p, ": only the site knows some peers. What was seen would be");
	page_flush(p, HEAD_AT, ITEM_AT);
	for (size_t i = next(f->first, 0); i < f->first->rules_n; i = next(f->first, i + 1))
		put_suggestion(p, &f->first->rules[i]->rule);
}

static void put_left(struct page *p, size_t n)
{
	if (!n)
		return;
	page_put_str(p, "Of ");
	page_put_count(p, n, "further device", NULL);
	page_put_str(p, " the same could be said with other values; --only shows one.");
	page_flush(p, HEAD_AT, ITEM_AT);
}

size_t text_unbound(struct text *t)
{
	struct fellows *v = calloc(TEXT_LIST_MAX, sizeof(*v));
	size_t n = 0, left = 0;

	for (size_t i = 0; v && i < t->shown_n; i++) {
		const struct text_device *d = &t->shown[i];
		size_t k = 0;
		if (!d->d || next(d, 0) == d->rules_n)
			continue;
		while (k < n && !alike(v[k].first, d))
			k++;
		if (k == TEXT_LIST_MAX) {
			left++;
			continue;
		}
		if (k == n)
			v[n++].first = d;
		if (v[k].n < NAMED)
			v[k].named[v[k].n] = d->d->id;
		v[k].n++;
	}
	for (size_t i = 0; i < n; i++)
		put_fellows(&t->page, &v[i]);
	put_left(&t->page, left);
	free(v);
	return n;
}
