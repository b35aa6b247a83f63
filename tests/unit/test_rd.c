/* The bounded reader and the small types of base/: what everything above relies on. */
#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/pool.h"
#include "base/rd.h"
#include "base/region.h"
#include "base/rooms.h"
#include "base/span.h"
#include "base/time.h"
#include "base/wr.h"

START_TEST(short_and_overrun_differ)
{
	const uint8_t b[4] = { 1, 2, 3, 4 };
	struct rd cut = rd_of(b, 2, 4), lie = rd_of(b, 4, 4);

	ck_assert_uint_eq(rd_u16(&cut), 0x0102);
	ck_assert_uint_eq(rd_u16(&cut), 0);
	ck_assert_int_eq(cut.err, RD_SHORT);
	ck_assert(!rd_more(&cut));
	ck_assert_uint_eq(rd_u32(&lie), 0x01020304);
	ck_assert_uint_eq(rd_u8(&lie), 0);
	ck_assert_int_eq(lie.err, RD_OVERRUN);
}
END_TEST

START_TEST(sub_keeps_the_promise)
{
	const uint8_t b[3] = { 5, 'a', 'b' };
	struct rd r = rd_of(b, 3, 10), c = rd_sub8(&r);

	ck_assert_uint_eq(c.cap, 2);
	ck_assert_uint_eq(c.len, 5);
	ck_assert_int_eq(r.err, RD_OK);
	ck_assert_uint_eq(r.len, 4);
	rd_u8(&r);
	ck_assert_int_eq(r.err, RD_SHORT);
	rd_skip(&c, 3);
	ck_assert_int_eq(c.err, RD_SHORT);

	struct rd whole = rd_of(b, 3, 3), child = rd_sub8(&whole);
	ck_assert_int_eq(whole.err, RD_OVERRUN);
	ck_assert_int_eq(child.err, RD_OVERRUN);
}
END_TEST

