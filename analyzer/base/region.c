/* Regions of one huge page are filled from front to back; each counts what is still out. The newest one is kept. */
#include "base/region.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE = 2 * 1024 * 1024, LINE = 64 };

struct region {
	size_t used; /* this head included */
	size_t out;  /* pieces taken and not given back */
	alignas(LINE) unsigned char bytes[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct region *newest; /* under the lock */

static void drop(struct region *r)
{
	if (r == newest)
		r->used = sizeof(*r);
	else
		free(r);
}

static struct region *make(void)
{
	struct region *r = aligned_alloc(HUGE, HUGE), *before = newest;

	if (!r)
		return NULL;
	(void)madvise(r, HUGE, MADV_HUGEPAGE); /* where there are none, small ones do */
	*r = (struct region){ .used = sizeof(*r) };
	newest = r;
	if (before && before->out == 0)
		drop(before);
	return r;
}

void *region_take(size_t n)
{
	void *p = NULL;

	if (n > REGION_MAX)
		return NULL;
	n = (n + LINE - 1) & ~(size_t)(LINE - 1);
	(void)pthread_mutex_lock(&lock);
	struct region *r = newest && n <= HUGE - newest->used ? newest : make();
	if (r) {
		p = (unsigned char *)r + r->used;
		r->used += n;
		r->out++;
	}
	(void)pthread_mutex_unlock(&lock);
	return p;
}

void region_give(void *p)
{
	if (!p)
		return;
	struct region *r = (struct region *)(void *)((unsigned char *)p - (uintptr_t)p % HUGE);
	(void)pthread_mutex_lock(&lock);
	if (--r->out == 0)
		drop(r);
	(void)pthread_mutex_unlock(&lock);
}
