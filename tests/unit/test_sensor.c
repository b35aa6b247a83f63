/* Everything but TCP's state: copies, datagrams, ICMP, names, hosts, the clock, room. Times are ms after the start. */
#include <stdlib.h>

#include "sensor_rig.h"

enum { PHONE = 10, SERVER = 20, ROUTER = 30, RESOLVER = 53, EVERYBODY = 255 };

static struct rig r;

static void setup(void)
{
	rig_open(&r);
}

static void teardown(void)
{
	rig_close(&r);
}

static bool is_host(const struct addr *a, unsigned n)
{
	struct addr h = host_addr(n);
	return addr_eq(a, &h);
}

static const struct obs_end *end(void)
{
	sensor_end(r.s, true);
	return &rig_obs(&r, OBS_END, 0)->end;
}

/* ---- copies ---- */

START_TEST(copies_are_taken_out)
{
	rig_segment(&r, 0, PHONE, SERVER, TCP_SYN, 100, 0, NULL, 0);
	rig_send(&r, 0);
	rig_send(&r, 1);
	rig_segment(&r, 50, PHONE, SERVER, TCP_ACK, 101, 501, "data", 4);
	put_vlan(&r.b, 7);
	rig_send(&r, 65); /* through the other switch: 15 ms later, tagged */
	ck_assert_uint_eq(end()->duplicates, 3);
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_uint_eq(f->duplicates, 3);
	ck_assert_uint_eq(f->side[0].packets, 2);
	ck_assert_uint_eq(f->syns, 1);
	ck_assert_uint_eq(f->side[0].retransmitted, 0);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 0)->window.duplicates, 3);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 0)->window.packets, 5);
}
END_TEST

START_TEST(repeats_by_the_sender_are_not_copies)
{
	const struct ip zero = { .from = PHONE, .to = SERVER };
	const struct tcp_header ack = { 1010, 1020, 101, 501, TCP_ACK, 1000 };

	rig_segment(&r, 0, PHONE, SERVER, TCP_ACK, 101, 501, "data", 4);
	rig_segment(&r, 1, PHONE, SERVER, TCP_ACK, 101, 501, "data", 4); /* another IP ID */
	rig_send(&r, 5);                                                 /* the same, but 4 ms later */
	put_tcp(&r.b, &zero, &ack, NULL, 0);
	rig_send(&r, 6);
	rig_send(&r, 6); /* a bare ACK without ID may come twice */
	rig_send(&r, 6);
	ck_assert_uint_eq(end()->duplicates, 0);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 6);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].retransmitted, 2);
}
END_TEST

START_TEST(media_bursts_are_not_copies)
{
	uint8_t rtp[172] = { 0x80, 0 };
	const struct ip ip = { .from = PHONE, .to = SERVER }; /* ID 0: RFC 6864 */

	for (unsigned i = 0; i < 50; i++) {
		rtp[3] = (uint8_t)i;
		put_udp(&r.b, &ip, 4000, 4000, 0, rtp, sizeof(rtp));
		rig_send(&r, i / 10); /* ten in a millisecond */
	}
	ck_assert_uint_eq(end()->duplicates, 0);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 50);
}
END_TEST

START_TEST(ipv6_copies_need_payload)
{
	const struct ip ip = { .from = PHONE, .to = SERVER, .v6 = true };
	struct tcp_header t = { 1, 2, 101, 501, TCP_ACK, 1000 };

	put_tcp(&r.b, &ip, &t, NULL, 0);
	rig_send(&r, 0);
	rig_send(&r, 0);
	put_tcp(&r.b, &ip, &t, "data", 4);
	rig_send(&r, 1);
	rig_send(&r, 1);
	ck_assert_uint_eq(end()->duplicates, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->ip_version, 6);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].bytes, 3 * 60 + 4);
}
END_TEST

/* ---- datagrams, echo, fragments ---- */

