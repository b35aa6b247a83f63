/*
 * The sensor: packets in, observations out. It knows no profile and no threshold of any cause.
 *
 * Everything is bounded: every table has a cap, an order of eviction and a counter that reaches the end observation.
 * Its clock is the running maximum of packet times; a flow is cut by the gap between its own packets, never by when a
 * timer ran, so the same packets always give the same observations.
 */
#ifndef PLUMBLINE_SENSOR_SENSOR_H
#define PLUMBLINE_SENSOR_SENSOR_H

#include <stdint.h>

#include "base/frame.h"
#include "record/obs.h"

struct sensor;
struct classify;

/* Caps; 0 takes the default of DESIGN: 1 M flows, 4,096 stream prefixes, and so on. */
struct sensor_limits {
	uint32_t flows;
	uint32_t streams;
	uint32_t names;      /* open DNS transactions */
	uint32_t hosts;
	uint32_t duplicates; /* packets remembered to find copies */
};

/* 0, or -ENOMEM. The sink is called from sensor_frame() and sensor_end(). */
int sensor_new(struct sensor **ret_s, const struct sensor_limits *limits, struct obs_sink sink);
void sensor_free(struct sensor *s);

/*
 * Flows with payload that no dissector knows are shown to `c`, which the caller owns. Before the closing record of such a
 * flow then stands a label of FACT_BY_CLASSIFIER without an application: whoever takes the observations on exchanges its
 * `request` for one with classify_collect(), for every such label, or leaves the label out.
 */
void sensor_classify(struct sensor *s, struct classify *c);

/*
 * The next frame. Several come cheaper than one by one, and give the same: up to SENSOR_FRAMES are read, and taken
 * together; they and their bytes stay where they are until then.
 */
enum { SENSOR_FRAMES = 16 };
void sensor_read(struct sensor *s, const struct frame *f);
void sensor_take(struct sensor *s);
/* Both for one. */
void sensor_frame(struct sensor *s, const struct frame *f);

/* What the reader of captures knows and the sensor passes on in order: file opened or ended, and where it broke. */
void sensor_capture(struct sensor *s, const struct obs_capture *c);
void sensor_break(struct sensor *s, const struct obs_break *b);

/*
 * What the capturing side lost, as far as it is newly known of that capture: in the kernel, and elsewhere (interface,
 * filter queue). It counts in the window at hand: when it happened is not known.
 */
void sensor_dropped(struct sensor *s, uint16_t capture, uint64_t kernel, uint64_t elsewhere);

/* Closes every flow in emission order and says end. `complete`: every input was read to its end. */
void sensor_end(struct sensor *s, bool complete);

/* The id of the flow that frame `number` of `capture` belongs to: see sensor_watch(). 0: none. */
struct sensor_watched {
	uint32_t capture;
	uint64_t frame;
	uint64_t flow; /* set when the frame passed */
};
/* For `plumbline why`: remembers which flow that frame belongs to. `w` is the caller's and outlives the sensor's run.
 */
void sensor_watch(struct sensor *s, struct sensor_watched *w);

#endif
