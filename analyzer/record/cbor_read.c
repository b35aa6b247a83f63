/*
 * Records from a CBOR sequence (RFC 8742): how to take a value of each kind. Any well-formed CBOR that says what
 * record.cddl describes is taken, lists and maps of indefinite length too; a string in pieces only where it is skipped.
 */
#include "record/cbor_seq.h"

#include <errno.h>
#include <string.h>

#include "record/cbor_item.h"
#include "record/decode.h"
#include "record/utf8.h"

enum { US_PER_MS = 1000, SKIP_DEPTH = 8 };
enum { MAJOR_TEXT = 3, MAJOR_MAP = 5, MAJOR_TAG = 6, BREAK = 0xff, NULL_ITEM = 0xf6, UNDEFINED = 0xf7 };

static struct span rest(const struct decode_in *in)
{
	return (struct span){ in->p, (size_t)(in->end - in->p) };
}

/* The first byte of the next item, or -1. RFC 8949, section 3: its upper three bits are the major type. */
static int peek(const struct decode_in *in)
{
	return !in->err && in->p < in->end ? *in->p : -1;
}

static bool peek_major(const struct decode_in *in, int major)
{
	int c = peek(in);
	return c >= 0 && c >> 5 == major;
}

static void fail_step(struct decode_in *in, enum cbor_step step)
{
	if (step == CBOR_ITEM_SHORT) {
		in->p = in->end;
		decode_fail(in, -EAGAIN, "the input ends inside a record");
	} else {
		decode_fail(in, -EINVAL, "no CBOR");
	}
}

/* The next item; its kind is CBOR_NONE after a failure. */
static struct cbor_item next(struct decode_in *in)
{
	struct cbor_item item = { .kind = CBOR_NONE };
	size_t n = 0;

	if (in->err)
		return item;
	enum cbor_step step = cbor_item_read(rest(in), &item, &n);
	if (step != CBOR_ITEM_OK) {
		fail_step(in, step);
		return (struct cbor_item){ .kind = CBOR_NONE };
	}
	in->p += n;
	return item;
}

/* The next item, which is to be of that kind; else the cursor stays before it, for the message. */
static struct cbor_item expect(struct decode_in *in, enum cbor_kind kind, const char *what)
{
	const uint8_t *from = in->p;
	struct cbor_item item = next(in);

	if (in->err || item.kind == kind)
		return item;
	in->p = from;
	decode_fail(in, -EINVAL, "%s expected", what);
	return (struct cbor_item){ .kind = CBOR_NONE };
}

static struct decode_list open_items(struct decode_in *in, bool map)
{
	struct cbor_item item = expect(in, map ? CBOR_MAP : CBOR_ARRAY, map ? "a map" : "an array");
	return (struct decode_list){ .n = item.number, .endless = item.endless, .map = map };
}

static bool more(struct decode_in *in, struct decode_list *l)
{
	if (in->err)
		return false;
	if (!l->endless)
		return l->i++ < l->n;
	if (peek(in) != BREAK)
		return true; /* the end of the input is noticed by whoever reads on */
	in->p++;
	return false;
}

static struct span read_word(struct decode_in *in)
{
	return expect(in, CBOR_TEXT, "a text").bytes;
}

static struct span keep(struct decode_in *in, struct span s)
{
	if (in->err || s.n == 0)
		return (struct span){ NULL, 0 };
	struct span kept = arena_copy(in->arena, s);
	if (!kept.p)
		decode_fail(in, -ENOMEM, "out of memory");
	return kept;
}

static struct span read_text(struct decode_in *in)
{
	const uint8_t *from = in->p;
	struct span s = read_word(in);

	if (!in->err && !utf8_is_valid(s)) {
		in->p = from;
		decode_fail(in, -EINVAL, "a text that is not UTF-8");
	}
	return keep(in, s);
}

static struct span read_bytes(struct decode_in *in)
{
	struct span s = read_word(in), plain = decode_escapes(in, s);

	return plain.p == s.p ? keep(in, s) : plain;
}

static struct span read_name(struct decode_in *in, bool hostile)
{
	return hostile ? read_bytes(in) : read_text(in);
}

static bool is_text(struct decode_in *in)
{
	return peek_major(in, MAJOR_TEXT);
}

static bool read_null(struct decode_in *in)
{
	int c = peek(in);

	if (c != NULL_ITEM && c != UNDEFINED)
		return false;
	in->p++;
	return true;
}

/* The value at `from` is not what the field takes. */
static void fail_at(struct decode_in *in, const uint8_t *from, const struct field *f, const char *what)
{
	if (!in->err)
		in->p = from;
	decode_fail_field(in, f, what);
}

static uint64_t read_uint(struct decode_in *in, const struct field *f)
{
	const uint8_t *from = in->p;
	struct cbor_item item = next(in);

	if (item.kind == CBOR_UINT)
		return item.number;
	fail_at(in, from, f, "not a whole number of at most 64 bits");
	return 0;
}

