/* Flows of one device to services. */
#include "cli/lessons.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "profile/scalar.h"
#include "record/model.h"

enum { MEMORY = 64 << 20, HELD = 1 << 20, FIRST_ROOM = 4 };

static enum lesson_end end_of(uint8_t outcome)
{
	static const uint8_t ends[OUTCOMES] = {
		[OUTCOME_OK] = LESSON_UP,
		[OUTCOME_SENT] = LESSON_SENT,
		[OUTCOME_NO_REPLY] = LESSON_FAILED,
		[OUTCOME_REFUSED] = LESSON_FAILED,
		[OUTCOME_ICMP_REJECTED] = LESSON_FAILED,
		[OUTCOME_HANDSHAKE_STUCK] = LESSON_FAILED,
		[OUTCOME_HELLO_DROPPED] = LESSON_FAILED,
		[OUTCOME_HELLO_RESET] = LESSON_FAILED,
		[OUTCOME_HELLO_IGNORED] = LESSON_FAILED,
		[OUTCOME_TLS_ALERT] = LESSON_FAILED,
		[OUTCOME_TLS_INTERCEPTED] = LESSON_FAILED,
		[OUTCOME_APP_REJECTED] = LESSON_FAILED,
		[OUTCOME_IDLE_DROPPED] = LESSON_UP, /* it came up first */
		[OUTCOME_IDLE_RESET] = LESSON_UP,
		[OUTCOME_ONE_WAY_MEDIA] = LESSON_FAILED,
		[OUTCOME_SUPERSEDED] = LESSON_OPEN,
		[OUTCOME_INCONCLUSIVE] = LESSON_OPEN,
	};

	return outcome < OUTCOMES ? (enum lesson_end)ends[outcome] : LESSON_OPEN;
}

bool lesson_has_ports(const struct lesson *l)
{
	enum { TCP = 6, UDP = 17 };

	return l->proto == TCP || l->proto == UDP;
}

bool lesson_failed(const struct lesson *l)
{
	return l->ends[LESSON_FAILED] == l->seen;
}

int lessons_init(struct lessons *ret_l, const struct policy *policy, struct span device)
{
	struct lessons l = { .policy = policy };

	arena_init(&l.memory, MEMORY);
	arena_init(&l.held, HELD);
	l.device = arena_copy(&l.memory, device);
	l.v = calloc(LESSONS_MAX, sizeof(*l.v));
	if (!l.v || !l.device.n) {
		lessons_free(&l);
		return -ENOMEM;
	}
	*ret_l = l;
	return 0;
}

void lessons_free(struct lessons *l)
{
	arena_free(&l->memory);
	arena_free(&l->held);
	free(l->v);
	*l = (struct lessons){ 0 };
}

/* ---- one flow ---- */

/* The name that says who the peer is and that a profile can hold; empty: none. */
static struct span name_of(const struct result_flow *f, bool *ret_ambiguous)
{
	struct span name = f->names_n ? f->names[0].name : (struct span){ NULL, 0 };

	*ret_ambiguous = f->names_n > 1;
	if (!name.n || name.p[0] == '.' || name.p[0] == '*' || scalar_check_host(name))
		return (struct span){ NULL, 0 };
	return name;
}

/* What two flows of one service have in common; peers and counts are not looked at. */
static bool same_service(const struct lesson *a, const struct lesson *b)
{
	return a->port == b->port && a->proto == b->proto && a->initiator == b->initiator && a->private == b->private &&
	       span_eq_nocase(a->name, b->name) &&
	       ((a->name.n && !a->private) || addr_eq(&a->peers[0], &b->peers[0]));
}

static struct lesson *lesson_for(struct lessons *l, const struct lesson *like)
{
	for (size_t i = 0; i < l->n; i++)
		if (same_service(&l->v[i], like))
			return &l->v[i];
	if (l->n == LESSONS_MAX)
		return NULL;
	struct lesson *x = &l->v[l->n];
	*x = *like;
	x->peers = arena_alloc(&l->memory, FIRST_ROOM * sizeof(*x->peers));
	x->name = arena_copy(&l->memory, like->name);
	if (!x->peers || (like->name.n && !x->name.n))
		return NULL;
	x->room = FIRST_ROOM;
	x->peers_n = 0;
	l->n++;
	return x;
}

