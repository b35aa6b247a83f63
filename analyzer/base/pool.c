/* Equal-sized objects with a cap; chunks grow from 64 objects on, so a small run stays small. */
#include "base/pool.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#include "base/region.h"

/* 32 of the largest chunks and the head of their region make a huge page. What a chunk has too much is lost. */
enum { CHUNK_FIRST = 64, CACHE_LINE = 64, CHUNK_MOST = 65280 };

struct pool_chunk {
	struct pool_chunk *next;
	size_t objects;
	alignas(CACHE_LINE) unsigned char bytes[]; /* an object of whole lines shares none with another */
};

void pool_init(struct pool *p, size_t size, size_t max)
{
	size_t align = alignof(max_align_t);

	if (size < sizeof(void *))
		size = sizeof(void *);
	*p = (struct pool){ .size = (size + align - 1) & ~(align - 1), .max = max };
}

void pool_free(struct pool *p)
{
	struct pool_chunk *c = p->chunks;

	while (c) {
		struct pool_chunk *next = c->next;
		region_give(c);
		c = next;
	}
	pool_init(p, p->size ? p->size : 1, p->max);
}

static bool grow(struct pool *p)
{
	size_t n = p->chunks ? p->chunks->objects * 2 : CHUNK_FIRST;
	size_t fit = (CHUNK_MOST - sizeof(struct pool_chunk)) / p->size;

	if (n > fit)
		n = fit ? fit : 1;
	if (n > p->max - p->made)
		n = p->max - p->made;
	if (n == 0)
		return false;
	struct pool_chunk *c = region_take(sizeof(struct pool_chunk) + n * p->size);
	if (!c)
		return false;
	c->objects = n;
	c->next = p->chunks;
	p->chunks = c;
	p->left = n;
	return true;
}

void *pool_take_raw(struct pool *p)
{
	void *o = p->free_list;

	if (o) {
		memcpy(&p->free_list, o, sizeof(void *));
		__builtin_prefetch(p->free_list, 1); /* the next one says where the one after it is */
	} else {
		if (p->left == 0 && !grow(p))
			return NULL;
		o = p->chunks->bytes + (p->chunks->objects - p->left) * p->size;
		p->left--;
		p->made++;
	}
	p->in_use++;
	return o;
}

void *pool_take(struct pool *p)
{
	void *o = pool_take_raw(p);

	return o ? memset(o, 0, p->size) : NULL;
}

void pool_give(struct pool *p, void *o)
{
	if (!o)
		return;
	memcpy(o, &p->free_list, sizeof(void *));
	p->free_list = o;
	p->in_use--;
}
