/*
 * Regions of one huge page are filled from front to back; each counts what is still out. The newest one of a lane is kept,
 * and threads have lanes of their own (more than LANES share them), so that what one gives back does not lie among what
 * others keep: the sensor's memory becomes the report's. Some that are empty wait for that: to ask the system for another
 * costs more than to fill one, above all in a virtual machine whose host took the page back. So a thread that has nothing
 * to do may make some ready for the others. What is larger than REGION_SHARED has a region to itself.
 */
#include "base/region.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Whoever has filled GROWING of them will want more: READY are. */
enum { HUGE = 2 * 1024 * 1024, LINE = 64, LANES = 4, SPARES = 8, READY = 2, GROWING = 3 };

struct region {
	size_t used;    /* this head included */
	size_t out;     /* pieces taken and not given back */
	bool newest;    /* of some lane */
	bool shared;    /* one huge page */
	alignas(LINE) unsigned char bytes[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* under the lock: */
static struct region *newest[LANES], *spare[SPARES];
static size_t spares, begun; /* begun: to be filled, ever */
static unsigned lanes_used;

static _Thread_local unsigned lane; /* from 1; 0: none yet */

/* Nothing of it is out. */
static void drop(struct region *r)
{
	if (r->newest)
		r->used = sizeof(*r);
	else if (r->shared && spares < SPARES)
		spare[spares++] = r;
	else
		free(r);
}

/* The rest behind the last whole huge page is of small ones. */
static struct region *make(size_t size)
{
	void *p;

	if (posix_memalign(&p, HUGE, size) != 0)
		return NULL;
	(void)madvise(p, size - size % HUGE, MADV_HUGEPAGE); /* where there are none, small ones do */
	struct region *r = p;
	*r = (struct region){ .used = sizeof(*r) };
	return r;
}

static struct region *make_newest(struct region **at)
{
	struct region *r = spares ? spare[--spares] : make(HUGE), *before = *at;

	if (!r)
		return NULL;
	*r = (struct region){ .used = sizeof(*r), .newest = true, .shared = true };
	*at = r;
	begun++;
	if (before) {
		before->newest = false;
		if (before->out == 0)
			drop(before);
	}
	return r;
}

static struct region *region_for(size_t n)
{
	if (n > REGION_SHARED)
		return make(sizeof(struct region) + n);
	if (lane == 0)
		lane = lanes_used++ % LANES + 1;
	struct region **at = &newest[lane - 1];
	return *at && n <= HUGE - (*at)->used ? *at : make_newest(at);
}

void *region_take(size_t n)
{
	void *p = NULL;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + LINE - 1) & ~(size_t)(LINE - 1);
	(void)pthread_mutex_lock(&lock);
	struct region *r = region_for(n);
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

void region_prepare(void)
{
	(void)pthread_mutex_lock(&lock);
	bool wanted = begun >= GROWING && spares < READY;
	(void)pthread_mutex_unlock(&lock);
	struct region *r = wanted ? make(HUGE) : NULL;
	if (!r)
		return;
	r->shared = true;
	(void)pthread_mutex_lock(&lock);
	drop(r);
	(void)pthread_mutex_unlock(&lock);
}
