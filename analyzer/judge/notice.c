/* Which notes a judged flow gives: one predicate a kind. */
#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/view.h"

enum { TLS_1_2 = 0x0303, RSA_WEAK_FROM = 600, RSA_WEAK_BELOW = 2048 };
enum { IKE_DES = 1, IKE_3DES = 5, IKE_MD5 = 1, IKE_GROUP_1024 = 2, IKE_NULL = 11 };

struct noticed {
	const struct view *v;
	const struct match_hit *head; /* NULL: no rule takes the flow */
	const struct outcome_of *o;
};

static struct span keep(const struct noticed *n, const char *text)
{
	return names_intern(&n->v->j->names, span_of(text));
}

bool view_fits_application(const struct closed *c, const struct rule *r)
{
	struct span sure = closed_application(c);

	if (!r->applications.n || !sure.n)
		return true;
	for (uint32_t i = 0; i < r->applications.n && !c->labels_n; i++)
		if (span_eq_nocase(r->applications.v[i], sure))
			return true;
	for (uint32_t i = 0; i < r->applications.n; i++)
		for (uint8_t k = 0; k < c->labels_n; k++)
			if (span_eq_nocase(r->applications.v[i], c->labels[k]))
				return true;
	return false;
}

static bool unexpected(const struct noticed *n, struct remark *ret)
{
	if (!n->head || n->head->rule->need == RULE_FORBIDDEN || view_fits_application(n->v->c, n->head->rule))
		return false;
	ret->what = n->v->c->labels_n ? n->v->c->labels[0] : n->v->c->classified;
	return true;
}

static bool forbidden(const struct noticed *n, struct remark *ret)
{
	if (!n->head || n->head->rule->need != RULE_FORBIDDEN)
		return false;
	ret->number = (n->v->c->came & CAME_ANSWERED) != 0;
	return true;
}

static const char *tls_name(uint16_t version)
{
	static const char *const names[] = { "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3" };
	return version >= 0x0300 && version <= 0x0304 ? names[version - 0x0300] : "an unknown TLS version";
}

static bool weak_tls(const struct noticed *n, struct remark *ret)
{
	const struct closed *c = n->v->c;
	uint16_t min = n->head->rule->tls_min ? n->head->rule->tls_min : TLS_1_2;
	char text[48];

	if (c->tls_version && c->tls_version < min) {
		ret->what = keep(n, tls_name(c->tls_version));
		ret->wanted = keep(n, tls_name(min));
		return true;
	}
	/* below 600 bits it is a curve */
	if (c->key_bits < RSA_WEAK_FROM || c->key_bits >= RSA_WEAK_BELOW)
		return false;
	(void)snprintf(text, sizeof(text), "an RSA key of %u bits", c->key_bits);
	ret->what = keep(n, text);
	ret->wanted = keep(n, "2048 bits");
	return true;
}

static bool weak_ike(const struct noticed *n, struct remark *ret)
{
	const struct fact_ike *k = &n->v->c->detail->ike;
	const char *const weak[] = {
		k->encryption == IKE_DES ? "DES" : k->encryption == IKE_3DES ? "3DES" : NULL,
		k->hash == IKE_MD5 ? "MD5" : NULL,
		k->group && k->group <= IKE_GROUP_1024 ? "a Diffie-Hellman group of 1024 bits or less" : NULL,
	};
	char text[80] = "IKE with ";
	size_t at = strlen(text), first = at;

	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]) && k->version == 1; i++)
		if (weak[i])
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at > first ? ", " : "", weak[i]);
	if (at == first)
		return false;
	ret->what = keep(n, text);
	ret->wanted = keep(n, "AES, SHA-2 and a group of 2048 bits");
	return true;
}

static bool weak(const struct noticed *n, struct remark *ret)
{
	if (!n->head || n->head->rule->need == RULE_FORBIDDEN)
		return false;
	return weak_tls(n, ret) || (n->v->c->detail && weak_ike(n, ret));
}

static bool cleartext(const struct noticed *n, struct remark *ret)
{
	const struct detail *d = n->v->c->detail;

	for (uint8_t i = 0; d && n->v->end == 0 && !n->v->logical && i < d->auth_n; i++) {
		if (!d->auth[i].cleartext)
			continue;
		ret->what = d->auth[i].application;
		ret->wanted = d->auth[i].mechanism;
		return true;
	}
	return false;
}

const struct http_seen *view_portal(const struct view *v, const struct rule *r)
{
	const struct detail *d = v->c->detail;

	if (!r->status_n || !d || v->logical)
		return NULL;
	for (uint8_t i = 0; i < d->http_n; i++) {
		const struct http_seen *h = &d->http[i];
		bool redirect = h->status >= 300 && h->status < 400, page = h->status == 200 && !h->empty && h->length != 0;
		if (h->status && !match_answer_status(r, h->status) && (redirect || page || h->status == 511))
			return h;
	}
	return NULL;
}

