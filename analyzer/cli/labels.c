/* See labels.h. Only labels that are owed, and the end, are copied. */
#include "cli/labels.h"

#include "base/span.h"

static void put_label(struct labels *l, const struct obs *o)
{
	struct classify_label label;
	struct obs out = { .type = OBS_FACT, .fact = o->fact };
	struct fact_label *f = &out.fact.fact.label;

	switch (classify_collect(l->classify, f->request, &label)) {
	case CLASSIFY_LABEL:
		f->application = span_of(label.application);
		f->how = label.weak ? SPAN("dpi-weak") : SPAN("dpi");
		f->request = 0;
		l->to.put(l->to.ctx, &out);
		break;
	case CLASSIFY_UNKNOWN:
		break;
	case CLASSIFY_LOST:
		l->lost++;
		break;
	}
}

static void put_end(const struct labels *l, const struct obs *o)
{
	struct obs out = { .type = OBS_END, .end = o->end };
	struct obs_end *e = &out.end;

	if (e->evicted_n < OBS_EVICTED)
		e->evicted[e->evicted_n++] = (struct obs_count){ SPAN("classifier-lost"), l->lost };
	l->to.put(l->to.ctx, &out);
}

void labels_put(struct labels *l, const struct obs *o)
{
	const struct fact_label *f = o->type == OBS_FACT && o->fact.fact.kind == FACT_LABEL ? &o->fact.fact.label : NULL;

	if (o->type == OBS_END && l->classify)
		classify_end(l->classify);
	if (f && f->source == FACT_BY_CLASSIFIER && f->request)
		put_label(l, o);
	else if (o->type == OBS_END && l->lost)
		put_end(l, o);
	else
		l->to.put(l->to.ctx, o);
}
