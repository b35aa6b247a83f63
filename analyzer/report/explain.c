/* One finding's entry of findings.def, for people. */
#include "report/explain.h"

#include <errno.h>

#include "report/page.h"

enum { COLUMNS = 80, INDENT = 4 };

static void section(struct page *p, const char *title, const char *text)
{
	page_blank(p);
	page_line(p, 0, title);
	page_line(p, INDENT, text);
}

int report_explain(uint16_t code, FILE *to)
{
	const struct finding_def *d = finding_def(code);
	struct page p;
	int err;

	if (!d)
		return -EINVAL;
	page_init(&p, to, COLUMNS, false);
	page_put_str(&p, d->code);
	page_flush(&p, 0, 0);
	page_line(&p, INDENT, d->title);
	section(&p, "How it is proven", d->proof);
	section(&p, "What to do", d->remedy);
	if (d->by_need)
		section(&p, "Severity",
		        "high where a required rule is concerned, medium for a recommended one, low for an optional "
		        "one, info "
		        "for traffic that is only allowed.");
	else
		section(&p, "Severity", severity_name(d->base));
	err = page_end(&p);
	page_free(&p);
	return err;
}
