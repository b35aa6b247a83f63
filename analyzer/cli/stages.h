/*
 * What becomes of observations on their way from a source to what is made of them: source, queue, sink. --threads says
 * how many stages share a thread; the bytes are the same.
 *
 * On the sink's side of the queue stands one function, hand_on(): whatever about an observation is known only later than
 * the sensor said it, and may have to be waited for, is settled there, in the order of the stream, unless the sink asks
 * for it itself when it needs it.
 */
#ifndef PLUMBLINE_CLI_STAGES_H
#define PLUMBLINE_CLI_STAGES_H

#include <stdbool.h>

#include "cli/output.h"
#include "record/obs.h"

/* Reading, sensor, sink. With two threads the first two share one. */
enum { STAGES = 3 };

/* How many threads that makes: `asked`; where it is 0, all that are of use on this machine. */
unsigned stages_threads(unsigned asked);

struct stages;

/*
 * `output`, which may be NULL, is what the sink writes to: once it failed, nothing is wanted any more. `threads` is as in
 * stages_threads(). `classified`: with a classifier, which is forked. Negative when the line that says why not was printed.
 */
int stages_open(struct stages **ret_s, unsigned threads, bool classified, struct obs_sink to,
		const struct output *output);
/* For a sensor whose observations are put here. NULL: there is none. */
struct classify *stages_classifier(const struct stages *s);
/* Where the source puts. What is put comes to the sink any time until the close. */
struct obs_sink stages_sink(struct stages *s);
/* True once nobody wants more: a source stops there. */
bool stages_unwanted(const struct stages *s);
/* Everything that was put has come to the sink. Accepts NULL. */
void stages_close(struct stages *s);

#endif
