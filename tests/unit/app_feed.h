/* Driving a dissector of lines and small packets: text in, log out, whole or byte by byte. */
#ifndef PLUMBLINE_TESTS_APP_FEED_H
#define PLUMBLINE_TESTS_APP_FEED_H

#include <check.h>
#include <stdio.h>

#include "tests/unit/dissect_feed.h"

enum { CLIENT, SERVER };

/* What one side sends at once. The end of a list has no bytes. */
struct turn {
	uint8_t side;
	const char *bytes;
	size_t n;
};
#define TURN(side, literal) { side, literal, sizeof(literal) - 1 }

static inline void app_begin(struct feeder *f, const struct dissector *d, uint16_t port)
{
	feeder_init(f, d, 40000, port);
	f->marks = true;
}

static inline void app_say(struct feeder *f, uint8_t side, const char *text)
{
	feeder_push(f, side, text, strlen(text), strlen(text));
}

/* Plays all turns and lets the flow close; the log must be `due`, and the same byte by byte. */
static inline void app_play(const struct dissector *d, uint16_t port, const char *what, const struct turn *turns,
			    const char *due)
{
	for (int bytewise = 0; bytewise < 2; bytewise++) {
		struct feeder f;
		app_begin(&f, d, port);
		for (const struct turn *t = turns; t->bytes; t++)
			feeder_segments(&f, t->side, (const uint8_t *)t->bytes, t->n, bytewise ? 1 : t->n);
		feeder_finish(&f);
		ck_assert_msg(strcmp(feeder_log(&f), due) == 0, "%s%s:\n%s---- due:\n%s", what,
			      bytewise ? " byte by byte" : "", feeder_log(&f), due);
		feeder_free(&f);
	}
}

/* What recognise() says of the first `cap` of `len` bytes. */
static inline enum dissector_match app_ask(const struct dissector *d, uint8_t side, uint16_t port, const void *p,
					   size_t cap, size_t len)
{
	uint8_t *copy = malloc(cap ? cap : 1);
	struct dissector_input in = { .port = { 40000, port }, .side = side };

	if (cap)
		memcpy(copy, p, cap);
	in.bytes = rd_of(copy, cap, len);
	enum dissector_match m = d->recognise(&in);
	free(copy);
	return m;
}

/* A first payload, and what is due when all of it is there. */
struct first {
	const char *what;
	uint8_t side;
	uint16_t port;
	enum dissector_match due;
	const char *bytes;
	size_t n;
};
#define FIRST(what, side, port, due, literal) { what, side, port, due, literal, sizeof(literal) - 1 }

/* Each first payload; and what is ours must never be refused while only a part of it is there. */
static inline void app_recognise(const struct dissector *d, const struct first *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_msg(app_ask(d, c[i].side, c[i].port, c[i].bytes, c[i].n, c[i].n) == c[i].due, "%s",
			      c[i].what);
		for (size_t part = 1; c[i].due == MATCH_YES && part < c[i].n; part++)
			ck_assert_msg(app_ask(d, c[i].side, c[i].port, c[i].bytes, part, part) != MATCH_NO,
				      "%s: its first %zu bytes", c[i].what, part);
	}
}

static inline int app_main(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *c = tcase_create(name);

	for (size_t i = 0; i < n; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
