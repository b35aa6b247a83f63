/*
 * C09, C10: a declared name that could not be looked up, or whose answer was replaced.
 *
 * Transactions of names that some profile declares are kept with the host that asked. A failure counts when no look-up
 * of the name succeeded in the ten seconds before it (the other address family) nor in the sixty after it.
 */
#include <stdio.h>

#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"

enum { ASKED_MAX = 64, ASKED_FRAMES = 6, NXDOMAIN = 3, SERVFAIL = 2, REFUSED = 5, TYPE_A = 1, TYPE_AAAA = 28 };

static const int64_t BEFORE = 10 * NS_PER_S;
static const int64_t AFTER = 60 * NS_PER_S;

struct asked {
	struct asked *next;
	struct span name;
	struct addr server;
	uint32_t asked, ok, failed;      /* transactions; failed: those that stand */
	uint32_t unanswered, by_code[16];
	int64_t first, last, last_ok;
	bool pending;                    /* the latest failure, not yet stood 60 s */
	int64_t pending_at, pending_last;
	uint8_t pending_code;            /* 255: no answer */
	uint32_t pending_tries;
	uint32_t tries;                  /* most repeats of one failed transaction */
	struct obs_frame frames[ASKED_FRAMES];
	uint8_t frames_n;
	uint64_t flow;
	const struct rule *rule;         /* that declares the name */
	struct addr bad;                 /* an answer that is not the service's: the latest */
	const char *bad_what;
	struct obs_frame bad_frames[ASKED_FRAMES];
	uint8_t bad_frames_n;
	uint32_t bad_n;                  /* so many answers with it */
	int64_t bad_since, bad_last;
	uint16_t port;
};

static const struct rule *declared_anywhere(const struct judge *j, struct span name)
{
	const struct binding *b;
	return match_name((const struct binding *const *)j->devices.anonymous, policy_profiles(j->policy), name, &b);
}

/* Without a site, a look-up of a name by which a profile is recognised makes its asker one, perhaps. */
static void recognise(struct judge *j, struct host *h, struct span name)
{
	char how[128];

	if (policy_has_site(j->policy))
		return;
	for (size_t i = 0; i < policy_profiles(j->policy); i++) {
		const struct profile *p = policy_profile(j->policy, i);
		const struct binding *one = j->devices.anonymous[i], *b;
		const struct rule *r = match_name(&one, 1, name, &b);
		for (uint32_t k = 0; r && k < p->identify.signature_rules_n; k++) {
			if (p->identify.signature_rules[k] != r->index)
				continue;
			(void)snprintf(how, sizeof(how), "its look-up of a name of %.*s", (int)p->id.n, p->id.p);
			(void)devices_recognise(&j->devices, h, p, CONFIDENCE_POSSIBLE, how, h->last);
			break;
		}
	}
}

void asked_init(struct judge *j)
{
	pool_init(&j->asked, sizeof(struct asked), (size_t)j->devices.hosts_max * ASKED_MAX);
}

static struct asked *asked_of(struct judge *j, struct host *h, struct span name)
{
	struct asked **at = &h->asked;
	uint32_t n = 0;

	for (; *at; at = &(*at)->next, n++)
		if (span_eq_nocase((*at)->name, name))
			return *at;
	const struct rule *r = n < ASKED_MAX ? declared_anywhere(j, name) : NULL;
	if (!r)
		return NULL;
	*at = pool_take(&j->asked);
	if (*at) {
		(*at)->rule = r;
		(*at)->name = names_intern(&j->names, name);
		recognise(j, h, name);
	}
	return *at;
}

static void stand(struct asked *a)
{
	if (!a->pending)
		return;
	a->pending = false;
	a->failed++;
	if (a->pending_code == 255)
		a->unanswered++;
	else
		a->by_code[a->pending_code & 15]++;
	if (a->pending_tries > a->tries)
		a->tries = a->pending_tries;
}

static void note_frame(struct asked *a, const struct obs_frame *f)
{
	if (f->frame && a->frames_n < ASKED_FRAMES)
		a->frames[a->frames_n++] = *f;
}

