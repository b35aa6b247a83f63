/*
 * Reading a capture: its files as one, by a heap of their heads. See capture.h.
 *
 * The heap is by time, then index. The file whose packet is handed out stands beside it, so that a single file, and a
 * run of packets of one file, costs one comparison a packet. Heads are compared before the filter: what a filter passes
 * comes in the same order as without it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/inside.h"

/* So many files are read side by side with a big block and a descriptor each; more get a small block and none. */
enum { OPEN_FULL = 64, BLOCK_SIZE_FRUGAL = 16 * 1024, AHEAD_LEAST = 1024 * 1024 };

enum { WAIT_MS = 100 };

void item_note_link_type(struct capture_file *f, uint32_t link_type)
{
	if (link_type == SOURCE_NO_LINK_TYPE)
		return;
	for (size_t i = 0; i < f->link_types_n; i++)
		if (f->link_types[i] == link_type)
			return;
	if (f->link_types_n < CAPTURE_LINK_TYPES)
		f->link_types[f->link_types_n++] = link_type;
}

static bool before(const struct item *a, const struct item *b)
{
	return a->time != b->time ? a->time < b->time : a < b;
}

static void sift_down(struct capture *c, size_t i)
{
	struct item *t = c->heap[i];

	for (size_t k = 2 * i + 1; k < c->heap_n; k = 2 * i + 1) {
		if (k + 1 < c->heap_n && before(c->heap[k + 1], c->heap[k]))
			k++;
		if (!before(c->heap[k], t))
			break;
		c->heap[i] = c->heap[k];
		i = k;
	}
	c->heap[i] = t;
}

void capture_push(struct capture *c, struct item *t)
{
	size_t i = c->heap_n++;

	for (size_t up; i && before(t, c->heap[up = (i - 1) / 2]); i = up)
		c->heap[i] = c->heap[up];
	c->heap[i] = t;
}

static struct item *pop(struct capture *c)
{
	if (!c->heap_n)
		return NULL;
	struct item *t = c->heap[0];
	c->heap[0] = c->heap[--c->heap_n];
	if (c->heap_n)
		sift_down(c, 0);
	return t;
}

/* One long file at a time: more threads than that have nothing to do that is worth them. */
static bool reads_ahead(const struct capture *c, const struct item *t)
{
	return c->ahead && !c->follow && !c->ahead_n && t->info.size >= AHEAD_LEAST;
}

/* A file whose time has come. Where that fails now, it has ended; only one that is followed may not have begun. */
static void open_item(struct capture *c, struct item *t)
{
	bool frugal = c->open_n >= OPEN_FULL && !c->follow;
	struct input in;
	enum source_kind kind;

	t->info.state = CAPTURE_OPEN;
	if (t->kind != PATH_FILE)
		return;
	int r = input_file(&in, t->info.name, t->is, c->follow ? INPUT_FOLLOW : frugal ? INPUT_FRUGAL : INPUT_PLAIN);
	if (!r) {
		r = source_open(&t->source, in, frugal ? BLOCK_SIZE_FRUGAL : BLOCK_SIZE, capture_window_log(c), &kind,
				t->info.why);
	}
	if (!r) {
		c->open_n++;
		c->wide_n += source_is_wide(t->source);
		item_note_link_type(&t->info, t->source->link_type);
		t->ahead = reads_ahead(c, t) ? ahead_new(t->source) : NULL;
		c->ahead_n += t->ahead != NULL;
		return;
	}
	t->info.state = r == -EAGAIN ? CAPTURE_WAITING : CAPTURE_CUT;
	if (r != -EINVAL && r != -EAGAIN)
		(void)snprintf(t->info.why, sizeof(t->info.why), "cannot be opened again: %s", strerror(-r));
}

/* What is known of an open file beside its packets. */
static void bring_up_to_date(struct item *t)
{
	if (!t->source)
		return;
	struct source_progress p = t->ahead ? ahead_progress(t->ahead) : source_progress(t->source);
	t->info.offset = p.offset;
	t->info.dropped = p.dropped;
	t->info.dropped_interface = p.dropped_interface;
	t->info.dropped_kernel = p.dropped_kernel;
}

