/* RFC 8259: sections 2 (structure), 6 (numbers), 7 (strings). */
#include "record/json_lex.h"

#include <errno.h>
#include <string.h>

#include "record/utf8.h"

int json_peek(struct decode_in *in)
{
	while (in->p < in->end && (*in->p == ' ' || *in->p == '\t' || *in->p == '\n' || *in->p == '\r'))
		in->p++;
	return in->p < in->end ? *in->p : -1;
}

bool json_take(struct decode_in *in, char c)
{
	if (json_peek(in) != c)
		return false;
	in->p++;
	return true;
}

void json_expect(struct decode_in *in, char c)
{
	if (json_take(in, c))
		return;
	if (in->p == in->end)
		decode_fail(in, -EINVAL, "the line ends where '%c' should be", c);
	else
		decode_fail(in, -EINVAL, "'%c' expected", c);
}

bool json_more(struct decode_in *in, char close, size_t i)
{
	if (in->err || json_take(in, close))
		return false;
	if (i > 0 && !json_take(in, ',')) {
		if (in->p == in->end)
			decode_fail(in, -EINVAL, "the line ends inside a list or map");
		else
			decode_fail(in, -EINVAL, "',' or '%c' expected", close);
	}
	return !in->err;
}

/* The text between the quotes, and whether it has escapes. */
static struct span raw_string(struct decode_in *in, bool *ret_escaped)
{
	*ret_escaped = false;
	json_expect(in, '"');
	const uint8_t *from = in->p;
	while (in->p < in->end && *in->p != '"') {
		if (*in->p < 0x20) {
			decode_fail(in, -EINVAL, "control byte in a string");
			break;
		}
		if (*in->p == '\\') {
			*ret_escaped = true;
			if (in->end - in->p < 2)
				break;
			in->p++;
		}
		in->p++;
	}
	if (in->err)
		return (struct span){ NULL, 0 };
	struct span s = { from, (size_t)(in->p - from) };
	if (!json_take(in, '"')) {
		decode_fail(in, -EINVAL, "the line ends inside a string");
		return (struct span){ NULL, 0 };
	}
	return s;
}

struct span json_key(struct decode_in *in)
{
	bool escaped;
	struct span s = raw_string(in, &escaped);

	json_expect(in, ':');
	return s;
}

/* Four hexadecimal digits at s[at]; -1 where they are not there. */
static int32_t hex4(struct span s, size_t at)
{
	int32_t v = 0;

	if (s.n < 4 || at > s.n - 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int d = decode_hex(s.p[i]);
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* \uXXXX, or two of them for a code point above U+FFFF; s[at] is behind the 'u'. -1: no such thing. */
static int32_t code_point(struct span s, size_t *at)
{
	int32_t c = hex4(s, *at), low;

	*at += 4;
	if (c < 0 || (c & 0xfc00) == 0xdc00)
		return -1;
	if ((c & 0xfc00) != 0xd800)
		return c;
	if (*at + 2 > s.n || s.p[*at] != '\\' || s.p[*at + 1] != 'u')
		return -1;
	low = hex4(s, *at + 2);
	*at += 6;
	return low >= 0 && (low & 0xfc00) == 0xdc00 ? 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)) : -1;
}

/* Resolves the escape at s[*at], behind the backslash; bytes written to `to` (never more than were read), 0: wrong. */
static size_t unescape(struct span s, size_t *at, uint8_t *to)
{
	static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
	uint8_t c = s.p[(*at)++];
	const char *k = c ? strchr(from, c) : NULL;

	if (k) {
		*to = (uint8_t)plain[k - from];
		return 1;
	}
	int32_t point = c == 'u' ? code_point(s, at) : -1;
	return point >= 0 ? utf8_put((uint32_t)point, to) : 0;
}

static struct span string_of(struct decode_in *in, struct span raw, bool escaped)
{
	if (in->err || raw.n == 0)
		return (struct span){ NULL, 0 };
	uint8_t *to = arena_alloc(in->arena, raw.n + 1);
	size_t n = 0;
	if (!to) {
		decode_fail(in, -ENOMEM, "out of memory");
		return (struct span){ NULL, 0 };
	}
	if (!escaped) {
		memcpy(to, raw.p, raw.n);
		return (struct span){ to, raw.n };
	}
	for (size_t at = 0; at < raw.n;) {
		if (raw.p[at] != '\\') {
			to[n++] = raw.p[at++];
			continue;
		}
		at++;
		size_t k = unescape(raw, &at, to + n);
		if (k == 0) {
			decode_fail(in, -EINVAL, "wrong escape in a string");
			return (struct span){ NULL, 0 };
		}
		n += k;
	}
	to[n] = 0;
	return (struct span){ to, n };
}

