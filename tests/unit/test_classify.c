/* The classifier's processes: what is answered, and that whatever happens to a worker costs one label. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "classify_rig.h"

enum { WAIT_MS = 20000 };

static struct classify *c;
static volatile bool *spinning; /* in memory that the worker shares */

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* What a request's first byte makes the locked-in worker do. */
static void hook(uint8_t first)
{
	void *p = NULL;
	volatile bool forever = true;

	switch (first) {
	case 'S':
		*spinning = true;
		while (forever)
			;
		break;
	case 'C':
		*(volatile char *)p = 1;
		break;
	case 'O':
		(void)open("/dev/null", O_RDONLY);
		break;
	case 'N':
		(void)socket(AF_INET, SOCK_STREAM, 0);
		break;
	case 'F':
		(void)fork();
		break;
	case 'K':
		(void)kill(getppid(), SIGTERM);
		break;
	case 'X':
		(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		break;
	default:
		break;
	}
}

static struct classify_limits limits_of_test(void)
{
	struct classify_limits l = classify_usual_limits();

	l.cpu_ms = 200;
	l.deny_kills = true;
	l.in_worker = hook;
	return l;
}

static void open_with(struct classify_limits l)
{
	spinning = mmap(NULL, sizeof(*spinning), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne((void *)(uintptr_t)spinning, MAP_FAILED);
	ck_assert_int_eq(classify_new_with(&c, &l), 0);
}

static void setup(void)
{
	open_with(limits_of_test());
}

static void teardown(void)
{
	classify_free(c);
	c = NULL;
}

/* The worker that "Spin" has reached. */
static pid_t spinner(void)
{
	for (unsigned ms = 0; ms < WAIT_MS && !*spinning; ms++)
		pause_ms(1);
	ck_assert(*spinning);
	return classify_worker(c);
}

/* ---- answers ---- */

START_TEST(label_is_answered)
{
	rig_expect_known(c, rig_send_known(c));
}
END_TEST

START_TEST(what_only_the_port_says_is_no_label)
{
	static const char noise[] = "\x93\x01\xfe\x88 nothing that anybody knows \x02\x81";
	struct request r;

	for (uint8_t proto = PROTO_TCP; proto <= PROTO_UDP; proto = (uint8_t)(proto + PROTO_UDP - PROTO_TCP)) {
		request_begin(&r, proto, 40000, proto == PROTO_TCP ? 25 : 161);
		for (unsigned i = 0; i < CLASSIFY_PACKETS; i++)
			request_say(&r, i % 2, noise, sizeof(noise) - 1);
		rig_expect(c, request_send(c, &r), CLASSIFY_UNKNOWN);
	}
}
END_TEST

START_TEST(no_worker_before_the_first_request)
{
	pause_ms(50);
	ck_assert_int_eq(classify_worker(c), 0);
	rig_expect_known(c, rig_send_known(c));
	ck_assert_int_ne(classify_worker(c), 0);
}
END_TEST

START_TEST(worker_comes_after_the_program)
{
	rig_expect_known(c, rig_send_known(c));
	int own = getpriority(PRIO_PROCESS, 0), least = 19;
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)classify_worker(c)), own + 10 < least ? own + 10 : least);
}
END_TEST

/* More than the ring holds at a time, collected backwards, as flows end in another order than they were known in. */
START_TEST(answers_wait_for_their_collector)
{
	enum { N = 4000 };
	static uint8_t filling[900];
	static uint32_t cookie[N];

	for (unsigned i = 0; i < N; i++) {
		struct request r;
		if (i % 3 == 0) {
			cookie[i] = rig_send_known(c);
			continue;
		}
		request_begin(&r, PROTO_UDP, 40000, 40001);
		request_say(&r, 0, filling, i % sizeof(filling));
		cookie[i] = request_send(c, &r);
	}
	for (unsigned i = N; i-- > 0;) {
		if (i % 3 == 0)
			rig_expect_known(c, cookie[i]);
		else
			rig_expect(c, cookie[i], CLASSIFY_UNKNOWN);
	}
}
END_TEST