static void add_peer(struct lessons *l, struct lesson *x, const struct addr *a)
{
	for (uint32_t i = 0; i < x->peers_n; i++)
		if (addr_eq(&x->peers[i], a))
			return;
	if (x->peers_n == x->room && x->room < LESSON_PEERS) {
		uint32_t room = x->room * 2 < LESSON_PEERS ? x->room * 2 : LESSON_PEERS;
		struct addr *v = arena_alloc(&l->memory, room * sizeof(*v));
		if (v) {
			memcpy(v, x->peers, x->peers_n * sizeof(*v));
			x->peers = v;
			x->room = room;
		}
	}
	if (x->peers_n < x->room)
		x->peers[x->peers_n++] = *a;
	else
		x->peers_more++;
}

static void add_application(struct lessons *l, struct lesson *x, struct span application)
{
	if (x->mixed || !application.n || span_eq(x->application, application))
		return;
	x->mixed = x->application.n > 0;
	x->application = x->mixed ? (struct span){ NULL, 0 } : arena_copy(&l->memory, application);
}

static void add_times(int64_t *first, int64_t *last, int64_t start, int64_t end)
{
	if (!*first || start < *first)
		*first = start;
	if (end > *last)
		*last = end;
}

static void learn(struct lessons *l, const struct result_flow *f, const struct result_verdict *v)
{
	struct addr peer = v->peer;
	struct lesson like = { .peers = &peer, .peers_n = 1, .proto = f->proto };
	enum lesson_end end = end_of(f->outcome);

	like.name = name_of(f, &like.ambiguous);
	if (f->logical && !like.name.n && (!f->names_n || !addr_parse(f->names[0].name, &peer)))
		return; /* what the proxy was asked for is nothing that a rule could say */
	like.initiator = addr_eq(&f->addr[0], &f->addr[1]) ? INITIATOR_EITHER :
			 addr_eq(&f->addr[0], &v->peer)	   ? INITIATOR_PEER :
							     INITIATOR_DEVICE;
	like.private = policy_is_private(l->policy, &peer) && !(f->logical && like.name.n);
	if (lesson_has_ports(&like))
		like.port = like.port_to = f->logical ? v->port : f->port[1];
	struct lesson *x = lesson_for(l, &like);
	if (!x) {
		l->more++;
		return;
	}
	x->seen++;
	x->ends[end]++;
	x->outcomes[f->outcome < OUTCOMES ? f->outcome : OUTCOME_INCONCLUSIVE]++;
	x->ambiguous &= like.ambiguous;
	x->unsure |= f->initiator_how == INIT_FIRST;
	x->proxied |= f->logical != 0;
	add_peer(l, x, &peer);
	if (end == LESSON_UP)
		add_application(l, x, f->application);
	add_times(&x->first, &x->last, f->start, f->end);
}

static void put_verdict(struct lessons *l, const struct result_verdict *v)
{
	const struct result_flow *f = &l->flow.flow;

	if (l->flow.type != RESULT_FLOW || f->id != v->flow || f->logical != v->logical ||
	    !span_eq(v->device, l->device) || v->verdict == VERDICT_IGNORED)
		return;
	add_times(&l->first, &l->last, f->start, f->end);
	if (v->rules_n) {
		l->declared++;
		l->declared_failed += v->verdict == VERDICT_FAILED;
		return;
	}
	learn(l, f, v);
	if (addr_eq(&f->addr[0], &f->addr[1])) /* the other end is the same: once is enough */
		l->flow.type = RESULT_TYPES;
}

static void put_flow(struct lessons *l, const struct result *r)
{
	arena_reset(&l->held);
	if (model_copy_result(r, &l->held, &l->flow))
		l->flow.type = RESULT_TYPES;
}

static void put_run(struct lessons *l, const struct result_run *run)
{
	if (!run->final || !run->captures_n)
		return;
	l->captures = run->captures_n;
	l->capture = arena_copy(&l->memory, run->captures[0].name);
	l->captured = run->captures[0].first;
}

