/*
 * A keyed hash for table buckets. Keys come from packets, so the hash must not be predictable: every table takes a
 * fresh key from the kernel. It may choose a bucket, never an order of output and never the slot of a lossy table.
 *
 * uthash is used with explicit hash values (HASH_FIND_BYHASHVALUE and its kin), so the key lives in the table's owner.
 */
#ifndef PLUMBLINE_BASE_HASH_H
#define PLUMBLINE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hash_key {
	uint64_t k[2];
};

/* A fresh random key. */
struct hash_key hash_key_new(void);

__extension__ typedef unsigned __int128 hash_wide;

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	hash_wide m = (hash_wide)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Eight bytes from byte `at` on. */
static inline uint64_t hash_word(const void *p, size_t at)
{
	uint64_t w;

	memcpy(&w, (const unsigned char *)p + at, sizeof(w));
	return w;
}

/* Keyed multiply-mix over n bytes, eight at a time. */
static inline uint64_t hash_bytes(const struct hash_key *key, const void *p, size_t n)
{
	const unsigned char *b = p;
	uint64_t h = key->k[0] ^ n, w = 0;

	for (; n >= 8; n -= 8, b += 8)
		h = hash_mix(h ^ hash_word(b, 0), key->k[1] | 1);
	if (n) {
		memcpy(&w, b, n);
		h = hash_mix(h ^ w, key->k[1] | 1);
	}
	return hash_mix(h ^ key->k[1], UINT64_C(0x9e3779b97f4a7c15));
}

#endif
