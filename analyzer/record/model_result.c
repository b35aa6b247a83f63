/* The fields of results: result.h as tables. */
#include "record/model_macros.h"
#include "record/model_records.h"

#define T struct result_source
static const struct field source_fields[] = {
	TEXT("id", id),
	TEXT("title", title),
	TEXT("number", number),
	TEXT("date", date),
};
static const struct record record_source = RECORD("source", source_fields);
#undef T

#define T struct result_profile
static const struct field profile_fields[] = {
	TEXT("id", id),
	TEXT("title", title),
	LIST_SUB("sources", sources, sources_n, record_source),
};
static const struct record record_profile = RECORD("profile", profile_fields);
#undef T

#define T struct result_run
static const struct field run_fields[] = {
	UINT("schema", schema),
	TEXT("tool", tool),
	TEXT("version", version),
	BOOL("final", final),
	TEXT("site", site),
	TEXT("vantage", vantage),
	LIST_SUB("profiles", profiles, profiles_n, record_profile),
	LIST_SUB("captures", captures, captures_n, record_capture),
};
#undef T

#define T struct result_address
static const struct field address_fields[] = {
	ADDR("address", address),
	TIME("from", from),
	TIME("to", to),
	TEXT("how", how),
};
static const struct record record_address = RECORD("address", address_fields);
#undef T

#define T struct result_device
static const struct field device_fields[] = {
	TEXT("id", id),
	LIST_SUB("addresses", addresses, addresses_n, record_address),
	LIST("macs", KIND_MAC, macs, macs_n),
	LIST("names", KIND_BYTES, names, names_n),
	LIST("profiles", KIND_TEXT, profiles, profiles_n),
	TEXT("identified_by", identified_by),
	ENUM("confidence", confidence, confidence),
	BOOL("absent", absent),
};
#undef T

#define T struct result_name
static const struct field name_fields[] = {
	BYTES("name", name),
	ENUM_ALWAYS("source", source, name_source),
	BOOL("outer", outer),
};
static const struct record record_name = RECORD("name", name_fields);
#undef T

#define T struct result_tls
static const struct field tls_fields[] = {
	ENUM("version", version, tls_version),
	UINT("cipher", cipher),
	BYTES("alpn", alpn),
	BYTES("issuer", issuer),
	BOOL("done", done),
};
static const struct record record_tls = RECORD("tls", tls_fields);
#undef T

#define T struct result_flow
static const struct field initiator_fields[] = {
	ENUM_ALWAYS("how", initiator_how, init_how),
};
static const struct record group_initiator = RECORD("initiator", initiator_fields);

static const struct field path_fields[] = {
	UINT("vlan", vlan),
	ARRAY_SUB("tunnels", tunnels, tunnels_n, record_tunnel),
};
static const struct record group_path = RECORD("path", path_fields);

static const struct field flow_fields[] = {
	UINT("id", id),
	UINT("logical", logical),
	GROUP("path", group_path),
	UINT("carried", carried),
	FIXED("ends", KIND_ADDR, addr),
	GROUP("initiator", group_initiator),
	ENUM("transport", proto, transport),
	FIXED("ports", KIND_UINT, port),
	TIME("start", start),
	TIME("end", end),
	SUB("first_frame", first_frame, record_frame),
	SUB("last_frame", last_frame, record_frame),
	ENUM_ALWAYS("outcome", outcome, outcome),
	ENUM("reason", reason, reason),
	BOOL("established_before", established_before),
	BYTES("application", application),
	LIST_SUB("names", names, names_n, record_name),
	FIXED("packets", KIND_UINT, packets),
	FIXED("bytes", KIND_UINT, bytes),
	FIXED("rtt_ms", KIND_MS, rtt_us),
	FIXED("retransmitted", KIND_UINT, retransmitted),
	FIXED("dscp", KIND_UINT, dscp),
	SUB("tls", tls, record_tls),
	OPTION_SUB("icmp", icmp, has_icmp, record_icmp),
	TEXT("conn_state", conn_state),
	TEXT("community_id", community_id),
};
#undef T

#define T struct result_verdict
static const struct field verdict_peer_fields[] = {
	ADDR("address", peer),
	UINT("port", port),
	BYTES("name", peer_name),
};
static const struct record group_verdict_peer = RECORD("peer", verdict_peer_fields);

static const struct field verdict_fields[] = {
	UINT("flow", flow),
	UINT("logical", logical),
	TEXT("device", device),
	TEXT("profile", profile),
	LIST("rules", KIND_TEXT, rules, rules_n),
	ENUM_ALWAYS("verdict", verdict, verdict),
	GROUP("peer", group_verdict_peer),
	ENUM_ALWAYS("confidence", confidence, confidence),
};
#undef T

