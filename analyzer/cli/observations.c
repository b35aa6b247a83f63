/*
 * Stored observations. Several files are the parts of one stream. A stream that breaks off is judged as far as it goes:
 * it then gets the end that it lacks, which says that it is not complete.
 */
#include <errno.h>

#include "cli/pipeline.h"

static int open_observations(void *source, const struct options *o)
{
	struct observations *s = source;

	if (!o->args_n) {
		cli_error("no observations given; name files that sense wrote, or - for standard input");
		return -EINVAL;
	}
	records_open(&s->records, o->args, o->args_n);
	int rc = records_next_obs(&s->records, &s->first);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		cli_error("%s: no observations in it", o->args[0]);
		return -EINVAL;
	}
	if (s->first.type != OBS_START) {
		records_say(&s->records, "observations begin with a start record; this is something else");
		return -EINVAL;
	}
	if (s->first.start.schema != OBS_SCHEMA) {
		records_say(&s->records, "the observations have another schema; let the same version sense and judge");
		return -EINVAL;
	}
	return 0;
}

static void close_observations(void *source)
{
	struct observations *s = source;

	records_close(&s->records);
}

/* Counts what passes, for the end of a stream that has none. */
static void count(struct obs_end *end, const struct obs *o)
{
	switch (o->type) {
	case OBS_WINDOW:
		end->packets += o->window.packets;
		end->bytes += o->window.bytes;
		break;
	case OBS_FLOW:
		end->flows += o->flow.phase == PHASE_CLOSE;
		if (o->flow.end > end->time)
			end->time = o->flow.end;
		break;
	case OBS_TICK:
		if (o->tick.time > end->time)
			end->time = o->tick.time;
		break;
	default:
		break;
	}
}

/* True when the stream came to its end record. */
static bool put_all(struct observations *s, struct stages *to, struct obs_end *so_far)
{
	struct obs_sink sink = stages_sink(to);
	struct obs o;
	bool ended = false;

	sink.put(sink.ctx, &s->first);
	while (!stages_unwanted(to) && records_next_obs(&s->records, &o) > 0) {
		if (ended || o.type == OBS_START) {
			records_say(&s->records, "another stream begins here; judge one at a time");
			break;
		}
		count(so_far, &o);
		ended = o.type == OBS_END;
		sink.put(sink.ctx, &o);
	}
	return ended;
}

static void run_observations(void *source, struct stages *to)
{
	struct observations *s = source;
	struct obs_sink sink = stages_sink(to);
	struct obs_end so_far = { .complete = false };

	if (put_all(s, to, &so_far))
		return;
	records_say_break(&s->records, "the observations");
	sink.put(sink.ctx, &(struct obs){ .type = OBS_END, .end = so_far });
}

const struct source_def observations_def = { open_observations, run_observations, close_observations, false };
