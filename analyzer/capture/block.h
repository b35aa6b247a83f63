/*
 * The block reader: bytes of a file, a pipe or anything else that can be read in order, handed out in contiguous runs.
 *
 * Bytes come by read(2) in blocks, never by mmap: a file that shrinks under a map is a SIGBUS. Where the bytes come
 * from is a vtable, so that a decompressor is one more input_type and the decoders above do not change.
 */
#ifndef PLUMBLINE_CAPTURE_BLOCK_H
#define PLUMBLINE_CAPTURE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* BLOCK_RUN_MAX is the longest run: no sane record is longer, header included. */
enum { BLOCK_SIZE = 256 * 1024, BLOCK_SIZE_SMALL = 4 * 1024, BLOCK_RUN_MAX = 16 * 1024 * 1024 };

struct input_type {
	/* Up to n bytes to `to`, at least one; 0 at the end, -EAGAIN where more may come later, else -errno. */
	ssize_t (*read)(void *state, void *to, size_t n);
	/* Frees the state. */
	void (*close)(void *state);
};

struct input {
	const struct input_type *type; /* NULL: there is none */
	void *state;
};

/* Another buffer of n bytes or more, *ret_room; the ones before stay as they are. NULL: there is none to be had. */
struct block_turn {
	uint8_t *(*next)(void *ctx, size_t n, size_t *ret_room);
	void *ctx;
};

struct block {
	struct input input;
	struct block_turn turn; /* where more is read to; none: to `own`, in which the bytes move */
	uint8_t *bytes;         /* at hand: in `own`, or the buffer turned to last */
	uint8_t *own;
	size_t room;     /* of `bytes` */
	size_t at, end;  /* unread bytes are [at, end) */
	uint64_t offset; /* of bytes[0] in the input */
	int error;       /* -errno of the read that failed; sticky */
	bool ended;
	bool waiting;    /* the last run was not there, and may be later */
	bool held;       /* by its user: no byte may move, so nothing is read; what is not at hand is waited for */
};

/* Takes the input over: block_close() closes it, also after a failure here. -ENOMEM where there is no memory. */
int block_open(struct block *b, struct input in, size_t size);
/* May be called on a zeroed block. */
void block_close(struct block *b);

/* What block_run() does where the bytes are not there yet. */
const uint8_t *block_fill(struct block *b, size_t n);

/*
 * The next n bytes without moving; valid until the next call on this block. NULL where fewer are left before the end,
 * or are there so far (b->waiting: ask again later), reading failed (b->error) or n is beyond BLOCK_RUN_MAX; then
 * block_left() says how many there are.
 */
static inline const uint8_t *block_run(struct block *b, size_t n)
{
	return n <= b->end - b->at ? b->bytes + b->at : block_fill(b, n);
}

/* Moves over n bytes of the last run. */
static inline void block_pass(struct block *b, size_t n)
{
	b->at += n;
}

/* Moves over n bytes, however many. False where fewer are left, or there so far; all of those are gone then. */
bool block_skip(struct block *b, uint64_t n);

/* Bytes at hand; after block_run() gave NULL, all that are left. */
static inline size_t block_left(const struct block *b)
{
	return b->end - b->at;
}

/* Where the next byte is in memory, if it is there at all; never to be read without block_run(). */
static inline const uint8_t *block_at(const struct block *b)
{
	return b->bytes + b->at;
}

/* Where the next byte is in the input. */
static inline uint64_t block_tell(const struct block *b)
{
	return b->offset + b->at;
}

#endif
