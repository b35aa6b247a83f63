/* Every result as a line of JSON, as it comes: for programs, and for `plumbline report` later. Nothing is kept. */
#include <errno.h>
#include <stdlib.h>

#include "record/json.h"
#include "report/report.h"

struct jsonl {
	FILE *to;
	struct wr line;
	int err; /* of the first write that failed */
};

static int open_jsonl(struct report **ret_r, const struct report_options *o, FILE *to)
{
	struct jsonl *j = calloc(1, sizeof(*j));

	(void)o;
	if (!j)
		return -ENOMEM;
	j->to = to;
	wr_init(&j->line, JSON_RESULT_MAX);
	*ret_r = (struct report *)j;
	return 0;
}

static void put(struct report *r, const struct result *x)
{
	struct jsonl *j = (struct jsonl *)r;

	if (j->err)
		return;
	wr_reset(&j->line);
	json_write_result(&j->line, x);
	if (j->line.failed)
		j->err = -ENOMEM;
	else if (fwrite(j->line.p, 1, j->line.n, j->to) != j->line.n)
		j->err = errno ? -errno : -EIO;
}

static int close_jsonl(struct report *r)
{
	struct jsonl *j = (struct jsonl *)r;
	int err;

	if (!j)
		return 0;
	if (!j->err && fflush(j->to) != 0)
		j->err = errno ? -errno : -EIO;
	err = j->err;
	wr_free(&j->line);
	free(j);
	return err;
}

extern const struct report_format report_jsonl;
const struct report_format report_jsonl = {
	.name = "jsonl",
	.title = "every result as a line of JSON, for programs",
	.wants_flows = true,
	.open = open_jsonl,
	.put = put,
	.close = close_jsonl,
};
