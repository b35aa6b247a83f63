/*
 * Records as JSON Lines: how a value of each kind looks. RFC 8259; times as RFC 3339, UTC, nanoseconds; addresses as
 * RFC 5952.
 */
#include "record/json.h"

#include "base/time.h"
#include "record/encode_walk.h"

enum { TIME_TEXT = 32 };

static void put_u64(struct encode_out *o, uint64_t v)
{
	char *to = encode_piece(o);
	size_t n = 1;

	for (uint64_t rest = v; rest >= 10; rest /= 10)
		n++;
	for (size_t i = n; i--; v /= 10)
		to[i] = (char)('0' + v % 10);
	o->n += n;
}

static void put_i64(struct encode_out *o, int64_t v)
{
	if (v < 0)
		encode_char(o, '-');
	put_u64(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void two(char *to, uint32_t v)
{
	to[0] = (char)('0' + v / 10);
	to[1] = (char)('0' + v % 10);
}

/* The calendar is asked once a day: most times of a line are of the same one. */
static void set_day(struct encode_out *o, int64_t day, int64_t ns)
{
	struct civil c = time_civil(ns);

	two(o->date, (uint32_t)c.year / 100);
	two(o->date + 2, (uint32_t)c.year % 100);
	o->date[4] = '-';
	two(o->date + 5, c.month);
	o->date[7] = '-';
	two(o->date + 8, c.day);
	o->day = day;
}

static void write_time(struct encode_out *o, int64_t ns)
{
	char s[TIME_TEXT] = "\"0000-00-00T00:00:00.000000000Z\"";
	int64_t day = ns / (86400 * NS_PER_S), rest = ns % (86400 * NS_PER_S);

	if (rest < 0) {
		day--;
		rest += 86400 * NS_PER_S;
	}
	if (day != o->day)
		set_day(o, day, ns);
	memcpy(s + 1, o->date, ENCODE_DATE);
	uint32_t tod = (uint32_t)(rest / NS_PER_S), nano = (uint32_t)(rest % NS_PER_S);
	two(s + 12, tod / 3600);
	two(s + 15, tod / 60 % 60);
	two(s + 18, tod % 60);
	for (size_t at = 29; nano; at--, nano /= 10)
		s[at] = (char)('0' + nano % 10);
	encode_put(o, s, sizeof(s));
}

/* v below 256. */
static size_t octet(char *to, uint32_t v)
{
	size_t n = v >= 100 ? 3 : v >= 10 ? 2 : 1;

	for (size_t i = n; i--; v /= 10)
		to[i] = (char)('0' + v % 10);
	return n;
}

static void write_address(struct encode_out *o, const struct addr *a)
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
	encode_put(o, s, n);
}

static void write_mac(struct encode_out *o, const struct mac *m)
{
	static const char hex[] = "0123456789abcdef";
	char s[] = "\"00:00:00:00:00:00\"";

	for (size_t i = 0; i < sizeof(m->b); i++) {
		s[1 + 3 * i] = hex[m->b[i] >> 4];
		s[2 + 3 * i] = hex[m->b[i] & 15];
	}
	encode_put(o, s, sizeof(s) - 1);
}

static void write_ms(struct encode_out *o, uint32_t us)
{
	put_u64(o, us / 1000);
	if (us % 1000) {
		encode_char(o, '.');
		encode_char(o, (char)('0' + us / 100 % 10));
		encode_char(o, (char)('0' + us / 10 % 10));
		encode_char(o, (char)('0' + us % 10));
	}
}

static void write_word(struct encode_out *o, const char *s)
{
	encode_char(o, '"');
	encode_put(o, s, strlen(s));
	encode_char(o, '"');
}

static void write_bool(struct encode_out *o, bool v)
{
	encode_put(o, v ? "true" : "false", v ? 4 : 5);
}

static void write_text(struct encode_out *o, struct span s)
{
	encode_flush(o);
	wr_json_text(o->w, s);
}

static void write_bytes(struct encode_out *o, struct span s)
{
	encode_flush(o);
	wr_json_string(o->w, s);
}

static void write_key(struct encode_out *o, const struct field *f)
{
	encode_put(o, f->key + o->fresh, (size_t)f->key_n - o->fresh);
	o->fresh = false;
}

static void write_name(struct encode_out *o, struct span s, bool hostile)
{
	if (hostile)
		write_bytes(o, s);
	else
		write_text(o, s);
	encode_char(o, ':');
}

static void map_begin(struct encode_out *o)
{
	encode_char(o, '{');
	o->fresh = true;
}

static void map_end(struct encode_out *o, struct encode_mark begin)
{
	(void)begin;
	o->fresh = false;
	encode_char(o, '}');
}

static void list_begin(struct encode_out *o, size_t n, bool names)
{
	(void)n;
	encode_char(o, names ? '{' : '[');
}

static void list_next(struct encode_out *o)
{
	encode_char(o, ',');
}

static void list_end(struct encode_out *o, bool names)
{
	encode_char(o, names ? '}' : ']');
}

static const struct encode_ops encode_ops = {
	.key = write_key,
	.name = write_name,
	.map_begin = map_begin,
	.map_end = map_end,
	.list_begin = list_begin,
	.list_next = list_next,
	.list_end = list_end,
	.uint = put_u64,
	.sint = put_i64,
	.boolean = write_bool,
	.instant = write_time,
	.ms = write_ms,
	.word = write_word,
	.addr = write_address,
	.mac = write_mac,
	.text = write_text,
	.bytes = write_bytes,
};

static void write_line(struct wr *w, const struct record *r, const void *base)
{
	static const char type[] = "{\"type\":";
	struct encode_out o;

	encode_begin(&o, w);
	encode_put(&o, type, sizeof(type) - 1);
	write_word(&o, r->name);
	(void)encode_fields(&o, r, base);
	encode_put(&o, "}\n", 2);
	encode_flush(&o);
}

void json_write_obs(struct wr *w, const struct obs *o)
{
	write_line(w, &obs_records[o->type], model_at(o, offsetof(struct obs, start)));
}

void json_write_result(struct wr *w, const struct result *r)
{
	write_line(w, &result_records[r->type], model_at(r, offsetof(struct result, run)));
}
