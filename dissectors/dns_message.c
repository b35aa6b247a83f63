/*
 * One DNS message; mDNS and LLMNR have the same form.
 *
 * RFC 1035, 4 (messages), 4.1.4 (compression); RFC 2181, 8 (TTL), 10.1 (CNAME); RFC 3596 (AAAA);
 * RFC 6762, 18 (mDNS)
 *
 *   header     id 2, flags 2, counts 2 each: questions, answers, authorities, additionals
 *   question   name, type 2, class 2
 *   record     name, type 2, class 2, TTL 4, length 2, data
 */
#include "dissectors/dns.h"

#include "base/span.h"

enum {
	MESSAGE_MAX = 65535,
	JUMPS_MAX = 32,
	RECORDS_MAX = 64,     /* answers looked at; those beyond are only counted */
	CLASS_FLUSH = 0x8000, /* RFC 6762, 10.2 and 5.4: not part of the class */
};

/* An answer of a type that we follow. Offsets are from the message's beginning, past a pointer if it is one. */
struct record {
	uint16_t owner, data;
	uint16_t type;
	bool used;
	uint32_t ttl;
	struct addr addr;
};

struct name {
	struct span text;
	uint16_t at;
};

struct dns_header dns_header_read(struct rd *r)
{
	const uint32_t a = rd_u32(r), b = rd_u32(r), c = rd_u32(r);

	return (struct dns_header){
		.id = (uint16_t)(a >> 16),
		.flags = (uint16_t)a,
		.questions = (uint16_t)(b >> 16),
		.answers = (uint16_t)b,
		.authorities = (uint16_t)(c >> 16),
		.additionals = (uint16_t)c,
	};
}

unsigned dns_opcode(const struct dns_header *h)
{
	return h->flags >> 11 & 15;
}

static uint16_t offset(const struct rd *msg, const struct rd *at)
{
	return (uint16_t)(msg->len - at->len);
}

/* The message from an offset on. */
static inline struct rd message_at(const struct rd *msg, size_t at)
{
	struct rd r = *msg;

	(void)rd_sub(&r, at);
	return r;
}

/* One label behind its length, lower case, a dot before it unless it is the first. */
static size_t label_put(struct rd *r, size_t n, uint8_t *out, size_t used)
{
	if (used + (used > 0) + n > DNS_NAME_MAX - 2) { /* 255 with the first length and the root */
		rd_fail(r);
		return used;
	}
	if (used)
		out[used++] = '.';
	rd_bytes(r, out + used, n);
	for (size_t end = used + n; used < end; used++)
		out[used] = out[used] >= 'A' && out[used] <= 'Z' ? (uint8_t)(out[used] + 32) : out[used];
	return used;
}

/* Reads the name at `at` into out and moves `at` behind it. A pointer must lead backwards, so this ends. */
struct span dns_name_read(const struct rd *msg, struct rd *at, uint8_t out[DNS_NAME_MAX])
{
	struct rd r = *at;
	size_t used = 0, limit = msg->len - at->len;
	unsigned jumps = 0;

	for (;;) {
		uint8_t n = rd_u8(&r);
		if (n == 0)
			break;
		if (n < 0x40) {
			used = label_put(&r, n, out, used);
			continue;
		}
		size_t target = (n & 0x3fu) << 8;
		target |= rd_u8(&r);
		if (n < 0xc0 || (!r.err && (target < DNS_HEADER || target >= limit || ++jumps > JUMPS_MAX)))
			rd_fail(&r);
		if (r.err)
			break;
		if (jumps == 1)
			*at = r;
		limit = target;
		r = message_at(msg, target);
	}
	if (!jumps)
		*at = r;
	if (!r.err)
		return (struct span){ out, used };
	if (!at->err) {
		at->err = r.err;
		at->cap = at->len = 0;
	}
	return (struct span){ out, 0 };
}

/* Moves behind a name without reading it. Where it is nothing but a pointer: to where; else 0. */
static uint16_t name_skip(struct rd *at)
{
	for (bool first = true;; first = false) {
		uint8_t n = rd_u8(at);
		if (n == 0)
			return 0;
		if (n >= 0xc0) {
			uint16_t target = (uint16_t)((n & 0x3f) << 8 | rd_u8(at));
			if (!at->err && target < DNS_HEADER)
				rd_fail(at);
			return first ? target : 0;
		}
		if (n >= 0x40)
			rd_fail(at);
		rd_skip(at, n);
	}
}

/* RFC 2181, 8: a TTL with the top bit set is zero. */
static uint32_t ttl_read(struct rd *r)
{
	uint32_t ttl = rd_u32(r);
	return ttl & 0x80000000 ? 0 : ttl;
}

/* What stands in an answer's data; it must fill it exactly. */
static void data_read(struct rd *data, struct record *rec)
{
	uint16_t target;

	switch (rec->type) {
	case DNS_TYPE_A:
		rec->addr = addr_read_v4(data);
		break;
	case DNS_TYPE_AAAA:
		rec->addr = addr_read_v6(data);
		break;
	default:
		target = name_skip(data);
		rec->data = target ? target : rec->data;
		break;
	}
	if (!data->err && data->len)
		rd_fail(data);
}