struct span json_string(struct decode_in *in)
{
	bool escaped;
	struct span raw = raw_string(in, &escaped);

	if (!in->err && !utf8_is_valid(raw))
		decode_fail(in, -EINVAL, "a string that is not UTF-8");
	return string_of(in, raw, escaped);
}

struct span json_word(struct decode_in *in)
{
	bool escaped;
	struct span raw = raw_string(in, &escaped);

	return escaped ? string_of(in, raw, escaped) : raw;
}

struct span json_bytes(struct decode_in *in)
{
	bool escaped;
	struct span raw = raw_string(in, &escaped), s = string_of(in, raw, escaped);

	return escaped ? decode_escapes(in, s) : s;
}

static size_t digits(struct decode_in *in)
{
	const uint8_t *from = in->p;

	while (in->p < in->end && *in->p >= '0' && *in->p <= '9')
		in->p++;
	return (size_t)(in->p - from);
}

static bool next_is(const struct decode_in *in, const char *any_of)
{
	return in->p < in->end && *in->p && strchr(any_of, *in->p);
}

struct span json_number(struct decode_in *in)
{
	(void)json_peek(in);
	const uint8_t *from = in->p;
	if (next_is(in, "-"))
		in->p++;
	bool zero = next_is(in, "0");
	size_t n = digits(in);
	bool ok = n > 0 && !(zero && n > 1);
	if (ok && next_is(in, ".")) {
		in->p++;
		ok = digits(in) > 0;
	}
	if (ok && next_is(in, "eE")) {
		in->p++;
		if (next_is(in, "+-"))
			in->p++;
		ok = digits(in) > 0;
	}
	if (!ok) {
		in->p = from;
		decode_fail(in, -EINVAL, "a number expected");
		return (struct span){ NULL, 0 };
	}
	return (struct span){ from, (size_t)(in->p - from) };
}

static bool literal(struct decode_in *in, const char *word)
{
	size_t n = strlen(word);

	(void)json_peek(in);
	if ((size_t)(in->end - in->p) < n || memcmp(in->p, word, n) != 0)
		return false;
	in->p += n;
	return true;
}

bool json_bool(struct decode_in *in)
{
	if (literal(in, "true"))
		return true;
	if (!literal(in, "false"))
		decode_fail(in, -EINVAL, "true or false expected");
	return false;
}

bool json_null(struct decode_in *in)
{
	return literal(in, "null");
}

static void skip_scalar(struct decode_in *in)
{
	bool escaped;
	int c = json_peek(in);

	if (c == '"')
		(void)raw_string(in, &escaped);
	else if (c == '-' || (c >= '0' && c <= '9'))
		(void)json_number(in);
	else if (!literal(in, "true") && !literal(in, "false") && !literal(in, "null"))
		decode_fail(in, -EINVAL, "a value expected");
}

void json_skip(struct decode_in *in)
{
	char close[JSON_DEPTH]; /* the bracket that ends each open list or map */
	size_t i[JSON_DEPTH];   /* elements of each so far */
	size_t depth = 0;

	do {
		if (depth && !json_more(in, close[depth - 1], i[depth - 1]++)) {
			depth--;
			continue;
		}
		if (depth && close[depth - 1] == '}')
			(void)json_key(in);
		int c = json_peek(in);
		if (c != '{' && c != '[') {
			skip_scalar(in);
			continue;
		}
		if (depth == JSON_DEPTH) {
			decode_fail(in, -EINVAL, "lists and maps nested deeper than %d", JSON_DEPTH);
			return;
		}
		in->p++;
		close[depth] = c == '{' ? '}' : ']';
		i[depth++] = 0;
	} while (depth && !in->err);
}

void json_end(struct decode_in *in)
{
	if (!in->err && json_peek(in) >= 0)
		decode_fail(in, -EINVAL, "more text behind the record");
}
