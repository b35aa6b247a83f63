/* TCP flows: how they begin, what was acknowledged, what is a repeat, how they end. Times are ms after the start. */
#include <stdlib.h>

#include "sensor_rig.h"

enum { CLIENT = 10, SERVER = 20, S = TCP_SYN, SA = TCP_SYN | TCP_ACK, A = TCP_ACK, F = TCP_FIN | TCP_ACK };

static struct rig r;

static void setup(void)
{
	rig_open(&r);
}

static void teardown(void)
{
	rig_close(&r);
}

static void client(int64_t ms, uint8_t flags, uint32_t seq, uint32_t ack, const char *data)
{
	rig_segment(&r, ms, CLIENT, SERVER, flags, seq, ack, data, data ? strlen(data) : 0);
}

static void server(int64_t ms, uint8_t flags, uint32_t seq, uint32_t ack, const char *data)
{
	rig_segment(&r, ms, SERVER, CLIENT, flags, seq, ack, data, data ? strlen(data) : 0);
}

static void handshake(int64_t ms)
{
	client(ms, S, 100, 0, NULL);
	server(ms + 40, SA, 500, 101, NULL);
	client(ms + 42, A, 101, 501, NULL);
}

static const struct obs_flow *only_flow(void)
{
	sensor_end(r.s, true);
	ck_assert_ptr_null(rig_closed(&r, 1));
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_ptr_nonnull(f);
	return f;
}

static bool is_client(const struct addr *a)
{
	struct addr c = host_addr(CLIENT);
	return addr_eq(a, &c);
}

