/*
 * Silences of a flow: how long it was quiet, and whether it survived that. A silence is survived when the other end
 * answers the packet that ended it: with an acknowledgement of its data, or with any packet where it had none.
 */
#ifndef PLUMBLINE_SENSOR_GAP_H
#define PLUMBLINE_SENSOR_GAP_H

#include "packet/packet.h"
#include "sensor/flow.h"

struct gaps {
	int64_t longest;               /* survived */
	int64_t last;
	int64_t open;                  /* the longest that waits for its answer; 0 none */
	uint32_t bucket[OBS_GAP_BUCKETS];
	uint32_t open_end_seq;         /* TCP: what acknowledges the packet that ended it */
	uint8_t open_by;               /* the end that sent that packet */
	bool open_has_data;
	bool message_due[2];           /* that end's first data after the silence is still to come */
};

/* Silences of a second and more are counted, of ten and more are events. */
#define GAP_COUNTED NS_PER_S
#define GAP_EVENT (10 * NS_PER_S)

/* A packet of `end` after a silence of at least GAP_COUNTED. Call before its counters change. */
void gap_ended(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p, unsigned end,
               int64_t silence);

/* Any packet while f->gap_open: was it the answer? */
void gap_answer(struct flow *f, const struct packet *p, unsigned end);

/* A packet with payload while f->gaps: the first of its end after a silence is a MESSAGE. */
void gap_message(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p, unsigned end);

#endif
