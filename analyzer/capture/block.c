/* The block reader. See block.h. */
#include "capture/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int block_open(struct block *b, struct input in, size_t size)
{
	*b = (struct block){ .input = in, .own = malloc(size), .room = size };
	b->bytes = b->own;
	return b->own ? 0 : -ENOMEM;
}

void block_close(struct block *b)
{
	if (b->input.type)
		b->input.type->close(b->input.state);
	free(b->own);
	*b = (struct block){ 0 };
}

/* What is unread is now at the beginning of `bytes`. */
static void moved(struct block *b)
{
	b->offset += b->at;
	b->end -= b->at;
	b->at = 0;
}

/* Room in `own` for a run of n bytes: what is unread moves to its front, and it grows where it must. */
static bool make_room(struct block *b, size_t n)
{
	size_t room = b->room ? b->room : BLOCK_SIZE;

	while (room < n)
		room *= 2;
	if (b->at) {
		memmove(b->bytes, b->bytes + b->at, b->end - b->at);
		moved(b);
	}
	if (room > b->room) {
		uint8_t *p = realloc(b->own, room);
		if (!p)
			return false;
		b->bytes = b->own = p;
		b->room = room;
	}
	return true;
}

/* The same in another buffer. */
static bool turn(struct block *b, size_t n)
{
	uint8_t *p = b->turn.next(b->turn.ctx, n, &b->room);

	if (!p)
		return false;
	memcpy(p, b->bytes + b->at, b->end - b->at);
	b->bytes = p;
	moved(b);
	return true;
}

static bool append(struct block *b)
{
	ssize_t got = b->input.type->read(b->input.state, b->bytes + b->end, b->room - b->end);

	b->ended = got == 0;
	b->waiting = got == -EAGAIN;
	if (got > 0)
		b->end += (size_t)got;
	else
		b->error = b->waiting ? 0 : (int)got;
	return got > 0;
}

const uint8_t *block_fill(struct block *b, size_t n)
{
	b->waiting = b->held;
	if (b->held)
		return NULL;
	if (b->ended || b->error || n > BLOCK_RUN_MAX)
		return NULL;
	if (!(b->turn.next ? turn(b, n) : make_room(b, n))) {
		b->error = -ENOMEM;
		return NULL;
	}
	while (b->end - b->at < n)
		if (!append(b))
			return NULL;
	return b->bytes + b->at;
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
