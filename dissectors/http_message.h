/* The lines of HTTP/1 messages: RFC 9112, 2 to 5. Spans point into the line that was read. */
#ifndef PLUMBLINE_DISSECTORS_HTTP_MESSAGE_H
#define PLUMBLINE_DISSECTORS_HTTP_MESSAGE_H

#include "dissectors/dissector.h"

enum { HTTP_METHOD_MAX = 16, HTTP_TARGET_MAX = 128, HTTP_HOST_MAX = 261 /* 255, a colon, a port */ };

struct http_request {
	struct span method;
	struct span host;   /* of a CONNECT or an absolute URI, without user information; else empty */
	struct span target; /* the path without its query, at most HTTP_TARGET_MAX bytes; empty for CONNECT */
	bool connect, absolute, head;
};

/*
 * Is this a request line? `whole`: the line ends there; else more of it was sent. MATCH_MAYBE, which says nothing yet,
 * only where it is not whole; MATCH_YES where the version is there, or, not whole, if method and target leave no doubt.
 * *ret is set where the answer is not MATCH_NO.
 */
enum dissector_match http_request_read(struct span line, bool whole, struct http_request *ret);

/* The same of a status line; *ret_status is set on MATCH_YES, when its three digits are there. */
enum dissector_match http_status_read(struct span line, bool whole, uint16_t *ret_status);

/* "Name: value" without the blanks around the value; false where it is no field. */
bool http_field_read(struct span line, struct span *ret_name, struct span *ret_value);

/* The number before a chunk's extensions (RFC 9112, 7.1). */
bool http_chunk_read(struct span line, uint64_t *ret_size);

/* Which scheme a credentials field uses (RFC 9110, 11.4); false where it is none we know. */
bool http_auth_read(struct span value, struct fact_auth *ret_auth, unsigned *ret_index);

#endif
