/* pthreads, and sched_setattr(2), for which glibc 2.36 has no wrapper. */
#include "base/thread.h"

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct sched_attr as of its first version; linux/sched/types.h cannot stand beside <sched.h>. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* ns */
};

bool thread_start(pthread_t *ret_t, void *(*run)(void *), void *ctx)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	bool started = pthread_create(ret_t, NULL, run, ctx) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

void thread_short_turns(void)
{
	struct attributes a = { .size = sizeof(a) };

	if (syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) != 0)
		return;
	a.runtime = 100000; /* the least there is */
	(void)syscall(SYS_sched_setattr, 0, &a, 0);
}
