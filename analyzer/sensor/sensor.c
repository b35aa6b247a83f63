/*
 * The entry: one frame, one way through. The order of work is the order of the observations, so it is part of the
 * contract: the clock first, with whatever it makes due, then the packet.
 */
#include "sensor/sensor.h"

#include <errno.h>
#include <stdlib.h>

#include "base/crypt.h"
#include "base/time.h"
#include "sensor/state.h"

static const int64_t UPDATE_EVERY = 300 * NS_PER_S;

/* `DISSECTED`: flows that a dissector reads at a time. All that the sensor keeps stays below 400 MiB. */
enum { FLOWS = 1 << 20, STREAMS = 4096, DISSECTED = 1 << 17, NAMES = 1 << 17, HOSTS = 1 << 16, DUPLICATES = 1 << 14 };

enum { VISIT_AHEAD = 4 }; /* so many flows on, memory is on its way */

/* ---- life ---- */

static uint32_t limit(uint32_t given, uint32_t usual)
{
	return given ? given : usual;
}

int sensor_new_with(struct sensor **ret_s, const struct sensor_limits *limits, struct obs_sink sink,
		    const struct dissector *const *registry, size_t n)
{
	const struct sensor_limits l = limits ? *limits : (struct sensor_limits){ 0 };
	struct sensor *s = calloc(1, sizeof(*s));
	uint32_t flows = limit(l.flows, FLOWS);

	if (!s)
		return -ENOMEM;
	(void)crypt_init(); /* without it QUIC cannot be read, and that is all */
	s->sink = sink;
	s->at = &s->ahead[0];
	flows_init(&s->flows, flows);
	facts_init(&s->facts, flows);
	samples_init(&s->samples, &s->facts);
	dns_init(&s->dns, limit(l.names, NAMES), sink, &s->out);
	fragments_init(&s->fragments, (struct fragment_sink){ .ctx = s, .lost = take_lost });
	hosts_init(&s->hosts, limit(l.hosts, HOSTS), sink, &s->out);
	struct stream_sink ss = { .ctx = s, .fact = take_fact, .mark = take_mark };
	int rc = streams_init(&s->streams, registry, n, flows < DISSECTED ? flows : DISSECTED, limit(l.streams, STREAMS), ss);
	if (rc == 0)
		rc = duplicates_init(&s->duplicates, limit(l.duplicates, DUPLICATES));
	if (rc < 0) {
		sensor_free(s);
		return rc;
	}
	*ret_s = s;
	return 0;
}

int sensor_new(struct sensor **ret_s, const struct sensor_limits *limits, struct obs_sink sink)
{
	return sensor_new_with(ret_s, limits, sink, dissectors, dissectors_n);
}

void sensor_free(struct sensor *s)
{
	if (!s)
		return;
	duplicates_free(&s->duplicates);
	fragments_free(&s->fragments);
	for (unsigned i = 0; i <= OBS_TUNNELS; i++)
		for (unsigned use = 0; use < WALK_USES; use++)
			free(s->room[i][use]);
	streams_free(&s->streams);
	facts_free(&s->facts);
	samples_free(&s->samples);
	dns_free(&s->dns);
	hosts_free(&s->hosts);
	flows_free(&s->flows);
	free(s);
}

void sensor_watch(struct sensor *s, struct sensor_watched *w)
{
	s->watched = w;
}

void sensor_classify(struct sensor *s, struct classify *c)
{
	s->samples.classify = c;
}

static void start(struct sensor *s)
{
	if (s->started)
		return;
	s->started = true;
	emit_start(s);
}

/* ---- time ---- */

/* A packet of another source may be as late as a step of the clock: until then the flow is not over. */
static bool is_over(const struct flow *f, int64_t now)
{
	return flow_is_over(f, later(now, -CLOCK_STEP));
}

static void visit(struct sensor *s, struct flow *f, int64_t now)
{
	if (is_over(f, now)) {
		emit_close(s, f, END_IDLE);
		return;
	}
	if (now >= f->say) {
		if (!f->said || f->fresh)
			emit_open(s, f, f->said ? PHASE_UPDATE : PHASE_OPEN);
		f->said = true;
		f->fresh = false;
		f->say = later(now, UPDATE_EVERY);
	}
	flow_schedule(&s->flows, f);
}