START_TEST(requests_that_make_no_sense)
{
	static uint8_t big[140 * 1024];
	const struct span nothing = { big, 0 }, much = { big, sizeof(big) }, zeros = { big, 100 };
	struct request r;
	uint32_t cookie = 7;

	ck_assert_int_eq(classify_submit(c, &much, 1, &cookie), -EMSGSIZE);
	ck_assert_uint_eq(cookie, 7);
	ck_assert_int_eq(classify_submit(c, &nothing, 1, &cookie), 0);
	rig_expect(c, cookie, CLASSIFY_UNKNOWN);
	ck_assert_int_eq(classify_submit(c, &zeros, 1, &cookie), 0);
	rig_expect(c, cookie, CLASSIFY_UNKNOWN);
	request_begin(&r, PROTO_TCP, 1, 2);
	request_say(&r, 0, "RFB 003.008\n", 12);
	r.packet[0].payload = 4000000000U;
	rig_expect(c, request_send(c, &r), CLASSIFY_UNKNOWN);
	r.packet[0].payload = 12;
	r.packet[0].side = 9;
	rig_expect(c, request_send(c, &r), CLASSIFY_UNKNOWN);
	rig_expect(c, 0, CLASSIFY_LOST);
	rig_expect(c, UINT32_MAX, CLASSIFY_LOST);
	rig_expect_known(c, rig_send_known(c));
}
END_TEST

/* ---- workers die ---- */

/* `bad` is lost; one before and one behind it are not. */
static void costs_one_label(const char *bad)
{
	uint32_t before = rig_send_known(c), at = rig_send_word(c, bad), after = rig_send_known(c);

	rig_expect_known(c, before);
	rig_expect(c, at, CLASSIFY_LOST);
	rig_expect_known(c, after);
}

START_TEST(crash_costs_one_label)
{
	costs_one_label("Crash");
	costs_one_label("Crash");
}
END_TEST

START_TEST(hang_costs_one_label)
{
	costs_one_label("Spin");
}
END_TEST

START_TEST(kill_costs_one_label)
{
	struct classify_limits l = limits_of_test();

	classify_free(c);
	l.cpu_ms = 60000;
	open_with(l);
	uint32_t at = rig_send_word(c, "Spin"), after = rig_send_known(c);
	pid_t worker = spinner();
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	rig_expect(c, at, CLASSIFY_LOST);
	rig_expect_known(c, after);
	ck_assert_int_ne(classify_worker(c), worker);
}
END_TEST

START_TEST(kill_of_an_idle_worker_costs_nothing)
{
	rig_expect_known(c, rig_send_known(c));
	ck_assert_int_eq(kill(classify_worker(c), SIGKILL), 0);
	rig_expect_known(c, rig_send_known(c));
}
END_TEST

/* No processor time goes by in a stopped process. */
START_TEST(stopped_worker_costs_one_label)
{
	struct classify_limits l = limits_of_test();

	classify_free(c);
	l.wall_ms = 300;
	l.cpu_ms = 60000;
	open_with(l);
	uint32_t at = rig_send_word(c, "Spin"), after = rig_send_known(c);
	ck_assert_int_eq(kill(spinner(), SIGSTOP), 0);
	rig_expect(c, at, CLASSIFY_LOST);
	rig_expect_known(c, after);
}
END_TEST

static const char *const denied[] = { "Open", "Net", "Fork", "Kill", "Xecutable memory" };

START_TEST(sandbox_denies)
{
	costs_one_label(denied[_i]);
}
END_TEST

START_TEST(without_killing_the_sandbox_only_denies)
{
	struct classify_limits l = limits_of_test();

	classify_free(c);
	l.deny_kills = false;
	open_with(l);
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		rig_expect(c, rig_send_word(c, denied[i]), CLASSIFY_UNKNOWN);
	rig_expect_known(c, rig_send_known(c));
}
END_TEST

START_TEST(there_are_so_many_workers)
{
	struct classify_limits l = limits_of_test();

	classify_free(c);
	l.workers = 2;
	open_with(l);
	rig_expect(c, rig_send_word(c, "Crash"), CLASSIFY_LOST);
	rig_expect_known(c, rig_send_known(c));
	rig_expect(c, rig_send_word(c, "Crash"), CLASSIFY_LOST);
	for (unsigned i = 0; i < 3000; i++)
		rig_expect(c, rig_send_known(c), CLASSIFY_LOST);
}
END_TEST