START_TEST(whole_connection)
{
	handshake(0);
	client(50, A, 101, 501, "hello");
	server(90, A, 501, 106, "welcome");
	client(95, A, 106, 508, NULL);
	client(100, F, 106, 508, NULL);
	server(140, F, 508, 107, NULL);
	client(142, A, 107, 509, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert(is_client(&f->addr[0]));
	ck_assert_int_eq(f->init_how, INIT_SYN);
	ck_assert_int_eq(f->end_why, END_FIN);
	ck_assert_uint_eq(f->id, 1);
	ck_assert_uint_eq(f->syns, 1);
	ck_assert_uint_eq(f->synacks, 1);
	ck_assert_int_eq(f->established_time, RIG_START + 42 * NS_PER_MS);
	ck_assert_uint_eq(f->side[0].acked, 5);
	ck_assert_uint_eq(f->side[1].acked, 7);
	ck_assert_uint_eq(f->side[0].unseen_bytes + f->side[1].unseen_bytes, 0);
	ck_assert_uint_eq(f->side[0].retransmitted + f->side[1].retransmitted, 0);
	ck_assert_uint_eq(f->side[0].packets, 6);
	ck_assert_uint_eq(f->side[0].bytes, 6 * 40 + 5);
	ck_assert_uint_eq(f->side[1].rtt_us, 40000);
	ck_assert_uint_eq(f->side[0].rtt_us, 2000);
	ck_assert_int_eq(f->side[0].last_acked, RIG_START + 90 * NS_PER_MS);
	ck_assert_uint_eq(f->side[0].ip_id, IP_ID_COUNTS);
	ck_assert_ptr_nonnull(rig_event(&r, EV_HANDSHAKE, 0));
	ck_assert_uint_eq(rig_event(&r, EV_DATA1, 1)->v[0], 7);
	ck_assert_uint_eq(rig_event(&r, EV_FIN, 1)->v[0], 8);
}
END_TEST

START_TEST(syn_repeats_are_one_attempt)
{
	client(0, S, 100, 0, NULL);
	client(1000, S, 100, 0, NULL);
	client(3000, S, 100, 0, NULL);
	client(7000, S, 100, 0, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->syns, 4);
	ck_assert_uint_eq(f->side[0].retransmitted, 0);
	ck_assert_uint_eq(f->side[1].packets, 0);
	ck_assert_int_eq(f->end_why, END_CAPTURE);
	ck_assert_uint_eq(rig_event(&r, EV_SYN, 3)->frame, 4);
	ck_assert_uint_eq(f->gaps[0], 1);
	ck_assert_uint_eq(f->gaps[1], 1);
	ck_assert_uint_eq(f->gaps[2], 1);
	ck_assert_int_eq(f->gap_longest, 0);
}
END_TEST

START_TEST(another_initial_number_is_another_flow)
{
	client(0, S, 100, 0, NULL);
	client(1000, S, 100, 0, NULL);
	client(2000, S, 900, 0, NULL);
	sensor_end(r.s, true);
	ck_assert_int_eq(rig_closed(&r, 0)->end_why, END_REPLACED);
	ck_assert_uint_eq(rig_closed(&r, 0)->syns, 2);
	ck_assert_uint_eq(rig_closed(&r, 1)->id, 3);
}
END_TEST

START_TEST(ports_are_used_again_after_a_reset)
{
	client(0, S, 100, 0, NULL);
	server(1, TCP_RST | A, 0, 101, NULL);
	client(500, S, 100, 0, NULL); /* Windows asks again: the same attempt */
	server(501, TCP_RST | A, 0, 101, NULL);
	client(900, S, 700, 0, NULL);
	sensor_end(r.s, true);
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_int_eq(f->end_why, END_RST);
	ck_assert_uint_eq(f->syns, 2);
	ck_assert_uint_eq(f->rsts, 2);
	ck_assert_uint_eq(rig_closed(&r, 1)->id, 5);
}
END_TEST

START_TEST(server_answers_for_an_old_connection)
{
	client(0, S, 100, 0, NULL);
	server(30, A, 9000, 900000000, NULL); /* it takes the SYN for a stray of the connection it still has */
	client(31, TCP_RST, 900000000, 0, NULL);
	client(3000, S, 100, 0, NULL);
	server(3040, SA, 500, 101, NULL);
	client(3042, A, 101, 501, "hello");
	server(3090, A, 501, 106, "welcome");
	const struct obs_flow *f = only_flow();
	ck_assert_int_eq(f->end_why, END_CAPTURE);
	ck_assert_uint_eq(f->side[0].unseen_bytes + f->side[1].unseen_bytes, 0);
	ck_assert_uint_eq(f->side[0].acked, 5);
	ck_assert_ptr_nonnull(rig_event(&r, EV_HANDSHAKE, 0));
	ck_assert_ptr_null(rig_event(&r, EV_DATA_AFTER_RST, 0));
}
END_TEST

START_TEST(first_bytes_come_late)
{
	server(0, SA, 500, 101, NULL);
	client(3, A, 106, 501, NULL); /* its five bytes passed elsewhere */
	client(140, A, 101, 501, "hello");
	client(440, A, 101, 501, "hello");
	server(480, A, 501, 106, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[0].unseen_bytes, 0);
	ck_assert_uint_eq(f->side[0].acked, 5);
	ck_assert_uint_eq(f->side[0].retransmitted, 1);
	ck_assert_uint_eq(rig_event(&r, EV_RETX, 0)->v[0], 1);
}
END_TEST

START_TEST(silence_of_years_ends_a_flow)
{
	static const int64_t year = INT64_C(365) * 86400 * 1000;

	handshake(0);
	client(50, A, 101, 501, "a");
	client(7490 * 1000, A, 102, 501, "b"); /* within 7,500 s: the same */
	client(year, A, 103, 501, "c");
	client(30 * year, A, 104, 501, "d");
	sensor_end(r.s, true);
	ck_assert_int_eq(rig_closed(&r, 0)->end_why, END_IDLE);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 4);
	ck_assert_int_eq(rig_closed(&r, 1)->end_why, END_IDLE);
	ck_assert_int_eq(rig_closed(&r, 1)->init_how, INIT_FIRST);
	ck_assert_uint_eq(rig_closed(&r, 2)->id, 7);
	ck_assert_uint_lt(rig_count(&r, OBS_TICK), 10);
}
END_TEST

START_TEST(half_open_lives_135_s)
{
	client(0, S, 100, 0, NULL);
	client(131 * 1000, S, 100, 0, NULL);
	client((131 + 136) * 1000, S, 100, 0, NULL);
	sensor_end(r.s, true);
	ck_assert_uint_eq(rig_closed(&r, 0)->syns, 2);
	ck_assert_int_eq(rig_closed(&r, 0)->end_why, END_IDLE);
	ck_assert_uint_eq(rig_closed(&r, 1)->syns, 1);
}
END_TEST

