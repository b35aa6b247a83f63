/* Announced endpoints: of several calls at one port each keeps what came to it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/announce.h"

static struct announcements a;
static struct names names;

static const uint32_t PHONE = 0x0a000005, FAR = 0x0a010001;

static void setup(void)
{
	announcements_init(&a);
	names_init(&names, 100);
}

static void teardown(void)
{
	announcements_free(&a);
	ck_assert_uint_eq(a.n, 0);
	names_free(&names);
}

static void announce(int64_t s, const char *call)
{
	struct obs_fact f = { .time = s * NS_PER_S, .fact = { .kind = FACT_ENDPOINT } };

	f.fact.endpoint.addr = addr_v4(PHONE);
	f.fact.endpoint.port = 2222;
	f.fact.endpoint.media = SPAN("audio");
	f.fact.endpoint.call_id = span_of(call);
	announcements_add(&a, &names, &f);
}

/* The phone's stream to a port of the other side. */
static void stream(int64_t s, uint64_t id, uint16_t port, uint64_t packets)
{
	const struct closed c = { .id = id, .addr = { addr_v4(PHONE), addr_v4(FAR) }, .port = { 2222, port }, .proto = PROTO_UDP,
				  .start = s * NS_PER_S, .end = (s + 10) * NS_PER_S, .packets = { packets, 0 } };
	announcements_use(&a, &c);
}

static const struct announced *at(int64_t s)
{
	const struct addr phone = addr_v4(PHONE);
	return announcements_find(&a, &phone, 2222, s * NS_PER_S);
}

START_TEST(calls_one_behind_the_other)
{
	announce(100, "one");
	announce(105, "one"); /* it is offered again */
	ck_assert_uint_eq(a.n, 1);
	announce(200, "two");
	stream(210, 9, 7002, 70);
	stream(110, 8, 7000, 60); /* flows close late */
	ck_assert_uint_eq(a.n, 2);
	ck_assert_uint_eq(at(110)->flow, 8);
	ck_assert_uint_eq(at(110)->sent, 60);
	ck_assert_uint_eq(at(210)->flow, 9);
	ck_assert_uint_eq(at(210)->sent, 70);
	ck_assert(span_eq(at(110)->call_id, SPAN("one")));
	ck_assert_ptr_null(at(50));
}
END_TEST

START_TEST(the_oldest_go)
{
	for (int64_t i = 0; i < 100; i++) {
		char call[8];
		(void)snprintf(call, sizeof(call), "c%d", (int)i);
		announce(1000 + 20 * i, call);
	}
	ck_assert_uint_eq(a.n, ANNOUNCED_EARLIER + 1);
	ck_assert_uint_eq(a.evicted, 100 - ANNOUNCED_EARLIER - 1);
	ck_assert(span_eq(at(1000 + 20 * 99)->call_id, SPAN("c99")));
	ck_assert(span_eq(at(1000 + 20 * 50)->call_id, SPAN("c50")));
	ck_assert_ptr_null(at(1000));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("announce");
	TCase *t = tcase_create("announce");
	SRunner *r;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, calls_one_behind_the_other);
	tcase_add_test(t, the_oldest_go);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
