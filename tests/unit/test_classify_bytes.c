/* What passes between the classifier's processes, read by those who do not trust it. */
#include "classify/ip.h"
#include "classify/ring.h"
#include "classify_rig.h"

static struct ring ring;
static struct ip_room room;
static uint8_t filling[RING_REQUEST_MAX];

static void setup(void)
{
	ck_assert_int_eq(ring_new(&ring), 0);
}

static void teardown(void)
{
	ring_free(&ring);
}

/* ---- requests to IP packets ---- */

static size_t join(uint8_t *to, const struct request *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->parts; i++) {
		memcpy(to + n, r->part[i].p, r->part[i].n);
		n += r->part[i].n;
	}
	return n;
}

/* 10.0.0.1:40000 to 10.0.0.2:53, three bytes: RFC 791, RFC 768; the checksums are 0 */
static const uint8_t expected_udp[] = {
	0x45, 0, 0, 31, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x9c, 0x40, 0, 53, 0, 11, 0, 0, 'a', 'b', 'c',
};
/* the answer over TCP: RFC 9293; the sender's numbers are 2000, 1000 */
static const uint8_t expected_tcp[] = {
	0x45, 0, 0, 43, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1, 0, 80, 0x9c, 0x40,
	0, 0, 0x07, 0xd0, 0, 0, 0x03, 0xe8, 0x50, 0x18, 0x03, 0xe8, 0, 0, 0, 0, 'a', 'b', 'c',
};

START_TEST(packets_are_written_with_zeros_behind)
{
	static uint8_t joined[8192];
	struct classify_flow f;
	struct classify_packet p;
	struct request r;

	memset(filling, 0xee, 3000);
	request_begin(&r, PROTO_UDP, 40000, 53);
	request_say(&r, 0, filling, 3000);
	request_say(&r, 0, "abc", 3);
	struct rd rd = rd_of(joined, join(joined, &r), join(joined, &r));
	ck_assert(ip_read_flow(&rd, &f));
	ck_assert_uint_eq(ip_read_packet(&rd, &f, IP_MAX, &room, &p), 3028);
	ck_assert_uint_eq(ip_read_packet(&rd, &f, IP_MAX, &room, &p), sizeof(expected_udp));
	ck_assert_mem_eq(room.bytes, expected_udp, sizeof(expected_udp));
	for (size_t i = sizeof(expected_udp); i < sizeof(room.bytes); i++)
		ck_assert_uint_eq(room.bytes[i], 0);
	ck_assert_uint_eq(ip_read_packet(&rd, &f, IP_MAX, &room, &p), 0);

	request_begin(&r, PROTO_TCP, 40000, 80);
	request_say(&r, 1, "abc", 3);
	rd = rd_of(joined, join(joined, &r), join(joined, &r));
	ck_assert(ip_read_flow(&rd, &f));
	ck_assert_uint_eq(ip_read_packet(&rd, &f, IP_MAX, &room, &p), sizeof(expected_tcp));
	ck_assert_mem_eq(room.bytes, expected_tcp, sizeof(expected_tcp));
}
END_TEST

