/* The texts of every enumeration, as the records write them. */
#include "record/names.h"

#include <string.h>

#include "record/result.h"

#define TABLE(name, ...)                                      \
	static const char *const text_##name[] = __VA_ARGS__; \
	const struct names names_##name = { text_##name, 0, sizeof(text_##name) / sizeof(text_##name[0]) }

TABLE(phase, { "open", "update", "close" });
TABLE(end_why, { "open", "fin", "rst", "idle", "replaced", "evicted", "capture-end", "clock" });
TABLE(init_how, { "syn", "synack", "request", "first" });
TABLE(ip_id, { "unknown", "zero", "constant", "counts", "random" });
TABLE(fact, { [FACT_NONE] = "none",
	      [FACT_TLS_CLIENT] = "tls-client",
	      [FACT_TLS_SERVER] = "tls-server",
	      [FACT_TLS_CERT] = "tls-cert",
	      [FACT_LABEL] = "label",
	      [FACT_HTTP] = "http-exchange",
	      [FACT_SIP] = "sip-message",
	      [FACT_ENDPOINT] = "sdp-media",
	      [FACT_RTP] = "rtp-stream",
	      [FACT_IKE] = "ike-message",
	      [FACT_BANNER] = "banner",
	      [FACT_AUTH] = "credentials",
	      [FACT_QUIC] = "quic" });
TABLE(fact_source, { "dissector", "classifier" });
TABLE(host_kind, { "arp", "nd", "dhcp", "unanswered" });
TABLE(break, { "file-cut", "file-corrupt", "clock-step", "interface-down" });

TABLE(severity, { "info", "low", "medium", "high" });
TABLE(confidence, { "none", "possible", "probable", "confirmed" });
TABLE(need, { "required", "recommended", "optional", "allowed", "forbidden" });
TABLE(peer_role, { "asked", "asker", "proxy", "resolver" });
TABLE(verdict, { "conformant", "undeclared", "failed", "impaired", "unexpected-application", "inconclusive",
		 "ignored" });
TABLE(rule_status, { "met", "sent", "failed", "intermittent", "missing", "unseen", "unbound", "inconclusive" });
TABLE(outcome, { "ok", "sent", "no-reply", "refused", "icmp-rejected", "handshake-stuck", "hello-dropped",
		 "hello-reset", "hello-ignored", "tls-alert", "tls-intercepted", "app-rejected", "idle-dropped",
		 "idle-reset", "one-way-media", "superseded", "inconclusive" });
TABLE(reason, { "none", "starts-before-capture", "capture-ended", "one-way-capture", "capture-loss", "snaplen",
		"encrypted", "tunnelled", "gave-up", "roamed", "evicted", "clock-step", "reassembly-limit" });
TABLE(name_source, { "sni", "quic-sni", "http-host", "connect", "dns", "dns-weak", "certificate" });
TABLE(finding_state, { "open", "updated", "cleared" });
/* Keywords as in the IANA registry "Assigned Internet Protocol Numbers", in lower case. */
TABLE(transport, { [1] = "icmp",
		   [2] = "igmp",
		   [6] = "tcp",
		   [17] = "udp",
		   [47] = "gre",
		   [50] = "esp",
		   [51] = "ah",
		   [58] = "icmpv6",
		   [89] = "ospf",
		   [103] = "pim",
		   [112] = "vrrp",
		   [132] = "sctp" });
TABLE(tunnel, { "none", "ipip", "6in4", "4in6", "6in6", "gre", "pptp", "erspan", "etherip", "vxlan", "vxlan-gpe",
		"geneve", "gtp-u", "teredo", "l2tp", "capwap" });
#undef TABLE

static const char *const text_event[] = {
#define EVENT(id, name, values) [EV_##id] = name,
#include "record/events.def"
#undef EVENT
};
const struct names names_event = { text_event, 0, EVENT_KINDS };

static const char *const text_finding[] = {
#define FINDING(id, code, ...) [FIND_##id] = code,
#include "record/findings.def"
#undef FINDING
};
const struct names names_finding = { text_finding, 0, FINDING_CODES };

/* RFC 8446, appendix B.3.1.1, and its predecessors. */
static const char *const text_tls_version[] = { "ssl3", "1.0", "1.1", "1.2", "1.3" };
const struct names names_tls_version = { text_tls_version, 0x0300, 5 };

_Static_assert(sizeof(text_outcome) / sizeof(text_outcome[0]) == OUTCOMES, "every outcome has a name");
_Static_assert(sizeof(text_reason) / sizeof(text_reason[0]) == REASONS, "every reason has a name");

const char *names_text(const struct names *n, uint32_t v)
{
	return v >= n->base && v - n->base < n->n ? n->text[v - n->base] : NULL;
}

bool names_find(const struct names *n, struct span text, uint32_t *ret_v)
{
	for (uint32_t i = 0; i < n->n; i++) {
		const char *s = n->text[i];
		if (s && strlen(s) == text.n && memcmp(s, text.p, text.n) == 0) {
			*ret_v = n->base + i;
			return true;
		}
	}
	return false;
}

static const char *text_or_unknown(const struct names *n, uint8_t v)
{
	const char *s = names_text(n, v);
	return s ? s : "unknown";
}

const char *severity_name(uint8_t s)
{
	return text_or_unknown(&names_severity, s);
}

const char *confidence_name(uint8_t c)
{
	return text_or_unknown(&names_confidence, c);
}

const char *need_name(uint8_t n)
{
	return text_or_unknown(&names_need, n);
}

const char *verdict_name(uint8_t v)
{
	return text_or_unknown(&names_verdict, v);
}

const char *rule_status_name(uint8_t s)
{
	return text_or_unknown(&names_rule_status, s);
}

const char *outcome_name(uint8_t o)
{
	return text_or_unknown(&names_outcome, o);
}

const char *reason_name(uint8_t r)
{
	return text_or_unknown(&names_reason, r);
}

const char *name_source_name(uint8_t s)
{
	return text_or_unknown(&names_name_source, s);
}
