/* The worker: the library is made ready, then the door is locked, then hostile bytes are read. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "classify/adapter.h"
#include "classify/process.h"
#include "classify/sandbox.h"

/* A request's processor time is measured in ticks of a timer that runs all the time: no system call for each request. */
enum { TICKS = 4, WAKE_EVERY = 8 };

/* Labels are wanted when flows have ended: until then the threads of the program come first. */
enum { NICE = 10 };

static volatile sig_atomic_t ticks;

static void tick(int signal)
{
	(void)signal;
	if (++ticks >= TICKS)
		_exit(1);
}

static void watch_time(unsigned cpu_ms)
{
	const struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	suseconds_t every = (suseconds_t)cpu_ms * 1000 / TICKS;
	const struct timeval step = { every / 1000000, every % 1000000 };
	const struct itimerval timer = { step, step };

	sigaction(SIGVTALRM, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static void put_names(struct ring *r, const struct adapter *a)
{
	for (uint16_t id = 0; id < RING_NAMES; id++) {
		const char *name = adapter_name(a, id);
		size_t n = name ? strnlen(name, CLASSIFY_NAME - 1) : 0;
		memset(r->a->name[id], 0, CLASSIFY_NAME);
		if (n)
			memcpy(r->a->name[id], name, n);
	}
}

static uint32_t answer_of(const struct adapter_label *label)
{
	if (!label->id || label->id >= RING_NAMES)
		return ANSWER_UNKNOWN;
	return ANSWER_LABEL | (label->weak ? ANSWER_WEAK : 0U) | (uint32_t)label->id << ANSWER_ID;
}

static uint8_t first_of(struct rd r)
{
	rd_skip(&r, sizeof(struct classify_flow) + sizeof(struct classify_packet));
	return rd_u8(&r);
}

/* Sleeps until there is a request. */
static void rest(struct ring *r)
{
	uint32_t seen = atomic_load(&r->q->bell);

	ring_tell(r); /* nobody should wait for a batch to fill */
	atomic_store(&r->a->asleep, 1);
	if (atomic_load(&r->q->head) == atomic_load(&r->a->tail))
		ring_sleep(&r->q->bell, seen, 0);
	atomic_store(&r->a->asleep, 0);
}

static noreturn void serve(struct ring *r, struct adapter *a, const struct classify_limits *limits)
{
	uint64_t tail = atomic_load(&r->a->tail), next;
	struct ring_request request;
	const uint8_t *bytes;
	bool broken;

	for (unsigned n = 1;;) {
		if (!ring_get(r, tail, &request, &bytes, &next, &broken)) {
			if (broken)
				_exit(1);
			rest(r);
			continue;
		}
		ticks = 0;
		atomic_store_explicit(&r->a->begun, tail + 1, memory_order_relaxed);
		const struct rd rd = rd_of(bytes, request.n, request.n);
		if (limits->in_worker)
			limits->in_worker(first_of(rd));
		struct adapter_label label = adapter_label(a, rd, limits->l3_max);
		atomic_store_explicit(&r->a->word[request.cookie], answer_of(&label), memory_order_release);
		tail = next;
		atomic_store_explicit(&r->a->tail, tail, memory_order_release);
		if (n++ % WAKE_EVERY == 0)
			ring_tell(r);
	}
}

noreturn void work(struct ring *r, const struct classify_limits *limits, pid_t supervisor)
{
	struct adapter *a = NULL;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	atomic_store(&r->a->worker, (uint32_t)getpid());
	(void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICE);
	if (mprotect(r->q, sizeof(*r->q), PROT_READ) < 0 || adapter_new(&a) < 0)
		_exit(1);
	put_names(r, a);
	watch_time(limits->cpu_ms);
	if (sandbox_enter(limits->deny_kills) < 0)
		_exit(1);
	serve(r, a, limits);
}
