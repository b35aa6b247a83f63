/*
 * The head of a SIP message: start line, fields with their short names, and the addresses written in Via and Contact.
 *
 * RFC 3261, 7.1-7.3 (messages, folding, compact forms), 18.3 (Content-Length), 20 (fields), 25.1 (grammar)
 */
#include "dissectors/sip_message.h"

#include "dissectors/text.h"

enum { TEXT_MAX = 255 }; /* of a value that a fact carries: longer ones are cut */

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* As text_trim(), and without the line ends of folded values. */
static struct span trim(struct span s)
{
	struct rd r = rd_span(s);

	while (is_blank(rd_peek(&r, 0)))
		rd_skip(&r, 1);
	while (r.cap && is_blank(rd_peek(&r, r.cap - 1)))
		r = rd_of(r.p, r.cap - 1, r.cap - 1);
	return rd_rest(&r);
}

/* token of 25.1 */
static bool is_token(struct span s)
{
	struct rd r = rd_span(s);

	if (!s.n)
		return false;
	while (rd_more(&r)) {
		uint8_t c = rd_u8(&r), letter = c | 0x20;
		if (!text_is_digit(c) && !(letter >= 'a' && letter <= 'z') && !memchr("-.!%*_+`'~", c, 10))
			return false;
	}
	return true;
}

static bool status_read(struct rd r, struct sip_head *h)
{
	uint64_t status;

	(void)text_token(&r, ' ');
	if (!text_number(text_token(&r, ' '), 10, 699, &status) || status < 100)
		return false;
	h->response = true;
	h->status = (uint16_t)status;
	return true;
}

bool sip_start_read(struct span line, struct sip_head *ret_h)
{
	struct rd r = rd_span(line);

	if (text_starts_nocase(line, SPAN("SIP/2.0 ")))
		return status_read(r, ret_h);
	struct span method = text_token(&r, ' ');
	struct span uri = rd_rest(&r);
	if (!is_token(method) || !span_ends_nocase(text_trim(line), SPAN(" SIP/2.0")) ||
	    uri.n <= sizeof(" SIP/2.0") - 1)
		return false;
	ret_h->method = method;
	return true;
}

static const struct {
	struct span name, compact;
	size_t at;
} fields[] = {
	{ SPAN_INIT("Via"), SPAN_INIT("v"), offsetof(struct sip_head, via) },
	{ SPAN_INIT("Contact"), SPAN_INIT("m"), offsetof(struct sip_head, contact) },
	{ SPAN_INIT("Call-ID"), SPAN_INIT("i"), offsetof(struct sip_head, call_id) },
	{ SPAN_INIT("CSeq"), SPAN_INIT(""), offsetof(struct sip_head, cseq) },
	{ SPAN_INIT("User-Agent"), SPAN_INIT(""), offsetof(struct sip_head, user_agent) },
	{ SPAN_INIT("Server"), SPAN_INIT(""), offsetof(struct sip_head, user_agent) },
	{ SPAN_INIT("Expires"), SPAN_INIT(""), offsetof(struct sip_head, expires) },
	{ SPAN_INIT("Content-Type"), SPAN_INIT("c"), offsetof(struct sip_head, content_type) },
	{ SPAN_INIT("Content-Encoding"), SPAN_INIT("e"), offsetof(struct sip_head, content_encoding) },
	{ SPAN_INIT("Content-Length"), SPAN_INIT("l"), offsetof(struct sip_head, content_length) },
	{ SPAN_INIT("Authorization"), SPAN_INIT(""), offsetof(struct sip_head, authorization) },
	{ SPAN_INIT("Proxy-Authorization"), SPAN_INIT(""), offsetof(struct sip_head, proxy_authorization) },
};

static void field_put(struct sip_head *h, struct span name, struct span value)
{
	struct span old;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!span_eq_nocase(name, fields[i].name) && !(name.n && span_eq_nocase(name, fields[i].compact)))
			continue;
		memcpy(&old, (char *)h + fields[i].at, sizeof(old));
		if (!old.n)
			memcpy((char *)h + fields[i].at, &value, sizeof(value));
		return;
	}
}

/* The next line; what stands without a line end where the whole message ends is one too. */
static bool line_next(struct rd *r, struct span *ret_line)
{
	if (text_line(r, ret_line))
		return true;
	if (!r->cap || r->cap < r->len)
		return false;
	*ret_line = rd_get(r, r->cap);
	return true;
}

/* 7.3.1: a line that begins with a blank goes on with the value before it. */
static bool field_next(struct rd *r, struct sip_head *h)
{
	struct rd from = *r;
	struct span line;

	if (!line_next(r, &line) || !line.n)
		return false;
	while (rd_peek(r, 0) == ' ' || rd_peek(r, 0) == '\t')
		if (!line_next(r, &(struct span){ 0 }))
			break;
	struct span name = rd_get(&from, text_until(line, ':'));
	if (name.n == line.n)
		return true;
	rd_skip(&from, 1);
	field_put(h, trim(name), trim(rd_get(&from, from.cap - r->cap)));
	return true;
}

