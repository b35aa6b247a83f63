/* See labels.h. Only labels that are owed, and the end, are copied. */
#include "cli/labels.h"

#include "base/span.h"

static enum obs_owed_answer collect(struct labels *l, uint32_t request, struct fact_label *ret_f)
{
	switch (classify_collect(l->classify, request, &l->at_hand)) {
	case CLASSIFY_LABEL:
		*ret_f = (struct fact_label){ .application = span_of(l->at_hand.application), .source = FACT_BY_CLASSIFIER,
					      .how = l->at_hand.weak ? SPAN("dpi-weak") : SPAN("dpi") };
		return OWED_LABEL;
	case CLASSIFY_UNKNOWN:
		return OWED_NOTHING;
	case CLASSIFY_LOST:
		break;
	}
	return OWED_LOST;
}

/* ---- by the sink ---- */

/* Once nothing is owed any more, the classifier's processes may end beside what the sink still does. */
static void end_if_settled(struct labels *l)
{
	if (l->ending && !l->promised)
		classify_end(l->classify);
}

static enum obs_owed_answer label_owed(void *ctx, uint32_t request, struct fact_label *ret_f)
{
	struct labels *l = ctx;
	enum obs_owed_answer answer = collect(l, request, ret_f);

	l->promised--;
	end_if_settled(l);
	return answer;
}

void labels_begin(struct labels *l)
{
	if (l->classify && l->to.owed)
		l->to.owed(l->to.ctx, (struct obs_owed){ l, label_owed });
}

/* ---- on the way ---- */

static void put_label(struct labels *l, const struct obs *o)
{
	struct obs out = { .type = OBS_FACT, .fact = o->fact };
	enum obs_owed_answer answer = collect(l, o->fact.fact.label.request, &out.fact.fact.label);

	if (answer == OWED_LABEL)
		l->to.put(l->to.ctx, &out);
	l->lost += answer == OWED_LOST;
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
	bool owed = f && f->source == FACT_BY_CLASSIFIER && f->request;

	l->promised += owed && l->to.owed;
	if (o->type == OBS_END && l->classify) {
		l->ending = true;
		end_if_settled(l);
	}
	if (owed && !l->to.owed)
		put_label(l, o);
	else if (o->type == OBS_END && l->lost)
		put_end(l, o);
	else
		l->to.put(l->to.ctx, o);
}
