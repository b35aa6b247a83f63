/*
 * What the classifier is shown of flows that no dissector knows: their first packets with payload, kept until there are
 * CLASSIFY_PACKETS of them, CLASSIFY_BYTES, or the flow closes. All samples together have SAMPLES bytes.
 */
#ifndef PLUMBLINE_SENSOR_SAMPLE_H
#define PLUMBLINE_SENSOR_SAMPLE_H

#include "classify/classify.h"
#include "packet/packet.h"
#include "sensor/facts.h"
#include "sensor/flow.h"

enum { SAMPLES = 8 * 1024 * 1024 };

struct samples {
	struct classify *classify; /* NULL: nobody asks */
	struct facts *facts;
	struct pool sample, block;
	uint64_t refused;          /* flows that were not asked about, for want of room or since their datagrams are too large */
};

/* Of a flow that was asked about `facts` keeps a label that the classifier still owes. */
void samples_init(struct samples *t, struct facts *facts);
void samples_free(struct samples *t);

/* A packet of f with payload, which the dissectors have seen; while it is not `sampled`. */
void sample_packet(struct samples *t, struct flow *f, const struct packet *p, unsigned end, int64_t time);

/* f closes, and what is kept of it is all there will be. */
void sample_close(struct samples *t, struct flow *f);

#endif
