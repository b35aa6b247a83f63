/* Opening a capture: every path is looked at, recognised by its content, and its first packet's time read. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/inside.h"

enum { FILES_MAX = UINT16_MAX, LINKTYPE_ETHERNET = 1 };

/* What became of the files of one directory. */
struct tally {
	size_t files, captures, others;
};

static int new_item(struct capture *c, const char *path, const struct path_info *i, struct item **ret_t)
{
	if (c->n == FILES_MAX)
		return -E2BIG;
	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 16;
		struct item *p = realloc(c->items, room * sizeof(*p));
		if (!p)
			return -ENOMEM;
		c->items = p;
		c->room = room;
	}
	struct item *t = &c->items[c->n];
	*t = (struct item){ .info = { .name = strdup(path), .size = i->size }, .kind = i->kind, .is = i->is };
	if (!t->info.name)
		return -ENOMEM;
	c->n++;
	*ret_t = t;
	return 0;
}

static void drop_item(struct capture *c)
{
	struct item *t = &c->items[--c->n];

	source_close(t->source);
	free(t->info.name);
}

static int open_input(const struct capture *c, struct item *t, struct input *ret_in)
{
	if (t->kind == PATH_FILE)
		return input_file(ret_in, t->info.name, t->is, c->follow ? INPUT_FOLLOW : INPUT_PLAIN);
	bool standard_input = strcmp(t->info.name, "-") == 0;
	int fd = standard_input ? STDIN_FILENO : open(t->info.name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : input_descriptor(ret_in, fd);
}

/* Reads the first packet. A stream stays open with that packet at its head; a file is closed until its time comes. */
static void read_first(struct capture *c, struct item *t)
{
	item_note_link_type(&t->info, t->source->link_type);
	t->event = source_next(t->source, &t->own);
	t->head = &t->own;
	t->time = t->event == SOURCE_FRAME ? t->head->time : INT64_MIN;
	if (t->event == SOURCE_FRAME)
		item_note_link_type(&t->info, t->head->link_type);
	if (t->kind == PATH_FILE) {
		source_close(t->source);
		t->source = NULL;
	} else {
		t->ready = true;
		c->wide_n += source_is_wide(t->source);
	}
}

/* A new item for the path, if it is a capture. Else -EINVAL with kind and words, or -errno; -EAGAIN: not yet one. */
static int probe(struct capture *c, const char *path, const struct path_info *i, enum source_kind *ret_kind,
		 char why[CAPTURE_WHY])
{
	struct item *t;
	struct input in;
	int r = new_item(c, path, i, &t);
	if (r)
		return r;
	r = open_input(c, t, &in);
	if (!r)
		r = source_open(&t->source, in, i->kind == PATH_FILE ? BLOCK_SIZE_SMALL : BLOCK_SIZE,
				capture_window_log(c), ret_kind, why);
	if (r == -EAGAIN) { /* it is opened when its beginning is there */
		t->time = INT64_MIN;
		return r;
	}
	if (r) {
		drop_item(c);
		return r;
	}
	read_first(c, t);
	return 0;
}

static void complain(struct capture *c, struct diag_list *d, const char *path, int r, const char *why)
{
	c->left_out = true;
	if (r == -EINVAL)
		diag_add(d, DIAG_ERROR, path, 0, 0, "%s", why);
	else if (r == -E2BIG)
		diag_add(d, DIAG_ERROR, path, 0, 0, "more than %d files; merge some with mergecap", (int)FILES_MAX);
	else
		diag_add(d, DIAG_ERROR, path, 0, 0, "%s", strerror(-r));
}

static void add_file(struct capture *c, const char *path, const struct path_info *i, struct diag_list *d)
{
	enum source_kind kind;
	char why[CAPTURE_WHY] = "";
	int r = probe(c, path, i, &kind, why);

	if (r && r != -EAGAIN)
		complain(c, d, path, r, why);
}

/* A file that may become a capture is waited for only where the user named it. */
static void drop_beginner(struct capture *c, struct tally *t)
{
	drop_item(c);
	t->others++;
}

/* In a directory what is clearly no capture is only counted; what may be one is an input left out. */
static void add_file_of_directory(struct capture *c, const char *path, struct tally *t, struct diag_list *d)
{
	struct path_info i;
	enum source_kind kind = SOURCE_READABLE;
	char why[CAPTURE_WHY] = "";
	int r = path_look(path, &i);

	t->files++;
	if (!r)
		r = probe(c, path, &i, &kind, why);
	if (!r)
		t->captures++;
	else if (r == -EAGAIN)
		drop_beginner(c, t);
	else if (r == -EINVAL && (kind == SOURCE_EMPTY || kind == SOURCE_NO_CAPTURE))
		t->others++;
	else
		complain(c, d, path, r, why);
}

static void add_directory(struct capture *c, const char *path, struct diag_list *d)
{
	struct path_list l = { 0 };
	struct tally t = { 0 };
	int r = path_list_directory(path, &l);

	if (r) {
		complain(c, d, path, r, "");
		return;
	}
	for (size_t i = 0; i < l.n; i++)
		add_file_of_directory(c, l.paths[i], &t, d);
	path_list_free(&l);
	if (!t.captures) {
		c->left_out = true;
		diag_add(d, DIAG_ERROR, path, 0, 0,
			 "no captures in this directory (files: %zu; directories in it are not searched)", t.files);
	} else if (t.others) {
		diag_add(d, DIAG_WARNING, path, 0, 0, "%zu of its %zu files are no captures and were left out",
			 t.others, t.files);
	}
}

static bool is_open_already(const struct capture *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->items[i].info.name, path) == 0)
			return true;
	return false;
}

