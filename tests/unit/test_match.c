/* Matching, one step of specificity after the other, and every way not to match. */
#include <check.h>

#include "match_rig.h"
#include "profile/addrset.h"
#include "profile/hostset.h"

static struct match_flow named(struct match_flow f, const char *name, bool ambiguous)
{
	f.names[f.names_n++] = span_of(name);
	f.names_ambiguous = ambiguous;
	return f;
}

START_TEST(push_by_every_way)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	struct match_flow sni = tcp_flow("142.250.10.188", 5228, "mtalk.google.com"),
	                  bare = tcp_flow("142.250.10.188", 5229, NULL),
	                  looked_up =
	                          named(tcp_flow("192.0.2.9", 5230, NULL), "alt8.mobile-gtalk4.l.google.com", false);
	struct match_hit h;

	ck_assert_str_eq(headline(&x, &sni, &h), "push");
	ck_assert_int_eq(h.by, BY_CARRIED);
	ck_assert(h.address_declared && h.declares_shared && !h.declares_addresses && !h.ambiguous);
	ck_assert_str_eq(headline(&x, &bare, &h), "push");
	ck_assert_int_eq(h.by, BY_SET);
	ck_assert_str_eq(headline(&x, &looked_up, &h), "push");
	ck_assert_int_eq(h.by, BY_HOST);
	ck_assert_msg(!h.address_declared && h.declares_shared, "192.0.2.9 is none of Google's");
	unbind(&x);
}
END_TEST

START_TEST(a_carried_name_excludes_others)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	struct match_flow f =
	        named(tcp_flow("142.250.10.188", 5228, "cloud.customer.example"), "mtalk.google.com", false);
	struct match_hit h;

	ck_assert_str_eq(headline(&x, &f, NULL), "-");
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "push"), &f, &h), MISS_NAME);
	unbind(&x);
}
END_TEST

START_TEST(safesearch_is_no_push)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	struct match_flow web = tcp_flow("216.239.38.120", 443, "www.google.com"),
	                  other = tcp_flow("216.239.38.120", 443, "accounts.google.com"),
	                  bare = tcp_flow("216.239.38.120", 5228, NULL),
	                  push = named(tcp_flow("216.239.38.120", 5228, NULL), "mtalk.google.com", false);
	struct match_hit h;

	ck_assert_str_eq(headline(&x, &web, NULL), "connectivity-https");
	ck_assert_str_eq(headline(&x, &other, NULL), "-");
	ck_assert_str_eq(headline(&x, &bare, NULL), "-");
	ck_assert_str_eq(headline(&x, &push, &h), "push");
	ck_assert(!h.address_declared);
	ck_assert_ptr_nonnull(h.never);
	ck_assert(span_starts(h.never->stands_for, SPAN("Google SafeSearch")));
	unbind(&x);
}
END_TEST

START_TEST(port_443_is_push_by_name_only)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	struct match_flow name = tcp_flow("142.250.10.188", 443, "alt1-mtalk.google.com"),
	                  bare = tcp_flow("142.250.10.188", 443, NULL),
	                  outside = tcp_flow("192.0.2.1", 443, "mtalk.google.com");
	struct match_hit h;

	ck_assert_str_eq(headline(&x, &name, &h), "push-443");
	ck_assert(h.address_declared);
	ck_assert_str_eq(headline(&x, &bare, NULL), "-");
	ck_assert_str_eq(headline(&x, &outside, &h), "push-443");
	ck_assert(!h.address_declared && h.declares_shared);
	unbind(&x);
}
END_TEST

