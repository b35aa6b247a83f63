/* Many files as one: the order of their packets, directories, standard input, what is said of what cannot be read. */
#include "test_capture.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { PATH = 64, FILES = 90, PACKETS = 40 };

/* A directory of its own for every test, gone at the end. */
static char folder[PATH];

static void make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "%s/plumbline-XXXXXX", P_tmpdir);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[PATH + 16];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void place(char out[PATH * 2], const char *name)
{
	(void)snprintf(out, PATH * 2, "%s/%s", folder, name);
}

static void write_file(const char *name, const void *p, size_t n)
{
	char path[PATH * 2];

	place(path, name);
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

/* A capture with packets at these seconds. */
static void write_capture(const char *name, const uint32_t *seconds, size_t n)
{
	struct made m = { 0 };

	made_pcap(&m, 0xa1b2c3d4, 4, 65535, 1);
	for (size_t i = 0; i < n; i++)
		made_record(&m, seconds[i], 0, 60, 60, seconds[i]);
	write_file(name, m.b, m.n);
	made_free(&m);
}

struct order {
	struct {
		uint16_t capture;
		uint64_t number;
		uint32_t second;
	} at[FILES * PACKETS];
	size_t n;
	size_t opened, ended, most_open, whole;
};

/* Reads all there is; every file must open before its first packet and end after its last. */
static void read_order(struct capture *c, struct order *o)
{
	bool open[FILES] = { false };
	struct frame f[BESIDE];
	size_t i;

	*o = (struct order){ 0 };
	for (enum capture_event e; (e = capture_next(c, &f[0], &i)) != CAPTURE_END;) {
		if (e == CAPTURE_FILE) {
			open[i] = capture_file(c, i)->state == CAPTURE_OPEN;
			o->opened += open[i];
			o->ended += !open[i];
			o->whole += capture_file(c, i)->state == CAPTURE_DONE;
			if (o->opened - o->ended > o->most_open)
				o->most_open = o->opened - o->ended;
			continue;
		}
		for (size_t k = 0, n = with_more(c, f); k < n; k++) {
			ck_assert(open[f[k].capture]);
			ck_assert(o->n < FILES * PACKETS);
			o->at[o->n].capture = f[k].capture;
			o->at[o->n].number = f[k].number;
			o->at[o->n++].second = (uint32_t)(f[k].time / 1000000000);
			ck_assert(filled(&f[k], (uint32_t)(f[k].time / 1000000000)));
		}
	}
	ck_assert_int_eq(capture_next(c, f, &i), CAPTURE_END);
}

/* The rule itself: of all files' next packets the earliest, of equals the first file's. */
static void check_rule(const struct order *o, uint32_t seconds[FILES][PACKETS], size_t files, size_t packets)
{
	size_t next[FILES] = { 0 };

	ck_assert_uint_eq(o->n, files * packets);
	for (size_t k = 0; k < o->n; k++) {
		size_t best = files;
		for (size_t i = 0; i < files; i++)
			if (next[i] < packets && (best == files || seconds[i][next[i]] < seconds[best][next[best]]))
				best = i;
		ck_assert_uint_eq(o->at[k].capture, best);
		ck_assert_uint_eq(o->at[k].second, seconds[best][next[best]]);
		ck_assert_uint_eq(o->at[k].number, ++next[best]);
	}
}

static void merge(uint32_t step, uint32_t spread, struct order *o)
{
	static uint32_t seconds[FILES][PACKETS];
	char names[FILES][PATH * 2];
	const char *paths[FILES];
	struct capture *c;
	struct diag_list d = { 0 };
	uint32_t x = 12345;

	for (size_t i = 0; i < FILES; i++) {
		char name[PATH];
		(void)snprintf(name, sizeof(name), "%zu.pcap", i);
		for (size_t k = 0; k < PACKETS; k++) {
			x = x * 1103515245 + 12345;
			/* mostly in order, some of them late */
			seconds[i][k] = (uint32_t)(1000000 - i * step + k * 3 + (x >> 16) % spread);
		}
		write_capture(name, seconds[i], PACKETS);
		place(names[i], name);
		paths[i] = names[i];
	}
	ck_assert_int_eq(capture_open(&c, paths, FILES, NULL, &d), 0);
	read_order(c, o);
	check_rule(o, seconds, FILES, PACKETS);
	ck_assert_uint_eq(o->opened, FILES);
	ck_assert_uint_eq(o->whole, FILES);
	ck_assert(capture_complete(c));
	capture_close(c);
}

START_TEST(side_by_side)
{
	static struct order o;

	merge(0, 7, &o);
	ck_assert_uint_eq(o.most_open, FILES); /* more than may hold a descriptor each */
}
END_TEST

START_TEST(one_after_the_other)
{
	static struct order o;

	merge(1000, 7, &o); /* the last file is the earliest */
	ck_assert_uint_le(o.most_open, 2);
	ck_assert_uint_eq(o.at[0].capture, FILES - 1);
}
END_TEST

START_TEST(directory)
{
	static struct order o;
	char inner[PATH * 2];
	const char *paths[] = { folder };
	struct capture *c;
	struct diag_list d = { 0 };
	struct frame f;
	size_t i;
	uint64_t done, all;

	write_capture("b.cap", (const uint32_t[]){ 30 }, 1);
	write_capture("a.pcap", (const uint32_t[]){ 20, 40 }, 2);
	write_capture("no packets", NULL, 0);
	write_capture(".hidden", (const uint32_t[]){ 1 }, 1);
	write_file("README", "notes", 5);
	write_file("empty", "", 0);
	place(inner, "inner");
	ck_assert_int_eq(mkdir(inner, 0700), 0);
	write_capture("inner/c.pcap", (const uint32_t[]){ 2 }, 1);
	ck_assert_int_eq(capture_open(&c, paths, 1, NULL, &d), 0);
	ck_assert_uint_eq(d.errors, 0);
	ck_assert_uint_eq(d.warnings, 1);
	ck_assert_msg(strstr(d.kept[0].text, ": 2 of its 5 files are no captures"), "%s", d.kept[0].text);
	ck_assert_uint_eq(capture_files(c), 3);
	place(inner, "a.pcap");
	ck_assert_str_eq(capture_file(c, 0)->name, inner);
	place(inner, "no packets");
	ck_assert_str_eq(capture_file(c, 2)->name, inner);
	capture_progress(c, &done, &all);
	ck_assert_uint_eq(done, 0);
	ck_assert_uint_eq(all, 3 * 24 + 3 * 76);
	read_order(c, &o);
	ck_assert_uint_eq(o.n, 3);
	ck_assert(o.at[0].second == 20 && o.at[1].second == 30 && o.at[2].second == 40);
	capture_progress(c, &done, &all);
	ck_assert_uint_eq(done, all);
	ck_assert_uint_eq(capture_file(c, 2)->packets, 0);
	ck_assert(capture_complete(c));
	ck_assert_int_eq(capture_next(c, &f, &i), CAPTURE_END);
	capture_close(c);
}
END_TEST

/* A file in a directory that may well be a capture is an input left out. */
START_TEST(directory_with_what_we_cannot_read)
{
	static struct order o;
	const char *paths[] = { folder };
	struct capture *c;
	struct diag_list d = { 0 };

	write_capture("a.pcap", (const uint32_t[]){ 20 }, 1);
	write_file("b.pcap.xz", "\xfd" "7zXZ\0\0\4", 8);
	ck_assert_int_eq(capture_open(&c, paths, 1, NULL, &d), 0);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_msg(strstr(d.kept[0].text, "b.pcap.xz: compressed (xz): unpack it first"), "%s", d.kept[0].text);
	read_order(c, &o);
	ck_assert_uint_eq(o.n, 1);
	ck_assert(!capture_complete(c));
	capture_close(c);
}
END_TEST

START_TEST(nothing_to_read)
{
	char missing[PATH * 2], empty[PATH * 2], inner[PATH * 2];
	const char *const paths[] = { missing, empty, inner };
	static const char *const why[] = { "missing.pcap: No such file or directory", "empty: empty file",
					   "inner: no captures in this directory (files: 0;" };
	struct capture *c = NULL;
	struct diag_list d = { 0 };

	place(missing, "missing.pcap");
	place(empty, "empty");
	place(inner, "inner");
	write_file("empty", "", 0);
	ck_assert_int_eq(mkdir(inner, 0700), 0);
	ck_assert_int_eq(capture_open(&c, paths, 3, NULL, &d), -EINVAL);
	ck_assert_ptr_null(c);
	ck_assert_uint_eq(d.errors, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_msg(strstr(d.kept[i].text, why[i]), "%s", d.kept[i].text);
	ck_assert_int_eq(capture_open(&c, paths, 0, NULL, &d), -EINVAL);
}
END_TEST

START_TEST(one_bad_of_two)
{
	static struct order o;
	char missing[PATH * 2], good[PATH * 2];
	const char *const paths[] = { missing, good };
	struct capture *c;
	struct diag_list d = { 0 };

	place(missing, "missing.pcap");
	place(good, "good.pcap");
	write_capture("good.pcap", (const uint32_t[]){ 20 }, 1);
	ck_assert_int_eq(capture_open(&c, paths, 2, NULL, &d), 0);
	ck_assert_uint_eq(d.errors, 1);
	read_order(c, &o);
	ck_assert_uint_eq(o.n, 1);
	ck_assert_uint_eq(o.at[0].capture, 0);
	ck_assert(!capture_complete(c));
	capture_close(c);
}
END_TEST

/* A file that is another one, or none, when its time comes. */
START_TEST(replaced_meanwhile)
{
	static struct order o;
	char a[PATH * 2], b[PATH * 2], other[PATH * 2];
	const char *const paths[] = { a, b };
	struct capture *c;
	struct diag_list d = { 0 };

	for (int gone = 0; gone < 2; gone++) {
		place(a, "a.pcap");
		place(b, "b.pcap");
		place(other, "other.pcap");
		write_capture("a.pcap", (const uint32_t[]){ 20 }, 1);
		write_capture("b.pcap", (const uint32_t[]){ 30 }, 1);
		write_capture("other.pcap", (const uint32_t[]){ 30 }, 1);
		ck_assert_int_eq(capture_open(&c, paths, 2, NULL, &d), 0);
		ck_assert_int_eq(gone ? unlink(b) : rename(other, b), 0);
		read_order(c, &o);
		ck_assert_uint_eq(o.n, 1);
		ck_assert_int_eq(capture_file(c, 1)->state, CAPTURE_CUT);
		ck_assert_msg(strstr(capture_file(c, 1)->why, "cannot be opened again: "), "%s",
			      capture_file(c, 1)->why);
		ck_assert(!capture_complete(c));
		capture_close(c);
	}
}
END_TEST

/* A child that writes these bytes, some at a time. */
static pid_t feed(int fd, const struct made *m)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child)
		return child;
	for (size_t at = 0; at < m->n;) {
		size_t n = m->n - at < 777 ? m->n - at : 777;
		ssize_t put = write(fd, m->b + at, n);
		if (put < 0)
			_exit(1);
		at += (size_t)put;
	}
	_exit(0);
}

