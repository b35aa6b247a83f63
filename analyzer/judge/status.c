/* The status of each rule of a device, from its attempts (DESIGN: words, rule status), and the record that says it. */
#include "base/span.h"
#include "judge/due.h"

/* NULL where there was no attempt. */
static const struct tally *tally_at(const struct device *d, size_t binding, const struct rule *r)
{
	const struct tally *t = r->index < d->tallies[binding].n ? d->tallies[binding].v[r->index] : NULL;
	return t && t->attempts ? t : NULL;
}

static bool is_met(const struct tally *t)
{
	return t && (t->ok || t->sent);
}

bool status_group_met(const struct device *d, size_t binding, const struct rule *r)
{
	const struct profile *p = d->bindings[binding]->profile;

	for (uint32_t i = 0; i < p->rules_n; i++) {
		const struct rule *o = &p->rules[i];
		bool same = o == r || (r->group.n && span_eq(o->group, r->group));
		if (same && is_met(tally_at(d, binding, o)))
			return true;
	}
	return false;
}

static bool shows_answers(const struct judge *j, const struct device *d)
{
	for (uint8_t i = 0; i < d->addresses_n; i++) {
		const struct host *h = devices_find(&j->devices, &d->addresses[i].addr);
		if (h && h->two_way && !h->unseen_answers)
			return true;
	}
	return false;
}

/* Part of the device's traffic may be where nobody can look. */
static bool may_be_tunnelled(const struct judge *j, const struct device *d)
{
	if (j->tunnels)
		return true;
	for (const struct remark *r = d->remarks.v; r; r = r->next)
		if (r->kind == REMARK_TUNNEL)
			return true;
	return false;
}

/* Its peers are known by names, and the names are looked up where nobody can see it. */
static bool may_be_nameless(const struct judge *j, const struct device *d, const struct rule *r)
{
	return r->peers.hosts.n && hidden_of(&j->devices, d);
}

static uint8_t unseen_because(const struct judge *j, const struct device *d, const struct rule *r)
{
	return may_be_tunnelled(j, d) ? REASON_TUNNELLED : may_be_nameless(j, d, r) ? REASON_ENCRYPTED : REASON_NONE;
}

bool status_is_missing(const struct judge *j, const struct device *d, size_t binding, const struct rule *r,
		       int64_t *ret_since)
{
	const struct binding *b = d->bindings[binding];

	if (!d->entry || d->entry->many || r->need != RULE_REQUIRED || r->hidden_in_n || unseen_because(j, d, r) != REASON_NONE)
		return false;
	if (match_when(b, r) != TRI_YES || match_is_unbound(b, r) || status_group_met(d, binding, r) || !shows_answers(j, d))
		return false;
	return due_missed(j, d, binding, r, ret_since);
}

/* The reason that most of the inconclusive attempts have. */
static uint8_t main_reason(const struct tally *t)
{
	uint8_t best = REASON_NONE;

	for (uint8_t i = 1; i < REASONS; i++)
		if (t->reasons[i] && (best == REASON_NONE || t->reasons[i] > t->reasons[best]))
			best = i;
	return best;
}

struct rule_state status_of(const struct judge *j, const struct device *d, size_t binding, const struct rule *r)
{
	const struct tally *t = tally_at(d, binding, r);
	int64_t since;

	if (!t && match_is_unbound(d->bindings[binding], r))
		return (struct rule_state){ STATUS_UNBOUND, 0, CONFIDENCE_NONE };
	if (!t)
		return (struct rule_state){ status_is_missing(j, d, binding, r, &since) ? STATUS_MISSING : STATUS_UNSEEN,
					    unseen_because(j, d, r), CONFIDENCE_NONE };
	if (t->ok && t->failed)
		return (struct rule_state){ STATUS_INTERMITTENT, 0, CONFIDENCE_PROBABLE };
	if (t->ok)
		return (struct rule_state){ STATUS_MET, 0,
					    !t->ok_strong ? CONFIDENCE_POSSIBLE :
					    t->ok_before && t->ok == 1 ? CONFIDENCE_PROBABLE :
									 CONFIDENCE_CONFIRMED };
	if (t->failed)
		return (struct rule_state){ STATUS_FAILED, 0, t->failed > 1 ? CONFIDENCE_CONFIRMED : CONFIDENCE_PROBABLE };
	if (t->sent)
		return (struct rule_state){ STATUS_SENT, 0, CONFIDENCE_CONFIRMED };
	return (struct rule_state){ STATUS_INCONCLUSIVE, main_reason(t), CONFIDENCE_NONE };
}

