/*
 * Lists that grow, of one kind and with one lifetime. Each size (1, 2, 4 … elements) has a pool of its own, so that what a
 * list has grown out of is the next one's, and all of them go at once.
 */
#ifndef PLUMBLINE_BASE_ROOMS_H
#define PLUMBLINE_BASE_ROOMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum { ROOMS_SIZES = 9, ROOMS_MOST = 1 << (ROOMS_SIZES - 1) };

struct rooms {
	struct pool pool[ROOMS_SIZES];
};

/* `max`: so many lists of each size. */
void rooms_init(struct rooms *r, size_t element, size_t max);
void rooms_free(struct rooms *r);

/*
 * A list for twice as many elements as *room says, one where that is 0 and list NULL, ROOMS_MOST at most; *room says so
 * then. The elements move there, what comes behind them is not set, and the former list is gone. NULL at a cap or without
 * memory: the list and *room are as they were.
 */
void *rooms_grow(struct rooms *r, void *list, uint32_t *room);
/* Accepts NULL. */
void rooms_give(struct rooms *r, void *list, uint32_t room);

#endif