/* False where the record is not one that we follow, or failed. */
static bool record_read(const struct rd *msg, struct rd *r, struct record *rec)
{
	uint16_t begins = offset(msg, r), target = name_skip(r);

	rec->owner = target ? target : begins;
	rec->used = false;
	rec->type = rd_u16(r);
	uint16_t class = rd_u16(r);
	rec->ttl = ttl_read(r);
	size_t length = rd_u16(r);
	rec->data = offset(msg, r);
	struct rd data = rd_sub(r, length);
	if (r->err || (class & ~CLASS_FLUSH) != DNS_CLASS_IN)
		return false;
	if (rec->type != DNS_TYPE_A && rec->type != DNS_TYPE_AAAA && rec->type != DNS_TYPE_CNAME)
		return false;
	data_read(&data, rec);
	if (data.err) {
		r->err = data.err;
		r->cap = r->len = 0;
	}
	return !r->err;
}

static void count_more(struct fact_dns *d, unsigned n)
{
	unsigned more = d->answers_more + n;
	d->answers_more = more > UINT16_MAX ? UINT16_MAX : (uint16_t)more;
}

/* All answers, in their order, into recs. */
static enum rd_err answers_read(const struct rd *msg, struct rd *r, unsigned answers, struct fact_dns *d,
				struct record recs[RECORDS_MAX], unsigned *ret_n)
{
	struct record spare;
	unsigned n = 0;

	for (unsigned i = 0; i < answers && !r->err; i++) {
		struct record *rec = n < RECORDS_MAX ? &recs[n] : &spare;
		bool good = record_read(msg, r, rec);
		if (r->err == RD_SHORT)
			count_more(d, answers - i);
		else if (good && n < RECORDS_MAX)
			n++;
		else if (good && rec->type != DNS_TYPE_CNAME)
			count_more(d, 1);
	}
	*ret_n = n;
	return r->err;
}

static bool is_owner(const struct rd *msg, const struct record *rec, const struct name *name)
{
	uint8_t text[DNS_NAME_MAX];

	if (rec->owner == name->at)
		return true;
	struct rd at = message_at(msg, rec->owner);
	struct span owner = dns_name_read(msg, &at, text);
	return !at.err && span_eq(owner, name->text);
}

/* The first unused CNAME of this name. */
static struct record *alias_find(const struct rd *msg, struct record *recs, unsigned n, const struct name *name)
{
	for (unsigned i = 0; i < n; i++) {
		struct record *rec = &recs[i];
		if (rec->type == DNS_TYPE_CNAME && !rec->used && is_owner(msg, rec, name)) {
			rec->used = true;
			return rec;
		}
	}
	return NULL;
}

/* RFC 2181, 10.1: from the question along the aliases to the name that has the addresses. A lie in a name ends it. */
static enum rd_err chain_follow(const struct rd *msg, struct record *recs, unsigned n, struct dns_room *room,
				struct fact_dns *d)
{
	struct name name = { d->name, DNS_HEADER };
	struct record *alias;

	while ((alias = alias_find(msg, recs, n, &name))) {
		uint8_t *text = room->name[d->chain_n < FACT_CHAIN ? 1 + d->chain_n : FACT_CHAIN + 1];
		struct rd data = message_at(msg, alias->data);
		name = (struct name){ dns_name_read(msg, &data, text), alias->data };
		if (data.err)
			return data.err;
		if (d->chain_n < FACT_CHAIN)
			d->chain[d->chain_n++] = name.text;
		else
			d->chain_more++;
	}
	for (unsigned i = 0; i < n; i++) {
		const struct record *rec = &recs[i];
		if (rec->type == DNS_TYPE_CNAME || !is_owner(msg, rec, &name))
			continue;
		if (d->answers_n < FACT_ANSWERS)
			d->answers[d->answers_n++] = (struct fact_dns_answer){ rec->addr, rec->ttl };
		else
			count_more(d, 1);
	}
	return RD_OK;
}

/* Skips the questions after the first. */
static void questions_skip(struct rd *r, unsigned n)
{
	while (n-- && !r->err) {
		(void)name_skip(r);
		rd_skip(r, 4);
	}
}

/* The lists are as long as their counters say: they are not cleared for every message. */
static void dns_start(struct fact_dns *d, const struct dns_header *h)
{
	d->id = h->id;
	d->type = 0;
	d->rcode = h->flags & 15;
	d->response = h->flags & DNS_FLAG_RESPONSE;
	d->truncated = h->flags & DNS_FLAG_TRUNCATED;
	d->name = (struct span){ NULL, 0 };
	d->chain_n = d->chain_more = d->answers_n = 0;
	d->answers_more = 0;
}

enum rd_err dns_read(struct rd msg, struct dns_room *room, struct fact_dns *ret_d, bool *ret_known)
{
	struct rd r = msg;
	struct dns_header h = dns_header_read(&r);
	struct record recs[RECORDS_MAX];
	unsigned n = 0;

	*ret_known = false;
	if (msg.len > MESSAGE_MAX)
		return RD_OVERRUN;
	dns_start(ret_d, &h);
	if (h.questions) {
		ret_d->name = dns_name_read(&msg, &r, room->name[0]);
		ret_d->type = rd_u16(&r);
		rd_skip(&r, 2);
	}
	if (r.err)
		return r.err;
	*ret_known = true;
	if (!h.answers || !h.questions || !ret_d->response)
		return RD_OK;
	questions_skip(&r, h.questions - 1u);
	enum rd_err err = r.err;
	if (err == RD_SHORT)
		count_more(ret_d, h.answers);
	if (!err)
		err = answers_read(&msg, &r, h.answers, ret_d, recs, &n);
	if (err != RD_OVERRUN) {
		enum rd_err chain = chain_follow(&msg, recs, n, room, ret_d);
		err = err ? err : chain;
	}
	if (err == RD_OVERRUN) {
		ret_d->chain_n = ret_d->chain_more = ret_d->answers_n = 0;
		ret_d->answers_more = 0;
	}
	return err;
}
