/*
 * The bounded writer: text into one growing buffer, without printf.
 *
 * A writer grows to `max` bytes, then fails for good: `failed` is sticky, nothing more is appended, and the caller asks
 * once at the end. wr_init() allocates nothing; wr_free() may be called on a zeroed writer.
 */
#ifndef PLUMBLINE_BASE_WR_H
#define PLUMBLINE_BASE_WR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rd.h"

struct wr {
	char *p;
	size_t n;
	size_t cap;
	size_t max;
	bool failed;
};

void wr_init(struct wr *w, size_t max);
void wr_free(struct wr *w);
/* Forgets the text, keeps the buffer, clears `failed`. */
void wr_reset(struct wr *w);

void wr_bytes(struct wr *w, const void *p, size_t n);
void wr_char(struct wr *w, char c);
void wr_str(struct wr *w, const char *s);
void wr_span(struct wr *w, struct span s);
void wr_u64(struct wr *w, uint64_t v);
void wr_i64(struct wr *w, int64_t v);
/* Fixed width, upper digits zero: wr_u64_pad(w, 7, 3) is "007". */
void wr_u64_pad(struct wr *w, uint64_t v, unsigned width);
void wr_hex(struct wr *w, const uint8_t *p, size_t n);
void wr_addr(struct wr *w, const struct addr *a);
void wr_prefix(struct wr *w, const struct prefix *p);
void wr_mac(struct wr *w, const struct mac *m);
/* RFC 3339 UTC with nine decimals: 2023-11-14T22:13:20.000000000Z. */
void wr_time(struct wr *w, int64_t ns);
/* The same to the second, for people. */
void wr_second(struct wr *w, int64_t ns);
/* 2023-11-14, UTC. */
void wr_date(struct wr *w, int64_t ns);

/* Hostile bytes for people: printable ASCII as it is, everything else and the backslash as \xHH. */
void wr_printable(struct wr *w, struct span s);
/* The same inside a JSON string, with its quotes. Text that has only \xHH escapes in it reads back to the same bytes. */
void wr_json_string(struct wr *w, struct span s);
/* Trusted UTF-8 text (our own tables, profiles) as a JSON string that is the same text in YAML. */
void wr_json_text(struct wr *w, struct span s);

#endif
