/*
 * Findings: collected by the causes, given severity by code and need, a stable id, and written worst first.
 *
 * A cause fills a draft; finding_add() copies what it needs into the findings' own memory. Two drafts with the same
 * device, code, rule, peer and port are one finding: the later replaces the earlier.
 */
#ifndef PLUMBLINE_JUDGE_FINDING_H
#define PLUMBLINE_JUDGE_FINDING_H

#include "base/arena.h"
#include "base/wr.h"
#include "judge/attempt.h"
#include "judge/device.h"
#include "record/result.h"

enum { DRAFT_PORTS = 16, DRAFT_NOT_EXCLUDED = 6, FINDINGS_MAX = 65536 };

struct draft {
	enum finding_code code;
	const struct device *device;
	const struct binding *binding; /* NULL: no rule is concerned */
	const struct rule *rule;
	const char *kind;              /* static: tells findings of one code apart that concern no peer; NULL none */
	int severity;                  /* -1: by the code and the rule's need */
	uint8_t confidence;
	struct addr peer;              /* none: several, or none */
	struct span peer_name;
	uint16_t ports[DRAFT_PORTS];
	uint8_t ports_n, proto;
	uint32_t count;
	int64_t first, last;
	uint64_t flows[RESULT_FLOWS];
	uint32_t flows_n;
	struct obs_frame frames[RESULT_FRAMES];
	uint32_t frames_n;
	uint16_t not_excluded[DRAFT_NOT_EXCLUDED];
	uint8_t not_excluded_n;
	const char *exclude_by;        /* static text */
	struct wr message, remedy, filter[4]; /* filter by capture index in filter_capture */
	uint32_t filter_capture[4];
	uint8_t filter_n;
	struct result_fact facts[RESULT_FACTS];
	uint8_t facts_n;
};

struct findings {
	struct arena memory;
	struct result_finding *v;
	uint64_t *order;               /* first flow ordinal of each */
	size_t n, room;
	uint64_t refused;              /* over FINDINGS_MAX */
	struct span site;
};

void findings_init(struct findings *f, struct span site);
void findings_free(struct findings *f);

void draft_begin(struct draft *d, enum finding_code code, const struct device *dev, const struct binding *b,
		 const struct rule *r);
void draft_end(struct draft *d);

/* Cites an attempt: counts it, its flow, frames, times, port, and its conversation in the filter. */
void draft_cite(struct draft *d, const struct attempt *a);
void draft_frame(struct draft *d, const struct obs_frame *f);
void draft_flow(struct draft *d, uint64_t flow);
void draft_port(struct draft *d, uint16_t port);
void draft_time(struct draft *d, int64_t first, int64_t last);
void draft_number(struct draft *d, const char *name, int64_t v);
void draft_text(struct draft *d, const char *name, struct span v);
void draft_not_excluded(struct draft *d, enum finding_code code);
/* Adds a conversation to the display filter of the capture in which `at` lies. proto 6 and 17 have ports. */
void draft_filter(struct draft *d, uint32_t capture, uint8_t proto, const struct addr *a, const struct addr *b,
		  uint16_t a_port, uint16_t b_port);

/* Takes the draft over and ends it. */
void finding_add(struct findings *f, struct draft *d);

/* Severity of a code for a rule of that need: the table's. */
uint8_t finding_severity(enum finding_code code, const struct rule *r);

/* All of them, most severe first, then by first flow and code. */
void findings_emit(struct findings *f, struct result_sink *sink);

#endif
