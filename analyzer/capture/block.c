/* The block reader. See block.h. */
#include "capture/block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/ahead.h"

int block_open(struct block *b, struct input in, size_t size)
{
	*b = (struct block){ .input = in };
	if (in.ahead && ahead_new(&b->ahead, &in)) {
		b->input = (struct input){ 0 };
		return 0;
	}
	b->own = b->bytes = malloc(size);
	b->room = size;
	return b->own ? 0 : -ENOMEM;
}

void block_close(struct block *b)
{
	if (b->input.type)
		b->input.type->close(b->input.state);
	if (b->ahead)
		ahead_close(b->ahead);
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
	if (b->at && b->bytes == b->own) {
		memmove(b->own, b->own + b->at, b->end - b->at);
		moved(b);
	}
	if (room > b->room) {
		uint8_t *p = realloc(b->own, room);
		if (!p)
			return false;
		b->bytes = b->bytes == b->own ? p : b->bytes;
		b->own = p;
		b->room = room;
	}
	if (b->bytes != b->own) {
		memcpy(b->own, b->bytes + b->at, b->end - b->at);
		b->bytes = b->own;
		moved(b);
	}
	return true;
}

static void ended(struct block *b, ssize_t why)
{
	b->ended = why == 0;
	b->waiting = why == -EAGAIN;
	b->error = b->waiting ? 0 : (int)why;
}

/* The next block takes what is unread of this one in front of it; only a run that is too long for that is gathered. */
static bool append_ahead(struct block *b)
{
	size_t left = b->end - b->at;
	bool gather = left > AHEAD_FRONT;
	uint8_t *p;

	if (gather && !make_room(b, left + AHEAD_BLOCK)) {
		b->error = -ENOMEM;
		return false;
	}
	ssize_t got = ahead_next(b->ahead, &p);
	if (got <= 0) {
		ended(b, got);
		return false;
	}
	if (gather) {
		memcpy(b->own + b->end, p, (size_t)got);
	} else {
		if (left)
			memcpy(p - left, b->bytes + b->at, left);
		b->bytes = p - left;
		moved(b);
	}
	b->end += (size_t)got;
	ahead_release(b->ahead);
	return true;
}

static bool append(struct block *b)
{
	ssize_t got = b->input.type->read(b->input.state, b->bytes + b->end, b->room - b->end);

	if (got <= 0)
		ended(b, got);
	else
		b->end += (size_t)got;
	return got > 0;
}

const uint8_t *block_fill(struct block *b, size_t n)
{
	b->waiting = b->held;
	if (b->held)
		return NULL;
	if (b->ended || b->error || n > BLOCK_RUN_MAX)
		return NULL;
	if (!b->ahead && !make_room(b, n)) {
		b->error = -ENOMEM;
		return NULL;
	}
	while (b->end - b->at < n)
		if (!(b->ahead ? append_ahead(b) : append(b)))
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
