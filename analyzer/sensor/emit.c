/* What the sensor says of flows, windows, time and the end. The order is that of DESIGN: facts, events, the flow. */
#include <string.h>

#include "base/span.h"
#include "sensor/event.h"
#include "sensor/flow_path.h"
#include "sensor/gap.h"
#include "sensor/icmp_error.h"
#include "sensor/state.h"
#include "sensor/tcp.h"

/* Only the record that is said is cleared: the largest is many times the smallest. */
static void *begin(struct sensor *s, enum obs_type type, size_t size)
{
	s->out.type = type;
	return memset(&s->out.start, 0, size);
}

/* A flow or an event is made where it goes, if the sink has room. */
static struct obs *make(struct sensor *s, enum obs_type type, size_t size)
{
	struct obs *o = s->sink.room ? s->sink.room(s->sink.ctx) : &s->out;

	o->type = type;
	memset(&o->start, 0, size);
	return o;
}

static void say(struct sensor *s)
{
	s->sink.put(s->sink.ctx, &s->out);
}

void emit_start(struct sensor *s)
{
	struct obs_start *o = begin(s, OBS_START, sizeof(*o));

	o->schema = OBS_SCHEMA;
	o->tool = SPAN("plumbline");
	o->version = SPAN(PLUMBLINE_VERSION);
	say(s);
}

/* ---- flows ---- */

static void put_end(struct obs_side *o, const struct flow_end *e)
{
	o->mac = e->mac;
	o->packets = e->packets;
	o->bytes = e->bytes;
	o->payload = e->payload;
	o->first = e->first;
	o->last = e->last;
	o->cut = e->cut;
	o->largest_segment = e->largest;
	o->ttl_min = e->ttl_min;
	o->ttl_max = e->ttl_max;
	o->ttl_last = e->ttl_last;
	o->ip_id = e->habit;
	o->dscp = e->dscp;
	o->flags = e->flags;
	o->unassembled = e->unassembled;
}

static void put_tcp_end(struct obs_side *o, const struct tcp_end *e)
{
	o->last_acked = e->last_acked;
	o->acked = e->acked;
	o->unseen_bytes = e->unseen;
	o->unseen_segments = e->unseen_segments;
	o->retransmitted = e->retransmitted;
	o->zero_windows = e->zero_windows;
	o->pure_acks = e->pure_acks;
	o->rtt_us = e->rtt_us;
	o->isn = e->isn;
	o->last_window = e->window;
	o->mss = e->mss;
}

static void put_tcp(struct obs_flow *o, const struct flow *f)
{
	const struct tcp *t = f->tcp;

	for (unsigned side = 0; side < 2; side++)
		put_tcp_end(&o->side[side], &t->end[side ^ f->initiator]);
	o->syns = t->syns;
	o->synacks = t->synacks;
	o->synacks_after_ack = t->synacks_after_ack;
	o->rsts = t->rsts;
	o->syn_time = t->syn_time;
	o->synack_time = t->synack_time;
	o->established_time = t->established_time;
}

static void put_gaps(struct obs_flow *o, const struct gaps *g)
{
	o->gap_longest = g->longest;
	o->gap_last = g->last;
	memcpy(o->gaps, g->bucket, sizeof(o->gaps));
}

static void put_icmp(struct obs_flow *o, const struct flow *f)
{
	o->icmp_n = f->icmp->n;
	for (unsigned i = 0; i < f->icmp->n; i++) {
		o->icmp[i] = f->icmp->e[i];
		o->icmp[i].side ^= f->initiator;
	}
}

static void put_path(struct obs_flow *o, const struct flow_path *path)
{
	o->carried = path->carried;
	o->carries = path->carries;
	o->tunnels_n = path->n;
	memcpy(o->tunnels, path->tunnel, path->n * sizeof(o->tunnels[0]));
}

static void put_key(struct obs_flow *o, const struct flow *f)
{
	bool echo = f->key.proto == PROTO_ICMP || f->key.proto == PROTO_ICMP6;

	for (unsigned side = 0; side < 2; side++) {
		unsigned end = side ^ f->initiator;
		o->addr[side] = f->key.addr[end];
		o->port[side] = echo && side == 1 ? 0 : f->key.port[end];
		o->vlan[side] = f->end[end].vlan;
		put_end(&o->side[side], &f->end[end]);
	}
	o->proto = f->key.proto;
	o->ip_version = f->ip_version;
}

static void emit_flow(struct sensor *s, const struct flow *f, enum obs_phase phase, enum obs_end_why why)
{
	struct obs *said = make(s, OBS_FLOW, offsetof(struct obs_flow, icmp)); /* up to the lists */
	struct obs_flow *o = &said->flow;

	o->id = f->id;
	put_key(o, f);
	o->phase = (uint8_t)phase;
	o->end_why = (uint8_t)why;
	o->init_how = f->init_how;
	o->link_cast = f->link_cast;
	o->interface = f->interface;
	o->start = f->start;
	o->end = f->last;
	o->first_frame = (struct obs_frame){ f->first_frame, f->start, f->first_capture };
	o->last_frame = (struct obs_frame){ f->last_frame, f->last, f->last_capture };
	o->duplicates = f->duplicates;
	o->after_eviction = f->after_eviction;
	o->events_lost = events_lost(f);
	if (f->tcp)
		put_tcp(o, f);
	if (f->gaps)
		put_gaps(o, f->gaps);
	if (f->icmp)
		put_icmp(o, f);
	if (f->path)
		put_path(o, f->path);
	s->sink.put(s->sink.ctx, said);
}

