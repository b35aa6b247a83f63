/* A long file read ahead by a thread gives what it gives without: frames, their bytes, and where it broke. */
#include "made_pcapng.h"
#include "test_capture.h"

enum { RECORDS_MOST = 65536, LONG = 1024 * 1024 };

struct result {
	uint32_t n, sums[RECORDS_MOST];
	struct capture_file file;
	bool complete;
};

static uint32_t sum_of(const struct frame *f)
{
	uint32_t h = ((uint32_t)f->number * 31U + (uint32_t)f->time) * 31U + f->capture;

	for (size_t i = 0; i < f->bytes.cap; i++)
		h = h * 31U + (uint32_t)rd_peek(&f->bytes, i);
	return h;
}

/* What is read, of which the first file is looked at; and `most`: the reading is given up behind so many frames. */
struct asked {
	const char *path[2];
	size_t paths;
	struct capture_options options;
	uint32_t most;
};

static struct result *read_all(struct asked a, bool ahead)
{
	struct result *r = calloc(1, sizeof(*r));
	struct diag_list d = { 0 };
	struct capture *c;
	struct frame f[BESIDE];
	size_t i;
	enum capture_event e = CAPTURE_FILE;

	ck_assert_ptr_nonnull(r);
	a.options.ahead = ahead;
	ck_assert_int_eq(capture_open(&c, a.path, a.paths, &a.options, &d), 0);
	while (r->n < a.most && (e = capture_next(c, &f[0], &i)) != CAPTURE_END) {
		if (e != CAPTURE_FRAME) {
			(void)usleep(20000); /* the thread comes as far as it can */
			continue;
		}
		for (size_t k = 0, n = with_more(c, f); k < n; k++) {
			ck_assert_uint_lt(r->n, RECORDS_MOST);
			r->sums[r->n++] = sum_of(&f[k]);
		}
	}
	r->file = *capture_file(c, 0);
	r->file.name = NULL;
	r->complete = capture_complete(c);
	capture_close(c);
	return r;
}

/* Records of every length, some longer than what a block takes over, and one longer than several blocks. */
static void make(struct made *m)
{
	static const uint32_t odd[] = { 0, 1, 65535, 65536, 65537, 100000, 262143, 262144, 262145, 900000, 3, 300000 };
	uint32_t n = 0;

	made_pcap(m, 0xa1b2c3d4, 4, 2 * LONG, 1);
	while (m->n < LONG + LONG / 2) {
		uint32_t cap = n * 2654435761u >> 21;
		made_record(m, n % 97 == 5 ? 900 : 1000 + n, n, cap, cap, n); /* now and then time goes back */
		n++;
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++, n++)
		made_record(m, 1000 + n, n, odd[i], odd[i], n);
}

static void same_files(const struct capture_file *a, const struct capture_file *b)
{
	ck_assert_int_eq(a->state, b->state);
	ck_assert_uint_eq(a->offset, b->offset);
	ck_assert_uint_eq(a->packets, b->packets);
	ck_assert_uint_eq(a->bytes, b->bytes);
	ck_assert_uint_eq(a->in_time, b->in_time);
	ck_assert_uint_eq(a->passed, b->passed);
	ck_assert_int_eq(a->first, b->first);
	ck_assert_int_eq(a->last, b->last);
	ck_assert_uint_eq(a->link_types_n, b->link_types_n);
	ck_assert_mem_eq(a->link_types, b->link_types, sizeof(a->link_types));
	ck_assert_str_eq(a->why, b->why);
}

/* Returns how many frames there were. */
static uint32_t same_either_way(struct asked a)
{
	struct result *plain = read_all(a, false), *ahead = read_all(a, true);
	uint32_t n = plain->n;

	ck_assert_uint_eq(ahead->n, n);
	ck_assert_mem_eq(ahead->sums, plain->sums, n * sizeof(plain->sums[0]));
	same_files(&ahead->file, &plain->file);
	ck_assert_int_eq(ahead->complete, plain->complete);
	free(plain);
	free(ahead);
	return n;
}

