/* Installed or not is told by where the running program is (proc(5), /proc/self/exe). */
#include "cli/datadir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder(char ret[DATADIR_PATH], const char *path, const char *below)
{
	struct stat st;
	int n = snprintf(ret, DATADIR_PATH, "%s%s", path, below);

	return n > 0 && n < DATADIR_PATH && stat(ret, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : -ENOENT;
}

/* The folder of the running program, without a slash at the end; empty where it cannot be known. */
static void program_folder(char ret[DATADIR_PATH])
{
	ssize_t n = readlink("/proc/self/exe", ret, DATADIR_PATH - 1);

	ret[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(ret, '/');
	if (slash)
		*slash = '\0';
}

int datadir_profiles(char ret[DATADIR_PATH])
{
	const char *said = getenv("PLUMBLINE_PROFILES");
	char program[DATADIR_PATH];

	if (said && *said)
		return folder(ret, said, "");
	program_folder(program);
	if (strcmp(program, PLUMBLINE_BINDIR) != 0 && folder(ret, program, "/../../profiles") == 0)
		return 0;
	return folder(ret, PLUMBLINE_DATADIR, "/profiles");
}