START_TEST(numbers)
{
	const uint8_t b[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct rd r = rd_of(b, 8, 8), nothing = rd_of(NULL, 0, 0);
	static const uint8_t tail[] = { 4, 5, 6, 7, 8, 9 };
	uint8_t copy[3];

	ck_assert_uint_eq(rd_u24(&r), 0x010203);
	ck_assert_int_eq(rd_peek(&r, 0), 4);
	ck_assert_int_eq(rd_peek(&r, 4), 8);
	ck_assert_int_eq(rd_peek(&r, 5), -1);
	ck_assert(rd_starts(&r, tail, 5) && !rd_starts(&r, tail, 6) && !rd_starts(&r, b, 1));
	ck_assert_uint_eq(rd_u16le(&r), 0x0504);
	rd_bytes(&r, copy, 3);
	ck_assert_mem_eq(copy, b + 5, 3);
	ck_assert(!rd_more(&r) && r.err == RD_OK);
	rd_bytes(&r, copy, 1);
	ck_assert(copy[0] == 0 && r.err == RD_OVERRUN);
	r = rd_of(b, 8, 8);
	ck_assert_uint_eq(rd_u64(&r), UINT64_C(0x0102030405060708));
	r = rd_of(b, 8, 8);
	ck_assert_uint_eq(rd_u64le(&r), UINT64_C(0x0807060504030201));
	r = rd_of(b, 8, 8);
	ck_assert_uint_eq(rd_u32le(&r), 0x04030201);
	ck_assert_uint_eq(rd_rest(&r).n, 4);
	rd_fail(&r);
	ck_assert(r.err == RD_OVERRUN && !rd_more(&r) && rd_get(&r, 1).p == NULL);
	rd_skip(&nothing, 0);
	ck_assert_int_eq(nothing.err, RD_OK);
	r = rd_of(b, 8, 5); /* more captured than there was: what is behind is not the sender's */
	ck_assert_uint_eq(r.cap, 5);
}
END_TEST

enum { OPERATIONS = 8, LENGTH_MAX = 6 };

/* Does one read; returns a reader over what it took out, if it took one out. */
static struct rd operate(struct rd *r, unsigned op)
{
	switch (op) {
	case 0: rd_u8(r); break;
	case 1: rd_u16(r); break;
	case 2: rd_u24(r); break;
	case 3: rd_skip(r, 4); break;
	case 4: return rd_sub8(r);
	case 5: return rd_sub16(r);
	case 6: return rd_sub24(r);
	default: return rd_sub(r, 2);
	}
	return rd_of(NULL, 0, 0);
}

static bool is_inside(const struct rd *r, const uint8_t *from, size_t captured, bool whole)
{
	return r->cap <= r->len && (r->cap == 0 || (r->p >= from && r->p + r->cap <= from + captured)) &&
	       (!whole || r->err != RD_SHORT) && (!r->err || (r->cap == 0 && r->len == 0));
}

/* Every sequence of three reads on every small input: inside what was captured, and an error stays what it was. */
START_TEST(no_read_leaves_the_input)
{
	size_t len = (size_t)_i / (LENGTH_MAX + 1), cap = (size_t)_i % (LENGTH_MAX + 1);
	uint8_t *b = malloc(cap ? cap : 1);

	ck_assert_ptr_nonnull(b);
	for (unsigned seed = 0; cap <= len && seed < 4; seed++) {
		for (size_t i = 0; i < cap; i++)
			b[i] = (uint8_t)((i + seed) % 4);
		for (unsigned ops = 0; ops < OPERATIONS * OPERATIONS * OPERATIONS; ops++) {
			struct rd r = rd_of(b, cap, len);
			for (unsigned left = ops, i = 0; i < 3; i++, left /= OPERATIONS) {
				enum rd_err before = r.err;
				struct rd c = operate(&r, left % OPERATIONS);
				if (!is_inside(&r, b, cap, cap == len) || !is_inside(&c, b, cap, cap == len) ||
				    (before && r.err != before))
					ck_abort_msg("%zu of %zu bytes, operations %o", cap, len, ops);
			}
		}
	}
	free(b);
}
END_TEST

START_TEST(hosts)
{
	ck_assert(span_host_matches(SPAN("MTalk.google.com."), SPAN("mtalk.google.com")));
	ck_assert(span_host_matches(SPAN("a.b.example.com"), SPAN("*.example.com")));
	ck_assert(!span_host_matches(SPAN("example.com"), SPAN("*.example.com")));
	ck_assert(span_host_matches(SPAN("example.com"), SPAN(".example.com")));
	ck_assert(!span_host_matches(SPAN("badexample.com"), SPAN(".example.com")));
	ck_assert(!span_host_matches(SPAN(""), SPAN("")));
}
END_TEST

static struct prefix prefix(const char *s)
{
	struct prefix p;
	ck_assert_msg(prefix_parse(span_of(s), &p), "%s", s);
	return p;
}

/* As libc's, both ways. */
START_TEST(addresses_as_text)
{
	static const char *const no[] = { "", "a", "example.com", "10.0.0", "10.0.0.256", "10.0.0.1.", "1.example", "host1",
					  ":", "1:2", "fe80::1%eth0", "10.0.0.1/8", "de", "0x7f.1" };
	static const char *const v6[] = { "::", "::1", "2001:db8::", "fe80::a:0:0:b", "1:2:3:4:5:6:7:8", "::1.2.3.4" };
	static const uint8_t edges[] = { 0, 1, 9, 10, 99, 100, 109, 199, 200, 255 };
	const unsigned n = sizeof(edges);
	char theirs[INET6_ADDRSTRLEN], ours[ADDR_TEXT];
	struct addr a, again;

	for (unsigned i = 0; i < n * n * n * n; i++) {
		uint8_t b[4] = { edges[i % n], edges[i / n % n], edges[i / n / n % n], edges[i / n / n / n] };
		a = addr_v4((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
		size_t length = addr_format(&a, ours);
		ck_assert_str_eq(ours, inet_ntop(AF_INET, b, theirs, sizeof(theirs)));
		ck_assert_uint_eq(length, strlen(theirs));
		ck_assert(addr_parse(span_of(ours), &again) && addr_eq(&a, &again));
	}
	for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++) {
		ck_assert(addr_parse(span_of(v6[i]), &a));
		ck_assert_uint_eq(addr_format(&a, ours), strlen(v6[i]));
		ck_assert_str_eq(ours, v6[i]);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!addr_parse(span_of(no[i]), &a), "%s", no[i]);
}
END_TEST

START_TEST(prefixes)
{
	struct prefix p = prefix("192.0.2.0/24"), x;
	struct addr a;
	char text[PREFIX_TEXT];

	ck_assert(addr_parse(SPAN("192.0.2.77"), &a) && prefix_has(&p, &a));
	ck_assert(addr_parse(SPAN("192.0.3.1"), &a) && !prefix_has(&p, &a));
	prefix_format(&p, text);
	ck_assert_str_eq(text, "192.0.2.0/24");
	p = prefix("2620:0:6c0::/45");
	ck_assert(addr_parse(SPAN("2620:0:6c7::1"), &a) && prefix_has(&p, &a));
	ck_assert(addr_parse(SPAN("2620:0:6c8::1"), &a) && !prefix_has(&p, &a));
	ck_assert(!prefix_parse(SPAN("192.0.2.1/24"), &x));
	ck_assert(!prefix_parse(SPAN("192.0.2.0/33"), &x));
	ck_assert(!prefix_parse(SPAN("192.0.2.0/"), &x));
	ck_assert(!prefix_parse(SPAN("192.0.2"), &x));
}
END_TEST

START_TEST(scopes)
{
	static const struct {
		const char *a;
		enum addr_scope s;
	} v[] = {
		{ "10.1.2.3", ADDR_PRIVATE },    { "100.64.0.1", ADDR_PRIVATE },     { "172.32.0.1", ADDR_INTERNET },
		{ "127.0.0.1", ADDR_LOOPBACK },  { "169.254.1.1", ADDR_LINK },       { "224.0.0.251", ADDR_MULTICAST },
		{ "255.255.255.255", ADDR_BROADCAST }, { "0.0.0.0", ADDR_UNSPECIFIED }, { "203.0.113.9", ADDR_RESERVED },
		{ "fe80::1", ADDR_LINK },        { "fd00::1", ADDR_PRIVATE },        { "ff02::fb", ADDR_MULTICAST },
		{ "::1", ADDR_LOOPBACK },        { "2001:db8::1", ADDR_RESERVED },   { "2607:f8b0::1", ADDR_INTERNET },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct addr a;
		ck_assert(addr_parse(span_of(v[i].a), &a));
		ck_assert_msg(addr_scope(&a) == v[i].s, "%s", v[i].a);
	}
}
END_TEST

START_TEST(times)
{
	int64_t t;
	struct wr w;

	wr_init(&w, 1000);
	ck_assert(time_parse(SPAN("2024-02-29T23:59:59.000000001Z"), &t));
	ck_assert_int_eq(t, INT64_C(1709251199000000001));
	wr_time(&w, t);
	wr_char(&w, 0);
	ck_assert_str_eq(w.p, "2024-02-29T23:59:59.000000001Z");
	ck_assert(time_parse(SPAN("1700000000.5"), &t) && t == INT64_C(1700000000500000000));
	ck_assert(time_parse(SPAN("2023-11-14T23:13+01:00"), &t) && t == INT64_C(1699999980000000000));
	ck_assert(!time_parse(SPAN("2023-13-01"), &t));
	ck_assert(duration_parse(SPAN("15m"), &t) && t == 900 * NS_PER_S);
	ck_assert(!duration_parse(SPAN("15 m"), &t));
	wr_free(&w);
}
END_TEST

START_TEST(hostile_text)
{
	struct wr w;

	wr_init(&w, 64);
	wr_json_string(&w, (struct span){ (const uint8_t *)"a\"\\\n\xff", 5 });
	wr_char(&w, 0);
	ck_assert_str_eq(w.p, "\"a\\\"\\\\x5c\\\\x0a\\\\xff\"");
	wr_reset(&w);
	wr_json_text(&w, SPAN("\x7f\n\xc2\x85\xc2\xa0\xe2\x80\xa7\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbd\xe2\x80"));
	wr_char(&w, 0);
	ck_assert_str_eq(w.p, "\"\\u007f\\n\\u0085\xc2\xa0\xe2\x80\xa7\\u2029\\ufeff\xef\xbf\xbd\xe2\x80\"");
	wr_reset(&w);
	for (int i = 0; i < 100; i++)
		wr_char(&w, 'x');
	ck_assert(w.failed && w.n == 64);
	wr_free(&w);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct arena a;
	struct pool p;

	arena_init(&a, 100);
	ck_assert_ptr_nonnull(arena_alloc(&a, 90));
	ck_assert_ptr_null(arena_alloc(&a, 90));
	ck_assert_uint_eq(a.failed, 1);
	arena_free(&a);
	pool_init(&p, 24, 3);
	void *one = pool_take(&p);
	ck_assert(one && pool_take(&p) && pool_take(&p) && !pool_take(&p));
	pool_give(&p, one);
	ck_assert_ptr_eq(pool_take(&p), one);
	pool_free(&p);
}
END_TEST

struct wide {
	uint64_t word[5]; /* no size of a pool's */
};

static struct wide wide_of(unsigned list, uint32_t i)
{
	return (struct wide){ { list, i, ~(uint64_t)i, 0, i * 3 } };
}

/* Lists grow by turns: none loses an element. */
START_TEST(lists_grow)
{
	enum { LISTS = 3 };
	struct rooms r;
	struct wide *list[LISTS] = { NULL };
	uint32_t room[LISTS] = { 0 };

	rooms_init(&r, sizeof(struct wide), LISTS);
	for (uint32_t most = 1; most <= ROOMS_MOST; most *= 2) {
		for (unsigned k = 0; k < LISTS; k++) {
			uint32_t before = room[k];
			list[k] = rooms_grow(&r, list[k], &room[k]);
			ck_assert_ptr_nonnull(list[k]);
			ck_assert_uint_eq(room[k], most);
			for (uint32_t i = before; i < most; i++)
				list[k][i] = wide_of(k, i);
		}
		for (unsigned k = 0; k < LISTS; k++)
			for (uint32_t i = 0; i < most; i++) {
				struct wide w = wide_of(k, i);
				ck_assert_mem_eq(&list[k][i], &w, sizeof(w));
			}
	}
	ck_assert_ptr_null(rooms_grow(&r, list[0], &room[0]));
	ck_assert_uint_eq(room[0], ROOMS_MOST);
	for (unsigned k = 0; k < LISTS; k++)
		rooms_give(&r, list[k], room[k]);
	rooms_free(&r);
}
END_TEST

START_TEST(lists_are_bounded)
{
	struct rooms r;
	uint32_t one_room = 0, other_room = 0, no_room = 0;

	rooms_init(&r, sizeof(uint64_t), 2);
	uint64_t *one = rooms_grow(&r, NULL, &one_room), *other = rooms_grow(&r, NULL, &other_room), *grown;
	ck_assert(one && other && !rooms_grow(&r, NULL, &no_room) && no_room == 0);
	*one = 7;
	grown = rooms_grow(&r, one, &one_room);
	ck_assert(grown && *grown == 7 && one_room == 2);
	ck_assert_ptr_eq(rooms_grow(&r, NULL, &no_room), one); /* what was grown out of */
	rooms_give(&r, grown, one_room);
	ck_assert_ptr_eq(rooms_grow(&r, other, &other_room), grown);
	rooms_give(&r, NULL, 0);
	rooms_free(&r);
}
END_TEST

/* More than one region holds, in sizes that do not fill it; each piece keeps what was written to it until it is given. */
START_TEST(regions)
{
	enum { PIECES = 200, MOST = 300 * 1024 };
	static unsigned char *piece[PIECES];
	static size_t size[PIECES];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < PIECES; i++) {
			size[i] = 1 + i * 7919 % MOST;
			piece[i] = region_take(size[i]);
			ck_assert_ptr_nonnull(piece[i]);
			ck_assert_uint_eq((uintptr_t)piece[i] % 64, 0);
			memset(piece[i], (int)i, size[i]);
		}
		for (size_t i = 0; i < PIECES; i += 2) { /* half of them, so that every region stays */
			region_give(piece[i]);
			piece[i] = NULL;
		}
		for (size_t i = 1; i < PIECES; i += 2) {
			bool kept = piece[i][0] == (unsigned char)i && memcmp(piece[i], piece[i] + 1, size[i] - 1) == 0;
			ck_assert(kept); /* all its bytes are the same */
			region_give(piece[i]);
		}
	}
	region_give(NULL);
	ck_assert_ptr_null(region_take(SIZE_MAX));
}
END_TEST

