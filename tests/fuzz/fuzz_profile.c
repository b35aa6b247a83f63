/*
 * The profile language: any text is a profile or a list of errors. What loads is dumped, and the dump must load to the
 * same dump; its rules are held against a few flows, and it is shown.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "profile/lint.h"
#include "profile/match.h"
#include "profile/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stands beside the text: something to use, and what is there implicitly. */
static const char HOST[] =
        "format: 1\nid: ip-host\ntitle: H\nuses: []\n"
        "rules:\n  - {id: dns, service: DNS, transport: udp, ports: [53], peers: {resolvers: true}, need: allowed}\n";

static struct policy *load(struct span text)
{
	struct policy_text texts[] = { { "fuzz.yaml", text }, { "ip-host.yaml", span_of(HOST) } };
	struct policy_options o = { .texts = texts, .texts_n = 2 };
	struct diag_list d = { 0 };
	struct policy *p = NULL;
	int error = policy_load(&p, &o, &d);

	if ((error == 0) != (d.errors == 0))
		abort(); /* every refusal has a reason, and every reason refuses */
	return p;
}

static void match_some(const struct policy *p, const struct profile *pr)
{
	struct match_flow f = { .transport = TRANSPORT_TCP,
		                .device = addr_v4(0x0a000005),
		                .peer = addr_v4(0x8efa0abc),
		                .device_port = 40000,
		                .peer_port = 443,
		                .names = { SPAN("mtalk.google.com") },
		                .names_n = 1 };
	struct match_hit hits[4];
	struct binding *b;
	const struct binding *owner;
	char text[64];

	if (binding_make(&b, p, pr, NULL, NULL))
		return;
	const struct binding *one = b;
	for (unsigned i = 0; i < 24; i++) {
		f.transport = i & 1 ? TRANSPORT_UDP : TRANSPORT_TCP;
		f.initiator = (enum rule_initiator)(i % 3);
		f.carried = i & 4 ? SPAN("www.example.com") : (struct span){ NULL, 0 };
		f.logical = (i & 8) != 0;
		(void)match_all(&one, 1, &f, hits, 4);
		for (uint32_t r = 0; r < pr->rules_n && r < 8; r++)
			(void)match_would_bind(b, &pr->rules[r], &f, text, sizeof(text));
	}
	(void)match_name(&one, 1, f.names[0], &owner);
	binding_free(b);
}

/* The dump of everything but ip-host, which is always beside it. */
static void dump(const struct policy *p, struct wr *w)
{
	wr_init(w, 16 << 20);
	for (size_t i = 0; i < policy_profiles(p); i++)
		if (!span_eq(policy_profile(p, i)->id, SPAN("ip-host")))
			profile_dump(policy_profile(p, i), w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct diag_list d = { 0 };
	struct wr first, again;
	FILE *null;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	struct policy *p = load((struct span){ copy, size });
	free(copy);
	if (!p)
		return 0;
	null = fopen("/dev/null", "w");
	for (size_t i = 0; i < policy_profiles(p); i++) {
		match_some(p, policy_profile(p, i));
		(void)profile_lint(policy_profile(p, i), &d);
		if (null)
			(void)profile_show(policy_profile(p, i), null);
	}
	if (null)
		(void)fclose(null);
	dump(p, &first);
	struct policy *q = load((struct span){ (const uint8_t *)first.p, first.n });
	if (!first.failed && first.n <= 1 << 20) {
		if (!q)
			abort();
		dump(q, &again);
		if (again.n != first.n || (first.n && memcmp(first.p, again.p, first.n) != 0))
			abort();
		wr_free(&again);
	}
	wr_free(&first);
	policy_free(q);
	policy_free(p);
	return 0;
}
