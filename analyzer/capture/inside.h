/* What capture.c and open.c share: a capture and its files. Nobody else includes this. */
#ifndef PLUMBLINE_CAPTURE_INSIDE_H
#define PLUMBLINE_CAPTURE_INSIDE_H

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
	struct frame head;
	enum source_event event; /* what came with the head */
	bool ready;              /* head and event were read and not yet handed out */
};

struct capture {
	struct item *items;
	size_t n, room;
	struct item **heap; /* those not ended, without the current one: the earliest first */
	size_t heap_n;
	struct item *current;
	size_t open_n;      /* regular files that are open now */
	struct filter *filter;
	int64_t since, last; /* both pass */
	bool left_out;      /* an input that may be a capture is not among the items */
};

void item_note_link_type(struct capture_file *f, uint32_t link_type);

/* Puts an item into the heap, whose room is for all of them. */
void capture_push(struct capture *c, struct item *t);

#endif
