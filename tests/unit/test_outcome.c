/*
 * Outcomes: each row is a flow as the sensor would sum it up, and what may be said of it. For every failure there is a
 * row beside it in which the same packets prove nothing, because the capture hides the other half.
 */
#include <check.h>
#include <stdlib.h>

#include "base/time.h"
#include "judge/outcome.h"

#define S(x) ((int64_t)((x) * 1000.0) * NS_PER_MS)
#define T0 S(1700000000)

struct row {
	const char *what;
	struct closed c;
	double now;        /* seconds after T0 */
	bool one_way, near;
	enum rule_up up;
	enum rule_reply reply;
	uint8_t outcome, reason;
};

/* A TCP flow whose SYN was sent at T0. */
#define TCP_FLOW .proto = 6, .ip_version = 4, .init_how = INIT_SYN, .start = T0, .syn_time = T0
/* QUIC whose ClientHello was read. */
#define QUIC_FLOW .proto = 17, .ip_version = 4, .init_how = INIT_REQUEST, .start = T0, .quic = true, .tls_hello = true
#define SHOOK CAME_ANSWERED | CAME_SHOOK

static const struct row rows[] = {
	{ "SYN at 0, 1, 3, 7, 15 without an answer",
	  { TCP_FLOW, .packets = { 5, 0 }, .syns = 5, .last_syn = T0 + S(15), .end_why = END_IDLE }, 150, false, false,
	  UP_DATA, REPLY_EXPECTED, OUTCOME_NO_REPLY, REASON_NONE },
	{ "the same in a capture that does not show this host's answers",
	  { TCP_FLOW, .packets = { 5, 0 }, .syns = 5, .last_syn = T0 + S(15), .end_why = END_IDLE }, 150, true, false,
	  UP_DATA, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_ONE_WAY_CAPTURE },
	{ "one SYN, then nothing: the application may have given up",
	  { TCP_FLOW, .packets = { 1, 0 }, .syns = 1, .last_syn = T0, .end_why = END_IDLE }, 150, false, false, UP_DATA,
	  REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP },
	{ "two SYNs, capture ends 2.4 s after the first",
	  { TCP_FLOW, .packets = { 2, 0 }, .syns = 2, .last_syn = T0 + S(1), .end_why = END_CAPTURE,
	    .limits = LIMIT_NO_END }, 2.4, false, false, UP_DATA, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE,
	  REASON_CAPTURE_ENDED },
	{ "the same to a server known to answer within 0.2 s",
	  { TCP_FLOW, .packets = { 2, 0 }, .syns = 2, .last_syn = T0 + S(1), .end_why = END_CAPTURE,
	    .limits = LIMIT_NO_END }, 2.4, false, true, UP_DATA, REPLY_EXPECTED, OUTCOME_NO_REPLY, REASON_NONE },
	{ "the initiator acknowledges an answer that is not in the capture",
	  { TCP_FLOW, .packets = { 3, 0 }, .syns = 2, .last_syn = T0 + S(1), .acked = { 0, 200 },
	    .limits = LIMIT_UNSEEN_R }, 150, false, false, UP_DATA, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE,
	  REASON_ONE_WAY_CAPTURE },
	{ "data goes out though no SYN-ACK is there",
	  { TCP_FLOW, .packets = { 3, 1 }, .syns = 1, .last_syn = T0, .payload = { 100, 0 } }, 150, false, false, UP_DATA,
	  REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_LOSS },
	{ "RST to the SYN",
	  { TCP_FLOW, .packets = { 1, 1 }, .syns = 1, .last_syn = T0, .rst = true, .rst_side = 1, .rsts = 1 }, 150, false,
	  false, UP_DATA, REPLY_EXPECTED, OUTCOME_REFUSED, REASON_NONE },
	{ "ICMP administratively prohibited about the SYN",
	  { TCP_FLOW, .packets = { 1, 0 }, .syns = 1, .last_syn = T0, .has_icmp = true, .icmp = { .type = 3, .code = 13 } },
	  150, false, false, UP_DATA, REPLY_EXPECTED, OUTCOME_ICMP_REJECTED, REASON_NONE },
	{ "fragmentation needed rejects nothing",
	  { TCP_FLOW, .packets = { 1, 0 }, .syns = 1, .last_syn = T0, .has_icmp = true, .icmp = { .type = 3, .code = 4 } },
	  150, false, false, UP_DATA, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP },
	{ "SYN-ACK repeated although acknowledged, data repeated",
	  { TCP_FLOW, .packets = { 5, 4 }, .syns = 1, .synacks = 3, .synacks_after_ack = 2, .synack_time = T0 + S(0.1),
	    .established = T0 + S(0.1), .data1 = T0 + S(0.2), .data_repeats = 3, .payload = { 600, 0 },
	    .came = SHOOK }, 150, false, false, UP_DATA, REPLY_EXPECTED, OUTCOME_HANDSHAKE_STUCK, REASON_NONE },
	{ "hello repeated and never acknowledged",
	  { TCP_FLOW, .packets = { 6, 1 }, .syns = 1, .synack_time = T0 + S(0.1), .established = T0 + S(0.1),
	    .data1 = T0 + S(0.2), .data_repeats = 4, .payload = { 2500, 0 }, .came = SHOOK }, 150, false, false,
	  UP_TLS_FINISHED, REPLY_EXPECTED, OUTCOME_HELLO_DROPPED, REASON_NONE },
	{ "the same where bytes are missing from the capture",
	  { TCP_FLOW, .packets = { 6, 1 }, .syns = 1, .synack_time = T0 + S(0.1), .established = T0 + S(0.1),
	    .data1 = T0 + S(0.2), .data_repeats = 4, .payload = { 2500, 0 }, .came = SHOOK, .limits = LIMIT_LOSS }, 150,
	  false, false, UP_TLS_FINISHED, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_LOSS },
	{ "RST right after the hello",
	  { TCP_FLOW, .packets = { 3, 2 }, .syns = 1, .synack_time = T0 + S(0.1), .established = T0 + S(0.1),
	    .data1 = T0 + S(0.2), .payload = { 500, 0 }, .rst = true, .rst_side = 1, .rst_time = T0 + S(0.25),
	    .came = SHOOK }, 150, false, false, UP_TLS_FINISHED, REPLY_EXPECTED, OUTCOME_HELLO_RESET, REASON_NONE },
	{ "hello acknowledged, then silence for 8 s",
	  { TCP_FLOW, .packets = { 3, 2 }, .syns = 1, .synack_time = T0 + S(0.1), .established = T0 + S(0.1),
	    .data1 = T0 + S(0.2), .payload = { 500, 0 }, .acked = { 500, 0 }, .end = T0 + S(8.2), .tls_hello = true,
	    .end_why = END_FIN, .came = SHOOK | CAME_DATA_OUT }, 150, false, false, UP_TLS_FINISHED, REPLY_EXPECTED,
	  OUTCOME_HELLO_IGNORED, REASON_NONE },
	{ "data acknowledged both ways, but no Finished: a fatal alert",
	  { TCP_FLOW, .packets = { 5, 5 }, .synack_time = T0 + S(0.1), .payload = { 500, 300 }, .acked = { 500, 300 },
	    .alert_time = T0 + S(0.5), .came = SHOOK | CAME_DATA | CAME_DATA_OUT }, 150, false, false, UP_TLS_FINISHED,
	  REPLY_EXPECTED, OUTCOME_TLS_ALERT, REASON_NONE },
	{ "both Finished", { TCP_FLOW, .packets = { 5, 5 }, .synack_time = T0, .came = SHOOK | CAME_DATA | CAME_TLS }, 150,
	  false, false, UP_TLS_FINISHED, REPLY_EXPECTED, OUTCOME_OK, REASON_NONE },
	{ "cut frames hide the handshake",
	  { TCP_FLOW, .packets = { 5, 5 }, .synack_time = T0, .came = SHOOK | CAME_DATA, .limits = LIMIT_CUT,
	    .end = T0 + S(1) }, 150, false, false, UP_TLS_FINISHED, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_SNAPLEN },
	{ "middle of a session, keep-alive answered",
	  { .proto = 6, .start = T0, .init_how = INIT_FIRST, .packets = { 1, 1 }, .payload = { 1, 0 }, .acked = { 1, 0 },
	    .limits = LIMIT_NO_START }, 150, false, false, UP_LOGIN, REPLY_EXPECTED, OUTCOME_OK, REASON_NONE },
	{ "middle of a session, one data packet that was not repeated",
	  { .proto = 6, .start = T0, .init_how = INIT_FIRST, .packets = { 1, 0 }, .payload = { 96, 0 }, .last = { T0, 0 },
	    .limits = LIMIT_NO_START }, 150, false, false, UP_LOGIN, REPLY_EXPECTED, OUTCOME_OK, REASON_NONE },
	{ "the same, repeated: nothing is known",
	  { .proto = 6, .start = T0, .init_how = INIT_FIRST, .packets = { 3, 0 }, .payload = { 288, 0 }, .last = { T0, 0 },
	    .retransmitted = { 2, 0 }, .limits = LIMIT_NO_START }, 150, false, false, UP_LOGIN, REPLY_EXPECTED,
	  OUTCOME_INCONCLUSIVE, REASON_STARTS_BEFORE_CAPTURE },
	{ "evicted while it was open",
	  { TCP_FLOW, .packets = { 2, 0 }, .syns = 2, .last_syn = T0 + S(3), .limits = LIMIT_EVICTED }, 150, false, false,
	  UP_DATA, REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_EVICTED },
	{ "datagrams both ways",
	  { .proto = 17, .start = T0, .packets = { 1, 1 }, .came = CAME_ANSWERED | CAME_DATA }, 150, false, false, UP_DATA,
	  REPLY_EXPECTED, OUTCOME_OK, REASON_NONE },
	{ "datagrams repeated in vain",
	  { .proto = 17, .start = T0, .packets = { 3, 0 }, .first = { T0, 0 }, .last = { T0 + S(6), 0 } }, 150, false, false,
	  UP_DATA, REPLY_EXPECTED, OUTCOME_NO_REPLY, REASON_NONE },
	{ "the same where no answer is due",
	  { .proto = 17, .start = T0, .packets = { 3, 0 }, .first = { T0, 0 }, .last = { T0 + S(6), 0 } }, 150, false, false,
	  UP_DATA, REPLY_NONE, OUTCOME_SENT, REASON_NONE },
	{ "multicast is one-way by design",
	  { .proto = 17, .start = T0, .packets = { 3, 0 }, .link_cast = 1, .first = { T0, 0 }, .last = { T0 + S(6), 0 } }, 150,
	  false, false, UP_DATA, REPLY_EXPECTED, OUTCOME_SENT, REASON_NONE },
	{ "one datagram without an answer",
	  { .proto = 17, .start = T0, .packets = { 1, 0 }, .first = { T0, 0 }, .last = { T0, 0 } }, 150, false, false, UP_DATA,
	  REPLY_EXPECTED, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP },
	{ "QUIC answered, and finished both ways",
	  { QUIC_FLOW, .packets = { 4, 3 }, .came = CAME_ANSWERED | CAME_DATA | CAME_TLS }, 200, false, false, UP_DATA,
	  REPLY_UNKNOWN, OUTCOME_OK, REASON_NONE },
	{ "QUIC answered by a Retry and no more: no connection",
	  { QUIC_FLOW, .packets = { 2, 1 }, .came = CAME_ANSWERED | CAME_DATA }, 200, false, false, UP_DATA,
	  REPLY_UNKNOWN, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP },
	{ "the same where the capture ends",
	  { QUIC_FLOW, .packets = { 2, 1 }, .came = CAME_ANSWERED | CAME_DATA, .end_why = END_CAPTURE,
	    .limits = LIMIT_NO_END }, 1, false, false, UP_DATA, REPLY_UNKNOWN, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_ENDED },
	{ "QUIC whose end of the handshake was not seen, alive for a minute",
	  { QUIC_FLOW, .packets = { 90, 70 }, .end = T0 + S(60), .came = CAME_ANSWERED | CAME_DATA }, 300, false, false,
	  UP_DATA, REPLY_UNKNOWN, OUTCOME_OK, REASON_NONE },
	{ "QUIC closed with an alert",
	  { QUIC_FLOW, .packets = { 1, 1 }, .came = CAME_ANSWERED | CAME_DATA, .alert_time = T0 + S(1) }, 200, false, false,
	  UP_DATA, REPLY_UNKNOWN, OUTCOME_TLS_ALERT, REASON_NONE },
	{ "QUIC without an answer, where none is expected: the client may have left for TCP",
	  { QUIC_FLOW, .packets = { 3, 0 }, .first = { T0 }, .last = { T0 + S(3) } }, 200, false, false, UP_DATA,
	  REPLY_UNKNOWN, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP },
};

