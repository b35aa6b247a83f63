/*
 * The judge's main line: every observation to the table it belongs to, closed flows through the hold, and at the end the
 * causes and the summary. DESIGN: the way of the data.
 */
#include "judge/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/fetch.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/causes/causes.h"
#include "judge/state.h"

enum { LOOKUPS_MAX = 3 << 16, JUDGE_TABLES = 8 };

static const int64_t HOLD = 180 * NS_PER_S;

int judge_new(struct judge **ret_j, const struct policy *p, struct result_sink sink)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	(void)crypt_init(); /* Community IDs */
	j->policy = p;
	j->sink = sink;
	names_init(&j->names, LOOKUPS_MAX);
	contrast_init(&j->contrast);
	announcements_init(&j->announcements);
	findings_init(&j->findings, policy_site(p)->id);
	pool_init(&j->closed, sizeof(struct closed), HOLD_MAX);
	pool_init(&j->details, sizeof(struct detail), CLOSED_MAX / 8);
	keeps_init(&j->keeps, CLOSED_MAX, &j->details);
	j->closing.names = &j->names;
	closing_begin(&j->closing);
	if (devices_init(&j->devices, p, &j->names) < 0) {
		judge_free(j);
		return -ENOMEM;
	}
	pool_init(&j->undeclared, sizeof(struct undeclared), j->devices.all_max * UNDECLARED_MAX);
	asked_init(j);
	*ret_j = j;
	return 0;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->devices.all_n; i++)
		HASH_CLEAR(hh, j->devices.all[i]->undeclared);
	devices_free(&j->devices);
	contrast_free(&j->contrast);
	announcements_free(&j->announcements);
	findings_free(&j->findings);
	names_free(&j->names);
	pool_free(&j->closed);
	keeps_free(&j->keeps);
	pool_free(&j->details);
	pool_free(&j->undeclared);
	pool_free(&j->asked);
	free(j->captures);
	free(j);
}

void judge_trace(struct judge *j, const struct judge_trace *t)
{
	j->trace = *t;
}

static void saw(struct judge *j, int64_t at)
{
	at = time_held(at);
	if (at > j->now)
		j->now = at;
}

/* ---- inputs ---- */

static void put_capture(struct judge *j, const struct obs_capture *c)
{
	struct obs_capture *keep = NULL;

	saw(j, c->last);
	for (uint32_t i = 0; i < j->captures_n && !keep; i++)
		if (j->captures[i].index == c->index)
			keep = &j->captures[i];
	if (!keep) {
		if (j->captures_n >= JUDGE_CAPTURES) {
			j->captures_more++;
			return;
		}
		if ((j->captures_n & (j->captures_n - 1)) == 0) { /* room doubles at powers of two */
			size_t room = j->captures_n ? j->captures_n * 2 : 1;
			struct obs_capture *v = realloc(j->captures, room * sizeof(*v));
			if (!v)
				return;
			j->captures = v;
		}
		keep = &j->captures[j->captures_n++];
	}
	*keep = *c;
	keep->name = names_intern(&j->names, c->name);
}

static void put_dns(struct judge *j, const struct obs_dns *o)
{
	struct obs_dns d = *o;

	d.asked = time_held(d.asked);
	d.asked_last = time_held(d.asked_last);
	d.answered = time_held(d.answered);
	saw(j, d.answered ? d.answered : d.asked_last);
	names_add(&j->names, &d);
	asked_add(j, &d);
}

static void put_host(struct judge *j, const struct obs_host *o)
{
	struct obs_host h = *o;

	h.time = time_held(h.time);
	saw(j, h.time);
	devices_bind(&j->devices, &h);
}

static void put_break(struct judge *j, const struct obs_break *b)
{
	if (j->breaks_n++)
		return;
	j->first_break = *b;
	j->first_break.why = names_intern(&j->names, b->why);
}

/* ---- the hold ---- */

/* What comes after the next was put there minutes ago; what comes next says whose it is. */
static void fetch_held(const struct closed *c)
{
	if (!c)
		return;
	for (size_t s = 0; s < 2; s++)
		fetch_lines(c->host[s], sizeof(*c->host[s]));
	fetch_lines(c->next, sizeof(*c));
}

/* The classifier had all of the hold's time. */
static void settle_label(struct judge *j, struct closed *c)
{
	struct fact_label l;

	if (!c->owed)
		return;
	switch (j->owed.label(j->owed.ctx, c->owed, &l)) {
	case OWED_LABEL:
		closed_classified(c, &j->names, &l);
		break;
	case OWED_NOTHING:
		break;
	case OWED_LOST:
		j->labels_lost++;
		break;
	}
}

static void hold_pop(struct judge *j)
{
	struct closed *c = j->hold;

	j->hold = c->next;
	fetch_held(c->next);
	if (!j->hold)
		j->hold_last = NULL;
	j->hold_n--;
	settle_label(j, c);
	verdict_of(j, c);
}

static void hold_expire(struct judge *j)
{
	while (j->hold && j->tick - j->hold->held_at >= HOLD)
		hold_pop(j);
}

static struct detail *keep_detail(struct judge *j, const struct closing *g)
{
	struct detail *d = g->has_detail ? pool_take_raw(&j->details) : NULL;

	if (d)
		*d = g->detail;
	return d;
}

