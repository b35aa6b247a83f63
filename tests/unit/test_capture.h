/* For the tests of capture/: captures made byte by byte, and reading one to its end. */
#ifndef PLUMBLINE_TESTS_UNIT_TEST_CAPTURE_H
#define PLUMBLINE_TESTS_UNIT_TEST_CAPTURE_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"

enum { MADE_MAX = 4 * 1024 * 1024 };

/* Bytes of a file in the making; its numbers are written in the order `big` says at that moment. */
struct made {
	uint8_t *b;
	size_t n;
	bool big;
};

static inline void made_put(struct made *m, const void *p, size_t n)
{
	if (!m->b)
		m->b = malloc(MADE_MAX);
	if (!m->b || m->n + n > MADE_MAX)
		abort(); /* no assertion of Check: it writes a message each time, and this is called for every byte */
	if (n)
		memcpy(m->b + m->n, p, n);
	m->n += n;
}

static inline void made_number(struct made *m, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(v >> 8 * (m->big ? size - 1 - i : i));
		made_put(m, &byte, 1);
	}
}

static inline void made_16(struct made *m, uint32_t v)
{
	made_number(m, v, 2);
}

static inline void made_32(struct made *m, uint64_t v)
{
	made_number(m, v, 4);
}

/* n bytes that differ from packet to packet. */
static inline void made_fill(struct made *m, uint32_t seed, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
		made_put(m, &byte, 1);
	}
}

static inline bool filled(const struct frame *f, uint32_t seed)
{
	for (size_t i = 0; i < f->bytes.cap; i++)
		if (rd_peek(&f->bytes, i) != (uint8_t)(seed * 31 + i * 7 + (i >> 8)))
			return false;
	return true;
}

static inline void made_pcap(struct made *m, uint32_t magic, uint32_t minor, uint32_t snap, uint32_t link_type)
{
	made_32(m, magic);
	made_16(m, 2);
	made_16(m, minor);
	made_32(m, 0);
	made_32(m, 0);
	made_32(m, snap);
	made_32(m, link_type);
}

/* A record of an ordinary file: `seed` fills it. */
static inline void made_record(struct made *m, uint32_t s, uint32_t fraction, uint32_t cap, uint32_t len, uint32_t seed)
{
	made_32(m, s);
	made_32(m, fraction);
	made_32(m, cap);
	made_32(m, len);
	made_fill(m, seed, cap);
}

static inline void made_free(struct made *m)
{
	free(m->b);
	*m = (struct made){ 0 };
}

/* A file of these bytes without a name in any directory; its path in `path`. Returns the descriptor, to be closed. */
static inline int made_file(const struct made *m, size_t n, char path[32])
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, m->b ? m->b : (const uint8_t *)"", n), (ssize_t)n);
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* What reading to the end gave. */
struct seen {
	int r;                     /* of capture_open() */
	size_t n;                  /* frames */
	struct frame frames[64];   /* the first of them; their bytes are gone */
	bool filled[64];           /* the bytes were those made with the frame's index as seed */
	struct capture_file file;  /* the first file, as it ended; its name is gone */
	struct diag_list d;
	bool complete;
};

/* Behind a frame that capture_next() gave to f[0], all that can be had beside it; how many there are then. */
enum { BESIDE = 7 };
static inline size_t with_more(struct capture *c, struct frame f[BESIDE])
{
	return 1 + capture_more(c, &f[1], BESIDE - 1);
}

static inline struct seen see(const char *path, const struct capture_options *o)
{
	struct seen s = { 0 };
	struct capture *c;
	struct frame f[BESIDE];
	size_t i;
	enum capture_event e;

	s.r = capture_open(&c, &path, 1, o, &s.d);
	if (s.r)
		return s;
	while ((e = capture_next(c, &f[0], &i)) != CAPTURE_END) {
		if (e != CAPTURE_FRAME)
			continue;
		for (size_t k = 0, n = with_more(c, f); k < n; k++, s.n++)
			if (s.n < 64) {
				s.frames[s.n] = f[k];
				s.filled[s.n] = filled(&f[k], (uint32_t)s.n);
			}
	}
	s.file = *capture_file(c, 0);
	s.file.name = NULL;
	s.complete = capture_complete(c);
	capture_close(c);
	return s;
}

/* The same of the first n bytes of what was made. */
static inline struct seen see_made(const struct made *m, size_t n)
{
	char path[32];
	int fd = made_file(m, n, path);
	struct seen s = see(path, NULL);

	(void)close(fd);
	return s;
}

static inline int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);

	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
