/* Inputs that are files and descriptors: what a block reader reads from. */
#ifndef PLUMBLINE_CAPTURE_INPUT_H
#define PLUMBLINE_CAPTURE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/block.h"

/* Which file it was when it was first looked at: a path may name another one later. */
struct input_identity {
	uint64_t device, inode;
};

/* Takes the descriptor over; closes it at the end, unless it is standard input. -ENOMEM, the descriptor is closed. */
int input_descriptor(struct input *ret_in, int fd);

/*
 * A regular file. A frugal one holds no descriptor between two reads: for when very many files are read side by side.
 * `path` stays the caller's and must outlive the input. -errno of opening, -ESTALE where it is not that file any more.
 */
int input_file(struct input *ret_in, const char *path, struct input_identity is, bool frugal);

#endif
