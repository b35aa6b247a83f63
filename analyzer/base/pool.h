/*
 * Equal-sized objects with a cap: allocated in chunks, returned to a free list, never to the system before pool_free().
 * A taken object is zeroed. At the cap, or without memory, pool_take() returns NULL: the caller evicts or counts.
 */
#ifndef PLUMBLINE_BASE_POOL_H
#define PLUMBLINE_BASE_POOL_H

#include <stddef.h>

struct pool_chunk;

struct pool {
	struct pool_chunk *chunks;
	void *free_list;
	size_t size;  /* of one object */
	size_t max;   /* objects */
	size_t made;  /* objects ever made */
	size_t in_use;
	size_t left;  /* objects not yet handed out of the newest chunk */
};

void pool_init(struct pool *p, size_t size, size_t max);
void pool_free(struct pool *p);
void *pool_take(struct pool *p);
void *pool_take_raw(struct pool *p); /* not zeroed: for what is written before it is read */
void pool_give(struct pool *p, void *object);

#endif