START_TEST(datagrams)
{
	rig_datagram(&r, 0, PHONE, SERVER, 5000, 9999, "?", 1);
	rig_datagram(&r, 20, SERVER, PHONE, 9999, 5000, "!", 1);
	rig_datagram(&r, 189 * 1000, PHONE, SERVER, 5000, 9999, "?", 1);
	rig_datagram(&r, 380 * 1000, SERVER, PHONE, 9999, 5000, "!", 1); /* 191 s of silence */
	(void)end();
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_int_eq(f->end_why, END_IDLE);
	ck_assert_uint_eq(f->side[0].packets, 2);
	ck_assert_int_eq(f->init_how, INIT_FIRST);
	ck_assert_uint_eq(f->gaps[7], 1);
	f = rig_closed(&r, 1);
	ck_assert(is_host(&f->addr[0], SERVER));
	ck_assert_int_eq(f->end_why, END_CAPTURE);
}
END_TEST

START_TEST(echo_is_a_flow_by_its_identifier)
{
	const struct ip ask = { .from = PHONE, .to = SERVER, .id = 1 },
	                answer = { .from = SERVER, .to = PHONE, .id = 2 };

	put_echo(&r.b, &answer, true, 9, 1); /* whose request was before the capture */
	rig_send(&r, 0);
	put_echo(&r.b, &ask, false, 77, 1);
	rig_send(&r, 1);
	put_echo(&r.b, &answer, true, 77, 1);
	rig_send(&r, 2);
	(void)end();
	ck_assert(is_host(&rig_closed(&r, 0)->addr[0], PHONE));
	const struct obs_flow *f = rig_closed(&r, 1);
	ck_assert_int_eq(f->init_how, INIT_REQUEST);
	ck_assert_uint_eq(f->port[0], 77);
	ck_assert_uint_eq(f->port[1], 0);
	ck_assert_uint_eq(f->side[1].packets, 1);
}
END_TEST

START_TEST(later_fragments_open_no_flow)
{
	struct ip ip = { .from = PHONE, .to = SERVER, .id = 5, .fragment = 0x2000, .proto = 17 };
	static const uint8_t data[64];

	put_udp(&r.b, &ip, 5000, 9999, 0, data, sizeof(data));
	rig_send(&r, 0);
	ip.fragment = (8 + sizeof(data)) / 8;
	put_ip(&r.b, &ip, sizeof(data));
	put_bytes(&r.b, data, sizeof(data));
	rig_send(&r, 0);
	ip.id = 6; /* its first was not seen */
	put_ip(&r.b, &ip, sizeof(data));
	put_bytes(&r.b, data, sizeof(data));
	rig_send(&r, 1);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->flows, 1);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 2);
	ck_assert_uint_eq(e->undecoded_n, 2); /* the fragment, and the datagram */
	ck_assert_uint_eq(e->undecoded[0].count, 1);
}
END_TEST

/* ---- ICMP errors ---- */

START_TEST(errors_go_to_the_flow_they_quote)
{
	struct bytes error;

	rig_segment(&r, 0, PHONE, SERVER, TCP_SYN, 100, 0, NULL, 0);
	put_icmp_error(&error, ROUTER, 3, 13, &r.b, 8); /* ports and sequence number, no more */
	r.b = error;
	rig_send(&r, 1);
	rig_send(&r, 2); /* a span port's copy */
	rig_send(&r, 100);
	rig_datagram(&r, 103, PHONE, SERVER, 5000, 9999, "?", 1);
	put_icmp_error(&error, ROUTER, 3, 3, &r.b, 9);
	r.b = error;
	rig_send(&r, 104);
	rig_datagram(&r, 105, PHONE, 99, 5000, 9999, "?", 1);
	put_icmp_error(&error, ROUTER, 3, 3, &r.b, 8);
	error.b[FRAME_ETHERNET + 20 + 8 + 20]++; /* another port: no flow of ours */
	r.b = error;
	rig_send(&r, 106);
	const struct obs_end *e = end();
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert_uint_eq(f->icmp_n, 1);
	ck_assert_uint_eq(f->icmp[0].count, 2);
	ck_assert_uint_eq(f->duplicates, 1);
	ck_assert_uint_eq(f->icmp[0].code, 13);
	ck_assert_uint_eq(f->icmp[0].side, 0);
	ck_assert(is_host(&f->icmp[0].source, ROUTER));
	ck_assert_uint_eq(f->side[1].packets, 0);
	ck_assert_uint_eq(rig_closed(&r, 1)->icmp_n, 1);
	ck_assert_uint_eq(e->flows, 3);
	ck_assert_uint_eq(e->undecoded[0].count, 1);
	ck_assert_uint_eq(rig_event(&r, EV_ICMP, 0)->v[1], 13);
}
END_TEST

