/*
 * The report for people. Flows, where they are wanted, are listed as they come; all else is kept (bounded) and printed
 * at the end: what was read, each device with its findings and its four quadrants, totals, and what could not be
 * judged.
 */
#ifndef PLUMBLINE_REPORT_TEXT_H
#define PLUMBLINE_REPORT_TEXT_H

#include "base/arena.h"
#include "report/page.h"
#include "report/report.h"

enum { TEXT_KEEP_MAX = 256 << 20, TEXT_RECORDS_MAX = 1 << 20, TEXT_LIST_MAX = 20 };

/* Records of one kind, copied, in the order they came. */
struct text_list {
	const struct result **v;
	size_t n, room;
};

/* What --only names. */
struct text_only {
	enum { ONLY_ALL, ONLY_CODE, ONLY_ADDRESS, ONLY_WORD } kind;
	int code;
	struct prefix prefix;
	struct span word;
};

/* A device and what was said of it: consecutive parts of the sorted lists. */
struct text_device {
	const struct result_device *d; /* NULL: what concerns no single device */
	const struct result *const *findings;
	const struct result *const *rules;
	size_t findings_n, rules_n;
	uint8_t worst; /* severity of its worst finding, + 1; 0: none */
	size_t order;
};

/* The flow whose verdicts may still come. */
struct text_flow {
	struct arena memory;
	struct page verdicts; /* only its text is used */
	struct result flow;
	bool held, wanted, told;
	unsigned verdicts_n;
};

struct text {
	struct page page;
	struct report_options options;
	struct text_only only;
	struct arena memory;
	struct text_list devices, absent, rules, findings;
	const struct result_run *run; /* the last that came */
	const struct result_end *end;
	uint64_t lost; /* records that had no room */
	struct text_device *shown;
	size_t shown_n;
	struct text_flow flow;
	uint64_t flows_listed;
};

static inline bool is_undeclared(const struct result_finding *f)
{
	return f->code == FIND_UNDECLARED_DESTINATION || f->code == FIND_UNDECLARED_INBOUND;
}

/* text_only.c */
struct text_only text_only_of(struct span word);
bool text_wants_device(const struct text *t, const struct result_device *d);
bool text_wants_finding(const struct text *t, const struct result_finding *f, const struct result_device *d);
bool text_wants_rule(const struct text *t, const struct result_rule *r, const struct result_device *d);
bool text_wants_flow(const struct text *t, const struct result_flow *f);
bool text_wants_verdict(const struct text *t, const struct result_verdict *v);

/* text_sort.c: fills shown; 0 or -ENOMEM. */
int text_sort(struct text *t);

/* The parts of the page, each in the file of its name. */
void text_head(struct text *t);
void text_device(struct text *t, const struct text_device *d);
void text_finding(struct text *t, const struct result_finding *f);
void text_quadrants(struct text *t, const struct text_device *d);
void text_totals(struct text *t);
void text_limits(struct text *t);
/* text_unbound.c: returns how many paragraphs. Is the rule one that they speak of? */
size_t text_unbound(struct text *t);
bool text_is_suggestion(const struct result_rule *r);
void text_flow_put(struct text *t, const struct result *flow);
void text_verdict_put(struct text *t, const struct result_verdict *v);
void text_flow_end(struct text *t);

/* "1 high, 2 medium" of the findings shown; "none". */
void text_put_tally(struct text *t);
/* ", TCP 443, 8443" of a finding. */
void text_put_service(struct page *p, const struct result_finding *f);
/* The capture's name, for people and as a shell word. */
struct span text_capture_name(const struct text *t, uint32_t index);

#endif