static void note_failure(struct asked *a, const struct obs_dns *d, uint8_t code)
{
	int64_t at = d->answered ? d->answered : d->asked;

	if (a->last_ok && at - a->last_ok <= BEFORE)
		return;
	if (a->pending && at - a->pending_at > AFTER)
		stand(a);
	if (!a->pending) {
		a->pending = true;
		a->pending_at = at;
		a->pending_code = code;
		a->pending_tries = 0;
	}
	a->pending_last = d->asked_last;
	a->pending_tries += d->tries;
	a->flow = d->flow;
	a->server = d->server;
	a->port = d->port;
	note_frame(a, &d->ask_frame);
	note_frame(a, &d->answer_frame);
}

/* Why this answer is not the service's, or NULL. */
static const char *wrong_address(const struct judge *j, const struct rule *r, const struct addr *x)
{
	if (names_is_sinkhole(x))
		return "an address that leads nowhere";
	for (uint32_t i = 0; i < r->peers.never_in_n; i++)
		for (uint32_t k = 0; k < r->peers.never_in[i]->n; k++)
			if (prefix_has(&r->peers.never_in[i]->v[k], x))
				return r->peers.never_in[i]->stands_for.n ?
					       (const char *)r->peers.never_in[i]->stands_for.p :
					       "an address of another service";
	return policy_is_private(j->policy, x) ? "a private address" : NULL;
}

static void note_bad(struct asked *a, const struct obs_dns *d, const struct addr *x, const char *what)
{
	if (!addr_eq(&a->bad, x)) {
		a->bad = *x;
		a->bad_n = a->bad_frames_n = 0;
		a->bad_since = d->answered;
	}
	a->bad_what = what;
	a->bad_n++;
	a->bad_last = d->answered;
	if (a->bad_frames_n < ASKED_FRAMES)
		a->bad_frames[a->bad_frames_n++] = d->answer_frame;
	a->flow = d->flow;
	a->server = d->server;
	a->port = d->port;
}

static void note_answers(struct judge *j, struct asked *a, const struct obs_dns *d)
{
	bool good = false, bad = false;

	for (uint8_t i = 0; i < d->answers_n; i++) {
		const char *what = wrong_address(j, a->rule, &d->answers[i].addr);
		good |= !what;
		if (what && !bad)
			note_bad(a, d, &d->answers[i].addr, what);
		bad |= what != NULL;
	}
	if (good || d->answers_n || d->answers_more) { /* some may not have been captured */
		a->ok++;
		a->last_ok = d->answered;
		if (a->pending && d->answered - a->pending_at <= AFTER)
			a->pending = false;
	}
}

void asked_add(struct judge *j, const struct obs_dns *d)
{
	struct host *h;
	struct asked *a;

	if (!d->asked || (d->type != TYPE_A && d->type != TYPE_AAAA) || d->port != 53)
		return;
	h = devices_host(&j->devices, &d->client, d->asked);
	a = h ? asked_of(j, h, d->name) : NULL;
	if (!a)
		return;
	a->asked++;
	if (!a->first)
		a->first = d->asked;
	a->last = d->answered ? d->answered : d->asked_last;
	if (!d->answered) {
		if (d->tries >= 2)
			note_failure(a, d, 255);
	} else if (d->rcode == NXDOMAIN || d->rcode == SERVFAIL || d->rcode == REFUSED) {
		note_failure(a, d, d->rcode);
	} else if (d->rcode == 0) {
		note_answers(j, a, d);
	}
}

/* ---- findings ---- */

static const struct rule *declared_by(const struct device *d, struct span name, const struct binding **ret_b)
{
	return match_name((const struct binding *const *)d->bindings, d->bindings_n, name, ret_b);
}

/* A resolver that answered nothing visible to a capture that shows one direction proves nothing. */
static bool visible(struct judge *j, const struct host *h, const struct asked *a)
{
	struct closed c = { .packets = { 1, 0 } };

	c.addr[0] = h->addr;
	c.addr[1] = a->server;
	return a->unanswered == 0 || !surroundings_of(j, &c).one_way;
}