/* ---- names ---- */

static void dns(int64_t ms, bool response, uint16_t id, const char *name, unsigned rcode, unsigned answer)
{
	struct bytes m;

	put_dns(&m, id, name, rcode, answer, response);
	if (response)
		rig_datagram(&r, ms, RESOLVER, PHONE, 53, 40000, m.b, m.n);
	else
		rig_datagram(&r, ms, PHONE, RESOLVER, 40000, 53, m.b, m.n);
}

START_TEST(names_are_transactions)
{
	dns(0, false, 1, "a.example", 0, 0);
	dns(5000, false, 1, "a.example", 0, 0);
	dns(5020, true, 1, "a.example", 0, 77);
	dns(5021, true, 1, "a.example", 0, 77);  /* the answer to the first question */
	dns(5022, true, 1, "a.example", 0, 66);  /* another one */
	dns(6000, false, 2, "b.example", 0, 0);
	dns(6010, true, 3, "c.example", 3, 0);   /* its question is before the capture */
	dns(7000, true, 2, "other.example", 0, 5); /* is not the answer to b */
	dns(60000, false, 4, "d.example", 0, 0);
	(void)end();
	static const struct {
		const char *name;
		uint32_t tries;
		int64_t asked, answered;
	} want[] = {
		{ "a.example", 2, 0, 5020 }, { "a.example", 2, 0, 5022 },     { "c.example", 0, -1, 6010 },
		{ "other.example", 0, -1, 7000 }, { "b.example", 1, 6000, -1 }, { "d.example", 1, 60000, -1 },
	};
	size_t n = sizeof(want) / sizeof(want[0]);
	ck_assert_uint_eq(rig_count(&r, OBS_DNS), n);
	for (size_t i = 0; i < n; i++) {
		const struct obs_dns *o = &rig_obs(&r, OBS_DNS, i)->dns;
		ck_assert_msg(span_eq(o->name, span_of(want[i].name)), "%zu", i);
		ck_assert_uint_eq(o->tries, want[i].tries);
		ck_assert_int_eq(o->asked, want[i].asked < 0 ? 0 : RIG_START + want[i].asked * NS_PER_MS);
		ck_assert_int_eq(o->answered, want[i].answered < 0 ? 0 : RIG_START + want[i].answered * NS_PER_MS);
		ck_assert(is_host(&o->client, PHONE) && is_host(&o->server, RESOLVER));
		ck_assert_uint_eq(o->port, 53);
	}
	ck_assert_int_eq(rig_closed(&r, 0)->init_how, INIT_REQUEST);
	ck_assert(is_host(&rig_closed(&r, 0)->addr[0], PHONE));
}
END_TEST

START_TEST(the_answer_alone_says_who_asked)
{
	dns(0, true, 1, "a.example", 0, 77);
	(void)end();
	const struct obs_flow *f = rig_closed(&r, 0);
	ck_assert(is_host(&f->addr[0], PHONE));
	ck_assert_int_eq(f->init_how, INIT_REQUEST);
	ck_assert_uint_eq(f->side[0].packets, 0);
	ck_assert_uint_eq(rig_obs(&r, OBS_DNS, 0)->dns.answers_n, 1);
}
END_TEST

START_TEST(multicast_names_need_no_answer)
{
	struct bytes m;

	put_dns(&m, 0, "printer.local", 0, 0, false);
	rig_datagram(&r, 0, PHONE, 251, 5353, 5353, m.b, m.n);
	rig_datagram(&r, 60000, PHONE, 251, 5353, 5353, m.b, m.n);
	(void)end();
	ck_assert_uint_eq(rig_count(&r, OBS_DNS), 0);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 2);
}
END_TEST

/* ---- hosts ---- */

static void arp(int64_t ms, bool reply, unsigned from, unsigned about)
{
	put_arp(&r.b, reply, from, about);
	rig_send(&r, ms);
}

