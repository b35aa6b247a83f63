/* A classifier under test: requests are put together here and handed over. */
#ifndef PLUMBLINE_TESTS_CLASSIFY_RIG_H
#define PLUMBLINE_TESTS_CLASSIFY_RIG_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "classify/classify_priv.h"

struct request {
	struct classify_flow flow;
	struct classify_packet packet[CLASSIFY_PACKETS];
	struct span part[1 + 2 * CLASSIFY_PACKETS];
	size_t n, parts;
	uint32_t seq[2];
};

static inline struct addr rig_addr(uint8_t last)
{
	return addr_v4(UINT32_C(0x0a000000) + last);
}

static inline void request_begin(struct request *r, uint8_t proto, uint16_t sport, uint16_t dport)
{
	*r = (struct request){ .flow = { .addr = { rig_addr(1), rig_addr(2) }, .port = { sport, dport }, .proto = proto },
			       .seq = { 1000, 2000 } };
	r->part[r->parts++] = (struct span){ (const uint8_t *)&r->flow, sizeof(r->flow) };
}

/* The bytes are the caller's and stay until the request is handed over. */
static inline void request_say(struct request *r, uint8_t side, const void *bytes, size_t n)
{
	enum { PSH_ACK = 0x18 };
	struct classify_packet *p = &r->packet[r->n];

	ck_assert_uint_lt(r->n, CLASSIFY_PACKETS);
	*p = (struct classify_packet){ .time = (int64_t)r->n * NS_PER_MS, .seq = r->seq[side], .ack = r->seq[!side],
				       .window = 1000, .flags = PSH_ACK, .side = side, .payload = (uint32_t)n };
	r->n++;
	r->seq[side] += (uint32_t)n;
	r->part[r->parts++] = (struct span){ (const uint8_t *)p, sizeof(*p) };
	r->part[r->parts++] = (struct span){ bytes, n };
}

static inline uint32_t request_send(struct classify *c, struct request *r)
{
	uint32_t cookie = 0;

	ck_assert_int_eq(classify_submit(c, r->part, r->parts, &cookie), 0);
	ck_assert_uint_ne(cookie, 0);
	return cookie;
}

/* A datagram whose first byte tells the hook what to do. */
static inline uint32_t rig_send_word(struct classify *c, const char *word)
{
	struct request r;

	request_begin(&r, PROTO_UDP, 40000, 40001);
	request_say(&r, 0, word, strlen(word));
	return request_send(c, &r);
}

/* A flow that every worker knows: remote framebuffer, both greetings (RFC 6143, 7.1.1). */
static inline uint32_t rig_send_known(struct classify *c)
{
	static const char hello[] = "RFB 003.008\n";
	struct request r;

	request_begin(&r, PROTO_TCP, 40000, 5999);
	request_say(&r, 1, hello, sizeof(hello) - 1);
	request_say(&r, 0, hello, sizeof(hello) - 1);
	return request_send(c, &r);
}

static inline void rig_expect_known(struct classify *c, uint32_t cookie)
{
	struct classify_label label = { "", true };

	ck_assert_int_eq(classify_collect(c, cookie, &label), CLASSIFY_LABEL);
	ck_assert_str_eq(label.application, "VNC");
	ck_assert(!label.weak);
}

static inline void rig_expect(struct classify *c, uint32_t cookie, enum classify_answer answer)
{
	struct classify_label label;
	ck_assert_int_eq(classify_collect(c, cookie, &label), answer);
}

static inline int rig_run(Suite *s)
{
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
