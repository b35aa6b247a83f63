/*
 * Records as a CBOR sequence (RFC 8742): how a value of each kind looks; record.cddl describes it. Definite lengths and
 * shortest heads (RFC 8949, section 4.2.1); a map's pairs are counted while they are written, and its head is put right
 * behind them.
 */
#include "record/cbor_seq.h"

#include "record/cbor_item.h"
#include "record/encode_walk.h"

enum { US_PER_MS = 1000 };

static void put_head(struct encode_out *o, enum cbor_kind kind, uint64_t number)
{
	o->n += cbor_item_write(kind, number, encode_piece(o));
}

static void put_string(struct encode_out *o, enum cbor_kind kind, const void *p, size_t n)
{
	put_head(o, kind, n);
	if (n)
		encode_put(o, p, n);
}

static void write_uint(struct encode_out *o, uint64_t v)
{
	put_head(o, CBOR_UINT, v);
}

static void write_sint(struct encode_out *o, int64_t v)
{
	put_head(o, v < 0 ? CBOR_NEGATIVE : CBOR_UINT, v < 0 ? ~(uint64_t)v : (uint64_t)v);
}

static void write_bool(struct encode_out *o, bool v)
{
	put_head(o, CBOR_BOOL, v);
}

/* Whole milliseconds as such; the nearest double of others gives their microseconds back. */
static void write_ms(struct encode_out *o, uint32_t us)
{
	if (us % US_PER_MS == 0)
		put_head(o, CBOR_UINT, us / US_PER_MS);
	else
		o->n += cbor_item_write_float((double)us / US_PER_MS, encode_piece(o));
}

static void write_word(struct encode_out *o, const char *s)
{
	put_string(o, CBOR_TEXT, s, strlen(s));
}

static void write_addr(struct encode_out *o, const struct addr *a)
{
	bool v4 = addr_is_v4(a);
	size_t skipped = v4 ? sizeof(a->b) - 4 : 0; /* base/addr.h: IPv4 is the last four bytes */

	put_head(o, CBOR_TAG, v4 ? CBOR_TAG_IPV4 : CBOR_TAG_IPV6);
	put_string(o, CBOR_BYTES, a->b + skipped, sizeof(a->b) - skipped);
}

static void write_mac(struct encode_out *o, const struct mac *m)
{
	put_head(o, CBOR_TAG, CBOR_TAG_MAC);
	put_string(o, CBOR_BYTES, m->b, sizeof(m->b));
}

static void write_text(struct encode_out *o, struct span s)
{
	put_string(o, CBOR_TEXT, s.p, s.n);
}

static bool plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

/* wr_printable() writes four bytes for one that is not plain. */
static void write_bytes(struct encode_out *o, struct span s)
{
	size_t n = s.n;

	for (size_t i = 0; i < s.n; i++)
		n += plain(s.p[i]) ? 0 : 3;
	if (n == s.n) {
		write_text(o, s);
		return;
	}
	put_head(o, CBOR_TEXT, n);
	encode_flush(o);
	wr_printable(o->w, s);
}

static void write_key(struct encode_out *o, const struct field *f)
{
	struct span name = field_name(f);

	o->pairs++;
	put_string(o, CBOR_TEXT, name.p, name.n);
}

static void write_name(struct encode_out *o, struct span s, bool hostile)
{
	if (hostile)
		write_bytes(o, s);
	else
		write_text(o, s);
}

/* One byte is kept free for the head: that of a map of at most 23 pairs. */
static void map_begin(struct encode_out *o)
{
	encode_char(o, 0);
	o->pairs = 0;
}

static void map_end(struct encode_out *o, struct encode_mark begin)
{
	char head[CBOR_HEAD_MAX];
	size_t n = cbor_item_write(CBOR_MAP, o->pairs, head), more = n - 1;

	o->pairs = begin.pairs;
	if (more || begin.at < o->w->n) {
		encode_flush(o);
		wr_bytes(o->w, head, more); /* room; what is in it is moved over */
		if (o->w->failed)
			return;
		char *at = o->w->p + begin.at;
		memmove(at + n, at + 1, o->w->n - more - begin.at - 1);
		memcpy(at, head, n);
	} else {
		o->stage[begin.at - o->w->n] = head[0];
	}
}

static void list_begin(struct encode_out *o, size_t n, bool names)
{
	put_head(o, names ? CBOR_MAP : CBOR_ARRAY, n);
}

static void list_next(struct encode_out *o)
{
	(void)o; /* its length was said */
}

static void list_end(struct encode_out *o, bool names)
{
	(void)o;
	(void)names;
}

static const struct encode_ops encode_ops = {
	.key = write_key,
	.name = write_name,
	.map_begin = map_begin,
	.map_end = map_end,
	.list_begin = list_begin,
	.list_next = list_next,
	.list_end = list_end,
	.uint = write_uint,
	.sint = write_sint,
	.boolean = write_bool,
	.instant = write_sint,
	.ms = write_ms,
	.word = write_word,
	.addr = write_addr,
	.mac = write_mac,
	.text = write_text,
	.bytes = write_bytes,
};

static void write_record(struct wr *w, const struct record *r, const void *base)
{
	struct encode_out o;

	encode_begin(&o, w);
	struct encode_mark begin = encode_here(&o);
	map_begin(&o);
	write_word(&o, "type");
	write_word(&o, r->name);
	o.pairs = 1;
	(void)encode_fields(&o, r, base);
	map_end(&o, begin);
	encode_flush(&o);
}

void cbor_write_obs(struct wr *w, const struct obs *o)
{
	write_record(w, &obs_records[o->type], model_at(o, offsetof(struct obs, start)));
}

void cbor_write_result(struct wr *w, const struct result *r)
{
	write_record(w, &result_records[r->type], model_at(r, offsetof(struct result, run)));
}
