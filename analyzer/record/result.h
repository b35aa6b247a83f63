/*
 * Results: what the judge says to people. Same rules as observations: by value, in order, spans live as long as the
 * call; record/model.c has the table of fields.
 *
 * Order: run; then device, flow and verdict as they become final; then at the end rule by device, finding (most severe
 * first, then by its first flow and code), run again with the captures' totals, end.
 */
#ifndef PLUMBLINE_RECORD_RESULT_H
#define PLUMBLINE_RECORD_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "record/obs.h"

enum { RESULT_SCHEMA = 1, RESULT_FRAMES = 16, RESULT_FLOWS = 64, RESULT_FACTS = 24 };

enum result_type {
	RESULT_RUN,
	RESULT_DEVICE,
	RESULT_FLOW,
	RESULT_VERDICT,
	RESULT_RULE,
	RESULT_FINDING,
	RESULT_END,
	RESULT_TYPES
};

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };
enum confidence { CONFIDENCE_NONE, CONFIDENCE_POSSIBLE, CONFIDENCE_PROBABLE, CONFIDENCE_CONFIRMED };
enum need { NEED_REQUIRED, NEED_RECOMMENDED, NEED_OPTIONAL, NEED_ALLOWED, NEED_FORBIDDEN };

enum verdict {
	VERDICT_CONFORMANT,
	VERDICT_UNDECLARED,
	VERDICT_FAILED,
	VERDICT_IMPAIRED,
	VERDICT_UNEXPECTED_APPLICATION,
	VERDICT_INCONCLUSIVE,
	VERDICT_IGNORED,
};

enum rule_status {
	STATUS_MET,
	STATUS_SENT,
	STATUS_FAILED,
	STATUS_INTERMITTENT,
	STATUS_MISSING,
	STATUS_UNSEEN,
	STATUS_UNBOUND,
	STATUS_INCONCLUSIVE,
};

enum outcome {
	OUTCOME_OK,
	OUTCOME_SENT,
	OUTCOME_NO_REPLY,
	OUTCOME_REFUSED,
	OUTCOME_ICMP_REJECTED,
	OUTCOME_HANDSHAKE_STUCK,
	OUTCOME_HELLO_DROPPED,
	OUTCOME_HELLO_RESET,
	OUTCOME_HELLO_IGNORED,
	OUTCOME_TLS_ALERT,
	OUTCOME_TLS_INTERCEPTED,
	OUTCOME_APP_REJECTED,
	OUTCOME_IDLE_DROPPED,
	OUTCOME_IDLE_RESET,
	OUTCOME_ONE_WAY_MEDIA,
	OUTCOME_SUPERSEDED,
	OUTCOME_INCONCLUSIVE,
	OUTCOMES
};

enum reason {
	REASON_NONE,
	REASON_STARTS_BEFORE_CAPTURE,
	REASON_CAPTURE_ENDED,
	REASON_ONE_WAY_CAPTURE,
	REASON_CAPTURE_LOSS,
	REASON_SNAPLEN,
	REASON_ENCRYPTED,
	REASON_TUNNELLED,
	REASON_GAVE_UP,
	REASON_ROAMED,
	REASON_EVICTED,
	REASON_CLOCK_STEP,
	REASON_REASSEMBLY_LIMIT,
	REASONS
};

enum name_source { NAME_SNI, NAME_QUIC_SNI, NAME_HTTP_HOST, NAME_CONNECT, NAME_DNS, NAME_DNS_WEAK, NAME_CERTIFICATE };

/* findings.def: the codes, in order. */
enum finding_code {
#define FINDING(id, ...) FIND_##id,
#include "record/findings.def"
#undef FINDING
	FINDING_CODES
};

/*
 * A span is our own text (UTF-8), written as it is, but for these, which hold hostile bytes and are written with \xHH:
 * captures[].name, device.names, flow.application, names[].name, tls.alpn, tls.issuer, peer_name, the text of a fact,
 * and the names of counts. What is put into a message or remedy from outside must have gone through wr_printable().
 */
struct result_source {
	struct span id, title, number, date;
};

struct result_profile {
	struct span id, title;
	const struct result_source *sources;
	uint32_t sources_n;
};

struct result_run {
	uint32_t schema;
	struct span tool, version, site, vantage;
	const struct result_profile *profiles;
	uint32_t profiles_n;
	const struct obs_capture *captures;
	uint32_t captures_n;
	bool final; /* the second one: captures have their totals */
};

struct result_address {
	struct addr address;
	int64_t from, to;
	struct span how; /* "arp", "nd", "dhcp", "site", "seen" */
};

struct result_device {
	struct span id;
	const struct result_address *addresses;
	uint32_t addresses_n;
	const struct mac *macs;
	uint32_t macs_n;
	const struct span *names; /* DHCP host name … */
	uint32_t names_n;
	const struct span *profiles;
	uint32_t profiles_n;
	struct span identified_by; /* "the site file", "--device", "its traffic, a signature of …" */
	uint8_t confidence;
	bool absent; /* declared, and nothing of it was seen: nothing is said of it but who it is */
};

struct result_name {
	struct span name;
	uint8_t source; /* enum name_source */
	bool outer;     /* carried beside an encrypted hello: perhaps not the name that was meant */
};

