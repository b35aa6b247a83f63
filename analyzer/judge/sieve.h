/*
 * A sieve before a table that is asked far more often for what it has not: a bit for every hash that went in, which is in
 * the nearest cache when the table's buckets are not. It never says no to what is there.
 */
#ifndef PLUMBLINE_JUDGE_SIEVE_H
#define PLUMBLINE_JUDGE_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

enum { SIEVE_BITS_LOG2 = 17, SIEVE_WORDS = (1 << SIEVE_BITS_LOG2) / 64 };

struct sieve {
	uint64_t w[SIEVE_WORDS];
};

/* By the upper bits: a table of the same hash uses the lower ones. */
static inline uint32_t sieve_bit(uint32_t hash)
{
	return hash >> (32 - SIEVE_BITS_LOG2);
}

static inline void sieve_add(struct sieve *s, uint32_t hash)
{
	uint32_t i = sieve_bit(hash);
	s->w[i / 64] |= UINT64_C(1) << i % 64;
}

static inline bool sieve_passes(const struct sieve *s, uint32_t hash)
{
	uint32_t i = sieve_bit(hash);
	return s->w[i / 64] >> i % 64 & 1;
}

#endif
