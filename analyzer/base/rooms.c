/* See rooms.h. */
#include "base/rooms.h"

#include <string.h>

/* The smallest that has so much room; it is not 0. */
static unsigned size_for(uint32_t room)
{
	unsigned size = 0;

	while (size < ROOMS_SIZES && UINT32_C(1) << size < room)
		size++;
	return size;
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

void *rooms_grow(struct rooms *r, void *list, uint32_t room)
{
	unsigned size = list ? size_for(room + 1) : 0;
	void *grown = size < ROOMS_SIZES ? pool_take_raw(&r->pool[size]) : NULL;

	if (!grown || !list)
		return grown;
	memcpy(grown, list, r->pool[size_for(room)].size);
	rooms_give(r, list, room);
	return grown;
}

void rooms_give(struct rooms *r, void *list, uint32_t room)
{
	if (list)
		pool_give(&r->pool[size_for(room)], list);
}
