/* match_may() never keeps a flow from a rule that it fits, over all rules that we ship; and it does keep most from most. */
#include <check.h>

#include "match_rig.h"

enum { TRIED = 40 };

static uint32_t random_of(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* A port of the rule or beside it, or one that differs by what a word has bits. */
static uint16_t port_near(const struct rule *r, uint32_t *seed)
{
	static const int away[] = { 0, 0, 0, 1, -1, 64, -64 };
	const struct ports *sets[] = { &r->ports, &r->device_ports, &r->peer_ports };
	const struct ports *p = sets[random_of(seed, 3)];

	if (p->n == 0)
		return (uint16_t)random_of(seed, 65536);
	const struct port_range *range = &p->v[random_of(seed, p->n)];
	uint32_t width = (uint32_t)range->to - range->from + 1;
	return (uint16_t)((int)(range->from + random_of(seed, width)) + away[random_of(seed, 7)]);
}

static struct match_flow flow_near(const struct rule *r, uint32_t *seed)
{
	static const unsigned transports[] = { TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_ICMP, TRANSPORT_ESP };
	static const char *const peers[] = { "142.250.10.188", "10.0.0.1", "2001:db8::1" };
	static const enum rule_initiator by[] = { INITIATOR_DEVICE, INITIATOR_PEER, INITIATOR_EITHER };
	struct match_flow f = tcp_flow(peers[random_of(seed, 3)], port_near(r, seed), NULL);

	f.transport = transports[random_of(seed, 4)];
	f.device_port = port_near(r, seed);
	f.initiator = by[random_of(seed, 3)];
	if (f.transport & (TRANSPORT_ICMP | TRANSPORT_ESP))
		f.device_port = f.peer_port = 0;
	return f;
}

/* What match_may() may say no for; a flow that has that against it may have more. */
static bool may_be_kept_away(enum match_miss m)
{
	return m == MISS_TRANSPORT || m == MISS_PORT || m == MISS_INITIATOR || m == MISS_WHEN || m == MISS_FAMILY;
}

struct counts {
	uint32_t fit, kept_away, tried;
};

static void hold_against(const struct bound *x, const struct rule *r, struct counts *n, uint32_t *seed)
{
	for (unsigned i = 0; i < TRIED; i++) {
		struct match_flow f = flow_near(r, seed);
		struct match_hit hit;
		enum match_miss miss = match_rule_among(bindings(x), x->n, x->b[0], r, &f, &hit);
		ck_assert_msg(match_may(r, &f) || may_be_kept_away(miss), "rule %s: %s", (const char *)r->id.p,
			      match_miss_text(miss));
		n->fit += !may_be_kept_away(miss);
		n->kept_away += !match_may(r, &f);
		n->tried++;
	}
}

START_TEST(keeps_no_flow_from_its_rule)
{
	struct policy *p = load_shipped(NULL);
	struct counts n = { 0 };
	uint32_t seed = 1;

	for (size_t i = 0; i < policy_profiles(p); i++) {
		struct bound x = { .policy = p, .n = 1 };
		ck_assert_int_eq(binding_make(&x.b[0], p, policy_profile(p, i), NULL, NULL), 0);
		for (uint32_t k = 0; k < policy_profile(p, i)->rules_n; k++)
			hold_against(&x, &policy_profile(p, i)->rules[k], &n, &seed);
		binding_free(x.b[0]);
	}
	policy_free(p);
	ck_assert_uint_gt(n.fit, n.tried / 30);
	ck_assert_uint_gt(n.kept_away, n.tried / 2);
}
END_TEST

/* Numbers beside a parameter, a range of more ports than a word has bits, and its last port. */
START_TEST(ports_of_every_kind)
{
	static const struct {
		const char *ports;
		uint16_t port;
	} kinds[] = { { "[53, 5000-5100]", 5064 }, { "[53, 5000-5100]", 53 }, { "any", 7 }, { "[1000-1063]", 1063 },
		      { "[$p]", 4711 },		   { "[53, $p]", 4711 } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[512];
		(void)snprintf(text, sizeof(text),
			       "format: 1\nid: kinds\ntitle: T\nuses: []\n"
			       "parameters: {p: {kind: port, default: 4711, help: h}}\nrules:\n"
			       "  - {id: r, service: S, transport: udp, ports: %s, peers: {addresses: [192.0.2.0/24]}, need: optional}\n",
			       kinds[i].ports);
		struct bound x = bind(load_text(text, NULL), "kinds");
		struct match_flow f = udp_flow("192.0.2.9", 40000, kinds[i].port, INITIATOR_DEVICE);
		ck_assert_msg(span_eq(span_of(headline(&x, &f, NULL)), SPAN("r")), "%s", kinds[i].ports);
		unbind(&x);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("match-may");
	TCase *t = tcase_create("match-may");

	tcase_add_test(t, keeps_no_flow_from_its_rule);
	tcase_add_test(t, ports_of_every_kind);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
