/*
 * Memory for what is large and stays, as the chunks of pools and the buckets of tables, out of the kernel's huge pages:
 * one is had with a single fault and found again with a single entry of the TLB, where 512 small ones take as many. Any
 * thread may take and give.
 */
#ifndef PLUMBLINE_BASE_REGION_H
#define PLUMBLINE_BASE_REGION_H

#include <stddef.h>

enum { REGION_SHARED = 1024 * 1024 }; /* so much, and less, shares huge pages with others */

/* n bytes, not zeroed, at the start of a cache line; NULL without memory. */
void *region_take(size_t n);
/*
 * p may be NULL. What was taken beside it, by the same thread, shares its fate: once all of that is given back it is
 * used again, or goes back to the system.
 */
void region_give(void *p);
/* For a thread that would sleep now: where others will want more memory soon, some is fetched. May take milliseconds. */
void region_prepare(void);

#endif
