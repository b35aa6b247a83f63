/*
 * Lines of stored records: several files, or standard input, read one after another as one text. Only read(2), so that
 * a signal ends the wait for a pipe.
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
	int fd;             /* -1: none open */
	char *buffer;
	size_t room, at, end;
};

/* A line may be so long; a longer one is -EMSGSIZE. */
enum { LINES_MAX = 16 * 1024 * 1024 };

/* The paths outlive it. */
void lines_open(struct lines *ret_l, char *const *paths, size_t n);
void lines_close(struct lines *l);

/*
 * The next line without its newline, valid until the next call: 1. 0 at the end of the last file; -EINTR where the
 * reading was asked to stop; -errno where `path` cannot be read.
 */
int lines_next(struct lines *l, struct span *ret_line);

#endif
