/*
 * Drives a fuzz target without an engine: every file named, and every file in the folders named, is one input. The input
 * lies in memory of exactly its size, so that AddressSanitizer sees a byte too many. A run without any input fails: a
 * test that runs nothing must not pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH_ROOM = 4096 };

static int run_file(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	int rc = -1;

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		if (f)
			fclose(f);
		return -1;
	}
	size_t n = (size_t)st.st_size;
	uint8_t *data = malloc(n);
	if ((data || !n) && fread(data, 1, n, f) == n) {
		LLVMFuzzerTestOneInput(data, n);
		rc = 0;
	} else {
		fprintf(stderr, "%s: cannot be read\n", path);
	}
	free(data);
	fclose(f);
	return rc;
}

static int is_input(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* In the order of names. Returns how many ran, or -1. */
static int run_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_input, alphasort), ran = 0;

	if (n < 0) {
		perror(path);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char file[PATH_ROOM];
		int len = snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (ran >= 0 && len > 0 && len < PATH_ROOM)
			ran = run_file(file) < 0 ? -1 : ran + 1;
		free(entries[i]);
	}
	free(entries);
	return ran;
}

/* How many inputs ran, or -1. */
static int run_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return run_folder(path);
	return run_file(path) < 0 ? -1 : 1;
}

int main(int argc, char **argv)
{
	int ran = 0;

	for (int i = 1; i < argc; i++) {
		int n = run_path(argv[i]);
		if (n < 0)
			return 1;
		ran += n;
	}
	printf("%d inputs ran\n", ran);
	return ran ? 0 : 1;
}
