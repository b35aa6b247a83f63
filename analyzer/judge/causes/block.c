/*
 * C01, C02, C03: connection requests that were dropped, rejected or refused, and services none of whose ways works.
 *
 * "Blocked" needs contrast: the same peer answered another port, this port another device, or ping, within two minutes of
 * the attempt; or, of a device that did not answer, its own connections to who asked came up meanwhile; or two or more
 * addresses of the service are silent on this port while other hosts beyond the same next hop answer. Without it the
 * peer is unreachable, and why cannot be told from here. An ICMP "host unreachable" is a router's word about the host,
 * not a rejection.
 */
#include <string.h>

#include "base/icmp.h"
#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"

enum { PORTS_MAX = 16, CITED = 7 };

static const int64_t WINDOW = 120 * NS_PER_S;

/* The attempts of one rule that failed in one way on one port. */
struct failing {
	struct judge *j;
	struct device *d;
	size_t binding;
	const struct tally *t;
	enum failing_kind { SILENT, REJECTED, REFUSED, UNREACHABLE } kind;
	uint16_t port;
	uint8_t proto;
	const struct attempt *v[ATTEMPT_RING];
	uint32_t n;
	struct cause_peers peers;
	bool weak;
	bool elsewhere; /* every peer is one where the profile says the service never lives */
	int64_t from, to;
};

/* A reset that differs from the server's own packets in at least two ways was not sent by it. */
static bool is_forged(const struct judge *j, const struct attempt *a)
{
	const struct peer *p = contrast_peer(&j->contrast, &a->peer);
	int ttl_off, signs = 0;

	if (!p || !p->ttl || !a->has_rst)
		return false;
	ttl_off = (int)a->rst_ttl - (int)p->ttl;
	signs += ttl_off > 1 || ttl_off < -1;
	signs += p->rtt_us && a->rst_after > 0 && a->rst_after / NS_PER_US < p->rtt_us / 2;
	signs += p->ip_id == IP_ID_COUNTS && a->rst_ip_id == IP_ID_ZERO;
	return signs >= 2;
}

static enum failing_kind kind_of_icmp(const struct attempt *a)
{
	bool v6 = !addr_is_v4(&a->peer), server = addr_eq(&a->icmp.source, &a->peer);

	switch (icmp_meaning(v6, a->icmp.type, a->icmp.code, a->proto)) {
	case ICMP_POLICY:
		return REJECTED;
	case ICMP_PORT:
		return server ? REFUSED : REJECTED;
	default:
		return UNREACHABLE;
	}
}

/* So is every reset on this port with the TTL of one that was. */
static bool forged(const struct judge *j, const struct tally *t, const struct attempt *a)
{
	for (uint32_t i = 0; i < t->ring_n; i++) {
		const struct attempt *o = tally_attempt(t, i);
		if (o->has_rst && o->port == a->port && o->rst_ttl == a->rst_ttl && is_forged(j, o))
			return true;
	}
	return false;
}

/* The resolver is silent, or sent the device to the wrong place: what fails there says nothing of the port. */
static bool is_explained(const struct device *d, const struct addr *peer)
{
	for (uint8_t i = 0; i < d->explained_n; i++)
		if (addr_eq(&d->explained[i], peer))
			return true;
	return false;
}

/* -1: this attempt did not fail in any of these ways. */
static int kind_of(const struct judge *j, const struct device *d, const struct tally *t, const struct attempt *a)
{
	if (a->dns || a->quic || a->other_application || a->logical || is_explained(d, &a->peer))
		return -1;
	switch (a->outcome) {
	case OUTCOME_NO_REPLY:
		return SILENT;
	case OUTCOME_REFUSED:
		return forged(j, t, a) ? REJECTED : REFUSED;
	case OUTCOME_ICMP_REJECTED:
		return (int)kind_of_icmp(a);
	default:
		return -1;
	}
}

static void gather(struct failing *f)
{
	f->n = 0;
	f->weak = f->elsewhere = true;
	f->peers = (struct cause_peers){ 0 };
	for (uint32_t i = 0; i < f->t->ring_n; i++) {
		const struct attempt *a = tally_attempt(f->t, i);
		if (a->port != f->port || a->proto != f->proto || kind_of(f->j, f->d, f->t, a) != (int)f->kind)
			continue;
		if (f->n == 0 || a->start < f->from)
			f->from = a->start;
		if (f->n == 0 || a->last_try > f->to)
			f->to = a->last_try;
		f->v[f->n++] = a;
		f->weak &= a->weak;
		f->elsewhere &= a->elsewhere;
		cause_peers_add(&f->peers, &a->peer, a->name);
	}
}

