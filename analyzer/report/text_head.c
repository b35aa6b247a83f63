/* The first lines of the report: what was read, when it was captured, for which site, and how it stands; and the
 * totals. */
#include "base/span.h"
#include "report/text.h"

enum { NAMES_SHOWN = 3 };

struct span text_capture_name(const struct text *t, uint32_t index)
{
	for (uint32_t i = 0; t->run && i < t->run->captures_n; i++)
		if (t->run->captures[i].index == index && t->run->captures[i].name.n)
			return t->run->captures[i].name;
	return SPAN("CAPTURE");
}

static void put_names(struct page *p, const struct result_run *run)
{
	for (uint32_t i = 0; i < run->captures_n && i < NAMES_SHOWN; i++) {
		if (i)
			page_put_str(p, ", ");
		page_put_file(p, run->captures[i].name);
	}
	if (run->captures_n > NAMES_SHOWN) {
		page_put_str(p, " and ");
		page_put_number(p, run->captures_n - NAMES_SHOWN);
		page_put_str(p, " more");
	}
}

struct totals {
	uint64_t packets, bytes, passed;
	int64_t first, last;
};

static struct totals totals_of(const struct result_run *run)
{
	struct totals n = { 0 };

	for (uint32_t i = 0; i < run->captures_n; i++) {
		const struct obs_capture *c = &run->captures[i];
		n.packets += c->packets;
		n.bytes += c->bytes;
		n.passed += c->passed;
		if (c->packets && (!n.first || c->first < n.first))
			n.first = c->first;
		if (c->packets && c->last > n.last)
			n.last = c->last;
	}
	return n;
}

static void put_read(struct page *p, const struct result_run *run, const struct totals *n)
{
	if (run->captures_n) {
		page_put_str(p, " read ");
		put_names(p, run);
	}
	page_put_str(p, ": ");
	page_put_count(p, n->packets, "packet", NULL);
	page_put_str(p, ", ");
	page_put_bytes(p, n->bytes);
	if (n->passed < n->packets) {
		page_put_str(p, "; the filter let ");
		page_put_number(p, n->passed);
		page_put_str(p, " of them pass");
	}
	page_put_str(p, ".");
}

static bool any_by_option(const struct text_list *devices)
{
	for (size_t i = 0; i < devices->n; i++)
		if (span_eq(devices->v[i]->device.identified_by, SPAN("--device")))
			return true;
	return false;
}

static void put_site(struct text *t, const struct result_run *run)
{
	struct page *p = &t->page;

	if (run->site.n == 0 && (any_by_option(&t->devices) || any_by_option(&t->absent))) {
		page_put_str(p, "No site file: the devices are those of --device.");
		return;
	}
	if (run->site.n == 0) {
		page_put_str(p, "No site file: devices are known by what they do, and nothing can be called missing.");
		return;
	}
	page_put_str(p, "Site ");
	page_put(p, run->site);
	if (span_eq(run->vantage, SPAN("inside")))
		page_put_str(p, ", captured inside the firewall");
	else if (span_eq(run->vantage, SPAN("outside")))
		page_put_str(p, ", captured outside the firewall");
	else if (span_eq(run->vantage, SPAN("device")))
		page_put_str(p, ", captured on the device");
	page_put_str(p, ".");
}

static size_t devices_shown(const struct text *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->shown_n; i++)
		n += t->shown[i].d != NULL;
	return n;
}

void text_put_tally(struct text *t)
{
	static const char *const words[] = { "info", "low", "medium", "high" };
	size_t n[4] = { 0 };
	bool any = false;

	for (size_t i = 0; i < t->shown_n; i++)
		for (size_t k = 0; k < t->shown[i].findings_n; k++)
			n[t->shown[i].findings[k]->finding.severity & 3]++;
	for (uint8_t s = 4; s--;) {
		if (!n[s])
			continue;
		page_put_str(&t->page, any ? ", " : "");
		page_put_number(&t->page, n[s]);
		page_put_mark(&t->page, MARK_SPACE);
		page_put_severity(&t->page, s, words[s]);
		any = true;
	}
	if (!any)
		page_put_str(&t->page, "none");
}

static void put_standing(struct text *t)
{
	struct page *p = &t->page;

	page_put_count(p, devices_shown(t), "device", NULL);
	page_put_str(p, "; findings: ");
	text_put_tally(t);
	page_put_str(p, ".");
	page_flush(p, 0, 0);
	if (t->only.kind == ONLY_ALL)
		return;
	page_put_str(p, t->shown_n ? "Only what concerns " : "Nothing here concerns ");
	page_put(p, t->only.word);
	page_put_str(p, ".");
	page_flush(p, 0, 0);
}

void text_head(struct text *t)
{
	struct page *p = &t->page;
	struct totals n;
	int64_t length;

	if (t->run) {
		n = totals_of(t->run);
		page_put_mark(p, MARK_STRONG);
		page_put_str(p, "Plumbline ");
		page_put(p, t->run->version);
		page_put_mark(p, MARK_OFF);
		put_read(p, t->run, &n);
		page_flush(p, 0, 0);
		if (n.last) {
			page_put_times(p, n.first, n.last);
			if (!__builtin_sub_overflow(n.last, n.first, &length)) { /* stored results may say anything */
				page_put_str(p, ", ");
				page_put_duration(p, length);
			}
			page_put_str(p, ".");
			page_flush(p, 0, 0);
		}
		put_site(t, t->run);
		page_flush(p, 0, 0);
		page_blank(p);
	}
	put_standing(t);
}

static void put_counts(struct page *p, const struct obs_count *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		page_put_str(p, i ? ", " : " (");
		page_put(p, v[i].name);
		page_put_mark(p, MARK_SPACE);
		page_put_number(p, v[i].count);
	}
	page_put_str(p, n ? ")" : "");
}

static uint64_t sum(const struct obs_count *v, uint32_t n)
{
	uint64_t s = 0;

	for (uint32_t i = 0; i < n; i++)
		s += v[i].count;
	return s;
}

void text_totals(struct text *t)
{
	const struct result_end *e = t->end;
	struct page *p = &t->page;

	if (!e)
		return;
	page_put_str(p, "In all: ");
	page_put_count(p, e->packets, "packet", NULL);
	page_put_str(p, ", ");
	page_put_bytes(p, e->bytes);
	page_put_str(p, ", ");
	page_put_count(p, e->flows, "flow", NULL);
	page_put_str(p, ", ");
	page_put_count(p, e->devices, "device", NULL);
	page_put_str(p, ", ");
	page_put_count(p, e->findings, "finding", NULL);
	page_put_str(p, ".");
	if (e->duplicates) {
		page_put_str(p, " Copies of packets left out: ");
		page_put_number(p, e->duplicates);
		page_put_str(p, ".");
	}
	if (e->undecoded_n) {
		page_put_str(p, " Not decoded: ");
		page_put_count(p, sum(e->undecoded, e->undecoded_n), "packet", NULL);
		put_counts(p, e->undecoded, e->undecoded_n);
		page_put_str(p, ".");
	}
	if (e->evicted_n) {
		page_put_str(p, " Given up for want of room");
		put_counts(p, e->evicted, e->evicted_n);
		page_put_str(p, ".");
	}
	page_flush(p, 0, 0);
}
