/*
 * Records as JSON Lines: a loop over the tables of model.c. RFC 8259; times as RFC 3339, UTC, nanoseconds; addresses as
 * RFC 5952. Nesting is that of the tables.
 *
 * A flow's line has some 80 small values. They are put together in a buffer of the line, which goes to the writer when
 * it is full: asking the growing writer for room 300 times took longer than all the rest.
 */
#include "record/json.h"

#include <string.h>

#include "base/time.h"
#include "record/model.h"
#include "record/utf8.h"

enum { DATE = 10, TIME_TEXT = 32, STAGE = 1024, PIECE_MAX = 64 };

struct line {
	struct wr *w;
	size_t n;    /* bytes in `stage` */
	bool fresh;  /* directly behind a brace: the key's comma is left out */
	int64_t day; /* the one whose date is in `date` */
	char date[DATE];
	char stage[STAGE];
};

static bool write_fields(struct line *l, const struct record *r, const void *base);

static void flush(struct line *l)
{
	wr_bytes(l->w, l->stage, l->n);
	l->n = 0;
}

/* Room for PIECE_MAX bytes; the caller adds to l->n what it used. */
static char *piece(struct line *l)
{
	if (l->n > STAGE - PIECE_MAX)
		flush(l);
	return l->stage + l->n;
}

static void put(struct line *l, const char *s, size_t n)
{
	if (n > PIECE_MAX) {
		flush(l);
		wr_bytes(l->w, s, n);
		return;
	}
	memcpy(piece(l), s, n);
	l->n += n;
}

static void put_char(struct line *l, char c)
{
	*piece(l) = c;
	l->n++;
}

static void put_str(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static void put_u64(struct line *l, uint64_t v)
{
	char *to = piece(l);
	size_t n = 1;

	for (uint64_t rest = v; rest >= 10; rest /= 10)
		n++;
	for (size_t i = n; i--; v /= 10)
		to[i] = (char)('0' + v % 10);
	l->n += n;
}

static void put_i64(struct line *l, int64_t v)
{
	if (v < 0)
		put_char(l, '-');
	put_u64(l, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* Where the line is, and back to there. */
static size_t position(const struct line *l)
{
	return l->w->n + l->n;
}

static void go_back(struct line *l, size_t to)
{
	if (to < l->w->n)
		l->w->n = to;
	l->n = to - l->w->n;
}

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
	put(l, s, sizeof(s));
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
	put(l, s, n);
}

static void write_mac(struct line *l, const struct mac *m)
{
	static const char hex[] = "0123456789abcdef";
	char s[] = "\"00:00:00:00:00:00\"";

	for (size_t i = 0; i < sizeof(m->b); i++) {
		s[1 + 3 * i] = hex[m->b[i] >> 4];
		s[2 + 3 * i] = hex[m->b[i] & 15];
	}
	put(l, s, sizeof(s) - 1);
}

static void write_ms(struct line *l, uint64_t us)
{
	put_u64(l, us / 1000);
	if (us % 1000) {
		put_char(l, '.');
		put_char(l, (char)('0' + us / 100 % 10));
		put_char(l, (char)('0' + us / 10 % 10));
		put_char(l, (char)('0' + us % 10));
	}
}

static void write_enum(struct line *l, const struct field *f, uint64_t v)
{
	const char *s = v <= UINT32_MAX ? names_text(f->names, (uint32_t)v) : NULL;

	if (!s) {
		put_u64(l, v);
		return;
	}
	put_char(l, '"');
	put_str(l, s);
	put_char(l, '"');
}

/* Text of our own is UTF-8; where a name from outside got into it nevertheless, the line stays valid JSON. */
static void write_text(struct line *l, struct span s)
{
	flush(l);
	if (utf8_is_valid(s))
		wr_json_text(l->w, s);
	else
		wr_json_string(l->w, s);
}

static void write_bytes(struct line *l, struct span s)
{
	flush(l);
	wr_json_string(l->w, s);
}

static void write_fact(struct line *l, const struct result_fact *f)
{
	write_text(l, (struct span){ (const uint8_t *)f->name, strlen(f->name) });
	put_char(l, ':');
	if (f->is_text)
		write_bytes(l, f->text);
	else
		put_i64(l, f->number);
}

static void write_count(struct line *l, const struct obs_count *c)
{
	write_bytes(l, c->name);
	put_char(l, ':');
	put_u64(l, c->count);
}

static void write_map(struct line *l, const struct record *r, const void *base)
{
	put_char(l, '{');
	l->fresh = true;
	(void)write_fields(l, r, base);
	l->fresh = false;
	put_char(l, '}');
}

static void write_value(struct line *l, const struct field *f, const void *p)
{
	switch ((enum field_kind)f->kind) {
	case KIND_UINT:
		put_u64(l, model_load(p, f->size));
		break;
	case KIND_INT:
		put_i64(l, *(const int64_t *)p);
		break;
	case KIND_BOOL:
		put_str(l, *(const bool *)p ? "true" : "false");
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
		write_bytes(l, *(const struct span *)p);
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
		put_u64(l, ((const struct obs_event *)p)->frame);
		break;
	case KIND_EVENT_CAPTURE:
		put_u64(l, ((const struct obs_event *)p)->capture);
		break;
	case KIND_VARIANT: /* write_fields() has taken it */
		break;
	}
}

static void write_key(struct line *l, const struct field *f)
{
	put(l, f->key + l->fresh, (size_t)f->key_n - l->fresh);
	l->fresh = false;
}

/* A map with nothing in it but zeros is taken back. */
static bool write_one_record(struct line *l, const struct field *f, const void *base)
{
	size_t mark = position(l);
	bool fresh = l->fresh;

	write_key(l, f);
	put_char(l, '{');
	l->fresh = true;
	bool said = write_fields(l, f->sub, model_at(base, f->offset));
	l->fresh = false;
	put_char(l, '}');
	if (!said) {
		go_back(l, mark);
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
	put_char(l, map ? '{' : '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			put_char(l, ',');
		write_value(l, f, p + i * f->size);
	}
	put_char(l, map ? '}' : ']');
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
	struct line l;

	l.w = w;
	l.n = 0;
	l.fresh = false;
	l.day = INT64_MIN;
	put_str(&l, "{\"type\":\"");
	put_str(&l, r->name);
	put_char(&l, '"');
	(void)write_fields(&l, r, base);
	put(&l, "}\n", 2);
	flush(&l);
}

void json_write_obs(struct wr *w, const struct obs *o)
{
	write_line(w, &obs_records[o->type], model_at(o, offsetof(struct obs, start)));
}

void json_write_result(struct wr *w, const struct result *r)
{
	write_line(w, &result_records[r->type], model_at(r, offsetof(struct result, run)));
}