struct result_tls {
	uint16_t version, cipher; /* 0: no such seen */
	struct span alpn, issuer;
	bool done;
};

struct result_flow {
	uint64_t id;
	uint32_t logical;         /* from 1: inside the proxy flow of that id; 0: the flow itself */
	struct addr addr[2];
	uint16_t port[2];
	uint8_t proto, initiator_how;
	uint16_t vlan;
	uint8_t tunnels_n;
	struct obs_tunnel tunnels[OBS_TUNNELS]; /* outermost first */
	uint32_t carried;         /* its packets in which others travelled, which are flows of their own */
	int64_t start, end;
	struct obs_frame first_frame, last_frame;
	uint8_t outcome, reason;
	bool established_before;
	struct span application;
	const struct result_name *names;
	uint32_t names_n;
	uint64_t packets[2], bytes[2];
	uint32_t rtt_us[2], retransmitted[2];
	uint8_t dscp[2];
	struct result_tls tls;
	bool has_icmp;
	struct obs_icmp icmp;
	struct span conn_state;   /* Zeek's */
	struct span community_id; /* 1:base64 */
};

struct result_verdict {
	uint64_t flow;
	uint32_t logical;         /* as in result_flow */
	struct span device, profile;
	const struct span *rules; /* headline first */
	uint32_t rules_n;
	uint8_t verdict, confidence;
	struct addr peer;
	uint16_t port;
	struct span peer_name;
};

/* What an address of by_peer is to the device. */
enum peer_role { PEER_ASKED, PEER_ASKER, PEER_PROXY, PEER_RESOLVER };

struct result_peer {
	struct addr peer;
	uint8_t role;
	uint16_t port;
	uint32_t attempts, ok, failed;
	int64_t last;
};

struct result_rule {
	struct span device, profile, rule, service;
	uint8_t need, status, reason, confidence;
	uint32_t attempts, succeeded, failed;
	const struct result_peer *by_peer;
	uint32_t by_peer_n;
	uint32_t peers_more;
	int64_t first, last;
	struct span set_to; /* unbound: "--set sam_server=10.1.0.20" that would bind it, or empty */
};

enum finding_state { FINDING_OPEN, FINDING_UPDATED, FINDING_CLEARED };

/* A measured value of a finding: a number with its unit in the name, or text. */
struct result_fact {
	const char *name;
	bool is_text;
	int64_t number;
	struct span text;
};

struct result_filter {
	uint32_t capture;
	struct span filter; /* Wireshark display filter */
};

struct result_finding {
	struct span id;
	uint8_t state;
	uint16_t code;
	uint8_t severity, confidence;
	struct span device;
	const struct span *devices;
	uint32_t devices_n;
	struct span profile, rule;
	struct span message, remedy;
	const uint16_t *not_excluded; /* codes */
	uint32_t not_excluded_n;
	struct span exclude_by;
	struct addr peer;
	struct span peer_name;
	const uint16_t *ports;
	uint32_t ports_n;
	uint8_t proto;
	uint32_t count;
	int64_t first, last;
	const uint64_t *flows;
	uint32_t flows_n;
	const struct obs_frame *frames;
	uint32_t frames_n;
	const struct result_filter *filter;
	uint32_t filter_n;
	const struct result_fact *facts;
	uint32_t facts_n;
};

struct result_end {
	uint64_t packets, bytes, flows;
	uint32_t devices, findings;
	const struct obs_count *undecoded;
	uint32_t undecoded_n;
	uint64_t duplicates;
	uint64_t dropped, unseen_bytes, cut;
	const struct obs_count *evicted;
	uint32_t evicted_n;
	bool complete;
	struct span reason; /* why not complete */
};

struct result {
	enum result_type type;
	union {
		struct result_run run;
		struct result_device device;
		struct result_flow flow;
		struct result_verdict verdict;
		struct result_rule rule;
		struct result_finding finding;
		struct result_end end;
	};
};

/* Where results go. A sink that does not want flows and verdicts says so, and none are made. */
struct result_sink {
	void *ctx;
	void (*put)(void *ctx, const struct result *r);
	bool wants_flows;
};

/* The names as the records write them ("no-reply", "port-blocked-silently"); never NULL. */
const char *severity_name(uint8_t s);
const char *confidence_name(uint8_t c);
const char *need_name(uint8_t n);
const char *verdict_name(uint8_t v);
const char *rule_status_name(uint8_t s);
const char *outcome_name(uint8_t o);
const char *reason_name(uint8_t r);
const char *name_source_name(uint8_t s);

/* One entry of findings.def. */
struct finding_def {
	const char *code;     /* "port-blocked-silently" */
	const char *cause_id; /* "C01", or "" */
	uint8_t base;         /* severity when a required rule is concerned, or of the finding itself */
	bool by_need;         /* severity falls with the rule's need */
	const char *title;    /* one line for people */
	const char *proof;    /* how it is proven: minimum evidence, contrast, what makes it weaker */
	const char *remedy;   /* what to do */
};

/* NULL: no such code. */
const struct finding_def *finding_def(uint16_t code);
/* The code of that name, or -1. */
int finding_code_of(struct span name);

#endif
