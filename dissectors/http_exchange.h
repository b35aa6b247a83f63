/* Requests and the answers to them: what is kept of a request until it is answered, and what becomes a fact. */
#ifndef PLUMBLINE_DISSECTORS_HTTP_EXCHANGE_H
#define PLUMBLINE_DISSECTORS_HTTP_EXCHANGE_H

#include "dissectors/dissector.h"
#include "dissectors/http_message.h"

enum {
	HTTP_PENDING_MAX = 8, /* requests that wait for their answers */
	HTTP_TEXT_ROOM = 768, /* of all of them */
	HTTP_LOCATION_MAX = 256,
	HTTP_TYPE_MAX = 64,
};

/* A request without its answer. Its method, target and host, in this order, are in the text. */
struct http_pending {
	uint16_t host_n;
	uint8_t method_n, target_n;
	bool connect, absolute, head;
	bool credentials;    /* Basic or Digest: an answer that asks for them says no */
};

/* Zeroed memory is one without any request. */
struct http_exchanges {
	struct http_pending pending[HTTP_PENDING_MAX];
	uint8_t text[HTTP_TEXT_ROOM];
	uint8_t location[HTTP_LOCATION_MAX], type[HTTP_TYPE_MAX]; /* of the answer that is being read */
	uint32_t said_hash;  /* of the last exchange that became a fact */
	uint16_t text_n, location_n;
	uint16_t status;     /* of the answer that is being read */
	uint16_t last_reply;
	uint8_t pending_n, type_n;
	uint8_t said, replies;
	uint8_t schemes, proxy_schemes; /* bits of those that were told */
	uint8_t client;      /* its side */
	bool unmatched;      /* more requests wait than were kept: answers cannot be told apart any more */
};

/* The oldest request that waits, the newest one; NULL where there is none. */
const struct http_pending *http_oldest(const struct http_exchanges *x);
struct http_pending *http_newest(struct http_exchanges *x);

void http_ask(struct http_exchanges *x, const struct http_request *q, const struct fact_sink *out);
/* A field of the newest request. */
void http_ask_field(struct http_exchanges *x, struct span name, struct span value, const struct fact_sink *out);

void http_answer(struct http_exchanges *x, uint16_t status);
void http_answer_field(struct http_exchanges *x, struct span name, struct span value);
/* The answer's fields are over: its fact and marks, and the request it was for is forgotten. length: -1 not said. */
void http_answered(struct http_exchanges *x, int64_t length, bool empty, const struct fact_sink *out);

/* No answer to those that wait will be seen, or none that could be told from another's. */
void http_unanswered(struct http_exchanges *x, const struct fact_sink *out);

#endif
