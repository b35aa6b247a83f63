/*
 * Records from JSON Lines: how to take a value of each kind.
 *
 * The parser is our own (json_lex.c) and not jansson's: a line is read straight into its struct, without a tree of one
 * allocation a value; its memory is one bounded arena; integers have all 64 bits.
 */
#include "record/json.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "record/decode.h"
#include "record/json_lex.h"

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

static uint64_t read_uint(struct decode_in *in, const struct field *f)
{
	uint64_t v = 0;
	struct span s = json_number(in);

	if (in->err)
		return 0;
	if (!parse_digits(s, &v))
		decode_fail_field(in, f, "not a whole number of at most 64 bits");
	return v;
}

static int64_t read_int(struct decode_in *in, const struct field *f)
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
		decode_fail_field(in, f, "not a whole number of 64 bits");
		return 0;
	}
	return negative ? (int64_t)(0 - v) : (int64_t)v;
}

/* 12 or 12.345 milliseconds. */
static uint32_t read_ms(struct decode_in *in, const struct field *f)
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
		decode_fail_field(in, f, "not a time in milliseconds with at most three decimals");
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

static int64_t read_time(struct decode_in *in, const struct field *f)
{
	int64_t ns = 0;
	struct span s = json_word(in);

	if (!in->err && !parse_time(s, &ns) && !time_parse(s, &ns))
		decode_fail_field(in, f, "not a time (RFC 3339)");
	return ns;
}

static void read_addr(struct decode_in *in, const struct field *f, struct addr *to)
{
	struct span s = json_word(in);
	if (!in->err && !addr_parse(s, to))
		decode_fail_field(in, f, "not an address");
}

static void read_mac(struct decode_in *in, const struct field *f, struct mac *to)
{
	struct span s = json_word(in);
	if (!in->err && !mac_parse(s, to))
		decode_fail_field(in, f, "not a MAC address");
}

static struct decode_list open_brackets(struct decode_in *in, bool map)
{
	json_expect(in, map ? '{' : '[');
	return (struct decode_list){ .map = map };
}

static bool more(struct decode_in *in, struct decode_list *l)
{
	return json_more(in, l->map ? '}' : ']', l->i++);
}

static struct span read_name(struct decode_in *in, bool hostile)
{
	struct span s = hostile ? json_bytes(in) : json_string(in);

	json_expect(in, ':');
	return s;
}

static bool is_text(struct decode_in *in)
{
	return json_peek(in) == '"';
}

static const struct decode_ops json_ops = {
	.open = open_brackets,
	.more = more,
	.key = json_key,
	.name = read_name,
	.is_text = is_text,
	.null = json_null,
	.skip = json_skip,
	.uint = read_uint,
	.sint = read_int,
	.boolean = json_bool,
	.instant = read_time,
	.ms = read_ms,
	.word = json_word,
	.addr = read_addr,
	.mac = read_mac,
	.text = json_string,
	.bytes = json_bytes,
};

/* The type of the line's record, or -1. */
static int begin(struct decode_in *in, size_t max, const struct record *records, int n, const char *what)
{
	in->ops = &json_ops;
	in->at = 1; /* editors count so */
	in->why[0] = 0;
	if ((size_t)(in->end - in->begin) > max)
		decode_fail(in, -EINVAL, "the line is longer than %zu KiB", max / 1024);
	else if (json_peek(in) != '{')
		decode_fail(in, -EINVAL, "no JSON object: %s are one object a line", what);
	return in->err ? -1 : decode_type(in, records, n, what);
}

static const uint8_t *end_of(struct span s)
{
	return s.n ? s.p + s.n : s.p;
}

int json_read_obs(struct span line, struct arena *a, struct obs *ret_o, char *why, size_t why_n)
{
	struct decode_in in = { .begin = line.p, .p = line.p, .end = end_of(line), .arena = a, .why = why,
				.why_n = why_n };
	int type = begin(&in, JSON_OBS_MAX, obs_records, OBS_TYPES, "observations");

	if (type < 0)
		return in.err;
	struct obs o;
	memset(&o, 0, sizeof(o));
	o.type = (enum obs_type)type;
	decode_record(&in, &obs_records[type], (char *)&o + offsetof(struct obs, start));
	json_end(&in);
	if (!in.err)
		*ret_o = o;
	return in.err;
}

int json_read_result(struct span line, struct arena *a, struct result *ret_r, char *why, size_t why_n)
{
	struct decode_in in = { .begin = line.p, .p = line.p, .end = end_of(line), .arena = a, .why = why,
				.why_n = why_n };
	int type = begin(&in, JSON_RESULT_MAX, result_records, RESULT_TYPES, "results");

	if (type < 0)
		return in.err;
	struct result r;
	memset(&r, 0, sizeof(r));
	r.type = (enum result_type)type;
	decode_record(&in, &result_records[type], (char *)&r + offsetof(struct result, run));
	json_end(&in);
	if (!in.err)
		*ret_r = r;
	return in.err;
}
