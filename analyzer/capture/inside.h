/* What capture.c and open.c share: a capture and its files. Nobody else includes this. */
#ifndef PLUMBLINE_CAPTURE_INSIDE_H
#define PLUMBLINE_CAPTURE_INSIDE_H

#include "capture/ahead.h"
#include "capture/bpf.h"
#include "capture/capture.h"
#include "capture/paths.h"
#include "capture/source.h"

struct item {
	struct capture_file info;
	enum path_kind kind;
	struct input_identity is;
	struct source *source; /* NULL where it is not open: not yet, or not any more */
	int64_t time;          /* of the head; while it waits of its first packet, the least of all where it has none */
	const struct frame *head; /* `own`, or one that was read ahead */
	struct frame own;
	enum source_event event; /* what came with the head */
	bool ready;              /* head and event were read and not yet handed out */
	struct ahead *ahead;     /* that reads it; NULL: nobody does, before it is asked for */
};

struct capture {
	struct item *items;
	size_t n, room;
	struct item **heap; /* those not ended, without the current one: the earliest first */
	size_t heap_n;
	struct item *current;
	struct item **resting; /* following: those at their end for now; in neither heap nor current; room for all */
	size_t resting_n;
	size_t open_n;      /* regular files that are open now */
	size_t wide_n;      /* sources that hold a window of what they unpacked */
	bool follow, ahead;
	size_t ahead_n;     /* files that are read ahead now */
	bool idle;          /* CAPTURE_IDLE was handed out last */
	struct filter *filter;
	int64_t since, last; /* both pass */
	bool left_out;      /* an input that may be a capture is not among the items */
};

/*
 * zstd's own limit for what is unpacked without being told otherwise, and what every level of compression but the
 * highest three keeps to: the first few sources that are open at a time may take the one, all others the other.
 */
enum { WINDOW_LOG_MAX = 27, WINDOW_LOG_USUAL = 23, WIDE_OPEN = 3 };

static inline unsigned capture_window_log(const struct capture *c)
{
	return c->wide_n < WIDE_OPEN ? WINDOW_LOG_MAX : WINDOW_LOG_USUAL;
}

/* SOURCE_NO_LINK_TYPE is not noted. */
void item_note_link_type(struct capture_file *f, uint32_t link_type);

/* Puts an item into the heap, whose room is for all of them. */
void capture_push(struct capture *c, struct item *t);

#endif
