/* Flow keys, the table and the order of eviction. */
#include "sensor/flow.h"

#include <stddef.h>
#include <string.h>

#include "base/fetch.h"
#include "base/time.h"
#include "sensor/event.h"
#include "sensor/flow_path.h"
#include "sensor/gap.h"
#include "sensor/icmp_error.h"
#include "sensor/tcp.h"

/*
 * The table starts large enough not to grow in most captures: a growing table stalls one packet. uthash reads this
 * where a table is made, which is in flow_add() only; `t` is the table's owner there.
 */
#undef HASH_KEYCMP
#define HASH_KEYCMP(a, b, n) key_differs(a, b)
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS (1U << t->buckets_log2)
#define HASH_INITIAL_NUM_BUCKETS_LOG2 t->buckets_log2

enum { BUCKETS_LOG2_MAX = 16 };

/* DESIGN, timeouts. A Linux connection attempt lives 131 s; data after a RST is evidence. */
static const int64_t TIMEOUT[FLOW_CLASSES] = {
	[FLOW_HALF_OPEN] = 135 * NS_PER_S, [FLOW_OPEN] = 7500 * NS_PER_S, [FLOW_ENDED] = 60 * NS_PER_S,
	[FLOW_DATAGRAM] = 190 * NS_PER_S,  [FLOW_ICMP] = 60 * NS_PER_S,
};
static bool key_differs(const void *a, const void *b)
{
	uint64_t differ = 0;

	for (size_t at = 0; at < sizeof(struct flow_key); at += sizeof(differ))
		differ |= hash_word(a, at) ^ hash_word(b, at);
	return differ;
}

/* TCP's state follows its flow: one walk through memory for both. */
struct flow_with_tcp {
	struct flow flow;
	struct tcp tcp;
};

/* Another source may be this late: what the clock calls silent may still get a packet that belongs to it. */
static const int64_t GRACE = 10 * NS_PER_S;

/* Most flows are short: what finds no room in the log of a long one is counted with it. */
static void size_pools(struct flows *t, uint32_t other, uint32_t tcp)
{
	t->buckets_most = 1;
	while (t->buckets_most < other + tcp)
		t->buckets_most *= 2;
	pool_init(&t->pool, sizeof(struct flow), other);
	pool_init(&t->tcp_pool, sizeof(struct flow_with_tcp), tcp);
	pool_init(&t->holes, sizeof(struct tcp_holes), tcp);
	pool_init(&t->log, sizeof(struct event_log), tcp);
	pool_init(&t->block, sizeof(struct event_block), (size_t)tcp * EVENT_BLOCKS / 2);
	pool_init(&t->ring, sizeof(struct event_ring), tcp / 4 + 1);
	pool_init(&t->gaps, sizeof(struct gaps), tcp);
	pool_init(&t->icmp, sizeof(struct flow_icmp), tcp);
	pool_init(&t->path, sizeof(struct flow_path), other);
}

void flows_init(struct flows *t, uint32_t max)
{
	*t = (struct flows){ .hash = hash_key_new(), .max = max };
	wheel_init(&t->wheel);
	while (t->buckets_log2 < BUCKETS_LOG2_MAX && 1U << t->buckets_log2 < max)
		t->buckets_log2++;
	size_pools(t, max < FLOWS_OTHER_MAX ? max : FLOWS_OTHER_MAX, max < FLOWS_TCP_MAX ? max : FLOWS_TCP_MAX);
	evictions_init(&t->evictions);
}

void flows_free(struct flows *t)
{
	struct pool *const pools[] = { &t->pool,  &t->tcp_pool, &t->holes, &t->log,
				       &t->block, &t->ring,     &t->gaps,  &t->icmp,
				       &t->path };

	HASH_CLEAR(hh, t->table);
	evictions_free(&t->evictions);
	wheel_free(&t->wheel);
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		pool_free(pools[i]);
}

