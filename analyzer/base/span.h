/* Runs of bytes as text: comparing them, and making them from literals. */
#ifndef PLUMBLINE_BASE_SPAN_H
#define PLUMBLINE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rd.h"

#define SPAN_INIT(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 } /* of a static object */
#define SPAN(literal) ((struct span)SPAN_INIT(literal))

/* The span of a NUL-terminated string; empty for NULL. */
struct span span_of(const char *s);

bool span_eq(struct span a, struct span b);

/* ASCII case is ignored: host names, HTTP field names. */
bool span_eq_nocase(struct span a, struct span b);

/* Byte order, then length: a total order for sorting. */
int span_cmp(struct span a, struct span b);

bool span_starts(struct span s, struct span prefix);

bool span_ends_nocase(struct span s, struct span suffix);

/*
 * "example.com:8080" without the port, "[2001:db8::1]:80" without port and brackets; what has neither is unchanged.
 * *ret_port, where it is not NULL, is the port, or 0.
 */
struct span span_host_port(struct span s, uint16_t *ret_port);
static inline struct span span_without_port(struct span s)
{
	return span_host_port(s, NULL);
}

/*
 * True where host fits pattern: exact, "*.example.com" (one or more labels before it), ".example.com" (the name and all
 * below it). ASCII case and one trailing dot are ignored. DESIGN: profiles, host patterns.
 */
bool span_host_matches(struct span host, struct span pattern);

#endif
