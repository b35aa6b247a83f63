/* plumbline sense CAPTURE...: captures to observations, as JSON Lines or a CBOR sequence. */
#include <errno.h>
#include <string.h>

#include "base/span.h"
#include "cli/pipeline.h"
#include "cli/suggest.h"
#include "record/cbor_seq.h"
#include "record/json.h"

enum { BLOCK = 64 * 1024, RECORD_MAX = 64 * 1024 * 1024 };

/* The first one is meant where none is named. */
static const struct encoding {
	const char *name;
	void (*write)(struct wr *w, const struct obs *o);
	bool binary;
} encodings[] = {
	{ "jsonl", json_write_obs, false },
	{ "cbor", cbor_write_obs, true },
};
enum { ENCODINGS = sizeof(encodings) / sizeof(encodings[0]) };

struct writer {
	struct output *output;
	const struct encoding *encoding;
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

	w->encoding->write(&w->text, o);
	if (w->text.n >= BLOCK || w->text.failed)
		flush(w);
	if (o->type == OBS_END) {
		w->complete = o->end.complete;
		w->empty = o->end.packets == 0;
	}
}

/* NULL when the line that says that there is no such one was printed. */
static const struct encoding *encoding_of(const struct options *o)
{
	struct suggest s = { .word = span_of(o->format ? o->format : encodings[0].name) };

	for (size_t i = 0; i < ENCODINGS; i++) {
		if (span_eq(s.word, span_of(encodings[i].name)))
			return &encodings[i];
		suggest_offer(&s, span_of(encodings[i].name));
	}
	if (s.best.n)
		cli_error("--format: no such format '%s'; did you mean %.*s?", o->format, (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("--format: observations have no format '%s'; it is jsonl or cbor", o->format);
	return NULL;
}

static int write_all(const struct options *o, const struct encoding *encoding, struct captures *captures)
{
	struct output output;
	struct writer w = { .output = &output, .encoding = encoding };
	int rc = output_open(&output, o->output);

	if (!rc && encoding->binary && output_refuse_terminal(&output, encoding->name))
		return EXIT_NOT_JUDGED;
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
	const struct encoding *encoding = encoding_of(o);
	int status = EXIT_NOT_JUDGED;

	if (!encoding)
		return status;
	if (captures_def.open(&captures, o) == 0)
		status = write_all(o, encoding, &captures);
	captures_def.close(&captures);
	return status;
}