static void made_many(struct made *m, uint32_t n)
{
	made_pcap(m, 0xa1b2c3d4, 4, 65535, 1);
	for (uint32_t i = 0; i < n; i++)
		made_record(m, i, 0, 100 + i % 900, 1000, i);
}

static void check_stream(const char *path, const struct made *m, uint32_t packets)
{
	static struct order o;
	struct capture *c;
	struct diag_list d = { 0 };
	uint64_t done, all;

	ck_assert_int_eq(capture_open(&c, &path, 1, NULL, &d), 0);
	read_order(c, &o);
	ck_assert_uint_eq(o.n, packets);
	ck_assert_uint_eq(o.opened, 1);
	ck_assert_uint_eq(o.whole, 1);
	ck_assert_str_eq(capture_file(c, 0)->name, path);
	capture_progress(c, &done, &all);
	ck_assert_uint_eq(done, m->n);
	ck_assert_uint_eq(all, 0);
	capture_close(c);
}

START_TEST(standard_input)
{
	struct made m = { 0 };
	int ends[2], status;

	for (uint32_t n = 0; n <= 2000; n += 2000) {
		m.n = 0;
		made_many(&m, n);
		ck_assert_int_eq(pipe(ends), 0);
		pid_t child = feed(ends[1], &m);
		(void)close(ends[1]);
		ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
		(void)close(ends[0]);
		check_stream("-", &m, n);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
	}
	made_free(&m);
}
END_TEST