static void end_item(struct capture *c, struct item *t)
{
	const struct source *s = t->source;

	bring_up_to_date(t);
	c->ahead_n -= t->ahead != NULL;
	ahead_close(t->ahead);
	t->ahead = NULL;
	t->info.state = t->event == SOURCE_END ? CAPTURE_DONE : t->event == SOURCE_CUT ? CAPTURE_CUT : CAPTURE_CORRUPT;
	if (t->event != SOURCE_END)
		t->info.offset = s->broke_at;
	memcpy(t->info.why, s->why, sizeof(t->info.why));
	c->wide_n -= source_is_wide(s);
	source_close(t->source);
	t->source = NULL;
	if (t->kind == PATH_FILE)
		c->open_n--;
}

/* `held`: no frame before it may move. Then it may not be there, as if it were waited for. */
static inline void read_head(struct item *t, bool held)
{
	if (t->ahead) {
		t->event = ahead_next(t->ahead, held, &t->head);
	} else {
		t->source->block.held = held;
		t->event = source_next(t->source, &t->own);
		t->head = &t->own;
	}
	if (t->event == SOURCE_FRAME)
		t->time = t->head->time;
	t->ready = t->event != SOURCE_WAIT || !held;
}

/* The head is handed out now: what is known of its file grows by it. */
static void account(struct item *t)
{
	struct capture_file *f = &t->info;

	f->packets++;
	f->bytes += t->head->bytes.len;
	if (!f->link_types_n || f->link_types[0] != t->head->link_type)
		item_note_link_type(f, t->head->link_type);
	t->ready = false;
}

/* What the filter drops shows nevertheless that somebody looked; what is out of time was not looked at. */
static bool passes(struct capture *c, struct item *t)
{
	struct capture_file *f = &t->info;

	if (t->head->time < c->since || t->head->time > c->last)
		return false;
	if (!f->in_time++)
		f->first = t->head->time;
	f->last = t->head->time;
	if (c->filter) {
		enum filter_verdict v = filter_apply(c->filter, t->head);
		t->info.unfit += v == FILTER_UNFIT;
		if (v != FILTER_PASS)
			return false;
	}
	t->info.passed++;
	return true;
}

/* Makes the file with the earliest head the current one; false where none is left. */
static bool choose(struct capture *c)
{
	if (!c->current) {
		c->current = pop(c);
	} else if (c->heap_n && before(c->heap[0], c->current)) {
		struct item *t = c->current;
		c->current = c->heap[0];
		c->heap[0] = t;
		sift_down(c, 0);
	}
	return c->current;
}

static enum capture_event file_event(struct capture *c, struct item *t, size_t *ret_file)
{
	*ret_file = (size_t)(t - c->items);
	if (t->info.state != CAPTURE_OPEN)
		c->current = NULL;
	return CAPTURE_FILE;
}

/* At its end for now. False where that is the end after all, since nobody follows it any more. */
static bool rest(struct capture *c, struct item *t)
{
	if (!c->follow) {
		t->event = SOURCE_END;
		return false;
	}
	t->ready = false;
	c->resting[c->resting_n++] = t;
	c->current = NULL;
	return true;
}

static void wake_all(struct capture *c)
{
	while (c->resting_n)
		capture_push(c, c->resting[--c->resting_n]);
}

/*
 * None is left, or all rest: then that is said once, after a wait that a signal ends, and when they are asked for again
 * they are looked at again. Apart from choose(), which is in the way of every packet.
 */
__attribute__((noinline)) static bool look_again(struct capture *c)
{
	if (!c->resting_n)
		return false;
	c->idle = !c->idle;
	if (c->idle) {
		(void)poll(NULL, 0, WAIT_MS);
		return false;
	}
	wake_all(c);
	c->current = pop(c);
	return true;
}

