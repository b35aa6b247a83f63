/*
 * DNS transactions: a question, its repeats and its answer, as one observation. Multicast names (mDNS, LLMNR) are no
 * transactions: nobody has to answer, so only answers are said.
 */
#ifndef PLUMBLINE_SENSOR_DNS_H
#define PLUMBLINE_SENSOR_DNS_H

#include "base/fact.h"
#include "base/pool.h"
#include "base/table.h"
#include "record/obs.h"
#include "sensor/cite.h"

struct dns_pending;

struct dns_table {
	struct dns_pending *table; /* in the order of the newest question of each: uthash keeps it */
	struct hash_key hash;
	struct pool pool;
	struct obs_sink sink;
	struct obs *out;           /* room for what is said */
	uint64_t evicted;
};

/* The packet that a message came in. */
struct dns_packet {
	uint64_t flow;
	struct cite cite;
	struct addr src, dst;
	struct mac src_mac, dst_mac;
	uint16_t sport, dport;
	uint8_t proto, ttl;
};

void dns_init(struct dns_table *t, uint32_t max, struct obs_sink sink, struct obs *out);
void dns_free(struct dns_table *t);
void dns_message(struct dns_table *t, const struct dns_packet *p, const struct fact_dns *m);
/* Says the questions that had no answer for 10 s. */
void dns_expire(struct dns_table *t, int64_t now);
/* Says all that are open: the input is over, or the clock cannot measure them any more. */
void dns_flush(struct dns_table *t);

#endif
