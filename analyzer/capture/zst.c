/*
 * Zstandard (RFC 8878), by libzstd: the only file that knows it.
 *
 * The library gets its input block by block, as it asks for it: then it decodes block by block, and where one is corrupt
 * all before it came out, however the bytes came in. What it asks for ends with the header of the next block (section
 * 3.1.1.2): that comes by itself, since of a call that fails the library forgets what it gave.
 */
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/rd.h"
#include "capture/unpack.h"

enum {
	FRAME_LEAST = 5,        /* what the library asks for at a frame's beginning */
	BLOCK_HEADER = 3,
	WANTS_MAX = 256 * 1024, /* a block has at most 128 KiB; only frames to be skipped have more */
};

struct state {
	ZSTD_DStream *z;
	size_t wants;
};

static bool begins(const uint8_t *head, size_t n)
{
	struct rd r = rd_of(head, n, n);
	uint32_t magic = rd_u32le(&r);

	/* sections 3.1.1 and 3.1.2: frames, and frames to be skipped; some writers begin with one */
	return r.err == RD_OK && (magic == UINT32_C(0xfd2fb528) || (magic & 0xfffffff0) == UINT32_C(0x184d2a50));
}

static void close_state(void *state)
{
	struct state *st = state;

	(void)ZSTD_freeDStream(st->z);
	free(st);
}

static int open_state(void **ret_state, unsigned window_log)
{
	struct state *st = calloc(1, sizeof(*st));
	if (!st)
		return -ENOMEM;
	st->z = ZSTD_createDStream();
	if (!st->z || ZSTD_isError(ZSTD_DCtx_setParameter(st->z, ZSTD_d_windowLogMax, (int)window_log))) {
		close_state(st);
		return -ENOMEM;
	}
	st->wants = FRAME_LEAST;
	*ret_state = st;
	return 0;
}

static size_t wants(const void *state)
{
	const struct state *st = state;

	return st->wants < WANTS_MAX ? st->wants : WANTS_MAX;
}

static enum packing_step step(void *state, struct packing_io *io)
{
	struct state *st = state;
	ZSTD_inBuffer in = { io->from, io->from_n < wants(st) ? io->from_n : wants(st), 0 };
	ZSTD_outBuffer out = { io->to, io->to_n, 0 };
	size_t r = ZSTD_decompressStream(st->z, &out, &in);

	io->to += out.pos;
	io->to_n -= out.pos;
	if (ZSTD_isError(r)) {
		io->why = ZSTD_getErrorName(r);
		return PACKING_BROKEN;
	}
	if (io->from)
		io->from += in.pos;
	io->from_n -= in.pos;
	st->wants = r > BLOCK_HEADER ? r - BLOCK_HEADER : r ? r : FRAME_LEAST;
	return r ? PACKING_MORE : PACKING_MEMBER;
}

const struct packing packing_zst = {
	.name = "zstd",
	.wide = true,
	.begins = begins,
	.open = open_state,
	.wants = wants,
	.step = step,
	.close = close_state,
};
