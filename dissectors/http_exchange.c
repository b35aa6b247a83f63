/*
 * HTTP/1: which answer is whose, which of it is worth a fact, and what is a no.
 *
 * RFC 9112, 9.3.2 (answers come in the order of the requests); RFC 9110, 15 (status codes), 11 (authentication)
 *
 * A no is: 403 and 451; 5xx (511: log in at the portal first); any final answer but 2xx and 407 to a CONNECT; 401 and
 * 407 to a request that brought Basic or Digest credentials. 401 and 407 to one without are the demand for them, the
 * first half of an exchange; the other 4xx speak of the resource, and whoever names it was let through.
 */
#include "dissectors/http_exchange.h"

#include "base/span.h"
#include "dissectors/text.h"

enum {
	FACTS_MAX = 10,   /* of a flow */
	FACTS_ALL = 4,    /* so many whatever they say; then those that differ from the one before */
	REPLIES_ALL = 16,
};

static uint32_t hash_of(struct span s, uint32_t h)
{
	for (struct rd r = rd_span(s); rd_more(&r);)
		h = (h ^ rd_u8(&r)) * UINT32_C(16777619); /* FNV-1a */
	return h;
}

/* A session of a thousand requests to one host says the same a thousand times. */
static bool is_worth_saying(struct http_exchanges *x, const struct fact_http *h)
{
	uint32_t hash = hash_of(h->host, UINT32_C(2166136261) ^ h->status);

	if (x->said >= FACTS_MAX || (x->said >= FACTS_ALL && hash == x->said_hash))
		return false;
	x->said++;
	x->said_hash = hash;
	return true;
}

static struct fact_http request_of(const struct http_exchanges *x)
{
	struct fact_http h = { .content_length = -1 };

	if (!x->pending_n)
		return h;
	const struct http_pending *q = &x->pending[0];
	struct rd r = rd_of(x->text, x->text_n, x->text_n);
	h.method = rd_get(&r, q->method_n);
	h.target = rd_get(&r, q->target_n);
	h.host = rd_get(&r, q->host_n);
	h.connect = q->connect;
	h.absolute = q->absolute;
	return h;
}

static void say_exchange(struct http_exchanges *x, const struct fact_http *h, const struct fact_sink *out)
{
	struct fact f;

	if (!is_worth_saying(x, h))
		return;
	f.kind = FACT_HTTP;
	f.side = x->client;
	f.http = *h;
	out->fact(out->ctx, &f);
}

static void pop(struct http_exchanges *x)
{
	const struct http_pending *q = &x->pending[0];
	const uint16_t n = (uint16_t)(q->method_n + q->target_n + q->host_n);

	x->text_n = (uint16_t)(x->text_n - n);
	memmove(x->text, x->text + n, x->text_n);
	x->pending_n--;
	memmove(x->pending, x->pending + 1, x->pending_n * sizeof(x->pending[0]));
}

void http_unanswered(struct http_exchanges *x, const struct fact_sink *out)
{
	while (x->pending_n) {
		struct fact_http h = request_of(x);
		say_exchange(x, &h, out);
		pop(x);
	}
}

static uint16_t keep_text(struct http_exchanges *x, struct span s)
{
	if (s.n > (size_t)HTTP_TEXT_ROOM - x->text_n)
		return 0;
	struct rd r = rd_span(s);
	rd_bytes(&r, x->text + x->text_n, s.n);
	x->text_n = (uint16_t)(x->text_n + s.n);
	return (uint16_t)s.n;
}

void http_ask(struct http_exchanges *x, const struct http_request *q, const struct fact_sink *out)
{
	const size_t most = q->method.n + q->target.n + HTTP_HOST_MAX;

	if (x->pending_n == HTTP_PENDING_MAX || most > (size_t)HTTP_TEXT_ROOM - x->text_n) {
		http_unanswered(x, out);
		x->unmatched = true;
	}
	struct http_pending *p = &x->pending[x->pending_n++];
	*p = (struct http_pending){ .connect = q->connect, .absolute = q->absolute, .head = q->head };
	p->method_n = (uint8_t)keep_text(x, q->method);
	p->target_n = (uint8_t)keep_text(x, q->target);
	p->host_n = keep_text(x, q->host);
}

const struct http_pending *http_oldest(const struct http_exchanges *x)
{
	return x->pending_n ? &x->pending[0] : NULL;
}

struct http_pending *http_newest(struct http_exchanges *x)
{
	return x->pending_n ? &x->pending[x->pending_n - 1] : NULL;
}

static void credentials(struct http_exchanges *x, struct span value, bool to_proxy, const struct fact_sink *out)
{
	uint8_t *told = to_proxy ? &x->proxy_schemes : &x->schemes;
	struct http_pending *q = http_newest(x);
	struct fact_auth auth;
	unsigned scheme;

	if (!http_auth_read(value, &auth, &scheme))
		return;
	if (q && (span_eq(auth.mechanism, SPAN("basic")) || span_eq(auth.mechanism, SPAN("digest"))))
		q->credentials = true;
	if (*told >> scheme & 1)
		return;
	*told = (uint8_t)(*told | 1U << scheme);
	auth.to_proxy = to_proxy;
	say_auth(out, x->client, auth);
}

void http_ask_field(struct http_exchanges *x, struct span name, struct span value, const struct fact_sink *out)
{
	struct http_pending *q = http_newest(x);

	if (span_eq_nocase(name, SPAN("Authorization")))
		credentials(x, value, false, out);
	else if (span_eq_nocase(name, SPAN("Proxy-Authorization")))
		credentials(x, value, true, out);
	else if (q && !q->host_n && span_eq_nocase(name, SPAN("Host")))
		q->host_n = keep_text(x, text_first(value, HTTP_HOST_MAX));
}

void http_answer(struct http_exchanges *x, uint16_t status)
{
	x->status = status;
	x->location_n = x->type_n = 0;
}

void http_answer_field(struct http_exchanges *x, struct span name, struct span value)
{
	struct rd r = rd_span(value);

	if (span_eq_nocase(name, SPAN("Location"))) {
		x->location_n = (uint16_t)(value.n < HTTP_LOCATION_MAX ? value.n : HTTP_LOCATION_MAX);
		rd_bytes(&r, x->location, x->location_n);
	} else if (span_eq_nocase(name, SPAN("Content-Type"))) {
		x->type_n = (uint8_t)(value.n < HTTP_TYPE_MAX ? value.n : HTTP_TYPE_MAX);
		rd_bytes(&r, x->type, x->type_n);
	}
}

static bool is_rejection(const struct http_pending *q, uint16_t status)
{
	if (status == 403 || status == 451 || status >= 500)
		return true;
	if (status == 401 || status == 407)
		return q && q->credentials;
	return q && q->connect && status >= 300;
}


void http_answered(struct http_exchanges *x, int64_t length, bool empty, const struct fact_sink *out)
{
	struct fact_http h = request_of(x);

	h.status = x->status;
	h.location = (struct span){ x->location, x->location_n };
	h.content_type = (struct span){ x->type, x->type_n };
	h.content_length = length;
	h.empty = empty;
	say_exchange(x, &h, out);
	if (x->replies < REPLIES_ALL || x->status != x->last_reply)
		say_reply(out, !x->client, x->status, is_rejection(http_oldest(x), x->status));
	x->replies = (uint8_t)(x->replies + (x->replies < REPLIES_ALL));
	x->last_reply = x->status;
	if (x->pending_n)
		pop(x);
}
