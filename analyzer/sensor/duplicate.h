/*
 * Copies that a span port makes: the same packet again within 2 ms, or 20 ms where it came in another encapsulation.
 * Keys are compared in full; a ring of the newest packets is searched through chains by hash, so the hash key chooses a
 * chain and never an answer.
 */
#ifndef PLUMBLINE_SENSOR_DUPLICATE_H
#define PLUMBLINE_SENSOR_DUPLICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "packet/packet.h"

struct duplicate_entry;

struct duplicates {
	struct duplicate_entry *ring;
	uint32_t *bucket; /* ordinal + 1 of the newest entry of each chain; 0 none */
	uint32_t mask;    /* ring size - 1; a power of two */
	uint64_t next;    /* ordinal of the next entry */
	struct hash_key key;
};

/* 0 or -ENOMEM; size is rounded up to a power of two. */
int duplicates_init(struct duplicates *d, uint32_t size);
void duplicates_free(struct duplicates *d);

/* True where p is a copy of a packet that the same end of the same flow sent; else p is remembered. */
bool duplicates_see(struct duplicates *d, uint64_t flow, unsigned end, const struct packet *p, int64_t time);

#endif
