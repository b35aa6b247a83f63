/* The sensor's parts in one place. Private to the folder. */
#ifndef PLUMBLINE_SENSOR_STATE_H
#define PLUMBLINE_SENSOR_STATE_H

#include "sensor/clock.h"
#include "sensor/dns.h"
#include "sensor/duplicate.h"
#include "sensor/facts.h"
#include "sensor/flow.h"
#include "sensor/fragment.h"
#include "sensor/host.h"
#include "sensor/reading.h"
#include "sensor/sample.h"
#include "sensor/sensor.h"
#include "sensor/stream.h"

/* What is put together at one depth: a datagram of fragments, and what it carries, of parts. */
enum walk_use { ROOM_DATAGRAM, ROOM_PIECES, WALK_USES };

/* A packet, read, and what it takes to find its flow. */
struct aim {
	const struct frame *frame;   /* that it came in */
	const struct reading *read;
	const struct packet *packet; /* the reading's */
	struct duplicate_probe probe;
	unsigned hash;               /* of the key */
};

struct sensor {
	struct obs_sink sink;
	struct obs out;              /* what is being said: one room for all */
	bool started;
	struct clock clock;
	bool ticking;
	int64_t tick;                /* the newest multiple of ten seconds that the clock reached */
	struct duplicates duplicates;
	struct flows flows;
	struct fragments fragments;
	struct streams streams;
	struct facts facts;
	struct samples samples;
	struct dns_table dns;
	struct hosts hosts;

	struct aim *at;              /* the packet at hand */
	struct cite cite;
	struct clock_source *source;
	struct flow *carrier;        /* its flow, where it carries another packet that is to be looked at */
	bool closing;                /* none is at hand: a flow closes, and its dissectors speak for the last time */

	/* how deep it lies in others: walk.c */
	unsigned depth;
	struct obs_tunnel path[OBS_TUNNELS];
	struct packet outer[OBS_TUNNELS];
	struct reading made;         /* the packet at hand, where it is not the frame's first: out of another, or of parts */
	uint8_t *room[OBS_TUNNELS + 1][WALK_USES]; /* what is put together, by depth; each made when first needed */

	struct aim ahead[SENSOR_FRAMES];
	struct reading read[SENSOR_FRAMES]; /* of each */
	size_t ahead_n;
	uint64_t ordinal;            /* of the packet at hand, IP packets inside others counted */
	uint64_t dropped;
	uint64_t packets, bytes, duplicate_packets, cut_packets;
	int64_t unseen_bytes;
	uint64_t undecoded[UNDECODED_REASONS];
	uint64_t lost_fragments;     /* of which it is not known what flow they belong to */
	uint64_t strange_errors;     /* ICMP errors about no flow of ours */
	struct sensor_watched *watched;
};

/* As sensor_new(), with these dissectors. */
int sensor_new_with(struct sensor **ret_s, const struct sensor_limits *limits, struct obs_sink sink,
		    const struct dissector *const *registry, size_t n);

/* take.c: which flows the packets ahead belong to; what is needed to find them is on its way afterwards. */
void take_aim(struct sensor *s);
/* The packet in s->made is the packet at hand now: the same for it. */
void take_made(struct sensor *s);
/* The packet at hand becomes one of its flow's, or what a host says of itself. */
void take_packet(struct sensor *s);
/* What dissectors say of the packet at hand. */
void take_fact(void *ctx, struct flow *f, unsigned end, const struct fact *fact);
void take_mark(void *ctx, struct flow *f, unsigned end, enum dissector_mark m, const uint32_t v[3]);
/* struct fragment_sink: d will never be whole. */
void take_lost(void *ctx, struct datagram *d);
/* f closes: what its dissectors have to say at the end, as of its last packet. */
void take_finish(struct sensor *s, struct flow *f);

/* walk.c: the packet at hand was taken and carries others, or others stand beside it: those are taken. */
void walk_inside(struct sensor *s);
/* FRAGMENT_LONGEST bytes for what is put together at this depth; NULL without memory. */
uint8_t *walk_room(struct sensor *s, enum walk_use use);

/* emit.c: what the sensor's parts have to say. */
void emit_start(struct sensor *s);
/* A FACT_ENDPOINT that `end` of f announces: it speaks of another flow, which need not wait for the end of this one. */
void emit_endpoint(struct sensor *s, const struct flow *f, unsigned end, const struct fact *fact);
/* An open or update record of f: neither facts nor events. */
void emit_open(struct sensor *s, struct flow *f, enum obs_phase phase);
/* Facts, events and the closing record of f, which is no more afterwards. */
void emit_close(struct sensor *s, struct flow *f, enum obs_end_why why);
/* The window of a source, where it carried anything; it begins again at `next`. */
void emit_window(struct sensor *s, struct clock_source *source, int64_t next);
void emit_tick(struct sensor *s, int64_t time);
void emit_step(struct sensor *s, int64_t before, int64_t step);
void emit_end(struct sensor *s, bool complete);

#endif
