/*
 * A source that a thread of its own reads ahead: its frames come in batches, and what is to be made of each frame by
 * itself is made there too.
 */
#ifndef PLUMBLINE_CAPTURE_AHEAD_H
#define PLUMBLINE_CAPTURE_AHEAD_H

#include "capture/source.h"

struct ahead;

/*
 * What is made of frames: `size` bytes, frame.read. `make` is called by the thread, where it has time for that; NULL:
 * nothing is made.
 */
struct ahead_work {
	void (*make)(const struct frame *f, void *to);
	size_t size;
};

/* NULL where there is no thread or no memory; the source is as it was. Else the thread's, until ahead_close(). */
struct ahead *ahead_new(struct source *s, struct ahead_work w);
/* Ends the thread: the source is the caller's again. Frames are gone. Accepts NULL. */
void ahead_close(struct ahead *a);

/*
 * As source_next(), which never waits here. Frames are valid until the next call with `held` false; with `held` it is
 * SOURCE_WAIT where the next frame would cost those before it.
 */
enum source_event ahead_next(struct ahead *a, bool held, const struct frame **ret_f);
/* As of the batch at hand; exact at its end, so where the source ended. */
struct source_progress ahead_progress(const struct ahead *a);

#endif
