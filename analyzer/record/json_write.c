/*
 * Records as JSON Lines: a loop over the tables of model.c. RFC 8259; times as RFC 3339, UTC, nanoseconds; addresses as
 * RFC 5952. Nesting is that of the tables.
 */
#include "record/json.h"

#include <string.h>

#include "base/time.h"
#include "record/model.h"
#include "record/utf8.h"

enum { DATE = 10, TIME_TEXT = 32 };

struct line {
	struct wr *w;
	bool fresh;       /* directly behind a brace: the key's comma is left out */
	int64_t day;      /* the one whose date is in `date` */
	char date[DATE];
};

static bool write_fields(struct line *l, const struct record *r, const void *base);

static void two(char *to, uint32_t v)
{
	to[0] = (char)('0' + v / 10);
	to[1] = (char)('0' + v % 10);
}

/* The calendar is asked once a day: most times of a line are of the same one. */
static void set_day(struct line *l, int64_t day, int64_t ns)
{
	struct civil c = time_civil(ns);

	two(l->date, (uint32_t)c.year / 100);
	two(l->date + 2, (uint32_t)c.year % 100);
	l->date[4] = '-';
	two(l->date + 5, c.month);
	l->date[7] = '-';
	two(l->date + 8, c.day);
	l->day = day;
}

static void write_time(struct line *l, int64_t ns)
{
	char s[TIME_TEXT] = "\"0000-00-00T00:00:00.000000000Z\"";
	int64_t day = ns / (86400 * NS_PER_S), rest = ns % (86400 * NS_PER_S);

	if (rest < 0) {
		day--;
		rest += 86400 * NS_PER_S;
	}
	if (day != l->day)
		set_day(l, day, ns);
	memcpy(s + 1, l->date, DATE);
	uint32_t tod = (uint32_t)(rest / NS_PER_S), nano = (uint32_t)(rest % NS_PER_S);
	two(s + 12, tod / 3600);
	two(s + 15, tod / 60 % 60);
	two(s + 18, tod % 60);
	for (size_t at = 29; nano; at--, nano /= 10)
		s[at] = (char)('0' + nano % 10);
	wr_bytes(l->w, s, sizeof(s));
}

/* v below 256. */
static size_t octet(char *to, uint32_t v)
{
	size_t n = v >= 100 ? 3 : v >= 10 ? 2 : 1;

	for (size_t i = n; i--; v /= 10)
		to[i] = (char)('0' + v % 10);
	return n;
}

static void write_address(struct line *l, const struct addr *a)
{
	char s[ADDR_TEXT + 2] = "\"";
	size_t n = 1;

	if (addr_is_v4(a)) {
		uint32_t v = addr_as_v4(a);
		for (unsigned shift = 32; shift; shift -= 8) {
			n += octet(s + n, v >> (shift - 8) & 255);
			s[n++] = '.';
		}
		n--;
	} else {
		n += addr_format(a, s + 1);
	}
	s[n++] = '"';
	wr_bytes(l->w, s, n);
}

static void write_mac(struct line *l, const struct mac *m)
{
	static const char hex[] = "0123456789abcdef";
	char s[] = "\"00:00:00:00:00:00\"";

	for (size_t i = 0; i < sizeof(m->b); i++) {
		s[1 + 3 * i] = hex[m->b[i] >> 4];
		s[2 + 3 * i] = hex[m->b[i] & 15];
	}
	wr_bytes(l->w, s, sizeof(s) - 1);
}

static void write_ms(struct line *l, uint64_t us)
{
	wr_u64(l->w, us / 1000);
	if (us % 1000) {
		wr_char(l->w, '.');
		wr_u64_pad(l->w, us % 1000, 3);
	}
}

static void write_enum(struct line *l, const struct field *f, uint64_t v)
{
	const char *s = v <= UINT32_MAX ? names_text(f->names, (uint32_t)v) : NULL;

	if (!s) {
		wr_u64(l->w, v);
		return;
	}
	wr_char(l->w, '"');
	wr_str(l->w, s);
	wr_char(l->w, '"');
}

/* Text of our own is UTF-8; where a name from outside got into it nevertheless, the line stays valid JSON. */
static void write_text(struct line *l, struct span s)
{
	if (utf8_is_valid(s))
		wr_json_text(l->w, s);
	else
		wr_json_string(l->w, s);
}

static void write_fact(struct line *l, const struct result_fact *f)
{
	wr_json_text(l->w, (struct span){ (const uint8_t *)f->name, strlen(f->name) });
	wr_char(l->w, ':');
	if (f->is_text)
		wr_json_string(l->w, f->text);
	else
		wr_i64(l->w, f->number);
}