static void add_stream(struct capture *c, const char *path, const struct path_info *i, struct diag_list *d)
{
	bool standard_input = strcmp(path, "-") == 0;

	if (is_open_already(c, path))
		complain(c, d, path, -EINVAL, "can be read only once");
	else if (standard_input && isatty(STDIN_FILENO))
		complain(c, d, path, -EINVAL, "standard input is a terminal; pipe a capture into it");
	else
		add_file(c, path, i, d);
}

static void add_path(struct capture *c, const char *path, struct diag_list *d)
{
	struct path_info i;
	int r = path_look(path, &i);

	if (r)
		complain(c, d, path, r, "");
	else if (i.kind == PATH_DIRECTORY)
		add_directory(c, path, d);
	else if (i.kind == PATH_STREAM)
		add_stream(c, path, &i, d);
	else if (i.kind == PATH_FILE)
		add_file(c, path, &i, d);
	else
		complain(c, d, path, -EINVAL, "neither a file nor a directory");
}

/*
 * Compiles the filter for the link types known so far, so that what is wrong with it is said before anything is read.
 * It is wrong if it fits none of them; if it fits some, the files of the others are named.
 */
static int check_filter(struct capture *c, const char *expression, struct diag_list *d)
{
	char why[CAPTURE_WHY] = "";
	size_t fit = 0, unfit = 0;

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->items[i].info.link_types_n; k++)
			if (filter_compile(c->filter, c->items[i].info.link_types[k], why, sizeof(why)))
				unfit++;
			else
				fit++;
	if (!fit && !unfit)
		fit += !filter_compile(c->filter, LINKTYPE_ETHERNET, why, sizeof(why));
	if (!fit) {
		diag_add(d, DIAG_ERROR, NULL, 0, 0, "filter \"%s\": %s", expression, why);
		return -EINVAL;
	}
	for (size_t i = 0; i < c->n && unfit; i++)
		for (size_t k = 0; k < c->items[i].info.link_types_n; k++)
			if (filter_compile(c->filter, c->items[i].info.link_types[k], why, sizeof(why)))
				diag_add(d, DIAG_WARNING, c->items[i].info.name, 0, 0,
					 "the filter drops all packets of link type %u: %s",
					 c->items[i].info.link_types[k], why);
	return 0;
}

static int start(struct capture *c, const struct capture_options *o, struct diag_list *d)
{
	if (!c->n)
		return -EINVAL;
	if (o && o->filter) {
		int r = filter_new(&c->filter, o->filter);
		if (!r)
			r = check_filter(c, o->filter, d);
		if (r)
			return r;
	}
	c->since = o && o->since ? o->since : INT64_MIN;
	c->last = o && o->until ? o->until - 1 : INT64_MAX;
	c->heap = calloc(c->n, sizeof(*c->heap));
	c->resting = calloc(c->n, sizeof(*c->resting));
	if (!c->heap || !c->resting)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++)
		capture_push(c, &c->items[i]);
	return 0;
}

int capture_open(struct capture **ret_c, const char *const *paths, size_t n, const struct capture_options *o,
		 struct diag_list *d)
{
	struct capture *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->follow = o && o->follow;
	c->ahead = o && o->ahead;
	for (size_t i = 0; i < n; i++)
		add_path(c, paths[i], d);
	int r = start(c, o, d);
	if (r) {
		capture_close(c);
		return r;
	}
	*ret_c = c;
	return 0;
}
