/* What pcapng alone has: blocks, statistics, options that lie, lengths of sections. */
#include "made_pcapng.h"

#include "base/time.h"
#include "capture/source.h"

START_TEST(pcapng_blocks)
{
	static const struct {
		int64_t time;
		uint64_t number;
		uint32_t cap, len, link_type;
		uint16_t interface;
	} want[] = {
		{ INT64_C(1700000000000001000), 1, 61, 61, 1, 0 },
		{ INT64_C(1700000000000000007), 2, 33, 99, 113, 1 },
		{ INT64_C(1700000000500000000), 3, 4, 4, 101, 2 },
		{ INT64_C(1700000000500000000), 5, 24, 300, 1, 0 },
		{ INT64_C(1700000003000000000), 6, 7, 7, 228, 3 },
		{ 0, 7, 8, 8, 12, 4 }, /* times are held: time_held() */
		{ TIME_MAX, 8, 1, 1, 228, 3 },
	};
	struct made m = { 0 }, none = { 0 };

	made_section(&m);
	made_interface(&m, 1, 24, 0, 0);
	made_packet(&m, 6, 0, UINT64_C(1700000000000001), 61, 61, 0); /* beyond its own snap length */
	made_interface(&m, 113, 0, 9, 0);
	made_packet(&m, 2, 1, UINT64_C(1700000000000000007), 33, 99, 1);
	made_interface(&m, 101, 0, 0x80 | 10, 1000);
	made_packet(&m, 6, 2, (UINT64_C(1699999000) << 10) + 512, 4, 4, 2);
	made_block(&m, 0x77, &none);
	made_put(&none, "\0\0\0\0", 4);
	made_block(&m, 0xbad, &none); /* a custom block takes a number */
	made_packet(&m, 3, 0, 0, 24, 300, 3);
	m.big = true;
	made_section(&m);
	made_interface(&m, 228, 0, 0x80, 0); /* 2 to the power of 0: seconds */
	made_packet(&m, 6, 0, 1700000003, 7, 7, 4);
	made_interface(&m, 12, 0, 6, -2);
	made_packet(&m, 6, 1, 1000000, 8, 8, 5);
	made_packet(&m, 6, 0, UINT64_MAX, 1, 1, 6);
	struct seen s = see_made(&m, m.n);
	ck_assert_int_eq(s.r, 0);
	ck_assert_msg(s.file.state == CAPTURE_DONE, "%s", s.file.why);
	ck_assert_uint_eq(s.n, 7);
	for (size_t i = 0; i < s.n; i++) {
		ck_assert_msg(s.frames[i].time == want[i].time, "%zu: %lld", i, (long long)s.frames[i].time);
		ck_assert_uint_eq(s.frames[i].number, want[i].number);
		ck_assert_uint_eq(s.frames[i].bytes.cap, want[i].cap);
		ck_assert_uint_eq(s.frames[i].bytes.len, want[i].len);
		ck_assert_uint_eq(s.frames[i].link_type, want[i].link_type);
		ck_assert_uint_eq(s.frames[i].interface, want[i].interface);
		ck_assert(s.filled[i]);
	}
	ck_assert_uint_eq(s.file.link_types_n, 5);
	made_free(&m);
	made_free(&none);
}
END_TEST

/* Statistics with these options: code, value, code, value; 0 ends. `lie` is added to the second's length. */
static void made_statistics(struct made *m, uint32_t interface, const uint64_t *options, uint16_t lie)
{
	struct made b = { .big = m->big };

	made_32(&b, interface);
	made_number(&b, 0, 8);
	for (size_t i = 0; *(options + i); i += 2) {
		made_16(&b, (uint32_t)*(options + i));
		made_16(&b, i == 2 ? 8U + lie : 8);
		made_number(&b, *(options + i + 1), 8);
	}
	made_block(m, 5, &b);
	made_free(&b);
}

/* An enhanced packet of 5 bytes with a drop count; `code` 4 is that option. */
static void made_dropping(struct made *m, uint32_t interface, uint16_t code, uint64_t drops)
{
	struct made b = { .big = m->big };

	made_32(&b, interface);
	made_number(&b, 0, 8);
	made_32(&b, 5);
	made_32(&b, 5);
	made_fill(&b, 0, 8);
	made_16(&b, 2); /* flags */
	made_16(&b, 4);
	made_32(&b, 1);
	made_16(&b, code);
	made_16(&b, 8);
	made_number(&b, drops, 8);
	made_block(m, 6, &b);
	made_free(&b);
}

