/* One line that is written over. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

enum { WIDTH = 72 };

static int64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void progress_begin(struct progress *p)
{
	*p = (struct progress){ .on = isatty(STDERR_FILENO) == 1 };
	if (p->on)
		p->begun = p->last = now();
}

void progress_step(struct progress *p, uint64_t done, uint64_t all)
{
	const double mega = 1e6;
	char text[WIDTH + 1];

	if (!p->on)
		return;
	int64_t t = now();
	if (t - p->last < NS_PER_S / 4)
		return;
	p->last = t;
	double seconds = (double)(t - p->begun) / (double)NS_PER_S;
	double rate = (double)done / seconds;
	if (all > done && done)
		snprintf(text, sizeof(text), "%.0f of %.0f MB, %.0f MB/s, %.0f s left", (double)done / mega,
			 (double)all / mega, rate / mega, (double)(all - done) / rate);
	else
		snprintf(text, sizeof(text), "%.0f MB, %.0f MB/s", (double)done / mega, rate / mega);
	fprintf(stderr, "\r%-*s", WIDTH, text);
	p->shown = true;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r%*s\r", WIDTH, "");
	p->shown = false;
}
