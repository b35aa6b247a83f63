/*
 * Closed flows in fewer bytes, for the rings of hosts that may yet be recognised: most of what a flow could say of itself
 * it does not, so only the words that are not zero are kept, and which these are.
 */
#ifndef PLUMBLINE_JUDGE_KEPT_H
#define PLUMBLINE_JUDGE_KEPT_H

#include "base/pool.h"
#include "judge/closed.h"

enum { KEPT_STEP = 8, KEPT_SIZES = (sizeof(struct closed) / sizeof(uint64_t) + KEPT_STEP - 1) / KEPT_STEP };

struct kept;

struct keeps {
	struct pool size[KEPT_SIZES]; /* by words, in steps of KEPT_STEP */
	struct pool *details;         /* not its own */
	uint32_t n;
};

/* `max` of each size. What is given up last gives its detail back to `details`. */
void keeps_init(struct keeps *k, size_t max, struct pool *details);
void keeps_free(struct keeps *k);

/* A copy with one reference, which owns the flow's detail from now on. NULL without room. */
struct kept *kept_new(struct keeps *k, const struct closed *c);
struct kept *kept_ref(struct kept *f);
void kept_unref(struct keeps *k, struct kept *f);
/* The flow as it was. */
void kept_read(const struct kept *f, struct closed *ret_c);

#endif