START_TEST(near_misses)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	const struct rule *push = rule_of(&x, "push");
	struct match_flow f = tcp_flow("142.250.10.188", 5228, "mtalk.google.com");
	struct match_hit h;

	ck_assert_int_eq(match_rule(x.b[0], push, &f, &h), MISS_NONE);
	for (uint16_t port = 5226; port < 5233; port++) {
		f.peer_port = port;
		ck_assert_int_eq(match_rule(x.b[0], push, &f, &h), port < 5228 || port > 5230 ? MISS_PORT : MISS_NONE);
	}
	f.peer_port = 5228;
	f.transport = TRANSPORT_UDP;
	ck_assert_int_eq(match_rule(x.b[0], push, &f, &h), MISS_TRANSPORT);
	f.transport = TRANSPORT_TCP;
	f.initiator = INITIATOR_PEER;
	ck_assert_int_eq(match_rule(x.b[0], push, &f, &h), MISS_INITIATOR);
	f.initiator = INITIATOR_EITHER;
	ck_assert_msg(match_rule(x.b[0], push, &f, &h) == MISS_NONE, "nobody knows who began: the port tells");
	f.peer_port = 40000;
	f.device_port = 5228;
	ck_assert_int_eq(match_rule(x.b[0], push, &f, &h), MISS_PORT);
	f = tcp_flow("192.0.2.1", 5228, NULL);
	ck_assert_int_eq(match_rule(x.b[0], push, &f, &h), MISS_PEER);
	unbind(&x);
}
END_TEST

static const char STEPS[] =
        "format: 1\nid: steps\ntitle: Steps\nuses: []\n"
        "parameters: {server: {kind: address, default: 192.0.2.77, help: h}}\n"
        "address_sets:\n"
        "  wide: {as_of: 2020, prefixes: [192.0.0.0/16]}\n"
        "  crowd: {as_of: 2020, shared: true, prefixes: [198.51.100.0/24]}\n"
        "rules:\n"
        "  - {id: any, service: S, transport: tcp, ports: [80, 443], peers: {any: true}, need: optional}\n"
        "  - {id: parameter, service: S, transport: tcp, ports: [443], peers: {parameter: server}, need: optional}\n"
        "  - {id: set, service: S, transport: tcp, ports: [443], peers: {sets: [wide]}, need: optional}\n"
        "  - {id: crowd, service: S, transport: tcp, ports: [443], peers: {sets: [crowd]}, need: optional}\n"
        "  - {id: short, service: S, transport: tcp, ports: [443], peers: {addresses: [192.0.2.0/24]}, need: "
        "optional}\n"
        "  - {id: long, service: S, transport: tcp, ports: [443], peers: {addresses: [192.0.2.64/26]}, need: "
        "optional}\n"
        "  - {id: host, service: S, transport: tcp, ports: [443], peers: {hosts: [\"*.example.com\"]}, need: "
        "optional}\n"
        "  - {id: exact, service: S, transport: tcp, ports: [443], peers: {addresses: [192.0.2.66]}, need: optional}\n"
        "  - {id: few, service: S, transport: tcp, ports: [443], peers: {addresses: [192.0.2.67]}, need: optional}\n"
        "  - {id: many, service: S, transport: tcp, ports: [443-445], peers: {addresses: [192.0.2.67]}, need: "
        "optional}\n"
        "  - {id: again, service: S, transport: tcp, ports: [443], peers: {addresses: [192.0.2.67]}, need: optional}\n";

START_TEST(specificity)
{
	struct bound x = bind(load_text(STEPS, NULL), "steps");
	static const struct {
		const char *peer, *carried, *name, *headline;
		enum match_by by;
	} steps[] = {
		{ "203.0.113.1", NULL, NULL, "any", BY_ANY },
		{ "192.0.3.1", NULL, NULL, "set", BY_SET },
		{ "192.0.2.1", NULL, NULL, "short", BY_PREFIX },
		{ "192.0.2.65", NULL, NULL, "long", BY_PREFIX },
		{ "192.0.2.65", NULL, "a.example.com", "host", BY_HOST },
		{ "192.0.2.66", NULL, "a.example.com", "exact", BY_ADDRESS },
		{ "192.0.2.66", "a.example.com", NULL, "host", BY_CARRIED },
		{ "192.0.2.67", NULL, NULL, "few", BY_ADDRESS },
		{ "198.51.100.1", NULL, NULL, "crowd", BY_SET },
		{ "198.51.100.1", "stranger.example", NULL, "any", BY_ANY },
		{ "192.0.3.1", "stranger.example", NULL, "set", BY_SET },
		{ "192.0.2.66", "192.0.2.66", "a.example.com", "exact", BY_ADDRESS },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct match_flow f = tcp_flow(steps[i].peer, 443, steps[i].carried);
		struct match_hit h;
		if (steps[i].name)
			f = named(f, steps[i].name, false);
		ck_assert_str_eq(headline(&x, &f, &h), steps[i].headline);
		ck_assert_int_eq(h.by, steps[i].by);
	}
	unbind(&x);
}
END_TEST

