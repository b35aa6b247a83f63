/* Notes, per device. */
#include "judge/remark.h"

#include <stdlib.h>

static bool is_same(const struct remark *a, const struct remark *b)
{
	return a->kind == b->kind && a->rule == b->rule && a->port == b->port && a->what.p == b->what.p &&
	       a->name.p == b->name.p && addr_eq(&a->peer, &b->peer);
}

static struct remark *remark_of(struct remarks *n, const struct remark *remark)
{
	struct remark *o;

	for (o = n->v; o; o = o->next)
		if (is_same(o, remark))
			return o;
	if (n->n >= REMARKS_MAX) {
		n->more++;
		return NULL;
	}
	o = malloc(sizeof(*o));
	if (!o)
		return NULL;
	*o = *remark;
	o->next = NULL;
	o->count = o->came_up = 0;
	o->cited = 0;
	if (n->last)
		n->last->next = o;
	else
		n->v = o;
	n->last = o;
	n->n++;
	return o;
}

void remarks_add(struct remarks *n, const struct remark *remark, const struct closed *from)
{
	struct remark *o = remark_of(n, remark);

	if (!o)
		return;
	if (!o->count || from->start < o->first)
		o->first = from->start;
	if (!o->count || from->end > o->last)
		o->last = from->end;
	if (remark->number > o->number)
		o->number = remark->number;
	o->count++;
	o->came_up += (from->came & CAME_ANSWERED) != 0;
	if (o->cited < REMARK_CITED) {
		o->flows[o->cited] = from->id;
		o->frames[o->cited] = from->first_frame;
		o->wire[o->cited][0] = from->port[0];
		o->wire[o->cited][1] = from->wire_port;
		o->cited++;
	}
}

void remarks_free(struct remarks *n)
{
	while (n->v) {
		struct remark *next = n->v->next;
		free(n->v);
		n->v = next;
	}
	*n = (struct remarks){ 0 };
}
