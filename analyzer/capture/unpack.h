/*
 * Compressed captures: an input that unpacks what it reads through a block reader of its own.
 *
 * A compression is one file that defines a const struct packing and a line in unpack.c's table. It is known by content.
 * Everything is streamed: what is unpacked goes into the caller's block and nowhere else, so that a file that unpacks to
 * any size costs no more memory than another. Members (frames) that follow each other are one stream; zero bytes after
 * the last are padding.
 */
#ifndef PLUMBLINE_CAPTURE_UNPACK_H
#define PLUMBLINE_CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/block.h"

/* UNPACK_HEAD bytes are enough to know a member's beginning by. */
enum { UNPACK_HEAD = 4 };

enum packing_step {
	PACKING_MORE,   /* goes on where there is input and room */
	PACKING_MEMBER, /* a member ended and its checks hold; the next step begins another */
	PACKING_BROKEN, /* io->why says why it cannot go on */
};

/* What one step takes and gives: it moves both on. */
struct packing_io {
	const uint8_t *from;
	size_t from_n;
	uint8_t *to;
	size_t to_n;
	const char *why; /* static, or valid until the state is closed */
};

struct packing {
	const char *name;
	bool wide; /* holds up to 2^window_log bytes of what it unpacked; else little */
	bool (*begins)(const uint8_t *head, size_t n);
	/* -ENOMEM */
	int (*open)(void **ret_state, unsigned window_log);
	/* Bytes of input, at least one, without which a step leads nowhere; it may be given more, and at the end less. */
	size_t (*wants)(const void *state);
	enum packing_step (*step)(void *state, struct packing_io *io);
	void (*close)(void *state);
};

extern const struct packing packing_gz, packing_zst;

enum unpack_broken { UNPACK_WHOLE, UNPACK_CUT, UNPACK_CORRUPT };

struct unpack {
	struct block packed;
	const struct packing *packing;
	void *state;
	enum unpack_broken broken; /* sticky; reading fails with -EBADMSG */
	uint64_t broke_at;         /* byte of the compressed file */
	const char *why;           /* UNPACK_CORRUPT */
	bool between;              /* a member ended; what follows is not known yet */
	bool padded;               /* there is padding behind the last member: no other follows, but more padding may */
	bool more;                 /* the last step filled all room: the next gets no input */
};

/* NULL where this is no compression that we unpack. */
const struct packing *unpack_recognise(const uint8_t *head, size_t n);

/*
 * Takes the block over, from its next byte on; it is zeroed, also on failure. *ret_u lives until the input is closed.
 * -ENOMEM.
 */
int unpack_open(struct unpack **ret_u, struct input *ret_in, const struct packing *packing, struct block *packed,
		unsigned window_log);

#endif
