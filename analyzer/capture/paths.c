/* Files, directories and standard input. See paths.h. */
#include "capture/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of more files than a frame can name is cut off by the caller; this bounds what is listed. */
enum { LIST_MAX = 1 << 20 };

static enum path_kind kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return PATH_FILE;
	case S_IFDIR:
		return PATH_DIRECTORY;
	case S_IFIFO:
	case S_IFCHR:
		return PATH_STREAM;
	default:
		return PATH_OTHER;
	}
}

int path_look(const char *path, struct path_info *ret_i)
{
	bool standard_input = strcmp(path, "-") == 0;
	struct stat st;

	if (standard_input ? fstat(STDIN_FILENO, &st) : stat(path, &st))
		return -errno;
	*ret_i = (struct path_info){
		.kind = standard_input && !S_ISDIR(st.st_mode) ? PATH_STREAM : kind_of(st.st_mode),
		.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
		.is = { (uint64_t)st.st_dev, (uint64_t)st.st_ino },
	};
	return 0;
}

static char *join(const char *directory, const char *name)
{
	size_t d = strlen(directory), n = strlen(name);
	bool slash = d && directory[d - 1] != '/';
	char *p = malloc(d + slash + n + 1);

	if (!p)
		return NULL;
	memcpy(p, directory, d);
	if (slash)
		p[d] = '/';
	memcpy(p + d + slash, name, n + 1);
	return p;
}

static int append(struct path_list *l, size_t *room, char *path)
{
	if (l->n == *room) {
		size_t more = *room ? *room * 2 : 64;
		char **p = more > LIST_MAX ? NULL : realloc(l->paths, more * sizeof(*p));
		if (!p)
			return more > LIST_MAX ? -E2BIG : -ENOMEM;
		l->paths = p;
		*room = more;
	}
	l->paths[l->n++] = path;
	return 0;
}

static int read_names(DIR *d, const char *directory, struct path_list *l)
{
	size_t room = 0;
	const struct dirent *e;

	for (errno = 0; (e = readdir(d)); errno = 0) {
		if (e->d_name[0] == '.')
			continue;
		char *path = join(directory, e->d_name);
		if (!path)
			return -ENOMEM;
		struct stat st;
		bool wanted = !stat(path, &st) && S_ISREG(st.st_mode);
		int r = wanted ? append(l, &room, path) : 0;
		if (!wanted || r)
			free(path);
		if (r)
			return r;
	}
	return -errno;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int path_list_directory(const char *directory, struct path_list *ret_l)
{
	struct path_list l = { 0 };
	DIR *d = opendir(directory);

	if (!d)
		return -errno;
	int r = read_names(d, directory, &l);
	(void)closedir(d);
	if (r) {
		path_list_free(&l);
		return r;
	}
	if (l.n)
		qsort(l.paths, l.n, sizeof(l.paths[0]), by_bytes);
	*ret_l = l;
	return 0;
}

void path_list_free(struct path_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->paths[i]);
	free(l->paths);
	*l = (struct path_list){ 0 };
}
