/* The fields of observations: obs.h as tables. */
#include "record/model_macros.h"
#include "record/model_records.h"

#define T struct obs_frame
static const struct field frame_fields[] = {
	UINT_ALWAYS("capture", capture),
	UINT_ALWAYS("frame", frame),
	TIME("time", time),
};
const struct record record_frame = RECORD("frame", frame_fields);
#undef T

#define T struct obs_icmp
static const struct field icmp_fields[] = {
	ADDR("source", source),
	UINT_ALWAYS("type", type),
	UINT_ALWAYS("code", code),
	UINT("ttl", ttl),
	UINT("side", side),
	UINT("count", count),
	UINT("capture", capture),
	UINT("frame", frame),
	TIME("time", time),
};
const struct record record_icmp = RECORD("icmp", icmp_fields);
#undef T

#define T struct obs_start
static const struct field start_fields[] = {
	UINT("schema", schema),
	TEXT("tool", tool),
	TEXT("version", version),
};
#undef T

#define T struct obs_capture
static const struct field capture_fields[] = {
	UINT_ALWAYS("index", index),
	BYTES("name", name),
	ARRAY("link_types", KIND_UINT, link_types, link_types_n),
	UINT("packets", packets),
	UINT("bytes", bytes),
	UINT("passed", passed),
	TIME("first", first),
	TIME("last", last),
	BOOL("ended", ended),
	BOOL("complete", complete),
};
const struct record record_capture = RECORD("capture", capture_fields);
#undef T

#define T struct obs_side
static const struct field side_fields[] = {
	MAC("mac", mac),
	UINT("packets", packets),
	UINT("bytes", bytes),
	UINT("payload", payload),
	TIME("first", first),
	TIME("last", last),
	TIME("last_acked", last_acked),
	UINT("acked", acked),
	UINT("unseen_bytes", unseen_bytes),
	UINT("unseen_segments", unseen_segments),
	UINT("retransmitted", retransmitted),
	UINT("zero_windows", zero_windows),
	UINT("pure_acks", pure_acks),
	UINT("cut", cut),
	UINT("rtt_us", rtt_us),
	UINT("isn", isn),
	UINT("largest_segment", largest_segment),
	UINT("last_window", last_window),
	UINT("mss", mss),
	UINT("ttl_min", ttl_min),
	UINT("ttl_max", ttl_max),
	UINT("ttl_last", ttl_last),
	ENUM("ip_id", ip_id, ip_id),
	UINT("dscp", dscp),
	UINT("flags", flags),
	UINT("unassembled", unassembled),
};
static const struct record record_side = RECORD("side", side_fields);
#undef T

#define T struct obs_tunnel
static const struct field tunnel_fields[] = {
	ENUM_ALWAYS("kind", kind, tunnel),
	UINT("id", id),
	UINT("flow", flow),
};
const struct record record_tunnel = RECORD("tunnel", tunnel_fields);
#undef T

#define T struct obs_flow
static const struct field path_fields[] = {
	FIXED("vlan", KIND_UINT, vlan),
	ARRAY_SUB("tunnels", tunnels, tunnels_n, record_tunnel),
};
static const struct record group_path = RECORD("path", path_fields);

static const struct field tcp_fields[] = {
	UINT("syns", syns),
	UINT("synacks", synacks),
	UINT("synacks_after_ack", synacks_after_ack),
	UINT("rsts", rsts),
	TIME("syn_time", syn_time),
	TIME("synack_time", synack_time),
	TIME("established_time", established_time),
};
static const struct record group_tcp = RECORD("tcp", tcp_fields);

static const struct field gap_fields[] = {
	INT("longest_ns", gap_longest),
	INT("last_ns", gap_last),
	FIXED_TRIM("buckets", KIND_UINT, gaps),
};
static const struct record group_gaps = RECORD("gaps", gap_fields);

static const struct field flow_fields[] = {
	UINT("id", id),
	ENUM_ALWAYS("phase", phase, phase),
	ENUM("end_why", end_why, end_why),
	FIXED("ends", KIND_ADDR, addr),
	FIXED("ports", KIND_UINT, port),
	ENUM("transport", proto, transport),
	ENUM_ALWAYS("init_how", init_how, init_how),
	UINT("ip_version", ip_version),
	UINT("link_cast", link_cast),
	UINT("interface", interface),
	GROUP("path", group_path),
	TIME("start", start),
	TIME("end", end),
	SUB("first_frame", first_frame, record_frame),
	SUB("last_frame", last_frame, record_frame),
	FIXED_SUB("sides", side, record_side),
	GROUP("tcp", group_tcp),
	UINT("duplicates", duplicates),
	GROUP("gaps", group_gaps),
	ARRAY_SUB("icmp", icmp, icmp_n, record_icmp),
	BOOL("after_eviction", after_eviction),
	UINT("events_lost", events_lost),
	UINT("carried", carried),
	ENUM("carries", carries, tunnel),
};
#undef T

#define T struct obs_event_of
static const struct field event_fields[] = {
	UINT("flow", flow),
	TIME("time", e.time),
	{ KEY("capture"), .kind = KIND_EVENT_CAPTURE, .offset = offsetof(T, e), .size = sizeof(uint64_t) },
	{ KEY("frame"), .kind = KIND_EVENT_FRAME, .offset = offsetof(T, e), .size = sizeof(uint64_t) },
	ENUM_ALWAYS("kind", e.kind, event),
	UINT("side", e.side),
	UINT("ttl", e.ttl),
	FIXED_TRIM("values", KIND_UINT, e.v),
};
#undef T

