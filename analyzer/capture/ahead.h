/* A source that a thread of its own reads ahead: its frames come in batches. */
#ifndef PLUMBLINE_CAPTURE_AHEAD_H
#define PLUMBLINE_CAPTURE_AHEAD_H

#include "capture/source.h"

struct ahead;

/* NULL where there is no thread or no memory; the source is as it was. Else the thread's, until ahead_close(). */
struct ahead *ahead_new(struct source *s);
/* Ends the thread; frames are gone, and the source can only say why it ended, and be closed. Accepts NULL. */
void ahead_close(struct ahead *a);

/*
 * As source_next(), which never waits here. Frames are valid until the next call with `held` false; with `held` it is
 * SOURCE_WAIT where the next frame would cost those before it.
 */
enum source_event ahead_next(struct ahead *a, bool held, const struct frame **ret_f);
/* The next frames, so many at most, of those that cost none before them; how many there are, from *ret_f on. */
size_t ahead_run(struct ahead *a, size_t max, const struct frame **ret_f);
/* As of the batch at hand; exact at its end, so where the source ended. */
struct source_progress ahead_progress(const struct ahead *a);

#endif
