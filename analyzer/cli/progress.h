/* How far the reading is: on standard error, and only where that is a terminal. */
#ifndef PLUMBLINE_CLI_PROGRESS_H
#define PLUMBLINE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on, shown;
	int64_t begun, last; /* ns, monotonic */
};

void progress_begin(struct progress *p);
/* Cheap where it is off; writes at most four times a second. all: bytes in all, 0 unknown. */
void progress_step(struct progress *p, uint64_t done, uint64_t all);
/* Leaves no trace on the terminal. */
void progress_end(struct progress *p);

#endif
