/*
 * Stored records: several files, or standard input, read one after another, by lines or as bytes. Only read(2), so that a
 * signal ends the wait for a pipe.
 */
#ifndef PLUMBLINE_CLI_LINES_H
#define PLUMBLINE_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

struct lines {
	char *const *paths; /* "-" is standard input */
	size_t paths_n;
	size_t next;        /* of paths */
	const char *path;   /* being read */
	uint64_t number;    /* of the line last given, from 1 */
	uint64_t offset;    /* in the file, of the first unread byte */
	int fd;             /* -1: none open */
	char *buffer;
	size_t room, at, end;
};

/* So much may be unread at once; a longer line is -EMSGSIZE. */
enum { LINES_MAX = 16 * 1024 * 1024 };

/* The paths outlive it. */
void lines_open(struct lines *ret_l, char *const *paths, size_t n);
void lines_close(struct lines *l);

/*
 * The next line without its newline, valid until the next call: 1. 0 at the end of the last file; -EINTR where the
 * reading was asked to stop; -errno where `path` cannot be read.
 */
int lines_next(struct lines *l, struct span *ret_line);

/* The unread bytes of a file, at least one, without taking them: 1. Else as lines_next(). */
int lines_peek(struct lines *l, struct span *ret_unread);
/* Reads more of that file: 1. 0 where it has no more; negative as lines_next(). */
int lines_more(struct lines *l, struct span *ret_unread);
void lines_take(struct lines *l, size_t n);

#endif
