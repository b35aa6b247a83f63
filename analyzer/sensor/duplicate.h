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

/*
 * The entries whose hash ends alike. Most packets are no copy, and their bucket says so by itself: by the latest time of
 * its entries, and by one of 32 bits for each entry, apart for the ring's turn of the newest and for the turn before that.
 */
struct duplicate_bucket {
	uint32_t newest; /* ordinal + 1; 0 none */
	uint32_t latest; /* 2^20 ns since 1970, low bits */
	uint32_t tags[2];
};

struct duplicates {
	struct duplicate_entry *ring;
	struct duplicate_bucket *bucket;
	uint32_t mask;    /* ring size - 1; a power of two */
	unsigned shift;   /* an ordinal's turn begins there */
	uint64_t next;    /* ordinal of the next entry */
	struct hash_key key;
};

/* What must be equal beside the flow: words, since they are hashed and compared as such at once after they are made. */
struct duplicate_identity {
	uint64_t content; /* of the first 64 bytes of payload, and of TCP's options */
	uint64_t numbers; /* TCP's sequence and acknowledgement; an echo's */
	uint64_t length;  /* of the payload, and TCP's time stamp */
	uint64_t rest;    /* IP ID, window, flags, sender, checksum: UDP's; TCP's is often not filled in on one copy */
};

/* A packet that is looked for. */
struct duplicate_probe {
	struct duplicate_identity identity;
	bool known;             /* it can be told from another packet */
	uint32_t chain, tag;    /* hash bits: which bucket, and what that does not say */
	uint32_t encapsulation;
};

/* Of what it carries, and of TCP's options. Not keyed: it does not depend on the run. */
uint64_t duplicate_content(const struct packet *p);

/* 0 or -ENOMEM; size is rounded up to a power of two. */
int duplicates_init(struct duplicates *d, uint32_t size);
void duplicates_free(struct duplicates *d);

/*
 * What identifies p, before its flow is found; its bucket is fetched meanwhile. `content` is duplicate_content(p),
 * `hash` that of the flow's key, `end` the sender's.
 */
void duplicates_prepare(struct duplicates *d, const struct packet *p, uint64_t content, unsigned hash, unsigned end,
			struct duplicate_probe *ret_probe);
/* The bucket is there by now, and what it says is to be looked at is fetched. */
void duplicates_fetch(const struct duplicates *d, const struct duplicate_probe *probe, int64_t time);
/* True where it is a copy of a packet of that flow; else it is remembered. Time 0: no clock, so nothing says how soon. */
bool duplicates_see(struct duplicates *d, const struct duplicate_probe *probe, uint64_t flow, int64_t time);

#endif