enum capture_event capture_next(struct capture *c, struct frame *ret_f, size_t *ret_file)
{
	while (choose(c) || look_again(c)) {
		struct item *t = c->current;
		if (t->info.state == CAPTURE_WAITING) {
			open_item(c, t);
			if (t->info.state == CAPTURE_WAITING && rest(c, t))
				continue;
			return file_event(c, t, ret_file);
		}
		if (!t->ready) {
			read_head(t, false);
			if (t->event == SOURCE_FRAME)
				continue; /* another file's head may be earlier */
		}
		if (t->event != SOURCE_FRAME) {
			if (t->event == SOURCE_WAIT && rest(c, t))
				continue;
			end_item(c, t);
			return file_event(c, t, ret_file);
		}
		account(t);
		if (!passes(c, t))
			continue;
		*ret_f = *t->head;
		ret_f->capture = (uint16_t)(t - c->items);
		return CAPTURE_FRAME;
	}
	return c->resting_n ? CAPTURE_IDLE : CAPTURE_END;
}

static bool more(struct capture *c, struct item *t, struct frame *ret_f)
{
	do {
		if (!t->ready)
			read_head(t, true);
		if (!t->ready || t->event != SOURCE_FRAME || (c->heap_n && before(c->heap[0], t)))
			return false;
		account(t);
	} while (!passes(c, t));
	*ret_f = *t->head;
	ret_f->capture = (uint16_t)(t - c->items);
	return true;
}

/* Frames of one file that nothing is chosen among: no other file's come between, all are in time, none is filtered. */
static size_t run(struct capture *c, struct item *t, struct frame *ret_f, size_t max)
{
	bool plain = t->ahead && !c->heap_n && !c->filter && c->since == INT64_MIN && c->last == INT64_MAX;
	const struct frame *head;
	size_t n = plain ? ahead_run(t->ahead, max, &head) : 0;
	struct capture_file *f = &t->info;

	for (size_t i = 0; i < n; i++) {
		ret_f[i] = head[i];
		ret_f[i].capture = (uint16_t)(t - c->items);
		f->bytes += head[i].bytes.len;
		if (head[i].link_type != f->link_types[0])
			item_note_link_type(f, head[i].link_type);
	}
	if (n) {
		f->packets += n;
		f->in_time += n; /* capture_next() gave the first of them */
		f->passed += n;
		f->last = t->time = head[n - 1].time;
	}
	return n;
}

size_t capture_more(struct capture *c, struct frame *ret_f, size_t max)
{
	struct item *t = c->current;

	if (!t || !t->source || t->info.state != CAPTURE_OPEN)
		return 0;
	size_t n = run(c, t, ret_f, max);
	while (n < max && more(c, t, &ret_f[n]))
		n++;
	return n;
}

void capture_stop_following(struct capture *c)
{
	c->follow = c->idle = false;
	for (size_t i = 0; i < c->resting_n; i++) {
		struct item *t = c->resting[i];
		t->ready = t->source;
		t->event = SOURCE_END;
	}
	wake_all(c);
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		ahead_close(c->items[i].ahead);
		source_close(c->items[i].source);
		free(c->items[i].info.name);
	}
	filter_free(c->filter);
	free(c->heap);
	free(c->resting);
	free(c->items);
	free(c);
}

size_t capture_files(const struct capture *c)
{
	return c->n;
}

const struct capture_file *capture_file(const struct capture *c, size_t i)
{
	bring_up_to_date(&c->items[i]);
	return &c->items[i].info;
}

void capture_progress(const struct capture *c, uint64_t *ret_done, uint64_t *ret_all)
{
	uint64_t done = 0, all = 0;
	bool known = true;

	for (size_t i = 0; i < c->n; i++) {
		const struct capture_file *f = capture_file(c, i);
		bool ended = f->state != CAPTURE_WAITING && f->state != CAPTURE_OPEN;
		known &= f->size != 0;
		all += f->size;
		done += ended && f->size ? f->size : f->offset;
	}
	*ret_done = done;
	*ret_all = known && !c->follow ? all : 0;
}

bool capture_complete(const struct capture *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].info.state != CAPTURE_DONE)
			return false;
	return !c->left_out;
}