static void put_how(struct wr *w, const struct asked *a)
{
	static const struct {
		uint8_t code;
		const char *text;
	} codes[] = { { NXDOMAIN, "NXDOMAIN (no such name)" }, { SERVFAIL, "SERVFAIL" }, { REFUSED, "REFUSED" } };
	bool first = true;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (!a->by_code[codes[i].code])
			continue;
		wr_str(w, first ? "answered " : " and ");
		wr_str(w, codes[i].text);
		first = false;
	}
	if (a->unanswered) {
		wr_str(w, first ? "did not answer " : " and did not answer ");
		wr_u64(w, a->tries);
		wr_str(w, " tries");
	}
}

static void cite_asked(struct draft *f, const struct host *h, const struct asked *a, const struct obs_frame *frames,
		       uint8_t n)
{
	f->proto = PROTO_UDP;
	f->peer_name = a->name;
	draft_flow(f, a->flow);
	draft_port(f, a->port);
	for (uint8_t i = 0; i < n; i++) {
		draft_frame(f, &frames[i]);
		draft_filter(f, frames[i].capture, 0, &h->addr, &a->server, 0, 0);
	}
}

/* The name narrows the conversation with the resolver to the cited transactions. */
static void narrow(struct draft *f, struct span name)
{
	for (uint8_t i = 0; i < f->filter_n; i++) {
		wr_str(&f->filter[i], " && dns.qry.name==\"");
		wr_printable(&f->filter[i], name);
		wr_char(&f->filter[i], '"');
	}
}

/* A look-up that led nowhere: the attempt got no further. */
static struct attempt attempt_of(const struct host *h, const struct asked *a, const struct obs_frame *frames, uint8_t n)
{
	struct attempt at = { .flow = a->flow, .device = h->addr, .peer = a->server, .port = a->port, .proto = PROTO_UDP,
			      .outbound = true, .dns = true, .tries = 1, .name = a->name, .outcome = OUTCOME_APP_REJECTED };

	if (n) {
		at.first = frames[0];
		at.last = frames[n - 1];
	}
	return at;
}

static void count_as_attempt(struct device *d, const struct binding *b, const struct rule *r, struct attempt at,
			     int64_t first, int64_t last)
{
	struct tally *t = tallies_of(&d->tallies[device_binding(d, b)], b, r);

	at.start = first;
	at.end = at.last_try = last;
	if (t)
		tally_add(t, &at);
}

static void count_failure(struct device *d, const struct binding *b, const struct rule *r, const struct host *h,
			  const struct asked *a)
{
	struct attempt at = attempt_of(h, a, a->frames, a->frames_n);

	at.tries = a->tries;
	if (a->unanswered)
		at.outcome = OUTCOME_NO_REPLY;
	count_as_attempt(d, b, r, at, a->first, a->last);
}

static void explain(struct device *d, const struct addr *peer)
{
	if (d->explained_n < sizeof(d->explained) / sizeof(d->explained[0]))
		d->explained[d->explained_n++] = *peer;
}

/* The device went on to the service within a minute: it knew an address all the same. */
static bool used_anyway(const struct device *d, const struct rule *r, const struct asked *a)
{
	for (size_t i = 0; i < d->bindings_n; i++) {
		for (uint32_t k = 0; k < d->tallies[i].n; k++) {
			const struct tally *t = d->tallies[i].v[k];
			for (uint32_t n = 0; t && n < t->ring_n; n++) {
				const struct attempt *at = tally_attempt(t, n);
				if (!at->dns && cause_same_service(t->rule, r) &&
				    at->start >= a->first && at->start <= a->last + AFTER)
					return true;
			}
		}
	}
	return false;
}

static void dns_failure(struct judge *j, struct device *d, const struct host *h, struct asked *a, const struct binding *b,
			const struct rule *r)
{
	struct draft f;

	draft_begin(&f, FIND_DNS_FAILURE, d, b, r);
	f.confidence = cause_confidence(a->failed, false);
	wr_str(&f.message, "The resolver ");
	wr_addr(&f.message, &a->server);
	wr_char(&f.message, ' ');
	put_how(&f.message, a);
	wr_str(&f.message, " for ");
	wr_printable(&f.message, a->name);
	wr_str(&f.message, ", a name that ");
	wr_span(&f.message, cause_service(r));
	wr_str(&f.message, " needs.");
	cite_asked(&f, h, a, a->frames, a->frames_n);
	f.count = a->failed;
	draft_time(&f, a->first, a->last);
	narrow(&f, a->name);
	draft_number(&f, "failed_lookups", a->failed);
	draft_number(&f, "successful_lookups", a->ok);
	if (status_group_met(d, device_binding(d, b), r))
		f.severity = SEVERITY_LOW;
	count_failure(d, b, r, h, a);
	if (a->unanswered)
		explain(d, &a->server);
	finding_add(&j->findings, &f);
}