unsigned flow_key_of(struct flow_key *ret_k, const struct addr *src, const struct addr *dst, uint16_t sport,
		     uint16_t dport, uint8_t proto)
{
	uint64_t a[2], b[2];

	/* any order will do, as long as it is the same both ways and in every run */
	memcpy(a, src, sizeof(a));
	memcpy(b, dst, sizeof(b));
	unsigned end = a[1] != b[1] ? a[1] > b[1] : a[0] != b[0] ? a[0] > b[0] : sport > dport;
	memcpy(&ret_k->addr[end], a, sizeof(a)); /* in the same words: what was just written is had at once by these only */
	memcpy(&ret_k->addr[!end], b, sizeof(b));
	ret_k->port[0] = end ? dport : sport;
	ret_k->port[1] = end ? sport : dport;
	ret_k->proto = proto;
	memset(ret_k->zero, 0, sizeof(ret_k->zero));
	return end;
}

unsigned flow_hash(const struct flows *t, const struct flow_key *k)
{
	const uint64_t *key = t->hash.k;
	uint64_t rest = k->port[0] | (uint64_t)k->port[1] << 16 | (uint64_t)k->proto << 32;

	/* as base/hash.h does it, but in two independent halves: this is once for every packet */
	uint64_t a = hash_mix(hash_word(&k->addr[0], 0) ^ key[0], hash_word(&k->addr[0], 8) ^ key[1]);
	uint64_t b = hash_mix(hash_word(&k->addr[1], 0) ^ key[1], hash_word(&k->addr[1], 8) ^ key[0]);
	return (unsigned)hash_mix(a ^ (b << 1) ^ rest, key[1] | 1);
}

void flow_prefetch_bucket(const struct flows *t, unsigned hash)
{
	table_fetch_bucket(table_of(t->table), hash);
}

void flow_fetch_due(const struct flow *f)
{
	__builtin_prefetch(&f->last, 1);
	__builtin_prefetch(&f->say, 1);
}

void flow_fetch(const struct flow *f)
{
	fetch_lines(f, sizeof(struct flow_with_tcp));
}

void flow_fetch_around(const struct flows *t, const struct flow *f)
{
	flow_prefetch_bucket(t, f->hh.hashv);
	__builtin_prefetch(f->events);
	__builtin_prefetch(f->facts);
	__builtin_prefetch(f->stream);
	__builtin_prefetch(f->rank_next, 1);
	__builtin_prefetch(f->rank_prev, 1);
}

void flow_fetch_events(const struct flow *f)
{
	const struct event_log *l = f->events;

	for (unsigned i = 0; l && i < EVENT_BLOCKS && l->block[i]; i++)
		fetch_lines(l->block[i], sizeof(*l->block[i]));
}

void flow_prefetch(const struct flows *t, unsigned hash, bool tcp)
{
	const struct flow_with_tcp *f = table_first(table_of(t->table), hash);

	fetch_lines(f, offsetof(struct flow, rank_next));
	if (!f || !tcp)
		return;
	__builtin_prefetch(&f->tcp.end[0], 1);
	__builtin_prefetch(&f->tcp.end[1], 1);
	__builtin_prefetch(&f->tcp.syn_time, 1);
}

inline struct flow *flow_find(struct flows *t, const struct flow_key *k, unsigned hash)
{
	struct flow *f;

	HASH_FIND_BYHASHVALUE(hh, t->table, k, sizeof(*k), hash, f);
	return f;
}

/* ---- ranks ---- */

static struct flow_list *rank_of_flow(struct flows *t, const struct flow *f)
{
	return &t->rank[f->tcp ? FLOW_TCP : FLOW_OTHER][f->rank];
}

static void rank_join(struct flows *t, struct flow *f)
{
	struct flow_list *l = rank_of_flow(t, f);

	f->ranked = f->last;
	f->rank_next = NULL;
	f->rank_prev = l->tail;
	if (l->tail)
		l->tail->rank_next = f;
	else
		l->head = f;
	l->tail = f;
}

static void rank_leave(struct flows *t, struct flow *f)
{
	struct flow_list *l = rank_of_flow(t, f);

	if (f->rank_prev)
		f->rank_prev->rank_next = f->rank_next;
	else
		l->head = f->rank_next;
	if (f->rank_next)
		f->rank_next->rank_prev = f->rank_prev;
	else
		l->tail = f->rank_prev;
}

