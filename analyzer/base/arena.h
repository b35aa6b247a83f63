/*
 * A bump allocator with a cap: many small things with one lifetime. Memory is zeroed. An arena at its cap returns NULL
 * and counts; nothing is lost silently. A zeroed arena may be freed.
 */
#ifndef PLUMBLINE_BASE_ARENA_H
#define PLUMBLINE_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used;     /* bytes handed out */
	size_t max;
	uint64_t failed; /* requests refused at the cap or for want of memory */
};

void arena_init(struct arena *a, size_t max);
void arena_free(struct arena *a);
/* Everything handed out so far is gone; one block is kept for the next round. */
void arena_reset(struct arena *a);
/* n zeroed bytes, aligned for any type, or NULL. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy of the bytes; empty (p NULL) where s is empty or the arena is full. A NUL that n does not count follows them. */
struct span arena_copy(struct arena *a, struct span s);

#endif
