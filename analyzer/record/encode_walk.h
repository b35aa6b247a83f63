/*
 * The walk over the tables, for every encoding. Nesting is that of the tables. In a header, so that it is compiled once
 * for each encoding, whose file includes this and defines `encode_ops`: called through a pointer at run time they took a
 * quarter longer.
 */
#ifndef PLUMBLINE_RECORD_ENCODE_WALK_H
#define PLUMBLINE_RECORD_ENCODE_WALK_H

#include "record/encode.h"
#include "record/utf8.h"

static const struct encode_ops encode_ops;

/* True where anything was written that is not zero; so too below. */
static bool encode_fields(struct encode_out *o, const struct record *r, const void *base);

/* Text of our own is UTF-8; where a name from outside got into it nevertheless, the record stays valid. */
static void encode_text(struct encode_out *o, struct span s)
{
	if (utf8_is_valid(s))
		encode_ops.text(o, s);
	else
		encode_ops.bytes(o, s);
}

static void encode_enum(struct encode_out *o, const struct field *f, uint64_t v)
{
	const char *s = v <= UINT32_MAX ? names_text(f->names, (uint32_t)v) : NULL;

	if (s)
		encode_ops.word(o, s);
	else
		encode_ops.uint(o, v);
}

static void encode_count(struct encode_out *o, const struct obs_count *c)
{
	encode_ops.name(o, c->name, true);
	encode_ops.uint(o, c->count);
}

static void encode_fact(struct encode_out *o, const struct result_fact *f)
{
	struct span name = { (const uint8_t *)f->name, strlen(f->name) };

	encode_ops.name(o, name, !utf8_is_valid(name));
	if (f->is_text)
		encode_ops.bytes(o, f->text);
	else
		encode_ops.sint(o, f->number);
}

static bool encode_map(struct encode_out *o, const struct record *r, const void *base)
{
	struct encode_mark begin = encode_here(o);

	encode_ops.map_begin(o);
	bool said = encode_fields(o, r, base);
	encode_ops.map_end(o, begin);
	return said;
}

static void encode_value(struct encode_out *o, const struct field *f, const void *p)
{
	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
		encode_ops.uint(o, model_load(p, f->size));
		break;
	case KIND_INT:
		encode_ops.sint(o, *(const int64_t *)p);
		break;
	case KIND_BOOL:
		encode_ops.boolean(o, *(const bool *)p);
		break;
	case KIND_TIME:
		encode_ops.instant(o, *(const int64_t *)p);
		break;
	case KIND_MS:
		encode_ops.ms(o, *(const uint32_t *)p);
		break;
	case KIND_ENUM:
		encode_enum(o, f, model_load(p, f->size));
		break;
	case KIND_ADDR:
		encode_ops.addr(o, p);
		break;
	case KIND_MAC:
		encode_ops.mac(o, p);
		break;
	case KIND_BYTES:
		encode_ops.bytes(o, *(const struct span *)p);
		break;
	case KIND_TEXT:
		encode_text(o, *(const struct span *)p);
		break;
	case KIND_RECORD:
		(void)encode_map(o, f->sub, p);
		break;
	case KIND_COUNT:
		encode_count(o, p);
		break;
	case KIND_FACT:
		encode_fact(o, p);
		break;
	case KIND_EVENT_FRAME:
		encode_ops.uint(o, ((const struct obs_event *)p)->frame);
		break;
	case KIND_EVENT_CAPTURE:
		encode_ops.uint(o, ((const struct obs_event *)p)->capture);
		break;
	case KIND_VARIANT: /* encode_fields() has taken it */
		break;
	}
}

/* A map with nothing in it but zeros is taken back. */
static bool encode_one_record(struct encode_out *o, const struct field *f, const void *base)
{
	struct encode_mark before = encode_here(o);

	encode_ops.key(o, f);
	bool said = encode_map(o, f->sub, model_at(base, f->offset));
	if (!said)
		encode_back(o, before);
	return said;
}

static bool encode_one(struct encode_out *o, const struct field *f, const void *base)
{
	const void *p = model_at(base, f->offset);

	if (f->kind == KIND_RECORD)
		return encode_one_record(o, f, base);
	bool zero = model_is_zero(f, p);
	if (zero && !f->always)
		return false;
	encode_ops.key(o, f);
	encode_value(o, f, p);
	return !zero;
}

static bool encode_many(struct encode_out *o, const struct field *f, const void *base)
{
	size_t n = model_count(f, base);
	const char *p = model_elements(f, base);
	bool names = f->kind == KIND_COUNT || f->kind == KIND_FACT;

	if (n == 0)
		return false;
	encode_ops.key(o, f);
	if (f->form == FORM_OPTION) {
		encode_value(o, f, p);
		return true;
	}
	encode_ops.list_begin(o, n, names);
	for (size_t i = 0; i < n; i++) {
		if (i)
			encode_ops.list_next(o);
		encode_value(o, f, p + i * f->size);
	}
	encode_ops.list_end(o, names);
	return true;
}

static bool encode_field(struct encode_out *o, const struct field *f, const void *base)
{
	if (f->kind == KIND_VARIANT) {
		const struct record *v = model_variant(f, base);
		return v && encode_fields(o, v, model_at(base, f->offset));
	}
	return f->form == FORM_ONE ? encode_one(o, f, base) : encode_many(o, f, base);
}

static bool encode_fields(struct encode_out *o, const struct record *r, const void *base)
{
	bool said = false;

	for (size_t i = 0; i < r->fields_n; i++)
		said |= encode_field(o, &r->fields[i], base);
	return said;
}

#endif