START_TEST(one_way_mirror_shows_steps)
{
	client(0, S, 100, 0, NULL);
	client(42, A, 101, 501, NULL);
	client(50, A, 101, 501, "hello");
	client(95, A, 106, 531, NULL);
	client(99, A, 106, 556, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[1].packets, 0);
	ck_assert_uint_eq(f->side[1].acked, 55);
	ck_assert_uint_eq(f->side[1].unseen_bytes, 55);
	ck_assert_int_eq(f->established_time, 0);
	ck_assert_uint_eq(rig_event(&r, EV_ACK_STEP, 0)->v[0], 30);
	ck_assert_uint_eq(rig_event(&r, EV_ACK_STEP, 1)->v[0], 25);
	ck_assert_ptr_null(rig_event(&r, EV_UNSEEN, 0));
}
END_TEST

START_TEST(acknowledged_but_unseen)
{
	handshake(0);
	server(90, A, 501, 101, "one");
	client(91, A, 101, 504, NULL);
	server(100, A, 510, 101, "three"); /* 504 to 510 did not pass here */
	client(101, A, 101, 515, NULL);
	client(110, A, 101, 600, NULL);    /* nor did 515 to 600 */
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[1].unseen_bytes, 6 + 85);
	ck_assert_uint_eq(f->side[1].unseen_segments, 2);
	ck_assert_uint_eq(f->side[1].acked, 99);
	ck_assert_uint_eq(f->side[0].unseen_bytes, 0);
	ck_assert_uint_eq(rig_event(&r, EV_UNSEEN, 0)->v[0], 6);
	ck_assert_uint_eq(rig_obs(&r, OBS_END, 0)->end.unseen_bytes, 91);
}
END_TEST

START_TEST(late_is_not_lost)
{
	handshake(0);
	client(91, A, 101, 504, NULL); /* the acknowledgement overtakes its data on the way to us */
	server(91, A, 501, 101, "one");
	server(92, A, 508, 101, "late"); /* and these two come in the wrong order */
	server(92, A, 504, 101, "then");
	client(93, A, 101, 512, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[1].unseen_bytes, 0);
	ck_assert_uint_eq(f->side[1].unseen_segments, 0);
	ck_assert_uint_eq(f->side[1].retransmitted, 0);
	ck_assert_uint_eq(rig_obs(&r, OBS_END, 0)->end.unseen_bytes, 0);
}
END_TEST

START_TEST(repeats_are_counted)
{
	handshake(0);
	client(50, A, 101, 501, "hello");
	client(350, A, 101, 501, "hello");
	client(950, A, 101, 501, "hello");
	server(990, A, 501, 106, NULL);
	client(1000, A, 106, 501, "again");
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[0].retransmitted, 2);
	ck_assert_uint_eq(f->side[0].acked, 5);
	ck_assert_uint_eq(rig_event(&r, EV_RETX, 1)->v[2], 2);
	ck_assert_uint_eq(rig_event(&r, EV_RETX, 0)->v[0], 1);
	ck_assert_uint_eq(f->side[1].rtt_us, 40000); /* the handshake's: repeats measure nothing */
}
END_TEST

START_TEST(keepalives_are_neither_data_nor_repeats)
{
	handshake(0);
	client(50, A, 101, 501, "hello");
	server(90, A, 501, 106, NULL);
	client(45000, A, 105, 501, "\0");
	rig_segment(&r, 45040, SERVER, CLIENT, A, 501, 106, NULL, 0);
	rig_segment(&r, 90000, CLIENT, SERVER, A, 105, 501, "\0", 1);
	rig_segment(&r, 90040, SERVER, CLIENT, A, 501, 106, NULL, 0);
	rig_segment(&r, 135000, CLIENT, SERVER, A, 105, 501, NULL, 0);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[0].retransmitted, 0);
	ck_assert_uint_eq(f->side[0].acked, 5);
	ck_assert_uint_eq(rig_event(&r, EV_KEEPALIVE, 0)->v[0], 1);
	ck_assert_uint_eq(rig_event(&r, EV_KEEPALIVE, 1)->v[0], 1);
	ck_assert_uint_eq(rig_event(&r, EV_KEEPALIVE, 2)->v[0], 0);
	ck_assert_ptr_null(rig_event(&r, EV_DUPACK, 0));
	ck_assert_int_eq(f->gap_longest, 44960 * NS_PER_MS);
	ck_assert_int_eq(f->gap_last, 44960 * NS_PER_MS);
	ck_assert_uint_eq(f->gaps[5], 3);
}
END_TEST

