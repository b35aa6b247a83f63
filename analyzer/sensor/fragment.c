/* Fragments: their table, how long they wait, and how they are put together. */
#include "sensor/fragment.h"

#include <string.h>

#include "base/time.h"

enum { BLOCK = 512, BLOCK_BYTES = BLOCK - sizeof(void *) };

/* RFC 791 leaves it open, and hosts wait for 15 to 30 s; RFC 8200, section 4.5. CAPWAP: as IPv4. */
static const int64_t LIFE = 30 * NS_PER_S, LIFE_V6 = 60 * NS_PER_S;
/* The same fragment again this soon is a span port's, whatever carried it; later a network's. */
static const int64_t COPY_WITHIN = 20 * NS_PER_MS;

struct fragment_block {
	struct fragment_block *next;
	uint8_t bytes[BLOCK_BYTES];
};

/* One fragment of a datagram; in order of `at`, none overlaps another. */
struct fragment_part {
	struct fragment_part *prev, *next;
	struct fragment_block *blocks;
	int64_t time;
	uint32_t at, len, cap;
};

void fragments_init(struct fragments *t, struct fragment_sink sink)
{
	*t = (struct fragments){ .hash = hash_key_new(), .sink = sink };
	pool_init(&t->datagram, sizeof(struct datagram), FRAGMENT_DATAGRAMS);
	pool_init(&t->part, sizeof(struct fragment_part), FRAGMENT_PARTS);
	pool_init(&t->block, sizeof(struct fragment_block), FRAGMENT_BLOCKS);
}

void fragments_free(struct fragments *t)
{
	HASH_CLEAR(hh, t->table);
	pool_free(&t->datagram);
	pool_free(&t->part);
	pool_free(&t->block);
}

struct datagram_key fragment_key_of(const struct addr *src, const struct addr *dst, bool v6, uint8_t proto, uint32_t id)
{
	return (struct datagram_key){
		.src = *src,
		.dst = *dst,
		.id = id,
		.proto = v6 ? 0 : proto,
		.kind = v6 ? FRAGMENT_IPV6 : FRAGMENT_IPV4,
	};
}

/* ---- parts ---- */

static void drop_part(struct fragments *t, struct fragment_part *part)
{
	while (part->blocks) {
		struct fragment_block *b = part->blocks;
		part->blocks = b->next;
		pool_give(&t->block, b);
	}
	pool_give(&t->part, part);
}

static void drop_parts(struct fragments *t, struct datagram *d)
{
	struct fragment_part *next;

	for (struct fragment_part *part = d->parts; part; part = next) {
		next = part->next;
		drop_part(t, part);
	}
	d->parts = d->last = NULL;
	d->parts_n = 0;
}

/* A copy of g's bytes; NULL without room. */
static struct fragment_part *part_of(struct fragments *t, const struct fragment *g)
{
	struct fragment_part *part = pool_take(&t->part);
	struct rd r = g->bytes;

	if (!part)
		return NULL;
	struct fragment_block **end = &part->blocks;
	part->time = g->time;
	part->at = g->offset;
	part->len = (uint32_t)r.len;
	part->cap = (uint32_t)r.cap;
	while (r.cap) {
		size_t n = r.cap < BLOCK_BYTES ? r.cap : BLOCK_BYTES;
		struct fragment_block *b = pool_take(&t->block);
		if (!b) {
			drop_part(t, part);
			return NULL;
		}
		rd_bytes(&r, b->bytes, n);
		*end = b;
		end = &b->next;
	}
	return part;
}

/* What both captured is equal. */
static bool same_bytes(const struct fragment_part *part, struct rd r)
{
	const struct fragment_block *b = part->blocks;
	size_t left = part->cap < r.cap ? part->cap : r.cap;

	for (; left; b = b->next) {
		size_t n = left < BLOCK_BYTES ? left : BLOCK_BYTES;
		if (!rd_starts(&r, b->bytes, n))
			return false;
		rd_skip(&r, n);
		left -= n;
	}
	return true;
}

/* ---- the table ---- */

static void leave(struct fragments *t, struct datagram *d)
{
	struct datagram_queue *q = d->state == DATAGRAM_WAITING ? &t->waiting : &t->ended;

	if (d->next)
		d->next->prev = d->prev;
	else
		q->tail = d->prev;
	if (d->prev)
		d->prev->next = d->next;
	else
		q->head = d->next;
}

