/* What the results come to: counts as they pass, and the exit status at the end. DESIGN: command line. */
#ifndef PLUMBLINE_CLI_TALLY_H
#define PLUMBLINE_CLI_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "record/result.h"

struct tally {
	enum severity fail_on;
	uint32_t devices;  /* recognised */
	uint32_t alarming; /* findings at or above fail_on that are not cleared */
	uint32_t open;     /* required rules that could not be judged */
	bool ended, complete, empty;
};

void tally_put(struct tally *t, const struct result *r);

/* Of results that were all written: EXIT_FOUND, EXIT_NO_VOUCHING or EXIT_FOUND_NOTHING. */
int tally_status(const struct tally *t);

#endif
