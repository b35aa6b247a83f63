/* The wheel: what is due comes once, when its slot has come, ordered by id; what left does not come. */
#include <check.h>
#include <stdlib.h>

#include "base/time.h"
#include "sensor/flow.h"

enum { FLOWS = 5000 };

static const int64_t START = 1000000 * NS_PER_S;

struct rig {
	struct wheel wheel;
	struct flow *flow; /* by number; ids are those of a shuffled pack, as far apart as `stride` says */
	int64_t due[FLOWS];
	bool gone[FLOWS];
	uint64_t seed;
};

static uint64_t next_random(struct rig *r)
{
	r->seed = r->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return r->seed >> 33;
}

static void begin(struct rig *r, uint64_t stride)
{
	*r = (struct rig){ .seed = stride };
	r->flow = aligned_alloc(64, FLOWS * sizeof(*r->flow));
	ck_assert_ptr_nonnull(r->flow);
	memset(r->flow, 0, FLOWS * sizeof(*r->flow));
	for (uint64_t i = 0; i < FLOWS; i++) {
		uint64_t k = next_random(r) % (i + 1);
		r->flow[i].id = r->flow[k].id;
		r->flow[k].id = 1 + i * stride;
	}
	wheel_init(&r->wheel);
	wheel_rewind(&r->wheel, START);
}

static void end(struct rig *r)
{
	wheel_free(&r->wheel);
	free(r->flow);
}

/* The slot of its time, or the next to come. */
static void put(struct rig *r, size_t i, int64_t after)
{
	wheel_put(&r->wheel, &r->flow[i], START + after);
	r->due[i] = after;
	r->gone[i] = false;
}

/* Everything that is due by then, and nothing else, in order; it is gone afterwards. How many. */
static size_t turn(struct rig *r, int64_t after)
{
	const struct wheel_slot *s = wheel_due(&r->wheel, START + after);
	size_t expected = 0;

	for (size_t i = 0; i < FLOWS; i++)
		expected += !r->gone[i] && r->due[i] / (10 * NS_PER_S) <= after / (10 * NS_PER_S);
	ck_assert_uint_eq(s->n, expected);
	for (uint32_t k = 0; k < s->n; k++) {
		size_t i = (size_t)(s->v[k].flow - r->flow);
		ck_assert_uint_eq(s->v[k].id, r->flow[i].id);
		ck_assert(!r->gone[i] && r->due[i] <= after + 10 * NS_PER_S);
		ck_assert(k == 0 || s->v[k - 1].id < s->v[k].id);
		r->gone[i] = true;
	}
	return s->n;
}

/* From a handful to thousands at once; ids near together and as far apart as can be. */
START_TEST(ordered_and_complete)
{
	static const uint64_t strides[] = { 1, 3, 1000003, UINT64_MAX / (FLOWS + 1) };
	struct rig r;
	size_t seen = 0;

	begin(&r, strides[_i]);
	for (size_t i = 0; i < FLOWS; i++)
		put(&r, i, (10 + (int64_t)(next_random(&r) % (i % 7 ? 20 : 8000))) * NS_PER_S);
	for (size_t i = 0; i < FLOWS; i += 3) { /* some move, some leave */
		if (i % 2) {
			put(&r, i, (10 + (int64_t)(next_random(&r) % 500)) * NS_PER_S);
		} else {
			wheel_leave(&r.wheel, &r.flow[i]);
			r.gone[i] = true;
			seen++;
		}
	}
	for (int64_t t = 0; t < 1000; t += 10)
		seen += turn(&r, t * NS_PER_S);
	seen += turn(&r, 4000 * NS_PER_S); /* hundreds of slots at once */
	seen += turn(&r, 9000 * NS_PER_S);
	ck_assert_uint_eq(seen, FLOWS);
	end(&r);
}
END_TEST

/* More than a whole turn at once gives all; so does whoever was put for a time that has been. */
START_TEST(jumps)
{
	struct rig r;

	begin(&r, 1);
	for (size_t i = 0; i < FLOWS; i++)
		put(&r, i, (int64_t)(next_random(&r) % 9000) * NS_PER_S);
	const struct wheel_slot *s = wheel_due(&r.wheel, START + 1000000 * NS_PER_S);
	ck_assert_uint_eq(s->n, FLOWS);
	wheel_put(&r.wheel, &r.flow[7], START);
	ck_assert_uint_eq(wheel_due(&r.wheel, START + 1000000 * NS_PER_S)->n, 0);
	s = wheel_due(&r.wheel, START + 1000010 * NS_PER_S);
	ck_assert_uint_eq(s->n, 1);
	ck_assert_ptr_eq(s->v[0].flow, &r.flow[7]);
	end(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wheel");
	TCase *t = tcase_create("wheel");

	tcase_add_loop_test(t, ordered_and_complete, 0, 4);
	tcase_add_test(t, jumps);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
