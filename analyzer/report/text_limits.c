/* The last section: what could not be judged, and what capture would show it. */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "report/text.h"

enum { ITEM_AT = 2, HANG = 4, NAMES_SHOWN = 6 };

/* Why, and what to capture instead; by enum reason. */
static const struct {
	const char *why, *next;
} REASONS_TEXT[REASONS] = {
	[REASON_NONE] = { "what was seen proves neither success nor failure", "Capture for longer." },
	[REASON_STARTS_BEFORE_CAPTURE] = { "its sessions began before the capture",
	                                   "Start capturing before the device connects, or restart it while "
	                                   "capturing." },
	[REASON_CAPTURE_ENDED] = { "the capture ended before it was decided", "Capture for longer." },
	[REASON_ONE_WAY_CAPTURE] = { "only one direction is in the capture",
	                             "Mirror both directions, or capture where both pass." },
	[REASON_CAPTURE_LOSS] = { "packets are missing from the capture",
	                          "Capture with a larger buffer, less traffic on the span port, or a tap." },
	[REASON_SNAPLEN] = { "frames are cut", "Capture whole frames (tcpdump -s 0)." },
	[REASON_ENCRYPTED] = { "what would tell is encrypted", "Ask the device's or the server's own log." },
	[REASON_TUNNELLED] = { "the traffic may be inside a tunnel", "Capture where the tunnel ends." },
	[REASON_GAVE_UP] = { "the dissector gave up", "Look at the flows with Wireshark." },
	[REASON_ROAMED] = { "the device moved meanwhile", "Capture where the device does not change access point." },
	[REASON_EVICTED] = { "there were more flows than could be kept", "Capture less at a time, or use --filter." },
	[REASON_CLOCK_STEP] = { "the capture's clock stepped", "Capture with a steady clock." },
	[REASON_REASSEMBLY_LIMIT] = { "fragments of messages are missing, contradict each other, or were too many",
	                              "Capture where all of their fragments pass." },
};

static bool is_open(const struct result_rule *r)
{
	/* what is allowed only, and was left for another way, is nothing that anybody waits for */
	bool left = r->need == NEED_ALLOWED && r->reason == REASON_NONE;

	return (r->status == STATUS_INCONCLUSIVE && !left) || (r->status == STATUS_UNBOUND && !text_is_suggestion(r)) ||
	       (r->status == STATUS_UNSEEN && r->reason != REASON_NONE);
}

/* Rules of the same profile that fail to be judged for the same reason are one entry. */
static int by_kind(const void *a, const void *b)
{
	const struct result_rule *x = *(const struct result_rule *const *)a, *y = *(const struct result_rule *const *)b;
	int c = span_cmp(x->profile, y->profile);

	if (!c)
		c = (int)x->status - (int)y->status;
	if (!c)
		c = (int)x->reason - (int)y->reason;
	return c;
}

static int by_rule(const void *a, const void *b)
{
	const struct result_rule *x = *(const struct result_rule *const *)a, *y = *(const struct result_rule *const *)b;
	int c = by_kind(a, b);

	if (!c)
		c = span_cmp(x->rule, y->rule);
	return c ? c : span_cmp(x->device, y->device);
}

static struct span rule_of(const struct result_rule *r)
{
	return r->rule;
}

static struct span device_of(const struct result_rule *r)
{
	return r->device;
}

/* The different names among v[0..n), the first few of them. */
static void put_names(struct page *p, const struct result_rule *const *v, size_t n,
                      struct span (*name)(const struct result_rule *))
{
	struct span seen[NAMES_SHOWN];
	size_t seen_n = 0;
	bool more = false;

	for (size_t i = 0; i < n; i++) {
		struct span s = name(v[i]);
		bool known = false;
		for (size_t k = 0; k < seen_n; k++)
			known |= span_eq(seen[k], s);
		if (known)
			continue;
		if (seen_n == NAMES_SHOWN) {
			more = true;
			break;
		}
		page_put_str(p, seen_n ? ", " : "");
		page_put(p, s);
		seen[seen_n++] = s;
	}
	page_put_str(p, more ? " and others" : "");
}

static void entry(struct page *p, const struct result_rule *const *v, size_t n)
{
	const struct result_rule *r = v[0];
	size_t reason = r->reason < REASONS ? r->reason : REASON_NONE;

	page_put(p, r->profile);
	page_put_str(p, n == 1 ? ", rule " : ", rules ");
	put_names(p, v, n, rule_of);
	page_put_str(p, " (");
	put_names(p, v, n, device_of);
	page_put_str(p, "): ");
	if (r->status == STATUS_UNBOUND) {
		page_put_str(p, "only the site knows the peer, and nothing that was seen could be it. Set the "
		                "parameter in the site file or with --set.");
	} else {
		page_put_str(p, REASONS_TEXT[reason].why);
		page_put_str(p, ". ");
		page_put_str(p, REASONS_TEXT[reason].next);
	}
	page_flush(p, ITEM_AT, HANG);
}

