/* Inputs that are files and descriptors: what a block reader reads from. */
#ifndef PLUMBLINE_CAPTURE_INPUT_H
#define PLUMBLINE_CAPTURE_INPUT_H

#include <stdint.h>

#include "capture/block.h"

/* Which file it was when it was first looked at: a path may name another one later. */
struct input_identity {
	uint64_t device, inode;
};

enum input_how {
	INPUT_PLAIN,
	INPUT_FRUGAL, /* holds no descriptor between two reads: for when very many files are read side by side */
	INPUT_FOLLOW, /* may grow: its end is one only when the path names it no longer; before: -EAGAIN */
};

/* Takes the descriptor over; closes it at the end, unless it is standard input. -ENOMEM, the descriptor is closed. */
int input_descriptor(struct input *ret_in, int fd);

/*
 * A regular file. `path` stays the caller's and must outlive the input. -errno of opening, -ESTALE where it is not that
 * file any more; reading gives -ESTALE too, where a file that is followed has become shorter than what was read.
 */
int input_file(struct input *ret_in, const char *path, struct input_identity is, enum input_how how);

#endif
