/* Cryptography by more than one thread: whichever comes first makes the library ready. What it computes: test_quic. */
#include <check.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypt.h"

enum { PROCESSES = 400 };

static pthread_barrier_t both;

/* FIPS 180-2, appendix A.1: "abc". */
static const uint8_t digest[CRYPT_SHA1] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
	                                    0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };

static void *hash(void *ctx)
{
	uint8_t out[CRYPT_SHA1];

	pthread_barrier_wait(&both);
	crypt_sha1((struct span){ (const uint8_t *)"abc", 3 }, out);
	*(bool *)ctx = memcmp(out, digest, sizeof(out)) == 0;
	return NULL;
}

static int two_at_once(void)
{
	bool right[2] = { false, false };
	pthread_t other;

	if (pthread_barrier_init(&both, NULL, 2) || pthread_create(&other, NULL, hash, &right[1]))
		return 2;
	hash(&right[0]);
	pthread_join(other, NULL);
	return right[0] && right[1] ? 0 : 1;
}

/* A process makes it ready once, so each try has one of its own. */
START_TEST(two_threads_begin)
{
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status;
		pid_t child = fork();
		ck_assert_int_ge(child, 0);
		if (child == 0)
			_exit(two_at_once());
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "process %u: status %d", i, status);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("crypt");
	TCase *t = tcase_create("crypt");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, two_threads_begin);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
