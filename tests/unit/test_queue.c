/* The queue between the sensor and the judge: deep copies, in order, however many threads. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/wr.h"
#include "record/json.h"
#include "record/queue.h"
#include "record_walk.h"

enum { TEXT_MAX = 64 * 1024 * 1024, ROUNDS = 400, FACTS = FACT_KINDS };

static const unsigned threads[] = { 1, 2, 5 };

static void put_text(void *ctx, const struct obs *o)
{
	json_write_obs(ctx, o);
}

/* What comes through, and what should: as text, which shows every field. */
struct rig {
	struct wr came, should;
	struct obs_queue *queue;
	struct obs_sink sink;
	struct arena arena;
	struct walk walk;
	unsigned in_place;
};

static void begin(struct rig *r, unsigned n)
{
	*r = (struct rig){ .walk = { .arena = &r->arena } };
	wr_init(&r->came, TEXT_MAX);
	wr_init(&r->should, TEXT_MAX);
	arena_init(&r->arena, TEXT_MAX);
	ck_assert_int_eq(obs_queue_new(&r->queue, n, (struct obs_sink){ &r->came, put_text }), 0);
	r->sink = obs_queue_sink(r->queue);
}

static void end(struct rig *r)
{
	obs_queue_close(r->queue);
	ck_assert(!r->came.failed && !r->should.failed);
	ck_assert_uint_eq(r->came.n, r->should.n);
	ck_assert_mem_eq(r->came.p, r->should.p, r->came.n);
	wr_free(&r->came);
	wr_free(&r->should);
	arena_free(&r->arena);
}

/* Every other flow and event is made in the queue. */
static const struct obs *in_its_place(struct rig *r, const struct obs *o)
{
	if ((o->type != OBS_FLOW && o->type != OBS_EVENT) || r->in_place++ % 2)
		return o;
	struct obs *there = r->sink.room(r->sink.ctx);
	memcpy(there, o, offsetof(struct obs, start) + obs_records[o->type].size);
	return there;
}

/* Puts it, and then spoils it with all that it points at. */
static void put_and_spoil(struct rig *r, struct obs *o)
{
	json_write_obs(&r->should, o);
	r->sink.put(r->sink.ctx, in_its_place(r, o));
	memset(o, 0xa5, sizeof(*o));
	arena_reset(&r->arena); /* clears what it keeps */
}

static struct obs made(struct rig *r, enum obs_type type, enum fact_kind kind, enum walk_mode mode)
{
	struct obs o = { .type = type };

	r->walk.mode = mode;
	if (type == OBS_FACT)
		o.fact.fact.kind = kind;
	walk_fill(&r->walk, &obs_records[type], &o.start);
	return o;
}

/* Every type and kind of fact, again and again: many chunks full. */
START_TEST(copies_everything_in_order)
{
	struct rig r;

	begin(&r, threads[_i]);
	for (int round = 0; round < ROUNDS; round++) {
		enum walk_mode mode = (enum walk_mode)(round % WALK_MODES);
		for (int t = 0; t < OBS_TYPES; t++)
			for (int k = 0; k < (t == OBS_FACT ? FACTS : 1); k++) {
				struct obs o = made(&r, (enum obs_type)t, (enum fact_kind)k, mode);
				put_and_spoil(&r, &o);
			}
	}
	ck_assert_uint_gt(r.should.n, 4 * 1024 * 1024);
	end(&r);
}
END_TEST

/* Around the size of a chunk, and far above it. */
START_TEST(long_texts_pass)
{
	static const size_t sizes[] = { 1, 1000, 256 * 1024 - 4096, 256 * 1024, 4 * 1024 * 1024, 1 };
	struct rig r;

	begin(&r, threads[_i]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *text = malloc(sizes[i]);
		ck_assert_ptr_nonnull(text);
		memset(text, 'a' + (int)i, sizes[i]);
		struct obs o = { .type = OBS_BREAK, .brk = { .why = { text, sizes[i] } } };
		put_and_spoil(&r, &o);
		free(text);
	}
	for (size_t n = 256 * 1024 - 2000; n < 256 * 1024 + 100; n++) {
		uint8_t *text = malloc(n);
		ck_assert_ptr_nonnull(text);
		memset(text, 'z', n);
		struct obs o = { .type = OBS_BREAK, .brk = { .frame = n, .why = { text, n / 64 } } };
		put_and_spoil(&r, &o);
		o = (struct obs){ .type = OBS_BREAK, .brk = { .frame = n, .why = { text, n % 64 ? 0 : n } } };
		put_and_spoil(&r, &o);
		free(text);
	}
	end(&r);
}
END_TEST

