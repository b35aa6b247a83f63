/*
 * The four quadrants of a device: declared and working, declared and failing, declared and never attempted, undeclared.
 * What could not be judged is in none of them; it stands at the end of the report.
 */
#include "base/span.h"
#include "report/text.h"

enum { HEAD_AT = 2, ITEM_AT = 4, LABEL_MIN = 8, LABEL_MAX = 26, PEERS_SHOWN = 3 };

enum quadrant { WORKING, FAILING, NEVER, QUADRANTS };

/* A forbidden rule says what is not declared; it is told with that. */
static int quadrant_of(const struct result_rule *r)
{
	if (r->need == NEED_FORBIDDEN)
		return QUADRANTS;
	switch (r->status) {
	case STATUS_MET:
	case STATUS_SENT:
		return WORKING;
	case STATUS_FAILED:
	case STATUS_INTERMITTENT:
		return FAILING;
	case STATUS_MISSING:
		return NEVER;
	case STATUS_UNSEEN:
		return r->reason == REASON_NONE ? NEVER : QUADRANTS;
	default:
		return QUADRANTS;
	}
}

/* Two profiles of a device may have the same rule (DHCP is in many documents): its flows are told once. */
static bool is_told(const struct text_device *d, size_t i)
{
	const struct result_rule *r = &d->rules[i]->rule;

	for (size_t k = 0; k < i; k++) {
		const struct result_rule *o = &d->rules[k]->rule;
		if (span_eq(o->rule, r->rule) && o->status == r->status && o->attempts == r->attempts &&
		    o->first == r->first && o->last == r->last)
			return true;
	}
	return false;
}

/* Wide enough for the longest label, within reason. */
static unsigned label_width(const struct text_device *d)
{
	size_t w = LABEL_MIN;

	for (size_t i = 0; i < d->rules_n; i++)
		if (d->rules[i]->rule.rule.n + 2 > w)
			w = d->rules[i]->rule.rule.n + 2;
	return w < LABEL_MAX ? (unsigned)w : LABEL_MAX;
}

/* The label goes through the page's own text to be made safe. */
static void item(struct page *p, struct span label, unsigned width)
{
	struct page l = { .columns = p->columns };

	wr_init(&l.text, 4096);
	page_put(&l, label);
	wr_char(&l.text, 0);
	page_item(p, ITEM_AT, l.text.failed ? "?" : l.text.p, width);
	wr_free(&l.text);
}

static void put_peer(struct page *p, const struct result_peer *peer)
{
	if (peer->role == PEER_ASKED) {
		page_put_end(p, &peer->peer, peer->port);
		return;
	}
	page_put_str(p, peer->role == PEER_ASKER ? "from " : peer->role == PEER_PROXY ? "through " : "name not resolved by ");
	page_put_end(p, &peer->peer, 0);
	if (peer->port && peer->role != PEER_RESOLVER) {
		page_put_str(p, " to port ");
		wr_u64(&p->text, peer->port);
	}
}

static void put_peers(struct page *p, const struct result_rule *r)
{
	uint32_t more = r->peers_more + (r->by_peer_n > PEERS_SHOWN ? r->by_peer_n - PEERS_SHOWN : 0);

	for (uint32_t i = 0; i < r->by_peer_n && i < PEERS_SHOWN; i++) {
		page_put_str(p, i ? ", " : ": ");
		put_peer(p, &r->by_peer[i]);
		if (r->by_peer_n > 1 || more) {
			page_put_str(p, " x");
			page_put_number(p, r->by_peer[i].attempts);
		}
	}
	if (more) {
		page_put_str(p, " and ");
		page_put_count(p, more, "more peer", NULL);
	}
}

static void put_success(struct page *p, const struct result_rule *r)
{
	if (r->status == STATUS_SENT) {
		page_put_str(p, "sent ");
		page_put_times_over(p, r->attempts);
		page_put_str(p, ", no answer awaited");
		return;
	}
	page_put_number(p, r->succeeded);
	page_put_str(p, " of ");
	page_put_number(p, r->attempts);
	page_put_str(p, r->confidence == CONFIDENCE_POSSIBLE ? " came up (possible)" : " came up");
	if (r->succeeded + r->failed >= r->attempts)
		return;
	page_put_str(p, ", "); /* the others were left for another way, or could not be judged */
	if (r->failed)
		page_put_number(p, r->failed);
	page_put_str(p, r->failed ? " failed" : "none failed");
}

