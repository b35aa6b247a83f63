/* Inputs that are files and descriptors. See input.h. */
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	int fd;             /* -1: not open now */
	bool frugal;
	const char *path;
	struct input_identity is;
	off_t at;           /* where the next read begins, when frugal */
};

/* Not tried again after a signal: those that are caught ask to stop, and a pipe may have nothing more for hours. */
static ssize_t read_fd(int fd, void *to, size_t n)
{
	ssize_t got = read(fd, to, n);

	return got < 0 ? -errno : got;
}

static void close_fd(int fd)
{
	if (fd > STDIN_FILENO)
		(void)close(fd);
}

static int open_again(const struct file *f)
{
	struct stat st;
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || (uint64_t)st.st_dev != f->is.device || (uint64_t)st.st_ino != f->is.inode) {
		(void)close(fd);
		return -ESTALE;
	}
	return fd;
}

static ssize_t read_file(void *state, void *to, size_t n)
{
	struct file *f = state;

	if (!f->frugal)
		return read_fd(f->fd, to, n);
	int fd = open_again(f);
	if (fd < 0)
		return fd;
	ssize_t got = lseek(fd, f->at, SEEK_SET) < 0 ? -errno : read_fd(fd, to, n);
	(void)close(fd);
	if (got > 0)
		f->at += got;
	return got;
}

static void close_file(void *state)
{
	struct file *f = state;

	close_fd(f->fd);
	free(f);
}

static const struct input_type type_file = { read_file, close_file };

int input_descriptor(struct input *ret_in, int fd)
{
	struct file *f = calloc(1, sizeof(*f));
	if (!f) {
		close_fd(fd);
		return -ENOMEM;
	}
	f->fd = fd;
	*ret_in = (struct input){ &type_file, f };
	return 0;
}

int input_file(struct input *ret_in, const char *path, struct input_identity is, bool frugal)
{
	struct file *f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	*f = (struct file){ .fd = -1, .frugal = frugal, .path = path, .is = is };
	int fd = open_again(f);
	if (fd < 0) {
		free(f);
		return fd;
	}
	if (frugal)
		(void)close(fd);
	else
		f->fd = fd;
	*ret_in = (struct input){ &type_file, f };
	return 0;
}
