/* UTF-8 (RFC 3629): what a JSON text may hold. */
#ifndef PLUMBLINE_RECORD_UTF8_H
#define PLUMBLINE_RECORD_UTF8_H

#include <stdbool.h>

#include "base/rd.h"

/* Bytes of the well-formed sequence that s begins with; 0: none. */
size_t utf8_length(struct span s);

/* No overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_is_valid(struct span s);

/* Writes the code point, at most 4 bytes; returns how many. c is a scalar value. */
size_t utf8_put(uint32_t c, uint8_t to[4]);

#endif
