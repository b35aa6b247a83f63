/*
 * For the tests of record/: fills any record with values of its own for every field, by its table, and compares two by
 * it. Everything is in one arena of the caller.
 */
#ifndef PLUMBLINE_TESTS_RECORD_WALK_H
#define PLUMBLINE_TESTS_RECORD_WALK_H

#include <check.h>
#include <string.h>

#include "base/arena.h"
#include "base/span.h"
#include "record/model.h"

enum walk_mode {
	WALK_DISTINCT, /* a value that no other field has */
	WALK_MAX,      /* the largest there is: all bits, latest time, every list full */
	WALK_MIN,      /* the smallest: earliest time, most negative number, empty lists */
	WALK_MODES
};

struct walk {
	struct arena *arena;
	enum walk_mode mode;
	uint64_t next;
};

static void walk_fill(struct walk *w, const struct record *r, void *base);

static uint64_t walk_number(struct walk *w, size_t size)
{
	if (w->mode == WALK_MAX)
		return model_max(size);
	if (w->mode == WALK_MIN)
		return 0;
	uint64_t v = (++w->next * UINT64_C(0x9e3779b97f4a7c15)) & model_max(size);
	return v ? v : 1;
}

static struct span walk_text(struct walk *w, const char *tail, size_t tail_n)
{
	if (w->mode == WALK_MIN)
		return (struct span){ NULL, 0 };
	uint8_t *p = arena_alloc(w->arena, tail_n + 3);
	ck_assert_ptr_nonnull(p);
	uint64_t v = ++w->next;
	for (int i = 0; i < 3; i++, v /= 10)
		p[i] = (uint8_t)('0' + v % 10);
	memcpy(p + 3, tail, tail_n);
	return (struct span){ p, tail_n + 3 };
}

/* What the outside may send: NUL, quotes, backslashes, text that looks like an escape, bytes that are no UTF-8. */
static struct span walk_hostile(struct walk *w)
{
	static const char s[] = "\0\"\\\\x41\\x4 \x7f\x80\xff\xc3\x28\n\t{},[]:'<&%s";
	return walk_text(w, s, sizeof(s) - 1);
}

static void walk_enum(struct walk *w, const struct field *f, void *to)
{
	uint32_t v = 0;

	if (w->mode == WALK_MAX) {
		model_store(to, f->size, model_max(f->size)); /* nobody's name: goes as a number */
		return;
	}
	if (w->mode == WALK_DISTINCT) {
		v = (uint32_t)(++w->next % f->names->n);
		while (!f->names->text[v])
			v = (v + 1) % f->names->n;
		v += f->names->base;
	}
	model_store(to, f->size, v);
}

static void walk_fact(struct walk *w, struct result_fact *fact)
{
	struct span name = walk_text(w, "_\xc3\xa9\"\\", 5);

	fact->name = name.n ? (const char *)name.p : "";
	fact->is_text = w->next % 2;
	if (fact->is_text)
		fact->text = walk_hostile(w);
	else
		fact->number = w->mode == WALK_MAX ? INT64_MAX : w->mode == WALK_MIN ? INT64_MIN : -(int64_t)w->next;
}

static void walk_value(struct walk *w, const struct field *f, void *to)
{
	static const int64_t whens[WALK_MODES] = { 0, INT64_MAX, INT64_MIN };
	static const char text[] = " \xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa7 \"quoted\" \\x41 \\ \n\t\x01 /";
	uint8_t *bytes = to;

	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
	case KIND_MS:
		model_store(to, f->size, walk_number(w, f->size));
		break;
	case KIND_INT:
	case KIND_TIME:
		*(int64_t *)to = w->mode == WALK_DISTINCT ? (int64_t)walk_number(w, 8) : whens[w->mode];
		break;
	case KIND_BOOL:
		*(bool *)to = w->mode != WALK_MIN;
		break;
	case KIND_ENUM:
		walk_enum(w, f, to);
		break;
	case KIND_ADDR:
	case KIND_MAC:
		for (size_t i = 0; i < f->size; i++)
			bytes[i] = (uint8_t)walk_number(w, 1);
		if (f->kind == KIND_ADDR && w->mode == WALK_DISTINCT && w->next % 2)
			*(struct addr *)to = addr_v4((uint32_t)walk_number(w, 4));
		break;
	case KIND_BYTES:
		*(struct span *)to = walk_hostile(w);
		break;
	case KIND_TEXT:
		*(struct span *)to = walk_text(w, text, sizeof(text) - 1);
		break;
	case KIND_RECORD:
		walk_fill(w, f->sub, to);
		break;
	case KIND_COUNT:
		((struct obs_count *)to)->name = walk_hostile(w);
		((struct obs_count *)to)->count = walk_number(w, 8);
		break;
	case KIND_FACT:
		walk_fact(w, to);
		break;
	case KIND_EVENT_FRAME:
		((struct obs_event *)to)->frame = walk_number(w, 6) & ((UINT64_C(1) << 48) - 1);
		break;
	case KIND_EVENT_CAPTURE:
		((struct obs_event *)to)->capture = walk_number(w, 2) & 0xffff;
		break;
	case KIND_VARIANT:
		break;
	}
}