static int64_t read_signed(struct decode_in *in, const struct field *f, const char *what)
{
	const uint8_t *from = in->p;
	struct cbor_item item = next(in);

	if (item.number <= INT64_MAX && item.kind == CBOR_UINT)
		return (int64_t)item.number;
	if (item.number <= INT64_MAX && item.kind == CBOR_NEGATIVE)
		return -1 - (int64_t)item.number;
	fail_at(in, from, f, what);
	return 0;
}

static int64_t read_sint(struct decode_in *in, const struct field *f)
{
	return read_signed(in, f, "not a whole number of 64 bits");
}

static int64_t read_time(struct decode_in *in, const struct field *f)
{
	return read_signed(in, f, "not a time in nanoseconds since 1970");
}

static bool read_bool(struct decode_in *in)
{
	return expect(in, CBOR_BOOL, "true or false").number != 0;
}

static uint32_t read_ms(struct decode_in *in, const struct field *f)
{
	const uint8_t *from = in->p;
	struct cbor_item item = next(in);
	double us = -1;

	if (item.kind == CBOR_UINT && item.number <= UINT32_MAX)
		us = (double)item.number * US_PER_MS;
	else if (item.kind == CBOR_FLOAT)
		us = item.real * US_PER_MS + 0.5;
	if (us >= 0 && us < (double)UINT32_MAX + 1)
		return (uint32_t)us;
	fail_at(in, from, f, "not a time in milliseconds");
	return 0;
}

/* A tagged byte string of that length; NULL where it is something else. */
static const uint8_t *tagged(struct decode_in *in, const struct cbor_item *tag, uint64_t number, size_t n)
{
	if (tag->kind != CBOR_TAG || tag->number != number)
		return NULL;
	struct cbor_item item = next(in);
	return item.kind == CBOR_BYTES && item.bytes.n == n ? item.bytes.p : NULL;
}

static void read_addr(struct decode_in *in, const struct field *f, struct addr *to)
{
	const uint8_t *from = in->p;
	struct cbor_item tag = next(in);
	bool v4 = tag.number == CBOR_TAG_IPV4;
	size_t n = v4 ? 4 : sizeof(to->b);
	const uint8_t *p = tagged(in, &tag, v4 ? CBOR_TAG_IPV4 : CBOR_TAG_IPV6, n);

	if (!p) {
		fail_at(in, from, f, "not an address (tag 52 or 54)");
		return;
	}
	struct rd r = rd_of(p, n, n);
	*to = v4 ? addr_read_v4(&r) : addr_read_v6(&r);
}

static void read_mac(struct decode_in *in, const struct field *f, struct mac *to)
{
	const uint8_t *from = in->p;
	struct cbor_item tag = next(in);
	const uint8_t *p = tagged(in, &tag, CBOR_TAG_MAC, sizeof(to->b));

	if (p)
		memcpy(to->b, p, sizeof(to->b));
	else
		fail_at(in, from, f, "not a MAC address (tag 48)");
}

/* One more item of the innermost open list. */
static int count(struct cbor_extent *e, const struct cbor_item *item)
{
	bool ends = item->kind == CBOR_BREAK, string = item->kind == CBOR_TEXT || item->kind == CBOR_BYTES;

	if (e->depth == 0)
		return ends ? -EINVAL : 0;
	if (ends && (!e->open[e->depth - 1].endless || e->open[e->depth - 1].odd))
		return -EINVAL;
	if (!ends && e->open[e->depth - 1].kind == CBOR_PIECES && !string)
		return -EINVAL;
	if (ends)
		e->depth--;
	else if (!e->open[e->depth - 1].endless)
		e->open[e->depth - 1].left--;
	else if (e->open[e->depth - 1].kind == CBOR_MAP)
		e->open[e->depth - 1].odd = !e->open[e->depth - 1].odd;
	return 0;
}

static int step_in(struct cbor_extent *e, const struct cbor_item *item, size_t depth_max)
{
	uint64_t n = item->number;

	switch (item->kind) {
	case CBOR_TAG:
		n = 1;
		break;
	case CBOR_MAP:
		if (n > UINT64_MAX / 2)
			return -EINVAL;
		n *= 2;
		break;
	case CBOR_ARRAY:
	case CBOR_PIECES:
		break;
	default:
		return 0;
	}
	if (e->depth == depth_max)
		return -E2BIG;
	e->open[e->depth].kind = (uint8_t)item->kind;
	e->open[e->depth].endless = item->endless;
	e->open[e->depth].odd = false;
	e->open[e->depth++].left = n;
	return 0;
}

