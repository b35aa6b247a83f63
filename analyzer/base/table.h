/*
 * Hash tables: uthash, set up for hostile keys. The only place that names it.
 *
 * Tables are used through the BYHASHVALUE forms with hash_bytes() and a key of their own (base/hash.h), nodes come from
 * pools, and running out of memory adds nothing instead of ending the program: the node's `hh.tbl` stays NULL, which
 * table_added() asks.
 */
#ifndef PLUMBLINE_BASE_TABLE_H
#define PLUMBLINE_BASE_TABLE_H

#include <stdlib.h>

#include "base/region.h"

/* Buckets are found at random: those of a large table lie in huge pages, or each look would miss the TLB too. */
enum { TABLE_LARGE = 64 * 1024 };

static inline void *table_take(size_t n)
{
	return n < TABLE_LARGE ? malloc(n) : region_take(n);
}

static inline void table_give(void *p, size_t n)
{
	if (n < TABLE_LARGE)
		free(p);
	else
		region_give(p);
}

#define uthash_malloc(n) table_take(n)
#define uthash_free(p, n) table_give(p, n)
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(elt) ((void)(elt))
#include <uthash.h>

/* A table grows before its chains do: each step along one is a cache miss. uthash's own limit of 10 makes them long. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 5U

#include "base/hash.h"

#define table_added(node) ((node)->hh.tbl != NULL)

/* Of the table that begins with that node; NULL where it is empty. */
#define table_of(head) ((head) ? (head)->hh.tbl : NULL)

/* Ahead of a search: the bucket is fetched; once it is here, it says which node is first in it, or NULL. */
static inline void table_fetch_bucket(const UT_hash_table *tbl, unsigned hash)
{
	if (tbl)
		__builtin_prefetch(&tbl->buckets[hash & (tbl->num_buckets - 1)]);
}

/* For nodes that begin with their `hh`. */
static inline const void *table_first(const UT_hash_table *tbl, unsigned hash)
{
	return tbl ? tbl->buckets[hash & (tbl->num_buckets - 1)].hh_head : NULL;
}

/* uthash's hash values are unsigned int: the low bits of ours. */
static inline unsigned table_hash(const struct hash_key *key, const void *p, size_t n)
{
	return (unsigned)hash_bytes(key, p, n);
}

#endif
