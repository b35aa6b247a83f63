/* The bounded writer. JSON strings: RFC 8259, section 7. */
#include "base/wr.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

static const char HEX[] = "0123456789abcdef";

void wr_init(struct wr *w, size_t max)
{
	*w = (struct wr){ .max = max };
}

void wr_free(struct wr *w)
{
	free(w->p);
	*w = (struct wr){ .max = w->max };
}

void wr_reset(struct wr *w)
{
	w->n = 0;
	w->failed = false;
}

/* Room for n more bytes, or NULL. */
static char *room(struct wr *w, size_t n)
{
	if (w->failed || n > w->max - w->n) {
		w->failed = true;
		return NULL;
	}
	if (n > w->cap - w->n) {
		size_t cap = w->cap ? w->cap * 2 : 512;
		while (cap < w->n + n)
			cap *= 2;
		if (cap > w->max)
			cap = w->max;
		char *p = realloc(w->p, cap);
		if (!p) {
			w->failed = true;
			return NULL;
		}
		w->p = p;
		w->cap = cap;
	}
	return w->p + w->n;
}

void wr_bytes(struct wr *w, const void *p, size_t n)
{
	if (n == 0)
		return;
	char *to = room(w, n);
	if (to) {
		memcpy(to, p, n);
		w->n += n;
	}
}

void wr_char(struct wr *w, char c)
{
	char *to = room(w, 1);
	if (to) {
		*to = c;
		w->n++;
	}
}

void wr_str(struct wr *w, const char *s)
{
	wr_bytes(w, s, strlen(s));
}

void wr_span(struct wr *w, struct span s)
{
	wr_bytes(w, s.p, s.n);
}

void wr_u64_pad(struct wr *w, uint64_t v, unsigned width)
{
	char d[20];
	unsigned n = 0;

	do {
		d[sizeof(d) - ++n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n < width && n < sizeof(d))
		d[sizeof(d) - ++n] = '0';
	wr_bytes(w, d + sizeof(d) - n, n);
}

void wr_u64(struct wr *w, uint64_t v)
{
	wr_u64_pad(w, v, 1);
}

void wr_i64(struct wr *w, int64_t v)
{
	if (v < 0)
		wr_char(w, '-');
	wr_u64(w, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void wr_hex(struct wr *w, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		wr_char(w, HEX[p[i] >> 4]);
		wr_char(w, HEX[p[i] & 15]);
	}
}

void wr_addr(struct wr *w, const struct addr *a)
{
	char s[ADDR_TEXT];
	wr_bytes(w, s, addr_format(a, s));
}

void wr_prefix(struct wr *w, const struct prefix *p)
{
	char s[PREFIX_TEXT];
	wr_bytes(w, s, prefix_format(p, s));
}

void wr_mac(struct wr *w, const struct mac *m)
{
	char s[MAC_TEXT];
	wr_bytes(w, s, mac_format(m, s));
}

void wr_date(struct wr *w, int64_t ns)
{
	struct civil c = time_civil(ns);

	wr_u64_pad(w, (uint64_t)c.year, 4);
	wr_char(w, '-');
	wr_u64_pad(w, c.month, 2);
	wr_char(w, '-');
	wr_u64_pad(w, c.day, 2);
}

static void put_clock(struct wr *w, const struct civil *c)
{
	wr_char(w, 'T');
	wr_u64_pad(w, c->hour, 2);
	wr_char(w, ':');
	wr_u64_pad(w, c->minute, 2);
	wr_char(w, ':');
	wr_u64_pad(w, c->second, 2);
}

void wr_time(struct wr *w, int64_t ns)
{
	struct civil c = time_civil(ns);

	wr_date(w, ns);
	put_clock(w, &c);
	wr_char(w, '.');
	wr_u64_pad(w, c.nano, 9);
	wr_char(w, 'Z');
}

void wr_second(struct wr *w, int64_t ns)
{
	struct civil c = time_civil(ns);

	wr_date(w, ns);
	put_clock(w, &c);
	wr_char(w, 'Z');
}

static bool plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

void wr_printable(struct wr *w, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (plain(s.p[i])) {
			wr_char(w, (char)s.p[i]);
		} else {
			wr_str(w, "\\x");
			wr_hex(w, s.p + i, 1);
		}
	}
}

void wr_json_string(struct wr *w, struct span s)
{
	size_t start = 0;

	wr_char(w, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (plain(s.p[i]) && s.p[i] != '"')
			continue;
		wr_bytes(w, s.p + start, i - start);
		start = i + 1;
		if (s.p[i] == '"') {
			wr_str(w, "\\\"");
		} else {
			wr_str(w, "\\\\x");
			wr_hex(w, s.p + i, 1);
		}
	}
	if (s.n)
		wr_bytes(w, s.p + start, s.n - start);
	wr_char(w, '"');
}

/*
 * The character that begins there, and its bytes, where it may not stand as it is: JSON's (RFC 8259, section 7), and what
 * YAML takes for a line break or does not take at all (YAML 1.1, 5.1 and 5.4). 0 for all others.
 */
static size_t unfit(struct span s, size_t at, uint16_t *ret_c)
{
	static const struct {
		const char *bytes;
		uint16_t c;
	} three[] = { { "\xe2\x80\xa8", 0x2028 }, { "\xe2\x80\xa9", 0x2029 }, { "\xef\xbb\xbf", 0xfeff },
		      { "\xef\xbf\xbe", 0xfffe }, { "\xef\xbf\xbf", 0xffff } };
	const uint8_t *p = s.p + at;
	size_t left = s.n - at;

	*ret_c = p[0];
	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (p[0] == 0xc2 && left > 1 && p[1] < 0xa0) {
		*ret_c = p[1];
		return 2;
	}
	for (size_t i = 0; p[0] >= 0xe2 && left > 2 && i < sizeof(three) / sizeof(three[0]); i++) {
		*ret_c = three[i].c;
		if (memcmp(p, three[i].bytes, 3) == 0)
			return 3;
	}
	return 0;
}

void wr_json_text(struct wr *w, struct span s)
{
	uint16_t code;
	size_t n;

	wr_char(w, '"');
	for (size_t i = 0; i < s.n; i += n ? n : 1) {
		uint8_t c = s.p[i];
		n = unfit(s, i, &code);
		if (c == '"' || c == '\\') {
			wr_char(w, '\\');
			wr_char(w, (char)c);
		} else if (c == '\n') {
			wr_str(w, "\\n");
		} else if (n) {
			const uint8_t b[2] = { (uint8_t)(code >> 8), (uint8_t)code };
			wr_str(w, "\\u");
			wr_hex(w, b, 2);
		} else {
			wr_char(w, (char)c);
		}
	}
	wr_char(w, '"');
}