START_TEST(order_of_equals)
{
	struct bound x = bind(load_text(STEPS, NULL), "steps");
	struct match_flow f = tcp_flow("192.0.2.67", 443, NULL);
	struct match_hit hits[16];
	const char *const order[] = { "few", "again", "many", "long", "short", "set", "any" };
	size_t n = match_all(bindings(&x), x.n, &f, hits, 16);

	ck_assert_uint_eq(n, 7);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq((const char *)hits[i].rule->id.p, order[i]);
	n = match_all(bindings(&x), x.n, &f, hits, 2);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq((const char *)hits[1].rule->id.p, "again");
	unbind(&x);
}
END_TEST

START_TEST(shared_set_and_a_name_that_another_rule_declares)
{
	struct bound x = bind(load_text(STEPS, NULL), "steps");
	struct match_flow stranger = tcp_flow("198.51.100.1", 443, "stranger.example"),
	                  known = tcp_flow("198.51.100.1", 443, "a.example.com");
	struct match_hit h;

	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "crowd"), &stranger, &h), MISS_NAME);
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "crowd"), &known, &h), MISS_NONE);
	unbind(&x);
}
END_TEST

START_TEST(ambiguous_names)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	struct match_flow weak = named(tcp_flow("192.0.2.1", 5228, NULL), "mtalk.google.com", true),
	                  held = named(tcp_flow("142.250.10.188", 5228, NULL), "mtalk.google.com", true);
	struct match_hit h;

	ck_assert_str_eq(headline(&x, &weak, &h), "push");
	ck_assert(h.ambiguous);
	ck_assert_str_eq(headline(&x, &held, &h), "push");
	ck_assert_msg(!h.ambiguous, "the address alone is enough here");
	unbind(&x);
}
END_TEST

START_TEST(quic_follows_tls)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	struct match_flow f = tcp_flow("142.250.10.188", 443, "firebaseinstallations.googleapis.com");

	f.transport = TRANSPORT_UDP;
	ck_assert_str_eq(headline(&x, &f, NULL), "quic");
	f.carried = SPAN("video.example");
	ck_assert_str_eq(headline(&x, &f, NULL), "-");
	f.carried = SPAN("firebaseinstallations.googleapis.com");
	f.peer_port = 80;
	ck_assert_str_eq(headline(&x, &f, NULL), "-");
	unbind(&x);
}
END_TEST

START_TEST(what_every_host_does)
{
	struct bound x = bind(load_shipped(NULL), "ip-host");
	struct {
		struct match_flow f;
		const char *rule;
	} flows[] = {
		{ udp_flow("255.255.255.255", 68, 67, INITIATOR_DEVICE), "dhcp" },
		{ udp_flow("10.0.0.1", 68, 67, INITIATOR_PEER), "dhcp" },
		{ udp_flow("10.0.0.1", 67, 68, INITIATOR_PEER), "-" },
		{ udp_flow("ff02::1:2", 546, 547, INITIATOR_DEVICE), "dhcpv6" },
		{ udp_flow("224.0.0.251", 5353, 5353, INITIATOR_DEVICE), "mdns" },
		{ udp_flow("10.0.0.9", 5353, 5353, INITIATOR_PEER), "mdns" },
		{ udp_flow("8.8.8.8", 40000, 5353, INITIATOR_DEVICE), "-" },
		{ udp_flow("224.0.0.252", 50000, 5355, INITIATOR_DEVICE), "llmnr" },
		{ udp_flow("239.255.255.250", 50000, 1900, INITIATOR_DEVICE), "ssdp" },
		{ udp_flow("10.0.0.9", 50000, 1900, INITIATOR_PEER), "ssdp" },
		{ udp_flow("8.8.8.8", 50000, 1900, INITIATOR_PEER), "-" },
		{ udp_flow("193.0.0.229", 123, 123, INITIATOR_DEVICE), "ntp" },
		{ udp_flow("193.0.0.229", 123, 123, INITIATOR_PEER), "-" },
		{ udp_flow("8.8.8.8", 40000, 53, INITIATOR_DEVICE), "-" },
	};
	struct match_hit h;

	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
		ck_assert_msg(strcmp(headline(&x, &flows[i].f, &h), flows[i].rule) == 0, "flow %zu is not %s", i,
		              flows[i].rule);
	ck_assert_str_eq(headline(&x, &flows[9].f, &h), "ssdp");
	ck_assert_msg(h.by_group_port, "an answer to a question that went to a group");
	ck_assert_str_eq(headline(&x, &flows[8].f, &h), "ssdp");
	ck_assert(!h.by_group_port);
	flows[13].f.peer_resolver = true;
	ck_assert_str_eq(headline(&x, &flows[13].f, NULL), "dns");
	unbind(&x);
}
END_TEST