static void walk_field(struct walk *w, const struct field *f, char *base)
{
	size_t n = f->form == FORM_POINTER ? 3 : f->form == FORM_ONE || f->form == FORM_OPTION ? 1 : f->max;
	char *p = base + f->offset;

	if (w->mode == WALK_MIN && (f->form == FORM_ARRAY || f->form == FORM_POINTER || f->form == FORM_OPTION))
		n = 0;
	if (f->form == FORM_POINTER && n) {
		p = arena_alloc(w->arena, n * f->size);
		ck_assert_ptr_nonnull(p);
		*(void **)(base + f->offset) = p;
	}
	for (size_t i = 0; i < n; i++)
		walk_value(w, f, p + i * f->size);
	if (f->count_size)
		model_store(base + f->count_offset, f->count_size, n);
}

/* A variant's discriminator is set by the caller beforehand and stays. */
static void walk_fill(struct walk *w, const struct record *r, void *base)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		const struct field *f = &r->fields[i];
		bool chooses = i + 1 < r->fields_n && f[1].kind == KIND_VARIANT;
		const struct record *v = f->kind == KIND_VARIANT ? model_variant(f, base) : NULL;
		if (v)
			walk_fill(w, v, (char *)base + f->offset);
		else if (!chooses && f->kind != KIND_VARIANT)
			walk_field(w, f, base);
	}
}

static void walk_equal(const struct record *r, const void *a, const void *b);

static void walk_same_value(const struct record *r, const struct field *f, const void *a, const void *b)
{
	struct span name = field_name(f);
	const struct result_fact *x = a, *y = b;
	const struct obs_count *c = a, *d = b;
	const struct obs_event *e = a, *g = b;
	bool same = true;

	switch ((enum field_kind)f->kind) {
	case KIND_BYTES:
	case KIND_TEXT:
		same = span_eq(*(const struct span *)a, *(const struct span *)b);
		break;
	case KIND_RECORD:
		walk_equal(f->sub, a, b);
		break;
	case KIND_COUNT:
		same = span_eq(c->name, d->name) && c->count == d->count;
		break;
	case KIND_FACT:
		same = strcmp(x->name, y->name) == 0 && x->is_text == y->is_text && x->number == y->number &&
		       span_eq(x->text, y->text);
		break;
	case KIND_EVENT_FRAME:
	case KIND_EVENT_CAPTURE:
		same = e->frame == g->frame && e->capture == g->capture;
		break;
	default:
		same = memcmp(a, b, f->size) == 0;
	}
	ck_assert_msg(same, "%s.%.*s differs", r->name, (int)name.n, (const char *)name.p);
}

static void walk_equal(const struct record *r, const void *a, const void *b)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		const struct field *f = &r->fields[i];
		struct span name = field_name(f);
		if (f->kind == KIND_VARIANT) {
			const struct record *v = model_variant(f, a);
			if (v)
				walk_equal(v, model_at(a, f->offset), model_at(b, f->offset));
			continue;
		}
		size_t n = model_count(f, a);
		const char *p = model_elements(f, a), *q = model_elements(f, b);
		ck_assert_msg(n == model_count(f, b), "%s.%.*s: %zu and %zu elements", r->name, (int)name.n,
		              (const char *)name.p, n, model_count(f, b));
		for (size_t k = 0; k < n; k++)
			walk_same_value(r, f, p + k * f->size, q + k * f->size);
	}
}

/* One observation for every type, and for every kind of fact. */
enum { WALK_OBS = OBS_TYPES + FACT_KINDS };

static inline struct obs walk_obs(struct arena *a, int which, enum walk_mode mode)
{
	struct walk w = { a, mode, (uint64_t)which * 100 };
	struct obs o;

	memset(&o, 0, sizeof(o));
	o.type = which < OBS_TYPES ? (enum obs_type)which : OBS_FACT;
	if (which >= OBS_TYPES)
		o.fact.fact.kind = (enum fact_kind)(which - OBS_TYPES);
	walk_fill(&w, &obs_records[o.type], &o.start);
	return o;
}

static inline struct result walk_result(struct arena *a, int type, enum walk_mode mode)
{
	struct walk w = { a, mode, (uint64_t)type * 100 };
	struct result r;

	memset(&r, 0, sizeof(r));
	r.type = (enum result_type)type;
	walk_fill(&w, &result_records[type], &r.run);
	return r;
}

#endif