static void join_queue(struct fragments *t, struct datagram *d)
{
	struct datagram_queue *q = d->state == DATAGRAM_WAITING ? &t->waiting : &t->ended;

	d->prev = q->tail;
	d->next = NULL;
	if (q->tail)
		q->tail->next = d;
	else
		q->head = d;
	q->tail = d;
}

/* d waits no longer. Its key stays for a while: whoever comes late must not begin another datagram. */
static void end(struct fragments *t, struct datagram *d, enum datagram_state state, int64_t time)
{
	leave(t, d);
	drop_parts(t, d);
	d->state = (uint8_t)state;
	d->ended = time;
	join_queue(t, d);
}

static void give_up(struct fragments *t, struct datagram *d, uint64_t *counter, int64_t time)
{
	++*counter;
	end(t, d, DATAGRAM_GIVEN_UP, time);
	t->sink.lost(t->sink.ctx, d);
}

static void forget(struct fragments *t, struct datagram *d)
{
	leave(t, d);
	drop_parts(t, d);
	HASH_DELETE(hh, t->table, d);
	pool_give(&t->datagram, d);
}

/* The oldest that waits goes, but not `but`; false where there is none. */
static bool evict(struct fragments *t, const struct datagram *but, int64_t time)
{
	struct datagram *d = t->waiting.head;

	if (d && d == but)
		d = d->next;
	if (!d)
		return false;
	give_up(t, d, &t->evicted, time);
	return true;
}

static unsigned hash_of(const struct fragments *t, const struct datagram_key *k)
{
	return table_hash(&t->hash, k, sizeof(*k));
}

static struct datagram *find(const struct fragments *t, const struct datagram_key *k, unsigned hash)
{
	struct datagram *d = NULL;

	if (t->table)
		HASH_FIND_BYHASHVALUE(hh, t->table, k, sizeof(*k), hash, d);
	return d;
}

struct datagram *fragments_find(const struct fragments *t, const struct datagram_key *k)
{
	return find(t, k, hash_of(t, k));
}

static struct datagram *add(struct fragments *t, const struct fragment *g, unsigned hash)
{
	struct datagram *d = pool_take(&t->datagram);

	if (!d) {
		if (!t->ended.head && !evict(t, NULL, g->time))
			return NULL;
		forget(t, t->ended.head);
		d = pool_take(&t->datagram);
	}
	if (!d)
		return NULL;
	d->key = g->key;
	d->first = g->time;
	HASH_ADD_BYHASHVALUE(hh, t->table, key, sizeof(d->key), hash, d);
	if (!table_added(d)) {
		pool_give(&t->datagram, d);
		return NULL;
	}
	join_queue(t, d);
	return d;
}

static bool too_late(const struct datagram *d, int64_t time)
{
	return elapsed(d->first, time) > (d->key.kind == FRAGMENT_IPV6 ? LIFE_V6 : LIFE);
}

static bool is_soon(int64_t from, int64_t time)
{
	int64_t age = elapsed(from, time);
	return age <= COPY_WITHIN && age >= -COPY_WITHIN;
}

/*
 * The datagram that a fragment of this key belongs to now, NULL where it begins one. Numbers come again: a datagram that
 * is whole has no more fragments but copies, and one that waited too long none at all.
 */
static struct datagram *current(struct fragments *t, const struct fragment *g, unsigned hash)
{
	struct datagram *d = find(t, &g->key, hash);

	if (!d)
		return NULL;
	if (d->state == DATAGRAM_WAITING && too_late(d, g->time))
		give_up(t, d, &t->incomplete, g->time);
	if (!too_late(d, g->time) && (d->state != DATAGRAM_WHOLE || is_soon(d->ended, g->time)))
		return d;
	forget(t, d);
	return NULL;
}

/* ---- a fragment ---- */

/* What g cannot be, beside what is known of its datagram. */
static bool contradicts(const struct datagram *d, const struct fragment *g, uint32_t to)
{
	uint32_t known = d->last ? d->last->at + d->last->len : 0;

	if (d->total)
		return g->last ? to != d->total : to > d->total;
	return g->last && known > to;
}

/* The part behind which g belongs; NULL: before all. Fragments mostly come in order. */
static struct fragment_part *before(const struct datagram *d, uint32_t at)
{
	struct fragment_part *part = d->last;