START_TEST(icmp_and_igmp)
{
	struct bound x = bind(load_shipped(NULL), "ip-host");
	struct match_flow f = tcp_flow("8.8.8.8", 0, NULL);

	f.device_port = 0;
	f.transport = TRANSPORT_ICMP;
	ck_assert_str_eq(headline(&x, &f, NULL), "icmp");
	f.peer = address("ff02::1:ff00:1");
	ck_assert_str_eq(headline(&x, &f, NULL), "neighbour-discovery");
	f.peer = address("ff02::16");
	ck_assert_str_eq(headline(&x, &f, NULL), "mld");
	f.transport = TRANSPORT_IGMP;
	f.peer = address("224.0.0.22");
	ck_assert_str_eq(headline(&x, &f, NULL), "igmp");
	unbind(&x);
}
END_TEST

START_TEST(unbound_dns)
{
	struct bound x = bind(load_shipped(NULL), "ip-host");
	const struct rule *dns = rule_of(&x, "dns");
	struct match_flow f = udp_flow("8.8.8.8", 40000, 53, INITIATOR_DEVICE), other = f;
	struct match_hit h;
	char text[64];

	ck_assert_int_eq(match_rule(x.b[0], dns, &f, &h), MISS_UNBOUND);
	ck_assert(match_would_bind(x.b[0], dns, &f, text, sizeof(text)));
	ck_assert_str_eq(text, "dns_server=8.8.8.8");
	other.application = SPAN("QUIC");
	ck_assert_int_eq(match_rule(x.b[0], dns, &other, &h), MISS_PEER);
	ck_assert(!match_would_bind(x.b[0], dns, &other, text, sizeof(text)));
	other = f;
	other.peer_port = 54;
	ck_assert_int_eq(match_rule(x.b[0], dns, &other, &h), MISS_PORT);
	unbind(&x);
}
END_TEST

static struct bound bind_whole(const char *site)
{
	char path[512];
	const char *dirs[] = { source_path(path, sizeof(path), "tests/unit/profile_cases/good") };
	struct policy_text t = { "site.yaml", span_of(site) };
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1, .site_text = site ? &t : NULL };

	return bind(load_ok(&o), "whole");
}

/* No rule has it in its hosts: what the site says is a name of the rule all the same. */
START_TEST(name_by_parameter)
{
	struct bound x = bind_whole("site: s\nparameters: {proxy: \"proxy.example:3128\"}\n");
	const struct binding *b = NULL;
	const struct rule *r = match_name(bindings(&x), x.n, SPAN("proxy.example"), &b);

	ck_assert_ptr_nonnull(r);
	ck_assert_uint_gt(r->peers.parameters_n, 0);
	ck_assert_ptr_null(match_name(bindings(&x), x.n, SPAN("no-proxy.example"), &b));
	unbind(&x);
}
END_TEST