static void say_windows(struct sensor *s, int64_t next)
{
	for (uint32_t i = 0; i < s->clock.n; i++)
		emit_window(s, &s->clock.source[i], next);
}

/* Most flows that are due had packets since, and have nothing to say: of them little is needed. */
static void fetch_due(const struct sensor *s, const struct wheel_slot *due, uint32_t i, int64_t now)
{
	if (i + 2 * VISIT_AHEAD < due->n)
		flow_fetch_due(due->v[i + 2 * VISIT_AHEAD].flow);
	if (i + VISIT_AHEAD < due->n) {
		const struct flow *f = due->v[i + VISIT_AHEAD].flow;
		if (now >= f->say || is_over(f, now))
			flow_fetch(f);
		if (is_over(f, now))
			flow_fetch_around(&s->flows, f);
	}
	if (i + VISIT_AHEAD / 2 < due->n && is_over(due->v[i + VISIT_AHEAD / 2].flow, now))
		flow_fetch_events(due->v[i + VISIT_AHEAD / 2].flow);
}

/* The clock crossed a multiple of ten seconds, or jumped over many: all that became due, once. */
static void cross(struct sensor *s, int64_t tick)
{
	int64_t now = s->clock.now;
	const struct wheel_slot *due = wheel_due(&s->flows.wheel, now);

	/* another source may be late: as for flows */
	fragments_expire(&s->fragments, later(now, -CLOCK_STEP));
	say_windows(s, tick);
	dns_expire(&s->dns, now);
	hosts_expire(&s->hosts, now);
	for (uint32_t i = 0; i < due->n; i++) {
		fetch_due(s, due, i, now);
		visit(s, due->v[i].flow, now);
	}
	s->tick = tick;
	emit_tick(s, tick);
}

/* In the order in which they began. */
static void close_all(struct sensor *s, enum obs_end_why (*why)(const struct flow *f, int64_t now))
{
	struct flow *next, *ahead = s->flows.table;

	for (unsigned i = 0; ahead && i < VISIT_AHEAD; i++)
		ahead = ahead->hh.next;
	for (struct flow *f = s->flows.table; f; f = next) {
		next = f->hh.next;
		if (ahead) {
			flow_fetch_around(&s->flows, ahead);
			ahead = ahead->hh.next;
		}
		if (ahead)
			flow_fetch(ahead);
		if (next)
			flow_fetch_events(next);
		emit_close(s, f, why(f, s->clock.now));
	}
}

static enum obs_end_why by_clock(const struct flow *f, int64_t now)
{
	(void)f;
	(void)now;
	return END_CLOCK;
}

static enum obs_end_why by_end(const struct flow *f, int64_t now)
{
	return flow_is_over(f, now) ? END_IDLE : END_CAPTURE;
}

static int64_t tick_of(int64_t time)
{
	int64_t part = time % CLOCK_TICK;
	return later(time - part, part < 0 ? -CLOCK_TICK : 0);
}

/* Time went back: no silence can be measured across that, so nothing is. */
static void step_back(struct sensor *s, int64_t before, int64_t step)
{
	int64_t now = s->clock.now;

	fragments_flush(&s->fragments);
	say_windows(s, tick_of(now));
	dns_flush(&s->dns);
	hosts_flush(&s->hosts);
	close_all(s, by_clock);
	wheel_rewind(&s->flows.wheel, now);
	emit_step(s, before, step);
	s->tick = tick_of(now);
	emit_tick(s, s->tick);
}

static struct clock_source *new_source(struct sensor *s, uint32_t id)
{
	struct clock_source old, *source = clock_add(&s->clock, id, &old);

	if (old.used)
		emit_window(s, &old, 0);
	return source;
}

static void see_time(struct sensor *s, const struct frame *f)
{
	uint32_t id = (uint32_t)f->capture << 16 | f->interface;

	s->source = clock_find(&s->clock, id);
	if (!s->source)
		s->source = new_source(s, id);
	s->source->seen = s->packets;
	int64_t before = s->clock.now, step = clock_see(&s->clock, s->source, f->time);
	if (!s->ticking) {
		s->ticking = true;
		s->tick = tick_of(s->clock.now);
		wheel_rewind(&s->flows.wheel, s->clock.now);
	}
	if (step)
		step_back(s, before, step);
	else if (elapsed(s->tick, s->clock.now) >= CLOCK_TICK)
		cross(s, tick_of(s->clock.now));
	if (s->source->window.packets == 0)
		s->source->window.time = s->tick;
}

