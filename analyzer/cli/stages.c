/* The sink's side runs in a thread of its own where there is one to be had. */
#include "cli/stages.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/labels.h"
#include "record/queue.h"

struct stages {
	struct obs_queue *queue;
	struct classify *classify;   /* NULL: none */
	struct labels labels;        /* the sink's side only, as what follows */
	const struct output *output;
	atomic_bool unwanted;
};

static void stop_wanting(struct stages *s)
{
	atomic_store_explicit(&s->unwanted, true, memory_order_relaxed);
}

static bool begin(void *ctx)
{
	struct stages *s = ctx;
	const struct obs_sink *to = &s->labels.to;

	labels_begin(&s->labels);
	if (!to->begin || to->begin(to->ctx))
		return true;
	stop_wanting(s);
	return false;
}

static void hand_on(void *ctx, const struct obs *o)
{
	struct stages *s = ctx;

	labels_put(&s->labels, o);
	if (s->output && output_failed(s->output))
		stop_wanting(s);
}

unsigned stages_threads(unsigned asked)
{
	cpu_set_t set;

	if (asked)
		return asked;
	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) < 2 ? 1 : STAGES;
}

int stages_open(struct stages **ret_s, unsigned threads, bool classified, struct obs_sink to,
		const struct output *output)
{
	struct stages *s = malloc(sizeof(*s));

	if (s) {
		*s = (struct stages){ .output = output };
		atomic_init(&s->unwanted, false);
		if (classified && classify_new(&s->classify) < 0) /* before any thread */
			cli_error("no process for the classifier: what no dissector knows stays without a name");
		s->labels = (struct labels){ .classify = s->classify, .to = to };
		if (obs_queue_new(&s->queue, stages_threads(threads),
				  (struct obs_sink){ .ctx = s, .put = hand_on, .begin = begin, .without = to.without }) == 0) {
			*ret_s = s;
			return 0;
		}
		classify_free(s->classify);
	}
	free(s);
	cli_error("no memory");
	return -ENOMEM;
}

struct obs_sink stages_sink(struct stages *s)
{
	return obs_queue_sink(s->queue);
}

struct classify *stages_classifier(const struct stages *s)
{
	return s->classify;
}

bool stages_unwanted(const struct stages *s)
{
	return atomic_load_explicit(&s->unwanted, memory_order_relaxed);
}

void stages_close(struct stages *s)
{
	if (!s)
		return;
	obs_queue_close(s->queue);
	classify_free(s->classify);
	free(s);
}
