/* A run as a judge would tell it: two devices, every kind of rule status, findings of every severity, a broken input.
 */
#ifndef PLUMBLINE_TESTS_REPORT_SAMPLE_H
#define PLUMBLINE_TESTS_REPORT_SAMPLE_H

#include <string.h>

#include "base/span.h"
#include "base/time.h"
#include "record/result.h"

#define SAMPLE_START INT64_C(1700000000000000000) /* 2023-11-14T22:13:20Z */

typedef void sample_put(void *ctx, const struct result *r);

static void sample_run(void *ctx, sample_put *put, bool final)
{
	const struct obs_capture captures[] = {
		{ .index = 0,
		  .name = SPAN("dir/ward 7.pcap"),
		  .link_types = { 1 },
		  .link_types_n = 1,
		  .packets = 12345,
		  .bytes = 9100000,
		  .passed = 12345,
		  .first = SAMPLE_START,
		  .last = SAMPLE_START + 7740 * NS_PER_S,
		  .ended = true,
		  .complete = true },
		{ .index = 1,
		  .name = SPAN("cut.pcap"),
		  .link_types = { 1 },
		  .link_types_n = 1,
		  .packets = 17,
		  .bytes = 1500,
		  .passed = 17,
		  .first = SAMPLE_START,
		  .last = SAMPLE_START + NS_PER_S,
		  .ended = true },
	};
	struct result r = { .type = RESULT_RUN };

	r.run = (struct result_run){ .schema = RESULT_SCHEMA,
		                     .tool = SPAN("plumbline"),
		                     .version = SPAN("0.1.0"),
		                     .site = SPAN("ward-7"),
		                     .vantage = SPAN("inside"),
		                     .captures = captures,
		                     .captures_n = final ? 2 : 0,
		                     .final = final };
	put(ctx, &r);
}

static void sample_devices(void *ctx, sample_put *put)
{
	const struct result_address one[] = { { addr_v4(0x0a090005), SAMPLE_START, 0, SPAN("arp") } };
	const struct result_address two[] = { { addr_v4(0x0a090006), SAMPLE_START, 0, SPAN("seen") } };
	const struct mac mac[] = { { { 0x00, 0x90, 0x7a, 1, 2, 3 } } };
	const struct span names[] = { SPAN("phone\x1b[31m") };
	const struct span profiles[] = { SPAN("google-push"), SPAN("ip-host") };
	struct result r = { .type = RESULT_DEVICE };

	r.device = (struct result_device){ .id = SPAN("10.9.0.6"),
		                           .addresses = two,
		                           .addresses_n = 1,
		                           .profiles = profiles,
		                           .profiles_n = 2,
		                           .identified_by = SPAN("rule push-5228 of google-push"),
		                           .confidence = CONFIDENCE_PROBABLE };
	put(ctx, &r);
	r.device = (struct result_device){ .id = SPAN("phone-east"),
		                           .addresses = one,
		                           .addresses_n = 1,
		                           .macs = mac,
		                           .macs_n = 1,
		                           .names = names,
		                           .names_n = 1,
		                           .profiles = profiles,
		                           .profiles_n = 2,
		                           .identified_by = SPAN("the site file"),
		                           .confidence = CONFIDENCE_CONFIRMED };
	put(ctx, &r);
}

static void sample_flows(void *ctx, sample_put *put)
{
	const struct span rules[] = { SPAN("push-5228") };
	const struct result_name names[] = { { SPAN("mtalk.google.com"), NAME_DNS } };
	struct result r = { .type = RESULT_FLOW };

	r.flow = (struct result_flow){ .id = 1,
		                       .addr = { addr_v4(0x0a090005), addr_v4(0x40e9babc) },
		                       .port = { 50000, 5228 },
		                       .proto = 6,
		                       .start = SAMPLE_START + 123 * NS_PER_MS,
		                       .outcome = OUTCOME_NO_REPLY,
		                       .names = names,
		                       .names_n = 1 };
	put(ctx, &r);
	struct result v = { .type = RESULT_VERDICT };
	v.verdict = (struct result_verdict){ .flow = 1,
		                             .device = SPAN("phone-east"),
		                             .profile = SPAN("google-push"),
		                             .rules = rules,
		                             .rules_n = 1,
		                             .verdict = VERDICT_FAILED };
	put(ctx, &v);
	r.flow = (struct result_flow){ .id = 2,
		                       .addr = { addr_v4(0x0a090006), addr_v4(0xc0000201) },
		                       .port = { 50001, 443 },
		                       .proto = 6,
		                       .start = SAMPLE_START + 2 * NS_PER_S,
		                       .outcome = OUTCOME_OK,
		                       .application = SPAN("TLS") };
	put(ctx, &r);
	v.verdict = (struct result_verdict){ .flow = 2, .device = SPAN("10.9.0.6"), .verdict = VERDICT_UNDECLARED };
	put(ctx, &v);
}

