/* Files that grow while they are read: byte by byte, compressed or not; and how it ends. */
#include "test_capture.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/source.h"

enum { PATH = 64, PACKETS = 12 };

static char folder[PATH], path[PATH * 2];

static void make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "%s/plumbline-XXXXXX", P_tmpdir);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/growing", folder);
}

static void remove_folder(void)
{
	char command[PATH + 16];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void append(const char *to, const void *p, size_t n)
{
	FILE *f = fopen(to, "ab");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static void made_plain(struct made *m)
{
	made_pcap(m, 0xa1b2c3d4, 4, 65535, 1);
	for (uint32_t k = 0; k < PACKETS; k++)
		made_record(m, 1000 + k, 0, 5 + k, 5 + k, k);
}

/* Two sections with blocks that are passed over before, between and behind the packets. */
static void made_ng(struct made *m)
{
	for (uint32_t k = 0; k < PACKETS; k++) {
		if (k % 6 == 0) {
			m->big = k;
			made_32(m, 0x0a0d0d0a);
			made_32(m, 28);
			made_32(m, 0x1a2b3c4d);
			made_16(m, 1);
			made_16(m, 0);
			made_number(m, UINT64_MAX, 8);
			made_32(m, 28);
			made_32(m, 1);
			made_32(m, 20);
			made_16(m, 1);
			made_16(m, 0);
			made_32(m, 0);
			made_32(m, 20);
		}
		made_32(m, k % 2 ? 0x77 : 5);
		made_32(m, 24);
		made_fill(m, 0xff, 12);
		made_32(m, 24);
		made_32(m, 6);
		made_32(m, 32 + 4 * k);
		made_32(m, 0);
		made_number(m, 0, 8);
		made_32(m, 4 * k);
		made_32(m, 4 * k);
		made_fill(m, k, 4 * k);
		made_32(m, 32 + 4 * k);
	}
}

static void pack_gz(struct made *m, const struct made *plain)
{
	uint8_t out[4096];
	z_stream z = { .next_in = plain->b, .avail_in = (uInt)plain->n, .next_out = out, .avail_out = sizeof(out) };

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	made_put(m, out, sizeof(out) - z.avail_out);
	(void)deflateEnd(&z);
}

static void pack_zst(struct made *m, const struct made *plain)
{
	uint8_t out[4096];
	size_t n = ZSTD_compress(out, sizeof(out), plain->b, plain->n, 3);

	ck_assert(!ZSTD_isError(n));
	made_put(m, out, n);
}

/* What there may be to follow: the capture, and the same packed in two members. */
static void made_variant(struct made *m, int variant)
{
	struct made plain = { 0 };

	(variant % 2 ? made_ng : made_plain)(&plain);
	for (int half = 0; half < 2; half++) {
		struct made part = { 0 };
		size_t from = half ? plain.n / 2 : 0;
		made_put(&part, plain.b + from, (half ? plain.n : plain.n / 2) - from);
		if (variant / 2 == 0)
			made_put(m, part.b, part.n);
		else
			(variant / 2 == 1 ? pack_gz : pack_zst)(m, &part);
		made_free(&part);
	}
	made_free(&plain);
}

enum { VARIANTS = 6 };

/* An input that has `there` bytes for now, and ends when all were there and `whole` is set. */
struct tap {
	const struct made *m;
	size_t at, there;
	bool whole;
};

static ssize_t tap_read(void *state, void *to, size_t n)
{
	struct tap *t = state;
	size_t give = t->there - t->at < n ? t->there - t->at : n;

	if (!give)
		return t->whole ? 0 : -EAGAIN;
	memcpy(to, t->m->b + t->at, give);
	t->at += give;
	return (ssize_t)give;
}

static void tap_close(void *state)
{
	(void)state;
}

static const struct input_type tap_type = { tap_read, tap_close };

/* After every byte: no packet is lost, given twice or spoilt, and none is called broken. */
static void check_byte_by_byte(const struct made *m)
{
	struct tap tap = { .m = m };
	struct source *s = NULL;
	enum source_kind kind;
	char why[CAPTURE_WHY];
	struct frame f;
	uint32_t n = 0;

	for (; tap.there <= m->n; tap.there++) {
		if (!s) {
			tap.at = 0;
			int r = source_open(&s, (struct input){ &tap_type, &tap }, 64, 20, &kind, why);
			ck_assert_msg(!r || r == -EAGAIN, "%s", why);
			if (r)
				continue;
		}
		enum source_event e;
		while ((e = source_next(s, &f)) == SOURCE_FRAME) {
			ck_assert(filled(&f, n));
			ck_assert_uint_eq(f.number, ++n);
		}
		ck_assert_msg(e == SOURCE_WAIT, "%s", s->why);
	}
	ck_assert_uint_eq(n, PACKETS);
	tap.there = m->n;
	tap.whole = true;
	ck_assert_int_eq(source_next(s, &f), SOURCE_END);
	source_close(s);
}

START_TEST(byte_by_byte)
{
	for (int variant = 0; variant < VARIANTS; variant++) {
		struct made m = { 0 };
		made_variant(&m, variant);
		check_byte_by_byte(&m);
		made_free(&m);
	}
}
END_TEST

static void nothing(int signal_number)
{
	(void)signal_number;
}

/* A signal every few milliseconds ends the waits early: these tests need not wait for the clock. */
static void hurry(void)
{
	struct sigaction a = { .sa_handler = nothing };
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };

	ck_assert_int_eq(sigaction(SIGALRM, &a, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static struct capture *follow(const char *const *paths, size_t n)
{
	struct capture *c;
	struct diag_list d = { 0 };

	ck_assert_int_eq(capture_open(&c, paths, n, &(struct capture_options){ .follow = true }, &d), 0);
	ck_assert_uint_eq(d.errors, 0);
	hurry();
	return c;
}

/* Reads until nothing more comes; returns what came last. *n counts the packets, held to be as made. */
static enum capture_event read_on(struct capture *c, uint32_t *n)
{
	struct frame f;
	size_t i;
	enum capture_event e;

	while ((e = capture_next(c, &f, &i)) != CAPTURE_IDLE && e != CAPTURE_END)
		if (e == CAPTURE_FRAME) {
			ck_assert(filled(&f, *n));
			++*n;
		}
	return e;
}

/* The file is empty at first and grows by a byte between two looks; then the user has seen enough. */
START_TEST(a_file)
{
	const char *const paths[] = { path };

	for (int variant = 0; variant < VARIANTS; variant++) {
		struct made m = { 0 };
		uint32_t n = 0;
		made_variant(&m, variant);
		(void)unlink(path);
		append(path, "", 0);
		struct capture *c = follow(paths, 1);
		for (size_t at = 0; at < m.n; at++) {
			ck_assert_int_eq(read_on(c, &n), CAPTURE_IDLE);
			append(path, m.b + at, 1);
		}
		ck_assert_int_eq(read_on(c, &n), CAPTURE_IDLE);
		ck_assert_uint_eq(n, PACKETS);
		append(path, "\xd4\xc3", 2); /* the next is half written */
		ck_assert_int_eq(read_on(c, &n), CAPTURE_IDLE);
		capture_stop_following(c);
		ck_assert_int_eq(read_on(c, &n), CAPTURE_END);
		ck_assert_uint_eq(n, PACKETS);
		ck_assert_int_eq(capture_file(c, 0)->state, CAPTURE_DONE);
		ck_assert(capture_complete(c));
		capture_close(c);
		made_free(&m);
	}
}
END_TEST

/* A child writes while it is read; then the file is removed, or another takes its name. What came last counts. */
START_TEST(until_it_is_gone)
{
	const char *const paths[] = { path };

	for (int replaced = 0; replaced < 2; replaced++) {
		struct made m = { 0 };
		char other[PATH * 2 + 8];
		uint32_t n = 0;
		int status;
		made_plain(&m);
		(void)snprintf(other, sizeof(other), "%s.new", path);
		append(path, m.b, 30);
		append(other, m.b, m.n);
		struct capture *c = follow(paths, 1);
		pid_t child = fork();
		ck_assert_int_ge(child, 0);
		if (!child) {
			int fd = open(path, O_WRONLY | O_APPEND);
			for (size_t at = 30; at < m.n; at++) {
				if (write(fd, m.b + at, 1) != 1)
					_exit(1);
				if (at % 16 == 0)
					(void)usleep(1000);
			}
			_exit((replaced ? rename(other, path) : unlink(path)) ? 1 : 0);
		}
		while (read_on(c, &n) == CAPTURE_IDLE)
			ck_assert_uint_le(n, PACKETS);
		ck_assert_uint_eq(n, PACKETS);
		ck_assert_int_eq(capture_file(c, 0)->state, CAPTURE_DONE);
		ck_assert(capture_complete(c));
		pid_t gone;
		do /* the file is gone before the child is, and a signal may come between */
			gone = waitpid(child, &status, 0);
		while (gone < 0 && errno == EINTR);
		ck_assert_int_eq(gone, child);
		ck_assert_int_eq(status, 0);
		capture_close(c);
		(void)unlink(path);
		made_free(&m);
	}
}
END_TEST

/* Gone in the middle of a packet: that is a break. */
START_TEST(gone_in_a_packet)
{
	const char *const paths[] = { path };
	struct made m = { 0 };
	uint32_t n = 0;

	made_plain(&m);
	append(path, m.b, m.n - 1);
	struct capture *c = follow(paths, 1);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_IDLE);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_END);
	ck_assert_uint_eq(n, PACKETS - 1);
	ck_assert_int_eq(capture_file(c, 0)->state, CAPTURE_CUT);
	ck_assert(!capture_complete(c));
	capture_close(c);
	made_free(&m);
}
END_TEST

START_TEST(made_shorter)
{
	const char *const paths[] = { path };
	struct made m = { 0 };
	uint32_t n = 0;

	made_plain(&m);
	append(path, m.b, m.n);
	struct capture *c = follow(paths, 1);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_IDLE);
	ck_assert_int_eq(truncate(path, 24), 0);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_END);
	ck_assert_int_eq(capture_file(c, 0)->state, CAPTURE_CUT);
	ck_assert_msg(strstr(capture_file(c, 0)->why, "made shorter"), "%s", capture_file(c, 0)->why);
	capture_close(c);
	made_free(&m);
}
END_TEST

