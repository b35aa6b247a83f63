/* gzip (RFC 1952, RFC 1951), by zlib: the only file that knows it. */
#define ZLIB_CONST /* what it reads is const */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "capture/unpack.h"

enum { GZIP_ONLY = 16 }; /* added to the window's size: no zlib header is taken for one of gzip's */

static bool begins(const uint8_t *head, size_t n)
{
	return n >= 3 && memcmp(head, "\x1f\x8b\x08", 3) == 0; /* section 2.3.1: ID1, ID2, deflate */
}

static int open_state(void **ret_state, unsigned window_log)
{
	(void)window_log;
	z_stream *z = calloc(1, sizeof(*z));
	if (!z)
		return -ENOMEM;
	if (inflateInit2(z, MAX_WBITS + GZIP_ONLY) != Z_OK) {
		free(z);
		return -ENOMEM;
	}
	*ret_state = z;
	return 0;
}

static size_t wants(const void *state)
{
	(void)state;
	return 1;
}

static uInt at_most(size_t n)
{
	return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

static enum packing_step step(void *state, struct packing_io *io)
{
	z_stream *z = state;
	uInt from = at_most(io->from_n), to = at_most(io->to_n);

	z->next_in = io->from;
	z->avail_in = from;
	z->next_out = io->to;
	z->avail_out = to;
	int r = inflate(z, Z_NO_FLUSH);
	if (io->from)
		io->from += from - z->avail_in;
	io->from_n -= from - z->avail_in;
	io->to += to - z->avail_out;
	io->to_n -= to - z->avail_out;
	if (r == Z_OK || r == Z_BUF_ERROR)
		return PACKING_MORE;
	if (r == Z_STREAM_END && inflateReset(z) == Z_OK)
		return PACKING_MEMBER;
	io->why = r == Z_MEM_ERROR ? "no memory" : z->msg ? z->msg : "not to be understood";
	return PACKING_BROKEN;
}

static void close_state(void *state)
{
	(void)inflateEnd(state);
	free(state);
}

const struct packing packing_gz = {
	.name = "gzip",
	.begins = begins,
	.open = open_state,
	.wants = wants,
	.step = step,
	.close = close_state,
};
