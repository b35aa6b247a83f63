/* Flows in fewer bytes: they come back as they were, and their details go when the last reference does. */
#include <check.h>
#include <string.h>

#include "judge/kept.h"

enum { FLOWS = 300, WORDS = sizeof(struct closed) / sizeof(uint64_t) };

static struct pool details;
static struct keeps keeps;

static void begin(size_t max)
{
	pool_init(&details, sizeof(struct detail), FLOWS);
	keeps_init(&keeps, max, &details);
}

static void end(void)
{
	ck_assert_uint_eq(keeps.n, 0);
	ck_assert_uint_eq(details.in_use, 0);
	keeps_free(&keeps);
	pool_free(&details);
}

/* Of every number of words that are not zero, anywhere in it; `detail` is a real one or NULL. */
static struct closed made(unsigned seed)
{
	uint64_t words[WORDS] = { 0 };
	uint64_t x = seed;
	struct closed c;

	for (unsigned i = 0; i < WORDS; i++) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (x >> 40 < ((uint64_t)seed << 24) / FLOWS)
			words[i] = x;
	}
	memcpy(&c, words, sizeof(c));
	c.detail = seed % 3 ? NULL : pool_take(&details);
	return c;
}

START_TEST(come_back_as_they_were)
{
	static struct closed was[FLOWS];
	struct kept *kept[FLOWS];

	begin(FLOWS);
	for (unsigned i = 0; i < FLOWS; i++) {
		was[i] = made(i);
		kept[i] = kept_new(&keeps, &was[i]);
		ck_assert_ptr_nonnull(kept[i]);
	}
	ck_assert_uint_eq(keeps.n, FLOWS);
	for (unsigned i = 0; i < FLOWS; i++) {
		struct closed is;
		memset(&is, 0xa5, sizeof(is));
		kept_read(kept[i], &is);
		ck_assert_mem_eq(&is, &was[i], sizeof(is));
		kept_unref(&keeps, kept[i]);
	}
	end();
}
END_TEST

START_TEST(last_reference_frees)
{
	struct closed c = { 0 };

	begin(1);
	c.detail = pool_take(&details);
	struct kept *f = kept_new(&keeps, &c);
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_eq(kept_ref(f), f);
	ck_assert_ptr_null(kept_new(&keeps, &c)); /* no room */
	kept_unref(&keeps, f);
	ck_assert_uint_eq(details.in_use, 1);
	kept_unref(&keeps, f);
	ck_assert_uint_eq(details.in_use, 0);
	c.detail = NULL;
	f = kept_new(&keeps, &c);
	ck_assert_ptr_nonnull(f);
	kept_unref(&keeps, f);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kept");
	TCase *t = tcase_create("kept");

	tcase_add_test(t, come_back_as_they_were);
	tcase_add_test(t, last_reference_frees);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
