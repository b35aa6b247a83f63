/* The block reader. See block.h. */
#include "capture/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int block_open(struct block *b, struct input in, size_t size)
{
	*b = (struct block){ .input = in, .bytes = malloc(size), .room = size };
	return b->bytes ? 0 : -ENOMEM;
}

void block_close(struct block *b)
{
	if (b->input.type)
		b->input.type->close(b->input.state);
	free(b->bytes);
	*b = (struct block){ 0 };
}

/* Room for a run of n bytes from `at` on: what is unread moves to the front, and the block grows where it must. */
static bool make_room(struct block *b, size_t n)
{
	if (b->at) {
		memmove(b->bytes, b->bytes + b->at, b->end - b->at);
		b->offset += b->at;
		b->end -= b->at;
		b->at = 0;
	}
	if (n <= b->room)
		return true;
	size_t room = b->room;
	while (room < n)
		room *= 2;
	uint8_t *p = realloc(b->bytes, room);
	if (!p)
		return false;
	b->bytes = p;
	b->room = room;
	return true;
}

const uint8_t *block_fill(struct block *b, size_t n)
{
	b->waiting = b->held;
	if (b->held)
		return NULL;
	if (b->ended || b->error || n > BLOCK_RUN_MAX)
		return NULL;
	if (!make_room(b, n)) {
		b->error = -ENOMEM;
		return NULL;
	}
	while (b->end < n) {
		ssize_t got = b->input.type->read(b->input.state, b->bytes + b->end, b->room - b->end);
		if (got <= 0) {
			b->ended = got == 0;
			b->waiting = got == -EAGAIN;
			b->error = b->waiting ? 0 : (int)got;
			return NULL;
		}
		b->end += (size_t)got;
	}
	return b->bytes;
}

bool block_skip(struct block *b, uint64_t n)
{
	while (n > b->end - b->at) {
		n -= b->end - b->at;
		b->at = b->end;
		if (!block_run(b, 1))
			return false;
	}
	b->at += (size_t)n;
	return true;
}
