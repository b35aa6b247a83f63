/* Compressed captures: made by zlib and libzstd, then cut, spoilt, put one behind the other; and bombs. */
#include "test_capture.h"

#define ZLIB_CONST
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/source.h"

enum { PACKETS = 20, GZ, ZST };

static const int kinds[] = { GZ, ZST };

/* Appends the bytes as one member. */
static void pack(struct made *to, int kind, const uint8_t *p, size_t n)
{
	static uint8_t out[MADE_MAX];
	size_t got;

	if (kind == ZST) {
		ZSTD_CCtx *z = ZSTD_createCCtx();
		(void)ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
		got = ZSTD_compress2(z, out, sizeof(out), p, n);
		ck_assert(!ZSTD_isError(got));
		(void)ZSTD_freeCCtx(z);
	} else {
		z_stream z = { .next_in = p, .avail_in = (uInt)n, .next_out = out,
			       .avail_out = sizeof(out) };
		ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
		ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
		got = sizeof(out) - z.avail_out;
		(void)deflateEnd(&z);
	}
	made_put(to, out, got);
}

/* PACKETS packets of differing sizes; what they fill is what filled() looks for. */
static void made_capture(struct made *m)
{
	made_pcap(m, 0xa1b2c3d4, 4, 65535, 1);
	for (uint32_t k = 0; k < PACKETS; k++)
		made_record(m, 1700000000 + k, 0, 20 + k * 7, 20 + k * 7, k);
}

static void check_whole(const struct made *m, size_t n)
{
	struct seen s = see_made(m, n);

	ck_assert_msg(s.r == 0, "%s", s.d.kept[0].text);
	ck_assert_msg(s.file.state == CAPTURE_DONE, "%s", s.file.why);
	ck_assert_uint_eq(s.n, PACKETS);
	for (size_t i = 0; i < s.n; i++)
		ck_assert(s.filled[i] && s.frames[i].number == i + 1);
	ck_assert_uint_eq(s.file.offset, n);
	ck_assert_uint_eq(s.file.size, n);
	ck_assert(s.complete);
}

START_TEST(members_are_one_stream)
{
	struct made plain = { 0 };

	made_capture(&plain);
	for (size_t i = 0; i < 2; i++)
		for (size_t parts = 1; parts < 40; parts++) {
			struct made m = { 0 };
			if (kinds[i] == ZST && parts % 3 == 0)
				made_put(&m, "\x57\x2a\x4d\x18\5\0\0\0skip!", 13);
			for (size_t at = 0, k = 0; k < parts; k++) {
				size_t to = k + 1 == parts ? plain.n : plain.n * (k + 1) / parts;
				pack(&m, kinds[i], plain.b + at, to - at);
				pack(&m, kinds[i], plain.b, 0); /* an empty one between */
				at = to;
			}
			check_whole(&m, m.n);
			made_put(&m, "\0\0\0\0\0\0\0", parts % 8);
			check_whole(&m, m.n);
			made_free(&m);
		}
	made_free(&plain);
}
END_TEST

/* What follows the last member and is neither another nor padding: all packets are there, and it is said. */
START_TEST(garbage_behind)
{
	static const char *const behind[] = { "x", "\x1f\x8b", "\x28\xb5\x2f", "more text", "\xa1\xb2\xc3\xd4" };
	struct made plain = { 0 };

	made_capture(&plain);
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < sizeof(behind) / sizeof(behind[0]); k++) {
			struct made m = { 0 };
			char byte[32];
			pack(&m, kinds[i], plain.b, plain.n);
			size_t n = m.n;
			made_put(&m, behind[k], strlen(behind[k]));
			struct seen s = see_made(&m, m.n);
			ck_assert_uint_eq(s.n, PACKETS);
			ck_assert_int_eq(s.file.state, CAPTURE_CORRUPT);
			ck_assert_uint_eq(s.file.offset, n);
			(void)snprintf(byte, sizeof(byte), "from byte %zu of the file", n);
			ck_assert_msg(strstr(s.file.why, byte) && strstr(s.file.why, "something else"), "%s",
				      s.file.why);
			made_free(&m);
		}
	made_free(&plain);
}
END_TEST

static void check_broken(const struct seen *s, const char *name, size_t n)
{
	char byte[96];

	if (s->r) { /* not so much as the first bytes */
		ck_assert_int_eq(s->r, -EINVAL);
		const char *text = s->d.kept[0].text;
		bool known = strstr(text, name), unknown = strstr(text, "not a pcap") || strstr(text, "compressed");
		ck_assert_msg(n < 4 ? known || unknown : known, "%s", text);
		return;
	}
	ck_assert_uint_le(s->n, PACKETS);
	for (size_t i = 0; i < s->n; i++)
		ck_assert(s->filled[i]);
	ck_assert_uint_eq(s->file.offset, n);
	(void)snprintf(byte, sizeof(byte), "at byte %zu of the file: packet %zu is", n, s->n + 1);
	ck_assert_msg(s->file.state == CAPTURE_CUT && strstr(s->file.why, name) && strstr(s->file.why, byte), "%s",
		      s->file.why);
	ck_assert(!s->complete);
}

