/*
 * Every result as a record, as it comes: for programs, and for `plumbline report` later. Nothing is kept. JSON Lines and
 * CBOR differ in the writer only.
 */
#include <errno.h>
#include <stdlib.h>

#include "record/cbor_seq.h"
#include "record/json.h"
#include "report/report.h"

struct stored {
	FILE *to;
	void (*write)(struct wr *w, const struct result *r);
	struct wr record;
	int err; /* of the first write that failed */
};

static int open_stored(struct report **ret_r, FILE *to, void (*write)(struct wr *w, const struct result *r), size_t max)
{
	struct stored *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->to = to;
	s->write = write;
	wr_init(&s->record, max);
	*ret_r = (struct report *)s;
	return 0;
}

static int open_jsonl(struct report **ret_r, const struct report_options *o, FILE *to)
{
	(void)o;
	return open_stored(ret_r, to, json_write_result, JSON_RESULT_MAX);
}

static int open_cbor(struct report **ret_r, const struct report_options *o, FILE *to)
{
	(void)o;
	return open_stored(ret_r, to, cbor_write_result, CBOR_RESULT_MAX);
}

static void put(struct report *r, const struct result *x)
{
	struct stored *s = (struct stored *)r;

	if (s->err)
		return;
	wr_reset(&s->record);
	s->write(&s->record, x);
	if (s->record.failed)
		s->err = -ENOMEM;
	else if (fwrite(s->record.p, 1, s->record.n, s->to) != s->record.n)
		s->err = errno ? -errno : -EIO;
}

static int close_stored(struct report *r)
{
	struct stored *s = (struct stored *)r;
	int err;

	if (!s)
		return 0;
	if (!s->err && fflush(s->to) != 0)
		s->err = errno ? -errno : -EIO;
	err = s->err;
	wr_free(&s->record);
	free(s);
	return err;
}

extern const struct report_format report_jsonl, report_cbor;
const struct report_format report_jsonl = {
	.name = "jsonl",
	.title = "every result as a line of JSON, for programs",
	.wants_flows = true,
	.open = open_jsonl,
	.put = put,
	.close = close_stored,
};
const struct report_format report_cbor = {
	.name = "cbor",
	.title = "the same as a CBOR sequence, smaller",
	.wants_flows = true,
	.binary = true,
	.open = open_cbor,
	.put = put,
	.close = close_stored,
};