/* Totals of an interface replace what was told before; beside packets the same losses are told again. */
START_TEST(pcapng_drops)
{
	for (int big = 0; big < 2; big++) {
		struct made m = { .big = big };
		made_section(&m);
		made_interface(&m, 1, 0, 0, 0);
		made_interface(&m, 1, 0, 0, 0);
		made_dropping(&m, 0, 4, 6);
		made_statistics(&m, 0, (const uint64_t[]){ 4, 1000, 5, 3, 7, 5, 0 }, 0);
		made_statistics(&m, 0, (const uint64_t[]){ 5, 4, 7, UINT64_MAX, 0 }, 0); /* kernel unknown: 5 stays */
		made_statistics(&m, 1, (const uint64_t[]){ 7, 10, 5, 99, 0 }, 1);        /* a length that lies */
		made_statistics(&m, 2, (const uint64_t[]){ 5, 1000, 0 }, 0);             /* no such interface */
		made_dropping(&m, 1, 4, 30);
		made_dropping(&m, 1, 3, 1000);
		made_packet(&m, 2, 1, 0, 5, 5, 0); /* says 9 */
		m.big = !m.big;
		made_section(&m);
		made_interface(&m, 1, 0, 0, 0);
		made_statistics(&m, 0, (const uint64_t[]){ 5, 100, 0 }, 0);
		struct seen s = see_made(&m, m.n);
		ck_assert_msg(s.file.state == CAPTURE_DONE, "%s", s.file.why);
		ck_assert_uint_eq(s.n, 4);
		ck_assert_uint_eq(s.file.dropped_interface, 4 + 100);
		ck_assert_uint_eq(s.file.dropped_kernel, 5 + 10);
		ck_assert_uint_eq(s.file.dropped, 9 + 39 + 100);
		made_free(&m);
	}
}
END_TEST

/* What an interface's options say holds up to the one whose length lies. */
START_TEST(pcapng_lying_options)
{
	static const struct {
		uint16_t first, second; /* lengths of time resolution (1) and offset (8) */
		int64_t time;
	} v[] = {
		{ 1, 8, INT64_C(107000000000) }, { 1, 9, INT64_C(7000000000) },  { 1, 0xffff, INT64_C(7000000000) },
		{ 1, 7, INT64_C(7000000000) },   { 200, 8, INT64_C(7000000) }, { 0xffff, 8, INT64_C(7000000) },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct made m = { 0 }, b = { 0 };
		made_section(&m);
		made_16(&b, 1);
		made_16(&b, 0);
		made_32(&b, 0);
		made_16(&b, 9);
		made_16(&b, v[i].first);
		made_put(&b, "\3\0\0\0", 4); /* milliseconds */
		made_16(&b, 14);
		made_16(&b, v[i].second);
		made_number(&b, 100, 8);
		made_block(&m, 1, &b);
		made_packet(&m, 6, 0, 7000, 5, 5, 0);
		struct seen s = see_made(&m, m.n);
		ck_assert_uint_eq(s.n, 1);
		ck_assert_msg(s.frames[0].time == v[i].time, "%zu: %lld", i, (long long)s.frames[0].time);
		ck_assert_int_eq(s.file.state, CAPTURE_DONE);
		made_free(&m);
		made_free(&b);
	}
}
END_TEST

/* A section's length is not believed: none of these changes what is read. */
START_TEST(pcapng_section_lengths)
{
	static const uint64_t lies[] = { 0, 1, 60, 1 << 20, UINT64_MAX - 1, UINT64_C(1) << 63 };

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct made m = { 0 };
		for (int k = 0; k < 2; k++) {
			size_t at = m.n;
			made_section(&m);
			struct made length = { 0 };
			made_number(&length, lies[i], 8);
			memcpy(m.b + at + 16, length.b, 8);
			made_free(&length);
			made_interface(&m, 1, 0, 0, 0);
			made_packet(&m, 6, 0, 1, 9, 9, (uint32_t)k);
		}
		struct seen s = see_made(&m, m.n);
		ck_assert_uint_eq(s.n, 2);
		ck_assert(s.filled[0] && s.filled[1] && s.complete);
		made_free(&m);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pcapng");
	TCase *c = tcase_create("pcapng");

	tcase_add_test(c, pcapng_blocks);
	tcase_add_test(c, pcapng_drops);
	tcase_add_test(c, pcapng_lying_options);
	tcase_add_test(c, pcapng_section_lengths);
	suite_add_tcase(s, c);
	return run_suite(s);
}
