/* Reading protocols made of lines and words, and saying the facts that they share. */
#ifndef PLUMBLINE_DISSECTORS_TEXT_H
#define PLUMBLINE_DISSECTORS_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "dissectors/dissector.h"

static inline bool text_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool text_is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

/* How many bytes stand before the first `c`; all of them where there is none. */
static inline size_t text_until(struct span s, uint8_t c)
{
	const uint8_t *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

static inline struct span text_first(struct span s, size_t n)
{
	return (struct span){ s.p, n < s.n ? n : s.n };
}

/* The next line up to LF, which is taken with it and with a CR before it; false, and nothing moves, where no LF is. */
static inline bool text_line(struct rd *r, struct span *ret_line)
{
	const struct span all = rd_rest(r);
	size_t n = text_until(all, '\n');

	if (n == all.n)
		return false;
	struct span line = rd_get(r, n);
	rd_skip(r, 1);
	if (span_ends_nocase(line, SPAN("\r")))
		line.n--;
	*ret_line = line;
	return true;
}

/* The first line, or where its LF was not captured, all there is, without a CR at the end; nothing moves. */
static inline struct span text_first_line(const struct rd *r, bool *ret_whole)
{
	struct rd all = *r;
	struct span line = rd_rest(r);

	*ret_whole = text_line(&all, &line);
	if (!*ret_whole && span_ends_nocase(line, SPAN("\r")))
		line.n--;
	return line;
}

/* Takes what stands before the next `c` or before the end, and the `c`. */
static inline struct span text_token(struct rd *r, uint8_t c)
{
	struct span s = rd_get(r, text_until(rd_rest(r), c));

	if (r->cap)
		rd_skip(r, 1);
	return s;
}

/* Without blanks and tabs around it. */
static inline struct span text_trim(struct span s)
{
	struct rd r = rd_span(s);

	while (rd_peek(&r, 0) == ' ' || rd_peek(&r, 0) == '\t')
		rd_skip(&r, 1);
	s = rd_rest(&r);
	while (span_ends_nocase(s, SPAN(" ")) || span_ends_nocase(s, SPAN("\t")))
		s.n--;
	return s;
}

/* The part before the first byte that is not printable ASCII, at most `max` bytes. */
static inline struct span text_printable(struct span s, size_t max)
{
	struct rd r = rd_span(text_first(s, max));
	size_t n = 0;

	for (int c = rd_peek(&r, 0); c >= ' ' && c <= '~'; c = rd_peek(&r, n))
		n++;
	return text_first(s, n);
}

/* True and *ret_v set where all of it is one number of the base, at most max; at least one digit. */
static inline bool text_number(struct span s, unsigned base, uint64_t max, uint64_t *ret_v)
{
	struct rd r = rd_span(s);
	uint64_t v = 0;

	if (!s.n)
		return false;
	while (rd_more(&r)) {
		uint8_t c = rd_u8(&r);
		uint8_t letter = c | 0x20;
		unsigned digit = text_is_digit(c) ? c - 48U : letter >= 'a' && letter <= 'z' ? letter - 87U : base;
		if (digit >= base || v > (max - digit) / base)
			return false;
		v = v * base + digit;
	}
	*ret_v = v;
	return true;
}

/* ASCII case is ignored. */
static inline bool text_has(struct span s, struct span word)
{
	for (struct rd r = rd_span(s); r.cap >= word.n; rd_skip(&r, 1))
		if (span_eq_nocase(text_first(rd_rest(&r), word.n), word))
			return true;
	return false;
}

static inline bool text_starts_nocase(struct span s, struct span word)
{
	return span_eq_nocase(text_first(s, word.n), word);
}

/* ---- facts that many give ---- */

static inline void say_label(const struct fact_sink *out, uint8_t side, struct span application, struct span how)
{
	struct fact f;

	f.kind = FACT_LABEL;
	f.side = side;
	f.label = (struct fact_label){ .application = application, .source = FACT_BY_DISSECTOR, .how = how };
	out->fact(out->ctx, &f);
}

enum { BANNER_TEXT = 128 };

static inline void say_banner(const struct fact_sink *out, uint8_t side, struct span application, struct span text)
{
	struct fact f;

	f.kind = FACT_BANNER;
	f.side = side;
	f.banner = (struct fact_banner){ .application = application, .text = text_printable(text, BANNER_TEXT) };
	out->fact(out->ctx, &f);
}

static inline void say_auth(const struct fact_sink *out, uint8_t side, struct fact_auth auth)
{
	struct fact f;

	f.kind = FACT_AUTH;
	f.side = side;
	f.auth = auth;
	out->fact(out->ctx, &f);
}

/* An answer by its code; and once more where it is a no. */
static inline void say_reply(const struct fact_sink *out, uint8_t side, uint32_t code, bool rejected)
{
	out->mark(out->ctx, MARK_APP_REPLY, side, code, 0, 0);
	if (rejected)
		out->mark(out->ctx, MARK_APP_REJECTED, side, code, 0, 0);
}

#endif