START_TEST(row)
{
	const struct row *r = &rows[_i];
	struct surroundings s = { .now = T0 + S(r->now), .initiator_seen = T0 + S(r->now), .one_way = r->one_way,
				  .peer_near = r->near };
	struct outcome_of o = outcome_of(&r->c, &s, r->up, r->reply);

	ck_assert_msg(o.outcome == r->outcome && o.reason == r->reason, "%s: %s (%s)", r->what, outcome_name(o.outcome),
		      reason_name(o.reason));
}
END_TEST

/* Whatever is hidden, nothing that accuses may come out where the capture is known to be one-way or evicted. */
START_TEST(doubt_wins)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct closed c = rows[i].c;
		struct surroundings s = { .now = T0 + S(150), .initiator_seen = T0 + S(150), .one_way = true };
		c.packets[1] = 0;
		c.came = 0;
		c.has_icmp = c.rst = false;
		c.limits |= LIMIT_UNSEEN_R;
		ck_assert_msg(!outcome_is_failure(outcome_of(&c, &s, UP_DATA, REPLY_EXPECTED).outcome), "%s", rows[i].what);
	}
}
END_TEST

START_TEST(names_by_time)
{
	struct names n;
	struct obs_dns d = { .name = { (const uint8_t *)"a.example", 9 }, .answered = T0, .answers_n = 1 };
	struct name_candidate c[NAME_CANDIDATES];

	names_init(&n, 100);
	d.client = addr_v4(0x0a000005);
	d.answers[0] = (struct fact_dns_answer){ addr_v4(0x08080808), 60 };
	names_add(&n, &d);
	d.name = (struct span){ (const uint8_t *)"b.example", 9 };
	d.answered = T0 + S(100);
	names_add(&n, &d);
	ck_assert_uint_eq(names_of(&n, &d.client, &d.answers[0].addr, T0 - 1, c), 0);
	ck_assert_uint_eq(names_of(&n, &d.client, &d.answers[0].addr, T0 + S(5), c), 1);
	ck_assert(c[0].fresh && c[0].name.p[0] == 'a');
	ck_assert_uint_eq(names_of(&n, &d.client, &d.answers[0].addr, T0 + S(105), c), 1);
	ck_assert(c[0].fresh && c[0].name.p[0] == 'b');
	ck_assert_uint_eq(names_of(&n, &d.client, &d.answers[0].addr, T0 + S(500), c), 2);
	ck_assert_uint_eq(names_of(&n, &d.client, &d.answers[0].addr, T0 + S(9000), c), 0);
	names_free(&n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("outcome");
	TCase *c = tcase_create("outcome");

	tcase_add_loop_test(c, row, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(c, doubt_wins);
	tcase_add_test(c, names_by_time);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
