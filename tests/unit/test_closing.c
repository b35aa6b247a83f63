/* Which events say something of a flow: those that the judge says it does without change nothing, the others do. */
#include <check.h>
#include <string.h>

#include "judge/closed.h"
#include "judge/judge.h"

/* All of it, but for what points elsewhere. */
static bool changed(const struct closing *a, const struct closing *b)
{
	return memcmp(&a->c, &b->c, sizeof(a->c)) != 0 || a->replies_n != b->replies_n || a->refusals_n != b->refusals_n ||
	       a->has_detail != b->has_detail;
}

/* Both sides speak in turn; the values are such that every kind means something by them. */
static bool says_something(uint8_t kind)
{
	static struct closing before, after;

	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	for (unsigned i = 0; i < 4; i++) {
		const struct obs_event e = { .time = 1000 + i, .frame = 7 + i, .kind = kind, .side = i & 1, .v = { 2, 40, 1 } };
		closing_event(&after, &e);
	}
	return changed(&before, &after);
}

START_TEST(without_is_what_it_says)
{
	ck_assert_int_eq(says_something((uint8_t)_i), !(judge_sink(NULL).without >> _i & 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("closing");
	TCase *t = tcase_create("closing");

	tcase_add_loop_test(t, without_is_what_it_says, 0, EVENT_KINDS);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
