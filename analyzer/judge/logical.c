/*
 * Logical flows: what a proxy was asked for (CONNECT, absolute URI) is judged by the same rules as if it went there
 * directly, without address checks; the outer flow satisfies only its proxy rule. 407 and then 200 is one attempt.
 * RFC 9110, sections 9.3.6, 15.5.8 and 7.2. DESIGN: proxies.
 */
#include "base/span.h"
#include "base/time.h"
#include "judge/view.h"

enum { HTTP_PORT = 80, TLS_PORT = 443, AUTHENTICATE = 407 };

bool logical_is_proxy(const struct closed *c)
{
	for (uint8_t i = 0; c->detail && i < c->detail->http_n; i++)
		if (c->detail->http[i].connect || c->detail->http[i].absolute)
			return true;
	return false;
}

static bool same_target(const struct http_seen *a, const struct http_seen *b)
{
	return a->connect == b->connect && span_eq_nocase(a->host, b->host);
}

/* The last answer that counts: a challenge is followed by another try on the same connection. */
static uint16_t final_status(const struct detail *d, const struct http_seen *of)
{
	uint16_t status = 0;

	for (uint8_t i = 0; i < d->http_n; i++)
		if (same_target(&d->http[i], of) && (d->http[i].status || !status))
			status = d->http[i].status;
	return status;
}

/* TLS after CONNECT: the tunnel was opened, whatever of the answers was not captured. */
static bool was_opened(const struct closed *c, const struct http_seen *h)
{
	return h->connect && c->labels_n > 1;
}

static bool is_refusal(uint16_t status)
{
	return status == AUTHENTICATE || status == 403 || status >= 500;
}

/* The flow as it would have gone: what came up inside is what came up. */
static void fill_inner(const struct view *outer, const struct http_seen *h, uint16_t status, struct closed *ret_c)
{
	const struct closed *c = outer->c;

	*ret_c = *c;
	ret_c->labels_n = 0;
	ret_c->application = (struct span){ NULL, 0 };
	for (uint8_t i = 1; i < c->labels_n; i++) { /* the outermost is the proxy's HTTP */
		ret_c->labels[ret_c->labels_n++] = c->labels[i];
		ret_c->application = c->labels[i];
	}
	ret_c->app_code = status;
	ret_c->came &= ~(unsigned)(CAME_APP_REPLY | CAME_APP_NO);
	if (h->absolute) {
		ret_c->labels[0] = c->labels_n ? c->labels[0] : (struct span){ NULL, 0 };
		ret_c->labels_n = 1;
		ret_c->application = ret_c->labels[0];
	}
	if (is_refusal(status))
		ret_c->came = (ret_c->came & ~(unsigned)(CAME_DATA | CAME_TLS | CAME_LOGIN)) | CAME_APP_NO;
	else if (status)
		ret_c->came |= CAME_APP_REPLY;
}

static struct outcome_of inner_outcome(const struct closed *c, const struct surroundings *s, const struct match_hit *h,
				       uint16_t status)
{
	if (is_refusal(status) && !(c->limits & LIMIT_LOSS))
		return (struct outcome_of){ OUTCOME_APP_REJECTED, REASON_NONE, false, false };
	if (status == 0 || (c->limits & LIMIT_LOSS && is_refusal(status)))
		return (struct outcome_of){ OUTCOME_INCONCLUSIVE,
					    c->limits & LIMIT_NO_END ? REASON_CAPTURE_ENDED : REASON_GAVE_UP, false, false };
	return outcome_of(c, s, h ? h->rule->up : UP_DATA, h ? h->rule->reply : REPLY_EXPECTED);
}

/* Which family the proxy takes is not known: of rules that differ in it, the headline's count. */
static size_t of_one_family(struct match_hit *hits, size_t n)
{
	unsigned family = n ? hits[0].rule->families : FAMILY_ANY;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (hits[i].rule->families == family || hits[i].rule->families == FAMILY_ANY)
			hits[kept++] = hits[i];
	return kept;
}

static void judge_one(const struct view *outer, const struct http_seen *h, uint32_t number, const struct surroundings *s)
{
	uint16_t status = final_status(outer->c->detail, h), port;
	struct match_hit hits[VIEW_HITS];
	struct closed inner;
	struct view v = *outer;
	struct outcome_of o;
	size_t n;

	if (is_refusal(status) && was_opened(outer->c, h))
		status = 200;
	fill_inner(outer, h, status, &inner);
	v.c = &inner;
	v.names_n = 0;
	v.has_verdict = false;
	v.logical = number;
	v.flow.carried = span_host_port(h->host, &port);
	v.flow.names_n = 0;
	v.flow.peer_port = port ? port : h->connect ? TLS_PORT : HTTP_PORT;
	v.flow.logical = true;
	v.flow.initiator = INITIATOR_DEVICE;
	v.flow.application = inner.application;
	inner.carried = v.flow.carried;
	inner.port[1] = v.flow.peer_port;
	n = of_one_family(hits, view_match(&v, hits));
	o = inner_outcome(&inner, s, n ? &hits[0] : NULL, status);
	if (n)
		view_count(&v, hits, n, s, &o);
	view_judged(&v, hits, n, &o);
	if (v.j->sink.wants_flows)
		emit_logical(v.j, &inner, &o, v.flow.carried, number);
	view_put_verdict(&v);
}

void logical_judge(const struct view *outer, const struct surroundings *s)
{
	const struct detail *d = outer->c->detail;
	uint32_t number = 0;

	for (uint8_t i = 0; i < d->http_n; i++) {
		bool first = d->http[i].connect || d->http[i].absolute;
		for (uint8_t k = 0; k < i && first; k++)
			first = !same_target(&d->http[k], &d->http[i]);
		if (first && d->http[i].host.n)
			judge_one(outer, &d->http[i], ++number, s);
	}
}