/* As much as shares a region, and what has one to itself, beside each other. */
START_TEST(large_regions)
{
	static const size_t size[] = { REGION_SHARED, REGION_SHARED, REGION_SHARED + 1, 5 * REGION_SHARED, 64 };
	enum { SIZES = sizeof(size) / sizeof(size[0]) };
	unsigned char *piece[SIZES];

	for (size_t i = 0; i < SIZES; i++) {
		piece[i] = region_take(size[i]);
		ck_assert_ptr_nonnull(piece[i]);
		memset(piece[i], (int)i, size[i]);
	}
	for (size_t i = 0; i < SIZES; i++) {
		ck_assert(piece[i][0] == i && piece[i][size[i] - 1] == i);
		region_give(piece[i]);
	}
}
END_TEST

enum { APART = 13, PIECE = REGION_SHARED / 2, HUGE_PAGE = 2 * REGION_SHARED };

static void take_apart(unsigned char *piece[APART])
{
	for (size_t i = 0; i < APART; i++) {
		piece[i] = region_take(PIECE);
		if (piece[i])
			memset(piece[i], (int)i, PIECE);
	}
}

static void give_apart(unsigned char *piece[APART])
{
	for (size_t i = 0; i < APART; i++) {
		ck_assert(piece[i] && piece[i][0] == i && piece[i][PIECE - 1] == i);
		region_give(piece[i]);
	}
}