static void put(void *ctx, const struct result *r)
{
	struct lessons *l = ctx;

	switch (r->type) {
	case RESULT_FLOW:
		put_flow(l, r);
		break;
	case RESULT_VERDICT:
		put_verdict(l, &r->verdict);
		break;
	case RESULT_RUN:
		put_run(l, &r->run);
		break;
	case RESULT_END:
		l->ended = true;
		l->complete = r->end.complete;
		break;
	default:
		break;
	}
}

struct result_sink lessons_sink(struct lessons *l)
{
	return (struct result_sink){ .ctx = l, .put = put, .wants_flows = true };
}

/* ---- all of them ---- */

static void absorb(struct lessons *l, struct lesson *to, const struct lesson *from)
{
	for (uint32_t i = 0; i < from->peers_n; i++)
		add_peer(l, to, &from->peers[i]);
	to->peers_more += from->peers_more;
	if (!span_eq_nocase(to->name, from->name))
		to->name = (struct span){ NULL, 0 };
	to->unsure |= from->unsure;
	to->proxied |= from->proxied;
	to->ambiguous &= from->ambiguous;
	to->port = from->port < to->port ? from->port : to->port;
	to->port_to = from->port_to > to->port_to ? from->port_to : to->port_to;
	to->seen += from->seen;
	for (size_t i = 0; i < LESSON_ENDS; i++)
		to->ends[i] += from->ends[i];
	for (size_t i = 0; i < OUTCOMES; i++)
		to->outcomes[i] += from->outcomes[i];
	if (from->mixed) {
		to->mixed = true;
		to->application = (struct span){ NULL, 0 };
	} else {
		add_application(l, to, from->application);
	}
	add_times(&to->first, &to->last, from->first, from->last);
}

typedef bool alike(const struct lesson *a, const struct lesson *b);

/* One peer on many ports: media, passive data connections. What failed is not mixed with what works. */
static bool same_peer(const struct lesson *a, const struct lesson *b)
{
	return lesson_has_ports(a) && a->proto == b->proto && a->initiator == b->initiator && a->private == b->private &&
	       lesson_failed(a) == lesson_failed(b) && span_eq_nocase(a->name, b->name) &&
	       ((a->name.n && !a->private) || addr_eq(&a->peers[0], &b->peers[0]));
}

/* Many strangers on one port, or many of the site. */
static bool same_port(const struct lesson *a, const struct lesson *b)
{
	return (a->private || (!a->name.n && !b->name.n)) && a->private == b->private && a->port == b->port &&
	       a->port_to == b->port_to && a->proto == b->proto && a->initiator == b->initiator &&
	       lesson_failed(a) == lesson_failed(b);
}

/* Those that are alike and more than LESSON_MERGE become the first of them. */
static void merge(struct lessons *l, alike *same)
{
	for (size_t i = 0; i < l->n; i++) {
		size_t fellows = 0, kept = i + 1;
		for (size_t k = i + 1; k < l->n; k++)
			fellows += same(&l->v[i], &l->v[k]);
		if (fellows < LESSON_MERGE)
			continue;
		const struct lesson like = l->v[i]; /* it changes while it absorbs */
		for (size_t k = i + 1; k < l->n; k++) {
			if (same(&like, &l->v[k]))
				absorb(l, &l->v[i], &l->v[k]);
			else
				l->v[kept++] = l->v[k];
		}
		l->n = kept;
	}
}

static int by_address(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

/* What works first; else as they came, which the first flow's time says. */
static int by_worth(const void *a, const void *b)
{
	const struct lesson *x = a, *y = b;
	int c = (int)lesson_failed(x) - (int)lesson_failed(y);

	if (!c)
		c = (int)x->initiator - (int)y->initiator;
	if (!c)
		c = (x->first > y->first) - (x->first < y->first);
	if (!c)
		c = (int)x->proto - (int)y->proto;
	if (!c)
		c = (int)x->port - (int)y->port;
	if (!c)
		c = span_cmp(x->name, y->name);
	return c ? c : addr_cmp(&x->peers[0], &y->peers[0]);
}

void lessons_settle(struct lessons *l)
{
	merge(l, same_peer);
	merge(l, same_port);
	for (size_t i = 0; i < l->n; i++)
		qsort(l->v[i].peers, l->v[i].peers_n, sizeof(*l->v[i].peers), by_address);
	qsort(l->v, l->n, sizeof(*l->v), by_worth);
}
