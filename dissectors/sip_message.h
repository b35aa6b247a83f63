/* The head of a SIP message; RFC 3261, 7, 20 and 25. */
#ifndef PLUMBLINE_DISSECTORS_SIP_MESSAGE_H
#define PLUMBLINE_DISSECTORS_SIP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fact.h"

/* Values as they are written, folded lines and all; of a field that stands several times the first. Empty: none. */
struct sip_head {
	bool response;
	uint16_t status; /* of a response */
	struct span method; /* of a request */
	struct span via, contact, call_id, cseq, user_agent, expires;
	struct span content_type, content_encoding, content_length;
	struct span authorization, proxy_authorization;
};

/* A request or status line? Sets response, status and method. */
bool sip_start_read(struct span line, struct sip_head *ret_h);

/*
 * Reads up to the empty line, or as far as was captured. False where it does not begin as a SIP message does. Spans
 * point into r's bytes.
 */
bool sip_head_read(struct rd r, struct sip_head *ret_h);

/* Bytes of the head with its empty line; 0 where that was not captured. */
size_t sip_head_length(struct rd r);

/* Content-Length, or -1 where there is none or it is no number. */
int64_t sip_body_length(const struct sip_head *h);

/* The fact of a head. */
struct fact_sip sip_fact(const struct sip_head *h);

#endif