START_TEST(cut_at_every_byte)
{
	struct made plain = { 0 };

	made_capture(&plain);
	for (size_t i = 0; i < 2; i++) {
		struct made m = { 0 };
		size_t most = 0;
		pack(&m, kinds[i], plain.b, plain.n / 2);
		pack(&m, kinds[i], plain.b + plain.n / 2, plain.n - plain.n / 2);
		for (size_t n = 1; n < m.n; n++) {
			struct seen s = see_made(&m, n);
			if (!s.r && s.file.state == CAPTURE_CORRUPT) { /* a member of one to three bytes is none */
				ck_assert(strstr(s.file.why, "something else"));
				continue;
			}
			if (!s.r && strstr(s.file.why, "counted after unpacking")) /* between the members */
				continue;
			check_broken(&s, kinds[i] == GZ ? "the gzip data ends too early" : "the zstd data ends too early",
				     n);
			ck_assert(s.n >= most || s.r);
			most = s.n;
		}
		ck_assert_uint_eq(most, PACKETS); /* what comes last are checks */
		made_free(&m);
	}
	made_free(&plain);
}
END_TEST

/* Any byte spoilt: what is given are the first packets as they were, and the rest is said to be lost. */
START_TEST(spoilt_at_every_byte)
{
	struct made plain = { 0 };

	made_capture(&plain);
	for (size_t i = 0; i < 2; i++) {
		struct made m = { 0 };
		size_t noticed = 0;
		pack(&m, kinds[i], plain.b, plain.n);
		for (size_t at = 0; at < m.n; at++) {
			uint8_t was = *(m.b + at);
			*(m.b + at) = (uint8_t)(was ^ 0x10);
			struct seen s = see_made(&m, m.n);
			*(m.b + at) = was;
			bool whole = s.r == 0 && s.complete;
			noticed += !whole;
			ck_assert(whole || (s.r ? s.d.errors == 1 : *s.file.why != 0));
			ck_assert(!whole || s.n == PACKETS);
			for (size_t k = 0; whole && k < s.n; k++)
				ck_assert(s.filled[k]);
		}
		/* gzip's header has bytes that mean nothing to us, zstd's tables some bits that nothing uses */
		ck_assert_uint_ge(noticed, m.n - 8);
		made_free(&m);
	}
	made_free(&plain);
}
END_TEST

/* Broken inside, the compression whole: the place is that in the capture, and it is said which. */
START_TEST(broken_inside)
{
	struct made plain = { 0 };

	made_capture(&plain);
	for (size_t i = 0; i < 2; i++) {
		struct made m = { 0 };
		pack(&m, kinds[i], plain.b, plain.n - 3);
		struct seen s = see_made(&m, m.n);
		size_t at = plain.n - 16 - (20 + (PACKETS - 1) * 7);
		char want[80];
		ck_assert_uint_eq(s.n, PACKETS - 1);
		ck_assert_int_eq(s.file.state, CAPTURE_CUT);
		ck_assert_uint_eq(s.file.offset, at);
		(void)snprintf(want, sizeof(want), "the file ends in packet %d at byte %zu: ", PACKETS, at);
		ck_assert_msg(strstr(s.file.why, want) == s.file.why &&
				      strstr(s.file.why, " bytes are there (counted after unpacking)"), "%s", s.file.why);
		made_free(&m);
	}
	made_free(&plain);
}
END_TEST

START_TEST(no_capture_inside)
{
	static const struct {
		const char *bytes;
		const char *why;
	} v[] = {
		{ "", ", and in it: empty file" },
		{ "#!/bin/sh\nexit 0\n", ", and in it: not a pcap or pcapng capture" },
		{ "\x1f\x8b\x08", ", and in it: compressed (gzip): unpack it first" },
		{ "\x28\xb5\x2f\xfd", ", and in it: compressed (zstd): unpack it first" },
		{ "\xd4\xc3\xb2\xa1\2", "the file ends in its header: 5 of 24 bytes are there (counted after unpacking)" },
	};
	for (size_t k = 0; k < 2 * sizeof(v) / sizeof(v[0]); k++) {
		struct made m = { 0 };
		pack(&m, kinds[k % 2], (const uint8_t *)v[k / 2].bytes, strlen(v[k / 2].bytes));
		struct seen s = see_made(&m, m.n);
		ck_assert_int_eq(s.r, -EINVAL);
		ck_assert_uint_eq(s.d.errors, 1);
		ck_assert_msg(strstr(s.d.kept[0].text, v[k / 2].why), "%s", s.d.kept[0].text);
		made_free(&m);
	}
}
END_TEST

/* A frame that says it needs 256 MiB of memory: section 3.1.1.1.2 of RFC 8878, exponent 18. */
START_TEST(window_too_large)
{
	struct made m = { 0 };

	made_put(&m, "\x28\xb5\x2f\xfd\0\x90\1\0\0", 9);
	struct seen s = see_made(&m, m.n);
	ck_assert_int_eq(s.r, -EINVAL);
	ck_assert_msg(strstr(s.d.kept[0].text, "cannot be unpacked from byte 5 of the file on (Frame requires too much"),
		      "%s", s.d.kept[0].text);
	made_free(&m);
}
END_TEST

