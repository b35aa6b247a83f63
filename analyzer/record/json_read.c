/*
 * Records from JSON Lines: a loop over the tables of model.c.
 *
 * The parser is our own (json_lex.c) and not jansson's: a line is read straight into its struct, without a tree of one
 * allocation a value; its memory is one bounded arena; integers have all 64 bits; nothing recurses on what the input
 * says, since values nest only as deep as the tables do and all else is skipped.
 */
#include "record/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "base/time.h"
#include "record/json_lex.h"
#include "record/model.h"

enum { NAME_SHOWN = 40 };

static void read_fields(struct json_in *in, const struct record *r, void *base);

/* For messages: "FIELD: what is wrong". */
static void fail_field(struct json_in *in, const struct field *f, const char *what)
{
	struct span name = field_name(f);
	json_fail(in, -EINVAL, "%.*s: %s", (int)name.n, (const char *)name.p, what);
}

/* Decimal digits and nothing else. */
static bool parse_digits(struct span s, uint64_t *ret_v)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = s.p[i] - (unsigned)'0';
		if (d > 9 || __builtin_mul_overflow(v, (uint64_t)10, &v) || __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	}
	*ret_v = v;
	return true;
}

static uint64_t read_uint(struct json_in *in, const struct field *f)
{
	uint64_t v = 0;
	struct span s = json_number(in);

	if (in->err)
		return 0;
	if (!parse_digits(s, &v))
		fail_field(in, f, "not a whole number of at most 64 bits");
	else if (v > model_max(f->size))
		fail_field(in, f, "number too large");
	return v;
}

static int64_t read_int(struct json_in *in, const struct field *f)
{
	struct span s = json_number(in);
	bool negative = s.n && s.p[0] == '-';
	uint64_t v = 0;

	if (in->err)
		return 0;
	if (negative) {
		s.p++;
		s.n--;
	}
	if (!parse_digits(s, &v) || v > (uint64_t)INT64_MAX + negative) {
		fail_field(in, f, "not a whole number of 64 bits");
		return 0;
	}
	return negative ? (int64_t)(0 - v) : (int64_t)v;
}

/* 12 or 12.345 milliseconds. */
static uint32_t read_ms(struct json_in *in, const struct field *f)
{
	struct span s = json_number(in), whole = s, part = { NULL, 0 };
	const uint8_t *dot = s.n ? memchr(s.p, '.', s.n) : NULL;
	uint64_t ms = 0, us = 0;

	if (in->err)
		return 0;
	if (dot) {
		whole.n = (size_t)(dot - s.p);
		part = (struct span){ dot + 1, s.n - whole.n - 1 };
	}
	bool ok = parse_digits(whole, &ms) && (!dot || (part.n <= 3 && parse_digits(part, &us)));
	for (size_t i = part.n; i < 3; i++)
		us *= 10;
	if (!ok || ms > UINT32_MAX / 1000 || ms * 1000 + us > UINT32_MAX) {
		fail_field(in, f, "not a time in milliseconds with at most three decimals");
		return 0;
	}
	return (uint32_t)(ms * 1000 + us);
}

static bool digits_at(struct span s, size_t at, size_t n, uint64_t *ret_v)
{
	return parse_digits((struct span){ s.p + at, n }, ret_v);
}

/*
 * Exactly the form that is written here, over the whole range of 64-bit nanoseconds (years 1677 to 2262), which is
 * wider than time_parse() takes. The day is reached from its end, since the first one begins before INT64_MIN.
 */
static bool parse_time(struct span s, int64_t *ret_ns)
{
	static const char form[] = "0000-00-00T00:00:00.000000000Z";
	uint64_t y, mo, d, h, mi, sec, nano;

	if (s.n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] != '0' && s.p[i] != form[i])
			return false;
	if (!digits_at(s, 0, 4, &y) || !digits_at(s, 5, 2, &mo) || !digits_at(s, 8, 2, &d) ||
	    !digits_at(s, 11, 2, &h) || !digits_at(s, 14, 2, &mi) || !digits_at(s, 17, 2, &sec) ||
	    !digits_at(s, 20, 9, &nano))
		return false;
	if (y < 1677 || y > 2262 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || sec > 59)
		return false;
	if ((y == 1677 && (mo < 9 || (mo == 9 && d < 21))) || (y == 2262 && (mo > 4 || (mo == 4 && d > 11))))
		return false;
	int64_t tod = (int64_t)(h * 3600 + mi * 60 + sec) * NS_PER_S + (int64_t)nano, ns;
	struct civil c = { .year = (int32_t)y, .month = (uint8_t)mo, .day = (uint8_t)d };
	if (y < 1970) {
		c.day++;
		if (__builtin_sub_overflow(time_from_civil(&c), 86400 * NS_PER_S - tod, &ns))
			return false;
	} else if (__builtin_add_overflow(time_from_civil(&c), tod, &ns)) {
		return false;
	}
	struct civil back = time_civil(ns);
	if (back.day != d || back.month != mo)
		return false;
	*ret_ns = ns;
	return true;
}

