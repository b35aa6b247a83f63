/* Keys whose flow had to make room, the newest few thousand: what follows on such a key did not begin with what is
 * seen. */
#ifndef PLUMBLINE_SENSOR_EVICTED_H
#define PLUMBLINE_SENSOR_EVICTED_H

#include "base/addr.h"
#include "base/pool.h"
#include "base/table.h"

/* No padding: it is hashed and compared as bytes. */
struct flow_key {
	struct addr addr[2];
	uint16_t port[2];
	uint8_t proto, zero[3];
};
_Static_assert(sizeof(struct flow_key) == 40, "hashed and compared as bytes");

struct evicted;

struct evictions {
	struct evicted *table; /* oldest first */
	struct pool pool;
	uint64_t count;        /* ever */
};

void evictions_init(struct evictions *t);
void evictions_free(struct evictions *t);
/* `hash` is the flow table's. */
void eviction_remember(struct evictions *t, const struct flow_key *k, unsigned hash);
/* True once for a key that was evicted. */
bool eviction_recall(struct evictions *t, const struct flow_key *k, unsigned hash);

#endif
