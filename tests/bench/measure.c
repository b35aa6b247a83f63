/*
 * Runs a command and says what it took: one line "exit-status wall-ns cpu-ns peak-KiB" on the file given.
 * A small program of its own, since a child's peak memory (getrusage) begins with that of the process it was forked from.
 * The command's output goes to /dev/null; its complaints are seen.
 * usage: measure FILE COMMAND [ARGUMENT…]
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_S = 300 }; /* a command that hangs is killed */

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t
timeval_ns(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_usec * 1000;
}

static void
become(char **command)
{
	const int null = open("/dev/null", O_WRONLY);

	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	alarm(LIMIT_S); /* survives execvp */
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

int
main(int argc, char **argv)
{
	struct rusage used;
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
		return 2;
	}
	const int64_t start = now_ns();
	const pid_t child = fork();
	if (child == 0)
		become(argv + 2);
	if (child < 0 || wait4(child, &status, 0, &used) != child) {
		perror("measure");
		return 2;
	}
	const int64_t wall = now_ns() - start;
	const int64_t cpu = timeval_ns(used.ru_utime) + timeval_ns(used.ru_stime);
	FILE *out = fopen(argv[1], "w");
	if (!out) {
		perror(argv[1]);
		return 2;
	}
	fprintf(out, "%d %" PRId64 " %" PRId64 " %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	    wall, cpu, used.ru_maxrss);
	return fclose(out) == 0 ? 0 : 2;
}
