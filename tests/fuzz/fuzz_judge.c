/*
 * The judge over stored observations, which are a user's file like any other: whatever they say, it ends with one end
 * record, and every verdict and finding names a device that was said to exist.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "judge/judge.h"
#include "record/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char HOST[] = "format: 1\nid: ip-host\ntitle: t\nuses: []\nrules:\n"
			   "  - {id: dns, service: DNS, transport: udp, ports: [53], peers: {resolvers: true}, need: allowed}\n";
static const char PUSH[] = "format: 1\nid: push\ntitle: t\nidentify: {signature_rules: [main]}\n"
			   "address_sets: {s: {as_of: 2020-01, max_age: 31d, shared: true, prefixes: [198.18.0.0/15]}}\n"
			   "rules:\n"
			   "  - {id: main, cites: [D-1], service: push, transport: tcp, ports: [5228], peers: {hosts: [push.example], sets: [s]},\n"
			   "     up: login, need: required, group: g, expect: {every: 60s}}\n"
			   "  - {id: second, cites: [D-1], service: push, transport: tcp, ports: [443], peers: {hosts: [push.example]}, up: tls-finished,\n"
			   "     need: optional, group: g}\n";

enum { ARENA = 4 << 20 };

struct seen {
	unsigned ends, runs;
};

static void put(void *ctx, const struct result *r)
{
	struct seen *s = ctx;

	s->ends += r->type == RESULT_END;
	s->runs += r->type == RESULT_RUN;
	if (r->type == RESULT_VERDICT && r->verdict.device.n == 0)
		abort();
	if (r->type == RESULT_FINDING && (r->finding.id.n != 16 || r->finding.message.n == 0))
		abort();
}

static struct policy *load(void)
{
	const struct policy_text texts[] = { { "host", SPAN(HOST) }, { "push", SPAN(PUSH) } };
	const struct policy_options o = { .texts = texts, .texts_n = 2 };
	struct diag_list d = { 0 };
	struct policy *p = NULL;

	if (policy_load(&p, &o, &d) < 0) {
		diag_print(&d, stderr);
		abort();
	}
	return p;
}

static void feed(struct judge *j, const uint8_t *data, size_t size)
{
	char why[160];

	while (size) {
		const uint8_t *nl = memchr(data, '\n', size);
		size_t n = nl ? (size_t)(nl - data) : size;
		struct arena a;
		struct obs o;

		arena_init(&a, ARENA);
		if (json_read_obs((struct span){ data, n }, &a, &o, why, sizeof(why)) == 0 && o.type != OBS_END)
			judge_put(j, &o);
		arena_free(&a);
		n += nl != NULL;
		data += n;
		size -= n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { 0 };
	struct policy *p = load();
	struct judge *j = NULL;
	struct obs end = { .type = OBS_END };

	if (judge_new(&j, p, (struct result_sink){ &s, put, true }) == 0) {
		feed(j, data, size);
		judge_put(j, &end);
		if (s.ends != 1 || s.runs != 2)
			abort();
		judge_free(j);
	}
	policy_free(p);
	return 0;
}