static size_t rules(struct text *t)
{
	size_t n = 0, room = 0, entries = 0;

	for (size_t i = 0; i < t->shown_n; i++)
		room += t->shown[i].rules_n;
	const struct result_rule **v = calloc(room + 1, sizeof(*v));
	if (!v) {
		t->lost += room;
		return 0;
	}
	for (size_t i = 0; i < t->shown_n; i++)
		for (size_t k = 0; k < t->shown[i].rules_n; k++)
			if (is_open(&t->shown[i].rules[k]->rule))
				v[n++] = &t->shown[i].rules[k]->rule;
	qsort(v, n, sizeof(const struct result_rule *), by_rule);
	for (size_t i = 0, from = 0; i < n; i++) {
		if (i + 1 < n && by_kind(&v[i], &v[i + 1]) == 0)
			continue;
		entry(&t->page, v + from, i + 1 - from);
		entries++;
		from = i + 1;
	}
	free(v);
	return entries;
}

/* All of them, whatever --only says: they limit the rest. */
static size_t defects(struct text *t)
{
	struct page *p = &t->page;
	size_t n = 0;

	for (size_t i = 0; i < t->findings.n; i++) {
		const struct result_finding *f = &t->findings.v[i]->finding;
		if (f->code != FIND_CAPTURE_DEFECT)
			continue;
		page_put(p, f->message);
		page_put_str(p, " ");
		page_put(p, f->remedy);
		page_flush(p, ITEM_AT, HANG);
		n++;
	}
	return n;
}

/* A defect's message has the text already. */
static bool is_said(const struct text *t, struct span text)
{
	for (size_t i = 0; i < t->findings.n; i++) {
		const struct result_finding *f = &t->findings.v[i]->finding;
		if (f->code == FIND_CAPTURE_DEFECT && text.n && text.n <= f->message.n &&
		    memmem(f->message.p, f->message.n, text.p, text.n))
			return true;
	}
	return false;
}

static size_t inputs(struct text *t)
{
	struct page *p = &t->page;
	size_t n = 0;

	for (uint32_t i = 0; t->run && t->run->final && i < t->run->captures_n; i++) {
		const struct obs_capture *c = &t->run->captures[i];
		if (c->complete || is_said(t, c->name))
			continue;
		page_put_file(p, c->name);
		page_put_str(p, ": read only as far as packet ");
		page_put_number(p, c->packets);
		page_put_str(p, "; everything before that is in this report.");
		page_flush(p, ITEM_AT, HANG);
		n++;
	}
	if (t->end && !t->end->complete && t->end->reason.n && !is_said(t, t->end->reason)) {
		page_put(p, t->end->reason);
		page_flush(p, ITEM_AT, HANG);
		n++;
	}
	if (!t->end) {
		page_line(p, ITEM_AT, "The results stop before their end: more was judged than is shown here.");
		n++;
	}
	return n;
}

static void put_absent(struct page *p, const struct result_device *d)
{
	char address[ADDR_TEXT];
	size_t n = d->addresses_n ? addr_format(&d->addresses[0].address, address) : 0;

	page_put(p, d->id);
	if (n && !span_eq(d->id, (struct span){ (const uint8_t *)address, n })) {
		page_put_str(p, " (");
		page_put_str(p, address);
		page_put_str(p, ")");
	}
}

static size_t absent_devices(struct text *t)
{
	struct page *p = &t->page;
	size_t n = 0;

	for (size_t i = 0; i < t->absent.n; i++) {
		const struct result_device *d = &t->absent.v[i]->device;
		if (!text_wants_device(t, d))
			continue;
		if (n < TEXT_LIST_MAX) {
			page_put_str(p, n ? ", " : "Declared, and not in the capture: ");
			put_absent(p, d);
		}
		n++;
	}
	if (n == 0)
		return 0;
	if (n > TEXT_LIST_MAX) {
		page_put_str(p, " and ");
		page_put_number(p, n - TEXT_LIST_MAX);
		page_put_str(p, " more");
	}
	page_put_str(p, ". See whether the address is right; if it is, capture where its packets pass, before they are "
			"translated.");
	page_flush(p, ITEM_AT, HANG);
	return 1;
}

static size_t unknown_devices(struct text *t)
{
	if (t->devices.n || t->absent.n || t->only.kind != ONLY_ALL)
		return 0;
	page_put_str(&t->page,
	             "No device was recognised. Say which it is: --device ADDRESS=PROFILE, or a site file with "
	             "--site; a capture from before the device connects shows more of it.");
	page_flush(&t->page, ITEM_AT, HANG);
	return 1;
}

void text_limits(struct text *t)
{
	struct page *p = &t->page;
	size_t n;

	page_put_mark(p, MARK_STRONG);
	page_put_str(p, "Could not be judged, and what capture would show it");
	page_put_mark(p, MARK_OFF);
	page_flush(p, 0, 0);
	n = inputs(t);
	n += unknown_devices(t);
	n += absent_devices(t);
	n += defects(t);
	n += rules(t);
	n += text_unbound(t);
	if (t->lost) {
		page_put_count(p, t->lost, "record", NULL);
		page_put_str(p, " had no room in this report; --format jsonl has them all.");
		page_flush(p, ITEM_AT, HANG);
	} else if (n == 0) {
		page_line(p, ITEM_AT, "Nothing: whatever was declared and seen could be judged.");
	}
}