static size_t peak_kib(void)
{
	struct rusage u;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &u), 0);
	return (size_t)u.ru_maxrss;
}

/* 256 MiB of a block that nobody knows, as a quarter of a MiB: passed over, and nothing of it is held. */
START_TEST(bomb)
{
	enum { ZEROS = 256 * 1024 * 1024, STEP = 1024 * 1024, HELD_KIB = 32 * 1024 };
	struct made head = { 0 }, m = { 0 };
	static uint8_t zeros[STEP], out[STEP];
	z_stream z = { 0 };

	made_put(&head, "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0", 28);
	made_32(&head, 0x77);
	made_32(&head, ZEROS + 12);
	ck_assert_int_eq(deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	for (size_t i = 0; i <= ZEROS / STEP + 1; i++) {
		bool last = i == ZEROS / STEP + 1;
		z.next_in = i == 0 ? head.b : last ? (Bytef[]){ 12, 0, 0, 0x10 } : zeros;
		z.avail_in = i == 0 ? (uInt)head.n : last ? 4 : STEP;
		z.next_out = out;
		z.avail_out = STEP;
		ck_assert_int_ge(deflate(&z, last ? Z_FINISH : Z_SYNC_FLUSH), Z_OK);
		made_put(&m, out, STEP - z.avail_out);
	}
	(void)deflateEnd(&z);
	size_t before = peak_kib();
	struct seen s = see_made(&m, m.n);
	ck_assert_int_eq(s.r, 0);
	ck_assert_msg(s.file.state == CAPTURE_DONE, "%s", s.file.why);
	ck_assert_uint_lt(peak_kib() - before, HELD_KIB);
	made_free(&m);
	made_free(&head);
}
END_TEST

/* Compressed or not: time decides the order, which is known before anything is unpacked whole. */
START_TEST(merged_by_time)
{
	struct made m[3] = { { 0 } };
	char path[3][32];
	const char *const paths[] = { path[0], path[1], path[2] };
	int fd[3];
	struct capture *c;
	struct diag_list d = { 0 };
	struct frame f;
	size_t i, n = 0;
	uint64_t done, all, packed = 0;

	for (uint32_t k = 0; k < 3; k++) {
		struct made plain = { 0 };
		made_pcap(&plain, 0xa1b2c3d4, 4, 65535, 1);
		for (uint32_t j = 0; j < 3; j++)
			made_record(&plain, 100 - 10 * k + j, 0, 60, 60, 0);
		if (k)
			pack(&m[k], kinds[k - 1], plain.b, plain.n);
		else
			made_put(&m[k], plain.b, plain.n);
		packed += m[k].n;
		fd[k] = made_file(&m[k], m[k].n, path[k]);
		made_free(&plain);
	}
	ck_assert_int_eq(capture_open(&c, paths, 3, NULL, &d), 0);
	for (enum capture_event e; (e = capture_next(c, &f, &i)) != CAPTURE_END;)
		if (e == CAPTURE_FRAME) {
			ck_assert_uint_eq(f.capture, 2 - n / 3);
			n++;
		}
	ck_assert_uint_eq(n, 9);
	capture_progress(c, &done, &all);
	ck_assert_uint_eq(done, packed);
	ck_assert_uint_eq(all, packed);
	capture_close(c);
	for (size_t k = 0; k < 3; k++) {
		(void)close(fd[k]);
		made_free(&m[k]);
	}
}
END_TEST

START_TEST(standard_input)
{
	struct made plain = { 0 };
	int ends[2], status;

	made_capture(&plain);
	for (size_t i = 0; i < 2; i++) {
		struct made m = { 0 };
		pack(&m, kinds[i], plain.b, plain.n);
		ck_assert_int_eq(pipe(ends), 0);
		pid_t child = fork();
		ck_assert_int_ge(child, 0);
		if (!child) {
			for (size_t at = 0; at < m.n; at++)
				if (write(ends[1], m.b + at, 1) != 1)
					_exit(1);
			_exit(0);
		}
		(void)close(ends[1]);
		ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
		(void)close(ends[0]);
		struct seen s = see("-", NULL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		ck_assert_uint_eq(s.n, PACKETS);
		ck_assert_int_eq(s.file.state, CAPTURE_DONE);
		ck_assert_uint_eq(s.file.offset, m.n);
		made_free(&m);
	}
	made_free(&plain);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture-packed");
	TCase *c = tcase_create("packed");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, members_are_one_stream);
	tcase_add_test(c, garbage_behind);
	tcase_add_test(c, cut_at_every_byte);
	tcase_add_test(c, spoilt_at_every_byte);
	tcase_add_test(c, broken_inside);
	tcase_add_test(c, no_capture_inside);
	tcase_add_test(c, window_too_large);
	tcase_add_test(c, bomb);
	tcase_add_test(c, merged_by_time);
	tcase_add_test(c, standard_input);
	suite_add_tcase(s, c);
	return run_suite(s);
}
