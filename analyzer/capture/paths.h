/* What the user named: files, directories, standard input; told apart before anything is read. */
#ifndef PLUMBLINE_CAPTURE_PATHS_H
#define PLUMBLINE_CAPTURE_PATHS_H

#include <stddef.h>
#include <stdint.h>

#include "capture/input.h"

enum path_kind {
	PATH_FILE,   /* regular: may be looked into and opened again */
	PATH_STREAM, /* standard input, a FIFO, a device: can be read once */
	PATH_DIRECTORY,
	PATH_OTHER,  /* a socket */
};

struct path_info {
	enum path_kind kind;
	uint64_t size; /* of a regular file, else 0 */
	struct input_identity is;
};

/* "-" is standard input. -errno where there is no such thing. */
int path_look(const char *path, struct path_info *ret_i);

struct path_list {
	char **paths;
	size_t n;
};

/*
 * The regular files in a directory (not below it; names that begin with a dot left out), in byte order of their names,
 * as "directory/name". -errno.
 */
int path_list_directory(const char *directory, struct path_list *ret_l);
/* May be called on a zeroed list. */
void path_list_free(struct path_list *l);

#endif
