/* Inputs that are files and descriptors. See input.h. */
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
	int fd;             /* -1: not open now */
	enum input_how how;
	const char *path;
	struct input_identity is;
	off_t at;           /* where the next read begins; not counted when plain */
};

/*
 * Not tried again after a signal: those that are caught ask to stop, and a pipe may have nothing more for hours. What is
 * not ready is waited for here: a descriptor that we were given may be one that does not block.
 */
static ssize_t read_fd(int fd, void *to, size_t n)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t got = read(fd, to, n);

	while (got < 0 && errno == EAGAIN && poll(&ready, 1, -1) > 0)
		got = read(fd, to, n);
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

static ssize_t read_frugally(struct file *f, void *to, size_t n)
{
	int fd = open_again(f);
	if (fd < 0)
		return fd;
	ssize_t got = lseek(fd, f->at, SEEK_SET) < 0 ? -errno : read_fd(fd, to, n);
	(void)close(fd);
	return got;
}

/* True when the path names another file by now, or none. */
static bool is_replaced(const struct file *f)
{
	struct stat st;

	return stat(f->path, &st) || (uint64_t)st.st_dev != f->is.device || (uint64_t)st.st_ino != f->is.inode;
}

/* At the end it is read once more after the look at its path: what came in between is the file's last. */
static ssize_t read_growing(struct file *f, void *to, size_t n)
{
	struct stat st;
	ssize_t got = read_fd(f->fd, to, n);

	if (got)
		return got;
	if (is_replaced(f))
		return read_fd(f->fd, to, n);
	if (fstat(f->fd, &st))
		return -errno;
	return st.st_size < f->at ? -ESTALE : -EAGAIN;
}

static ssize_t read_file(void *state, void *to, size_t n)
{
	struct file *f = state;

	if (f->how == INPUT_PLAIN)
		return read_fd(f->fd, to, n);
	ssize_t got = f->how == INPUT_FRUGAL ? read_frugally(f, to, n) : read_growing(f, to, n);
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

int input_file(struct input *ret_in, const char *path, struct input_identity is, enum input_how how)
{
	struct file *f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	*f = (struct file){ .fd = -1, .how = how, .path = path, .is = is };
	int fd = open_again(f);
	if (fd < 0) {
		free(f);
		return fd;
	}
	if (how == INPUT_FRUGAL)
		(void)close(fd);
	else
		f->fd = fd;
	*ret_in = (struct input){ &type_file, f };
	return 0;
}