static int extent(struct cbor_extent *e, struct span in, size_t depth_max, size_t *ret_n)
{
	do {
		struct cbor_item item = { .kind = CBOR_NONE };
		size_t n = 0;
		struct span from = { in.n ? in.p + e->at : NULL, in.n - e->at };
		enum cbor_step step = cbor_item_read(from, &item, &n);
		if (step != CBOR_ITEM_OK)
			return step == CBOR_ITEM_SHORT ? 0 : -EINVAL;
		int err = count(e, &item);
		if (!err)
			err = step_in(e, &item, depth_max);
		if (err)
			return err;
		e->at += n;
		while (e->depth && !e->open[e->depth - 1].endless && e->open[e->depth - 1].left == 0)
			e->depth--;
	} while (e->depth);
	*ret_n = e->at;
	return 1;
}

int cbor_extent(struct cbor_extent *e, struct span in, size_t *ret_n)
{
	return extent(e, in, CBOR_DEPTH, ret_n);
}

static void skip(struct decode_in *in)
{
	struct cbor_extent e;
	size_t n = 0;

	if (in->err)
		return;
	e.at = e.depth = 0;
	int rc = extent(&e, rest(in), SKIP_DEPTH, &n);
	if (rc == 1)
		in->p += n;
	else if (rc == -E2BIG)
		decode_fail(in, -EINVAL, "arrays, maps and tags nested deeper than %d", SKIP_DEPTH);
	else
		fail_step(in, rc == 0 ? CBOR_ITEM_SHORT : CBOR_ITEM_BAD);
}

static const struct decode_ops cbor_ops = {
	.open = open_items,
	.more = more,
	.key = read_word,
	.name = read_name,
	.is_text = is_text,
	.null = read_null,
	.skip = skip,
	.uint = read_uint,
	.sint = read_sint,
	.boolean = read_bool,
	.instant = read_time,
	.ms = read_ms,
	.word = read_word,
	.addr = read_addr,
	.mac = read_mac,
	.text = read_text,
	.bytes = read_bytes,
};

/* The type of the record, or -1. Of the input no more is looked at than a record may be long. */
static int begin(struct decode_in *in, const struct record *records, int n, const char *what)
{
	in->ops = &cbor_ops;
	in->why[0] = 0;
	if (peek_major(in, MAJOR_TAG)) {
		struct cbor_item tag = next(in);
		if (tag.number != CBOR_TAG_SELF && !in->err)
			in->p = in->begin;
	}
	if (!in->err && in->p == in->end)
		fail_step(in, CBOR_ITEM_SHORT);
	else if (!peek_major(in, MAJOR_MAP))
		decode_fail(in, -EINVAL, "no CBOR map: %s are one map each", what);
	return in->err ? -1 : decode_type(in, records, n, what);
}

/* What begin() and decode_record() came to, where the input is longer than a record may be. */
static int outcome(struct decode_in *in, struct span all, size_t max)
{
	if (in->err == -EAGAIN && all.n > max) {
		in->err = 0;
		in->p = in->begin;
		decode_fail(in, -EINVAL, "the record is longer than %zu KiB", max / 1024);
	}
	return in->err;
}

static const uint8_t *end_of(struct span s, size_t max)
{
	return s.n ? s.p + (s.n < max ? s.n : max) : s.p;
}

int cbor_read_obs(struct span in, uint64_t at, struct arena *a, struct obs *ret_o, size_t *ret_n, char *why,
		  size_t why_n)
{
	struct decode_in d = { .begin = in.p, .p = in.p, .end = end_of(in, CBOR_OBS_MAX), .at = at, .arena = a,
			       .why = why, .why_n = why_n };
	int type = begin(&d, obs_records, OBS_TYPES, "observations");

	if (type < 0)
		return outcome(&d, in, CBOR_OBS_MAX);
	struct obs o;
	memset(&o, 0, sizeof(o));
	o.type = (enum obs_type)type;
	decode_record(&d, &obs_records[type], (char *)&o + offsetof(struct obs, start));
	if (d.err)
		return outcome(&d, in, CBOR_OBS_MAX);
	*ret_o = o;
	*ret_n = (size_t)(d.p - d.begin);
	return 0;
}

int cbor_read_result(struct span in, uint64_t at, struct arena *a, struct result *ret_r, size_t *ret_n, char *why,
		     size_t why_n)
{
	struct decode_in d = { .begin = in.p, .p = in.p, .end = end_of(in, CBOR_RESULT_MAX), .at = at, .arena = a,
			       .why = why, .why_n = why_n };
	int type = begin(&d, result_records, RESULT_TYPES, "results");

	if (type < 0)
		return outcome(&d, in, CBOR_RESULT_MAX);
	struct result r;
	memset(&r, 0, sizeof(r));
	r.type = (enum result_type)type;
	decode_record(&d, &result_records[type], (char *)&r + offsetof(struct result, run));
	if (d.err)
		return outcome(&d, in, CBOR_RESULT_MAX);
	*ret_r = r;
	*ret_n = (size_t)(d.p - d.begin);
	return 0;
}