static bool wants(const struct rule *r, uint32_t choice, uint32_t option)
{
	for (uint32_t w = 0; w < r->when_n; w++) {
		for (uint32_t k = 0; k < r->when[w].n; k++) {
			const struct condition *q = &r->when[w].v[k];
			if (q->kind == CONDITION_CHOICE && q->index == choice && q->value == option)
				return true;
		}
	}
	return false;
}

static uint32_t sessions_of(const struct device *d, size_t binding, uint32_t choice, uint32_t option)
{
	const struct profile *p = d->bindings[binding]->profile;
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->rules_n; i++) {
		const struct tally *t = tally_at(d, binding, &p->rules[i]);
		if (t && wants(&p->rules[i], choice, option))
			n += t->ok;
	}
	return n;
}

/* Open choices are settled for the option with most sessions; the first of equals in the profile's order. */
static void settle(struct device *d, size_t binding)
{
	struct binding *b = d->bindings[binding];

	for (uint32_t c = 0; c < b->profile->choices_n; c++) {
		uint32_t best = 0;
		int chosen = -1;
		for (uint32_t o = 0; b->choices[c] < 0 && o < b->profile->choices[c].options.n; o++) {
			uint32_t n = sessions_of(d, binding, c, o);
			if (n > best) {
				best = n;
				chosen = (int)o;
			}
		}
		if (b->choices[c] < 0)
			b->choices[c] = chosen;
	}
}

void status_settle(struct device *d)
{
	for (size_t i = 0; i < d->bindings_n; i++)
		settle(d, i);
}

static bool worth_saying(const struct device *d, size_t binding, const struct rule *r)
{
	if (tally_at(d, binding, r))
		return true;
	return (r->need == RULE_REQUIRED || r->need == RULE_RECOMMENDED || r->need == RULE_OPTIONAL) &&
	       match_when(d->bindings[binding], r) != TRI_NO;
}

/* "sam_server=10.1.0.20", likeliest first. */
static struct span would_bind(struct judge *j, const struct device *d, size_t binding, const struct rule *r)
{
	const struct tally *t = d->tallies[binding].v[r->index];
	struct span all;
	struct wr w;

	if (!t || !t->would_n[0])
		return (struct span){ NULL, 0 };
	wr_init(&w, 400);
	for (size_t i = 0; i < TALLY_WOULD && t->would_n[i]; i++) {
		wr_str(&w, i ? " or --set " : "--set ");
		wr_printable(&w, t->would[i]);
	}
	all = names_intern(&j->names, (struct span){ (const uint8_t *)w.p, w.n });
	wr_free(&w);
	return all;
}

static void emit_rule(struct judge *j, const struct device *d, size_t binding, const struct rule *r)
{
	const struct tally *t = tally_at(d, binding, r);
	struct rule_state s = status_of(j, d, binding, r);
	struct result x = { .type = RESULT_RULE };

	x.rule = (struct result_rule){
		.device = d->id,
		.profile = d->bindings[binding]->profile->id,
		.rule = r->id,
		.service = r->service,
		.need = (uint8_t)r->need,
		.status = s.status,
		.reason = s.reason,
		.confidence = s.confidence,
	};
	x.rule.set_to = would_bind(j, d, binding, r);
	if (t) {
		x.rule.attempts = t->attempts;
		x.rule.succeeded = t->ok + t->sent;
		x.rule.failed = t->failed;
		x.rule.by_peer = t->peers;
		x.rule.by_peer_n = t->peers_n;
		x.rule.peers_more = t->peers_more;
		x.rule.first = t->first;
		x.rule.last = t->last;
	}
	j->sink.put(j->sink.ctx, &x);
}

void status_emit(struct judge *j, struct device *d)
{
	for (size_t b = 0; b < d->bindings_n; b++)
		for (uint32_t i = 0; i < d->bindings[b]->profile->rules_n; i++)
			if (worth_saying(d, b, &d->bindings[b]->profile->rules[i]))
				emit_rule(j, d, b, &d->bindings[b]->profile->rules[i]);
}
