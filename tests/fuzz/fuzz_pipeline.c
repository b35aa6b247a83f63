/*
 * Frames through header decoder, sensor and dissectors. The input is a list of records:
 *
 *   control(1) delta(2) length(2) bytes
 *
 * control: bits 0-1 interface, bit 2 the time goes back, bits 3-5 the unit of delta (10^(3n) ns, 7: any 64 bits times
 * delta), bit 6 the frame was captured 20 bytes short, bit 7 raw IP instead of Ethernet.
 *
 * What must hold: two runs, with different hash keys, say the same; facts (but endpoints) and events stand before the
 * close of their flow; every flow closes once; no counter runs below zero.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/hash.h"
#include "sensor/sensor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAW_IP = 101, ETHERNET = 1, NOT_CAPTURED = 20 };

struct told {
	uint64_t digest, closed, about, flows;
	uint64_t order;
	int ended;
};

static void must(int holds)
{
	if (!holds)
		abort();
}

static void mix(struct told *t, uint64_t v)
{
	t->digest = hash_mix(t->digest ^ v, UINT64_C(0x9e3779b97f4a7c15) + t->order++);
}

static void take_flow(struct told *t, const struct obs_flow *f)
{
	must(f->id != 0);
	mix(t, f->id);
	mix(t, (uint64_t)f->end_why << 16 | (uint64_t)f->init_how << 8 | f->phase);
	mix(t, f->events_lost);
	for (unsigned i = 0; i < 2; i++) {
		const struct obs_side *s = &f->side[i];
		must(s->unseen_bytes < (uint64_t)1 << 62 && s->acked < (uint64_t)1 << 62);
		must(s->packets == 0 || s->last >= s->first);
		mix(t, s->packets);
		mix(t, s->acked);
		mix(t, s->unseen_bytes);
		mix(t, s->retransmitted);
	}
	if (f->phase != PHASE_CLOSE)
		return;
	must(t->about == 0 || t->about == f->id);
	t->about = 0;
	t->closed++;
}

static void put(void *ctx, const struct obs *o)
{
	struct told *t = ctx;

	must(!t->ended);
	mix(t, o->type);
	switch (o->type) {
	case OBS_FLOW:
		take_flow(t, &o->flow);
		break;
	case OBS_EVENT:
		must(t->about == 0 || t->about == o->event.flow);
		t->about = o->event.flow;
		mix(t, o->event.e.kind);
		mix(t, o->event.e.v[0]);
		break;
	case OBS_FACT:
		mix(t, o->fact.fact.kind);
		if (o->fact.fact.kind == FACT_ENDPOINT) /* said when it is announced */
			break;
		must(t->about == 0 || t->about == o->fact.flow);
		t->about = o->fact.flow;
		break;
	case OBS_DNS:
		mix(t, o->dns.name.n);
		mix(t, (uint64_t)o->dns.answered);
		break;
	case OBS_TICK:
		mix(t, (uint64_t)o->tick.time);
		break;
	case OBS_END:
		must(o->end.flows == t->closed && t->about == 0);
		t->ended = 1;
		break;
	default:
		break;
	}
}

static int64_t step(uint8_t control, uint16_t delta)
{
	static const uint64_t units[8] = { 1, 1000, 1000000, 1000000000, UINT64_C(60000000000), UINT64_C(3600000000000),
					   UINT64_C(86400000000000), UINT64_C(0x123456789abcd) };
	uint64_t by = units[control >> 3 & 7] * delta;

	return (int64_t)(control & 4 ? 0 - by : by);
}

static void run(const uint8_t *data, size_t size, struct told *t)
{
	static const struct sensor_limits limits[] = {
		{ .flows = 16, .streams = 2, .names = 4, .hosts = 4, .duplicates = 16 },
		{ .flows = 512, .streams = 64, .names = 64, .hosts = 64, .duplicates = 256 },
	};
	struct rd r = rd_of(data, size, size);
	struct sensor *s;
	uint64_t time = UINT64_C(1700000000000000000), number = 0;

	if (sensor_new(&s, &limits[size % 2], (struct obs_sink){ t, put }) < 0)
		return;
	while (rd_more(&r)) {
		uint8_t control = rd_u8(&r);
		uint16_t delta = rd_u16(&r), length = rd_u16(&r);
		struct span bytes = rd_get(&r, length < r.cap ? length : r.cap);
		uint8_t *copy = malloc(bytes.n ? bytes.n : 1); /* of its exact size: one byte too many is seen */
		if (!copy)
			break;
		if (bytes.n)
			memcpy(copy, bytes.p, bytes.n);
		time += (uint64_t)step(control, delta);
		struct frame f = {
			.time = (int64_t)time, .number = ++number, .interface = control & 3,
			.link_type = control & 0x80 ? RAW_IP : ETHERNET,
			.bytes = rd_of(copy, bytes.n, bytes.n + (control & 0x40 ? NOT_CAPTURED : 0)),
		};
		sensor_frame(s, &f);
		free(copy);
	}
	sensor_end(s, true);
	sensor_free(s);
	must(t->ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told one = { 0 }, two = { 0 };

	run(data, size, &one);
	run(data, size, &two);
	must(one.digest == two.digest);
	return 0;
}