START_TEST(packet_over_ipv6)
{
	static uint8_t joined[256];
	const uint8_t a[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, b[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
	struct classify_flow f;
	struct classify_packet p;
	struct request r;

	request_begin(&r, PROTO_UDP, 40000, 53);
	r.flow.addr[0] = addr_v6(a);
	r.flow.addr[1] = addr_v6(b);
	request_say(&r, 0, "abc", 3);
	struct rd rd = rd_of(joined, join(joined, &r), join(joined, &r));
	ck_assert(ip_read_flow(&rd, &f));
	ck_assert_uint_eq(ip_read_packet(&rd, &f, IP_MAX, &room, &p), 51);
	const uint8_t head[] = { 0x60, 0, 0, 0, 0, 11, 17, 64 };
	ck_assert_mem_eq(room.bytes, head, sizeof(head));
	ck_assert_mem_eq(room.bytes + 8, a, 16);
	ck_assert_mem_eq(room.bytes + 24, b, 16);
	ck_assert_mem_eq(room.bytes + 40, expected_udp + 20, sizeof(expected_udp) - 20);
}
END_TEST

START_TEST(packet_that_is_too_large_ends_the_request)
{
	static uint8_t joined[70000];
	struct classify_flow f;
	struct classify_packet p;
	struct request r;

	for (size_t n = 16356; n <= 16357; n++) { /* 28 bytes of headers: 16,384 in all is the most */
		request_begin(&r, PROTO_UDP, 1, 2);
		request_say(&r, 0, filling, n);
		struct rd rd = rd_of(joined, join(joined, &r), join(joined, &r));
		ck_assert(ip_read_flow(&rd, &f));
		ck_assert_uint_eq(ip_read_packet(&rd, &f, CLASSIFY_L3_MAX, &room, &p), n == 16356 ? 16384 : 0);
	}
	request_begin(&r, PROTO_UDP, 1, 2);
	request_say(&r, 0, filling, 65508); /* no datagram has as much */
	struct rd rd = rd_of(joined, join(joined, &r), join(joined, &r));
	ck_assert(ip_read_flow(&rd, &f));
	ck_assert_uint_eq(ip_read_packet(&rd, &f, 1 << 20, &room, &p), 0);
}
END_TEST

/* ---- the ring ---- */

static bool get(uint64_t tail, uint32_t *ret_cookie, uint64_t *ret_next, bool *ret_broken)
{
	struct ring_request q = { 0 };
	const uint8_t *at = NULL;
	bool there = ring_get(&ring, tail, &q, &at, ret_next, ret_broken);

	*ret_cookie = q.cookie;
	if (there) { /* all of it is in the ring */
		ck_assert(at >= ring.q->bytes && at + q.n <= ring.q->bytes + RING_BYTES);
	}
	return there;
}

START_TEST(requests_come_out_as_they_went_in)
{
	uint32_t in = 1, out = 1, cookie = 0;
	uint64_t tail = 0, next = 0;
	bool broken = false;

	for (unsigned i = 0; i < 20000; i++) {
		const struct span part = { filling, (size_t)(i * 7919) % 9000 };
		while (in - out < 50 && ring_put(&ring, in, &part, 1, part.n))
			in++;
		ck_assert_uint_gt(in, out);
		ck_assert(get(tail, &cookie, &next, &broken));
		ck_assert_uint_eq(cookie, out++);
		tail = next;
		atomic_store(&ring.a->tail, tail);
	}
}
END_TEST

/* A worker that was taken over writes what it likes. */
START_TEST(positions_that_never_were)
{
	const struct span part = { filling, 5000 };
	uint64_t next = 0;
	uint32_t cookie = 0;
	bool broken = false;

	for (uint32_t i = 1; i < 300; i++) {
		while (!ring_put(&ring, i, &part, 1, part.n))
			atomic_store(&ring.a->tail, atomic_load(&ring.q->head));
	}
	uint64_t head = atomic_load(&ring.q->head);
	ck_assert(!get(head, &cookie, &next, &broken));
	ck_assert(!broken);
	const uint64_t wrong[] = { head + 8, head - RING_BYTES - 8, head - 4, UINT64_MAX, UINT64_MAX - 7, 0 };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert(!get(wrong[i], &cookie, &next, &broken));
		ck_assert(broken);
	}
	memset(filling, 0xff, sizeof(filling));
	for (uint64_t at = head - RING_BYTES; at < head; at += 8) /* anywhere else: nothing, or something that lies in it */
		if (get(at, &cookie, &next, &broken))
			ck_assert_uint_lt(cookie, RING_COOKIES);
	for (size_t i = 0; i < 2; i++) { /* the program finds no room, and does not write beyond it */
		atomic_store(&ring.a->tail, i ? head + 8 : head - RING_BYTES - 8);
		ck_assert(!ring_put(&ring, 1, &part, 1, part.n));
	}
}
END_TEST

/* ---- answers ---- */

START_TEST(answers_that_cannot_be)
{
	struct classify_label label;
	struct ring_answers *a = ring.a;

	memcpy(a->name[7], "SMTP", 5);
	memset(a->name[8], 'x', CLASSIFY_NAME);
	memcpy(a->name[9], "a\nb", 4);
	ck_assert_int_eq(ring_read_answer(a, ANSWER_UNKNOWN, &label), CLASSIFY_UNKNOWN);
	ck_assert_int_eq(ring_read_answer(a, ANSWER_LABEL | 7U << ANSWER_ID, &label), CLASSIFY_LABEL);
	ck_assert_str_eq(label.application, "SMTP");
	ck_assert(!label.weak);
	ck_assert_int_eq(ring_read_answer(a, ANSWER_LABEL | ANSWER_WEAK | 7U << ANSWER_ID, &label), CLASSIFY_LABEL);
	ck_assert(label.weak);
	const uint32_t bad[] = {
		ANSWER_FREE, ANSWER_AWAITED, ANSWER_LOST, 5, ANSWER_LABEL | 6U << ANSWER_ID, ANSWER_LABEL | 8U << ANSWER_ID,
		ANSWER_LABEL | 9U << ANSWER_ID, ANSWER_LABEL | (uint32_t)RING_NAMES << ANSWER_ID, UINT32_MAX,
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(ring_read_answer(a, bad[i], &label), CLASSIFY_LOST);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("classify-bytes");
	TCase *t = tcase_create("bytes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, packets_are_written_with_zeros_behind);
	tcase_add_test(t, packet_over_ipv6);
	tcase_add_test(t, packet_that_is_too_large_ends_the_request);
	tcase_add_test(t, requests_come_out_as_they_went_in);
	tcase_add_test(t, positions_that_never_were);
	tcase_add_test(t, answers_that_cannot_be);
	suite_add_tcase(s, t);
	return rig_run(s);
}