static void hold_push(struct judge *j, const struct closing *g)
{
	struct closed *keep;

	while (j->hold_n >= HOLD_MAX) {
		j->hold_overflow++;
		hold_pop(j);
	}
	keep = pool_take_raw(&j->closed);
	if (!keep) {
		j->hold_overflow++;
		return;
	}
	*keep = g->c;
	keep->detail = keep_detail(j, g);
	keep->next = NULL;
	keep->held_at = j->tick;
	if (j->hold_last)
		j->hold_last->next = keep;
	else
		j->hold = keep;
	j->hold_last = keep;
	j->hold_n++;
}

static void put_flow(struct judge *j, const struct obs_flow *f)
{
	saw(j, f->end);
	if (f->phase != PHASE_CLOSE) {
		surroundings_open(j, f);
		return;
	}
	struct surrounded by = surroundings_look(j, f);
	closing_flow(&j->closing, f);
	surroundings_add(j, &j->closing.c, &by);
	announcements_use(&j->announcements, &j->closing.c);
	hold_push(j, &j->closing);
	closing_begin(&j->closing);
}

/* ---- the end ---- */

/* What the sensor's tables gave up, and the judge's: a name that is none of theirs. */
static uint8_t put_evicted(const struct judge *j, const struct obs_end *e, struct obs_count out[OBS_EVICTED + JUDGE_TABLES])
{
	const struct obs_count own[JUDGE_TABLES] = {
		{ SPAN("classifier-lost"), j->labels_lost },
		{ SPAN("judged-early"), j->hold_overflow },      { SPAN("names"), j->names.evicted },
		{ SPAN("peers"), j->contrast.evicted },          { SPAN("judge-hosts"), j->devices.evicted },
		{ SPAN("announcements"), j->announcements.evicted }, { SPAN("findings"), j->findings.refused },
		{ SPAN("kept-flows"), j->unkept },
	};
	uint8_t n = e->evicted_n;

	memcpy(out, e->evicted, n * sizeof(out[0]));
	for (size_t i = 0; i < JUDGE_TABLES; i++)
		if (own[i].count)
			out[n++] = own[i];
	return n;
}

static void put_end(struct judge *j, const struct obs_end *e)
{
	struct result r = { .type = RESULT_END };
	struct obs_count evicted[OBS_EVICTED + JUDGE_TABLES];

	saw(j, e->time);
	while (j->hold)
		hold_pop(j);
	for (struct host *h = j->devices.hosts; h; h = h->hh.next)
		if (h->device && h->ring_n)
			verdict_of_ring(j, h);
	for (size_t i = 0; i < j->devices.all_n; i++)
		status_settle(j->devices.all[i]);
	j->end = *e;
	causes_run(j);
	for (size_t i = 0; i < j->devices.all_n; i++)
		emit_device(j, j->devices.all[i]);
	absent_emit(j);
	for (size_t i = 0; i < j->devices.all_n; i++)
		status_emit(j, j->devices.all[i]);
	findings_emit(&j->findings, &j->sink);
	emit_run(j, true);
	r.end = (struct result_end){
		.packets = e->packets,
		.bytes = e->bytes,
		.flows = e->flows,
		.devices = (uint32_t)j->devices.all_n,
		.findings = (uint32_t)j->findings.n,
		.undecoded = e->undecoded,
		.undecoded_n = e->undecoded_n,
		.duplicates = e->duplicates,
		.dropped = e->dropped,
		.unseen_bytes = e->unseen_bytes,
		.cut = e->cut,
		.evicted = evicted,
		.evicted_n = put_evicted(j, e, evicted),
		.complete = e->complete,
		.reason = j->breaks_n ? j->first_break.why : (struct span){ NULL, 0 },
	};
	j->sink.put(j->sink.ctx, &r);
}

void judge_put(struct judge *j, const struct obs *o)
{
	if (!j->said_run) {
		j->said_run = true;
		emit_run(j, false);
	}
	switch (o->type) {
	case OBS_START:
	case OBS_TYPES:
		break;
	case OBS_CAPTURE:
		put_capture(j, &o->capture);
		break;
	case OBS_FACT:
		if (o->fact.fact.kind == FACT_ENDPOINT)
			announcements_add(&j->announcements, &j->names, &o->fact);
		else
			closing_fact(&j->closing, &o->fact);
		break;
	case OBS_EVENT:
		closing_event(&j->closing, &o->event.e);
		break;
	case OBS_FLOW:
		put_flow(j, &o->flow);
		break;
	case OBS_DNS:
		put_dns(j, &o->dns);
		break;
	case OBS_HOST:
		put_host(j, &o->host);
		break;
	case OBS_WINDOW:
		j->seen += o->window.packets;
		j->dropped += o->window.dropped_kernel + o->window.dropped_interface;
		j->cut |= o->window.cut > 0;
		break;
	case OBS_TICK:
		saw(j, o->tick.time);
		j->tick = time_held(o->tick.time);
		hold_expire(j);
		break;
	case OBS_BREAK:
		put_break(j, &o->brk);
		break;
	case OBS_END:
		put_end(j, &o->end);
		break;
	}
}

static void put(void *ctx, const struct obs *o)
{
	judge_put(ctx, o);
}

static void owe(void *ctx, struct obs_owed by)
{
	((struct judge *)ctx)->owed = by;
}

uint32_t judge_without(void)
{
	return ~CLOSING_EVENTS;
}

struct obs_sink judge_sink(struct judge *j)
{
	return (struct obs_sink){ .ctx = j, .put = put, .without = judge_without(), .owed = owe };
}
