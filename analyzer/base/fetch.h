/* What is needed soon is asked of memory now, while something else is done. */
#ifndef PLUMBLINE_BASE_FETCH_H
#define PLUMBLINE_BASE_FETCH_H

#include <stddef.h>

enum { FETCH_LINE = 64 };

/* To be read and, most likely, written. p begins a cache line, or as good as; NULL is harmless. */
static inline void fetch_lines(const void *p, size_t bytes)
{
	for (size_t at = 0; p && at < bytes; at += FETCH_LINE)
		__builtin_prefetch((const char *)p + at, 1);
}

#endif
