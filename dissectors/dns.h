/* One DNS message: bytes in, question and answers out. */
#ifndef PLUMBLINE_DISSECTORS_DNS_H
#define PLUMBLINE_DISSECTORS_DNS_H

#include <stdbool.h>

#include "base/fact.h"
#include "base/rd.h"

enum {
	DNS_HEADER = 12,
	DNS_NAME_MAX = 255, /* RFC 1035, 2.3.4 */
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_AAAA = 28,
	DNS_CLASS_IN = 1,
	DNS_FLAG_RESPONSE = 0x8000,
	DNS_FLAG_TRUNCATED = 0x0200,
	DNS_FLAG_RESERVED = 0x0040,
};

/* The counts are the sender's claims. */
struct dns_header {
	uint16_t id, flags, questions, answers, authorities, additionals;
};

struct dns_header dns_header_read(struct rd *r);
unsigned dns_opcode(const struct dns_header *h);

/*
 * The name at `at`, a reader inside `msg` that runs to its end, as lower-case text in `out`; `at` moves behind it.
 * After a failure at->err says which, and the span is empty.
 */
struct span dns_name_read(const struct rd *msg, struct rd *at, uint8_t out[DNS_NAME_MAX]);

/* Where the names of one message are written; need not be zeroed. The last one is a spare. */
struct dns_room {
	uint8_t name[FACT_CHAIN + 2][DNS_NAME_MAX];
};

/*
 * *ret_known: header and first question were read, so *ret_d may be believed. Its spans point into `room`.
 * RD_SHORT: answers_more counts the records that were not captured. RD_OVERRUN: malformed; if known, the lie is behind
 * the question, and *ret_d has no answers.
 */
enum rd_err dns_read(struct rd msg, struct dns_room *room, struct fact_dns *ret_d, bool *ret_known);

#endif
