/* Packets inside packets: each is its flow's, says how it came, and is counted as one frame. */
#include <stdlib.h>

#include "record/names.h"
#include "sensor_rig.h"

enum { PHONE = 10, SERVER = 20, NEAR_END = 30, FAR_END = 40, IPIP = 4, MORE = 0x2000 };

static struct rig r;

static void setup(void)
{
	rig_open(&r);
}

static void teardown(void)
{
	rig_close(&r);
}

static const struct obs_end *end(void)
{
	sensor_end(r.s, true);
	return &rig_obs(&r, OBS_END, 0)->end;
}

/* The IP packet in r.b goes into another one, from tunnel end to tunnel end. */
static void wrap(uint16_t id)
{
	const struct ip ip = { .from = NEAR_END, .to = FAR_END, .id = id, .proto = IPIP };
	struct bytes inner = r.b;

	put_ip(&r.b, &ip, inner.n - FRAME_ETHERNET);
	put_bytes(&r.b, inner.b + FRAME_ETHERNET, inner.n - FRAME_ETHERNET);
}

static void build(uint16_t id, const char *text)
{
	const struct ip ip = { .from = PHONE, .to = SERVER, .id = id };
	put_udp(&r.b, &ip, 5000, 9999, 0, text, strlen(text));
}

static const struct obs_flow *flow_of_port(uint16_t port)
{
	const struct obs_flow *f;

	for (size_t i = 0; (f = rig_closed(&r, i)); i++)
		if (f->port[0] == port)
			return f;
	return NULL;
}

START_TEST(both_are_flows)
{
	for (unsigned i = 1; i <= 3; i++) {
		build((uint16_t)i, "inner");
		wrap((uint16_t)(100 + i));
		rig_send(&r, 10 * i);
	}
	rig_datagram(&r, 50, PHONE, SERVER, 6000, 9999, "outside", 7);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->flows, 3);
	ck_assert_uint_eq(e->packets, 4);
	ck_assert_uint_eq(e->bytes, 3 * (FRAME_ETHERNET + 20 + 20 + 8 + 5) + FRAME_ETHERNET + 28 + 7);
	ck_assert_uint_eq(e->duplicates, 0);
	ck_assert_uint_eq(rig_obs(&r, OBS_WINDOW, 0)->window.packets, 4);
	const struct obs_flow *outer = rig_closed(&r, 0), *inner = flow_of_port(5000), *plain = flow_of_port(6000);
	ck_assert_uint_eq(outer->proto, IPIP);
	ck_assert_uint_eq(outer->side[0].packets, 3);
	ck_assert_uint_eq(outer->carried, 3);
	ck_assert_str_eq(names_text(&names_tunnel, outer->carries), "ipip");
	ck_assert_uint_eq(outer->tunnels_n, 0);
	ck_assert_uint_eq(inner->side[0].packets, 3);
	ck_assert_uint_eq(inner->side[0].payload, 15);
	ck_assert_uint_eq(inner->carried, 0);
	ck_assert_uint_eq(inner->tunnels_n, 1);
	ck_assert_uint_eq(inner->tunnels[0].flow, outer->id);
	ck_assert_str_eq(names_text(&names_tunnel, inner->tunnels[0].kind), "ipip");
	ck_assert(mac_is_none(&inner->side[0].mac)); /* the outer one is a tunnel end's */
	ck_assert_uint_eq(inner->last_frame.frame, 3);
	ck_assert_uint_eq(plain->tunnels_n, 0);
	ck_assert_uint_ne(inner->id, outer->id);
	ck_assert_uint_gt(plain->id, inner->id);
}
END_TEST

START_TEST(a_copy_outside_and_inside)
{
	build(1, "the same");
	rig_send(&r, 0);
	wrap(100);
	rig_send(&r, 15); /* the tunnel's side of the router */
	build(2, "again");
	wrap(101);
	rig_send(&r, 30);
	rig_send(&r, 31); /* a copy of the outer packet: what is inside is not looked at again */
	build(3, "late");
	rig_send(&r, 60);
	wrap(102);
	rig_send(&r, 85); /* too late to be a copy */
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->duplicates, 2);
	ck_assert_uint_eq(flow_of_port(5000)->duplicates, 1);
	ck_assert_uint_eq(flow_of_port(5000)->side[0].packets, 4);
	ck_assert_uint_eq(rig_closed(&r, 1)->duplicates, 1);
	ck_assert_uint_eq(rig_closed(&r, 1)->carried, 3);
}
END_TEST

START_TEST(depth_is_bounded)
{
	build(1, "deep");
	for (unsigned i = 0; i < OBS_TUNNELS; i++)
		wrap((uint16_t)(100 + i));
	rig_send(&r, 0);
	wrap(200);
	rig_send(&r, 50);
	const struct obs_end *e = end();
	ck_assert_uint_eq(flow_of_port(5000)->side[0].packets, 1);
	ck_assert_uint_eq(flow_of_port(5000)->tunnels_n, OBS_TUNNELS);
	ck_assert_uint_eq(e->undecoded_n, 1);
	ck_assert(span_eq(e->undecoded[0].name, SPAN("depth")));
	ck_assert_uint_eq(e->undecoded[0].count, 1);
}
END_TEST