static bool portal(const struct noticed *n, struct remark *ret)
{
	const struct http_seen *h = n->head ? view_portal(n->v, n->head->rule) : NULL;

	if (!h)
		return false;
	ret->what = h->location.n ? h->location : h->host;
	ret->number = h->status;
	return true;
}

static bool proxy_refused(const struct noticed *n, struct remark *ret)
{
	if (!n->v->logical || n->o->outcome != OUTCOME_APP_REJECTED)
		return false;
	ret->what = n->v->flow.carried;
	ret->number = n->v->c->app_code;
	return true;
}

static bool tunnel(const struct noticed *n, struct remark *ret)
{
	const struct closed *c = n->v->c;

	ret->what = closed_tunnel(c);
	ret->number = (int64_t)(c->packets[0] + c->packets[1]);
	return ret->what.n > 0;
}

static bool late(const struct noticed *n, struct remark *ret)
{
	const struct closed *c = n->v->c;
	int64_t limit = n->head ? match_expect(n->head->binding, &n->head->rule->answered_within) : 0;
	int64_t asked = c->proto == PROTO_TCP ? c->syn_time : c->first[0];
	int64_t answered = c->proto == PROTO_TCP ? c->synack_time : c->first[1];

	if (limit <= 0 || n->v->logical || c->limits & LIMIT_LOSS) /* the answer may be among what was lost */
		return false;
	int64_t wait = asked && answered ? answered - asked : 0;
	if (c->answer_waits[1] > limit) /* twice: one answer may have been lost on the way to the capture */
		wait = c->answer_waits[0];
	if (wait <= limit)
		return false;
	ret->number = wait / NS_PER_MS;
	ret->wanted_ms = limit / NS_PER_MS;
	return true;
}

static bool (*const NOTICES[REMARK_KINDS])(const struct noticed *n, struct remark *ret) = {
	[REMARK_UNEXPECTED] = unexpected, [REMARK_FORBIDDEN] = forbidden, [REMARK_WEAK] = weak,     [REMARK_CLEARTEXT] = cleartext,
	[REMARK_PORTAL] = portal,		[REMARK_PROXY] = proxy_refused, [REMARK_TUNNEL] = tunnel, [REMARK_LATE] = late,
};

static void add(const struct noticed *n, enum remark_kind kind, struct remark *remark)
{
	const struct view *v = n->v;
	uint16_t port = view_port(v, n->head ? n->head->rule : NULL);

	remark->kind = kind;
	if (n->head) {
		remark->binding = n->head->binding;
		remark->rule = n->head->rule;
	}
	remark->device = v->c->addr[v->end];
	remark->peer = v->c->addr[!v->end];
	remark->name = view_name(v);
	remark->port = kind == REMARK_PROXY ? v->c->wire_port : port;
	remark->proto = v->c->proto;
	remarks_add(&v->device->remarks, remark, v->c);
}

void view_notice(const struct view *v, const struct match_hit *head, const struct outcome_of *o)
{
	const struct noticed n = { v, head, o };

	for (int kind = 0; kind < REMARK_KINDS; kind++) {
		struct remark remark = { 0 };
		if (NOTICES[kind] && NOTICES[kind](&n, &remark))
			add(&n, (enum remark_kind)kind, &remark);
	}
}

/* Remembers which setting would make the flow an attempt of a rule whose parameter nobody set. */
static void would_bind(const struct view *v, const struct binding *b, const struct rule *r)
{
	struct tally *t;
	char text[96];

	if (!match_would_bind(b, r, &v->flow, text, sizeof(text)))
		return;
	t = tallies_of(&v->device->tallies[device_binding(v->device, b)], b, r);
	if (t)
		tally_would(t, names_intern(&v->j->names, span_of(text)));
}

bool view_near_miss(const struct view *v)
{
	static const char *const scopes[] = { "anywhere", "the Internet", "the private network", "the link" };
	const struct binding *const *all = (const struct binding *const *)v->device->bindings;
	const struct outcome_of none = { 0 };
	bool scope = false;

	for (uint8_t b = 0; b < v->device->bindings_n; b++) {
		const struct profile *p = all[b]->profile;
		for (uint32_t i = 0; i < p->rules_n && !scope; i++) {
			struct match_hit hit;
			struct remark remark = { 0 };
			if (!match_may(&p->rules[i], &v->flow))
				continue;
			enum match_miss miss = match_rule_among(all, v->device->bindings_n, all[b], &p->rules[i], &v->flow, &hit);
			if (miss == MISS_UNBOUND)
				would_bind(v, all[b], &p->rules[i]);
			if (miss != MISS_SCOPE)
				continue;
			hit = (struct match_hit){ .binding = all[b], .rule = &p->rules[i] };
			struct noticed n = { v, &hit, &none };
			remark.what = keep(&n, scopes[p->rules[i].peer_must_be]);
			add(&n, REMARK_SCOPE, &remark);
			scope = true;
		}
	}
	return scope;
}
