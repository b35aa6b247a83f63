/* Between the files of the classifier: limits, which tests change. Private to the folder and its tests. */
#ifndef PLUMBLINE_CLASSIFY_CLASSIFY_PRIV_H
#define PLUMBLINE_CLASSIFY_CLASSIFY_PRIV_H

#include <sys/types.h>

#include "classify/classify.h"

enum { CLASSIFY_L3_MAX = 16 * 1024 }; /* the largest IP packet that nDPI is shown */

struct classify_limits {
	unsigned cpu_ms;      /* a request may cost that much processor time */
	unsigned wall_ms;     /* and may take that long: a worker that somebody stopped uses no time */
	unsigned workers;     /* at most, one after the other */
	size_t l3_max;
	bool deny_kills;      /* a system call that is not on the list kills; else it fails with EPERM */
	void (*in_worker)(uint8_t first); /* tests: called in the locked-in worker with each request's first payload byte */
};

struct classify_limits classify_usual_limits(void);
int classify_new_with(struct classify **ret_c, const struct classify_limits *limits);

/* The worker's process, as it says itself; 0 before the first request. */
pid_t classify_worker(const struct classify *c);
pid_t classify_supervisor(const struct classify *c);

#endif