static void *in_a_thread(void *piece)
{
	take_apart(piece);
	return NULL;
}

/* What one thread gives back does not lie among what another keeps, and is used again. */
START_TEST(threads_lie_apart)
{
	unsigned char *piece[APART], *others[APART], *again[APART];
	size_t same = 0;
	pthread_t thread;

	take_apart(piece);
	ck_assert_int_eq(pthread_create(&thread, NULL, in_a_thread, others), 0);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < APART; i++)
		for (size_t k = 0; k < APART; k++)
			ck_assert((uintptr_t)piece[i] / HUGE_PAGE != (uintptr_t)others[k] / HUGE_PAGE);
	give_apart(piece);
	take_apart(again);
	for (size_t i = 0; i < APART; i++)
		for (size_t k = 0; k < APART; k++)
			same += again[i] == piece[k];
	ck_assert_uint_ge(same, APART - 3); /* the first and the last region may be others */
	give_apart(others);
	give_apart(again);
	for (size_t i = 0; i < APART; i++) { /* one after the other, in the same place */
		piece[i] = region_take(PIECE);
		ck_assert_ptr_eq(piece[i], piece[0]);
		region_give(piece[i]);
	}
}
END_TEST

/* Pages of address space. */
static unsigned long space(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long n = 0;

	ck_assert(f && fscanf(f, "%lu", &n) == 1);
	(void)fclose(f);
	return n;
}

