/*
 * HTTP/1: start lines, fields, chunk sizes, credentials.
 *
 * RFC 9112, 3 (request line), 4 (status line), 5 (fields), 7.1 (chunks); RFC 9110, 9.1 (methods), 11.4 (credentials)
 */
#include "dissectors/http_message.h"

#include "base/span.h"
#include "dissectors/text.h"

static bool is_method_byte(int c)
{
	return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* Methods that only HTTP has: the rest are those of RTSP and SIP too. */
static bool is_known_method(struct span method)
{
	static const char *const known[] = { "GET", "POST", "HEAD", "PUT", "CONNECT", "DELETE", "PATCH", "PROPFIND" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_eq(method, span_of(known[i])))
			return true;
	return false;
}

static bool has_control_bytes(struct span s)
{
	for (struct rd r = rd_span(s); rd_more(&r);) {
		uint8_t c = rd_u8(&r);
		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

static bool is_version(struct span s)
{
	struct rd r = rd_span(s);

	if (s.n != 8 || !rd_starts(&r, "HTTP/1.", 7))
		return false;
	rd_skip(&r, 7);
	return text_is_digit(rd_u8(&r));
}

/* RFC 3986, 3.2: userinfo "@" host; who is named there is nobody's business. */
static struct span without_user(struct span authority)
{
	struct rd r = rd_span(authority);

	rd_skip(&r, text_until(authority, '@'));
	if (!r.cap)
		return authority;
	rd_skip(&r, 1);
	return rd_rest(&r);
}

static bool is_absolute(struct span uri)
{
	return text_starts_nocase(uri, SPAN("http://")) || text_starts_nocase(uri, SPAN("https://")) ||
	       text_starts_nocase(uri, SPAN("ftp://"));
}

/* RFC 9112, 3.2: origin-form, absolute-form, authority-form or "*". */
static void target_read(struct span uri, struct http_request *q)
{
	struct rd r = rd_span(uri);

	if (q->connect) {
		q->host = text_first(without_user(uri), HTTP_HOST_MAX);
		return;
	}
	q->absolute = is_absolute(uri);
	if (q->absolute) {
		rd_skip(&r, text_until(uri, '/') + 2);
		struct span rest = rd_rest(&r);
		size_t n = text_until(text_first(rest, text_until(rest, '?')), '/');
		q->host = text_first(without_user(rd_get(&r, n)), HTTP_HOST_MAX);
	}
	struct span path = rd_rest(&r);
	q->target = text_first(text_first(path, text_until(path, '?')), HTTP_TARGET_MAX);
}

/* Is what there is of the target beyond doubt one of HTTP? */
static bool is_certain(const struct http_request *q, struct span uri)
{
	return is_known_method(q->method) && (q->connect || q->absolute || span_starts(uri, SPAN("/")));
}

enum dissector_match http_request_read(struct span line, bool whole, struct http_request *ret)
{
	struct rd r = rd_span(line);
	struct http_request q = { .method = { NULL, 0 } };
	size_t n = 0;

	while (n <= HTTP_METHOD_MAX && is_method_byte(rd_peek(&r, n)))
		n++;
	if (n > HTTP_METHOD_MAX || (n == r.cap ? whole : n == 0 || rd_peek(&r, n) != ' '))
		return MATCH_NO;
	q.method = rd_get(&r, n);
	q.connect = span_eq(q.method, SPAN("CONNECT"));
	q.head = span_eq(q.method, SPAN("HEAD"));
	if (r.cap)
		rd_skip(&r, 1);
	struct span rest = rd_rest(&r), uri = rest;
	bool version = false;
	if (whole) {
		if (rest.n < 9 || rd_peek(&r, rest.n - 9) != ' ')
			return MATCH_NO;
		uri = rd_get(&r, rest.n - 9);
		rd_skip(&r, 1);
		version = is_version(rd_rest(&r));
	} else {
		uri.n = text_until(uri, ' ');
	}
	if (has_control_bytes(rest) || (whole && (!version || !uri.n)))
		return MATCH_NO;
	target_read(uri, &q);
	if (!whole && uri.n == rest.n && q.host.p + q.host.n == uri.p + uri.n)
		q.host.n = 0; /* "esupport.example.com:4" is not whom it asks for */
	*ret = q;
	return whole || is_certain(&q, uri) ? MATCH_YES : MATCH_MAYBE;
}

enum dissector_match http_status_read(struct span line, bool whole, uint16_t *ret_status)
{
	static const char form[] = "HTTP/1.d ddd"; /* d: a digit */
	struct rd r = rd_span(line);
	uint16_t status = 0;
	size_t i = 0;

	for (; form[i] && rd_more(&r); i++) {
		uint8_t c = rd_u8(&r);
		if (form[i] == 'd' ? !text_is_digit(c) : c != form[i])
			return MATCH_NO;
		if (i >= 9)
			status = (uint16_t)(status * 10 + (c - '0'));
	}
	if (form[i])
		return whole ? MATCH_NO : MATCH_MAYBE;
	if (status < 100 || (r.cap && rd_peek(&r, 0) != ' '))
		return MATCH_NO;
	*ret_status = status;
	return MATCH_YES;
}

bool http_field_read(struct span line, struct span *ret_name, struct span *ret_value)
{
	struct rd r = rd_span(line);
	struct span name = text_token(&r, ':');

	if (!name.n || name.n == line.n)
		return false;
	*ret_name = text_trim(name);
	*ret_value = text_trim(rd_rest(&r));
	return true;
}

bool http_chunk_read(struct span line, uint64_t *ret_size)
{
	static const uint64_t max = UINT64_C(1) << 48;

	return text_number(text_trim(text_first(line, text_until(line, ';'))), 16, max, ret_size);
}

bool http_auth_read(struct span value, struct fact_auth *ret_auth, unsigned *ret_index)
{
	/* RFC 7617, 7616, 6750 (the token is the secret), 4559 */
	static const struct {
		const char *scheme, *mechanism;
		bool cleartext;
	} schemes[] = {
		{ "Basic", "basic", true }, { "Digest", "digest", false }, { "Bearer", "bearer", true },
		{ "NTLM", "ntlm", false },  { "Negotiate", "negotiate", false },
	};
	const struct span scheme = text_first(value, text_until(value, ' '));

	for (unsigned i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!span_eq_nocase(scheme, span_of(schemes[i].scheme)))
			continue;
		*ret_auth = (struct fact_auth){
			.application = SPAN("HTTP"), .mechanism = span_of(schemes[i].mechanism),
			.cleartext = schemes[i].cleartext,
		};
		*ret_index = i;
		return true;
	}
	return false;
}