START_TEST(parameters)
{
	struct bound x = bind_whole("site: s\nparameters: {sam_server: 10.1.0.20, proxy: \"10.9.0.1:3128\"}\n");
	struct match_flow sam = tcp_flow("10.1.0.20", 443, NULL), trigger = sam,
	                  proxy = tcp_flow("10.9.0.1", 3128, NULL);
	struct match_hit h;

	trigger.initiator = INITIATOR_PEER;
	trigger.device_port = 9090;
	trigger.peer_port = 50000;
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "trigger"), &trigger, &h), MISS_NONE);
	ck_assert_int_eq(h.by, BY_PARAMETER);
	trigger.peer = address("10.1.0.21");
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "trigger"), &trigger, &h), MISS_PEER);
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "callhome-traditional"), &sam, &h), MISS_NONE);
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "through-proxy"), &proxy, &h), MISS_NONE);
	proxy.peer_port = 3129;
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "through-proxy"), &proxy, &h), MISS_PORT);
	ck_assert_int_eq(match_expect(x.b[0], &rule_of(&x, "callhome")->silent_up_to), INT64_C(900000000000));
	unbind(&x);
}
END_TEST

START_TEST(unbound_proxy)
{
	struct bound x = bind_whole(NULL);
	const struct rule *proxy = rule_of(&x, "through-proxy"), *trigger = rule_of(&x, "trigger");
	struct match_flow f = tcp_flow("2001:db8::9", 3128, NULL), in = tcp_flow("10.1.0.20", 50000, NULL);
	struct match_hit h;
	char text[64];

	ck_assert_msg(match_rule(x.b[0], proxy, &f, &h) == MISS_PEER, "any flow could be a proxy's: that says nothing");
	f.application = SPAN("http");
	ck_assert_int_eq(match_rule(x.b[0], proxy, &f, &h), MISS_UNBOUND);
	ck_assert(match_would_bind(x.b[0], proxy, &f, text, sizeof(text)));
	ck_assert_str_eq(text, "proxy=[2001:db8::9]:3128");
	in.initiator = INITIATOR_PEER;
	in.device_port = 9090;
	ck_assert_int_eq(match_rule(x.b[0], trigger, &in, &h), MISS_UNBOUND);
	ck_assert(match_would_bind(x.b[0], trigger, &in, text, sizeof(text)));
	ck_assert_str_eq(text, "sam_server=10.1.0.20");
	unbind(&x);
}
END_TEST

START_TEST(conditions)
{
	struct bound x = bind_whole(NULL);
	const struct rule *simple = rule_of(&x, "callhome"), *traditional = rule_of(&x, "callhome-traditional");
	struct match_flow f = tcp_flow("129.42.56.189", 443, NULL);
	struct match_hit h;

	ck_assert_int_eq(match_when(x.b[0], simple), TRI_UNKNOWN);
	ck_assert_msg(match_rule(x.b[0], simple, &f, &h) == MISS_NONE, "an open choice leaves the rule in force");
	x.b[0]->choices[0] = 1;
	ck_assert_int_eq(match_when(x.b[0], simple), TRI_NO);
	ck_assert_int_eq(match_rule(x.b[0], simple, &f, &h), MISS_WHEN);
	ck_assert_int_eq(match_when(x.b[0], traditional), TRI_UNKNOWN);
	x.b[0]->features[0] = TRI_NO;
	ck_assert_int_eq(match_when(x.b[0], traditional), TRI_YES);
	x.b[0]->features[0] = TRI_YES;
	ck_assert_int_eq(match_when(x.b[0], traditional), TRI_UNKNOWN);
	x.b[0]->features[1] = TRI_NO;
	ck_assert_int_eq(match_when(x.b[0], traditional), TRI_NO);
	unbind(&x);
}
END_TEST

START_TEST(site_fixes_choices)
{
	char path[512];
	const char *dirs[] = { source_path(path, sizeof(path), "tests/unit/profile_cases/good") };
	struct policy_text t = {
		"s", SPAN("site: s\ndevices:\n  - {address: 10.0.0.5, profile: whole, choices: {connectivity: "
		          "traditional}, features: {ipv6: no}, parameters: {proxy: \"p.example:1\"}}\n")
	};
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1, .site_text = &t };
	struct policy *p = load_ok(&o);
	struct station s = { .addr = address("10.0.0.5") };
	struct binding *b;

	ck_assert_int_eq(binding_make(&b, p, policy_find(p, SPAN("whole")), policy_device(p, &s), NULL), 0);
	ck_assert_int_eq(b->choices[0], 1);
	ck_assert_int_eq(b->choices[1], -1);
	ck_assert_int_eq(b->features[0], TRI_NO);
	ck_assert_int_eq(b->features[1], TRI_UNKNOWN);
	ck_assert_msg(b->features[2] == TRI_YES, "by the parameter that is given");
	binding_free(b);
	policy_free(p);
}
END_TEST

