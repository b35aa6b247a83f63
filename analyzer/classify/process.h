/* The processes of the classifier: the supervisor, which only starts workers, and the worker. Private to the folder. */
#ifndef PLUMBLINE_CLASSIFY_PROCESS_H
#define PLUMBLINE_CLASSIFY_PROCESS_H

#include <stdnoreturn.h>
#include <sys/types.h>

#include "classify/classify_priv.h"
#include "classify/ring.h"

/* Sent to the supervisor: away with the worker that there is. */
#define CLASSIFY_KICK SIGUSR1

/* In the forked child: waits for the first request, then sees to it that there is a worker. Ends with its `parent`. */
noreturn void supervise(struct ring *r, const struct classify_limits *limits, pid_t parent);

/* In a child of the supervisor: answers requests until it dies of one. */
noreturn void work(struct ring *r, const struct classify_limits *limits, pid_t supervisor);

#endif
