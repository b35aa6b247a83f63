/* Captures through the sensor: frames, and in their order what the reader knows of the files. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/span.h"
#include "capture/capture.h"
#include "cli/interrupt.h"
#include "cli/pipeline.h"
#include "cli/progress.h"

enum { FRAMES_BETWEEN_LOOKS = 1024 };

static int open_captures(void *source, const struct options *o)
{
	struct captures *c = source;
	struct capture_options co = { .filter = o->filter, .since = o->since, .until = o->until,
				       .follow = o->follow, .ahead = stages_threads(o->threads) >= STAGES };
	struct diag_list diags = { 0 };

	c->options = o;
	if (!o->args_n) {
		cli_error("no capture given; name files, a directory, or - for standard input");
		return -EINVAL;
	}
	int rc = capture_open(&c->capture, (const char *const *)o->args, o->args_n, &co, &diags);
	diag_print(&diags, stderr);
	if (rc && !diags.errors)
		cli_error("%s: no capture to read", o->args[0]);
	return rc;
}

static void close_captures(void *source)
{
	struct captures *c = source;

	if (c->sensor)
		sensor_free(c->sensor);
	if (c->capture)
		capture_close(c->capture);
	c->sensor = NULL;
	c->capture = NULL;
}

static void put_break(struct captures *c, size_t i, const struct capture_file *f)
{
	struct obs_break b = {
		.kind = f->state == CAPTURE_CUT ? BREAK_FILE_CUT : BREAK_FILE_CORRUPT,
		.time = f->last, .capture = (uint32_t)i, .frame = f->packets, .byte = f->offset,
		.why = span_of(f->why),
	};
	sensor_break(c->sensor, &b);
}

/* What a file says that its capture lost is known at its end: dumpcap writes its statistics there. */
static void put_dropped(struct captures *c, size_t i, const struct capture_file *f)
{
	uint64_t kernel = f->dropped_kernel < f->dropped ? f->dropped_kernel : f->dropped;

	if (f->dropped)
		sensor_dropped(c->sensor, (uint16_t)i, kernel, f->dropped - kernel);
}

/* `stopped`: the reading ends here, though the file goes on. */
static void put_file(struct captures *c, size_t i, bool stopped)
{
	const struct capture_file *f = capture_file(c->capture, i);
	struct obs_capture o = {
		.index = (uint32_t)i, .name = span_of(f->name), .link_types_n = f->link_types_n,
		.packets = f->packets, .bytes = f->bytes, .passed = f->passed, .first = f->first, .last = f->last,
		.ended = stopped || f->state != CAPTURE_OPEN, .complete = f->state == CAPTURE_DONE,
	};
	_Static_assert(OBS_LINK_TYPES == (int)CAPTURE_LINK_TYPES, "both lists have the same room");

	for (uint8_t k = 0; k < f->link_types_n; k++)
		o.link_types[k] = f->link_types[k];
	if (f->state == CAPTURE_CUT || f->state == CAPTURE_CORRUPT)
		put_break(c, i, f);
	if (o.ended)
		put_dropped(c, i, f);
	sensor_capture(c->sensor, &o);
}

/* Looks up from the packets now and then; false where the reading should stop. */
static bool look(const struct captures *c, struct progress *p, const struct stages *to)
{
	uint64_t done, all;

	if (stages_unwanted(to))
		return false;
	if (p->on) {
		capture_progress(c->capture, &done, &all);
		progress_step(p, done, all);
	}
	return true;
}

/*
 * A signal ends the reading at once; but where files are followed and all of them are at their ends, what they hold was
 * read, and they end there. False to stop.
 */
static bool go_on(const struct captures *c, enum capture_event last, bool *ending)
{
	if (!interrupt_seen() || *ending)
		return true;
	*ending = last == CAPTURE_IDLE;
	if (*ending)
		capture_stop_following(c->capture);
	return *ending;
}

/* True when every packet was read that could be. */
static bool read_all(struct captures *c, const struct stages *to)
{
	struct progress progress;
	struct frame f[SENSOR_FRAMES];
	size_t file = 0, n, since_look = 0;
	enum capture_event e = CAPTURE_FILE;
	bool whole = false, ending = false;

	progress_begin(&progress);
	while (go_on(c, e, &ending)) {
		e = capture_next(c->capture, &f[0], &file);
		whole = e == CAPTURE_END;
		if (whole)
			break;
		if (e == CAPTURE_IDLE) {
			if (!look(c, &progress, to))
				break;
			continue;
		}
		if (e == CAPTURE_FILE) {
			put_file(c, file, false);
			continue;
		}
		n = 1 + capture_more(c->capture, &f[1], SENSOR_FRAMES - 1);
		for (size_t i = 0; i < n; i++)
			sensor_read(c->sensor, &f[i]);
		sensor_take(c->sensor);
		for (size_t i = 0; c->frame && i < n; i++)
			c->frame(c->ctx, &f[i]);
		since_look += n;
		if (since_look >= FRAMES_BETWEEN_LOOKS) {
			since_look = 0;
			if (!look(c, &progress, to))
				break;
		}
	}
	progress_end(&progress);
	return whole;
}

/* What was not read, and is no fault of the capture's. */
static void say_nothing_passed(const struct captures *c)
{
	uint64_t packets = 0, passed = 0;
	const struct options *o = c->options;

	for (size_t i = 0; i < capture_files(c->capture); i++) {
		packets += capture_file(c->capture, i)->packets;
		passed += capture_file(c->capture, i)->passed;
	}
	if (passed)
		return;
	if (!packets)
		cli_error("%s: no packets in the capture", c->options->args[0]);
	else if (o->filter)
		cli_error("--filter '%s': 0 of %" PRIu64 " packets matched; it sees the outermost headers: for tagged "
			  "frames write 'vlan and ...'", o->filter, packets);
	else
		cli_error("--since, --until: 0 of %" PRIu64 " packets matched", packets);
}

static void run_captures(void *source, struct stages *to)
{
	struct captures *c = source;

	if (sensor_new(&c->sensor, NULL, stages_sink(to)) < 0) {
		cli_error("no memory");
		return;
	}
	sensor_classify(c->sensor, stages_classifier(to));
	if (c->watch)
		sensor_watch(c->sensor, c->watch);
	bool whole = read_all(c, to);
	for (size_t i = 0; !whole && i < capture_files(c->capture); i++)
		if (capture_file(c->capture, i)->state == CAPTURE_OPEN)
			put_file(c, i, true);
	sensor_end(c->sensor, whole && capture_complete(c->capture));
	sensor_free(c->sensor); /* while the judge works */
	c->sensor = NULL;
	if (whole)
		say_nothing_passed(c);
}

const struct source_def captures_def = { open_captures, run_captures, close_captures, true };
