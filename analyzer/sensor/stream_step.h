/* Between the files of streams: a stream, and one call into its dissector. Private to stream*.c. */
#ifndef PLUMBLINE_SENSOR_STREAM_STEP_H
#define PLUMBLINE_SENSOR_STREAM_STEP_H

#include "sensor/stream.h"

/*
 * Of one end. `held` has the bytes from `want` on: `run` of them, and behind a hole one island. Of datagrams it has what
 * the dissector put there, while `run` is not 0.
 */
struct stream_end {
	int64_t want;
	int64_t base;    /* where the protocol at hand begins: what its dissector calls offset 0 */
	uint8_t *held;
	uint16_t run, island, island_to; /* relative to want; no island where island_to is 0 */
	bool done;
	bool gap; /* bytes before `want` are lost, and the dissector does not know yet */
};

struct stream {
	const struct dissector *dissector;
	size_t index; /* its place in the registry */
	void *state;
	void *listener[STREAM_LISTENERS];
	bool deaf[STREAM_LISTENERS]; /* that one has heard enough */
	struct stream_end end[2];
	uint8_t initiator; /* as it was when the dissector came: sides must not change under it */
	uint8_t handovers;
};

struct stream_call {
	struct streams *t;
	struct flow *f;
	struct stream *st;
	struct fact_sink sink;
	unsigned end;
	int64_t time;
};

/* Makes *c a call for what `end` of f sent; it must stay where it is while the call lasts. */
void stream_call_begin(struct stream_call *c, struct streams *t, struct flow *f, unsigned end, int64_t time);

/* Shows the dissector bytes from x->want on; returns the offset that it wants next, or sets x->done. */
int64_t stream_offer(struct stream_call *c, struct stream_end *x, struct rd bytes);

/* A datagram; false where no dissector knows it. */
bool stream_show_datagram(struct stream_call *c, struct rd payload);

/* The flow's dissectors say what they could only say now, and go. */
void stream_finish(struct stream_call *c);

/* Everything before `to` is read, or not wanted, or lost. */
void stream_move(struct streams *t, struct stream_end *x, int64_t to);

#endif
