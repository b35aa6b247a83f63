/*
 * Reading ahead: a thread reads an input into blocks, in order, while the one before is looked at. For inputs that are
 * always ready, as regular files are: what waits for somebody must be read where a signal ends the wait.
 */
#ifndef PLUMBLINE_CAPTURE_AHEAD_H
#define PLUMBLINE_CAPTURE_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct input;
struct ahead;

/* Before the bytes of each block there is room for so many of the one before. */
enum { AHEAD_FRONT = 64 * 1024, AHEAD_BLOCK = 256 * 1024 };

/* Takes the input over only where it answers true; else there is no thread or no memory, and nothing has changed. */
bool ahead_new(struct ahead **ret_a, const struct input *in);
void ahead_close(struct ahead *a); /* closes the input */

/*
 * The next block, AHEAD_BLOCK bytes or less: how many, 0 at the end, or -errno. It and the one before it are valid until
 * ahead_release(), which must come before the next call.
 */
ssize_t ahead_next(struct ahead *a, uint8_t **ret_bytes);
/* The block before the last is done with. */
void ahead_release(struct ahead *a);

#endif