static void sample_rules(void *ctx, sample_put *put)
{
	static const struct {
		const char *device, *rule, *service;
		uint8_t need, status, reason;
		uint32_t attempts, ok, failed;
	} v[] = {
		{ "10.9.0.6", "push-5228", "Push channel", NEED_REQUIRED, STATUS_MET, 0, 14, 13, 0 },
		{ "10.9.0.6", "syslog", "Log messages", NEED_OPTIONAL, STATUS_SENT, 0, 7, 0, 0 },
		{ "10.9.0.6", "dns", "DNS", NEED_ALLOWED, STATUS_MET, 0, 1, 1, 0 },
		{ "10.9.0.6", "push-443", "Push channel, fallback", NEED_OPTIONAL, STATUS_UNSEEN, 0, 0, 0, 0 },
		{ "phone-east", "push-5228", "Push channel", NEED_REQUIRED, STATUS_FAILED, 0, 8, 0, 8 },
		{ "phone-east", "push-5229", "Push channel, second port", NEED_RECOMMENDED, STATUS_INTERMITTENT, 0, 4,
		  1, 3 },
		{ "phone-east", "check-in", "Check-in", NEED_REQUIRED, STATUS_MISSING, 0, 0, 0, 0 },
		{ "phone-east", "call-server", "Calls", NEED_REQUIRED, STATUS_UNBOUND, 0, 0, 0, 0 },
		{ "phone-east", "gateway", "Alarms", NEED_OPTIONAL, STATUS_UNBOUND, 0, 0, 0, 0 },
		{ "phone-east", "logging", "Log server", NEED_OPTIONAL, STATUS_UNBOUND, 0, 0, 0, 0 },
		{ "10.9.0.6", "call-server", "Calls", NEED_REQUIRED, STATUS_UNBOUND, 0, 0, 0, 0 },
		{ "10.9.0.6", "gateway", "Alarms", NEED_OPTIONAL, STATUS_UNBOUND, 0, 0, 0, 0 },
		{ "phone-east", "ota", "Updates", NEED_OPTIONAL, STATUS_INCONCLUSIVE, REASON_ONE_WAY_CAPTURE, 2, 0, 0 },
		{ "phone-east", "time", "Time", NEED_OPTIONAL, STATUS_INCONCLUSIVE, REASON_ONE_WAY_CAPTURE, 2, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		const struct result_peer peers[] = {
			{ addr_v4(0x40e9babc), PEER_ASKED, 5228, v[i].attempts / 2, 0, 0, 0 },
			{ addr_v4(0x40e9babd), PEER_ASKED, 5228, v[i].attempts - v[i].attempts / 2, 0, 0, 0 },
		};
		struct result r = { .type = RESULT_RULE };
		r.rule = (struct result_rule){ .device = span_of(v[i].device),
			                       .profile = SPAN("google-push"),
			                       .rule = span_of(v[i].rule),
			                       .service = span_of(v[i].service),
			                       .need = v[i].need,
			                       .status = v[i].status,
			                       .reason = v[i].reason,
			                       .attempts = v[i].attempts,
			                       .succeeded = v[i].ok,
			                       .failed = v[i].failed,
			                       .by_peer = peers,
			                       .by_peer_n = v[i].attempts ? 2 : 0 };
		if (strcmp(v[i].rule, "call-server") == 0)
			r.rule.set_to = SPAN("--set call_server=10.1.0.30");
		if (strcmp(v[i].rule, "gateway") == 0)
			r.rule.set_to = SPAN("--set gateway=10.1.0.40 or --set gateway=10.1.0.41");
		put(ctx, &r);
	}
}

static void sample_blocked(void *ctx, sample_put *put)
{
	const uint16_t ports[] = { 5228 }, not_excluded[] = { FIND_PEER_UNREACHABLE };
	const struct obs_frame frames[] = { { 12, 0, 0 }, { 14, 0, 0 }, { 3, 0, 1 } };
	const struct result_filter filter[] = {
		{ 0, SPAN("(ip.addr==10.9.0.5 && ip.addr==64.233.186.188 && tcp.port==50000 && tcp.port==5228) || "
		          "(ip.addr==10.9.0.5 && ip.addr==64.233.186.188 && tcp.port==50002 && tcp.port==5228)") },
		{ 1, SPAN("dns.qry.name==\"it's a name\"") },
	};
	struct result r = { .type = RESULT_FINDING };

	r.finding = (struct result_finding){
		.id = SPAN("0011223344556677"),
		.code = FIND_PORT_BLOCKED_SILENTLY,
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_CONFIRMED,
		.device = SPAN("phone-east"),
		.profile = SPAN("google-push"),
		.rule = SPAN("push-5228"),
		.message = SPAN("8 attempts (40 SYNs) on TCP 5228 to mtalk.google.com (64.233.186.188) had no answer "
		                "at all, while "
		                "64.233.186.188 answered on TCP 443."),
		.remedy = SPAN("allow TCP 5228 outbound from 10.9.0.5 for mtalk.google.com."),
		.not_excluded = not_excluded,
		.not_excluded_n = 1,
		.exclude_by = SPAN("a capture on the other side of the firewall"),
		.peer = addr_v4(0x40e9babc),
		.peer_name = SPAN("mtalk.google.com"),
		.ports = ports,
		.ports_n = 1,
		.proto = 6,
		.count = 8,
		.first = SAMPLE_START,
		.last = SAMPLE_START + 3600 * NS_PER_S,
		.frames = frames,
		.frames_n = 3,
		.filter = filter,
		.filter_n = 2,
	};
	put(ctx, &r);
}

static void sample_findings(void *ctx, sample_put *put)
{
	const uint16_t ports[] = { 443 };
	struct result r = { .type = RESULT_FINDING };

	sample_blocked(ctx, put);
	r.finding = (struct result_finding){ .code = FIND_FALLBACK_DELAY,
		                             .severity = SEVERITY_MEDIUM,
		                             .confidence = CONFIDENCE_PROBABLE,
		                             .device = SPAN("phone-east"),
		                             .profile = SPAN("google-push"),
		                             .rule = SPAN("push-5228"),
		                             .message = SPAN("It took 63 s."),
		                             .remedy = SPAN("Open the first way.") };
	put(ctx, &r);
	r.finding = (struct result_finding){ .code = FIND_STALE_ADDRESS_LIST,
		                             .severity = SEVERITY_LOW,
		                             .profile = SPAN("google-push"),
		                             .message = SPAN("The address list goog is old."),
		                             .remedy = SPAN("Renew the list.") };
	put(ctx, &r);
	r.finding = (struct result_finding){ .code = FIND_UNDECLARED_DESTINATION,
		                             .severity = SEVERITY_LOW,
		                             .device = SPAN("10.9.0.6"),
		                             .peer = addr_v4(0xc0000201),
		                             .peer_name = SPAN("tracker\x1b.example"),
		                             .ports = ports,
		                             .ports_n = 1,
		                             .proto = 6,
		                             .count = 3,
		                             .message = SPAN("Talked to tracker."),
		                             .remedy = SPAN("Find out.") };
	put(ctx, &r);
	r.finding = (struct result_finding){ .code = FIND_CAPTURE_DEFECT,
		                             .severity = SEVERITY_INFO,
		                             .message = SPAN("3 flows got answers that this capture does not show."),
		                             .remedy = SPAN("Mirror both directions.") };
	put(ctx, &r);
}

/* All of it, in the order result.h gives. */
static void sample_tell(void *ctx, sample_put *put)
{
	const struct obs_count undecoded[] = { { SPAN("arp-short"), 3 } };
	struct result r = { .type = RESULT_END };

	sample_run(ctx, put, false);
	sample_devices(ctx, put);
	sample_flows(ctx, put);
	sample_rules(ctx, put);
	sample_findings(ctx, put);
	sample_run(ctx, put, true);
	r.end = (struct result_end){ .packets = 12362,
		                     .bytes = 9101500,
		                     .flows = 345,
		                     .devices = 2,
		                     .findings = 5,
		                     .undecoded = undecoded,
		                     .undecoded_n = 1,
		                     .duplicates = 120,
		                     .reason = SPAN("cut.pcap: packet 18 at byte 1524 is cut short.") };
	put(ctx, &r);
}

#endif