static enum flow_rank rank_of(const struct flow *f)
{
	if (f->end[0].packets == 0 || f->end[1].packets == 0)
		return RANK_ONE_SIDED;
	return f->class == FLOW_OPEN || f->class == FLOW_HALF_OPEN ? RANK_SESSION : RANK_PASSING;
}

inline void flow_classify(struct flows *t, struct flow *f, enum flow_class c)
{
	bool shorter = TIMEOUT[c] < TIMEOUT[f->class];

	if (f->class != c) {
		f->class = c;
		if (shorter) {
			flow_schedule(t, f);
		}
	}
	enum flow_rank r = rank_of(f);
	if (f->rank != r) {
		rank_leave(t, f);
		f->rank = r;
		rank_join(t, f);
	}
}

/*
 * The head of a rank, unless it had packets since it came to stand there: then it goes behind the others, as it would
 * have at every packet, only later.
 */
static struct flow *rank_head(struct flows *t, struct flow_list *l)
{
	enum { MOVES = 16 };

	for (unsigned i = 0; i < MOVES && l->head && l->head->ranked < l->head->last; i++) {
		struct flow *f = l->head;
		rank_leave(t, f);
		rank_join(t, f);
	}
	return l->head;
}

static struct flow *older(struct flow *a, struct flow *b)
{
	if (!a || !b)
		return a ? a : b;
	return a->ranked != b->ranked ? (a->ranked < b->ranked ? a : b) : a->id < b->id ? a : b;
}

static struct pool *pool_for(struct flows *t, bool tcp)
{
	return tcp ? &t->tcp_pool : &t->pool;
}

struct flow *flow_victim(struct flows *t, uint8_t proto)
{
	bool tcp = proto == PROTO_TCP;
	const struct pool *own = pool_for(t, tcp);
	struct flow *f = NULL;

	for (unsigned r = 0; r < RANKS && !f; r++) {
		f = rank_head(t, &t->rank[tcp ? FLOW_TCP : FLOW_OTHER][r]);
		if (own->in_use < own->max)
			f = older(f, rank_head(t, &t->rank[tcp ? FLOW_OTHER : FLOW_TCP][r]));
	}
	return f;
}

/* ---- the table ---- */

static void give(struct flows *t, struct flow *f)
{
	pool_give(pool_for(t, f->tcp != NULL), f);
}

struct flow *flow_add(struct flows *t, const struct flow_key *k, unsigned hash)
{
	bool tcp = k->proto == PROTO_TCP;
	struct flow *f = HASH_COUNT(t->table) < t->max ? pool_take(pool_for(t, tcp)) : NULL;

	if (!f)
		return NULL;
	f->key = *k;
	f->tcp = tcp ? &((struct flow_with_tcp *)f)->tcp : NULL;
	HASH_ADD_BYHASHVALUE(hh, t->table, key, sizeof(*k), hash, f);
	if (!table_added(f)) {
		give(t, f);
		return NULL;
	}
	if (f->hh.tbl->num_buckets >= t->buckets_most)
		f->hh.tbl->noexpand = 1;
	f->after_eviction = eviction_recall(&t->evictions, k, hash);
	f->class = FLOW_OPEN;
	f->rank = RANK_ONE_SIDED;
	rank_join(t, f);
	t->count++;
	return f;
}

void flow_remove(struct flows *t, struct flow *f)
{
	wheel_leave(&t->wheel, f);
	rank_leave(t, f);
	if (f->tcp)
		tcp_free(t, f->tcp);
	if (f->events)
		events_free(t, f->events);
	pool_give(&t->gaps, f->gaps);
	pool_give(&t->icmp, f->icmp);
	pool_give(&t->path, f->path);
	HASH_DELETE(hh, t->table, f);
	give(t, f);
}

/* ---- the wheel ---- */

int64_t flow_timeout(const struct flow *f)
{
	return TIMEOUT[f->class];
}

void flow_schedule(struct flows *t, struct flow *f)
{
	int64_t over = later(f->last, TIMEOUT[f->class] + GRACE + 1);
	wheel_put(&t->wheel, f, f->say < over ? f->say : over);
}
