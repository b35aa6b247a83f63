/* A bump allocator with a cap: a list of blocks, the newest first, each twice the one before, from 1 KiB to 16 KiB. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/region.h"

enum { BLOCK_FIRST = 1024, BLOCK_MOST = 16 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

/* The largest come out of regions: what an arena of many of them holds is looked for at random. */
static void give(struct arena_block *b)
{
	if (b->size < BLOCK_MOST)
		free(b);
	else
		region_give(b);
}

static struct arena_block *take(size_t size)
{
	struct arena_block *b = size < BLOCK_MOST ? malloc(sizeof(*b) + size) : region_take(sizeof(*b) + size);

	if (b) {
		memset(b, 0, sizeof(*b) + size);
		b->size = size;
	}
	return b;
}

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

static void free_from(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;
		give(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	free_from(a->head);
	*a = (struct arena){ .max = a->max };
}

void arena_reset(struct arena *a)
{
	if (!a->head)
		return;
	free_from(a->head->next);
	a->head->next = NULL;
	memset(a->head->bytes, 0, a->head->used);
	a->head->used = 0;
	a->used = 0;
}

static struct arena_block *grow(struct arena *a, size_t n)
{
	size_t size = a->head ? a->head->size * 2 : BLOCK_FIRST;

	if (size > BLOCK_MOST)
		size = BLOCK_MOST;
	if (size < n)
		size = n;
	struct arena_block *b = take(size);
	if (!b)
		return NULL;
	b->next = a->head;
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;

	if (n > SIZE_MAX / 2 || a->used > a->max || n > a->max - a->used) {
		a->failed++;
		return NULL;
	}
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!b || n > b->size - b->used) {
		b = grow(a, n);
		if (!b) {
			a->failed++;
			return NULL;
		}
	}
	void *p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	return p;
}

struct span arena_copy(struct arena *a, struct span s)
{
	if (s.n == 0)
		return (struct span){ NULL, 0 };
	uint8_t *p = arena_alloc(a, s.n + 1);
	if (!p)
		return (struct span){ NULL, 0 };
	memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}