static int64_t read_time(struct json_in *in, const struct field *f)
{
	int64_t ns = 0;
	struct span s = json_word(in);

	if (!in->err && !parse_time(s, &ns) && !time_parse(s, &ns))
		fail_field(in, f, "not a time (RFC 3339)");
	return ns;
}

static uint64_t read_enum(struct json_in *in, const struct field *f)
{
	uint32_t v = 0;

	if (json_peek(in) != '"')
		return read_uint(in, f);
	struct span name = field_name(f), s = json_word(in);
	if (!in->err && !names_find(f->names, s, &v))
		json_fail(in, -EINVAL, "%.*s: \"%.*s\" is not one of its values", (int)name.n, (const char *)name.p,
		          (int)(s.n < NAME_SHOWN ? s.n : NAME_SHOWN), (const char *)s.p);
	return v;
}

static void read_addr(struct json_in *in, const struct field *f, struct addr *to)
{
	struct span s = json_word(in);
	if (!in->err && !addr_parse(s, to))
		fail_field(in, f, "not an address");
}

static void read_mac(struct json_in *in, const struct field *f, struct mac *to)
{
	struct span s = json_word(in);
	if (!in->err && !mac_parse(s, to))
		fail_field(in, f, "not a MAC address");
}

static void read_count(struct json_in *in, const struct field *f, struct obs_count *c)
{
	c->name = json_bytes(in);
	json_expect(in, ':');
	struct span s = json_number(in);
	if (!in->err && !parse_digits(s, &c->count))
		fail_field(in, f, "not a count");
}

static void read_fact(struct json_in *in, const struct field *f, struct result_fact *fact)
{
	struct span name = json_string(in);
	json_expect(in, ':');
	if (in->err)
		return;
	fact->name = name.n ? (const char *)name.p : ""; /* the arena put a NUL behind it */
	fact->is_text = json_peek(in) == '"';
	if (fact->is_text)
		fact->text = json_bytes(in);
	else
		fact->number = read_int(in, f);
}

static void read_event_bits(struct json_in *in, const struct field *f, struct obs_event *e)
{
	uint64_t v = read_uint(in, f);

	if (f->kind == KIND_EVENT_FRAME) {
		e->frame = v & ((UINT64_C(1) << 48) - 1);
		if (!in->err && e->frame != v)
			fail_field(in, f, "number too large");
	} else {
		e->capture = v & 0xffff;
		if (!in->err && e->capture != v)
			fail_field(in, f, "number too large");
	}
}

