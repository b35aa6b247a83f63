/* plumbline report RESULTS: stored results to another report. */
#include "cli/only.h"
#include "cli/records.h"
#include "cli/render.h"

static int render_all(const struct options *o, struct records *records, struct result *r)
{
	struct render render;

	if (render_open(&render, o) < 0)
		return EXIT_NOT_JUDGED;
	struct result_sink sink = render_sink(&render);
	do
		sink.put(sink.ctx, r);
	while (!output_failed(&render.output) && records_next_result(records, r) > 0);
	if (!render.tally.ended)
		records_say_break(records, "the results");
	return render_close(&render);
}

int cli_report(const struct options *o)
{
	struct records records;
	struct result r;
	int status = EXIT_NOT_JUDGED;

	if (o->args_n != 1) {
		cli_error("%s; write plumbline report RESULTS", o->args_n ? "one file at a time" : "no results given");
		return EXIT_NOT_JUDGED;
	}
	if (render_check(o) < 0 || !only_known(o->only, NULL))
		return EXIT_NOT_JUDGED;
	records_open(&records, o->args, o->args_n);
	int rc = records_next_result(&records, &r);
	if (rc == 0)
		cli_error("%s: no results in it", o->args[0]);
	else if (rc > 0 && r.type != RESULT_RUN)
		records_say(&records, "results begin with a run record; this is something else");
	else if (rc > 0 && r.run.schema != RESULT_SCHEMA)
		records_say(&records, "the results have another schema; make them again with this version");
	else if (rc > 0)
		status = render_all(o, &records, &r);
	records_close(&records);
	return status;
}
