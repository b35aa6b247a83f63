/* A sensor under test: frames go in, observations are kept, with the text they point to. */
#ifndef PLUMBLINE_TESTS_SENSOR_RIG_H
#define PLUMBLINE_TESTS_SENSOR_RIG_H

#include <check.h>

#include "base/arena.h"
#include "base/span.h"
#include "base/time.h"
#include "base/wr.h"
#include "frames.h"
#include "packet/packet.h"
#include "sensor/state.h"

enum { RIG_OBS = 4096 };

#define RIG_START (INT64_C(1700000000) * NS_PER_S)

struct rig {
	struct sensor *s;
	struct obs seen[RIG_OBS];
	size_t n;
	struct arena text;
	struct wr dump;      /* every observation as a line: to compare runs */
	uint64_t frames;
	struct bytes b;
	uint16_t id;         /* the next IP ID: every sent packet is another one */
	uint16_t interface;
};

static inline void rig_number(struct rig *r, uint64_t v)
{
	wr_char(&r->dump, ' ');
	wr_u64(&r->dump, v);
}

static inline void rig_dump_flow(struct rig *r, const struct obs_flow *f)
{
	const uint64_t whole[] = { f->id, f->phase, f->end_why, f->init_how, (uint64_t)f->end, f->duplicates };

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		rig_number(r, whole[i]);
	for (unsigned i = 0; i < 2; i++) {
		const struct obs_side *o = &f->side[i];
		const uint64_t side[] = {
			f->port[i], o->packets, o->bytes, o->acked, o->unseen_bytes, o->retransmitted
		};
		wr_char(&r->dump, ' ');
		wr_addr(&r->dump, &f->addr[i]);
		for (size_t k = 0; k < sizeof(side) / sizeof(side[0]); k++)
			rig_number(r, side[k]);
	}
}

static inline void rig_dump(struct rig *r, const struct obs *o)
{
	rig_number(r, o->type);
	if (o->type == OBS_FLOW)
		rig_dump_flow(r, &o->flow);
	if (o->type == OBS_EVENT) {
		rig_number(r, o->event.flow);
		rig_number(r, o->event.e.kind);
		rig_number(r, o->event.e.v[0]);
		rig_number(r, o->event.e.frame);
	}
	if (o->type == OBS_DNS) {
		wr_span(&r->dump, o->dns.name);
		rig_number(r, (uint64_t)o->dns.answered);
	}
	if (o->type == OBS_HOST)
		wr_addr(&r->dump, &o->host.addr);
	if (o->type == OBS_TICK)
		rig_number(r, (uint64_t)o->tick.time);
	wr_char(&r->dump, '\n');
}

static inline void rig_put(void *ctx, const struct obs *o)
{
	struct rig *r = ctx;

	ck_assert_uint_lt(r->n, RIG_OBS);
	rig_dump(r, o);
	struct obs *copy = &r->seen[r->n++];
	*copy = *o;
	if (o->type == OBS_DNS)
		copy->dns.name = arena_copy(&r->text, o->dns.name);
	if (o->type == OBS_HOST)
		copy->host.host_name = arena_copy(&r->text, o->host.host_name);
	if (o->type == OBS_FACT && o->fact.fact.kind == FACT_LABEL) {
		copy->fact.fact.label.application = arena_copy(&r->text, o->fact.fact.label.application);
		copy->fact.fact.label.how = arena_copy(&r->text, o->fact.fact.label.how);
	}
}

static inline void rig_open_with(struct rig *r, const struct sensor_limits *l, const struct dissector *const *registry,
				 size_t n)
{
	*r = (struct rig){ .id = 1 };
	arena_init(&r->text, 1 << 20);
	wr_init(&r->dump, 1 << 22);
	ck_assert_int_eq(sensor_new_with(&r->s, l, (struct obs_sink){ r, rig_put }, registry, n), 0);
}

static inline void rig_open(struct rig *r)
{
	rig_open_with(r, NULL, dissectors, dissectors_n);
}

static inline void rig_close(struct rig *r)
{
	sensor_free(r->s);
	arena_free(&r->text);
	wr_free(&r->dump);
}

/* Sends r->b, `ms` after the start; only `cap` bytes of it are captured. */
static inline void rig_send_cut(struct rig *r, int64_t ms, size_t cap)
{
	struct frame f = frame_of(&r->b, RIG_START + ms * NS_PER_MS, ++r->frames);

	f.bytes = rd_of(r->b.b, cap, r->b.n);
	f.interface = r->interface;
	sensor_frame(r->s, &f);
}

static inline void rig_send(struct rig *r, int64_t ms)
{
	rig_send_cut(r, ms, r->b.n);
}

/* One segment from host to host; ports are 1000 + the sender's and receiver's number. */
static inline void rig_segment(struct rig *r, int64_t ms, unsigned from, unsigned to, uint8_t flags, uint32_t seq,
			       uint32_t ack, const void *payload, size_t n)
{
	const struct ip ip = { .from = from, .to = to, .id = r->id++ };
	const struct tcp_header t = { .sport = (uint16_t)(1000 + from), .dport = (uint16_t)(1000 + to), .seq = seq,
				      .ack = ack, .flags = flags, .window = 1000 };

	put_tcp(&r->b, &ip, &t, payload, n);
	rig_send(r, ms);
}

static inline void rig_datagram(struct rig *r, int64_t ms, unsigned from, unsigned to, uint16_t sport, uint16_t dport,
				const void *payload, size_t n)
{
	const struct ip ip = { .from = from, .to = to, .id = r->id++ };

	put_udp(&r->b, &ip, sport, dport, 0, payload, n);
	rig_send(r, ms);
}

/* The n-th observation of a type, from 0; NULL where there are fewer. */
static inline const struct obs *rig_obs(const struct rig *r, enum obs_type type, size_t n)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->seen[i].type == type && n-- == 0)
			return &r->seen[i];
	return NULL;
}

static inline size_t rig_count(const struct rig *r, enum obs_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->seen[i].type == type;
	return n;
}

/* The n-th closed flow. */
static inline const struct obs_flow *rig_closed(const struct rig *r, size_t n)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->seen[i].type == OBS_FLOW && r->seen[i].flow.phase == PHASE_CLOSE && n-- == 0)
			return &r->seen[i].flow;
	return NULL;
}

/* The n-th event of a kind, of any flow. */
static inline const struct obs_event *rig_event(const struct rig *r, enum event_kind kind, size_t n)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->seen[i].type == OBS_EVENT && r->seen[i].event.e.kind == kind && n-- == 0)
			return &r->seen[i].event.e;
	return NULL;
}

static inline int rig_run(Suite *s)
{
	SRunner *r = srunner_create(s);

	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