START_TEST(nothing_put)
{
	struct rig r;

	begin(&r, threads[_i]);
	end(&r);
	obs_queue_close(NULL);
}
END_TEST

struct seen {
	pthread_t by, began_by;
	unsigned n, begun;
	bool signals_blocked, wanted;
};

static bool begin_late(void *ctx)
{
	struct seen *s = ctx;

	(void)poll(NULL, 0, 50); /* ms: all is put by then, or waits */
	ck_assert_uint_eq(s->n, 0);
	s->began_by = pthread_self();
	s->begun++;
	return s->wanted;
}

static void note(void *ctx, const struct obs *o)
{
	struct seen *s = ctx;
	sigset_t set;

	(void)o;
	s->by = pthread_self();
	s->n++;
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
	s->signals_blocked = sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGTERM) == 1;
}

START_TEST(thread_of_its_own)
{
	for (unsigned n = 1; n <= 2; n++) {
		struct seen seen = { 0 };
		struct obs_queue *q;
		struct obs tick = { .type = OBS_TICK };
		ck_assert_int_eq(obs_queue_new(&q, n, (struct obs_sink){ &seen, note }), 0);
		obs_queue_sink(q).put(obs_queue_sink(q).ctx, &tick);
		obs_queue_close(q);
		ck_assert_uint_eq(seen.n, 1);
		ck_assert_int_eq(pthread_equal(seen.by, pthread_self()) != 0, n == 1);
		ck_assert_int_eq(seen.signals_blocked, n == 2);
	}
}
END_TEST

/* More than the queue has room for comes while the sink still begins; where it cannot, nothing comes to it at all. */
START_TEST(begins_before_anything_comes)
{
	enum { TICKS = 300000 };
	const unsigned n = threads[_i];
	struct obs tick = { .type = OBS_TICK };

	for (int wanted = 0; wanted < 2; wanted++) {
		struct seen seen = { .wanted = wanted };
		struct obs_queue *q;
		ck_assert_int_eq(obs_queue_new(&q, n, (struct obs_sink){ .ctx = &seen, .put = note, .begin = begin_late }), 0);
		for (unsigned i = 0; i < TICKS; i++)
			obs_queue_sink(q).put(obs_queue_sink(q).ctx, &tick);
		obs_queue_close(q);
		ck_assert_uint_eq(seen.begun, 1);
		ck_assert_uint_eq(seen.n, wanted ? TICKS : 0);
		ck_assert_int_eq(pthread_equal(seen.began_by, pthread_self()) != 0, n == 1);
	}
}
END_TEST

/* What no chunk holds goes past the queue, but not to a sink that wants nothing. */
START_TEST(long_text_unwanted)
{
	static uint8_t text[1 << 20];
	struct obs o = { .type = OBS_BREAK, .brk = { .why = { text, sizeof(text) } } };
	struct seen seen = { .wanted = false };
	struct obs_queue *q;

	ck_assert_int_eq(obs_queue_new(&q, threads[_i], (struct obs_sink){ .ctx = &seen, .put = note, .begin = begin_late }), 0);
	obs_queue_sink(q).put(obs_queue_sink(q).ctx, &o);
	obs_queue_close(q);
	ck_assert_uint_eq(seen.n, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("queue");
	TCase *t = tcase_create("queue");
	const int n = (int)(sizeof(threads) / sizeof(threads[0]));

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, copies_everything_in_order, 0, n);
	tcase_add_loop_test(t, long_texts_pass, 0, n);
	tcase_add_loop_test(t, nothing_put, 0, n);
	tcase_add_test(t, thread_of_its_own);
	tcase_add_loop_test(t, begins_before_anything_comes, 0, n);
	tcase_add_loop_test(t, long_text_unwanted, 0, n);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
