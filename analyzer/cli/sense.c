/* plumbline sense CAPTURE...: captures to observations, as JSON Lines. */
#include <errno.h>

#include "cli/pipeline.h"
#include "record/json.h"

enum { BLOCK = 64 * 1024, RECORD_MAX = 64 * 1024 * 1024 };

struct writer {
	struct output *output;
	struct wr text;
	int error;     /* -errno of the first write that failed */
	bool complete, empty;
};

static void flush(struct writer *w)
{
	if (w->text.failed && !w->error)
		w->error = -ENOMEM;
	errno = 0;
	if (!w->error && fwrite(w->text.p, 1, w->text.n, w->output->to) != w->text.n)
		w->error = -(errno ? errno : EIO);
	wr_reset(&w->text);
}

static void put(void *ctx, const struct obs *o)
{
	struct writer *w = ctx;

	json_write_obs(&w->text, o);
	if (w->text.n >= BLOCK || w->text.failed)
		flush(w);
	if (o->type == OBS_END) {
		w->complete = o->end.complete;
		w->empty = o->end.packets == 0;
	}
}

static int write_all(const struct options *o, struct captures *captures)
{
	struct output output;
	struct writer w = { .output = &output };
	int rc = output_open(&output, o->output);

	if (!rc) {
		wr_init(&w.text, RECORD_MAX);
		pipeline_run(o, &captures_def, captures, (struct obs_sink){ .ctx = &w, .put = put }, &output);
		if (w.text.n)
			flush(&w);
		wr_free(&w.text);
		rc = output_close(&output, w.error);
	}
	if (!rc)
		return w.complete && !w.empty ? EXIT_FOUND_NOTHING : EXIT_NO_VOUCHING;
	output_say(o->output, rc);
	return EXIT_NOT_JUDGED;
}

int cli_sense(const struct options *o)
{
	struct captures captures = { 0 };
	int status = EXIT_NOT_JUDGED;

	if (captures_def.open(&captures, o) == 0)
		status = write_all(o, &captures);
	captures_def.close(&captures);
	return status;
}
