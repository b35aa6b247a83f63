/* Matching by roles: what is forbidden, announced, of one family, and what a site could say for a rule to fit. */
#include <check.h>

#include "match_rig.h"

/* A name in full goes before a tail, a longer tail before a shorter one, whatever the order in the file. */
static const char NAMES[] =
        "format: 1\nid: names\ntitle: Names\nuses: []\nparameters: {server: {kind: server, list: true, help: h}}\n"
        "rules:\n"
        "  - {id: short, service: S, transport: tcp, ports: [443], peers: {hosts: [.example.com]}, need: optional}\n"
        "  - {id: long, service: S, transport: tcp, ports: [443], peers: {hosts: [\"*.a.example.com\"]}, need: "
        "optional}\n"
        "  - {id: whole, service: S, transport: tcp, ports: [443], peers: {hosts: [x.a.example.com]}, need: optional}\n"
        "  - {id: server, service: S, transport: tcp, ports: [8443], peers: {parameter: server}, need: optional}\n";

START_TEST(closer_names_go_first)
{
	struct bound x = bind(load_text(NAMES, NULL), "names");
	static const struct {
		const char *name, *headline;
	} cases[] = { { "x.a.example.com", "whole" }, { "X.A.Example.com.", "whole" }, { "y.a.example.com", "long" },
		      { "a.example.com", "short" },   { "example.com", "short" },      { "example.org", "-" } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct match_flow f = tcp_flow("192.0.2.1", 443, cases[i].name), g = tcp_flow("192.0.2.1", 443, NULL);
		ck_assert_str_eq(headline(&x, &f, NULL), cases[i].headline);
		const struct binding *by;
		const struct rule *r = match_name(bindings(&x), x.n, span_of(cases[i].name), &by);
		ck_assert_str_eq(r ? (const char *)r->id.p : "-", cases[i].headline);
		g.names[g.names_n++] = span_of(cases[i].name);
		ck_assert_str_eq(headline(&x, &g, NULL), cases[i].headline);
	}
	unbind(&x);
}
END_TEST

START_TEST(a_server_by_address_or_name)
{
	struct bound x = bind(load_text(NAMES, "site: s\nparameters: {server: [10.1.0.20, sam.example]}\n"), "names");
	struct match_flow f = tcp_flow("10.1.0.20", 8443, NULL), g = tcp_flow("10.1.0.21", 8443, "sam.example");

	ck_assert_str_eq(headline(&x, &f, NULL), "server");
	ck_assert_str_eq(headline(&x, &g, NULL), "server");
	g.carried = SPAN("sam.example.com");
	ck_assert_str_eq(headline(&x, &g, NULL), "-");
	unbind(&x);
}
END_TEST

/* Rules of forbidding, of families and of what control flows announce. */
static const char MORE[] =
        "format: 1\nid: more\ntitle: More\nuses: []\n"
        "parameters:\n"
        "  proxies: {kind: endpoint, list: true, help: h}\n"
        "  manager: {kind: address, help: h}\n"
        "rules:\n"
        "  - {id: fellow, service: S, transport: tcp, ports: [9920], peers: {profile: more}, need: optional}\n"
        "  - {id: stranger, service: S, transport: tcp, ports: [9920-9921], peers: {profile: more, group: other}, "
        "need: forbidden}\n"
        "  - {id: media, service: S, initiator: either, transport: udp, device_ports: [2222], "
        "peers: {announced: [SIP]}, need: optional}\n"
        "  - {id: six, service: S, transport: tcp, family: ipv6, ports: [443], peers: {hosts: [a.example.com]}, "
        "need: optional}\n"
        "  - {id: proxy, service: S, transport: tcp, ports: [$proxies], peers: {parameter: proxies}, need: optional}\n"
        "  - {id: inside, service: S, transport: tcp, ports: [22], peers: {hosts: [b.example.com]}, "
        "peer_must_be: private, answer_status: [204, 300-307], need: optional}\n"
        "  - {id: reached, service: S, initiator: peer, transport: any, ports: any, peers: {scope: internet}, "
        "need: forbidden}\n"
        "  - {id: manager, service: S, transport: tcp, ports: [443], peers: {profile: more, parameter: manager}, "
        "need: optional}\n";

START_TEST(what_forbids_goes_first)
{
	struct bound x = bind(load_text(MORE, NULL), "more");
	struct match_flow f = tcp_flow("10.9.0.6", 9920, NULL), in = tcp_flow("93.184.216.34", 50000, NULL);

	f.peer_profiles[f.peer_profiles_n++] = SPAN("more");
	ck_assert_str_eq(headline(&x, &f, NULL), "fellow");
	f.peer_other_group = true;
	ck_assert_str_eq(headline(&x, &f, NULL), "stranger");
	f.peer_other_group = false;
	f.peer_same_group = true;
	ck_assert_str_eq(headline(&x, &f, NULL), "fellow");
	in.initiator = INITIATOR_PEER;
	in.device_port = 22;
	ck_assert_str_eq(headline(&x, &in, NULL), "reached");
	in.initiator = INITIATOR_EITHER;
	ck_assert_msg(!strcmp(headline(&x, &in, NULL), "-"), "nobody knows who opened it");
	in.initiator = INITIATOR_PEER;
	in.peer = address("10.9.0.6");
	ck_assert_str_eq(headline(&x, &in, NULL), "-");
	unbind(&x);
}
END_TEST

