/*
 * --flows: a line a flow, as they end, before the report, so that any number of them needs no memory. A flow is held
 * until its verdicts have come.
 */
#include "base/span.h"
#include "record/model.h"
#include "record/names.h"
#include "report/text.h"

enum { HANG = 4 };

/* Fills up to the column with spaces that are not folded. */
static void pad(struct page *p, size_t from, size_t width)
{
	while (p->text.n - from < width)
		wr_char(&p->text, MARK_SPACE);
}

static void put_title(struct text *t)
{
	page_line(&t->page, 0, "Flows, as they ended: start, initiator > responder, verdict, outcome, name");
}

/* Of what a proxy was asked for, only the port is known; the proxy's own flow stands in the line before. */
static void put_responder(struct page *p, const struct result_flow *f)
{
	if (f->logical) {
		page_put_str(p, "inside, to port ");
		wr_u64(&p->text, f->port[1]);
	} else {
		page_put_end(p, &f->addr[1], f->port[1]);
	}
}

static void line(struct text *t, const struct result_flow *f)
{
	enum { IPV4_END = 21 };
	struct page *p = &t->page;
	size_t at = 0;

	page_put_time(p, f->start, true);
	page_put_str(p, " ");
	at = p->text.n;
	page_put_transport(p, f->proto);
	pad(p, at, 5);
	at = p->text.n;
	page_put_end(p, &f->addr[0], f->port[0]);
	pad(p, at, IPV4_END);
	page_put_str(p, " > ");
	at = p->text.n;
	put_responder(p, f);
	pad(p, at, IPV4_END);
	page_put_str(p, " ");
	if (t->flow.verdicts_n)
		page_put(p, (struct span){ (const uint8_t *)t->flow.verdicts.text.p, t->flow.verdicts.text.n });
	else
		page_put_str(p, "no device");
	page_put_str(p, "; ");
	page_put_str(p, outcome_name(f->outcome));
	if (f->reason) {
		page_put_str(p, " (");
		page_put_str(p, reason_name(f->reason));
		page_put_str(p, ")");
	}
	if (f->names_n) {
		page_put_str(p, "; ");
		page_put(p, f->names[0].name);
	}
	if (f->application.n) {
		page_put_str(p, "; ");
		page_put(p, f->application);
	}
	page_flush(p, 0, HANG);
}

void text_flow_end(struct text *t)
{
	struct text_flow *h = &t->flow;

	if (!h->held)
		return;
	if (h->wanted && (h->told || t->options.flows == FLOWS_ALL)) {
		if (t->flows_listed++ == 0)
			put_title(t);
		line(t, &h->flow.flow);
	}
	h->held = false;
	arena_reset(&h->memory);
	wr_reset(&h->verdicts.text);
}

void text_flow_put(struct text *t, const struct result *flow)
{
	struct text_flow *h = &t->flow;

	text_flow_end(t);
	if (t->options.flows == FLOWS_NONE)
		return;
	if (model_copy_result(flow, &h->memory, &h->flow)) {
		t->lost++;
		arena_reset(&h->memory);
		return;
	}
	h->held = true;
	h->wanted = text_wants_flow(t, &flow->flow);
	h->told = false;
	h->verdicts_n = 0;
}

void text_verdict_put(struct text *t, const struct result_verdict *v)
{
	struct text_flow *h = &t->flow;
	struct page *p = &h->verdicts;

	if (!h->held || v->flow != h->flow.flow.id)
		return;
	h->wanted |= text_wants_verdict(t, v);
	h->told |= v->verdict == VERDICT_UNDECLARED;
	page_put_str(p, h->verdicts_n++ ? ", " : "");
	page_put_str(p, verdict_name(v->verdict));
	if (v->rules_n) {
		page_put_str(p, " by ");
		page_put(p, v->rules[0]);
	}
	page_put_str(p, " for ");
	page_put(p, v->device);
}
