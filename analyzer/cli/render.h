/* Results to a report in its place, and to the exit status. */
#ifndef PLUMBLINE_CLI_RENDER_H
#define PLUMBLINE_CLI_RENDER_H

#include "cli/options.h"
#include "cli/output.h"
#include "cli/tally.h"
#include "report/report.h"

struct render {
	const struct options *options;
	const struct report_format *format;
	struct report *report;
	struct output output;
	struct tally tally;
};

/* Whether there is such a format; else the line that says so was printed, and the answer is negative. */
int render_check(const struct options *o);

/* Opens the output. Negative when the line that says why not was printed. */
int render_open(struct render *ret_r, const struct options *o);
struct result_sink render_sink(struct render *r);
/* Ends the report; the exit status. */
int render_close(struct render *r);

#endif