/* ---- contrast ---- */

/* What the side that kept silent answered otherwise: an answer of the side that asked says nothing of it. */
static struct contrast_found contrast_of(const struct judge *j, const struct attempt *a)
{
	const struct addr *silent = a->outbound ? &a->peer : &a->device;
	const struct addr *asker = a->outbound ? &a->device : &a->peer;

	struct contrast_found c = contrast_find(&j->contrast, silent, asker, a->proto, a->port, a->start - WINDOW,
						a->last_try + WINDOW);

	if (c.kind == CONTRAST_NONE && a->connected)
		c = (struct contrast_found){ .kind = CONTRAST_CONNECTED, .addr = a->peer };
	return c;
}

static struct contrast_found best_contrast(const struct failing *f)
{
	struct contrast_found best = { 0 };

	for (uint32_t i = 0; i < f->n; i++) {
		struct contrast_found c = contrast_of(f->j, f->v[i]);
		if (c.kind != CONTRAST_NONE && (best.kind == CONTRAST_NONE || c.kind < best.kind))
			best = c;
	}
	return best;
}

/* The port itself works for this device, at this or another address of the service. */
static bool port_works(const struct failing *f)
{
	for (uint32_t i = 0; i < f->t->ring_n; i++) {
		const struct attempt *a = tally_attempt(f->t, i);
		if (a->port == f->port && a->proto == f->proto && outcome_is_success(a->outcome))
			return true;
	}
	return false;
}

/* Nothing at all ever answered this address here: before any port, its route or its NAT is the question. */
static bool nothing_answers(const struct failing *f)
{
	const struct host *h = devices_find(&f->j->devices, &f->v[0]->device);
	return h && h->two_way == 0 && !h->received;
}

/* Whoever was silent has told where it is on the link. */
static bool is_beside(const struct failing *f)
{
	const struct attempt *a = f->v[0];
	const struct host *h = devices_find(&f->j->devices, a->outbound ? &a->peer : &a->device);

	return h && h->own_how && (strcmp(h->own_how, "arp") == 0 || strcmp(h->own_how, "nd") == 0);
}

/* Others beyond the same next hop answered this device: its way out works. Of a device that was asked it says nothing. */
static bool way_out_works(const struct failing *f)
{
	const struct host *h = devices_find(&f->j->devices, &f->v[0]->device);

	for (uint32_t i = 0; i < f->n; i++)
		if (!f->v[i]->outbound || addr_scope(&f->v[i]->peer) != ADDR_INTERNET)
			return false;
	return h && h->internet && spells_touch(h->internet, f->from - WINDOW, f->to + WINDOW);
}

/* The contrast that the word "blocked" needs. */
static bool is_blocked(const struct failing *f, struct contrast_found *ret_c)
{
	*ret_c = best_contrast(f);
	if (ret_c->kind == CONTRAST_NONE && f->peers.n >= 2 && way_out_works(f))
		ret_c->kind = CONTRAST_ELSEWHERE;
	return ret_c->kind != CONTRAST_NONE && !port_works(f) && !f->elsewhere;
}

/* ---- words ---- */

static void put_attempts(struct wr *w, const struct failing *f)
{
	uint32_t tries = 0;

	for (uint32_t i = 0; i < f->n; i++)
		tries += f->v[i]->tries;
	wr_u64(w, f->n);
	wr_str(w, f->n == 1 ? " attempt (" : " attempts (");
	wr_u64(w, tries);
	wr_str(w, f->proto == PROTO_TCP ? " SYNs) on " : " datagrams) on ");
	cause_put_port(w, f->proto, f->port);
	wr_str(w, f->v[0]->outbound ? " to " : " of the device by ");
	cause_peers_put(w, &f->peers);
}

static void put_contrast(struct wr *w, const struct contrast_found *c)
{
	switch (c->kind) {
	case CONTRAST_OTHER_PORT:
		wr_str(w, ", while ");
		wr_addr(w, &c->addr);
		wr_str(w, " answered on ");
		cause_put_port(w, c->proto, c->port);
		break;
	case CONTRAST_OTHER_DEVICE:
		wr_str(w, ", while the same port there answered ");
		wr_addr(w, &c->addr);
		break;
	case CONTRAST_PING:
		wr_str(w, ", while ");
		wr_addr(w, &c->addr);
		wr_str(w, " answered ping");
		break;
	case CONTRAST_CONNECTED:
		wr_str(w, ", while the device itself had connections to ");
		wr_addr(w, &c->addr);
		break;
	case CONTRAST_ELSEWHERE:
		wr_str(w, ", while answers came from elsewhere on the Internet");
		break;
	case CONTRAST_NONE:
		break;
	}
}

