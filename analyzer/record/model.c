/* Walking the tables: counts, elements, variants, and deep copies. */
#include "record/model.h"

#include <errno.h>
#include <string.h>

#include "base/addr.h"

bool model_is_zero(const struct field *f, const void *p)
{
	static const uint8_t none[sizeof(struct addr)];

	switch ((enum field_kind)f->kind) {
	case KIND_BYTES:
	case KIND_TEXT:
		return ((const struct span *)p)->n == 0;
	case KIND_ADDR:
		return memcmp(p, none, sizeof(struct addr)) == 0;
	case KIND_MAC:
		return memcmp(p, none, sizeof(struct mac)) == 0;
	case KIND_EVENT_FRAME:
		return ((const struct obs_event *)p)->frame == 0;
	case KIND_EVENT_CAPTURE:
		return ((const struct obs_event *)p)->capture == 0;
	case KIND_UINT:
	case KIND_INT:
	case KIND_BOOL:
	case KIND_TIME:
	case KIND_MS:
	case KIND_ENUM:
		return model_load(p, f->size) == 0;
	case KIND_RECORD:
	case KIND_VARIANT:
	case KIND_COUNT:
	case KIND_FACT:
		break;
	}
	return false;
}

static size_t fixed_count(const struct field *f, const void *base)
{
	const char *first = model_at(base, f->offset);
	size_t n = f->max;

	if (f->trim) {
		while (n && model_is_zero(f, first + (n - 1) * f->size))
			n--;
		return n;
	}
	if (f->kind == KIND_RECORD)
		return n;
	for (size_t i = 0; i < n; i++)
		if (!model_is_zero(f, first + i * f->size))
			return n;
	return 0;
}

size_t model_count(const struct field *f, const void *base)
{
	size_t n;

	switch ((enum field_form)f->form) {
	case FORM_FIXED:
		return fixed_count(f, base);
	case FORM_ARRAY:
		n = (size_t)model_load(model_at(base, f->count_offset), f->count_size);
		return n < f->max ? n : f->max;
	case FORM_POINTER:
		return (size_t)model_load(model_at(base, f->count_offset), f->count_size);
	case FORM_OPTION:
		return model_load(model_at(base, f->count_offset), f->count_size) != 0;
	case FORM_ONE:
		break;
	}
	return 1;
}

const void *model_elements(const struct field *f, const void *base)
{
	const void *p = model_at(base, f->offset);
	return f->form == FORM_POINTER ? *(const void *const *)p : p;
}

const struct record *model_variant(const struct field *f, const void *base)
{
	uint64_t i = model_load(model_at(base, f->count_offset), f->count_size);
	return i < f->max && f->sub[i].fields_n ? &f->sub[i] : NULL;
}

static int copy_fields(const struct record *r, void *base, struct arena *a);

static int copy_span(struct span *s, struct arena *a)
{
	struct span from = *s;
	*s = arena_copy(a, from);
	return from.n && !s->p ? -ENOMEM : 0;
}

static int copy_cstr(const char **s, struct arena *a)
{
	struct span from = { (const uint8_t *)*s, *s ? strlen(*s) : 0 };
	char *to = arena_alloc(a, from.n + 1);

	if (!to)
		return -ENOMEM;
	if (from.n)
		memcpy(to, from.p, from.n);
	*s = to;
	return 0;
}

/* p is a copy already; what it points at is not. */
static int copy_element(const struct field *f, void *p, struct arena *a)
{
	struct result_fact *fact = p;

	switch ((enum field_kind)f->kind) {
	case KIND_BYTES:
	case KIND_TEXT:
		return copy_span(p, a);
	case KIND_RECORD:
		return copy_fields(f->sub, p, a);
	case KIND_COUNT:
		return copy_span(&((struct obs_count *)p)->name, a);
	case KIND_FACT:
		return copy_cstr(&fact->name, a) || copy_span(&fact->text, a) ? -ENOMEM : 0;
	default:
		return 0;
	}
}

static int copy_list(const struct field *f, void *base, size_t n, struct arena *a)
{
	void **at = (void **)((char *)base + f->offset);
	void *to;

	if (n == 0) {
		*at = NULL;
		return 0;
	}
	to = n <= SIZE_MAX / f->size ? arena_alloc(a, n * f->size) : NULL;
	if (!to)
		return -ENOMEM;
	memcpy(to, *at, n * f->size);
	*at = to;
	return 0;
}

/* The struct at `base` is a copy already. Nesting is that of the tables. */
static int copy_fields(const struct record *r, void *base, struct arena *a)
{
	int err = 0;

	for (size_t i = 0; i < r->fields_n && !err; i++) {
		const struct field *f = &r->fields[i];
		if (f->kind == KIND_VARIANT) {
			const struct record *v = model_variant(f, base);
			err = v ? copy_fields(v, (char *)base + f->offset, a) : 0;
			continue;
		}
		size_t n = model_count(f, base);
		if (f->form == FORM_POINTER)
			err = copy_list(f, base, n, a);
		char *p = f->form == FORM_POINTER ? *(char **)((char *)base + f->offset) : (char *)base + f->offset;
		for (size_t k = 0; k < n && !err; k++)
			err = copy_element(f, p + k * f->size, a);
	}
	return err;
}

int model_copy_obs(const struct obs *o, struct arena *a, struct obs *ret)
{
	struct obs copy = *o;
	int err = copy_fields(&obs_records[o->type], (char *)&copy + offsetof(struct obs, start), a);

	if (!err)
		*ret = copy;
	return err;
}

int model_copy_result(const struct result *r, struct arena *a, struct result *ret)
{
	struct result copy = *r;
	int err = copy_fields(&result_records[r->type], (char *)&copy + offsetof(struct result, run), a);

	if (!err)
		*ret = copy;
	return err;
}

const struct result *model_keep_result(const struct result *r, struct arena *a)
{
	const struct record *record = &result_records[r->type];
	const size_t start = offsetof(struct result, run);
	char *copy = arena_alloc(a, start + record->size);

	if (!copy)
		return NULL;
	memcpy(copy, r, start + record->size);
	return copy_fields(record, copy + start, a) ? NULL : (const struct result *)(const void *)copy;
}
