/*
 * Span-port copies: DESIGN, what must hold. A repeat by the sender is no copy: it has another IPv4 ID, or comes later.
 * Without an ID (IPv6, or IPv4 that leaves it 0: RFC 6864) a bare ACK may honestly come twice; only payload, TCP time
 * stamps (RFC 7323), a SYN or a FIN identify a packet then: nobody repeats these that soon (RFC 6298, section 2). A
 * reset, one for each segment that finds no connection, may honestly come twice (RFC 9293, section 3.10.7.1).
 */
#include "sensor/duplicate.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "base/region.h"
#include "base/time.h"
#include "sensor/cite.h"

enum { HASHED = 64, RING_MIN = 16, RING_MAX = 1 << 20, FETCHED_AHEAD = 8, LINE = 64 };

static const int64_t WITHIN = 2 * NS_PER_MS;
static const int64_t WITHIN_OTHER_ENCAPSULATION = 20 * NS_PER_MS;

struct duplicate_entry {
	alignas(LINE) struct duplicate_identity identity;
	uint64_t flow;
	int64_t time;
	uint32_t encapsulation;
	uint32_t older; /* ordinal + 1 of the next in the chain */
	uint32_t tag;
};
_Static_assert(sizeof(struct duplicate_entry) == LINE, "one is written for every packet");

int duplicates_init(struct duplicates *d, uint32_t size)
{
	uint32_t n = RING_MIN;

	while (n < size && n < RING_MAX)
		n *= 2;
	*d = (struct duplicates){ .mask = n - 1, .shift = (unsigned)__builtin_ctz(n), .key = hash_key_new() };
	d->ring = region_take(n * sizeof(*d->ring));
	d->bucket = region_take(n * sizeof(*d->bucket));
	if (!d->ring || !d->bucket) {
		duplicates_free(d);
		return -ENOMEM;
	}
	memset(d->bucket, 0, n * sizeof(*d->bucket)); /* they say what of the ring means anything */
	return 0;
}

void duplicates_free(struct duplicates *d)
{
	region_give(d->ring);
	region_give(d->bucket);
	*d = (struct duplicates){ 0 };
}

/* Not keyed: what is equal must not depend on the run. Four independent products of 16 bytes each. */
static uint64_t mixed(const uint8_t bytes[HASHED])
{
	static const uint64_t salt[HASHED / sizeof(uint64_t)] = {
		UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db), UINT64_C(0x8ebc6af09c88c6e3),
		UINT64_C(0x589965cc75374cc3), UINT64_C(0x1d8e4e27c47d124f), UINT64_C(0xeb44accab455d165),
		UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xc2b2ae3d27d4eb4f),
	};
	uint64_t a = hash_mix(hash_word(bytes, 0) ^ salt[0], hash_word(bytes, 8) ^ salt[1]);
	uint64_t b = hash_mix(hash_word(bytes, 16) ^ salt[2], hash_word(bytes, 24) ^ salt[3]);
	uint64_t c = hash_mix(hash_word(bytes, 32) ^ salt[4], hash_word(bytes, 40) ^ salt[5]);
	uint64_t d = hash_mix(hash_word(bytes, 48) ^ salt[6], hash_word(bytes, 56) ^ salt[7]);

	return a ^ (b << 1) ^ (c << 2) ^ (d << 3);
}

/* What was captured is less than a block: what is missing is zero. Apart, so that a whole block needs no room for it. */
__attribute__((noinline)) static uint64_t part(struct span bytes)
{
	uint8_t rest[HASHED] = { 0 };

	memcpy(rest, bytes.p, bytes.n);
	return mixed(rest);
}

static inline uint64_t block(struct rd *r)
{
	return r->cap >= HASHED ? mixed(rd_take(r, HASHED)) : part(rd_get(r, r->cap));
}

/* The first bytes of what carries a packet may all be headers: of VXLAN around IPv6 they end before TCP's. */
static uint64_t deeper(uint64_t h, struct rd r)
{
	enum { BLOCKS = 3 };

	for (unsigned i = 0; i < BLOCKS && r.cap; i++)
		h = hash_mix(h ^ UINT64_C(0xa0761d6478bd642f), block(&r));
	return h;
}

inline uint64_t duplicate_content(const struct packet *p)
{
	const struct packet_tcp *t = &p->tcp;
	uint64_t options = (uint64_t)t->ts_ecr << 8 ^ (uint64_t)t->sacks << 56 ^ (uint64_t)t->mss << 40;
	struct rd r = p->payload;

	if (r.cap == 0)
		return options;
	uint64_t h = options ^ block(&r);
	return p->tunnel == TUNNEL_NONE ? h : deeper(h, r);
}

static uint32_t encapsulation(const struct packet *p)
{
	return (uint32_t)p->vlans << 16 | p->vlan[0];
}

static bool identifiable(const struct packet *p)
{
	return p->ip_id || p->payload.len || p->tcp.has_ts || p->tcp.flags & (TCP_SYN | TCP_FIN);
}

static bool in_time(const struct duplicate_entry *e, uint32_t encapsulated, int64_t time)
{
	int64_t age = elapsed(e->time, time);
	int64_t within = e->encapsulation == encapsulated ? WITHIN : WITHIN_OTHER_ENCAPSULATION;

	return age <= within && age >= -within;
}

/* Nobody who does not know the key can make many packets share a chain. */
static uint64_t chain_of(const struct hash_key *key, const struct duplicate_identity *i, unsigned hash)
{
	uint64_t a = hash_mix(hash ^ key->k[0], i->content ^ key->k[1]);
	uint64_t b = hash_mix(i->numbers ^ key->k[1], i->length ^ key->k[0]);

	return hash_mix(a ^ (b << 1) ^ i->rest, key->k[1] | 1);
}

