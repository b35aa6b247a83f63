/*
 * One-way media: a call whose SDP says that both sides send and receive (RFC 3264), and whose audio came only from the
 * device for the whole of it, at a place that sees both directions. Hold and muted media are one-way by design, and
 * SDP says so; a far end that never sent a single packet in ten seconds was not merely silent. Only the call as a whole
 * shows that: the flow itself was said to be `sent`, and what it counted for its rule is put right here.
 */
#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"

enum { PACKETS_MIN = 50 };

static const int64_t LONG_ENOUGH = 10 * NS_PER_S;

static bool is_of(const struct device *d, const struct addr *a)
{
	for (uint8_t i = 0; i < d->addresses_n; i++)
		if (addr_eq(&d->addresses[i].addr, a))
			return true;
	return false;
}

/* The other end of the same call's same media. */
static const struct announced *other_end(const struct judge *j, const struct device *d, const struct announced *e)
{
	for (const struct announced *v = j->announcements.v; v; v = v->hh.next)
		for (const struct announced *o = v; o && !is_of(d, &v->key.addr); o = o->earlier)
			if (o->call_id.p == e->call_id.p && span_eq(o->media, e->media))
				return o;
	return NULL;
}

static bool shows_both(const struct judge *j, const struct device *d)
{
	for (uint8_t i = 0; i < d->addresses_n; i++) {
		const struct host *h = devices_find(&j->devices, &d->addresses[i].addr);
		if (h && h->two_way && !h->unseen_answers)
			return true;
	}
	return false;
}

/* The first rule that took the flow, which failed after all; NULL where none did. */
static const struct tally *spoil(struct device *d, uint64_t flow)
{
	const struct tally *first = NULL;

	for (uint8_t i = 0; i < d->bindings_n; i++) {
		for (uint32_t r = 0; r < d->tallies[i].n; r++) {
			struct tally *t = d->tallies[i].v[r];
			if (t && tally_spoil(t, flow, OUTCOME_ONE_WAY_MEDIA) && !first)
				first = t;
		}
	}
	return first;
}

static void say_first(struct draft *f, struct device *d, const struct announced *e, const struct announced *o)
{
	const struct tally *t = spoil(d, e->flow);

	draft_begin(f, FIND_ONE_WAY_MEDIA, d, t ? t->binding : NULL, t ? t->rule : NULL);
	f->proto = PROTO_UDP;
	f->peer = o->key.addr;
	wr_str(&f->message, "The device sent ");
	wr_u64(&f->message, e->sent);
	wr_str(&f->message, " audio packets to ");
	wr_addr(&f->message, &o->key.addr);
	wr_str(&f->message, " port ");
	wr_u64(&f->message, o->key.port);
	wr_str(&f->message, " and got none back at its port ");
	wr_u64(&f->message, e->key.port);
	wr_str(&f->message, ", though both sides announced to send and to receive.");
	draft_number(f, "packets_sent", (int64_t)e->sent);
}

static void cite(struct draft *f, const struct announced *e, const struct announced *o)
{
	f->count++;
	f->confidence = cause_confidence(f->count, false);
	draft_port(f, o->key.port);
	draft_flow(f, e->flow);
	draft_frame(f, &e->first_frame);
	draft_frame(f, &e->last_frame);
	draft_time(f, e->first, e->last);
	draft_filter(f, e->first_frame.capture, PROTO_UDP, &e->key.addr, &e->peer, e->key.port, e->peer_port);
}

/* The far end of a call of this kind at e; NULL: it is none. */
static const struct announced *one_way(const struct judge *j, const struct device *d, const struct announced *e)
{
	if (!span_eq(e->media, SPAN("audio")) || !e->receives || e->received || e->sent < PACKETS_MIN ||
	    e->last - e->first < LONG_ENOUGH)
		return NULL;
	const struct announced *o = other_end(j, d, e);
	return o && o->sends && o->received >= PACKETS_MIN ? o : NULL;
}

/* A phone has one port for all of its calls. */
static void of_endpoint(struct judge *j, struct device *d, const struct announced *newest)
{
	struct draft f;
	uint32_t n = 0;

	for (const struct announced *e = newest; e; e = e->earlier) {
		const struct announced *o = one_way(j, d, e);
		if (!o)
			continue;
		if (n++ == 0)
			say_first(&f, d, e, o);
		else
			(void)spoil(d, e->flow);
		cite(&f, e, o);
	}
	if (n > 1) {
		wr_str(&f.message, " So it was in ");
		wr_u64(&f.message, n);
		wr_str(&f.message, " calls.");
	}
	if (n)
		finding_add(&j->findings, &f);
}

static void of_device(struct judge *j, struct device *d)
{
	if (!j->announcements.n || !shows_both(j, d))
		return;
	for (const struct announced *e = j->announcements.v; e; e = e->hh.next)
		if (is_of(d, &e->key.addr))
			of_endpoint(j, d, e);
}

const struct cause cause_media = { "media", of_device, NULL };
