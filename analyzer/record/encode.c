/* The walk over the tables, for every encoding. Nesting is that of the tables. */
#include "record/encode.h"

#include "record/utf8.h"

struct walk {
	const struct encode_ops *ops;
	struct encode_out *out;
};

/* True where anything was written that is not zero; so too below. */
static bool put_fields(const struct walk *w, const struct record *r, const void *base);

/* Text of our own is UTF-8; where a name from outside got into it nevertheless, the record stays valid. */
static void put_text(const struct walk *w, struct span s)
{
	if (utf8_is_valid(s))
		w->ops->text(w->out, s);
	else
		w->ops->bytes(w->out, s);
}

static void put_enum(const struct walk *w, const struct field *f, uint64_t v)
{
	const char *s = v <= UINT32_MAX ? names_text(f->names, (uint32_t)v) : NULL;

	if (s)
		w->ops->word(w->out, s);
	else
		w->ops->uint(w->out, v);
}

static void put_count(const struct walk *w, const struct obs_count *c)
{
	w->ops->name(w->out, c->name, true);
	w->ops->uint(w->out, c->count);
}

static void put_fact(const struct walk *w, const struct result_fact *f)
{
	struct span name = { (const uint8_t *)f->name, strlen(f->name) };

	w->ops->name(w->out, name, !utf8_is_valid(name));
	if (f->is_text)
		w->ops->bytes(w->out, f->text);
	else
		w->ops->sint(w->out, f->number);
}

static bool put_map(const struct walk *w, const struct record *r, const void *base)
{
	struct encode_mark begin = encode_here(w->out);

	w->ops->map_begin(w->out);
	bool said = put_fields(w, r, base);
	w->ops->map_end(w->out, begin);
	return said;
}

static void put_value(const struct walk *w, const struct field *f, const void *p)
{
	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
		w->ops->uint(w->out, model_load(p, f->size));
		break;
	case KIND_INT:
		w->ops->sint(w->out, *(const int64_t *)p);
		break;
	case KIND_BOOL:
		w->ops->boolean(w->out, *(const bool *)p);
		break;
	case KIND_TIME:
		w->ops->instant(w->out, *(const int64_t *)p);
		break;
	case KIND_MS:
		w->ops->ms(w->out, *(const uint32_t *)p);
		break;
	case KIND_ENUM:
		put_enum(w, f, model_load(p, f->size));
		break;
	case KIND_ADDR:
		w->ops->addr(w->out, p);
		break;
	case KIND_MAC:
		w->ops->mac(w->out, p);
		break;
	case KIND_BYTES:
		w->ops->bytes(w->out, *(const struct span *)p);
		break;
	case KIND_TEXT:
		put_text(w, *(const struct span *)p);
		break;
	case KIND_RECORD:
		(void)put_map(w, f->sub, p);
		break;
	case KIND_COUNT:
		put_count(w, p);
		break;
	case KIND_FACT:
		put_fact(w, p);
		break;
	case KIND_EVENT_FRAME:
		w->ops->uint(w->out, ((const struct obs_event *)p)->frame);
		break;
	case KIND_EVENT_CAPTURE:
		w->ops->uint(w->out, ((const struct obs_event *)p)->capture);
		break;
	case KIND_VARIANT: /* put_fields() has taken it */
		break;
	}
}

/* A map with nothing in it but zeros is taken back. */
static bool put_one_record(const struct walk *w, const struct field *f, const void *base)
{
	struct encode_mark before = encode_here(w->out);

	w->ops->key(w->out, f);
	bool said = put_map(w, f->sub, model_at(base, f->offset));
	if (!said)
		encode_back(w->out, before);
	return said;
}

static bool put_one(const struct walk *w, const struct field *f, const void *base)
{
	const void *p = model_at(base, f->offset);

	if (f->kind == KIND_RECORD)
		return put_one_record(w, f, base);
	bool zero = model_is_zero(f, p);
	if (zero && !f->always)
		return false;
	w->ops->key(w->out, f);
	put_value(w, f, p);
	return !zero;
}

static bool put_many(const struct walk *w, const struct field *f, const void *base)
{
	size_t n = model_count(f, base);
	const char *p = model_elements(f, base);
	bool names = f->kind == KIND_COUNT || f->kind == KIND_FACT;

	if (n == 0)
		return false;
	w->ops->key(w->out, f);
	if (f->form == FORM_OPTION) {
		put_value(w, f, p);
		return true;
	}
	w->ops->list_begin(w->out, n, names);
	for (size_t i = 0; i < n; i++) {
		if (i)
			w->ops->list_next(w->out);
		put_value(w, f, p + i * f->size);
	}
	w->ops->list_end(w->out, names);
	return true;
}

static bool put_field(const struct walk *w, const struct field *f, const void *base)
{
	if (f->kind == KIND_VARIANT) {
		const struct record *v = model_variant(f, base);
		return v && put_fields(w, v, model_at(base, f->offset));
	}
	return f->form == FORM_ONE ? put_one(w, f, base) : put_many(w, f, base);
}

static bool put_fields(const struct walk *w, const struct record *r, const void *base)
{
	bool said = false;

	for (size_t i = 0; i < r->fields_n; i++)
		said |= put_field(w, &r->fields[i], base);
	return said;
}

void encode_record(const struct encode_ops *ops, struct encode_out *o, const struct record *r, const void *base)
{
	struct walk w = { ops, o };
	(void)put_fields(&w, r, base);
}
