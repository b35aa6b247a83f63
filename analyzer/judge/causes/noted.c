/* Findings from what was noted of flows: one line of the table a kind, one function that puts it into words. */
#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"

static const int64_t RETRIED = 60 * NS_PER_S;

static void put_flow(struct draft *f, const struct remark *n)
{
	struct wr *w = &f->message;

	cause_put_peer(w, n->name, &n->peer);
	wr_str(w, " on ");
	cause_put_port(w, n->proto, n->port);
	if (n->rule) {
		wr_str(w, " (");
		wr_span(w, cause_service(n->rule));
		wr_char(w, ')');
	}
}

static bool unexpected(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	wr_str(&f->message, "Talked ");
	wr_printable(&f->message, n->what);
	wr_str(&f->message, " to ");
	put_flow(f, n);
	wr_str(&f->message, ", where its profile declares ");
	for (uint32_t i = 0; i < n->rule->applications.n; i++) {
		if (i)
			wr_str(&f->message, " or ");
		wr_span(&f->message, n->rule->applications.v[i]);
	}
	wr_char(&f->message, '.');
	return true;
}

static bool scope(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	wr_str(&f->message, "Used ");
	put_flow(f, n);
	wr_str(&f->message, ", which must be on ");
	wr_printable(&f->message, n->what);
	wr_char(&f->message, '.');
	return true;
}

static bool forbidden(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	if (!n->number)
		f->severity = SEVERITY_INFO;
	if (n->rule->initiator == INITIATOR_PEER)
		wr_str(&f->message, "A connection from ");
	put_flow(f, n);
	wr_str(&f->message, n->number ? " came up, although the profile forbids it" : " was tried and not answered; the profile forbids it");
	wr_char(&f->message, '.');
	return true;
}

static bool weak(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	put_flow(f, n);
	wr_str(&f->message, " used ");
	wr_printable(&f->message, n->what);
	wr_str(&f->message, "; today's minimum is ");
	wr_printable(&f->message, n->wanted);
	wr_char(&f->message, '.');
	if (n->proto != PROTO_TCP)
		f->severity = SEVERITY_LOW;
	return true;
}

static bool cleartext(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	wr_str(&f->message, "Sent credentials that anybody on the way can read (");
	wr_printable(&f->message, n->what);
	wr_char(&f->message, ' ');
	wr_printable(&f->message, n->wanted);
	wr_str(&f->message, ") to ");
	put_flow(f, n);
	wr_char(&f->message, '.');
	return true;
}

static bool portal(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	wr_str(&f->message, "The check for open Internet at ");
	put_flow(f, n);
	wr_str(&f->message, " was answered with ");
	wr_u64(&f->message, (uint64_t)n->number);
	wr_str(&f->message, " and leads to ");
	wr_printable(&f->message, n->what);
	wr_str(&f->message, ": a portal stands in the way.");
	return true;
}

/* One of the refusals, or a connection to the proxy of which it is known what was asked on it. */
static bool is_read(const struct device *d, const struct remark *n, uint64_t flow)
{
	for (uint8_t i = 0; i < n->cited; i++)
		if (n->flows[i] == flow)
			return true;
	for (size_t b = 0; b < d->bindings_n; b++) {
		for (uint32_t k = 0; k < d->tallies[b].n; k++) {
			const struct tally *t = d->tallies[b].v[k];
			for (uint32_t i = 0; t && i < t->ring_n; i++)
				if (tally_attempt(t, i)->logical && tally_attempt(t, i)->flow == flow)
					return true;
		}
	}
	return false;
}

/* It came through, or nobody can say that it did not. */
static bool may_be_through(const struct device *d, const struct remark *n, const struct tally *t, const struct attempt *a)
{
	if (a->start < n->first || a->start - n->last > RETRIED || !addr_eq(&a->peer, &n->peer))
		return false;
	if (a->logical)
		return t->rule == n->rule && (a->outcome == OUTCOME_OK || a->outcome == OUTCOME_INCONCLUSIVE);
	return a->wire[1] == n->port && !is_read(d, n, a->flow);
}

