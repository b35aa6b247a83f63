/* RFC 3629, section 4: the table of well-formed sequences. */
#include "record/utf8.h"

size_t utf8_length(struct span s)
{
	static const struct {
		uint8_t first, last, low, high, length; /* first byte from, to; second byte from, to */
	} forms[] = {
		{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	for (size_t i = 0; s.n && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s.p[0] < forms[i].first || s.p[0] > forms[i].last)
			continue;
		if (forms[i].length > s.n)
			return 0;
		if (forms[i].length > 1 && (s.p[1] < forms[i].low || s.p[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((s.p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

bool utf8_is_valid(struct span s)
{
	for (size_t at = 0; at < s.n;) {
		if (s.p[at] < 0x80) {
			at++;
			continue;
		}
		size_t n = utf8_length((struct span){ s.p + at, s.n - at });
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

size_t utf8_put(uint32_t c, uint8_t to[4])
{
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		to[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | c >> 18);
	to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}