/* One that rests does not hold up the others, and is read again when it has more. */
START_TEST(two_files)
{
	char other[PATH * 2 + 8];
	const char *const paths[] = { path, other };
	struct frame f;
	size_t i, n = 0;
	static const struct {
		size_t file;
		uint32_t second;
	} want[] = { { 0, 1 }, { 1, 2 }, { 1, 9 }, { 0, 3 }, { 1, 4 } };

	(void)snprintf(other, sizeof(other), "%s.2", path);
	for (size_t k = 0; k < 5; k++) {
		struct made m = { 0 };
		if (k < 2)
			made_pcap(&m, 0xa1b2c3d4, 4, 65535, 1);
		made_record(&m, want[k].second, 0, 60, 60, 0);
		append(paths[want[k].file], m.b, m.n);
		made_free(&m);
	}
	/* the first three in order of time, the rest as it comes: here all is there at once */
	struct capture *c = follow(paths, 2);
	uint32_t seconds[8] = { 0 };
	for (enum capture_event e; (e = capture_next(c, &f, &i)) != CAPTURE_IDLE && n < 8;)
		if (e == CAPTURE_FRAME)
			seconds[n++] = (uint32_t)(f.time / 1000000000);
	ck_assert_uint_eq(n, 5);
	ck_assert(seconds[0] == 1 && seconds[1] == 2 && seconds[2] == 3 && seconds[3] == 9 && seconds[4] == 4);
	struct made m = { 0 };
	made_record(&m, 10, 0, 60, 60, 0);
	append(path, m.b, m.n);
	enum capture_event e;
	while ((e = capture_next(c, &f, &i)) == CAPTURE_IDLE)
		;
	ck_assert_int_eq(e, CAPTURE_FRAME);
	ck_assert_uint_eq(f.capture, 0);
	ck_assert_uint_eq(f.number, 3);
	capture_stop_following(c);
	while ((e = capture_next(c, &f, &i)) != CAPTURE_END)
		ck_assert_int_eq(e, CAPTURE_FILE);
	ck_assert(capture_complete(c));
	capture_close(c);
	made_free(&m);
}
END_TEST