void emit_open(struct sensor *s, struct flow *f, enum obs_phase phase)
{
	emit_flow(s, f, phase, END_OPEN);
}

static void emit_events(struct sensor *s, const struct flow *f)
{
	for (uint32_t i = 0, n = events_count(f); i < n; i++) {
		const struct obs_event *e = event_at(f, i);
		if (!e) { /* the ring has overwritten it: on to the oldest that it holds */
			i = n - EVENT_LAST - 1;
			continue;
		}
		if (s->sink.without >> e->kind & 1)
			continue;
		struct obs *said = make(s, OBS_EVENT, 0);
		said->event = (struct obs_event_of){ .flow = f->id, .e = *e };
		said->event.e.side ^= f->initiator;
		s->sink.put(s->sink.ctx, said);
	}
}

void emit_endpoint(struct sensor *s, const struct flow *f, unsigned end, const struct fact *fact)
{
	struct obs_fact *o = begin(s, OBS_FACT, sizeof(*o));

	o->flow = f->id;
	o->addr[0] = f->key.addr[f->initiator];
	o->addr[1] = f->key.addr[!f->initiator];
	o->time = s->cite.time;
	o->fact = *fact;
	o->fact.side = (uint8_t)(end ^ f->initiator);
	say(s);
}

void emit_close(struct sensor *s, struct flow *f, enum obs_end_why why)
{
	enum obs_end_why ended = tcp_ended(f);

	take_finish(s, f);
	sample_close(&s->samples, f);
	while (facts_take(&s->facts, f, &s->out.fact)) {
		s->out.type = OBS_FACT;
		say(s);
	}
	emit_events(s, f);
	emit_flow(s, f, PHASE_CLOSE, ended == END_OPEN ? why : ended);
	flow_remove(&s->flows, f);
}

/* ---- time ---- */

void emit_window(struct sensor *s, struct clock_source *source, int64_t next)
{
	struct obs_window *w = &source->window;

	if (w->packets || w->dropped_kernel || w->dropped_interface) {
		w->interface = source->id;
		s->out.type = OBS_WINDOW;
		s->out.window = *w;
		say(s);
	}
	*w = (struct obs_window){ .time = next };
}

void emit_tick(struct sensor *s, int64_t time)
{
	struct obs_tick *o = begin(s, OBS_TICK, sizeof(*o));

	o->time = time;
	say(s);
}

void emit_step(struct sensor *s, int64_t before, int64_t step)
{
	struct obs_break *o = begin(s, OBS_BREAK, sizeof(*o));

	o->kind = BREAK_CLOCK_STEP;
	o->time = before;
	o->capture = s->cite.capture;
	o->frame = s->cite.frame;
	o->step = step;
	o->why = SPAN("time stamps went back");
	say(s);
}

/* ---- the end ---- */

static void count(struct obs_count *list, uint8_t *n, unsigned room, struct span name, uint64_t v)
{
	if (v && *n < room)
		list[(*n)++] = (struct obs_count){ name, v };
}

static void put_undecoded(struct obs_end *o, const struct sensor *s)
{
	for (unsigned i = UNDECODED_NONE + 1; i < UNDECODED_REASONS; i++)
		count(o->undecoded, &o->undecoded_n, OBS_UNDECODED,
		      span_of(packet_undecoded_name((enum packet_undecoded)i)), s->undecoded[i]);
	const struct {
		struct span name;
		uint64_t count;
	} others[] = {
		{ SPAN("fragment-without-first"), s->lost_fragments },
		{ SPAN("fragments-incomplete"), s->fragments.incomplete },
		{ SPAN("fragments-overlap"), s->fragments.overlaps },
		{ SPAN("fragments-too-large"), s->fragments.too_large },
		{ SPAN("icmp-about-no-flow"), s->strange_errors },
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		count(o->undecoded, &o->undecoded_n, OBS_UNDECODED, others[i].name, others[i].count);
}

static void put_evicted(struct obs_end *o, const struct sensor *s)
{
	const struct {
		struct span name;
		uint64_t count;
	} tables[] = {
		{ SPAN("flows"), s->flows.evictions.count + s->flows.refused }, { SPAN("streams"), s->streams.refused },
		{ SPAN("facts"), s->facts.lost },        { SPAN("dns"), s->dns.evicted },
		{ SPAN("hosts"), s->hosts.evicted },     { SPAN("interfaces"), s->clock.reused },
		{ SPAN("fragments"), s->fragments.evicted }, { SPAN("classifier"), s->samples.refused },
	};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count(o->evicted, &o->evicted_n, OBS_EVICTED, tables[i].name, tables[i].count);
}

void emit_end(struct sensor *s, bool complete)
{
	struct obs_end *o = begin(s, OBS_END, sizeof(*o));

	o->time = s->clock.now;
	o->packets = s->packets;
	o->bytes = s->bytes;
	o->flows = s->flows.count;
	o->duplicates = s->duplicate_packets;
	o->dropped = s->dropped;
	o->unseen_bytes = s->unseen_bytes > 0 ? (uint64_t)s->unseen_bytes : 0;
	o->cut = s->cut_packets;
	o->late = s->clock.late;
	put_undecoded(o, s);
	put_evicted(o, s);
	o->complete = complete;
	say(s);
}
