/*
 * Names: interned text, and what each client was told by DNS. DESIGN: names.
 *
 * A look-up at most 10 s before a flow's first packet wins; else every name that still stands is a candidate. Loopback,
 * unspecified and sinkhole answers are evidence elsewhere, never names.
 */
#ifndef PLUMBLINE_JUDGE_NAME_H
#define PLUMBLINE_JUDGE_NAME_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/table.h"
#include "judge/sieve.h"
#include "record/obs.h"

enum { NAME_CANDIDATES = 8 };

struct interned;
struct lookup;

struct names {
	struct hash_key key;
	struct arena text;
	struct interned *interned;
	struct lookup *lookups; /* oldest first */
	struct pool pool, others;
	uint32_t lookups_n, lookups_max;
	uint64_t evicted;
	struct sieve named;     /* addresses that anybody was told a name for */
};

struct name_candidate {
	struct span name;
	int64_t answered;
	bool fresh; /* looked up at most 10 s before */
};

void names_init(struct names *n, uint32_t lookups_max);
void names_free(struct names *n);

/* The same bytes give the same span, valid until names_free(); empty where the cap is reached. */
struct span names_intern(struct names *n, struct span s);

/* Remembers an answered transaction for its client, and for anybody. */
void names_add(struct names *n, const struct obs_dns *d);

/*
 * The names that `client` was told for `peer` before `at`, newest first; only the fresh ones where there are any.
 * client "none": what anybody was told. Returns how many.
 */
size_t names_of(const struct names *n, const struct addr *client, const struct addr *peer, int64_t at,
		struct name_candidate out[NAME_CANDIDATES]);

/* True for an answer that says "not here": unspecified, loopback, and addresses known as block pages. */
bool names_is_sinkhole(const struct addr *a);

#endif