START_TEST(announced_endpoints)
{
	struct bound x = bind(load_text(MORE, NULL), "more");
	struct match_flow f = udp_flow("10.0.0.9", 2222, 41000, INITIATOR_PEER);
	struct match_hit h;

	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "media"), &f, &h), MISS_PEER);
	f.announced_by[f.announced_by_n++] = SPAN("FTP");
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "media"), &f, &h), MISS_PEER);
	f.announced_by[f.announced_by_n++] = SPAN("sip");
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "media"), &f, &h), MISS_NONE);
	ck_assert_int_eq(h.by, BY_PARAMETER);
	f.device_port = 2224;
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "media"), &f, &h), MISS_PORT);
	unbind(&x);
}
END_TEST

START_TEST(families)
{
	struct bound x = bind(load_text(MORE, NULL), "more");
	const struct rule *six = rule_of(&x, "six");
	struct match_flow v4 = tcp_flow("192.0.2.1", 443, "a.example.com"),
	                  v6 = tcp_flow("2001:db8::1", 443, "a.example.com");
	struct match_hit h;

	ck_assert_int_eq(match_rule(x.b[0], six, &v4, &h), MISS_FAMILY);
	ck_assert_int_eq(match_rule(x.b[0], six, &v6, &h), MISS_NONE);
	v4.logical = true; /* what the proxy does behind is not seen */
	ck_assert_int_eq(match_rule(x.b[0], six, &v4, &h), MISS_NONE);
	unbind(&x);
}
END_TEST

START_TEST(each_endpoint_has_its_port)
{
	static const char site[] = "site: s\nparameters: {proxies: [\"10.0.0.1:3128\", \"10.0.0.2:8080\"]}\n";
	struct bound x = bind(load_text(MORE, site), "more");
	struct match_flow f = tcp_flow("10.0.0.1", 3128, NULL);

	ck_assert_str_eq(headline(&x, &f, NULL), "proxy");
	f.peer_port = 8080;
	ck_assert_str_eq(headline(&x, &f, NULL), "-");
	f.peer = address("10.0.0.2");
	ck_assert_str_eq(headline(&x, &f, NULL), "proxy");
	unbind(&x);
}
END_TEST

START_TEST(out_of_scope_says_what_it_would_be)
{
	struct bound x = bind(load_text(MORE, NULL), "more");
	const struct rule *r = rule_of(&x, "inside");
	struct match_flow f = tcp_flow("93.184.216.34", 22, "b.example.com");
	struct match_hit h = { 0 };

	ck_assert_int_eq(match_rule(x.b[0], r, &f, &h), MISS_SCOPE);
	ck_assert_ptr_eq(h.rule, r);
	ck_assert_int_eq(h.by, BY_CARRIED);
	ck_assert(match_answer_status(r, 204) && match_answer_status(r, 300) && match_answer_status(r, 307));
	ck_assert(!match_answer_status(r, 200) && !match_answer_status(r, 308));
	ck_assert(match_answer_status(rule_of(&x, "six"), 511));
	unbind(&x);
}
END_TEST

START_TEST(what_the_site_could_say)
{
	struct bound x = bind(load_text(MORE, NULL), "more");
	const struct rule *manager = rule_of(&x, "manager"), *fellow = rule_of(&x, "fellow");
	struct match_flow f = tcp_flow("10.1.0.40", 443, NULL), g = tcp_flow("10.9.0.6", 9920, NULL);
	char text[64];

	ck_assert(match_would_bind(x.b[0], manager, &f, text, sizeof(text)));
	ck_assert_str_eq(text, "manager=10.1.0.40");
	ck_assert(match_would_be(x.b[0], manager, &f, text, sizeof(text)));
	ck_assert_str_eq(text, "10.1.0.40=more");
	ck_assert(!match_would_be(x.b[0], manager, &f, text, 8));
	ck_assert(match_would_be(x.b[0], fellow, &g, text, sizeof(text)));
	ck_assert_str_eq(text, "10.9.0.6=more");
	g.peer_profiles[g.peer_profiles_n++] = SPAN("more");
	ck_assert_msg(!match_would_be(x.b[0], fellow, &g, text, sizeof(text)), "it is already");
	g.peer_profiles_n = 0;
	g.peer_port = 9922;
	ck_assert(!match_would_be(x.b[0], fellow, &g, text, sizeof(text)));
	ck_assert(!match_is_unbound(x.b[0], manager) && match_is_unbound(x.b[0], rule_of(&x, "proxy")));
	unbind(&x);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		closer_names_go_first,
		a_server_by_address_or_name,
		what_forbids_goes_first,
		announced_endpoints,
		families,
		each_endpoint_has_its_port,
		out_of_scope_says_what_it_would_be,
		what_the_site_could_say,
	};
	Suite *s = suite_create("match_roles");
	TCase *c = tcase_create("match_roles");

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
