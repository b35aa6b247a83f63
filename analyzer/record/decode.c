/* From an encoding's values to structs, by the tables. */
#include "record/decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

enum { NAME_SHOWN = 40, FIRST_ROOM = 4 };

static void read_fields(struct decode_in *in, const struct record *r, void *base);

void decode_fail(struct decode_in *in, int err, const char *format, ...)
{
	va_list ap;
	int n;

	if (in->err)
		return;
	in->err = err;
	n = snprintf(in->why, in->why_n, "byte %" PRIu64 ": ", in->at + (uint64_t)(in->p - in->begin));
	in->p = in->end;
	if (n < 0 || (size_t)n >= in->why_n)
		return;
	va_start(ap, format);
	(void)vsnprintf(in->why + n, in->why_n - (size_t)n, format, ap);
	va_end(ap);
}

void decode_fail_field(struct decode_in *in, const struct field *f, const char *what)
{
	struct span name = field_name(f);
	decode_fail(in, -EINVAL, "%.*s: %s", (int)name.n, (const char *)name.p, what);
}

int decode_hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

struct span decode_escapes(struct decode_in *in, struct span s)
{
	if (in->err || s.n == 0 || !memchr(s.p, '\\', s.n))
		return s;
	uint8_t *to = arena_alloc(in->arena, s.n + 1);
	size_t n = 0;
	if (!to) {
		decode_fail(in, -ENOMEM, "out of memory");
		return (struct span){ NULL, 0 };
	}
	for (size_t at = 0; at < s.n; n++) {
		int hi = -1, lo = -1;
		if (s.p[at] == '\\' && s.n - at >= 4 && s.p[at + 1] == 'x') {
			hi = decode_hex(s.p[at + 2]);
			lo = decode_hex(s.p[at + 3]);
		}
		bool hex = hi >= 0 && lo >= 0;
		to[n] = hex ? (uint8_t)(hi * 16 + lo) : s.p[at];
		at += hex ? 4 : 1;
	}
	return (struct span){ to, n };
}

static uint64_t read_uint(struct decode_in *in, const struct field *f)
{
	uint64_t v = in->ops->uint(in, f);

	if (v > model_max(f->size))
		decode_fail_field(in, f, "number too large");
	return v;
}

static uint64_t read_enum(struct decode_in *in, const struct field *f)
{
	uint32_t v = 0;

	if (!in->ops->is_text(in))
		return read_uint(in, f);
	struct span name = field_name(f), s = in->ops->word(in);
	if (!in->err && !names_find(f->names, s, &v))
		decode_fail(in, -EINVAL, "%.*s: \"%.*s\" is not one of its values", (int)name.n, (const char *)name.p,
			    (int)(s.n < NAME_SHOWN ? s.n : NAME_SHOWN), (const char *)s.p);
	return v;
}

static void read_count(struct decode_in *in, const struct field *f, struct obs_count *c)
{
	c->name = in->ops->name(in, true);
	if (!in->err)
		c->count = in->ops->uint(in, f);
}

static void read_fact(struct decode_in *in, const struct field *f, struct result_fact *fact)
{
	struct span name = in->ops->name(in, false);

	if (in->err)
		return;
	fact->name = name.n ? (const char *)name.p : "";
	fact->is_text = in->ops->is_text(in);
	if (fact->is_text)
		fact->text = in->ops->bytes(in);
	else
		fact->number = in->ops->sint(in, f);
}

static void read_event_bits(struct decode_in *in, const struct field *f, struct obs_event *e)
{
	const uint64_t frame_max = (UINT64_C(1) << 48) - 1, capture_max = 0xffff;
	bool frame = f->kind == KIND_EVENT_FRAME;
	uint64_t v = in->ops->uint(in, f);

	if (v > (frame ? frame_max : capture_max))
		decode_fail_field(in, f, "number too large");
	else if (frame)
		e->frame = v & ((UINT64_C(1) << 48) - 1);
	else
		e->capture = v & 0xffff;
}

static void read_value(struct decode_in *in, const struct field *f, void *to)
{
	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
		model_store(to, f->size, read_uint(in, f));
		break;
	case KIND_INT:
		*(int64_t *)to = in->ops->sint(in, f);
		break;
	case KIND_BOOL:
		*(bool *)to = in->ops->boolean(in);
		break;
	case KIND_TIME:
		*(int64_t *)to = in->ops->instant(in, f);
		break;
	case KIND_MS:
		*(uint32_t *)to = in->ops->ms(in, f);
		break;
	case KIND_ENUM:
		model_store(to, f->size, read_enum(in, f));
		break;
	case KIND_ADDR:
		in->ops->addr(in, f, to);
		break;
	case KIND_MAC:
		in->ops->mac(in, f, to);
		break;
	case KIND_BYTES:
		*(struct span *)to = in->ops->bytes(in);
		break;
	case KIND_TEXT:
		*(struct span *)to = in->ops->text(in);
		break;
	case KIND_RECORD:
		read_fields(in, f->sub, to);
		break;
	case KIND_COUNT:
		read_count(in, f, to);
		break;
	case KIND_FACT:
		read_fact(in, f, to);
		break;
	case KIND_EVENT_FRAME:
	case KIND_EVENT_CAPTURE:
		read_event_bits(in, f, to);
		break;
	case KIND_VARIANT: /* its fields are found one by one */
		break;
	}
}