/* Refused, and then perhaps let through within a minute: the challenge was met, or that is not known. */
static bool let_through(const struct device *d, const struct remark *n)
{
	for (size_t b = 0; b < d->bindings_n; b++) {
		for (uint32_t k = 0; k < d->tallies[b].n; k++) {
			const struct tally *t = d->tallies[b].v[k];
			for (uint32_t i = 0; t && i < t->ring_n; i++)
				if (may_be_through(d, n, t, tally_attempt(t, i)))
					return true;
		}
	}
	return false;
}

static bool proxy(struct draft *f, const struct device *d, const struct remark *n)
{
	if (let_through(d, n))
		return false;
	wr_str(&f->message, "The proxy ");
	wr_addr(&f->message, &n->peer);
	wr_str(&f->message, " refused ");
	wr_printable(&f->message, n->what);
	wr_str(&f->message, " with ");
	wr_u64(&f->message, (uint64_t)n->number);
	wr_str(&f->message, n->number == 407 ? ": it wants credentials that it did not get." : ".");
	f->severity = n->rule ? (int)finding_severity(f->code, n->rule) : SEVERITY_LOW;
	return true;
}

static bool tunnel(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	wr_str(&f->message, "Part of the device's traffic goes through a tunnel (");
	wr_printable(&f->message, n->what);
	wr_str(&f->message, ") to ");
	cause_put_peer(&f->message, n->name, &n->peer);
	wr_str(&f->message, ": what is inside cannot be judged, and what is not seen outside is not missing.");
	return true;
}

static bool late(struct draft *f, const struct device *d, const struct remark *n)
{
	(void)d;
	put_flow(f, n);
	wr_str(&f->message, " answered after ");
	wr_u64(&f->message, (uint64_t)n->number);
	wr_str(&f->message, " ms; ");
	wr_u64(&f->message, (uint64_t)n->wanted_ms);
	wr_str(&f->message, " ms are expected.");
	return true;
}

static const struct {
	enum finding_code code;
	bool (*say)(struct draft *f, const struct device *d, const struct remark *n);
} SAYS[REMARK_KINDS] = {
	[REMARK_UNEXPECTED] = { FIND_UNEXPECTED_APPLICATION, unexpected },
	[REMARK_SCOPE] = { FIND_SCOPE_VIOLATION, scope },
	[REMARK_FORBIDDEN] = { FIND_FORBIDDEN_FLOW, forbidden },
	[REMARK_WEAK] = { FIND_WEAK_CRYPTO, weak },
	[REMARK_CLEARTEXT] = { FIND_CLEARTEXT_CREDENTIALS, cleartext },
	[REMARK_PORTAL] = { FIND_CAPTIVE_PORTAL, portal },
	[REMARK_PROXY] = { FIND_PROXY_DENIED, proxy },
	[REMARK_TUNNEL] = { FIND_TRAFFIC_IN_TUNNEL, tunnel },
	[REMARK_LATE] = { FIND_EXPECTATION_LATE, late },
};

static void cite(struct draft *f, const struct remark *n)
{
	f->count = n->count;
	f->proto = n->proto;
	f->peer = n->peer;
	if (n->kind != REMARK_PROXY) /* the peer is the proxy, not what it was asked for */
		f->peer_name = n->name;
	draft_port(f, n->port);
	draft_time(f, n->first, n->last);
	for (uint8_t i = 0; i < n->cited; i++) {
		draft_flow(f, n->flows[i]);
		draft_frame(f, &n->frames[i]);
		draft_filter(f, n->frames[i].capture, n->proto, &n->device, &n->peer, n->wire[i][0], n->wire[i][1]);
	}
}

static void of_device(struct judge *j, struct device *d)
{
	for (const struct remark *n = d->remarks.v; n; n = n->next) {
		struct draft f;
		draft_begin(&f, SAYS[n->kind].code, d, n->binding, n->rule);
		f.confidence = CONFIDENCE_CONFIRMED;
		if (!SAYS[n->kind].say(&f, d, n)) {
			draft_end(&f);
			continue;
		}
		cite(&f, n);
		finding_add(&j->findings, &f);
	}
}

const struct cause cause_noted = { "noted", of_device, NULL };