inline void duplicates_prepare(struct duplicates *d, const struct packet *p, uint64_t content, unsigned hash,
			       unsigned end, struct duplicate_probe *ret_probe)
{
	bool tcp = p->proto == PROTO_TCP;

	ret_probe->known = identifiable(p);
	if (!ret_probe->known)
		return;
	struct duplicate_identity *i = &ret_probe->identity;
	*i = (struct duplicate_identity){
		.content = content,
		.numbers = (tcp ? p->tcp.seq : p->icmp.seq) | (uint64_t)p->tcp.ack << 32,
		.length = (uint32_t)p->payload.len | (uint64_t)p->tcp.ts_val << 32,
		.rest = p->ip_id | (uint64_t)p->tcp.window << 16 | (tcp ? 0 : (uint64_t)p->l4_checksum << 32) |
			(uint64_t)(tcp ? p->tcp.flags : p->icmp.type) << 48 | (uint64_t)end << 56,
	};
	uint64_t chain = chain_of(&d->key, i, hash);
	ret_probe->chain = (uint32_t)chain;
	ret_probe->tag = (uint32_t)(chain >> 32);
	ret_probe->encapsulation = encapsulation(p);
	__builtin_prefetch(&d->bucket[ret_probe->chain & d->mask], 1);
}

static bool same(const struct duplicate_identity *a, const struct duplicate_identity *b)
{
	return a->content == b->content && a->numbers == b->numbers && a->length == b->length &&
	       a->rest == b->rest;
}

static uint32_t bit_of(uint32_t tag)
{
	return UINT32_C(1) << (tag & 31);
}

/* Ordinals have 32 bits, and so have their turns the fewer. */
static uint32_t turn_of(const struct duplicates *d, uint32_t ordinal)
{
	return ordinal >> d->shift;
}

static uint32_t turns_since(const struct duplicates *d, const struct duplicate_bucket *b)
{
	return (turn_of(d, (uint32_t)d->next) - turn_of(d, b->newest - 1)) & turn_of(d, UINT32_MAX);
}

/* The bits of all entries in the ring, and perhaps of some that are gone. */
static uint32_t tags_of(const struct duplicates *d, const struct duplicate_bucket *b)
{
	uint32_t turns = turns_since(d, b);
	return turns == 0 ? b->tags[0] | b->tags[1] : turns == 1 ? b->tags[0] : 0;
}

static uint32_t coarse(int64_t time)
{
	return (uint32_t)((uint64_t)time >> 20);
}

/* So much before `time` that it is a copy of none. */
static bool is_old(uint32_t latest, int64_t time)
{
	const int32_t old = (int32_t)(WITHIN_OTHER_ENCAPSULATION >> 20) + 1;
	return (int32_t)(coarse(time) - latest) > old;
}

/* The next entry is one of the bucket's. */
static void note(const struct duplicates *d, struct duplicate_bucket *b, uint32_t bit, int64_t time)
{
	uint32_t turns = turns_since(d, b), now = coarse(time);

	if (turns) {
		b->tags[1] = turns == 1 ? b->tags[0] : 0;
		b->tags[0] = 0;
	}
	b->tags[0] |= bit;
	if (b->newest == 0 || (int32_t)(now - b->latest) > 0)
		b->latest = now;
}

/*
 * The newest equal one decides: where it is too old, so are those before it, for what is in time of one that is
 * remembered is a copy, and not remembered itself.
 */
static bool is_copy(const struct duplicates *d, const struct duplicate_probe *probe, uint64_t flow, int64_t time)
{
	uint32_t at = d->bucket[probe->chain & d->mask].newest, next = (uint32_t)d->next;

	while (at && next - (at - 1) <= d->mask + 1) { /* less than a ring behind; ordinals wrap */
		const struct duplicate_entry *e = &d->ring[(at - 1) & d->mask];
		if (e->tag == probe->tag && e->flow == flow && same(&e->identity, &probe->identity))
			return in_time(e, probe->encapsulation, time);
		at = e->older;
	}
	return false;
}

static void remember(struct duplicates *d, const struct duplicate_probe *probe, uint64_t flow, int64_t time)
{
	struct duplicate_bucket *b = &d->bucket[probe->chain & d->mask];
	uint32_t next = (uint32_t)d->next;
	struct duplicate_entry *e = &d->ring[next & d->mask];

	if (next - (b->newest - 1) > d->mask + 1)
		*b = (struct duplicate_bucket){ 0 };
	note(d, b, bit_of(probe->tag), time);
	d->next++;
	*e = (struct duplicate_entry){ probe->identity, flow, time, probe->encapsulation, b->newest, probe->tag };
	b->newest = next + 1;
	__builtin_prefetch(&d->ring[(next + FETCHED_AHEAD) & d->mask], 1); /* written long ago */
}

/* True where the bucket says that there may be an equal one. */
static bool may_be(const struct duplicates *d, const struct duplicate_probe *probe, int64_t time)
{
	const struct duplicate_bucket *b = &d->bucket[probe->chain & d->mask];
	return !is_old(b->latest, time) && tags_of(d, b) & bit_of(probe->tag);
}

void duplicates_fetch(const struct duplicates *d, const struct duplicate_probe *probe, int64_t time)
{
	if (probe->known && may_be(d, probe, time))
		__builtin_prefetch(&d->ring[(d->bucket[probe->chain & d->mask].newest - 1) & d->mask]);
}

inline bool duplicates_see(struct duplicates *d, const struct duplicate_probe *probe, uint64_t flow, int64_t time)
{
	if (!probe->known || time == 0)
		return false;
	if (may_be(d, probe, time) && is_copy(d, probe, flow, time))
		return true;
	remember(d, probe, flow, time);
	return false;
}
