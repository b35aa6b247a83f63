/*
 * The judge: observations in, results out. It sees no packet and no wall clock; its clock is the stream's ticks. One
 * incremental function, the same offline and live (DESIGN: the way of the data).
 */
#ifndef PLUMBLINE_JUDGE_JUDGE_H
#define PLUMBLINE_JUDGE_JUDGE_H

#include "profile/policy.h"
#include "record/obs.h"
#include "record/result.h"

struct judge;

/* The policy outlives the judge. 0 or -ENOMEM. */
int judge_new(struct judge **ret_j, const struct policy *p, struct result_sink sink);
void judge_free(struct judge *j);

/* One observation. OBS_END makes every remaining result, the last of them RESULT_END. */
void judge_put(struct judge *j, const struct obs *o);
/* The same as a sink, with all that it says of the judge. What is owed is asked for when the hold of its flow is over. */
struct obs_sink judge_sink(struct judge *j);
/* The events that it makes nothing of: its sink's `without`. */
uint32_t judge_without(void);

/* For `plumbline why`: when that flow is judged, `explain` is called with every rule tried. */
struct judge_trace {
	uint64_t flow;
	void *ctx;
	/* rule is NULL once a device and profile begin; miss is enum match_miss */
	void (*line)(void *ctx, struct span device, const struct profile *p, const struct rule *r, int miss);
	void (*name)(void *ctx, struct span name, const char *how); /* every name considered */
};
void judge_trace(struct judge *j, const struct judge_trace *t);

#endif
