/*
 * What the device did that nobody declared, and what it was declared to do and did not: undeclared destinations and
 * inbound flows, declared names at other addresses, required services never attempted, stale address lists.
 */
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"
#include "judge/due.h"

/* ---- undeclared ---- */

static uint8_t undeclared_severity(const struct device *d)
{
	uint8_t worst = 255;

	for (size_t i = 0; i < d->bindings_n; i++) {
		uint8_t s = d->bindings[i]->profile->undeclared_severity;
		if (s != 255 && (worst == 255 || s > worst))
			worst = s;
	}
	return worst == 255 ? SEVERITY_LOW : worst;
}

/* None where the name stands for several. */
static struct addr address_of(const struct undeclared *u)
{
	return u->several ? (struct addr){ 0 } : u->peer;
}

static void cite_undeclared(struct draft *f, const struct undeclared *u)
{
	f->count = u->flows;
	f->proto = u->key.proto;
	f->peer = address_of(u);
	f->peer_name = u->name;
	for (uint8_t i = 0; i < u->ports_n; i++)
		draft_port(f, u->ports[i]);
	for (uint8_t i = 0; i < u->cited_n; i++) {
		draft_flow(f, u->cited[i]);
		draft_frame(f, &u->frames[i]);
		/* one entry may hold several addresses of one name: the filter names the first only, and so do the frames */
		if (i == 0)
			draft_filter(f, u->frames[i].capture, u->key.proto, &u->device, &u->peer, u->device_ports[i],
				     u->peer_ports[i]);
	}
	f->frames_n = f->frames_n ? 1 : 0;
	draft_time(f, u->first, u->last);
	draft_number(f, "came_up", u->came_up);
	draft_text(f, "application", u->application);
}

static void destination(struct judge *j, struct device *d, const struct undeclared *u)
{
	struct addr peer = address_of(u);
	struct draft f;

	draft_begin(&f, FIND_UNDECLARED_DESTINATION, d, NULL, NULL);
	f.severity = undeclared_severity(d);
	f.confidence = u->unknown_start ? CONFIDENCE_POSSIBLE : CONFIDENCE_CONFIRMED;
	wr_str(&f.message, u->came_up ? "Talked to " : "Tried to reach ");
	cause_put_peer(&f.message, u->name, &peer);
	wr_str(&f.message, " on ");
	cause_put_port(&f.message, u->key.proto, u->key.port);
	if (u->application.n) {
		wr_str(&f.message, " (");
		wr_printable(&f.message, u->application);
		wr_char(&f.message, ')');
	}
	wr_str(&f.message, u->flows == 1 ? " once" : " in ");
	if (u->flows > 1) {
		wr_u64(&f.message, u->flows);
		wr_str(&f.message, " flows");
	}
	wr_str(&f.message, "; no rule of its profiles takes that.");
	if (u->unknown_start)
		wr_str(&f.message, " Who began was not seen.");
	cite_undeclared(&f, u);
	finding_add(&j->findings, &f);
}

static void inbound(struct judge *j, struct device *d, const struct undeclared *u)
{
	bool outside = !policy_is_private(j->policy, &u->peer) && addr_scope(&u->peer) != ADDR_LOOPBACK;
	struct draft f;

	draft_begin(&f, FIND_UNDECLARED_INBOUND, d, NULL, NULL);
	f.severity = !u->came_up ? SEVERITY_INFO : outside ? SEVERITY_HIGH : SEVERITY_LOW;
	f.confidence = CONFIDENCE_CONFIRMED;
	wr_addr(&f.message, &u->peer);
	if (u->came_up) {
		wr_str(&f.message, outside ? ", on the Internet, reached the device on " : ", from inside, reached the device on ");
		cause_put_port(&f.message, u->key.proto, u->key.port);
		wr_str(&f.message, ", which no rule declares.");
	} else {
		wr_str(&f.message, " probed the device on ");
		wr_u64(&f.message, u->ports_n);
		wr_str(&f.message, u->ports_n == 1 ? " port; nothing was accepted." : " ports or more; nothing was accepted.");
	}
	cite_undeclared(&f, u);
	finding_add(&j->findings, &f);
}

static void undeclared(struct judge *j, struct device *d)
{
	for (struct undeclared *u = d->undeclared; u; u = u->hh.next) {
		if (u->softened)
			continue;
		if (u->key.inbound)
			inbound(j, d, u);
		else
			destination(j, d, u);
	}
}

/* ---- declared names elsewhere ---- */

