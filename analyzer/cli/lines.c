/* A growing buffer over read(2). */
#include "cli/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"

enum { FIRST_ROOM = 64 * 1024 };

void lines_open(struct lines *ret_l, char *const *paths, size_t n)
{
	*ret_l = (struct lines){ .paths = paths, .paths_n = n, .fd = -1 };
}

static void file_close(struct lines *l)
{
	if (l->fd > STDIN_FILENO)
		(void)close(l->fd);
	l->fd = -1;
}

void lines_close(struct lines *l)
{
	file_close(l);
	free(l->buffer);
	l->buffer = NULL;
}

static int file_open(struct lines *l)
{
	l->path = l->paths[l->next++];
	l->number = l->offset = 0;
	l->at = l->end = 0;
	l->fd = strcmp(l->path, "-") == 0 ? STDIN_FILENO : open(l->path, O_RDONLY | O_CLOEXEC);
	return l->fd < 0 ? -errno : 0;
}

/* Room for more bytes behind those that are unread. */
static int make_room(struct lines *l)
{
	if (l->at) {
		memmove(l->buffer, l->buffer + l->at, l->end - l->at);
		l->end -= l->at;
		l->at = 0;
	}
	if (l->end < l->room)
		return 0;
	if (l->room >= LINES_MAX)
		return -EMSGSIZE;
	size_t room = l->room ? l->room * 2 : FIRST_ROOM;
	char *p = realloc(l->buffer, room);
	if (!p)
		return -ENOMEM;
	l->buffer = p;
	l->room = room;
	return 0;
}

/* Reads more: 1, 0 at the end of the file, -errno. */
static int fill(struct lines *l)
{
	int rc = make_room(l);

	if (rc)
		return rc;
	ssize_t got = read(l->fd, l->buffer + l->end, l->room - l->end);
	if (got < 0)
		return -errno;
	l->end += (size_t)got;
	return got > 0;
}

void lines_take(struct lines *l, size_t n)
{
	l->at += n;
	l->offset += n;
}

static void take(struct lines *l, size_t n, size_t newline, struct span *ret_line)
{
	*ret_line = (struct span){ (const uint8_t *)l->buffer + l->at, n };
	lines_take(l, n + newline);
	l->number++;
}

/* 1: a file is open; 0: there is no further one; negative: it cannot be, or the reading was asked to stop. */
static int some_file(struct lines *l)
{
	if (interrupt_seen())
		return -EINTR;
	if (l->fd >= 0)
		return 1;
	if (l->next == l->paths_n)
		return 0;
	int rc = file_open(l);
	return rc ? rc : 1;
}

static struct span unread(const struct lines *l)
{
	return (struct span){ (const uint8_t *)l->buffer + l->at, l->end - l->at };
}

int lines_peek(struct lines *l, struct span *ret_unread)
{
	for (;;) {
		int rc = some_file(l);
		if (rc > 0 && l->at == l->end)
			rc = fill(l);
		else if (rc <= 0)
			return rc;
		if (rc < 0)
			return rc;
		if (l->at < l->end) {
			*ret_unread = unread(l);
			return 1;
		}
		file_close(l);
	}
}

int lines_more(struct lines *l, struct span *ret_unread)
{
	int rc = interrupt_seen() ? -EINTR : fill(l);

	if (rc > 0)
		*ret_unread = unread(l);
	return rc;
}

int lines_next(struct lines *l, struct span *ret_line)
{
	size_t seen = 0; /* unread bytes that hold no newline */

	for (;;) {
		int rc = some_file(l);
		if (rc <= 0)
			return rc;
		const char *from = l->buffer ? l->buffer + l->at : NULL;
		size_t have = l->end - l->at;
		const char *newline = have > seen ? memchr(from + seen, '\n', have - seen) : NULL;
		if (newline) {
			take(l, (size_t)(newline - from), 1, ret_line);
			return 1;
		}
		seen = have;
		rc = fill(l);
		if (rc < 0)
			return rc;
		if (rc == 0)
			file_close(l);
		if (rc == 0 && have) { /* a last line without its newline */
			take(l, have, 0, ret_line);
			return 1;
		}
	}
}
