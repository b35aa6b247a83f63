/* Host patterns for fast lookup: sorted names, and sorted tails for the patterns that take what is below a name. */
#ifndef PLUMBLINE_PROFILE_HOSTSET_H
#define PLUMBLINE_PROFILE_HOSTSET_H

#include "profile/build.h"

struct hostset {
	struct texts exact; /* names, no final dot */
	struct texts below; /* "example.com" of "*.example.com" and ".example.com" */
	size_t longest;     /* of the exact names */
	size_t tail;        /* so many bytes at their ends say of most hosts that they fit none: */
	uint64_t ends[4];   /* a bit by the hash of these */
};

/* NULL where there is no pattern, or no memory (then b->no_memory is set). */
const struct hostset *hostset_make(struct build *b, struct texts patterns);

/*
 * How closely the host fits a pattern, as span_host_matches() would have it: 255 by its whole name, less by a tail (the
 * longer the more), 0 not at all. `h` may be NULL.
 */
uint8_t hostset_fit(const struct hostset *h, struct span host);
bool hostset_has(const struct hostset *h, struct span host);

#endif