static void finish(struct failing *f, struct draft *d)
{
	for (uint32_t i = 0; i < f->n; i++) {
		if (i < CITED)
			draft_cite(d, f->v[i]);
		else
			d->count++;
	}
	if (f->peers.n == 1 && !f->peers.more) {
		d->peer = f->peers.addr[0];
		d->peer_name = f->peers.name[0];
	}
	draft_number(d, "peers", f->peers.n + f->peers.more);
	if (status_group_met(f->d, f->binding, f->t->rule))
		d->severity = d->severity < 0 || d->severity > SEVERITY_LOW ? SEVERITY_LOW : d->severity;
	if (d->severity == SEVERITY_LOW && finding_severity(d->code, f->t->rule) < SEVERITY_LOW)
		d->severity = -1;
	finding_add(&f->j->findings, d);
}

/* ---- the four ways ---- */

static void say_silent(struct failing *f)
{
	struct contrast_found c;
	bool works = port_works(f), blocked = is_blocked(f, &c);
	struct draft d;

	draft_begin(&d, blocked ? FIND_PORT_BLOCKED_SILENTLY : FIND_PEER_UNREACHABLE, f->d, f->t->binding, f->t->rule);
	d.confidence = cause_confidence(blocked ? f->n : 1, f->weak);
	put_attempts(&d.message, f);
	wr_str(&d.message, f->n == 1 ? " had no answer" : " had no answer at all");
	if (blocked)
		put_contrast(&d.message, &c);
	if (f->elsewhere)
		wr_str(&d.message, ", where the profile says this service never lives: look at the resolver");
	if (works)
		wr_str(&d.message, ", though this port of the service answered at other times or addresses");
	if (!blocked && is_beside(f))
		wr_str(&d.remedy, "The silent end told its address by ARP or neighbour discovery in this capture: see whether it "
				  "was up then, and look at its own filter and at what lies between the two.");
	else if (!blocked && !f->v[0]->outbound)
		wr_str(&d.remedy, "See whether the device was up and in reach then: capture beside it, or let its peer ping it.");
	else if (!blocked && nothing_answers(f)) {
		wr_str(&d.message, "; nothing else answered this address either");
		wr_str(&d.remedy, "Look at the route, the NAT and the return path of this address first: no peer answers it "
				  "on any port.");
	}
	wr_char(&d.message, '.');
	if (blocked) {
		cause_put_remedy(&d.remedy, f->d, f->t->rule, f->proto, &f->port, 1);
	} else {
		draft_not_excluded(&d, FIND_PORT_BLOCKED_SILENTLY);
		d.exclude_by = f->v[0]->outbound ?
				       "a capture on the other side of the firewall, or a try of another port of the same peer" :
				       "a capture on both sides of what lies between the two";
	}
	finish(f, &d);
}

/* How many of the resets are forged as far as they themselves show; the first of those. */
static uint32_t forged_by_themselves(const struct failing *f, const struct attempt **ret_a)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n; i++)
		if (is_forged(f->j, f->v[i]) && n++ == 0)
			*ret_a = f->v[i];
	return n;
}

static void put_forged(struct draft *d, const struct failing *f)
{
	const struct attempt *a = f->v[0];
	uint32_t n = forged_by_themselves(f, &a);

	d->confidence = cause_confidence(n, f->weak);
	wr_str(&d->message, f->n == 1 ? " was reset" : " were reset");
	wr_str(&d->message, " by something nearer than the server: the reset's TTL ");
	wr_u64(&d->message, a->rst_ttl);
	wr_str(&d->message, " and its delay do not fit the packets of ");
	wr_addr(&d->message, &a->peer);
	wr_str(&d->message, n == f->n ? " itself." : n + 1 == f->n ? " itself; the other has that TTL too." :
								     " itself; the others have that TTL too.");
	draft_number(d, "rst_ttl", a->rst_ttl);
	draft_number(d, "rst_after_us", a->rst_after / NS_PER_US);
}