START_TEST(stations)
{
	arp(0, false, PHONE, ROUTER);
	arp(1, true, ROUTER, PHONE);
	arp(1000, false, PHONE, ROUTER);
	arp(1001, true, ROUTER, PHONE);
	arp(301 * 1000, true, ROUTER, PHONE); /* 300 s later: said again */
	for (int i = 0; i < 4; i++)
		arp(310000 + i * 1000, false, ROUTER, 99); /* nobody there */
	arp(330000, true, ROUTER, PHONE);
	(void)end();
	ck_assert_uint_eq(rig_count(&r, OBS_HOST), 4);
	const struct obs_host *o = &rig_obs(&r, OBS_HOST, 0)->host;
	ck_assert(is_host(&o->addr, PHONE));
	ck_assert_uint_eq(o->mac.b[5], PHONE);
	ck_assert(is_host(&rig_obs(&r, OBS_HOST, 1)->host.addr, ROUTER));
	ck_assert_int_eq(rig_obs(&r, OBS_HOST, 2)->host.time, RIG_START + 301 * NS_PER_S);
	o = &rig_obs(&r, OBS_HOST, 3)->host;
	ck_assert_int_eq(o->kind, HOST_UNANSWERED);
	ck_assert_uint_eq(o->asked, 4);
	ck_assert(is_host(&o->addr, 99) && is_host(&o->asker, ROUTER));
}
END_TEST

/* fe80::5 to fe80::1, neighbour advertisement for itself: RFC 4861, section 4.4. */
START_TEST(stations_of_ipv6)
{
	static const uint8_t advertisement[] =
		"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x86\xdd"
		"\x60\0\0\0\0\x20\x3a\xff"
		"\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x05" "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
		"\x88\0\x18\x15\x60\0\0\0" "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x05" "\x02\x01\x02\0\0\0\0\x01";

	r.b.n = sizeof(advertisement) - 1;
	memcpy(r.b.b, advertisement, r.b.n);
	rig_send(&r, 0);
	(void)end();
	ck_assert_uint_eq(rig_count(&r, OBS_HOST), 1);
	const struct obs_host *o = &rig_obs(&r, OBS_HOST, 0)->host;
	ck_assert(addr_eq(&o->addr, &(struct addr){ { 0xfe, 0x80, [15] = 5 } }));
	ck_assert_uint_eq(o->mac.b[5], 1);
}
END_TEST

/* ---- the clock ---- */

START_TEST(ticks_and_windows)
{
	rig_datagram(&r, 0, PHONE, SERVER, 1, 2, "a", 1);
	rig_datagram(&r, 4000, PHONE, SERVER, 1, 2, "b", 1);
	r.interface = 1;
	rig_datagram(&r, 4001, PHONE, SERVER, 1, 2, "c", 1);
	r.interface = 0;
	rig_datagram(&r, 12000, PHONE, SERVER, 1, 2, "d", 1);
	(void)end();
	ck_assert_uint_eq(rig_count(&r, OBS_WINDOW), 3);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 0)->window.packets, 2);
	ck_assert_int_eq(rig_obs(&r, OBS_WINDOW, 0)->window.time, RIG_START);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 1)->window.interface, 1);
	ck_assert_int_eq(rig_obs(&r, OBS_WINDOW, 2)->window.time, RIG_START + 10 * NS_PER_S);
	ck_assert_int_eq(rig_obs(&r, OBS_TICK, 0)->tick.time, RIG_START + 10 * NS_PER_S);
	ck_assert_int_eq(rig_obs(&r, OBS_TICK, 1)->tick.time, RIG_START + 12 * NS_PER_S);
}
END_TEST

START_TEST(one_broken_time_stamp_moves_nothing)
{
	rig_datagram(&r, 0, PHONE, SERVER, 1, 2, "a", 1);
	rig_datagram(&r, INT64_C(1000000000), PHONE, SERVER, 3, 4, "b", 1);
	rig_datagram(&r, 1000, PHONE, SERVER, 1, 2, "c", 1);
	rig_datagram(&r, -INT64_C(1000000000), PHONE, SERVER, 5, 6, "d", 1);
	rig_datagram(&r, 2000, PHONE, SERVER, 1, 2, "e", 1);
	const struct obs_end *e = end();
	ck_assert_int_eq(e->time, RIG_START + 2 * NS_PER_S);
	ck_assert_uint_eq(rig_count(&r, OBS_BREAK), 0);
	ck_assert_uint_eq(e->flows, 3);
	ck_assert_uint_eq(e->late, 1);
}
END_TEST

