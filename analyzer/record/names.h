/*
 * Enumerations and their texts: one table each, used by the writers, the readers and the reports. A table may begin at
 * another number than 0 and may have holes; a value without a text is written as its number.
 */
#ifndef PLUMBLINE_RECORD_NAMES_H
#define PLUMBLINE_RECORD_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

struct names {
	const char *const *text; /* NULL: no name for this one */
	uint32_t base, n;        /* text[i] names base + i */
};

/* The text, or NULL where the value has none. */
const char *names_text(const struct names *n, uint32_t v);
bool names_find(const struct names *n, struct span text, uint32_t *ret_v);

/* Of observations. */
extern const struct names names_phase, names_end_why, names_init_how, names_ip_id, names_event, names_fact,
	names_fact_source, names_host_kind, names_break;
/* Of results. */
extern const struct names names_severity, names_confidence, names_need, names_peer_role, names_verdict,
	names_rule_status, names_outcome, names_reason, names_name_source, names_finding_state, names_finding;
/* Of both: IP protocol numbers (IANA), TLS versions ("1.2"), kinds of tunnels (RFC names, lower case). */
extern const struct names names_transport, names_tls_version, names_tunnel;

#endif