START_TEST(scope)
{
	struct bound x = bind_whole(NULL);
	struct match_flow in = tcp_flow("10.5.5.5", 443, "esupport.ibm.com"),
	                  out = tcp_flow("8.8.8.8", 443, "esupport.ibm.com"), telnet = tcp_flow("8.8.8.8", 23, NULL),
	                  inside = tcp_flow("10.5.5.5", 23, NULL);
	struct match_hit h;

	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "callhome"), &in, &h), MISS_SCOPE);
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "callhome"), &out, &h), MISS_NONE);
	ck_assert_msg(!h.address_declared && h.declares_addresses, "a declared name outside the declared addresses");
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "not-outside"), &telnet, &h), MISS_NONE);
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "not-outside"), &inside, &h), MISS_PEER);
	telnet.transport = TRANSPORT_ICMP;
	ck_assert_msg(match_rule(x.b[0], rule_of(&x, "not-outside"), &telnet, &h) == MISS_PORT, "ICMP has no port 23");
	unbind(&x);
}
END_TEST

START_TEST(through_a_proxy)
{
	struct bound x = bind_whole(NULL);
	struct match_flow f = tcp_flow("10.9.0.1", 443, "esupport.ibm.com"),
	                  by_address = tcp_flow("10.9.0.1", 443, "129.42.56.189");
	struct match_hit h;

	f.logical = by_address.logical = true;
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "callhome"), &f, &h), MISS_NONE);
	ck_assert_int_eq(h.by, BY_CARRIED);
	ck_assert_int_eq(match_rule(x.b[0], rule_of(&x, "callhome"), &by_address, &h), MISS_NONE);
	ck_assert_int_eq(h.by, BY_ADDRESS);
	unbind(&x);
}
END_TEST

START_TEST(peers_of_this_site)
{
	struct bound x = bind_whole(NULL);
	const struct rule *r = rule_of(&x, "discovery");
	struct match_flow f = udp_flow("8.8.4.4", 3080, 3080, INITIATOR_DEVICE);
	struct match_hit h;

	ck_assert_int_eq(match_rule(x.b[0], r, &f, &h), MISS_PEER);
	f.peer_profiles[f.peer_profiles_n++] = SPAN("whole");
	ck_assert_msg(match_rule(x.b[0], r, &f, &h) == MISS_PEER, "another group");
	f.peer_same_group = true;
	ck_assert_int_eq(match_rule(x.b[0], r, &f, &h), MISS_NONE);
	f = udp_flow("198.51.100.255", 3080, 3081, INITIATOR_DEVICE);
	f.group_address = true;
	ck_assert_msg(match_rule(x.b[0], r, &f, &h) == MISS_NONE, "a subnet's broadcast");
	f.peer_port = 3082;
	ck_assert_int_eq(match_rule(x.b[0], r, &f, &h), MISS_PORT);
	unbind(&x);
}
END_TEST

START_TEST(names_for_dns)
{
	struct bound x = bind(load_shipped(NULL), "google-push");
	const struct binding *b = NULL;
	const struct rule *r = match_name(bindings(&x), x.n, SPAN("MTALK.google.com."), &b);

	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq((const char *)r->id.p, "push");
	ck_assert_ptr_eq(b, x.b[0]);
	ck_assert_ptr_null(match_name(bindings(&x), x.n, SPAN("mtalk.google.com.evil.example"), &b));
	ck_assert_ptr_null(match_name(bindings(&x), x.n, SPAN("xmtalk.google.com"), &b));
	unbind(&x);
}
END_TEST

