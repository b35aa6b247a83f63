/* seccomp(2) through libseccomp, the only file that names it. */
#include "classify/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { MEMORY = 512 * 1024 * 1024 };

/* malloc, futexes, the end, the timer's way back from its handler; the clock where the kernel's page has none. */
static const int ALLOWED[] = {
	SCMP_SYS(read),   SCMP_SYS(write),      SCMP_SYS(futex),        SCMP_SYS(munmap),        SCMP_SYS(brk),
	SCMP_SYS(mremap), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
};

#ifdef __SANITIZE_ADDRESS__ /* its reports and its own memory; nobody uses such a build on strangers' packets */
#define WITH_ASAN 1
static const int FOR_ASAN[] = {
	SCMP_SYS(madvise), SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(sched_yield), SCMP_SYS(mprotect),
};
#else
#define WITH_ASAN 0
static const int FOR_ASAN[] = { SCMP_SYS(exit_group) };
#endif

static int allow(scmp_filter_ctx filter, const int *calls, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return rc;
}

static int load(scmp_filter_ctx filter)
{
	int rc = allow(filter, ALLOWED, sizeof(ALLOWED) / sizeof(ALLOWED[0]));

	if (!rc)
		rc = allow(filter, FOR_ASAN, sizeof(FOR_ASAN) / sizeof(FOR_ASAN[0]));
	if (!rc) /* memory, but none that can be run */
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc ? rc : seccomp_load(filter);
}

int sandbox_enter(bool deny_kills)
{
	const struct rlimit memory = { MEMORY, MEMORY }, none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
	    (!WITH_ASAN && setrlimit(RLIMIT_DATA, &memory) < 0))
		return -errno;
	scmp_filter_ctx filter = seccomp_init(deny_kills ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return -ENOMEM;
	int rc = load(filter);
	seccomp_release(filter);
	return rc;
}