START_TEST(a_confirmed_step_back_ends_all)
{
	rig_datagram(&r, 100000, PHONE, SERVER, 1, 2, "a", 1);
	rig_datagram(&r, 0, PHONE, SERVER, 3, 4, "b", 1);
	rig_datagram(&r, 1, PHONE, SERVER, 1, 2, "c", 1);
	(void)end();
	const struct obs *b = rig_obs(&r, OBS_BREAK, 0);
	ck_assert_int_eq(b->brk.kind, BREAK_CLOCK_STEP);
	ck_assert_int_eq(b->brk.step, -100 * NS_PER_S);
	ck_assert_int_eq(b->brk.time, RIG_START + 100 * NS_PER_S);
	ck_assert_int_eq(rig_closed(&r, 0)->end_why, END_CLOCK);
	ck_assert_int_eq(rig_closed(&r, 1)->end_why, END_CLOCK);
	ck_assert_int_eq(rig_closed(&r, 2)->start, RIG_START + NS_PER_MS);
}
END_TEST

START_TEST(a_late_source_is_no_step)
{
	for (int i = 0; i < 20; i++) {
		r.interface = 0;
		rig_datagram(&r, 100000 + i * 1000, PHONE, SERVER, 1, 2, "a", 1);
		r.interface = 1;
		rig_datagram(&r, 70000 + i * 1000, PHONE, SERVER, 3, 4, "b", 1);
	}
	const struct obs_end *e = end();
	ck_assert_uint_eq(rig_count(&r, OBS_BREAK), 0);
	ck_assert_uint_eq(e->late, 20);
	ck_assert_uint_eq(e->flows, 2);
}
END_TEST

START_TEST(hostile_times)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN, 0, INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN, 0, 1 };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct ip ip = { .from = PHONE, .to = SERVER, .id = (uint16_t)(i + 1) };
		put_udp(&r.b, &ip, 1, 2, 0, "x", 1);
		struct frame f = frame_of(&r.b, times[i], i + 1);
		sensor_frame(r.s, &f);
	}
	ck_assert_uint_eq(end()->packets, 9);
}
END_TEST

/* ---- room ---- */

START_TEST(what_the_capture_lost)
{
	sensor_dropped(r.s, 0, 1, 0); /* before any packet: there is no window yet */
	rig_datagram(&r, 0, PHONE, SERVER, 7, 8, "?", 1);
	sensor_dropped(r.s, 0, 5, 2);
	rig_datagram(&r, 6000, PHONE, SERVER, 7, 8, "?", 1);
	rig_datagram(&r, 12000, PHONE, SERVER, 7, 8, "?", 1);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->dropped, 8);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 0)->window.dropped_kernel, 5);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 0)->window.dropped_interface, 2);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 1)->window.dropped_kernel, 0);
}
END_TEST

START_TEST(eviction)
{
	static const struct sensor_limits few = { .flows = 8 };

	rig_close(&r);
	rig_open_with(&r, &few, dissectors, dissectors_n);
	rig_segment(&r, 0, PHONE, SERVER, TCP_ACK, 1, 1, "session", 7); /* both ways: the last to go */
	rig_segment(&r, 1, SERVER, PHONE, TCP_ACK, 1, 8, NULL, 0);
	rig_datagram(&r, 2, PHONE, SERVER, 53000, 9, "?", 1);
	rig_datagram(&r, 3, SERVER, PHONE, 9, 53000, "!", 1);
	for (unsigned i = 0; i < 20; i++)
		rig_datagram(&r, 10 + i, 100 + i, SERVER, 7, 8, "one-sided", 9);
	ck_assert_uint_eq(rig_count(&r, OBS_FLOW), 14);
	for (unsigned i = 0; i < 14; i++) {
		const struct obs_flow *f = rig_closed(&r, i);
		ck_assert_int_eq(f->end_why, END_EVICTED);
		ck_assert(is_host(&f->addr[0], 100 + i));
	}
	rig_datagram(&r, 50, 100, SERVER, 7, 8, "again", 5);
	rig_datagram(&r, 51, PHONE, SERVER, 53000, 9, "?", 1);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->evicted_n, 1);
	ck_assert_uint_eq(e->evicted[0].count, 15);
	const struct obs_flow *last = rig_closed(&r, e->flows - 1);
	ck_assert(last->after_eviction);
	ck_assert(is_host(&last->addr[0], 100));
	ck_assert(!rig_closed(&r, 15)->after_eviction);
}
END_TEST

