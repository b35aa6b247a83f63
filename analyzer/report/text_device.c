/* One device: who it is, how that is known, what is wrong with it, and its four quadrants. */
#include "base/span.h"
#include "report/text.h"

enum { INDENT = 2, SHOWN = 6 };

static void put_more(struct page *p, uint32_t n)
{
	if (n <= SHOWN)
		return;
	page_put_str(p, " and ");
	page_put_number(p, n - SHOWN);
	page_put_str(p, " more");
}

static void put_texts(struct page *p, const struct span *v, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < SHOWN; i++) {
		page_put_str(p, i ? ", " : "");
		page_put(p, v[i]);
	}
	put_more(p, n);
}

/* The only address, and its name already says it. */
static bool is_named_by_address(const struct result_device *d)
{
	char s[ADDR_TEXT];
	return d->addresses_n == 1 &&
	       span_eq(d->id, (struct span){ (const uint8_t *)s, addr_format(&d->addresses[0].address, s) });
}

static void put_addresses(struct page *p, const struct result_device *d)
{
	if (d->addresses_n == 0 || is_named_by_address(d))
		return;
	page_put_str(p, d->addresses_n == 1 ? " Address " : " Addresses ");
	for (uint32_t i = 0; i < d->addresses_n && i < SHOWN; i++) {
		page_put_str(p, i ? ", " : "");
		page_put_addr(p, &d->addresses[i].address);
	}
	put_more(p, d->addresses_n);
	page_put_str(p, ".");
}

static void put_macs(struct page *p, const struct result_device *d)
{
	if (d->macs_n == 0)
		return;
	page_put_str(p, " MAC ");
	for (uint32_t i = 0; i < d->macs_n && i < SHOWN; i++) {
		page_put_str(p, i ? ", " : "");
		wr_mac(&p->text, &d->macs[i]);
	}
	put_more(p, d->macs_n);
	page_put_str(p, ".");
}

static void who(struct page *p, const struct result_device *d)
{
	page_put_str(p, "Device ");
	page_put_strong(p, d->id);
	if (d->profiles_n) {
		page_put_str(p, ": ");
		put_texts(p, d->profiles, d->profiles_n);
	}
	page_flush(p, 0, INDENT);
	if (d->identified_by.n) {
		page_put_str(p, "Recognised by ");
		page_put(p, d->identified_by);
		if (d->confidence == CONFIDENCE_PROBABLE || d->confidence == CONFIDENCE_POSSIBLE) {
			page_put_str(p, " (");
			page_put_str(p, confidence_name(d->confidence));
			page_put_str(p, ")");
		}
		page_put_str(p, ".");
	}
	put_addresses(p, d);
	put_macs(p, d);
	if (d->names_n) {
		page_put_str(p, " Calls itself ");
		put_texts(p, d->names, d->names_n);
		page_put_str(p, ".");
	}
	if (p->text.n)
		page_flush(p, INDENT, INDENT);
}

/* The mild undeclared ones stand in their quadrant, a line each; what is wrong with the capture stands at the end. */
static bool in_full(const struct text *t, const struct result_finding *f)
{
	if (f->code == FIND_CAPTURE_DEFECT)
		return false;
	return t->only.kind == ONLY_CODE || !is_undeclared(f) || f->severity >= SEVERITY_MEDIUM;
}

static bool has_findings(const struct text *t, const struct text_device *d)
{
	for (size_t i = 0; i < d->findings_n; i++)
		if (in_full(t, &d->findings[i]->finding))
			return true;
	return false;
}

void text_device(struct text *t, const struct text_device *d)
{
	if (!d->d && !has_findings(t, d))
		return;
	page_blank(&t->page);
	page_blank(&t->page);
	if (d->d)
		who(&t->page, d->d);
	else
		page_line(&t->page, 0, "Not of one device alone");
	for (size_t i = 0; i < d->findings_n; i++) {
		if (!in_full(t, &d->findings[i]->finding))
			continue;
		page_blank(&t->page);
		text_finding(t, &d->findings[i]->finding);
	}
	if (d->d && t->only.kind != ONLY_CODE && (d->rules_n || t->only.kind != ONLY_ADDRESS)) {
		page_blank(&t->page);
		text_quadrants(t, d);
	}
}