/* A request larger than the ring would hold beside others must not wait for those who are gone. */
START_TEST(nobody_waits_for_the_dead)
{
	enum { N = 100 };
	static uint8_t large[60000];
	uint32_t cookie[N];

	rig_expect_known(c, rig_send_known(c));
	kill(classify_supervisor(c), SIGKILL);
	for (unsigned i = 0; i < N; i++) {
		struct request r;
		request_begin(&r, PROTO_UDP, 1, 2);
		request_say(&r, 0, large, sizeof(large));
		cookie[i] = request_send(c, &r);
	}
	struct classify_label label;
	for (unsigned i = 0; i < N; i++)
		ck_assert_int_ne(classify_collect(c, cookie[i], &label), CLASSIFY_LABEL);
}
END_TEST

START_TEST(end_does_not_wait_for_a_hung_worker)
{
	struct classify_limits l = limits_of_test();
	struct timespec from, to;

	classify_free(c);
	l.cpu_ms = 60000;
	open_with(l);
	(void)rig_send_word(c, "Spin");
	pid_t worker = spinner();
	clock_gettime(CLOCK_MONOTONIC, &from);
	classify_free(c);
	c = NULL;
	clock_gettime(CLOCK_MONOTONIC, &to);
	ck_assert_int_lt(to.tv_sec - from.tv_sec, 2);
	ck_assert(kill(worker, 0) < 0 && errno == ESRCH);
}
END_TEST

/* The processes end with the program, however that ends. */
START_TEST(nothing_outlives_the_program)
{
	int fd[2];
	pid_t ids[2] = { 0, 0 };

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	ck_assert_int_eq(pipe(fd), 0);
	pid_t program = fork();
	if (program == 0) {
		classify_free(c);
		setup();
		(void)rig_send_word(c, "Spin");
		ids[0] = classify_supervisor(c);
		ids[1] = spinner();
		if (write(fd[1], ids, sizeof(ids)) != sizeof(ids))
			_exit(1);
		for (;;)
			pause_ms(1000);
	}
	ck_assert_int_eq(read(fd[0], ids, sizeof(ids)), sizeof(ids));
	kill(program, SIGKILL);
	waitpid(program, NULL, 0);
	for (unsigned i = 0; i < 2; i++)
		ck_assert(waitpid(ids[i], NULL, 0) == ids[i]);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("classify");
	TCase *answers = tcase_create("answers"), *deaths = tcase_create("deaths");

	tcase_add_checked_fixture(answers, setup, teardown);
	tcase_set_timeout(answers, 60);
	tcase_add_test(answers, label_is_answered);
	tcase_add_test(answers, what_only_the_port_says_is_no_label);
	tcase_add_test(answers, no_worker_before_the_first_request);
	tcase_add_test(answers, worker_comes_after_the_program);
	tcase_add_test(answers, answers_wait_for_their_collector);
	tcase_add_test(answers, requests_that_make_no_sense);
	suite_add_tcase(s, answers);
	tcase_add_checked_fixture(deaths, setup, teardown);
	tcase_set_timeout(deaths, 60);
	tcase_add_test(deaths, crash_costs_one_label);
	tcase_add_test(deaths, hang_costs_one_label);
	tcase_add_test(deaths, kill_costs_one_label);
	tcase_add_test(deaths, kill_of_an_idle_worker_costs_nothing);
	tcase_add_test(deaths, stopped_worker_costs_one_label);
	tcase_add_loop_test(deaths, sandbox_denies, 0, sizeof(denied) / sizeof(denied[0]));
	tcase_add_test(deaths, without_killing_the_sandbox_only_denies);
	tcase_add_test(deaths, there_are_so_many_workers);
	tcase_add_test(deaths, nobody_waits_for_the_dead);
	tcase_add_test(deaths, end_does_not_wait_for_a_hung_worker);
	tcase_add_test(deaths, nothing_outlives_the_program);
	suite_add_tcase(s, deaths);
	return rig_run(s);
}