bool sip_head_read(struct rd r, struct sip_head *ret_h)
{
	struct sip_head h = { 0 };
	struct span line;

	if (!line_next(&r, &line) || !sip_start_read(line, &h))
		return false;
	while (field_next(&r, &h))
		;
	*ret_h = h;
	return true;
}

size_t sip_head_length(struct rd r)
{
	const size_t all = r.cap;
	struct span line;

	while (text_line(&r, &line))
		if (!line.n)
			return all - r.cap;
	return 0;
}

int64_t sip_body_length(const struct sip_head *h)
{
	uint64_t n;

	return text_number(h->content_length, 10, INT32_MAX, &n) ? (int64_t)n : -1;
}

/* The value of a parameter in "…;name=value;…"; empty where it is not there. */
static struct span parameter(struct span list, struct span name)
{
	struct rd r = rd_span(list);

	while (rd_more(&r)) {
		struct rd one = rd_span(text_token(&r, ';'));
		if (span_eq_nocase(trim(text_token(&one, '=')), name))
			return trim(rd_rest(&one));
	}
	return (struct span){ 0 };
}

static void host_read(struct span s, struct addr *ret_addr, uint16_t *ret_port)
{
	struct span host = span_host_port(trim(s), ret_port);

	if (!addr_parse(host, ret_addr))
		*ret_addr = (struct addr){ 0 };
}

/* "SIP/2.0/UDP host:port;branch=…", up to the comma before the next one; blanks may stand around each slash. */
static void via_read(struct span value, struct fact_sip *f)
{
	struct rd r = rd_span(text_first(value, text_until(value, ',')));

	(void)text_token(&r, '/');
	(void)text_token(&r, '/');
	struct rd sent_by = rd_span(trim(text_token(&r, ';')));
	while (sent_by.cap && !is_blank(rd_peek(&sent_by, 0)))
		rd_skip(&sent_by, 1); /* the transport */
	host_read(rd_rest(&sent_by), &f->via, &f->via_port);
	f->branch = text_first(parameter(rd_rest(&r), SPAN("branch")), TEXT_MAX);
}

static void quoted_skip(struct rd *r)
{
	int c;

	if (rd_peek(r, 0) != '"')
		return;
	do {
		rd_skip(r, 1);
		c = rd_peek(r, 0);
		if (c == '\\')
			rd_skip(r, 1);
	} while (c >= 0 && c != '"');
}

/* "Name" <sip:user@host:port;…>;expires=…  or  sip:user@host;expires=…; returns the parameters behind it. */
static struct span contact_read(struct span value, struct fact_sip *f)
{
	struct rd r = rd_span(value);

	quoted_skip(&r);
	struct span open = rd_rest(&r);
	if (text_until(open, '<') < open.n) {
		(void)text_token(&r, '<');
		open = text_token(&r, '>');
	} else {
		open = text_token(&r, ';');
	}
	struct rd uri = rd_span(open);
	struct span scheme = trim(text_token(&uri, ':'));
	if (span_eq_nocase(scheme, SPAN("sip")) || span_eq_nocase(scheme, SPAN("sips"))) {
		while (text_until(rd_rest(&uri), '@') < uri.cap)
			(void)text_token(&uri, '@');
		struct span host = rd_rest(&uri);
		host = text_first(host, text_until(host, ';'));
		host = text_first(host, text_until(host, '?'));
		host_read(text_first(host, text_until(host, ',')), &f->contact, &f->contact_port);
	}
	struct span rest = rd_rest(&r);
	return text_first(rest, text_until(rest, ','));
}

static struct span cseq_method(struct span cseq)
{
	struct rd r = rd_span(cseq);

	while (text_is_digit((uint8_t)rd_peek(&r, 0)))
		rd_skip(&r, 1);
	return trim(rd_rest(&r));
}

struct fact_sip sip_fact(const struct sip_head *h)
{
	struct fact_sip f = { .response = h->response, .status = h->status };
	uint64_t seconds = 0;

	f.method = text_first(h->response ? cseq_method(h->cseq) : h->method, TEXT_MAX);
	f.call_id = text_first(h->call_id, TEXT_MAX);
	f.user_agent = text_first(h->user_agent, TEXT_MAX);
	via_read(h->via, &f);
	struct span expires = parameter(contact_read(h->contact, &f), SPAN("expires"));
	if (!text_number(expires, 10, UINT32_MAX, &seconds))
		(void)text_number(h->expires, 10, UINT32_MAX, &seconds);
	f.expires = span_eq(f.method, SPAN("REGISTER")) ? (uint32_t)seconds : 0;
	return f;
}
