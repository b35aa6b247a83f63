/* What a test of writing and reading records back needs: memory for what is made and what is read, two texts, a reason. */
#ifndef PLUMBLINE_TESTS_RECORD_FIXTURE_H
#define PLUMBLINE_TESTS_RECORD_FIXTURE_H

#include "base/arena.h"
#include "base/wr.h"

enum { ARENA = 8 << 20, ROOM = 1 << 20, WHY = 160 };

struct fixture {
	struct arena made, read;
	struct wr first, second;
	char why[WHY];
};

static inline void set_up(struct fixture *t)
{
	arena_init(&t->made, ARENA);
	arena_init(&t->read, ARENA);
	wr_init(&t->first, ROOM);
	wr_init(&t->second, ROOM);
}

static inline void tear_down(struct fixture *t)
{
	arena_free(&t->made);
	arena_free(&t->read);
	wr_free(&t->first);
	wr_free(&t->second);
}

static inline struct span text_of(const struct wr *w)
{
	return (struct span){ (const uint8_t *)w->p, w->n };
}

#endif