static void say_rejected(struct failing *f)
{
	const struct attempt *a = f->v[0];
	bool works = port_works(f), by_icmp = a->has_icmp && a->outcome == OUTCOME_ICMP_REJECTED;
	struct draft d;

	draft_begin(&d, FIND_PORT_REJECTED, f->d, f->t->binding, f->t->rule);
	d.confidence = cause_confidence(f->n, f->weak);
	put_attempts(&d.message, f);
	if (by_icmp) {
		wr_str(&d.message, f->n == 1 ? " was rejected: " : " were rejected: ");
		wr_addr(&d.message, &a->icmp.source);
		wr_str(&d.message, " sent ICMP \"");
		wr_str(&d.message, icmp_text(!addr_is_v4(&a->peer), a->icmp.type, a->icmp.code));
		wr_str(&d.message, "\".");
		draft_number(&d, "icmp_type", a->icmp.type);
		draft_number(&d, "icmp_code", a->icmp.code);
	} else {
		put_forged(&d, f);
	}
	if (works)
		wr_str(&d.message, " This port of the service answered at other times or addresses.");
	if (works && by_icmp) {
		wr_str(&d.remedy, "The port is not closed as a whole: see whose ");
		wr_addr(&d.remedy, &a->icmp.source);
		wr_str(&d.remedy, " is and what it filters, or use the addresses that answer.");
	} else {
		cause_put_remedy(&d.remedy, f->d, f->t->rule, f->proto, &f->port, 1);
	}
	finish(f, &d);
}

/* Its own packets were there to compare with: the reset would have been called forged. */
static bool server_is_known(const struct failing *f)
{
	const struct peer *p = contrast_peer(&f->j->contrast, &f->v[0]->peer);
	return p && p->ttl && p->rtt_us && f->v[0]->has_rst;
}

static void say_refused(struct failing *f)
{
	struct draft d;

	draft_begin(&d, FIND_SERVICE_REFUSED, f->d, f->t->binding, f->t->rule);
	d.confidence = cause_confidence(f->n, f->weak);
	put_attempts(&d.message, f);
	wr_str(&d.message, f->n == 1 ? " was refused" : " were refused");
	wr_str(&d.message, " by the host itself: it is up, and nothing listens there.");
	if (!server_is_known(f)) {
		draft_not_excluded(&d, FIND_PORT_REJECTED);
		d.exclude_by = "the server's packets on another port beside this reset: their TTL and round trip";
	}
	finish(f, &d);
}

static void say_unreachable(struct failing *f)
{
	const struct attempt *a = f->v[0];
	struct draft d;

	draft_begin(&d, FIND_PEER_UNREACHABLE, f->d, f->t->binding, f->t->rule);
	d.confidence = cause_confidence(f->n, f->weak);
	put_attempts(&d.message, f);
	wr_str(&d.message, f->n == 1 ? " failed: " : " failed: ");
	wr_addr(&d.message, &a->icmp.source);
	wr_str(&d.message, " sent ICMP \"");
	wr_str(&d.message, icmp_text(!addr_is_v4(&a->peer), a->icmp.type, a->icmp.code));
	wr_str(&d.message, "\".");
	wr_str(&d.remedy, "Ask the router that sent it for its route to the peer; check that the peer is up.");
	draft_number(&d, "icmp_type", a->icmp.type);
	draft_number(&d, "icmp_code", a->icmp.code);
	finish(f, &d);
}

static void say(struct failing *f)
{
	static void (*const says[])(struct failing *) = {
		[SILENT] = say_silent,
		[REJECTED] = say_rejected,
		[REFUSED] = say_refused,
		[UNREACHABLE] = say_unreachable,
	};
	gather(f);
	if (f->n)
		says[f->kind](f);
}

static void of_tally(struct judge *j, struct device *d, size_t binding, const struct tally *t)
{
	uint32_t done[PORTS_MAX];
	uint32_t done_n = 0;

	for (uint32_t i = 0; i < t->ring_n; i++) {
		const struct attempt *a = tally_attempt(t, i);
		uint32_t key = (uint32_t)a->proto << 16 | a->port, k = 0;
		while (k < done_n && done[k] != key)
			k++;
		if (k < done_n || done_n == PORTS_MAX || kind_of(j, d, t, a) < 0)
			continue;
		done[done_n++] = key;
		for (int kind = SILENT; kind <= UNREACHABLE; kind++) {
			struct failing f = { .j = j, .d = d, .binding = binding, .t = t, .port = a->port,
					     .proto = a->proto };
			f.kind = (enum failing_kind)kind;
			say(&f);
		}
	}
}

