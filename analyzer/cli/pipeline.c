/* Source, judge, report. */
#include "cli/pipeline.h"

#include <sys/stat.h>

#include "base/thread.h"
#include "cli/only.h"
#include "cli/policies.h"
#include "cli/render.h"
#include "judge/judge.h"

void pipeline_run(const struct options *o, const struct source_def *def, void *source, struct obs_sink sink,
		  const struct output *output)
{
	struct stages *stages = NULL;

	if (stages_open(&stages, o->threads, def->classifies, sink, output) < 0)
		return;
	def->run(source, stages);
	stages_close(stages);
}

/*
 * What begins where the judge will work: reading the profiles takes longer than the first thousands of packets, which come
 * into the queue meanwhile.
 */
struct judging {
	const struct options *options;
	struct policy *policy;
	struct render render;
	bool rendering;
	struct judge *judge;
	struct obs_owed owed;
};

static bool load_policy(struct judging *g)
{
	return policies_load(&g->policy, g->options) == 0 && only_known(g->options->only, g->policy);
}

static bool begin_judging(void *ctx)
{
	struct judging *g = ctx;

	if ((!g->policy && !load_policy(g)) || render_open(&g->render, g->options) < 0)
		return false;
	g->rendering = true;
	if (judge_new(&g->judge, g->policy, render_sink(&g->render)) < 0) {
		cli_error("no memory for the judge");
		return false;
	}
	struct obs_sink sink = judge_sink(g->judge);
	if (g->owed.label)
		sink.owed(sink.ctx, g->owed);
	return true;
}

static void put_to_judge(void *ctx, const struct obs *o)
{
	judge_put(((struct judging *)ctx)->judge, o);
}

static void owe_to_judge(void *ctx, struct obs_owed by)
{
	((struct judging *)ctx)->owed = by;
}

static void *free_judge(void *judge)
{
	judge_free(judge);
	return NULL;
}

/* What the judge knew is given back beside the writing of the report, where there are threads. */
static int close_both(struct judging *g)
{
	pthread_t apart;
	bool started = g->judge && stages_threads(g->options->threads) > 1 && thread_start(&apart, free_judge, g->judge);
	int status = render_close(&g->render);

	if (started)
		(void)pthread_join(apart, NULL);
	else
		judge_free(g->judge);
	return status;
}

/* The source is open. */
static int judge_source(struct judging *g, const struct source_def *def, void *source)
{
	struct obs_sink sink = { .ctx = g, .begin = begin_judging, .put = put_to_judge, .without = judge_without(),
				 .owed = owe_to_judge };

	pipeline_run(g->options, def, source, sink, &g->render.output);
	return g->rendering ? close_both(g) : EXIT_NOT_JUDGED;
}

/* Files that are there are open and read soon; of a pipe the first byte may come late, and a fault should not wait for it. */
static bool reads_files(const struct options *o)
{
	struct stat st;
	bool files = !o->follow;

	for (size_t i = 0; i < o->args_n; i++)
		files &= stat(o->args[i], &st) == 0 && S_ISREG(st.st_mode);
	return files;
}

int pipeline_judge(const struct options *o, const struct source_def *def, void *source)
{
	struct judging g = { .options = o };
	int status = EXIT_NOT_JUDGED;

	if (render_check(o) < 0)
		return status;
	if ((stages_threads(o->threads) > 1 && reads_files(o)) || load_policy(&g)) {
		if (def->open(source, o) == 0)
			status = judge_source(&g, def, source);
		def->close(source);
	}
	policy_free(g.policy);
	return status;
}
