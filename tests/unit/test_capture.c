/* Classic pcap and pcapng, made byte by byte: byte orders, units, cuts, lies. */
#include "made_pcapng.h"

#include "base/time.h"
#include "capture/source.h"

static const struct {
	uint32_t magic;
	uint32_t unit, fraction;
	bool modified;
} kinds[] = {
	{ 0xa1b2c3d4, 1000, 999999, false },
	{ 0xa1b23c4d, 1, 999999999, false },
	{ 0xa1b2cd34, 1000, 999999, true },
};

START_TEST(every_kind_of_pcap)
{
	for (unsigned i = 0; i < 6; i++) {
		struct made m = { .big = i % 2 };
		made_pcap(&m, kinds[i / 2].magic, 4, 65535, 0x54000071);
		for (uint32_t k = 0; k < 3; k++) {
			made_32(&m, k == 2 ? 0xfffffffe : 1700000000 + k);
			made_32(&m, kinds[i / 2].fraction);
			made_32(&m, 60 + k);
			made_32(&m, 1500);
			if (kinds[i / 2].modified)
				made_fill(&m, 200, 8);
			made_fill(&m, k, 60 + k);
		}
		struct seen s = see_made(&m, m.n);
		ck_assert_int_eq(s.r, 0);
		ck_assert_uint_eq(s.n, 3);
		ck_assert_int_eq(s.file.state, CAPTURE_DONE);
		ck_assert_uint_eq(s.file.offset, m.n);
		ck_assert_uint_eq(s.file.size, m.n);
		ck_assert_uint_eq(s.file.bytes, 4500);
		ck_assert(s.complete);
		for (uint32_t k = 0; k < 3; k++) {
			int64_t t = k == 2 ? INT64_C(0xfffffffe) : 1700000000 + k;
			ck_assert_int_eq(s.frames[k].time,
					 t * 1000000000 + (int64_t)kinds[i / 2].fraction * kinds[i / 2].unit);
			ck_assert_uint_eq(s.frames[k].number, k + 1);
			ck_assert_uint_eq(s.frames[k].bytes.cap, 60 + k);
			ck_assert_uint_eq(s.frames[k].bytes.len, 1500);
			ck_assert_uint_eq(s.frames[k].link_type, 113); /* without the bits above it */
			ck_assert(s.filled[k]);
		}
		made_free(&m);
	}
}
END_TEST