static void address_outside(struct judge *j, struct device *d, const struct tally *t)
{
	struct cause_peers peers = { 0 };
	uint32_t ok = 0, failed = 0;
	struct draft f;

	draft_begin(&f, FIND_ADDRESS_OUTSIDE_DECLARED, d, t->binding, t->rule);
	for (uint32_t i = 0; i < t->ring_n; i++) {
		const struct attempt *a = tally_attempt(t, i);
		if (a->dns || a->logical || a->weak || !a->by_name || !a->declares_addresses || a->address_declared ||
		    a->elsewhere)
			continue;
		ok += outcome_is_success(a->outcome);
		failed += outcome_is_failure(a->outcome);
		cause_peers_add(&peers, &a->peer, a->name);
		if (f.flows_n < 4)
			draft_cite(&f, a);
		else
			f.count++;
	}
	if (!peers.n) {
		draft_end(&f);
		return;
	}
	f.severity = failed && !ok ? SEVERITY_MEDIUM : SEVERITY_INFO;
	f.confidence = cause_confidence(ok + failed, false);
	wr_span(&f.message, cause_service(t->rule));
	wr_str(&f.message, " led to ");
	cause_peers_put(&f.message, &peers);
	wr_str(&f.message, ", outside the addresses that its profile lists");
	wr_str(&f.message, failed && !ok ? ", and failed there." : ok ? "; it works from here." : ".");
	draft_number(&f, "ok", ok);
	draft_number(&f, "failed", failed);
	finding_add(&j->findings, &f);
}

/* ---- never attempted ---- */

static void missing(struct judge *j, struct device *d, size_t binding, const struct rule *r)
{
	struct draft f;
	int64_t since = 0;

	if (!status_is_missing(j, d, binding, r, &since))
		return;
	draft_begin(&f, FIND_REQUIRED_MISSING, d, d->bindings[binding], r);
	f.confidence = CONFIDENCE_PROBABLE;
	wr_span(&f.message, cause_service(r));
	wr_str(&f.message, " was never attempted, though it was due since ");
	wr_second(&f.message, since);
	wr_char(&f.message, '.');
	if (r->denied_means.n) {
		wr_str(&f.message, " Without it: ");
		wr_span(&f.message, r->denied_means);
		wr_char(&f.message, '.');
	}
	draft_time(&f, since, j->now);
	finding_add(&j->findings, &f);
}

static void late(struct judge *j, struct device *d, size_t binding, const struct rule *r)
{
	const struct attempt *which = NULL;
	struct draft f;
	int64_t worst;
	uint32_t n = due_late(j, d, binding, r, &worst, &which);

	if (!n)
		return;
	draft_begin(&f, FIND_EXPECTATION_LATE, d, d->bindings[binding], r);
	draft_cite(&f, which);
	f.count = n;
	f.confidence = cause_confidence(n, false);
	wr_span(&f.message, cause_service(r));
	wr_str(&f.message, " came ");
	wr_u64(&f.message, (uint64_t)(worst / NS_PER_S));
	wr_str(&f.message, r->after.n ? " s after what it follows; due are " : " s after the time before; due is one every ");
	wr_u64(&f.message, (uint64_t)(match_expect(d->bindings[binding], r->after.n ? &r->within : &r->every) / NS_PER_S));
	wr_str(&f.message, " s.");
	draft_number(&f, "worst_ms", worst / NS_PER_MS);
	finding_add(&j->findings, &f);
}

/* ---- stale lists ---- */

static void stale(struct judge *j, struct device *d, const struct binding *b, const struct address_set *s)
{
	enum { DAY_S = 86400 };
	struct draft f;

	if (!s->as_of || !s->max_age || j->now <= s->as_of + s->max_age)
		return;
	draft_begin(&f, FIND_STALE_ADDRESS_LIST, d, b, NULL);
	f.confidence = CONFIDENCE_CONFIRMED;
	f.peer_name = s->id;
	wr_str(&f.message, "The address list ");
	wr_span(&f.message, s->id);
	wr_str(&f.message, " was ");
	wr_u64(&f.message, (uint64_t)((j->now - s->as_of) / NS_PER_S / DAY_S));
	wr_str(&f.message, " days old when this was captured; it may be ");
	wr_u64(&f.message, (uint64_t)(s->max_age / NS_PER_S / DAY_S));
	wr_str(&f.message, ".");
	draft_time(&f, d->first, d->last);
	finding_add(&j->findings, &f);
}

static void of_device(struct judge *j, struct device *d)
{
	undeclared(j, d);
	for (size_t b = 0; b < d->bindings_n; b++) {
		const struct profile *p = d->bindings[b]->profile;
		for (uint32_t i = 0; i < p->rules_n; i++) {
			if (d->tallies[b].v[i])
				address_outside(j, d, d->tallies[b].v[i]);
			missing(j, d, b, &p->rules[i]);
			late(j, d, b, &p->rules[i]);
		}
		for (uint32_t i = 0; i < p->sets_n; i++)
			stale(j, d, d->bindings[b], &p->sets[i]);
	}
}

const struct cause cause_conformance = { "conformance", of_device, NULL };
