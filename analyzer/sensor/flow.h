/*
 * The flow table: who talks to whom, how long each flow may be silent, and who goes when there is no room.
 *
 * A flow is kept by the two ends of its key, the lower one first; which of them is the initiator is one bit, so nothing
 * moves when a dissector knows better. Whatever only some flows need hangs off it and is allocated when first needed.
 */
#ifndef PLUMBLINE_SENSOR_FLOW_H
#define PLUMBLINE_SENSOR_FLOW_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/table.h"
#include "record/obs.h"
#include "sensor/cite.h"
#include "sensor/evicted.h"
#include "sensor/wheel.h"

/* How long a flow may be silent; the order is that of the table in flow.c. */
enum flow_class { FLOW_HALF_OPEN, FLOW_OPEN, FLOW_ENDED, FLOW_DATAGRAM, FLOW_ICMP, FLOW_CLASSES };

/* Who makes room first: one-sided flows, then ended ones and datagrams, last what may be a silent session. */
enum flow_rank { RANK_ONE_SIDED, RANK_PASSING, RANK_SESSION, RANKS };

/* What is counted of each end of every flow: one cache line. */
struct flow_end {
	int64_t first, last;
	uint64_t packets, bytes, payload;
	struct mac mac;
	uint16_t vlan;
	uint32_t cut;
	uint16_t largest, ip_id;
	uint8_t ttl_min, ttl_max, ttl_last, dscp;
	uint8_t flags;
	uint8_t habit, habit_doubts; /* enum obs_ip_id; transitions in a row that do not fit it */
	uint8_t unassembled;         /* its datagrams whose fragments could not be put together; 255: or more */
};
_Static_assert(sizeof(struct flow_end) == 64, "a cache line");

/* In whole cache lines, those first that every packet touches; struct tcp, where there is one, lies behind them. */
struct flow {
	alignas(64) UT_hash_handle hh;
	struct stream *stream;

	struct flow_key key;
	int64_t last;                  /* newest time of its packets */
	uint64_t last_frame : 48, last_capture : 16;
	struct tcp *tcp;               /* TCP only */

	struct flow_end end[2];

	uint64_t id;
	struct gaps *gaps;
	struct event_log *events;
	int64_t say;                   /* when its next open or update record is due */
	struct sample *sample;         /* what is kept of it for the classifier */
	uint32_t slot_at;              /* the wheel's */
	uint16_t slot;
	uint8_t class, rank;
	uint8_t initiator;             /* which end, 0 or 1 */
	uint8_t init_how, ip_version;
	uint8_t datagrams_tried;       /* UDP payloads shown to the dissectors */
	bool link_cast : 1, said : 1, after_eviction : 1, gap_open : 1, no_dissector : 1;
	bool fresh : 1;                /* it had packets since its last open or update record */
	bool records_told : 1;         /* of TLS records the log has enough */
	bool known : 1;                /* a dissector reads it, or did */
	bool sampled;                  /* the classifier was asked about it, or will not be */

	struct flow *rank_next, *rank_prev;
	int64_t ranked;                /* `last` when it joined the tail of its rank */
	struct kept_fact *facts;
	struct flow_icmp *icmp;
	uint64_t first_frame : 48, first_capture : 16;
	int64_t start;
	struct flow_path *path;
	uint32_t duplicates;
	uint32_t interface;
};
_Static_assert(sizeof(struct flow) == 6 * 64, "six cache lines");

/*
 * TCP has state of its own behind the flow, and a pool for both. Each kind has its cap and makes its own room: all flows
 * with their events stay below 300 MiB, and a flood of datagrams costs no session.
 */
enum flow_kind { FLOW_OTHER, FLOW_TCP, FLOW_KINDS };
enum { FLOWS_OTHER_MAX = 1 << 18, FLOWS_TCP_MAX = 3 << 16 };

struct flow_list {
	struct flow *head, *tail;
};

struct flows {
	struct flow *table;
	struct hash_key hash;
	uint32_t max;
	unsigned buckets_log2;         /* with which the table starts */
	struct pool pool, tcp_pool; /* flows without struct tcp, and with it */
	struct pool holes, log, block, ring, gaps, icmp, path;
	struct wheel wheel;
	struct flow_list rank[FLOW_KINDS][RANKS];
	unsigned buckets_most;         /* the table grows no further: chains are as long as its load by then */
	struct evictions evictions;
	uint64_t count;                /* flows ever */
	uint64_t refused;              /* packets that found no room at all */
};

void flows_init(struct flows *t, uint32_t max);
/* Frees all; flows that are still in the table are not said. */
void flows_free(struct flows *t);

/* The key of a packet from src to dst; the answer is the sender's end in it. */
unsigned flow_key_of(struct flow_key *ret_k, const struct addr *src, const struct addr *dst, uint16_t sport,
		     uint16_t dport, uint8_t proto);
unsigned flow_hash(const struct flows *t, const struct flow_key *k);
/* The flow with this hash will be looked for soon: first its bucket, later what hangs in it is fetched. */
void flow_prefetch_bucket(const struct flows *t, unsigned hash);
void flow_prefetch(const struct flows *t, unsigned hash, bool tcp);
/* f will be looked at soon, whether it has something to say. */
void flow_fetch_due(const struct flow *f);
/* f will be closed soon; once that much is there, what it hangs on and what hangs off it; and then its events. */
void flow_fetch(const struct flow *f);
void flow_fetch_around(const struct flows *t, const struct flow *f);
void flow_fetch_events(const struct flow *f);
struct flow *flow_find(struct flows *t, const struct flow_key *k, unsigned hash);

/* A new flow without a class, or NULL at the cap: close flow_victim(), then try again. */
struct flow *flow_add(struct flows *t, const struct flow_key *k, unsigned hash);
/* The flow that makes room for one of this protocol; NULL where there is none. */
struct flow *flow_victim(struct flows *t, uint8_t proto);
void flow_remove(struct flows *t, struct flow *f);

/* Sets how long the flow may be silent and its rank; cheap where nothing changes. */
void flow_classify(struct flows *t, struct flow *f, enum flow_class c);
int64_t flow_timeout(const struct flow *f);

/* True where a packet at `time` comes too late to belong to f. */
static inline bool flow_is_over(const struct flow *f, int64_t time)
{
	return elapsed(f->last, time) > flow_timeout(f);
}

/* To be seen again when it may first have something to say. */
void flow_schedule(struct flows *t, struct flow *f);

#endif