/* The fast set and the plain comparison must agree. */
START_TEST(host_sets_agree)
{
	static const char *const patterns[] = { "a.example", "*.b.example", ".c.example", "*.x.b.example",
		                                "Z.Example", "q.ab" };
	static const char *const hosts[] = {
		"a.example",  "A.EXAMPLE.",  "b.example",   "x.b.example", "y.x.b.example",
		"c.example",  "d.c.example", "cc.example",  ".c.example",  "",
		".",          "..",          "example",     "z.example",   "a.example.b.example",
		"ab.example", "*.b.example", "b.example..", "x..c.example", "q.ab", "Q.AB", "xq.ab", "ab"
	};
	enum { PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };
	struct span spans[PATTERNS];
	struct arena a;
	struct diag_list d = { 0 };

	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < PATTERNS; i++)
		spans[i] = span_of(patterns[i]);
	struct build b = { .arena = &a, .d = &d };
	for (size_t i = 0; i < PATTERNS * (sizeof(hosts) / sizeof(hosts[0])); i++) {
		const uint32_t n = 1 + (uint32_t)(i % PATTERNS); /* the first of them: the last is shorter than the others */
		const char *host = hosts[i / PATTERNS];
		bool plain = false;
		for (size_t k = 0; k < n; k++)
			plain |= span_host_matches(span_of(host), spans[k]);
		const struct hostset *h = hostset_make(&b, (struct texts){ spans, n });
		ck_assert_msg(hostset_has(h, span_of(host)) == plain, "%s of %u", host, n);
	}
	ck_assert(!hostset_has(NULL, SPAN("a.example")));
	arena_free(&a);
}
END_TEST

/* Against a plain walk: nested, equal and neighbouring prefixes from a fixed sequence. */
START_TEST(address_sets_agree)
{
	enum { PREFIXES = 300, PROBES = 3000 };
	struct prefix v[PREFIXES];
	struct arena a;
	struct diag_list d = { 0 };
	uint32_t seed = 7, *up;

	arena_init(&a, 1 << 20);
	struct build b = { .arena = &a, .d = &d };
	for (size_t i = 0; i < PREFIXES; i++) {
		seed = seed * 1664525 + 1013904223;
		unsigned bits = 8 + (seed >> 8) % 25;
		uint32_t net = (seed >> 3 & 0x0f0f0303) & (bits == 32 ? UINT32_MAX : ~(UINT32_MAX >> bits));
		v[i] = (struct prefix){ addr_v4(net), (uint8_t)(96 + bits) };
	}
	uint32_t n = addrset_index(&b, v, PREFIXES, &up);
	ck_assert(n > 50 && n < PREFIXES);
	for (size_t i = 0; i < PROBES; i++) {
		seed = seed * 1664525 + 1013904223;
		struct addr x = addr_v4(seed >> 3 & 0x0f0f0303);
		int longest = -1, found = addrset_find(v, up, n, &x);
		for (uint32_t k = 0; k < n; k++)
			if (prefix_has(&v[k], &x) && (longest < 0 || v[k].bits > v[longest].bits))
				longest = (int)k;
		ck_assert_int_eq(found, longest);
	}
	ck_assert_int_eq(addrset_find(NULL, NULL, 0, &v[0].addr), -1);
	arena_free(&a);
}
END_TEST

START_TEST(miss_texts)
{
	for (int m = MISS_NONE; m <= MISS_UNBOUND; m++)
		ck_assert_uint_gt(strlen(match_miss_text((enum match_miss)m)), 3);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		push_by_every_way,     a_carried_name_excludes_others,
		safesearch_is_no_push, port_443_is_push_by_name_only,
		near_misses,           specificity,
		order_of_equals,       shared_set_and_a_name_that_another_rule_declares,
		ambiguous_names,       quic_follows_tls,
		what_every_host_does,  icmp_and_igmp,
		unbound_dns,           parameters,             name_by_parameter,
		unbound_proxy,         conditions,
		site_fixes_choices,    scope,
		through_a_proxy,       peers_of_this_site,
		names_for_dns,         host_sets_agree,
		address_sets_agree,    miss_texts,
	};
	Suite *s = suite_create("match");
	TCase *c = tcase_create("match");

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