static void write_count(struct line *l, const struct obs_count *c)
{
	wr_json_string(l->w, c->name);
	wr_char(l->w, ':');
	wr_u64(l->w, c->count);
}

static void write_map(struct line *l, const struct record *r, const void *base)
{
	wr_char(l->w, '{');
	l->fresh = true;
	(void)write_fields(l, r, base);
	l->fresh = false;
	wr_char(l->w, '}');
}

static void write_value(struct line *l, const struct field *f, const void *p)
{
	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
		wr_u64(l->w, model_load(p, f->size));
		break;
	case KIND_INT:
		wr_i64(l->w, *(const int64_t *)p);
		break;
	case KIND_BOOL:
		wr_str(l->w, *(const bool *)p ? "true" : "false");
		break;
	case KIND_TIME:
		write_time(l, *(const int64_t *)p);
		break;
	case KIND_MS:
		write_ms(l, *(const uint32_t *)p);
		break;
	case KIND_ENUM:
		write_enum(l, f, model_load(p, f->size));
		break;
	case KIND_ADDR:
		write_address(l, p);
		break;
	case KIND_MAC:
		write_mac(l, p);
		break;
	case KIND_BYTES:
		wr_json_string(l->w, *(const struct span *)p);
		break;
	case KIND_TEXT:
		write_text(l, *(const struct span *)p);
		break;
	case KIND_RECORD:
		write_map(l, f->sub, p);
		break;
	case KIND_COUNT:
		write_count(l, p);
		break;
	case KIND_FACT:
		write_fact(l, p);
		break;
	case KIND_EVENT_FRAME:
		wr_u64(l->w, ((const struct obs_event *)p)->frame);
		break;
	case KIND_EVENT_CAPTURE:
		wr_u64(l->w, ((const struct obs_event *)p)->capture);
		break;
	case KIND_VARIANT: /* write_fields() has taken it */
		break;
	}
}

static void write_key(struct line *l, const struct field *f)
{
	wr_bytes(l->w, f->key + l->fresh, (size_t)f->key_n - l->fresh);
	l->fresh = false;
}

/* A map with nothing in it but zeros is taken back. */
static bool write_one_record(struct line *l, const struct field *f, const void *base)
{
	size_t mark = l->w->n;
	bool fresh = l->fresh;

	write_key(l, f);
	wr_char(l->w, '{');
	l->fresh = true;
	bool said = write_fields(l, f->sub, model_at(base, f->offset));
	l->fresh = false;
	wr_char(l->w, '}');
	if (!said) {
		l->w->n = mark;
		l->fresh = fresh;
	}
	return said;
}

static bool write_one(struct line *l, const struct field *f, const void *base)
{
	const void *p = model_at(base, f->offset);

	if (f->kind == KIND_RECORD)
		return write_one_record(l, f, base);
	bool zero = model_is_zero(f, p);
	if (zero && !f->always)
		return false;
	write_key(l, f);
	write_value(l, f, p);
	return !zero;
}

static bool write_many(struct line *l, const struct field *f, const void *base)
{
	size_t n = model_count(f, base);
	const char *p = model_elements(f, base);
	bool map = f->kind == KIND_COUNT || f->kind == KIND_FACT;

	if (n == 0)
		return false;
	write_key(l, f);
	if (f->form == FORM_OPTION) {
		write_value(l, f, p);
		return true;
	}
	wr_char(l->w, map ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			wr_char(l->w, ',');
		write_value(l, f, p + i * f->size);
	}
	wr_char(l->w, map ? '}' : ']');
	return true;
}

/* True where anything was written that is not zero. */
static bool write_fields(struct line *l, const struct record *r, const void *base)
{
	bool said = false;

	for (size_t i = 0; i < r->fields_n; i++) {
		const struct field *f = &r->fields[i];
		if (f->kind == KIND_VARIANT) {
			const struct record *v = model_variant(f, base);
			if (v)
				said |= write_fields(l, v, model_at(base, f->offset));
		} else if (f->form == FORM_ONE) {
			said |= write_one(l, f, base);
		} else {
			said |= write_many(l, f, base);
		}
	}
	return said;
}

static void write_line(struct wr *w, const struct record *r, const void *base)
{
	struct line l = { .w = w, .day = INT64_MIN };

	wr_str(w, "{\"type\":\"");
	wr_str(w, r->name);
	wr_char(w, '"');
	(void)write_fields(&l, r, base);
	wr_bytes(w, "}\n", 2);
}

void json_write_obs(struct wr *w, const struct obs *o)
{
	write_line(w, &obs_records[o->type], model_at(o, offsetof(struct obs, start)));
}

void json_write_result(struct wr *w, const struct result *r)
{
	write_line(w, &result_records[r->type], model_at(r, offsetof(struct result, run)));
}
