/*
 * The supervisor has one thread, touches no packet and holds no lock, so it can fork at any time: the program, which has
 * threads by then, could not. It waits for its worker to die and writes off the request that the worker died of.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "classify/process.h"

/* Nobody's descriptors: neither files, nor a pipe whose reader waits for its end. 2 stays where a sanitizer reports. */
static void close_files(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
#ifdef __SANITIZE_ADDRESS__
	close_range(STDERR_FILENO + 1, ~0U, 0);
#else
	close_range(STDERR_FILENO, ~0U, 0);
#endif
}

/* What a terminal sends to everybody is the program's to answer: it may still want labels. */
static void hold_signals(sigset_t *ret_set)
{
	static const int others[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		signal(others[i], SIG_IGN);
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGCHLD);
	sigaddset(ret_set, CLASSIFY_KICK);
	sigprocmask(SIG_BLOCK, ret_set, NULL);
}

static void wait_for_bell(struct ring *r)
{
	while (!atomic_load(&r->q->quit)) {
		uint32_t seen = atomic_load(&r->q->bell);
		if (atomic_load(&r->q->head))
			return;
		ring_sleep(&r->q->bell, seen, 0);
	}
}

static void wait_for_death(pid_t worker, const sigset_t *set)
{
	for (;;) {
		if (sigwaitinfo(set, NULL) == CLASSIFY_KICK)
			kill(worker, SIGKILL);
		if (waitpid(worker, NULL, WNOHANG) == worker)
			return;
	}
}

/* The request that the worker was at is lost. False where what it left behind cannot be: then nothing can go on. */
static bool write_off(struct ring *r)
{
	uint64_t tail = atomic_load(&r->a->tail), next = 0;
	struct ring_request request;
	const uint8_t *bytes;
	bool broken = false;

	if (atomic_load(&r->a->begun) != tail + 1)
		return true;
	if (!ring_get(r, tail, &request, &bytes, &next, &broken))
		return !broken;
	uint32_t awaited = ANSWER_AWAITED;
	atomic_compare_exchange_strong(&r->a->word[request.cookie], &awaited, ANSWER_LOST);
	atomic_store(&r->a->tail, next);
	return true;
}

noreturn void supervise(struct ring *r, const struct classify_limits *limits, pid_t parent)
{
	pid_t self = getpid();
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	close_files();
	hold_signals(&set);
	wait_for_bell(r);
	bool fine = true;
	for (unsigned i = 0; i < limits->workers && fine && !atomic_load(&r->q->quit); i++) {
		pid_t worker = fork();
		if (worker < 0)
			break;
		if (worker == 0)
			work(r, limits, self);
		wait_for_death(worker, &set);
		fine = write_off(r);
		ring_tell(r);
	}
	atomic_store(&r->a->over, 1);
	ring_tell(r);
	_exit(0);
}
