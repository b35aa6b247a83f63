/*
 * Which events say something of a flow: those that the judge says it does without change nothing, the others do. And
 * what a closed flow is by itself: a leftover, a tunnel.
 */
#include <check.h>
#include <string.h>

#include "base/proto.h"
#include "base/span.h"
#include "judge/closed.h"
#include "judge/judge.h"

/* All of it, but for what points elsewhere. */
static bool changed(const struct closing *a, const struct closing *b)
{
	return memcmp(&a->c, &b->c, sizeof(a->c)) != 0 || a->replies_n != b->replies_n || a->refusals_n != b->refusals_n ||
	       a->has_detail != b->has_detail;
}

/* Both sides speak in turn; the values are such that every kind means something by them. */
static bool says_something(uint8_t kind)
{
	static struct closing before, after;

	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	for (unsigned i = 0; i < 4; i++) {
		const struct obs_event e = { .time = 1000 + i, .frame = 7 + i, .kind = kind, .side = i & 1, .v = { 2, 40, 1 } };
		closing_event(&after, &e);
	}
	return changed(&before, &after);
}

START_TEST(without_is_what_it_says)
{
	ck_assert_int_eq(says_something((uint8_t)_i), !(judge_sink(NULL).without >> _i & 1));
}
END_TEST

/* The initiator's and the responder's packets and payload, and what else was counted. */
static struct closed tcp(uint64_t out, uint64_t back, uint64_t payload, uint32_t syns, uint32_t synacks, uint32_t rsts)
{
	return (struct closed){ .proto = PROTO_TCP, .packets = { out, back }, .payload = { payload, 0 }, .syns = syns,
				.synacks = synacks, .rsts = rsts };
}

START_TEST(leftovers_open_nothing)
{
	const struct closed leftovers[] = { tcp(1, 0, 0, 0, 0, 1), tcp(0, 1, 0, 0, 0, 1), tcp(0, 2, 0, 0, 2, 0) };
	const struct closed others[] = {
		tcp(1, 0, 0, 1, 0, 0), tcp(2, 0, 0, 1, 0, 1), tcp(1, 1, 0, 0, 0, 1), tcp(2, 0, 9, 0, 0, 1), tcp(3, 0, 0, 0, 0, 0),
	};
	struct closed datagram = tcp(1, 0, 0, 0, 0, 1);

	for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++)
		ck_assert_msg(closed_is_leftover(&leftovers[i]), "leftover %zu", i);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!closed_is_leftover(&others[i]), "no leftover %zu", i);
	datagram.proto = PROTO_UDP;
	ck_assert(!closed_is_leftover(&datagram));
}
END_TEST

/* By the port alone, so there must be something in it: a keep-alive and a probe have a byte. */
START_TEST(tunnels_by_port)
{
	static const struct {
		uint16_t port;
		uint64_t packets, payload;
		const char *name;
	} cases[] = {
		{ 4500, 1, 1, "" }, { 4500, 10, 160, "" }, { 4500, 10, 1000, "ESP" }, { 5247, 4, 400, "CAPWAP" },
		{ 5246, 4, 400, "CAPWAP" }, { 5246, 1, 16, "" }, { 4501, 10, 1000, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct closed c = { .proto = PROTO_UDP, .port = { 40000, cases[i].port },
					  .packets = { cases[i].packets, 0 }, .payload = { cases[i].payload, 0 } };
		ck_assert_msg(span_eq(closed_tunnel(&c), span_of(cases[i].name)), "case %zu", i);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("closing");
	TCase *t = tcase_create("closing");

	tcase_add_loop_test(t, without_is_what_it_says, 0, EVENT_KINDS);
	tcase_add_test(t, leftovers_open_nothing);
	tcase_add_test(t, tunnels_by_port);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
