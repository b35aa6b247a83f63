/*
 * Observations on their way: what the classifier owes is exchanged for what it answered, in the order of the stream, or
 * by the sink itself, if it is one that asks later.
 */
#ifndef PLUMBLINE_CLI_LABELS_H
#define PLUMBLINE_CLI_LABELS_H

#include "classify/classify.h"
#include "record/obs.h"

struct labels {
	struct classify *classify;
	struct obs_sink to;
	uint64_t lost;
	uint64_t promised; /* that the sink will ask for */
	bool ending;
	struct classify_label at_hand;
};

/* To be called before the first observation: tells a sink that asks itself whom. */
void labels_begin(struct labels *l);

/*
 * Hands `o` on. A label that the classifier owes is waited for; one that it does not know is left out, one that it lost
 * is counted in the end's `evicted`.
 */
void labels_put(struct labels *l, const struct obs *o);

#endif