/* ---- every way fails ---- */

/* It failed past the connection request, for which no other finding speaks. */
static bool fails_past_handshake(const struct tally *t)
{
	return t->outcomes[OUTCOME_HANDSHAKE_STUCK] + t->outcomes[OUTCOME_HELLO_DROPPED] +
		       t->outcomes[OUTCOME_HELLO_RESET] + t->outcomes[OUTCOME_HELLO_IGNORED] +
		       t->outcomes[OUTCOME_TLS_ALERT] >
	       0;
}

static void put_way(struct wr *w, const struct tally *t)
{
	bool first = true;

	wr_span(w, cause_service(t->rule));
	wr_str(w, ": ");
	for (uint8_t o = 0; o < OUTCOMES; o++) {
		if (!t->outcomes[o] || !outcome_is_failure(o))
			continue;
		if (!first)
			wr_str(w, ", ");
		wr_str(w, outcome_name(o));
		if (t->outcomes[o] > 1) {
			wr_str(w, " x");
			wr_u64(w, t->outcomes[o]);
		}
		first = false;
	}
}

/* Somebody stands in this way, as far as this capture can prove it. */
static bool is_obstructed(struct judge *j, struct device *d, size_t binding, const struct tally *t)
{
	if (fails_past_handshake(t))
		return true;
	for (uint32_t i = 0; i < t->ring_n; i++) {
		const struct attempt *a = tally_attempt(t, i);
		struct failing f = { .j = j, .d = d, .binding = binding, .t = t, .kind = SILENT, .port = a->port,
				     .proto = a->proto };
		struct contrast_found c;
		int kind = kind_of(j, d, t, a);
		if (kind == REJECTED)
			return true;
		if (kind != SILENT)
			continue;
		gather(&f);
		if (is_blocked(&f, &c))
			return true;
	}
	return false;
}

/* The first rule of a group speaks for it: every member was tried, none came up; or one rule that fails past the handshake. */
static void of_service(struct judge *j, struct device *d, size_t binding, const struct rule *r)
{
	const struct tallies *ts = &d->tallies[binding];
	const struct profile *p = d->bindings[binding]->profile;
	uint32_t ways = 0, failed = 0;
	bool obstructed = false, past_handshake = false;
	struct draft f;

	for (uint32_t i = 0; i < p->rules_n; i++) {
		const struct tally *t = ts->v[i];
		if (!cause_same_service(r, &p->rules[i]))
			continue;
		if (&p->rules[i] != r && i < r->index)
			return; /* an earlier member speaks */
		if (!t)
			continue;
		if (t->ok || t->sent || !t->failed)
			return;
		ways++;
		failed += t->failed;
		obstructed |= is_obstructed(j, d, binding, t);
		past_handshake |= fails_past_handshake(t);
	}
	if (!obstructed || (ways == 1 && !past_handshake))
		return;
	draft_begin(&f, FIND_SERVICE_BLOCKED, d, d->bindings[binding], r);
	f.confidence = cause_confidence(failed, failed < 2);
	if (failed < 2 && finding_severity(f.code, r) > SEVERITY_LOW) /* one attempt is worth a line, no alarm */
		f.severity = SEVERITY_LOW;
	wr_str(&f.message, ways > 1 ? "None of the ways to the service came up (" : "The service did not come up (");
	for (uint32_t i = 0, said = 0; i < p->rules_n; i++) {
		if (!ts->v[i] || !cause_same_service(r, &p->rules[i]))
			continue;
		if (said++)
			wr_str(&f.message, "; ");
		put_way(&f.message, ts->v[i]);
		for (uint32_t k = 0; k < ts->v[i]->ring_n && k < 4; k++)
			draft_cite(&f, tally_attempt(ts->v[i], k));
	}
	wr_str(&f.message, ").");
	f.count = failed;
	cause_put_remedy(&f.remedy, d, r, f.proto, f.ports, f.ports_n);
	finding_add(&j->findings, &f);
}

static void of_device(struct judge *j, struct device *d)
{
	for (size_t b = 0; b < d->bindings_n; b++) {
		for (uint32_t i = 0; i < d->tallies[b].n; i++) {
			const struct tally *t = d->tallies[b].v[i];
			if (t && t->failed && t->rule->need != RULE_FORBIDDEN) {
				of_tally(j, d, b, t);
				of_service(j, d, b, t->rule);
			}
		}
	}
}

const struct cause cause_block = { "block", of_device, NULL };