START_TEST(lethal_silence_is_not_survived)
{
	handshake(0);
	client(50, A, 101, 501, "hello");
	server(90, A, 501, 106, "ok");
	client(95, A, 106, 503, NULL);
	client(60095, A, 106, 503, "ping"); /* survived */
	server(60135, A, 503, 110, "pong");
	client(960135, A, 110, 507, "ping"); /* lethal */
	client(960435, A, 110, 507, "ping");
	client(961035, A, 110, 507, "ping");
	const struct obs_flow *f = only_flow();
	ck_assert_int_eq(f->gap_longest, 60000 * NS_PER_MS);
	const struct obs_event *g = rig_event(&r, EV_GAP, 1);
	ck_assert_uint_eq(g->v[0], 900000);
	ck_assert_uint_eq(g->v[1], 4);
	ck_assert_uint_eq(rig_event(&r, EV_MESSAGE, 1)->side, 1);
	ck_assert_ptr_nonnull(rig_event(&r, EV_MESSAGE, 2));
}
END_TEST

START_TEST(silence_is_survived_by_a_repeat)
{
	handshake(0);
	client(900042, A, 101, 501, "ping");
	client(902042, A, 101, 501, "ping");
	server(902082, A, 501, 105, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_int_eq(f->gap_longest, 900000 * NS_PER_MS);
	ck_assert_int_eq(f->gap_last, 2000 * NS_PER_MS);
}
END_TEST

START_TEST(silence_names_the_tls_record)
{
	const uint8_t record[] = { 23, 3, 3, 0, 30, 0 };

	handshake(0);
	rig_segment(&r, 20000, CLIENT, SERVER, A, 101, 501, record, sizeof(record));
	(void)only_flow();
	ck_assert_uint_eq(rig_event(&r, EV_GAP, 0)->v[2], 30);
	ck_assert_uint_eq(rig_event(&r, EV_MESSAGE, 0)->v[1], 30);
}
END_TEST

START_TEST(who_began)
{
	server(0, SA, 500, 101, NULL); /* the SYN is before the capture */
	rig_segment(&r, 1, 31, 30, TCP_RST | A, 0, 8, NULL, 0);
	rig_segment(&r, 2, 41, 40, A, 7, 8, "data", 4);
	sensor_end(r.s, true);
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert(is_client(&f->addr[0]));
	ck_assert_int_eq(f->init_how, INIT_SYNACK);
	ck_assert_uint_eq(f->side[0].packets, 0);
	f = rig_closed(&r, 1);
	struct addr refused = host_addr(30);
	ck_assert(addr_eq(&f->addr[0], &refused));
	ck_assert_int_eq(f->init_how, INIT_FIRST);
	f = rig_closed(&r, 2);
	struct addr sender = host_addr(41);
	ck_assert(addr_eq(&f->addr[0], &sender));
	ck_assert_int_eq(f->init_how, INIT_FIRST);
}
END_TEST

START_TEST(middle_of_a_session)
{
	client(0, A, 7000, 9000, "x");
	server(40, A, 9000, 7001, NULL);
	server(50, A, 9000, 7001, "answer");
	client(60, A, 7001, 9006, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[0].acked, 1);
	ck_assert_uint_eq(f->side[1].acked, 6);
	ck_assert_uint_eq(f->side[0].unseen_bytes + f->side[1].unseen_bytes, 0);
	ck_assert_uint_eq(f->side[0].retransmitted, 0);
}
END_TEST

START_TEST(handshake_stuck)
{
	handshake(0);
	server(1040, SA, 500, 101, NULL);
	server(3040, SA, 500, 101, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->synacks, 3);
	ck_assert_uint_eq(f->synacks_after_ack, 2);
}
END_TEST

START_TEST(reset_then_data)
{
	handshake(0);
	client(50, A, 101, 501, "hello");
	server(51, TCP_RST | A, 501, 106, NULL);
	server(90, A, 501, 106, "the server did answer");
	const struct obs_flow *f = only_flow();
	ck_assert_int_eq(f->end_why, END_RST);
	ck_assert_uint_eq(rig_event(&r, EV_RST, 0)->side, 1);
	ck_assert_uint_eq(rig_event(&r, EV_DATA_AFTER_RST, 0)->v[1], 21);
}
END_TEST

START_TEST(stall)
{
	struct tcp_header t = { .sport = 1000 + SERVER, .dport = 1000 + CLIENT, .seq = 501, .ack = 106, .flags = A };
	struct ip ip = { .from = SERVER, .to = CLIENT, .id = 9 };

	handshake(0);
	client(50, A, 101, 501, "hello");
	put_tcp(&r.b, &ip, &t, NULL, 0);
	rig_send(&r, 60);
	t.window = 500;
	ip.id++;
	put_tcp(&r.b, &ip, &t, NULL, 0);
	rig_send(&r, 2060);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[1].zero_windows, 1);
	ck_assert_uint_eq(rig_event(&r, EV_STALL_END, 0)->v[0], 2000);
}
END_TEST

