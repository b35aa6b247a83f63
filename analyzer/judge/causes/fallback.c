/*
 * C08: the service came up, but only on its second way, after a silence that the user waits for at every reconnect.
 */
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"

enum { CITED = 6 };

static const int64_t WITHIN = 180 * NS_PER_S;
static const int64_t NOTICED = 3 * NS_PER_S;

/* The first session of the service after the attempt, on another address or port. */
static const struct attempt *next_session(const struct device *d, size_t binding, const struct rule *r,
					  const struct attempt *a)
{
	const struct profile *p = d->bindings[binding]->profile;
	const struct attempt *best = NULL;

	for (uint32_t i = 0; i < p->rules_n; i++) {
		const struct tally *t = d->tallies[binding].v[i];
		if (!t || !cause_same_service(r, &p->rules[i]))
			continue;
		for (uint32_t k = 0; k < t->ring_n; k++) {
			const struct attempt *s = tally_attempt(t, k);
			bool elsewhere = s->port != a->port || !addr_eq(&s->peer, &a->peer);
			if (s->outcome != OUTCOME_OK || s->other_application || s->established_before || !elsewhere || s->start <= a->start ||
			    s->start - a->start > WITHIN)
				continue;
			if (!best || s->start < best->start)
				best = s;
		}
	}
	return best;
}

static void of_tally(struct judge *j, struct device *d, size_t binding, const struct tally *t)
{
	int64_t worst = 0, sum = 0;
	uint32_t n = 0;
	const struct attempt *to = NULL, *to_last = NULL;
	struct draft f;

	draft_begin(&f, FIND_FALLBACK_DELAY, d, t->binding, t->rule);
	for (uint32_t i = 0; i < t->ring_n; i++) {
		const struct attempt *a = tally_attempt(t, i), *s;
		if (a->outcome != OUTCOME_NO_REPLY || a->dns)
			continue;
		s = next_session(d, binding, t->rule, a);
		if (!s || s == to_last || s->up - a->start < NOTICED) /* several tries before one session are one wait */
			continue;
		to_last = s;
		n++;
		sum += s->up - a->start;
		if (s->up - a->start > worst) {
			worst = s->up - a->start;
			to = s;
		}
		if (n <= CITED / 2) {
			draft_cite(&f, a);
			draft_cite(&f, s);
		}
	}
	if (!n) {
		draft_end(&f);
		return;
	}
	f.count = n;
	f.confidence = cause_confidence(n, false);
	wr_span(&f.message, cause_service(t->rule));
	wr_str(&f.message, " came up only on ");
	cause_put_port(&f.message, to->proto, to->port);
	wr_str(&f.message, n > 1 ? ", at worst " : ", ");
	wr_u64(&f.message, (uint64_t)(worst / NS_PER_S));
	wr_str(&f.message, " s after the first try, with ");
	cause_put_peer(&f.message, to->name, &to->peer);
	wr_str(&f.message, n > 1 ? "; this returns with every reconnect." : "; expect it with every reconnect.");
	wr_str(&f.remedy, "Open the first way, for the delay returns with every reconnect: ");
	cause_put_remedy(&f.remedy, d, t->rule, f.proto, f.ports, 1);
	draft_number(&f, "delay_max_ms", worst / NS_PER_MS);
	draft_number(&f, "delay_sum_ms", sum / NS_PER_MS);
	finding_add(&j->findings, &f);
}

/* QUIC that did not come up where TCP did: clients are made for that, so it is worth knowing and no more. */
static void of_quic(struct judge *j, struct device *d, const struct tally *t)
{
	struct cause_peers peers = { 0 };
	struct draft f;
	uint32_t n = 0;

	draft_begin(&f, FIND_FALLBACK_DELAY, d, t->binding, t->rule);
	for (uint32_t i = 0; i < t->ring_n; i++) {
		const struct attempt *a = tally_attempt(t, i);
		if (!a->quic || a->outcome != OUTCOME_SUPERSEDED)
			continue;
		cause_peers_add(&peers, &a->peer, a->name);
		if (n++ < CITED / 2)
			draft_cite(&f, a);
	}
	if (!n) {
		draft_end(&f);
		return;
	}
	f.severity = SEVERITY_INFO;
	f.count = n;
	f.confidence = cause_confidence(n, false);
	wr_str(&f.message, "QUIC to ");
	cause_peers_put(&f.message, &peers);
	wr_str(&f.message, " did not come up; TLS over TCP did, so nothing is lost but what the device waited.");
	wr_str(&f.remedy, "Nothing need be done. Where QUIC is wanted, allow udp/443; where it is not, reject it so that "
			  "nobody waits.");
	finding_add(&j->findings, &f);
}

static void of_device(struct judge *j, struct device *d)
{
	for (size_t b = 0; b < d->bindings_n; b++) {
		for (uint32_t i = 0; i < d->tallies[b].n; i++) {
			const struct tally *t = d->tallies[b].v[i];
			if (t && t->outcomes[OUTCOME_NO_REPLY])
				of_tally(j, d, b, t);
			if (t && t->outcomes[OUTCOME_SUPERSEDED])
				of_quic(j, d, t);
		}
	}
}

const struct cause cause_fallback = { "fallback", of_device, NULL };