/* ---- frames ---- */

static void count_frame(struct sensor *s, const struct frame *f)
{
	struct obs_window *w = &s->source->window;

	w->packets++;
	w->bytes += f->bytes.len;
	if (s->at->packet->cut) {
		w->cut++;
		s->cut_packets++;
	}
	if (s->at->packet->kind == PACKET_UNDECODED) {
		w->undecoded++;
		s->undecoded[s->at->packet->undecoded]++;
	}
}

static void take(struct sensor *s, const struct frame *f)
{
	s->packets++;
	s->ordinal++;
	s->bytes += f->bytes.len;
	see_time(s, f);
	s->cite =
	        (struct cite){ .time = f->time, .frame = f->number & UINT64_C(0xffffffffffff), .capture = f->capture };
	count_frame(s, f);
	take_packet(s);
	if (s->carrier || s->at->packet->more)
		walk_inside(s);
}

void sensor_read(struct sensor *s, const struct frame *f)
{
	struct reading *r = &s->read[s->ahead_n];
	struct aim *a = &s->ahead[s->ahead_n++];

	reading_make(r, f);
	a->frame = f;
	a->read = r;
	a->packet = &r->packet;
}

/* In rounds, so that what one packet needs of the tables is on its way while others are looked at. */
void sensor_take(struct sensor *s)
{
	struct aim *const end = s->ahead + s->ahead_n;

	start(s);
	take_aim(s);
	for (s->at = s->ahead; s->at < end; s->at++)
		if (s->at->read->keyed) {
			flow_prefetch(&s->flows, s->at->hash, s->at->packet->proto == PROTO_TCP);
			duplicates_fetch(&s->duplicates, &s->at->probe, s->at->frame->time);
		}
	for (s->at = s->ahead; s->at < end; s->at++)
		take(s, s->at->frame);
	s->at = s->ahead;
	s->ahead_n = 0;
}

void sensor_frame(struct sensor *s, const struct frame *f)
{
	sensor_read(s, f);
	sensor_take(s);
}

void sensor_capture(struct sensor *s, const struct obs_capture *c)
{
	start(s);
	s->out = (struct obs){ .type = OBS_CAPTURE, .capture = *c };
	s->sink.put(s->sink.ctx, &s->out);
}

void sensor_break(struct sensor *s, const struct obs_break *b)
{
	start(s);
	s->out = (struct obs){ .type = OBS_BREAK, .brk = *b };
	s->sink.put(s->sink.ctx, &s->out);
}

/* A source of that capture; else the one at hand; NULL before the first packet. */
static struct clock_source *source_of_capture(struct sensor *s, uint16_t capture)
{
	for (uint32_t i = 0; i < s->clock.n; i++)
		if (s->clock.source[i].id >> 16 == capture)
			return &s->clock.source[i];
	return s->source;
}

void sensor_dropped(struct sensor *s, uint16_t capture, uint64_t kernel, uint64_t elsewhere)
{
	struct clock_source *source = source_of_capture(s, capture);

	start(s);
	s->dropped += kernel + elsewhere;
	if (!source)
		return;
	if (source->window.packets == 0)
		source->window.time = s->tick;
	source->window.dropped_kernel += kernel;
	source->window.dropped_interface += elsewhere;
}

void sensor_end(struct sensor *s, bool complete)
{
	start(s);
	clock_finish(&s->clock);
	int64_t now = s->clock.now;
	fragments_flush(&s->fragments);
	if (s->clock.started) {
		if (elapsed(s->tick, now) >= CLOCK_TICK)
			cross(s, tick_of(now));
		say_windows(s, now);
		if (now > s->tick)
			emit_tick(s, now); /* the last one is exact: how long silence lasted is counted up to it */
	}
	dns_flush(&s->dns);
	hosts_flush(&s->hosts);
	close_all(s, by_end);
	emit_end(s, complete);
}
