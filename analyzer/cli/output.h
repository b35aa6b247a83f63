/*
 * Where a report goes: standard output, or a file that appears whole or not at all: it is written beside its place under
 * another name and renamed at the end. A place that is no regular file (/dev/full, a pipe) is written to directly.
 */
#ifndef PLUMBLINE_CLI_OUTPUT_H
#define PLUMBLINE_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *to;
	char *place;   /* the file that is to be there at the end; NULL for standard output */
	char *written; /* the name under which it is written; NULL where `place` is written directly */
};

/* path NULL: standard output. 0 or -errno, with nothing left behind. */
int output_open(struct output *ret_o, const char *path);

/*
 * Ends the output: renames it into its place where `error` is 0 and every write succeeded, else removes it. `error`:
 * -errno that a writer already knows of. Returns 0 or -errno.
 */
int output_close(struct output *o, int error);

/* True once a write failed: nobody reads on, or the disk is full. Cheap. */
bool output_failed(const struct output *o);

bool output_is_terminal(const struct output *o);

/* For a binary format: where the output is a terminal, closes it and prints the line that says so; true then. */
bool output_refuse_terminal(struct output *o, const char *format);

/* Prints the one line for an output error, nothing for a closed pipe. path as in output_open(). */
void output_say(const char *path, int error);

/*
 * A short text for standard output: collected, then written at once, so that a failure's cause is known. NULL when the
 * line that says that there is no memory was printed. text_close() answers EXIT_FOUND_NOTHING or, with the line that
 * says why, EXIT_NOT_JUDGED.
 */
struct text {
	FILE *to;
	char *p;
	size_t n;
};
FILE *text_open(struct text *t);
int text_close(struct text *t);

#endif
