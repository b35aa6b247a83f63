/* Site files: any text is a site or a list of errors; what loads is asked who is which device. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "profile/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char PROFILE[] =
        "format: 1\nid: phone\ntitle: P\nuses: []\n"
        "parameters:\n"
        "  server: {kind: address, help: h}\n"
        "  servers: {kind: address, list: true, help: h}\n"
        "  lan: {kind: prefix, list: true, help: h}\n"
        "  name: {kind: host, help: h}\n"
        "  proxy: {kind: endpoint, list: true, help: h}\n"
        "  port: {kind: port, help: h}\n"
        "  beat: {kind: duration, help: h}\n"
        "features: {vpn: {help: h}, proxied: {help: h, parameter: proxy}}\n"
        "choices: {way: [direct, proxy]}\n"
        "identify: {oui: [\"00:90:7a\"], hostnames: [\"phone-*\"]}\n"
        "rules:\n"
        "  - {id: a, cites: [ABC-001], service: A, transport: tcp, ports: [$proxy, 80], peers: {parameter: [server, "
        "servers, lan, "
        "name, proxy]}, need: required, when: [{way: proxy}, {vpn: yes}], expect: {every: $beat}}\n"
        "  - {id: b, service: B, transport: any, ports: $port, peers: {profile: phone, group: same}, need: optional}\n";

static void ask(const struct policy *p)
{
	struct station s = { .addr = addr_v4(0x0a000005),
		             .mac = { { 0, 0x90, 0x7a, 1, 2, 3 } },
		             .host_name = SPAN("phone-7") };
	const struct profile *pr = policy_find(p, SPAN("phone"));
	struct match_flow f = {
		.transport = TRANSPORT_TCP, .device = s.addr, .peer = addr_v4(0x0a090001), .peer_port = 3128
	};
	struct match_hit hits[4];
	struct binding *b;
	struct span why;
	char text[64];

	(void)policy_identify(p, pr, &s, text, sizeof(text));
	(void)policy_is_private(p, &f.peer);
	(void)policy_ignores(p, TRANSPORT_UDP, &f.peer, 5353, &why);
	if (binding_make(&b, p, pr, policy_device(p, &s), NULL))
		return;
	const struct binding *one = b;
	(void)match_all(&one, 1, &f, hits, 4);
	for (uint32_t r = 0; r < pr->rules_n; r++) {
		(void)match_would_bind(b, &pr->rules[r], &f, text, sizeof(text));
		(void)match_expect(b, &pr->rules[r].every);
	}
	binding_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct diag_list d = { 0 };
	struct policy *p = NULL;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	struct policy_text profile = { "phone.yaml", span_of(PROFILE) }, site = { "site.yaml", { copy, size } };
	struct policy_options o = { .texts = &profile, .texts_n = 1, .site_text = &site };
	int error = policy_load(&p, &o, &d);
	free(copy);
	if ((error == 0) != (d.errors == 0))
		abort();
	if (p)
		ask(p);
	policy_free(p);
	return 0;
}
