/* Whole files or none. */
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static const char temporary[] = ".tmp-XXXXXX";

/* The mode that fopen() would have given the file; an existing file keeps its own. */
static mode_t mode_of(const char *place)
{
	struct stat st;
	mode_t mask = umask(0);

	(void)umask(mask);
	return stat(place, &st) == 0 ? st.st_mode & 0777 : 0666 & ~mask;
}

static bool is_regular_or_absent(const char *path)
{
	struct stat st;
	return stat(path, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode);
}

static int open_beside(struct output *o)
{
	size_t n = strlen(o->place);
	int fd, error;

	o->written = malloc(n + sizeof(temporary));
	if (!o->written)
		return -ENOMEM;
	memcpy(o->written, o->place, n);
	memcpy(o->written + n, temporary, sizeof(temporary));
	fd = mkstemp(o->written);
	if (fd < 0) {
		error = -errno;
		goto fail;
	}
	if (fchmod(fd, mode_of(o->place)) < 0 || !(o->to = fdopen(fd, "w"))) {
		error = -errno;
		(void)close(fd);
		(void)unlink(o->written);
		goto fail;
	}
	return 0;
fail:
	free(o->written);
	o->written = NULL;
	return error;
}

int output_open(struct output *ret_o, const char *path)
{
	struct output o = { .to = stdout };
	int error = 0;

	if (path) {
		bool beside = is_regular_or_absent(path);
		o.place = realpath(path, NULL); /* a link stays one: what it points at is replaced */
		if (!o.place)
			o.place = strdup(path);
		if (!o.place)
			return -ENOMEM;
		if (beside)
			error = open_beside(&o);
		else if (!(o.to = fopen(path, "w")))
			error = -errno;
	}
	if (error) {
		free(o.place);
		return error;
	}
	*ret_o = o;
	return 0;
}

int output_close(struct output *o, int error)
{
	if (!o->to)
		return error;
	errno = 0;
	if (fflush(o->to) != 0 && !error)
		error = -(errno ? errno : EIO);
	if (ferror(o->to) && !error)
		error = -EIO;
	if (o->place && fclose(o->to) != 0 && !error)
		error = -(errno ? errno : EIO);
	if (o->written && !error && rename(o->written, o->place) < 0)
		error = -errno;
	if (o->written && error)
		(void)unlink(o->written);
	free(o->written);
	free(o->place);
	*o = (struct output){ 0 };
	return error;
}

bool output_failed(const struct output *o)
{
	return ferror_unlocked(o->to) != 0;
}

bool output_is_terminal(const struct output *o)
{
	return isatty(fileno(o->to)) == 1;
}

bool output_refuse_terminal(struct output *o, const char *format)
{
	if (!output_is_terminal(o))
		return false;
	cli_error("--format %s is no text for a terminal; write it to a file (--output FILE) or a pipe", format);
	(void)output_close(o, -EINVAL);
	return true;
}

void output_say(const char *path, int error)
{
	if (error != -EPIPE)
		cli_error("cannot write %s: %s", path ? path : "standard output", strerror(-error));
}

FILE *text_open(struct text *t)
{
	*t = (struct text){ 0 };
	t->to = open_memstream(&t->p, &t->n);
	if (!t->to)
		cli_error("no memory");
	return t->to;
}

int text_close(struct text *t)
{
	struct output o = { .to = stdout };
	int error = fclose(t->to) == 0 ? 0 : -ENOMEM;

	errno = 0;
	if (!error && fwrite(t->p, 1, t->n, stdout) != t->n)
		error = -(errno ? errno : EIO);
	error = output_close(&o, error);
	free(t->p);
	*t = (struct text){ 0 };
	if (!error)
		return EXIT_FOUND_NOTHING;
	output_say(NULL, error);
	return EXIT_NOT_JUDGED;
}