static void same_as_without(const struct made *m, size_t size)
{
	char path[32];
	int fd = made_file(m, size, path);

	ck_assert_uint_gt(same_either_way((struct asked){ { path }, 1, { 0 }, UINT32_MAX }), 500);
	(void)close(fd);
}

START_TEST(whole_and_cut)
{
	struct made m = { 0 };

	make(&m);
	const size_t sizes[] = { m.n, m.n - 1, m.n - 300000, m.n - 300016, m.n - 700000, LONG, LONG + 7, LONG - 1 };
	same_as_without(&m, sizes[_i]);
	made_free(&m);
}
END_TEST

/* More of them than are ever on their way. */
START_TEST(small_records)
{
	struct made m = { 0 };

	made_pcap(&m, 0xa1b2c3d4, 4, 2 * LONG, 1);
	for (uint32_t n = 0; m.n < LONG + LONG / 2; n++)
		made_record(&m, 1000 + n, n % 1000000, 16, 16, n);
	same_as_without(&m, m.n);
	made_free(&m);
}
END_TEST

/* The thread may be waiting for room, or be reading, when nobody wants more. */
START_TEST(given_up)
{
	struct made m = { 0 };
	char path[32];

	make(&m);
	int fd = made_file(&m, m.n, path);
	for (uint32_t most = 0; most < 1600; most += 100) {
		struct result *r = read_all((struct asked){ { path }, 1, { 0 }, most }, true);
		ck_assert_uint_ge(r->n, most);
		free(r);
	}
	(void)close(fd);
	made_free(&m);
}
END_TEST

/* Where something is chosen among the frames: by their time, by a filter, and between two files. */
START_TEST(chosen_among)
{
	const int64_t second = INT64_C(1000000000);
	struct made m = { 0 };
	char path[32], other[32], little[32];

	make(&m);
	int fd = made_file(&m, m.n, path), fd2 = made_file(&m, m.n - 300016, other);
	int fd3 = made_file(&m, LONG / 4, little); /* too short to be read ahead: then the other is */
	const struct asked asked[] = {
		{ { path }, 1, { .since = 1500 * second }, UINT32_MAX },
		{ { path }, 1, { .until = 1500 * second }, UINT32_MAX },
		{ { path }, 1, { .filter = "greater 1000" }, UINT32_MAX },
		{ { path, other }, 2, { 0 }, UINT32_MAX },
		{ { little, path }, 2, { 0 }, UINT32_MAX },
		{ { other, path }, 2, { .since = 1200 * second, .until = 1600 * second }, UINT32_MAX },
	};
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		ck_assert_uint_gt(same_either_way(asked[i]), 300);
	(void)close(fd);
	(void)close(fd2);
	(void)close(fd3);
	made_free(&m);
}
END_TEST

/* Each of its frames may have a link type of its own. */
START_TEST(link_types)
{
	static const uint32_t types[] = { 1, 113, 276, 101, 12, 127 };
	enum { TYPES = sizeof(types) / sizeof(types[0]) };
	struct made m = { 0 };

	made_section(&m);
	for (size_t i = 0; i < TYPES; i++)
		made_interface(&m, types[i], 65535, 6, 0);
	for (uint32_t n = 0; m.n < LONG + LONG / 2; n++) /* most are there once, so most likely within a run */
		made_packet(&m, 6, n % 203 ? 0 : n / 203 % TYPES, 1000000 + n, 1000, 1000, n);
	same_as_without(&m, m.n);
	made_free(&m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture-ahead");
	TCase *c = tcase_create("ahead");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, whole_and_cut, 0, 8);
	tcase_add_test(c, small_records);
	tcase_add_test(c, given_up);
	tcase_add_test(c, chosen_among);
	tcase_add_test(c, link_types);
	suite_add_tcase(s, c);
	return run_suite(s);
}