/* Nothing ever came, or what came is no capture. */
START_TEST(never_a_capture)
{
	const char *const paths[] = { path };
	uint32_t n = 0;

	append(path, "", 0);
	struct capture *c = follow(paths, 1);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_IDLE);
	capture_stop_following(c);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_END);
	ck_assert_str_eq(capture_file(c, 0)->why, "empty file");
	ck_assert(!capture_complete(c));
	capture_close(c);
	c = follow(paths, 1);
	append(path, "no capture at all, as it turns out\n", 35);
	ck_assert_int_eq(read_on(c, &n), CAPTURE_END);
	ck_assert_msg(strstr(capture_file(c, 0)->why, "not a pcap"), "%s", capture_file(c, 0)->why);
	ck_assert(!capture_complete(c));
	capture_close(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture-follow");
	TCase *c = tcase_create("follow");

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, make_folder, remove_folder);
	tcase_add_test(c, byte_by_byte);
	tcase_add_test(c, a_file);
	tcase_add_test(c, until_it_is_gone);
	tcase_add_test(c, gone_in_a_packet);
	tcase_add_test(c, made_shorter);
	tcase_add_test(c, two_files);
	tcase_add_test(c, never_a_capture);
	suite_add_tcase(s, c);
	return run_suite(s);
}
