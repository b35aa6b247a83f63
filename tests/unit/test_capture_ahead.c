/* A long file read ahead by a thread gives what it gives without: frames, their bytes, and where it broke. */
#include "test_capture.h"

enum { RECORDS_MOST = 65536, LONG = 1024 * 1024 };

struct result {
	uint32_t n, sums[RECORDS_MOST];
	struct capture_file file;
	bool complete;
};

static uint32_t sum_of(const struct frame *f)
{
	uint32_t h = (uint32_t)f->number * 31U + (uint32_t)f->time;

	for (size_t i = 0; i < f->bytes.cap; i++)
		h = h * 31U + (uint32_t)rd_peek(&f->bytes, i);
	return h;
}

/* `most`: the reading is given up behind so many frames. */
static struct result *read_all(const char *path, bool ahead, uint32_t most)
{
	const struct capture_options o = { .ahead = ahead };
	struct result *r = calloc(1, sizeof(*r));
	struct diag_list d = { 0 };
	struct capture *c;
	struct frame f[BESIDE];
	size_t i;
	enum capture_event e = CAPTURE_FILE;

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(capture_open(&c, &path, 1, &o, &d), 0);
	while (r->n < most && (e = capture_next(c, &f[0], &i)) != CAPTURE_END) {
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
		made_record(m, 1000 + n, n, cap, cap, n);
		n++;
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++, n++)
		made_record(m, 1000 + n, n, odd[i], odd[i], n);
}

static void same_as_without(const struct made *m, size_t size)
{
	char path[32];
	int fd = made_file(m, size, path);
	struct result *plain = read_all(path, false, UINT32_MAX), *ahead = read_all(path, true, UINT32_MAX);
	ck_assert_uint_gt(plain->n, 500);
	ck_assert_uint_eq(ahead->n, plain->n);
	ck_assert_mem_eq(ahead->sums, plain->sums, plain->n * sizeof(plain->sums[0]));
	ck_assert_int_eq(ahead->file.state, plain->file.state);
	ck_assert_uint_eq(ahead->file.offset, plain->file.offset);
	ck_assert_uint_eq(ahead->file.packets, plain->file.packets);
	ck_assert_str_eq(ahead->file.why, plain->file.why);
	ck_assert_int_eq(ahead->complete, plain->complete);
	ck_assert(plain->complete || size < m->n);
	free(plain);
	free(ahead);
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
		struct result *r = read_all(path, true, most);
		ck_assert_uint_ge(r->n, most);
		free(r);
	}
	(void)close(fd);
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
	suite_add_tcase(s, c);
	return run_suite(s);
}
