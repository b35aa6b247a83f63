/*
 * Diagnostics: what is wrong with what the user wrote, and where. Loaders collect, main prints; nothing below exits.
 * A list keeps the first 20 messages and counts the rest.
 */
#ifndef PLUMBLINE_BASE_DIAG_H
#define PLUMBLINE_BASE_DIAG_H

#include <stddef.h>
#include <stdio.h>

enum { DIAG_MAX = 20, DIAG_TEXT = 400 };

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_level level;
	char text[DIAG_TEXT]; /* "FILE:LINE:COL: what is wrong; the mend" without the program's name */
};

struct diag_list {
	struct diag kept[DIAG_MAX];
	size_t n;        /* kept */
	size_t errors;   /* all, kept or not */
	size_t warnings;
};

/* line and column from 1; 0 where there is none, and the part is left out. file may be NULL. */
__attribute__((format(printf, 6, 7))) void diag_add(struct diag_list *d, enum diag_level level, const char *file,
						     unsigned line, unsigned column, const char *format, ...);

/* Every kept message as "plumbline: TEXT" ("plumbline: warning: TEXT"), then "and N more". */
void diag_print(const struct diag_list *d, FILE *to);

#endif