	while (part && part->at > at)
		part = part->prev;
	return part;
}

static void insert(struct datagram *d, struct fragment_part *part, struct fragment_part *behind)
{
	part->prev = behind;
	part->next = behind ? behind->next : d->parts;
	if (part->next)
		part->next->prev = part;
	else
		d->last = part;
	if (behind)
		behind->next = part;
	else
		d->parts = part;
	d->held += part->len;
	d->parts_n++;
}

static enum fragment_answer discard(struct fragments *t, struct datagram *d, uint64_t *counter, int64_t time)
{
	give_up(t, d, counter, time);
	return FRAGMENT_IDLE;
}

static enum fragment_answer put(struct fragments *t, struct datagram *d, const struct fragment *g)
{
	uint32_t to = g->offset + (uint32_t)g->bytes.len;
	struct fragment_part *behind = before(d, g->offset), *next = behind ? behind->next : d->parts;

	if (behind && behind->at == g->offset && behind->len == g->bytes.len && same_bytes(behind, g->bytes)) {
		d->doubtful |= behind->cap < behind->len || g->bytes.cap < g->bytes.len;
		return is_soon(behind->time, g->time) ? FRAGMENT_COPY : FRAGMENT_IDLE;
	}
	if (contradicts(d, g, to) || (behind && behind->at + behind->len > g->offset) || (next && next->at < to))
		return discard(t, d, &t->overlaps, g->time);
	if (d->parts_n == FRAGMENT_PARTS_EACH)
		return discard(t, d, &t->too_large, g->time);
	struct fragment_part *part = part_of(t, g);
	while (!part && evict(t, d, g->time))
		part = part_of(t, g);
	if (!part)
		return discard(t, d, &t->evicted, g->time);
	insert(d, part, behind);
	if (g->offset == 0)
		d->proto = g->proto;
	if (g->last)
		d->total = to;
	return d->total && d->held == d->total ? FRAGMENT_WHOLE : FRAGMENT_KEPT;
}

/* RFC 8200, section 4.5: all but the last are made of 8 bytes; an empty one is nothing's part. */
static bool is_odd(const struct fragment *g)
{
	return g->bytes.len == 0 || (!g->last && g->bytes.len % 8);
}

enum fragment_answer fragments_add(struct fragments *t, const struct fragment *g, struct datagram **ret_d)
{
	unsigned hash = hash_of(t, &g->key);
	struct datagram *d = current(t, g, hash);

	if (!d)
		d = add(t, g, hash);
	if (!d)
		return FRAGMENT_NO_ROOM;
	*ret_d = d;
	if (d->state == DATAGRAM_WHOLE)
		return FRAGMENT_COPY;
	if (d->state == DATAGRAM_GIVEN_UP)
		return FRAGMENT_IDLE;
	if (g->offset + g->bytes.len > FRAGMENT_LONGEST)
		return discard(t, d, &t->too_large, g->time);
	return is_odd(g) ? FRAGMENT_KEPT : put(t, d, g);
}

struct rd fragments_join(struct fragments *t, struct datagram *d, int64_t time, uint8_t room[FRAGMENT_LONGEST])
{
	size_t cap = 0;
	bool cut = false;

	for (const struct fragment_part *part = d->parts; part && !cut; part = part->next) {
		size_t left = part->cap;
		for (const struct fragment_block *b = part->blocks; left; b = b->next) {
			size_t n = left < BLOCK_BYTES ? left : BLOCK_BYTES;
			memcpy(room + cap, b->bytes, n);
			cap += n;
			left -= n;
		}
		cut = part->cap < part->len;
	}
	struct rd whole = rd_of(room, cap, d->total);
	end(t, d, DATAGRAM_WHOLE, time);
	return whole;
}

/* ---- time ---- */

void fragments_expire(struct fragments *t, int64_t now)
{
	struct datagram *next;

	for (struct datagram *d = t->waiting.head; d; d = next) {
		next = d->next;
		if (too_late(d, now))
			give_up(t, d, &t->incomplete, now);
	}
	for (struct datagram *d = t->ended.head; d; d = next) {
		next = d->next;
		if (too_late(d, now))
			forget(t, d);
	}
}

void fragments_flush(struct fragments *t)
{
	while (t->waiting.head)
		give_up(t, t->waiting.head, &t->incomplete, t->waiting.head->first);
	while (t->ended.head)
		forget(t, t->ended.head);
}
