/* See rooms.h. */
#include "base/rooms.h"

#include <string.h>

/* Of a list with room; 0 is that of none, too. */
static unsigned size_of(uint32_t room)
{
	return room ? (unsigned)__builtin_ctz(room) : 0;
}

void rooms_init(struct rooms *r, size_t element, size_t max)
{
	for (unsigned i = 0; i < ROOMS_SIZES; i++)
		pool_init(&r->pool[i], element << i, max);
}

void rooms_free(struct rooms *r)
{
	for (unsigned i = 0; i < ROOMS_SIZES; i++)
		pool_free(&r->pool[i]);
}

void *rooms_grow(struct rooms *r, void *list, uint32_t *room)
{
	unsigned size = *room ? size_of(*room) + 1 : 0;
	void *grown = size < ROOMS_SIZES ? pool_take_raw(&r->pool[size]) : NULL;

	if (!grown)
		return NULL;
	if (list)
		memcpy(grown, list, r->pool[size_of(*room)].size);
	rooms_give(r, list, *room);
	*room = UINT32_C(1) << size;
	return grown;
}

void rooms_give(struct rooms *r, void *list, uint32_t room)
{
	if (list)
		pool_give(&r->pool[size_of(room)], list);
}