static void put_rule(struct page *p, const struct result_rule *r)
{
	page_put(p, r->service);
	if (r->need == NEED_FORBIDDEN ||
	    (r->need != NEED_ALLOWED && r->status != STATUS_MET && r->status != STATUS_SENT)) {
		page_put_str(p, " (");
		page_put_str(p, need_name(r->need));
		page_put_str(p, ")");
	}
	page_put_str(p, p->text.n ? "; " : "");
	if (r->status == STATUS_MISSING) {
		page_put_str(p, "it was due and did not come");
		return;
	}
	put_success(p, r);
	put_peers(p, r);
}

static void heading(struct page *p, const char *title, bool empty)
{
	page_put_mark(p, MARK_STRONG);
	page_put_str(p, title);
	page_put_mark(p, MARK_OFF);
	if (empty)
		page_put_str(p, ": none");
	page_flush(p, HEAD_AT, HEAD_AT);
}

/* What was never attempted and had no occasion is named in one paragraph. */
static void unseen(struct page *p, const struct text_device *d)
{
	bool any = false;

	for (size_t i = 0; i < d->rules_n; i++) {
		const struct result_rule *r = &d->rules[i]->rule;
		if (r->status != STATUS_UNSEEN || quadrant_of(r) != NEVER || is_told(d, i))
			continue;
		page_put_str(p, any ? ", " : "Nothing says that it should have been: ");
		page_put(p, r->rule);
		any = true;
	}
	if (any)
		page_flush(p, ITEM_AT, ITEM_AT);
}

static void quadrant(struct page *p, const struct text_device *d, enum quadrant q, unsigned width)
{
	static const char *const titles[] = { "Declared and working", "Declared and failing",
		                              "Declared, never attempted" };
	bool empty = true;

	for (size_t i = 0; i < d->rules_n; i++)
		empty = empty && quadrant_of(&d->rules[i]->rule) != (int)q;
	heading(p, titles[q], empty);
	for (size_t i = 0; i < d->rules_n; i++) {
		const struct result_rule *r = &d->rules[i]->rule;
		if (quadrant_of(r) != (int)q || r->status == STATUS_UNSEEN || is_told(d, i))
			continue;
		put_rule(p, r);
		item(p, r->rule, width);
	}
	if (q == NEVER)
		unseen(p, d);
}

static void put_undeclared(struct page *p, const struct result_finding *f)
{
	page_put_str(p, f->code == FIND_UNDECLARED_INBOUND ? "from " : "to ");
	page_put_peer(p, f->peer_name, &f->peer);
	text_put_service(p, f);
	page_put_str(p, ", ");
	page_put_times_over(p, f->count);
}

static bool is_forbidden(const struct text_device *d, size_t i)
{
	const struct result_rule *r = &d->rules[i]->rule;
	return r->need == NEED_FORBIDDEN && r->attempts && !is_told(d, i);
}

static void undeclared(struct text *t, const struct text_device *d, unsigned width)
{
	struct page *p = &t->page;
	size_t n = 0, forbidden = 0;

	for (size_t i = 0; i < d->findings_n; i++)
		n += is_undeclared(&d->findings[i]->finding);
	for (size_t i = 0; i < d->rules_n; i++)
		forbidden += is_forbidden(d, i);
	heading(p, "Undeclared", n + forbidden == 0);
	for (size_t i = 0; i < d->rules_n; i++) {
		if (!is_forbidden(d, i))
			continue;
		put_rule(p, &d->rules[i]->rule);
		item(p, d->rules[i]->rule.rule, width);
	}
	if (n == 0)
		return;
	n = 0;
	for (size_t i = 0; i < d->findings_n; i++) {
		const struct result_finding *f = &d->findings[i]->finding;
		if (!is_undeclared(f) || n++ >= TEXT_LIST_MAX)
			continue;
		put_undeclared(p, f);
		item(p,
		     (struct span){ (const uint8_t *)severity_name(f->severity), f->severity == SEVERITY_MEDIUM ? 6
		                                                                 : f->severity == SEVERITY_LOW  ? 3
		                                                                                                : 4 },
		     LABEL_MIN);
	}
	if (n > TEXT_LIST_MAX) {
		page_put_str(p, "and ");
		page_put_number(p, n - TEXT_LIST_MAX);
		page_put_str(p, " more");
		page_flush(p, ITEM_AT, ITEM_AT);
	}
	page_line(p, ITEM_AT,
	          "In full, with frames and filters: --only undeclared-destination, --only undeclared-inbound");
}

void text_quadrants(struct text *t, const struct text_device *d)
{
	unsigned width = label_width(d);

	for (int q = 0; q < QUADRANTS; q++)
		quadrant(&t->page, d, (enum quadrant)q, width);
	undeclared(t, d, width);
}
