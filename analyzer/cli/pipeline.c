/* Source, judge, report. */
#include "cli/pipeline.h"

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

static void *free_judge(void *judge)
{
	judge_free(judge);
	return NULL;
}

/* What the judge knew is given back beside the writing of the report, where there are threads. */
static int close_both(const struct options *o, struct render *render, struct judge *judge)
{
	pthread_t apart;
	bool started = judge && stages_threads(o->threads) > 1 && thread_start(&apart, free_judge, judge);
	int status = render_close(render);

	if (started)
		(void)pthread_join(apart, NULL);
	else
		judge_free(judge);
	return status;
}

/* The policy is loaded and the source open. */
static int judge_source(const struct options *o, const struct policy *policy, const struct source_def *def, void *source)
{
	struct render render;
	struct judge *judge = NULL;

	if (render_open(&render, o) < 0)
		return EXIT_NOT_JUDGED;
	if (judge_new(&judge, policy, render_sink(&render)) < 0)
		cli_error("no memory for the judge");
	else
		pipeline_run(o, def, source, judge_sink(judge), &render.output);
	return close_both(o, &render, judge);
}

int pipeline_judge(const struct options *o, const struct source_def *def, void *source)
{
	struct policy *policy = NULL;
	int status = EXIT_NOT_JUDGED;

	if (render_check(o) < 0 || policies_load(&policy, o) < 0)
		return EXIT_NOT_JUDGED;
	if (only_known(o->only, policy)) {
		if (def->open(source, o) == 0)
			status = judge_source(o, policy, def, source);
		def->close(source);
	}
	policy_free(policy);
	return status;
}