/* Where element i goes; NULL where it has no room. A pointed-to list grows by doubling, `cap` is its room. */
static char *slot(struct decode_in *in, const struct field *f, char *base, size_t i, size_t *cap)
{
	size_t max = f->form == FORM_POINTER ? MODEL_LIST_MAX : f->max;

	if (i >= max) {
		decode_fail_field(in, f, "more elements than there may be");
		return NULL;
	}
	if (f->form != FORM_POINTER)
		return base + f->offset + i * f->size;
	void **at = (void **)(base + f->offset);
	if (i == *cap) {
		size_t grown = *cap ? *cap * 2 : FIRST_ROOM;
		void *p = arena_alloc(in->arena, grown * f->size);
		if (!p) {
			decode_fail(in, -ENOMEM, "out of memory");
			return NULL;
		}
		if (i)
			memcpy(p, *at, i * f->size);
		*at = p;
		*cap = grown;
	}
	return (char *)*at + i * f->size;
}

static void read_list(struct decode_in *in, const struct field *f, char *base)
{
	bool map = f->kind == KIND_COUNT || f->kind == KIND_FACT;
	size_t n = 0, cap = 0;

	if (f->form != FORM_POINTER)
		memset(base + f->offset, 0, (size_t)f->max * f->size);
	struct decode_list l = in->ops->open(in, map);
	while (in->ops->more(in, &l)) {
		char *to = slot(in, f, base, n, &cap);
		if (!to)
			return;
		read_value(in, f, to);
		n++;
	}
	if (f->count_size)
		model_store(base + f->count_offset, f->count_size, n);
}

static void read_field(struct decode_in *in, const struct field *f, char *base)
{
	if (in->err || in->ops->null(in))
		return;
	switch ((enum field_form)f->form) {
	case FORM_ONE:
		read_value(in, f, base + f->offset);
		break;
	case FORM_OPTION:
		read_value(in, f, base + f->offset);
		model_store(base + f->count_offset, f->count_size, 1);
		break;
	case FORM_FIXED:
	case FORM_ARRAY:
	case FORM_POINTER:
		read_list(in, f, base);
		break;
	}
}

/* Starts at *hint, since fields come in the table's order where we wrote them. */
static const struct field *find(const struct record *r, struct span key, size_t *hint)
{
	for (size_t k = 0; k < r->fields_n; k++) {
		size_t i = *hint + k < r->fields_n ? *hint + k : *hint + k - r->fields_n;
		const struct field *f = &r->fields[i];
		if (f->kind != KIND_VARIANT && span_eq(field_name(f), key)) {
			*hint = i + 1;
			return f;
		}
	}
	return NULL;
}

/* The value of a key of the map at the cursor, whatever its place; the cursor stays. False too where the map is wrong. */
static bool look_ahead(struct decode_in *in, struct span key, struct decode_in *ret_at)
{
	struct decode_in at = *in;
	struct decode_list l = at.ops->open(&at, true);

	while (at.ops->more(&at, &l)) {
		struct span k = at.ops->key(&at);
		if (at.err)
			break;
		if (span_eq(k, key)) {
			*ret_at = at;
			return true;
		}
		at.ops->skip(&at);
	}
	in->err = at.err;
	return false;
}

/* The variant's fields can only be told when its discriminator is known. */
static const struct record *settle_variant(struct decode_in *in, const struct record *r, char *base,
                                           const struct field **ret_f)
{
	const struct field *f = r->fields_n ? &r->fields[r->fields_n - 1] : NULL;
	struct decode_in at;

	if (!f || f->kind != KIND_VARIANT)
		return NULL;
	if (look_ahead(in, field_name(f - 1), &at)) {
		read_field(&at, f - 1, base);
		in->err = at.err;
	}
	*ret_f = f;
	return in->err ? NULL : model_variant(f, base);
}

static void read_fields(struct decode_in *in, const struct record *r, void *to)
{
	char *base = to;
	size_t hint = 0, variant_hint = 0;
	const struct field *variant = NULL;
	const struct record *v = in->err ? NULL : settle_variant(in, r, base, &variant);

	if (in->err)
		return;
	struct decode_list l = in->ops->open(in, true);
	while (in->ops->more(in, &l)) {
		struct span key = in->ops->key(in);
		const struct field *f = in->err ? NULL : find(r, key, &hint);
		if (in->err)
			return;
		if (f && variant && f == variant - 1) {
			in->ops->skip(in); /* settled; a second one must not choose another variant for the same bytes */
		} else if (f) {
			read_field(in, f, base);
		} else if (v && (f = find(v, key, &variant_hint))) {
			read_field(in, f, base + variant->offset);
		} else {
			in->ops->skip(in);
		}
	}
}

int decode_type(struct decode_in *in, const struct record *records, int n, const char *what)
{
	struct decode_in at;

	if (!look_ahead(in, SPAN("type"), &at)) {
		decode_fail(in, -EINVAL, "no \"type\": this is no record");
		return -1;
	}
	struct span name = at.ops->word(&at);
	in->err = at.err;
	for (int i = 0; i < n && !in->err; i++)
		if (span_eq(span_of(records[i].name), name))
			return i;
	decode_fail(in, -EINVAL, "type \"%.*s\" is not one of %s", (int)(name.n < NAME_SHOWN ? name.n : NAME_SHOWN),
		    (const char *)name.p, what);
	return -1;
}

void decode_record(struct decode_in *in, const struct record *r, void *to)
{
	read_fields(in, r, to);
}
