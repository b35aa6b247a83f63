/* The memory of evictions: DESIGN, bounded memory. */
#include "sensor/evicted.h"

enum { KEPT = 4096 };

struct evicted {
	UT_hash_handle hh;
	struct flow_key key;
};

void evictions_init(struct evictions *t)
{
	*t = (struct evictions){ 0 };
	pool_init(&t->pool, sizeof(struct evicted), KEPT);
}

void evictions_free(struct evictions *t)
{
	HASH_CLEAR(hh, t->table);
	pool_free(&t->pool);
}

static void forget(struct evictions *t, struct evicted *e)
{
	HASH_DELETE(hh, t->table, e);
	pool_give(&t->pool, e);
}

void eviction_remember(struct evictions *t, const struct flow_key *k, unsigned hash)
{
	struct evicted *e;

	t->count++;
	HASH_FIND_BYHASHVALUE(hh, t->table, k, sizeof(*k), hash, e);
	if (e)
		forget(t, e);
	if (HASH_COUNT(t->table) >= KEPT)
		forget(t, t->table); /* the head is the oldest */
	e = pool_take(&t->pool);
	if (!e)
		return;
	e->key = *k;
	HASH_ADD_BYHASHVALUE(hh, t->table, key, sizeof(*k), hash, e);
	if (!table_added(e))
		pool_give(&t->pool, e);
}

bool eviction_recall(struct evictions *t, const struct flow_key *k, unsigned hash)
{
	struct evicted *e = NULL;

	if (t->table)
		HASH_FIND_BYHASHVALUE(hh, t->table, k, sizeof(*k), hash, e);
	if (e)
		forget(t, e);
	return e != NULL;
}