START_TEST(fifo)
{
	struct made m = { 0 };
	char path[PATH * 2];
	int status;

	place(path, "fifo");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	made_many(&m, 500);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		int fd = open(path, O_WRONLY);
		pid_t inner = feed(fd, &m);
		_exit(waitpid(inner, &status, 0) == inner ? status : 1);
	}
	check_stream(path, &m, 500);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	made_free(&m);
}
END_TEST

START_TEST(standard_input_twice)
{
	struct made m = { 0 };
	const char *const paths[] = { "-", "-" };
	struct capture *c;
	struct diag_list d = { 0 };
	char path[32];

	made_many(&m, 1);
	int fd = made_file(&m, m.n, path);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(capture_open(&c, paths, 2, NULL, &d), 0);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_str_eq(d.kept[0].text, "-: can be read only once");
	ck_assert(!capture_complete(c));
	capture_close(c);
	(void)close(fd);
	made_free(&m);
}
END_TEST

/* Frames of these EtherTypes, a second apart. */
static void made_types(struct made *m, uint32_t link_type, const uint16_t *types, size_t n)
{
	made_pcap(m, 0xa1b2c3d4, 4, 65535, link_type);
	for (size_t i = 0; i < n; i++) {
		made_32(m, i + 1);
		made_32(m, 0);
		made_32(m, 60);
		made_32(m, 60);
		made_fill(m, 0, 12);
		m->big = true;
		made_16(m, types[i]);
		m->big = false;
		made_fill(m, 0, 46);
	}
}

