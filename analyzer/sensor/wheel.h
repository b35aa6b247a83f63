/*
 * When each flow may first have something to say: a slot for every ten seconds. A flow lies in one slot and moves on if
 * it had packets since; no packet touches the wheel. Slots are arrays beside the flows, so that finding what is due, and
 * ordering it, does not walk through the flows' memory.
 */
#ifndef PLUMBLINE_SENSOR_WHEEL_H
#define PLUMBLINE_SENSOR_WHEEL_H

#include <stddef.h>
#include <stdint.h>

enum { WHEEL_SLOTS = 1024 };

struct flow;

struct wheel_entry {
	uint64_t id; /* of the flow */
	struct flow *flow;
};

struct wheel_slot {
	struct wheel_entry *v;
	uint32_t n, room;
};

struct wheel {
	struct wheel_slot slot[WHEEL_SLOTS]; /* by due time / 10 s */
	struct wheel_slot due, spare;        /* what was given out last; room to order it */
	int64_t newest;                      /* the newest slot number that was emptied */
};

void wheel_init(struct wheel *w);
void wheel_free(struct wheel *w);

/*
 * Puts f into the slot of `time`, or the next one to come; out of the one it lies in, if any. Without memory it lies in
 * none, and is over at its next packet or at the end.
 */
void wheel_put(struct wheel *w, struct flow *f, int64_t time);
void wheel_leave(struct wheel *w, struct flow *f);

/*
 * The flows whose slot has come at `now`, ordered by id and out of the wheel. Valid until the next call; flows may be
 * put, and those given out may go, meanwhile.
 */
const struct wheel_slot *wheel_due(struct wheel *w, int64_t now);

/* The clock stepped back: the wheel, which must be empty, starts again at `now`. */
void wheel_rewind(struct wheel *w, int64_t now);

#endif
