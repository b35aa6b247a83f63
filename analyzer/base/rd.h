/*
 * The bounded reader: the only way to packet bytes.
 *
 * A reader has two lengths: what was captured (cap) and what the sender promised (len), cap <= len. A read past them
 * fails for good and says why: RD_SHORT, we did not capture it, so judge nothing by it; RD_OVERRUN, a length on the wire
 * lies, so the message is malformed. After a failure every read gives zeros and rd_more() is false, so a parser reads
 * straight through and asks once. A reader owns nothing, is passed by value and never outlives the bytes.
 *
 * If cap == len on entry, RD_SHORT is impossible; the fuzz targets hold this.
 */
#ifndef PLUMBLINE_BASE_RD_H
#define PLUMBLINE_BASE_RD_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/inline.h"

enum rd_err { RD_OK, RD_SHORT, RD_OVERRUN };

struct rd {
	const uint8_t *p;
	size_t cap;
	size_t len;
	enum rd_err err;
};

/* A run of bytes inside somebody's buffer; valid as long as that buffer. Never NUL-terminated. */
struct span {
	const uint8_t *p;
	size_t n;
};

static inline struct rd rd_of(const void *p, size_t cap, size_t len)
{
	return (struct rd){ .p = p, .cap = cap < len ? cap : len, .len = len };
}

static inline struct rd rd_span(struct span s)
{
	return rd_of(s.p, s.n, s.n);
}

/* True while bytes were promised and nothing failed: the condition of every parsing loop. */
static inline bool rd_more(const struct rd *r)
{
	return r->len > 0 && !r->err;
}

/* n bytes, or NULL after any failure. */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	if (n <= r->cap) {
		const uint8_t *p = r->p;
		if (n) { /* a reader of nothing may have no bytes to point at */
			r->p += n;
			r->cap -= n;
			r->len -= n;
		}
		return p;
	}
	if (!r->err)
		r->err = n <= r->len ? RD_SHORT : RD_OVERRUN;
	r->cap = r->len = 0;
	return NULL;
}

/* Only n of the promised bytes count from here on. False, and nothing is changed, where there are not so many. */
static inline bool rd_cut(struct rd *r, size_t n)
{
	if (n > r->len)
		return false;
	r->len = n;
	if (r->cap > n)
		r->cap = n;
	return true;
}

/* Marks the input as malformed: for a value that cannot be, where the length was right. */
static inline void rd_fail(struct rd *r)
{
	if (!r->err)
		r->err = RD_OVERRUN;
	r->cap = r->len = 0;
}

static inline void rd_skip(struct rd *r, size_t n)
{
	(void)rd_take(r, n);
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);
	return p ? p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);
	return (uint16_t)(p ? (unsigned)p[0] << 8 | p[1] : 0U);
}

static inline uint32_t rd_u24(struct rd *r)
{
	const uint8_t *p = rd_take(r, 3);
	return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);
	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

/* The next n words of 32 bits, in one read: all of them, or zeros. */
static inline void rd_words(struct rd *r, uint32_t *out, size_t n)
{
	const uint8_t *p = rd_take(r, 4 * n);

	if (!p) {
		memset(out, 0, 4 * n);
		return;
	}
	memcpy(out, p, 4 * n);
#pragma GCC unroll 8
	for (size_t i = 0; i < n; i++)
		out[i] = be32toh(out[i]);
}

static inline uint64_t rd_u64(struct rd *r)
{
	uint64_t hi = rd_u32(r);
	return hi << 32 | rd_u32(r);
}

static inline uint16_t rd_u16le(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);
	return (uint16_t)(p ? (unsigned)p[1] << 8 | p[0] : 0U);
}

static inline uint32_t rd_u32le(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);
	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

static inline uint64_t rd_u64le(struct rd *r)
{
	uint64_t lo = rd_u32le(r);
	return (uint64_t)rd_u32le(r) << 32 | lo;
}

/* Copies n bytes to out, zeros after any failure. */
static inline void rd_bytes(struct rd *r, void *out, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

/* The next n bytes as a span; empty after any failure. */
ALWAYS_INLINE struct span rd_get(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	return p ? (struct span){ p, n } : (struct span){ NULL, 0 };
}

/* The number at a fixed place of a span; 0 where the span ends before. Of a span of known length that costs no question. */
ALWAYS_INLINE uint8_t span_u8(struct span s, size_t at)
{
	return at < s.n ? s.p[at] : 0;
}

ALWAYS_INLINE uint16_t span_u16(struct span s, size_t at)
{
	uint16_t v = 0;

	if (s.n >= sizeof(v) && at <= s.n - sizeof(v))
		memcpy(&v, s.p + at, sizeof(v));
	return be16toh(v);
}

ALWAYS_INLINE uint32_t span_u32(struct span s, size_t at)
{
	uint32_t v = 0;

	if (s.n >= sizeof(v) && at <= s.n - sizeof(v))
		memcpy(&v, s.p + at, sizeof(v));
	return be32toh(v);
}

/* All captured bytes that are left, without moving. */
static inline struct span rd_rest(const struct rd *r)
{
	return (struct span){ r->p, r->cap };
}

/*
 * A reader over the next n promised bytes; the parent moves on, whatever is inside, and the child's errors are its own.
 * Where fewer were captured the child is short and the parent has nothing left to read but keeps its promise, so that
 * its next read says RD_SHORT, not RD_OVERRUN.
 */
static inline struct rd rd_sub(struct rd *r, size_t n)
{
	struct rd c = { .p = r->p, .err = r->err };
	if (r->err)
		return c;
	if (n > r->len) {
		r->err = RD_OVERRUN;
		r->cap = r->len = 0;
		c.err = RD_OVERRUN;
		return c;
	}
	c.cap = n < r->cap ? n : r->cap;
	c.len = n;
	if (c.cap)
		r->p += c.cap;
	r->cap -= c.cap;
	r->len -= n;
	return c;
}

static inline struct rd rd_sub8(struct rd *r)
{
	size_t n = rd_u8(r);
	return rd_sub(r, n);
}

static inline struct rd rd_sub16(struct rd *r)
{
	size_t n = rd_u16(r);
	return rd_sub(r, n);
}

static inline struct rd rd_sub24(struct rd *r)
{
	size_t n = rd_u24(r);
	return rd_sub(r, n);
}

/* Looks at the next byte or two without moving or failing; -1 where they are not there. */
static inline int rd_peek(const struct rd *r, size_t at)
{
	return at < r->cap ? r->p[at] : -1;
}

/* True where the next bytes are exactly these. */
static inline bool rd_starts(const struct rd *r, const void *bytes, size_t n)
{
	return r->cap >= n && memcmp(r->p, bytes, n) == 0;
}

#endif