START_TEST(filter_and_span_of_time)
{
	static const uint16_t types[] = { 0x0806, 0x0800, 0x0806, 0x86dd, 0x0806 };
	static const struct {
		struct capture_options o;
		uint64_t passed, first;
		int last; /* second: what the filter drops was looked at, what is out of time was not */
	} v[] = {
		{ { .filter = "arp" }, 3, 1, 5 },
		{ { .filter = "not arp" }, 2, 2, 5 },
		{ { .since = 2000000000 }, 4, 2, 5 },
		{ { .until = 2000000000 }, 1, 1, 1 },
		{ { .since = 2000000001, .until = 5000000001, .filter = "arp" }, 2, 3, 5 },
		{ { .filter = "udp port 53" }, 0, 0, 5 },
		{ { .filter = "" }, 5, 1, 5 },
	};
	struct made m = { 0 };
	char path[32];

	made_types(&m, 1, types, 5);
	int fd = made_file(&m, m.n, path);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct seen s = see(path, &v[i].o);
		ck_assert_int_eq(s.r, 0);
		ck_assert_uint_eq(s.n, v[i].passed);
		ck_assert_uint_eq(s.file.passed, v[i].passed);
		ck_assert_uint_eq(s.file.packets, 5);
		ck_assert_int_eq(s.file.last, v[i].last * INT64_C(1000000000));
		if (s.n)
			ck_assert_uint_eq(s.frames[0].number, v[i].first);
	}
	(void)close(fd);
	made_free(&m);
}
END_TEST

START_TEST(bad_filter)
{
	struct made m = { 0 };
	char path[32];

	made_types(&m, 1, (const uint16_t[]){ 0x0800 }, 1);
	int fd = made_file(&m, m.n, path);
	struct seen s = see(path, &(struct capture_options){ .filter = "tcp prt 80" });
	ck_assert_int_eq(s.r, -EINVAL);
	ck_assert_uint_eq(s.d.errors, 1);
	ck_assert_msg(strncmp(s.d.kept[0].text, "filter \"tcp prt 80\": ", 21) == 0 &&
			      strstr(s.d.kept[0].text, "syntax error"), "%s", s.d.kept[0].text);
	(void)close(fd);
	made_free(&m);
}
END_TEST

/* A filter about Ethernet addresses cannot be held against raw IP packets: they do not pass, and are counted. */
START_TEST(filter_that_fits_one_link_type)
{
	struct made m[2] = { { 0 } };
	char path[2][32];
	const char *const paths[] = { path[0], path[1] };
	int fd[2];
	struct capture *c;
	struct diag_list d = { 0 };
	struct frame f;
	size_t i, frames = 0;

	for (size_t k = 0; k < 2; k++) {
		made_types(&m[k], k ? 101 : 1, (const uint16_t[]){ 0x0800, 0x0800 }, 2);
		fd[k] = made_file(&m[k], m[k].n, path[k]);
	}
	ck_assert_int_eq(capture_open(&c, paths, 2, &(struct capture_options){ .filter = "greater 1" }, &d), 0);
	ck_assert_uint_eq(d.warnings, 0);
	capture_close(c);
	ck_assert_int_eq(capture_open(&c, paths, 2, &(struct capture_options){ .filter = "not ether src 1:2:3:4:5:6" },
				      &d), 0);
	ck_assert_msg(strstr(d.kept[0].text, "drops all packets of link type 101"), "%s", d.kept[0].text);
	for (enum capture_event e; (e = capture_next(c, &f, &i)) != CAPTURE_END;)
		frames += e == CAPTURE_FRAME;
	ck_assert_uint_eq(frames, 2);
	ck_assert_uint_eq(capture_file(c, 0)->unfit, 0);
	ck_assert_uint_eq(capture_file(c, 1)->unfit, 2);
	ck_assert_uint_eq(capture_file(c, 1)->passed, 0);
	capture_close(c);
	for (size_t k = 0; k < 2; k++) {
		(void)close(fd[k]);
		made_free(&m[k]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture-files");
	TCase *c = tcase_create("files");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, make_folder, remove_folder);
	tcase_add_test(c, side_by_side);
	tcase_add_test(c, one_after_the_other);
	tcase_add_test(c, directory);
	tcase_add_test(c, directory_with_what_we_cannot_read);
	tcase_add_test(c, nothing_to_read);
	tcase_add_test(c, one_bad_of_two);
	tcase_add_test(c, replaced_meanwhile);
	tcase_add_test(c, standard_input);
	tcase_add_test(c, fifo);
	tcase_add_test(c, standard_input_twice);
	tcase_add_test(c, filter_and_span_of_time);
	tcase_add_test(c, bad_filter);
	tcase_add_test(c, filter_that_fits_one_link_type);
	suite_add_tcase(s, c);
	return run_suite(s);
}