/* More captured than there was on the wire cannot be; the bytes count. Before 2.4 the lengths were exchanged. */
START_TEST(lengths)
{
	static const struct {
		uint32_t minor, first, second, cap, len;
	} v[] = {
		{ 4, 20, 90, 20, 90 }, { 4, 20, 5, 20, 20 }, { 3, 20, 90, 20, 90 },
		{ 3, 90, 20, 20, 90 }, { 2, 90, 20, 20, 90 }, { 4, 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct made m = { 0 };
		made_pcap(&m, 0xa1b2c3d4, v[i].minor, 65535, 1);
		made_32(&m, 1);
		made_32(&m, 0);
		made_32(&m, v[i].first);
		made_32(&m, v[i].second);
		made_fill(&m, 0, v[i].cap);
		struct seen s = see_made(&m, m.n);
		ck_assert_uint_eq(s.n, 1);
		ck_assert_uint_eq(s.frames[0].bytes.cap, v[i].cap);
		ck_assert_uint_eq(s.frames[0].bytes.len, v[i].len);
		made_free(&m);
	}
}
END_TEST

/* Where each record of a made file ends, the header's end first. */
struct ends {
	size_t at[8];
	size_t n;
};

static void small_pcap(struct made *m, struct ends *e)
{
	made_pcap(m, 0xa1b2c3d4, 4, 65535, 1);
	e->at[e->n++] = m->n;
	for (uint32_t k = 0; k < 4; k++) {
		made_record(m, 1700000000 + k, 0, 5 + k, 5 + k, k);
		e->at[e->n++] = m->n;
	}
}

static void small_pcapng(struct made *m, struct ends *e)
{
	made_section(m);
	e->at[e->n++] = m->n;
	made_interface(m, 1, 0, 0, 0);
	for (uint32_t k = 0; k < 4; k++) {
		made_packet(m, k == 3 ? 3 : 6, 0, 1, 4 + k, 4 + k, k);
		e->at[e->n++] = m->n;
	}
}

static void check_cut(const struct made *m, const struct ends *e, size_t n, bool boundary_only)
{
	struct seen s = see_made(m, n);
	size_t whole = 0;
	char packet[32], byte[32];

	while (whole + 1 < e->n && e->at[whole + 1] <= n)
		whole++;
	ck_assert_int_eq(s.r, 0);
	ck_assert_uint_eq(s.n, whole);
	ck_assert_uint_eq(s.file.packets, whole);
	for (size_t i = 0; i < s.n; i++)
		ck_assert(s.filled[i]);
	if (s.file.state == CAPTURE_DONE) {
		ck_assert(n == e->at[whole] || !boundary_only);
		ck_assert(s.complete);
		return;
	}
	ck_assert_int_eq(s.file.state, CAPTURE_CUT);
	ck_assert(!s.complete);
	ck_assert_uint_lt(s.file.offset, n);
	(void)snprintf(packet, sizeof(packet), "packet %zu ", boundary_only ? whole + 1 : whole);
	(void)snprintf(byte, sizeof(byte), "at byte %llu:", (unsigned long long)s.file.offset);
	ck_assert_msg((strstr(s.file.why, packet) || !boundary_only) && strstr(s.file.why, byte), "%s", s.file.why);
	if (boundary_only)
		ck_assert_uint_eq(s.file.offset, e->at[whole]);
}

START_TEST(pcap_cut_at_every_byte)
{
	struct made m = { 0 };
	struct ends e = { 0 };

	small_pcap(&m, &e);
	for (size_t n = e.at[0]; n <= m.n; n++)
		check_cut(&m, &e, n, true);
	made_free(&m);
}
END_TEST

START_TEST(pcapng_cut_at_every_byte)
{
	struct made m = { 0 };
	struct ends e = { 0 };

	small_pcapng(&m, &e);
	for (size_t n = e.at[0]; n <= m.n; n++)
		check_cut(&m, &e, n, false);
	made_free(&m);
}
END_TEST

START_TEST(header_cut_at_every_byte)
{
	struct made m[2] = { { 0 } };
	struct ends e[2] = { { { 0 } } };

	small_pcap(&m[0], &e[0]);
	small_pcapng(&m[1], &e[1]);
	for (size_t i = 0; i < 2; i++) {
		for (size_t n = 0; n < e[i].at[0]; n++) {
			struct seen s = see_made(&m[i], n);
			ck_assert_int_eq(s.r, -EINVAL);
			ck_assert_uint_eq(s.d.errors, 1);
			size_t magic = i ? 12 : 4;
			const char *want = n == 0 ? ": empty file" : n < magic ? ": not a pcap" : ": the file ends in";
			ck_assert_msg(strstr(s.d.kept[0].text, want), "%zu: %s", n, s.d.kept[0].text);
		}
		made_free(&m[i]);
	}
}
END_TEST

static void check_corrupt(struct made *m, size_t packets, uint64_t offset, const char *why)
{
	struct seen s = see_made(m, m->n);

	ck_assert_int_eq(s.r, 0);
	ck_assert_uint_eq(s.n, packets);
	ck_assert_msg(s.file.state == CAPTURE_CORRUPT, "%d %s", s.file.state, s.file.why);
	ck_assert_uint_eq(s.file.offset, offset);
	ck_assert_msg(strstr(s.file.why, why), "%s", s.file.why);
	ck_assert(!s.complete);
	made_free(m);
}

START_TEST(pcap_corrupt)
{
	static const struct {
		uint32_t snap, cap;
	} v[] = { { 65535, 262145 }, { 262145, 262146 }, { 0, 262145 }, { UINT32_MAX, 16 << 20 }, { 1, UINT32_MAX } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct made m = { 0 };
		struct ends e = { 0 };
		made_pcap(&m, 0xa1b2c3d4, 4, v[i].snap, 1);
		made_record(&m, 1, 0, 6, 6, 0);
		e.at[0] = m.n;
		made_32(&m, 2);
		made_32(&m, 0);
		made_32(&m, v[i].cap);
		made_32(&m, 60);
		made_fill(&m, 0, 300000);
		check_corrupt(&m, 1, e.at[0], "packet 2 at byte 46 says");
	}
}
END_TEST

START_TEST(pcapng_corrupt)
{
	static const struct {
		const char *why;
		uint32_t type, total;
		uint8_t body[24]; /* little endian */
		uint32_t again;
	} v[] = {
		{ "has a length that cannot be", 6, 8, { 0 }, 8 },
		{ "has a length that cannot be", 0x55, 37, { 0 }, 37 },
		{ "two lengths that differ", 6, 36, { 0 }, 40 },
		{ "two lengths that differ", 0x55, 36, { 0 }, 40 },
		{ "two lengths that differ", 1, 36, { 0 }, 40 },
		{ "longer than any packet", 6, 0x7fffffc, { 0 }, 36 },
		{ "not described", 6, 36, { 1 }, 36 },
		{ "than it holds", 6, 36, { [12] = 5 }, 36 },
		{ "than it holds", 2, 36, { [12] = 5 }, 36 },
		{ "than it holds", 3, 36, { 21 }, 36 },
		{ "time resolution", 1, 36, { [8] = 9, [10] = 1, [12] = 20 }, 36 },
		{ "time resolution", 1, 36, { [8] = 9, [10] = 1, [12] = 0xc0 }, 36 },
		{ "without a byte order", 0x0a0d0d0a, 36, { 0 }, 36 },
		{ "version that is not known", 0x0a0d0d0a, 36, { 0x4d, 0x3c, 0x2b, 0x1a, 2 }, 36 },
		{ "has a length that cannot be", 0x0a0d0d0a, 24, { 0x4d, 0x3c, 0x2b, 0x1a, 1 }, 24 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct made m = { 0 };
		made_section(&m);
		made_interface(&m, 1, 0, 0, 0);
		made_packet(&m, 6, 0, 1, 60, 60, 0);
		size_t at = m.n;
		made_32(&m, v[i].type);
		made_32(&m, v[i].total);
		made_put(&m, v[i].body, sizeof(v[i].body));
		made_32(&m, v[i].again);
		made_packet(&m, 6, 0, 1, 60, 60, 0);
		check_corrupt(&m, 1, at, v[i].why);
	}
}
END_TEST

/* Records of all sizes over several blocks, one of them longer than a block. */
static void large(struct made *m, size_t *ret_n)
{
	size_t n = 0;

	made_pcap(m, 0xa1b23c4d, 4, 1 << 20, 1);
	for (; m->n < 1500000; n++) {
		uint32_t cap = n == 700 ? 600000 : (uint32_t)(n * 7919 % 3000);
		made_record(m, 5, (uint32_t)n, cap, cap, (uint32_t)n);
	}
	*ret_n = n;
}

START_TEST(runs_over_block_borders)
{
	struct made m = { 0 };
	size_t want, n = 0, file;
	char path[32];
	const char *paths = path;
	struct capture *c;
	struct diag_list d = { 0 };
	struct frame f;

	large(&m, &want);
	int fd = made_file(&m, m.n, path);
	ck_assert_int_eq(capture_open(&c, &paths, 1, NULL, &d), 0);
	for (enum capture_event e; (e = capture_next(c, &f, &file)) != CAPTURE_END;) {
		if (e != CAPTURE_FRAME)
			continue;
		ck_assert(filled(&f, (uint32_t)n));
		ck_assert_int_eq(f.time, INT64_C(5000000000) + (int64_t)n);
		n++;
	}
	ck_assert_uint_eq(n, want);
	ck_assert_int_eq(capture_file(c, 0)->state, CAPTURE_DONE);
	capture_close(c);
	(void)close(fd);
	made_free(&m);
}
END_TEST

/* An input that gives a few bytes at a time, then ends or fails. */
struct drip {
	const struct made *m;
	size_t at, step;
	int error;
};

static ssize_t drip_read(void *state, void *to, size_t n)
{
	struct drip *d = state;
	size_t left = d->m->n - d->at, give = left < d->step ? left : d->step;

	if (!left)
		return d->error;
	give = give < n ? give : n;
	memcpy(to, d->m->b + d->at, give);
	d->at += give;
	return (ssize_t)give;
}

static void drip_close(void *state)
{
	struct drip *d = state;
	d->step = 0;
}

static const struct input_type drip_type = { drip_read, drip_close };

START_TEST(bytes_by_drips)
{
	static const size_t steps[] = { 1, 7, 4096 };
	struct made m = { 0 };
	size_t want;

	large(&m, &want);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct drip drip = { .m = &m, .step = steps[i], .error = -EIO };
		struct source *s;
		enum source_kind kind;
		char why[CAPTURE_WHY];
		struct frame f;
		enum source_event e;
		size_t n = 0;
		ck_assert_int_eq(source_open(&s, (struct input){ &drip_type, &drip }, 64, 20, &kind, why), 0);
		while ((e = source_next(s, &f)) == SOURCE_FRAME)
			ck_assert(filled(&f, (uint32_t)n++));
		ck_assert_uint_eq(n, want);
		ck_assert_int_eq(e, SOURCE_CUT); /* the end is not known where reading fails */
		ck_assert_msg(strstr(s->why, strerror(EIO)), "%s", s->why);
		source_close(s);
		ck_assert_uint_eq(drip.step, 0);
	}
	made_free(&m);
}
END_TEST

START_TEST(strangers)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *why;
	} v[] = {
		{ "\x1f\x8b\x07\0\0\0\0\0\0\3", 10, "compressed (gzip): unpack it first" }, /* an unknown method */
		{ "\xfd" "7zXZ\0\0\4", 8, "compressed (xz): unpack it first" },
		{ "BZh91AY&SY", 10, "compressed (bzip2): unpack it first" },
		{ "snoop\0\0\0\0\0\0\2\0\0\0\4", 16, "a snoop capture, not pcap or pcapng: convert it with editcap" },
		{ "#!/bin/sh\nexit 0\n", 17, "not a pcap or pcapng capture" },
		{ "\n", 1, "not a pcap or pcapng capture" },
		{ "\xd4\xc3\xb2\xa1\3\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "pcap version 3.4 is not known" },
	};
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct made m = { 0 };
		made_put(&m, v[i].bytes, v[i].n);
		struct seen s = see_made(&m, m.n);
		ck_assert_int_eq(s.r, -EINVAL);
		ck_assert_uint_eq(s.d.errors, 1);
		ck_assert_msg(strstr(s.d.kept[0].text, v[i].why), "%s", s.d.kept[0].text);
		made_free(&m);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture");
	TCase *c = tcase_create("capture");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, every_kind_of_pcap);
	tcase_add_test(c, lengths);
	tcase_add_test(c, pcap_cut_at_every_byte);
	tcase_add_test(c, pcapng_cut_at_every_byte);
	tcase_add_test(c, header_cut_at_every_byte);
	tcase_add_test(c, pcap_corrupt);
	tcase_add_test(c, pcapng_corrupt);
	tcase_add_test(c, runs_over_block_borders);
	tcase_add_test(c, bytes_by_drips);
	tcase_add_test(c, strangers);
	suite_add_tcase(s, c);
	return run_suite(s);
}