/* The tunnel's own datagrams come in fragments, and those inside too. */
START_TEST(fragments_outside_and_inside)
{
	const size_t split = 24;
	struct ip ip = { .from = PHONE, .to = SERVER, .id = 1, .proto = PROTO_UDP, .fragment = MORE };
	struct bytes first, last, whole;

	build(1, "0123456789abcdef01234567");
	const struct bytes plain = r.b;
	put_ip(&r.b, &ip, 16);
	put_bytes(&r.b, plain.b + FRAME_ETHERNET + 20, 16);
	wrap(100);
	first = r.b;
	ip.fragment = 2;
	put_ip(&r.b, &ip, 16);
	put_bytes(&r.b, plain.b + FRAME_ETHERNET + 20 + 16, 16);
	wrap(101);
	whole = last = r.b;
	ip = (struct ip){ .from = NEAR_END, .to = FAR_END, .id = 101, .proto = IPIP, .fragment = (uint16_t)(split / 8) };
	put_ip(&last, &ip, whole.n - FRAME_ETHERNET - 20 - split);
	put_bytes(&last, whole.b + FRAME_ETHERNET + 20 + split, whole.n - FRAME_ETHERNET - 20 - split);
	whole.n = FRAME_ETHERNET + 20 + split;
	whole.b[FRAME_ETHERNET + 6] = MORE >> 8;
	whole.b[FRAME_ETHERNET + 3] = 20 + split;
	r.b = first;
	rig_send(&r, 0);
	r.b = last;
	rig_send(&r, 1);
	r.b = whole;
	rig_send(&r, 2);
	const struct obs_end *e = end();
	const struct obs_flow *inner = flow_of_port(5000);
	ck_assert_uint_eq(e->undecoded_n, 0);
	ck_assert_uint_eq(e->flows, 2);
	ck_assert_uint_eq(inner->side[0].packets, 2);
	ck_assert_uint_eq(inner->side[0].payload, 24);
	ck_assert_uint_eq(inner->last_frame.frame, 3);
	ck_assert_uint_eq(rig_closed(&r, 0)->side[0].packets, 3);
	ck_assert_uint_eq(rig_closed(&r, 0)->carried, 2);
}
END_TEST

/* RFC 5415, section 4.3: 802.3 payload; a part of it where the last flag or an offset says so. */
static void send_piece(int64_t ms, uint16_t ip_id, const struct bytes *inner, size_t from, size_t to, uint16_t piece)
{
	enum { CAPWAP_DATA = 5247, HEADER_WORDS = 2 << 19, RADIO = 1 << 14, BINDING = 1 << 9, PART = 1 << 7, LAST = 1 << 6 };
	const struct ip ip = { .from = NEAR_END, .to = FAR_END, .id = ip_id };
	struct bytes c = { .n = 0 };

	put32(&c, HEADER_WORDS | RADIO | BINDING | PART | (to == inner->n ? LAST : 0));
	put16(&c, piece);
	put16(&c, (unsigned)from / 8 << 3);
	put_bytes(&c, inner->b + from, to - from);
	put_udp(&r.b, &ip, 40000, CAPWAP_DATA, 0, c.b, c.n);
	rig_send(&r, ms);
}

/* A phone behind a wireless controller: what it sends is longer than the tunnel's path. */
START_TEST(parts_of_what_is_carried)
{
	build(1, "a frame that does not fit the tunnel's path, so its access point cuts it in two or three");
	const struct bytes inner = r.b;
	send_piece(0, 100, &inner, 0, 64, 7);
	rig_send(&r, 1);
	send_piece(2, 101, &inner, 64, inner.n, 7);
	send_piece(100, 102, &inner, 0, 64, 8); /* the rest of it does not come */
	const struct obs_end *e = end();
	const struct obs_flow *outer = rig_closed(&r, 0), *phone = flow_of_port(5000);
	ck_assert_uint_eq(e->flows, 2);
	ck_assert_uint_eq(e->duplicates, 1);
	ck_assert_uint_eq(outer->side[0].packets, 3);
	ck_assert_uint_eq(outer->side[0].unassembled, 1);
	ck_assert_uint_eq(phone->side[0].packets, 1);
	ck_assert_uint_eq(phone->side[0].bytes, inner.n - FRAME_ETHERNET);
	ck_assert_uint_eq(phone->side[0].mac.b[5], PHONE);
	ck_assert_uint_eq(phone->last_frame.frame, 3);
	ck_assert_str_eq(names_text(&names_tunnel, phone->tunnels[0].kind), "capwap");
}
END_TEST

START_TEST(cut_inside)
{
	build(1, "a longer payload");
	wrap(100);
	rig_send_cut(&r, 0, FRAME_ETHERNET + 20 + 20 + 8 + 3);
	build(2, "ports are not captured");
	wrap(101);
	rig_send_cut(&r, 10, FRAME_ETHERNET + 20 + 20);
	const struct obs_end *e = end();
	ck_assert_uint_eq(flow_of_port(5000)->side[0].cut, 1);
	ck_assert_uint_eq(flow_of_port(5000)->side[0].payload, 16);
	ck_assert_uint_eq(e->cut, 2);
	ck_assert_uint_eq(e->undecoded_n, 1);
	ck_assert(span_eq(e->undecoded[0].name, SPAN("snaplen")));
}
END_TEST

/* The two tables must not drift apart: one is the reader's of packets, the other the records'. */
START_TEST(kinds_have_one_name)
{
	ck_assert_uint_eq(names_tunnel.n, TUNNELS);
	for (unsigned t = 0; t < TUNNELS; t++)
		ck_assert_str_eq(packet_tunnel_name((enum packet_tunnel)t), names_text(&names_tunnel, t));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_are_flows, a_copy_outside_and_inside, depth_is_bounded, fragments_outside_and_inside, parts_of_what_is_carried,
		cut_inside,
		kinds_have_one_name,
	};
	Suite *s = suite_create("sensor_tunnel");
	TCase *c = tcase_create("tunnels");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return rig_run(s);
}