/* Frames that are random, but valid enough to reach every part, by a generator that is always the same. */
static void many(struct rig *to)
{
	uint32_t x = 12345;

	for (unsigned i = 0; i < 900; i++) {
		x = x * 1664525 + 1013904223;
		unsigned from = 1 + (x >> 8) % 6, about = 1 + (x >> 12) % 6;
		static const uint8_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK,
			                         TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST };
		struct bytes m;
		switch ((x >> 16) % 4) {
		case 0:
			put_dns(&m, (uint16_t)(x >> 20), "a.example", 0, x >> 31, x >> 30 & 1);
			rig_datagram(to, i * 400, from, about, x >> 30 & 1 ? 53 : 4000, x >> 30 & 1 ? 4000 : 53, m.b,
			             m.n);
			break;
		case 1:
			put_arp(&to->b, x >> 30 & 1, from, about);
			rig_send(to, i * 400);
			break;
		default:
			rig_segment(to, i * 400, from, about + 6, flags[(x >> 20) % 6], x >> 24, x >> 26, "text",
			            x >> 30);
		}
	}
	sensor_end(to->s, true);
}

START_TEST(the_same_packets_give_the_same_words)
{
	static const struct sensor_limits few = { .flows = 20, .hosts = 4, .names = 8 };
	static struct rig other;

	rig_close(&r);
	rig_open_with(&r, &few, dissectors, dissectors_n);
	rig_open_with(&other, &few, dissectors, dissectors_n);
	ck_assert(memcmp(&r.s->flows.hash, &other.s->flows.hash, sizeof(struct hash_key)) != 0);
	many(&r);
	many(&other);
	ck_assert_uint_gt(r.dump.n, 10000);
	ck_assert_uint_eq(r.dump.n, other.dump.n);
	ck_assert_mem_eq(r.dump.p, other.dump.p, r.dump.n);
	rig_close(&other);
}
END_TEST

START_TEST(open_flows_are_said)
{
	struct sensor_watched w = { .capture = 0, .frame = 3 };

	sensor_watch(r.s, &w);
	for (int i = 0; i < 80; i++)
		rig_datagram(&r, i * 9000, PHONE, SERVER, 1, 2, "a", 1);
	(void)end();
	static const uint8_t phases[] = { PHASE_OPEN, PHASE_UPDATE, PHASE_UPDATE, PHASE_CLOSE };
	ck_assert_uint_eq(rig_count(&r, OBS_FLOW), 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(rig_obs(&r, OBS_FLOW, i)->flow.phase, phases[i]);
	ck_assert_uint_lt(rig_obs(&r, OBS_FLOW, 1)->flow.side[0].packets, 80);
	ck_assert_uint_eq(w.flow, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		copies_are_taken_out, repeats_by_the_sender_are_not_copies, media_bursts_are_not_copies,
		ipv6_copies_need_payload, datagrams, echo_is_a_flow_by_its_identifier, later_fragments_open_no_flow,
		errors_go_to_the_flow_they_quote, names_are_transactions, the_answer_alone_says_who_asked,
		multicast_names_need_no_answer, stations,
		stations_of_ipv6, ticks_and_windows, one_broken_time_stamp_moves_nothing,
		a_confirmed_step_back_ends_all, a_late_source_is_no_step, hostile_times, what_the_capture_lost, eviction,
		the_same_packets_give_the_same_words, open_flows_are_said,
	};
	Suite *s = suite_create("sensor");
	TCase *c = tcase_create("sensor");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return rig_run(s);
}