START_TEST(cut_frames)
{
	static const char data[400] = "much";

	handshake(0);
	const struct ip ip = { .from = CLIENT, .to = SERVER, .id = 77 };
	const struct tcp_header t = {
		.sport = 1000 + CLIENT, .dport = 1000 + SERVER, .seq = 101, .ack = 501, .flags = A, .window = 9
	};
	put_tcp(&r.b, &ip, &t, data, sizeof(data));
	rig_send_cut(&r, 50, 96);
	server(90, A, 501, 501, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[0].cut, 1);
	ck_assert_uint_eq(f->side[0].payload, 400);
	ck_assert_uint_eq(f->side[0].acked, 400);
	ck_assert_uint_eq(f->side[0].unseen_bytes, 0);
	ck_assert_uint_eq(rig_obs(&r, OBS_END, 0)->end.cut, 1);
}
END_TEST

START_TEST(events_keep_the_first_and_the_last)
{
	handshake(0);
	client(50, A, 101, 501, "hello");
	for (int i = 1; i <= 60; i++)
		client(50 + i * 300, A, 101, 501, "hello");
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(rig_count(&r, OBS_EVENT), 32);
	ck_assert_uint_eq(f->events_lost, 3 + 1 + 60 - 32);
	ck_assert_uint_eq(rig_obs(&r, OBS_EVENT, 31)->event.e.v[2], 60);
	ck_assert_uint_eq(rig_obs(&r, OBS_EVENT, 16)->event.e.v[2], 45);
	ck_assert_uint_eq(rig_obs(&r, OBS_EVENT, 15)->event.e.v[2], 12);
}
END_TEST

START_TEST(sequence_numbers_wrap)
{
	client(0, S, 0xfffffffeU, 0, NULL);
	server(40, SA, 0xfffffff0U, 0xffffffffU, NULL);
	client(42, A, 0xffffffffU, 0xfffffff1U, "hello");
	server(80, A, 0xfffffff1U, 4, "0123456789abcdef0123");
	client(81, A, 4, 5, NULL);
	const struct obs_flow *f = only_flow();
	ck_assert_uint_eq(f->side[0].acked, 5);
	ck_assert_uint_eq(f->side[1].acked, 20);
	ck_assert_uint_eq(f->side[1].unseen_bytes, 0);
	ck_assert_int_gt(f->established_time, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whole_connection,
		syn_repeats_are_one_attempt,
		another_initial_number_is_another_flow,
		ports_are_used_again_after_a_reset,
		server_answers_for_an_old_connection,
		first_bytes_come_late,
		silence_of_years_ends_a_flow,
		half_open_lives_135_s,
		one_way_mirror_shows_steps,
		acknowledged_but_unseen,
		late_is_not_lost,
		repeats_are_counted,
		keepalives_are_neither_data_nor_repeats,
		lethal_silence_is_not_survived,
		silence_is_survived_by_a_repeat,
		silence_names_the_tls_record,
		who_began,
		middle_of_a_session,
		handshake_stuck,
		reset_then_data,
		stall,
		cut_frames,
		events_keep_the_first_and_the_last,
		sequence_numbers_wrap,
	};
	Suite *s = suite_create("sensor_tcp");
	TCase *c = tcase_create("tcp");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return rig_run(s);
}