#define T struct result_peer
static const struct field peer_fields[] = {
	ADDR("peer", peer),
	ENUM("role", role, peer_role),
	UINT("port", port),
	UINT_ALWAYS("attempts", attempts),
	UINT_ALWAYS("ok", ok),
	UINT_ALWAYS("failed", failed),
	TIME("last", last),
};
static const struct record record_peer = RECORD("peer", peer_fields);
#undef T

#define T struct result_rule
static const struct field rule_fields[] = {
	TEXT("device", device),
	TEXT("profile", profile),
	TEXT("rule", rule),
	TEXT("service", service),
	ENUM_ALWAYS("need", need, need),
	ENUM_ALWAYS("status", status, rule_status),
	ENUM("reason", reason, reason),
	ENUM_ALWAYS("confidence", confidence, confidence),
	UINT_ALWAYS("attempts", attempts),
	UINT_ALWAYS("succeeded", succeeded),
	UINT_ALWAYS("failed", failed),
	LIST_SUB("by_peer", by_peer, by_peer_n, record_peer),
	UINT("peers_more", peers_more),
	TIME("first", first),
	TIME("last", last),
	TEXT("set_to", set_to),
};
#undef T

#define T struct result_filter
static const struct field filter_fields[] = {
	UINT_ALWAYS("capture", capture),
	TEXT("filter", filter),
};
static const struct record record_filter = RECORD("filter", filter_fields);
#undef T

#define T struct result_finding
static const struct field finding_peer_fields[] = {
	ADDR("address", peer),
	BYTES("name", peer_name),
};
static const struct record group_finding_peer = RECORD("peer", finding_peer_fields);

static const struct field finding_fields[] = {
	TEXT("id", id),
	ENUM_ALWAYS("state", state, finding_state),
	ENUM_ALWAYS("code", code, finding),
	ENUM_ALWAYS("severity", severity, severity),
	ENUM_ALWAYS("confidence", confidence, confidence),
	TEXT("device", device),
	LIST("devices", KIND_TEXT, devices, devices_n),
	TEXT("profile", profile),
	TEXT("rule", rule),
	TEXT("message", message),
	TEXT("remedy", remedy),
	LIST_ENUM("not_excluded", not_excluded, not_excluded_n, finding),
	TEXT("exclude_by", exclude_by),
	GROUP("peer", group_finding_peer),
	ENUM("transport", proto, transport),
	LIST("ports", KIND_UINT, ports, ports_n),
	UINT_ALWAYS("count", count),
	TIME("first", first),
	TIME("last", last),
	LIST("flows", KIND_UINT, flows, flows_n),
	LIST_SUB("frames", frames, frames_n, record_frame),
	LIST_SUB("filter", filter, filter_n, record_filter),
	LIST("facts", KIND_FACT, facts, facts_n),
};
#undef T

#define T struct result_end
static const struct field loss_fields[] = {
	UINT("dropped", dropped),
	UINT("gaps", unseen_bytes),
	UINT("cut", cut),
};
static const struct record group_loss = RECORD("loss", loss_fields);

static const struct field end_fields[] = {
	UINT_ALWAYS("packets", packets),
	UINT_ALWAYS("bytes", bytes),
	UINT_ALWAYS("flows", flows),
	UINT_ALWAYS("devices", devices),
	UINT_ALWAYS("findings", findings),
	LIST("undecoded", KIND_COUNT, undecoded, undecoded_n),
	UINT("duplicates", duplicates),
	GROUP("loss", group_loss),
	LIST("evicted", KIND_COUNT, evicted, evicted_n),
	BOOL_ALWAYS("complete", complete),
	TEXT("reason", reason),
};
#undef T

#define RESULT(id, nm, fs, st) [id] = { .name = nm, .fields = fs, .fields_n = COUNT_OF(fs), .size = sizeof(st) }
const struct record result_records[RESULT_TYPES] = {
	RESULT(RESULT_RUN, "run", run_fields, struct result_run),
	RESULT(RESULT_DEVICE, "device", device_fields, struct result_device),
	RESULT(RESULT_FLOW, "flow", flow_fields, struct result_flow),
	RESULT(RESULT_VERDICT, "verdict", verdict_fields, struct result_verdict),
	RESULT(RESULT_RULE, "rule", rule_fields, struct result_rule),
	RESULT(RESULT_FINDING, "finding", finding_fields, struct result_finding),
	RESULT(RESULT_END, "end", end_fields, struct result_end),
};