#define T struct obs_fact
static const struct field fact_fields[] = {
	UINT("flow", flow),
	FIXED_TRIM("ends", KIND_ADDR, addr),
	TIME("time", time),
	UINT("left_out", left_out),
	UINT("side", fact.side),
	ENUM_ALWAYS("kind", fact.kind, fact),
	{ .kind = KIND_VARIANT, .offset = offsetof(T, fact), .max = FACT_KINDS, .sub = record_facts,
	  COUNTED(fact.kind) },
};
#undef T

#define T struct fact_dns_answer
static const struct field answer_fields[] = {
	ADDR("address", addr),
	UINT("ttl", ttl),
};
static const struct record record_answer = RECORD("address", answer_fields);
#undef T

#define T struct obs_dns
static const struct field question_fields[] = {
	BYTES("name", name),
	UINT("type", type),
};
static const struct record group_question = RECORD("question", question_fields);

static const struct field dns_fields[] = {
	UINT("flow", flow),
	ADDR("client", client),
	ADDR("server", server),
	MAC("client_mac", client_mac),
	UINT("port", port),
	ENUM("transport", proto, transport),
	GROUP("question", group_question),
	UINT("code", rcode),
	BOOL("truncated", truncated),
	UINT("tries", tries),
	TIME("asked", asked),
	TIME("asked_last", asked_last),
	TIME("answered", answered),
	SUB("ask_frame", ask_frame, record_frame),
	SUB("answer_frame", answer_frame, record_frame),
	UINT("answer_ttl", answer_ttl),
	ARRAY("chain", KIND_BYTES, chain, chain_n),
	UINT("chain_more", chain_more),
	ARRAY_SUB("addresses", answers, answers_n, record_answer),
	UINT("addresses_more", answers_more),
};
#undef T

#define T struct obs_host
static const struct field host_fields[] = {
	ENUM_ALWAYS("kind", kind, host_kind),
	TIME("time", time),
	SUB("frame", frame, record_frame),
	ADDR("address", addr),
	MAC("mac", mac),
	ADDR("asker", asker),
	UINT("asked", asked),
	BYTES("host_name", host_name),
	BYTES("vendor_class", vendor_class),
	ADDR("server", server),
	ARRAY("resolvers", KIND_ADDR, resolvers, resolvers_n),
	ARRAY("routers", KIND_ADDR, routers, routers_n),
	ARRAY("ntp", KIND_ADDR, ntp, ntp_n),
};
#undef T

#define T struct obs_window
static const struct field window_fields[] = {
	TIME("time", time),
	UINT("interface", interface),
	UINT("packets", packets),
	UINT("bytes", bytes),
	UINT("dropped_kernel", dropped_kernel),
	UINT("dropped_interface", dropped_interface),
	UINT("duplicates", duplicates),
	UINT("unseen", unseen),
	UINT("cut", cut),
	UINT("undecoded", undecoded),
};
#undef T

#define T struct obs_tick
static const struct field tick_fields[] = {
	TIME("time", time),
};
#undef T

#define T struct obs_break
static const struct field break_fields[] = {
	ENUM_ALWAYS("kind", kind, break),
	TIME("time", time),
	UINT("capture", capture),
	UINT("frame", frame),
	UINT("byte", byte),
	INT("step_ns", step),
	BYTES("why", why),
};
#undef T

#define T struct obs_end
static const struct field end_fields[] = {
	TIME("time", time),
	UINT("packets", packets),
	UINT("bytes", bytes),
	UINT("flows", flows),
	UINT("duplicates", duplicates),
	UINT("dropped", dropped),
	UINT("unseen_bytes", unseen_bytes),
	UINT("cut", cut),
	UINT("late", late),
	ARRAY("undecoded", KIND_COUNT, undecoded, undecoded_n),
	ARRAY("evicted", KIND_COUNT, evicted, evicted_n),
	BOOL_ALWAYS("complete", complete),
};
#undef T

#define OBS(id, nm, fs, st) [id] = { .name = nm, .fields = fs, .fields_n = COUNT_OF(fs), .size = sizeof(st) }
const struct record obs_records[OBS_TYPES] = {
	OBS(OBS_START, "start", start_fields, struct obs_start),
	OBS(OBS_CAPTURE, "capture", capture_fields, struct obs_capture),
	OBS(OBS_FLOW, "flow", flow_fields, struct obs_flow),
	OBS(OBS_EVENT, "event", event_fields, struct obs_event_of),
	OBS(OBS_FACT, "fact", fact_fields, struct obs_fact),
	OBS(OBS_DNS, "dns", dns_fields, struct obs_dns),
	OBS(OBS_HOST, "host", host_fields, struct obs_host),
	OBS(OBS_WINDOW, "window", window_fields, struct obs_window),
	OBS(OBS_TICK, "tick", tick_fields, struct obs_tick),
	OBS(OBS_BREAK, "break", break_fields, struct obs_break),
	OBS(OBS_END, "end", end_fields, struct obs_end),
};