/* Nothing before somebody takes much; then some and no more, and that is what is taken next. */
START_TEST(made_ready)
{
	unsigned char *piece[APART], *more[APART];
	unsigned long little = space(), much, some;

	region_prepare();
	ck_assert_uint_eq(space(), little);
	take_apart(piece);
	much = space();
	for (unsigned i = 0; i < 2; i++)
		region_prepare();
	some = space();
	region_prepare();
	ck_assert_uint_eq(space(), some);
	take_apart(more);
#ifndef __SANITIZE_ADDRESS__ /* whose malloc has its space from the beginning */
	ck_assert_uint_gt(some, much);
	ck_assert_uint_lt(2 * (space() - some), much - little); /* two regions of four were there */
#endif
	(void)much;
	give_apart(piece);
	give_apart(more);
}
END_TEST

START_TEST(words)
{
	const uint8_t b[9] = { 1, 2, 3, 4, 0xfe, 6, 7, 8, 9 };
	uint32_t w[2] = { 7, 7 };
	struct rd r = rd_of(b, 9, 9), cut = rd_of(b, 7, 9), lie = rd_of(b, 7, 7);

	rd_words(&r, w, 2);
	ck_assert(w[0] == 0x01020304 && w[1] == 0xfe060708 && rd_u8(&r) == 9 && !r.err);
	rd_words(&cut, w, 2);
	ck_assert(w[0] == 0 && w[1] == 0 && cut.err == RD_SHORT);
	rd_words(&lie, w, 1);
	ck_assert(w[0] == 0x01020304 && !lie.err);
	rd_words(&lie, w, 1);
	ck_assert(w[0] == 0 && lie.err == RD_OVERRUN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *c = tcase_create("base");

	tcase_add_test(c, short_and_overrun_differ);
	tcase_add_test(c, sub_keeps_the_promise);
	tcase_add_test(c, numbers);
	tcase_add_loop_test(c, no_read_leaves_the_input, 0, (LENGTH_MAX + 1) * (LENGTH_MAX + 1));
	tcase_add_test(c, hosts);
	tcase_add_test(c, addresses_as_text);
	tcase_add_test(c, prefixes);
	tcase_add_test(c, scopes);
	tcase_add_test(c, times);
	tcase_add_test(c, hostile_text);
	tcase_add_test(c, memory_is_bounded);
	tcase_add_test(c, lists_grow);
	tcase_add_test(c, lists_are_bounded);
	tcase_add_test(c, regions);
	tcase_add_test(c, large_regions);
	tcase_add_test(c, threads_lie_apart);
	tcase_add_test(c, made_ready);
	tcase_add_test(c, words);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
