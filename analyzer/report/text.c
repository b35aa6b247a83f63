/* The text report as a format: keeps what comes, prints it at the end. */
#include "report/text.h"

#include <errno.h>
#include <stdlib.h>

#include "record/model.h"

static int open_text(struct report **ret_r, const struct report_options *o, FILE *to)
{
	struct text *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->options = *o;
	t->only = text_only_of(o->only);
	page_init(&t->page, to, o->columns, o->color);
	page_init(&t->flow.verdicts, to, o->columns, o->color);
	arena_init(&t->memory, TEXT_KEEP_MAX);
	arena_init(&t->flow.memory, 1 << 20);
	*ret_r = (struct report *)t;
	return 0;
}

/* A copy of the record, or NULL where there is no room; that is counted and said. */
static const struct result *keep(struct text *t, const struct result *x)
{
	const struct result *copy = model_keep_result(x, &t->memory);

	t->lost += !copy;
	return copy;
}

static void append(struct text *t, struct text_list *l, const struct result *x)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		const struct result **v = room <= TEXT_RECORDS_MAX ? realloc(l->v, room * sizeof(*v)) : NULL;
		if (!v) {
			t->lost++;
			return;
		}
		l->v = v;
		l->room = room;
	}
	const struct result *copy = keep(t, x);
	if (copy)
		l->v[l->n++] = copy;
}

static void put(struct report *r, const struct result *x)
{
	struct text *t = (struct text *)r;
	const struct result *copy;

	if (x->type != RESULT_FLOW && x->type != RESULT_VERDICT)
		text_flow_end(t);
	switch (x->type) {
	case RESULT_RUN:
		copy = keep(t, x);
		t->run = copy ? &copy->run : t->run;
		break;
	case RESULT_DEVICE:
		append(t, x->device.absent ? &t->absent : &t->devices, x);
		break;
	case RESULT_FLOW:
		text_flow_put(t, x);
		break;
	case RESULT_VERDICT:
		text_verdict_put(t, &x->verdict);
		break;
	case RESULT_RULE:
		append(t, &t->rules, x);
		break;
	case RESULT_FINDING:
		append(t, &t->findings, x);
		break;
	case RESULT_END:
		copy = keep(t, x);
		t->end = copy ? &copy->end : NULL;
		break;
	case RESULT_TYPES:
		break;
	}
}

static void print(struct text *t)
{
	text_flow_end(t);
	if (t->flows_listed)
		page_blank(&t->page);
	text_head(t);
	for (size_t i = 0; i < t->shown_n; i++)
		text_device(t, &t->shown[i]);
	page_blank(&t->page);
	text_totals(t);
	page_blank(&t->page);
	text_limits(t);
}

static int close_text(struct report *r)
{
	struct text *t = (struct text *)r;
	int err;

	if (!t)
		return 0;
	err = text_sort(t);
	if (!err) {
		print(t);
		err = page_end(&t->page);
	}
	page_free(&t->page);
	page_free(&t->flow.verdicts);
	arena_free(&t->memory);
	arena_free(&t->flow.memory);
	free(t->devices.v);
	free(t->absent.v);
	free(t->rules.v);
	free(t->findings.v);
	free(t->shown);
	free(t);
	return err;
}

extern const struct report_format report_text;
const struct report_format report_text = {
	.name = "text",
	.title = "for people: devices, findings with a next step, and what could not be judged",
	.wants_flows = false,
	.open = open_text,
	.put = put,
	.close = close_text,
};