/* What became of the address that the resolver gave instead. */
static bool bad_answer_failed(const struct device *d, const struct asked *a, bool *ret_tried)
{
	bool failed = false;

	*ret_tried = false;
	for (size_t i = 0; i < d->bindings_n; i++) {
		for (uint32_t k = 0; k < d->tallies[i].n; k++) {
			const struct tally *t = d->tallies[i].v[k];
			for (uint32_t n = 0; t && n < t->ring_n; n++) {
				const struct attempt *at = tally_attempt(t, n);
				if (!addr_eq(&at->peer, &a->bad) || !span_eq_nocase(at->name, a->name) ||
				    at->start < a->bad_since)
					continue;
				*ret_tried = true;
				if (at->outcome == OUTCOME_OK)
					return false;
				failed |= outcome_is_failure(at->outcome);
			}
		}
	}
	return failed;
}

static void dns_rewritten(struct judge *j, struct device *d, const struct host *h, struct asked *a, const struct binding *b,
			  const struct rule *r)
{
	struct draft f;
	bool tried, failed = bad_answer_failed(d, a, &tried);
	bool nowhere = names_is_sinkhole(&a->bad);

	if (!failed && !(nowhere && !tried))
		return;
	draft_begin(&f, FIND_DNS_REWRITTEN, d, b, r);
	f.confidence = failed ? CONFIDENCE_CONFIRMED : CONFIDENCE_PROBABLE;
	wr_str(&f.message, "The resolver ");
	wr_addr(&f.message, &a->server);
	wr_str(&f.message, " answered ");
	wr_printable(&f.message, a->name);
	wr_str(&f.message, " with ");
	wr_addr(&f.message, &a->bad);
	wr_str(&f.message, ", ");
	wr_str(&f.message, a->bad_what);
	wr_str(&f.message, tried ? "; the connection that followed failed there." : "; no connection was tried.");
	cite_asked(&f, h, a, a->bad_frames, a->bad_frames_n);
	f.count = a->bad_n;
	draft_time(&f, a->bad_since, a->bad_last);
	f.peer = a->bad;
	f.proto = 0; /* the port is the resolver's */
	f.ports_n = 0;
	narrow(&f, a->name);
	finding_add(&j->findings, &f);
	if (!tried)
		count_as_attempt(d, b, r, attempt_of(h, a, a->bad_frames, a->bad_frames_n), a->bad_since, a->bad_last);
	explain(d, &a->bad);
}

static void of_host(struct judge *j, struct device *d, const struct host *h)
{
	for (struct asked *a = h ? h->asked : NULL; a; a = a->next) {
		const struct binding *b;
		const struct rule *r = declared_by(d, a->name, &b);
		if (!r)
			continue;
		/* an answer takes its time: what the capture's end cuts off proves nothing */
		if (a->pending && a->pending_code == 255 && j->now - a->pending_last < BEFORE)
			a->pending = false;
		stand(a);
		if (a->failed && visible(j, h, a) && !used_anyway(d, r, a))
			dns_failure(j, d, h, a, b, r);
		if (a->bad_what && (r->peers.addresses_n || r->peers.sets_n))
			dns_rewritten(j, d, h, a, b, r);
	}
}

static void of_device(struct judge *j, struct device *d)
{
	if (hidden_of(&j->devices, d)) /* what fails here may have worked where it cannot be seen */
		return;
	for (uint8_t i = 0; i < d->addresses_n; i++)
		of_host(j, d, devices_find(&j->devices, &d->addresses[i].addr));
}

const struct cause cause_dns = { "dns", of_device, NULL };