static void read_value(struct json_in *in, const struct field *f, void *to)
{
	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
		model_store(to, f->size, read_uint(in, f));
		break;
	case KIND_INT:
		*(int64_t *)to = read_int(in, f);
		break;
	case KIND_BOOL:
		*(bool *)to = json_bool(in);
		break;
	case KIND_TIME:
		*(int64_t *)to = read_time(in, f);
		break;
	case KIND_MS:
		*(uint32_t *)to = read_ms(in, f);
		break;
	case KIND_ENUM:
		model_store(to, f->size, read_enum(in, f));
		break;
	case KIND_ADDR:
		read_addr(in, f, to);
		break;
	case KIND_MAC:
		read_mac(in, f, to);
		break;
	case KIND_BYTES:
		*(struct span *)to = json_bytes(in);
		break;
	case KIND_TEXT:
		*(struct span *)to = json_string(in);
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
static char *slot(struct json_in *in, const struct field *f, char *base, size_t i, size_t *cap)
{
	size_t max = f->form == FORM_POINTER ? MODEL_LIST_MAX : f->max;

	if (i >= max) {
		fail_field(in, f, "more elements than there may be");
		return NULL;
	}
	if (f->form != FORM_POINTER)
		return base + f->offset + i * f->size;
	void **at = (void **)(base + f->offset);
	if (i == *cap) {
		size_t grown = *cap ? *cap * 2 : 4;
		void *p = arena_alloc(in->arena, grown * f->size);
		if (!p) {
			json_fail(in, -ENOMEM, "out of memory");
			return NULL;
		}
		if (i)
			memcpy(p, *at, i * f->size);
		*at = p;
		*cap = grown;
	}
	return (char *)*at + i * f->size;
}

static void read_list(struct json_in *in, const struct field *f, char *base)
{
	bool map = f->kind == KIND_COUNT || f->kind == KIND_FACT;
	size_t n = 0, cap = 0;

	if (f->form != FORM_POINTER)
		memset(base + f->offset, 0, (size_t)f->max * f->size);
	json_expect(in, map ? '{' : '[');
	while (json_more(in, map ? '}' : ']', n)) {
		char *to = slot(in, f, base, n, &cap);
		if (!to)
			return;
		read_value(in, f, to);
		n++;
	}
	if (f->count_size)
		model_store(base + f->count_offset, f->count_size, n);
}

static void read_field(struct json_in *in, const struct field *f, char *base)
{
	if (json_null(in))
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

/* The value of a key of the map at the cursor, whatever its place; the cursor stays. */
static bool look_ahead(const struct json_in *in, struct span key, struct json_in *ret_at)
{
	struct json_in at = *in;

	json_expect(&at, '{');
	for (size_t i = 0; json_more(&at, '}', i); i++) {
		if (span_eq(json_key(&at), key)) {
			*ret_at = at;
			return !at.err;
		}
		json_skip(&at);
	}
	return false;
}

/* The variant's fields can only be told when its discriminator is known. */
static const struct record *settle_variant(struct json_in *in, const struct record *r, char *base,
                                           const struct field **ret_f)
{
	const struct field *f = r->fields_n ? &r->fields[r->fields_n - 1] : NULL;
	struct json_in at;

	if (!f || f->kind != KIND_VARIANT)
		return NULL;
	if (look_ahead(in, field_name(f - 1), &at)) {
		read_field(&at, f - 1, base);
		in->err = at.err;
	}
	*ret_f = f;
	return in->err ? NULL : model_variant(f, base);
}

static void read_fields(struct json_in *in, const struct record *r, void *to)
{
	char *base = to;
	size_t hint = 0, variant_hint = 0;
	const struct field *variant = NULL;
	const struct record *v = settle_variant(in, r, base, &variant);

	json_expect(in, '{');
	for (size_t i = 0; json_more(in, '}', i); i++) {
		struct span key = json_key(in);
		const struct field *f = in->err ? NULL : find(r, key, &hint);
		if (f && variant && f == variant - 1) {
			json_skip(in); /* settled; a second one must not choose another variant for the same bytes */
		} else if (f) {
			read_field(in, f, base);
		} else if (v && (f = find(v, key, &variant_hint))) {
			read_field(in, f, base + variant->offset);
		} else {
			json_skip(in);
		}
	}
}

/* Which of the tables the line's `type` names; -1 with in->err set where it names none. */
static int type_of(struct json_in *in, const struct record *records, int n, const char *what)
{
	struct json_in at;

	if (json_peek(in) != '{') {
		json_fail(in, -EINVAL, "no JSON object: %s are one object a line", what);
		return -1;
	}
	if (!look_ahead(in, SPAN("type"), &at)) {
		if (in->why[0] == 0)
			json_fail(in, -EINVAL, "no \"type\": this is no record");
		in->err = -EINVAL;
		return -1;
	}
	struct span name = json_string(&at);
	in->err = at.err;
	for (int i = 0; i < n && !in->err; i++)
		if (span_eq(span_of(records[i].name), name))
			return i;
	json_fail(in, -EINVAL, "type \"%.*s\" is not one of %s", (int)(name.n < NAME_SHOWN ? name.n : NAME_SHOWN),
	          (const char *)name.p, what);
	return -1;
}

static struct json_in begin(struct span line, struct arena *a, char *why, size_t why_n, size_t max)
{
	struct json_in in = { line.p, line.p, line.p, a, why, why_n, 0 };

	if (line.n)
		in.end += line.n;
	why[0] = 0;
	if (line.n > max)
		json_fail(&in, -EINVAL, "the line is longer than %zu KiB", max / 1024);
	return in;
}

int json_read_obs(struct span line, struct arena *a, struct obs *ret_o, char *why, size_t why_n)
{
	struct json_in in = begin(line, a, why, why_n, JSON_OBS_MAX);
	int type = in.err ? -1 : type_of(&in, obs_records, OBS_TYPES, "observations");

	if (type < 0)
		return in.err;
	struct obs o;
	memset(&o, 0, sizeof(o));
	o.type = (enum obs_type)type;
	read_fields(&in, &obs_records[type], (char *)&o + offsetof(struct obs, start));
	json_end(&in);
	if (!in.err)
		*ret_o = o;
	return in.err;
}

int json_read_result(struct span line, struct arena *a, struct result *ret_r, char *why, size_t why_n)
{
	struct json_in in = begin(line, a, why, why_n, JSON_RESULT_MAX);
	int type = in.err ? -1 : type_of(&in, result_records, RESULT_TYPES, "results");

	if (type < 0)
		return in.err;
	struct result r;
	memset(&r, 0, sizeof(r));
	r.type = (enum result_type)type;
	read_fields(&in, &result_records[type], (char *)&r + offsetof(struct result, run));
	json_end(&in);
	if (!in.err)
		*ret_r = r;
	return in.err;
}
