/* Unpacking by steps. See unpack.h. */
#include "capture/unpack.h"

#include <errno.h>
#include <stdlib.h>

#include "base/rd.h"

static const struct packing *const packings[] = { &packing_gz, &packing_zst };

const struct packing *unpack_recognise(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
		if (packings[i]->begins(head, n))
			return packings[i];
	return NULL;
}

static int broke(struct unpack *u, enum unpack_broken how, const char *why)
{
	u->broken = how;
	u->broke_at = block_tell(&u->packed);
	u->why = why;
	return -EBADMSG;
}

/* The packed bytes have run out: for now, by a failure, or for good, and then `at_end` is what that means. */
static int run_out(const struct unpack *u, int at_end)
{
	if (u->packed.waiting)
		return -EAGAIN;
	return u->packed.error ? u->packed.error : at_end;
}

/* After the last member there may be zeros to fill a tape's or a disk's block. Never 1: see next_member(). */
static int pass_padding(struct unpack *u)
{
	u->padded = true;
	for (const uint8_t *p; (p = block_run(&u->packed, 1)); block_pass(&u->packed, 1)) {
		struct rd r = rd_of(p, 1, 1);
		if (rd_u8(&r))
			return broke(u, UNPACK_CORRUPT, "what follows its end is something else");
	}
	return run_out(u, 0);
}

/* 1 where another member begins here, 0 at the end, else -errno. */
static int next_member(struct unpack *u)
{
	if (u->padded)
		return pass_padding(u);
	const uint8_t *p = block_run(&u->packed, UNPACK_HEAD);
	size_t n = UNPACK_HEAD;

	if (!p) {
		n = block_left(&u->packed);
		if (!u->packed.ended || !n)
			return run_out(u, 0);
		p = block_run(&u->packed, n);
	}
	if (!u->packing->begins(p, n))
		return pass_padding(u);
	u->between = false;
	return 1;
}

/* The input of a step: what it wants, or at the end what is left of it. 0, or -errno. */
static int feed(struct unpack *u, struct packing_io *io)
{
	io->from = block_run(&u->packed, u->packing->wants(u->state));
	io->from_n = block_left(&u->packed);
	if (!io->from && u->packed.ended && io->from_n)
		io->from = block_run(&u->packed, io->from_n);
	if (io->from)
		return 0;
	int r = run_out(u, 0);
	return r ? r : broke(u, UNPACK_CUT, NULL);
}

/*
 * One step. 0, or -errno. Where the last one filled all room, what waits behind it is taken before there is more input:
 * a library that fails forgets what it gave in the same call.
 */
static int take_step(struct unpack *u, struct packing_io *io)
{
	int r = u->more ? 0 : feed(u, io);
	if (r)
		return r;
	size_t from = io->from_n, room = io->to_n;
	enum packing_step step = u->packing->step(u->state, io);
	block_pass(&u->packed, from - io->from_n);
	if (step == PACKING_BROKEN)
		(void)broke(u, UNPACK_CORRUPT, io->why);
	else if (step == PACKING_MORE && !u->more && io->from_n == from && io->to_n == room)
		(void)broke(u, UNPACK_CORRUPT, "it leads nowhere");
	u->between = step == PACKING_MEMBER;
	u->more = step == PACKING_MORE && !io->to_n;
	io->from = NULL;
	io->from_n = 0;
	return 0;
}

static ssize_t read_unpacked(void *state, void *to, size_t n)
{
	struct unpack *u = state;
	struct packing_io io = { .to = to, .to_n = n };

	while (io.to_n == n) {
		int r = u->broken ? -EBADMSG : u->between ? next_member(u) : 1;
		if (r == 1)
			r = take_step(u, &io);
		else if (!r)
			return 0;
		if (r < 0)
			return r;
	}
	return (ssize_t)(n - io.to_n);
}

static void close_unpacked(void *state)
{
	struct unpack *u = state;

	if (u->state)
		u->packing->close(u->state);
	block_close(&u->packed);
	free(u);
}

static const struct input_type type_unpacked = { read_unpacked, close_unpacked };

int unpack_open(struct unpack **ret_u, struct input *ret_in, const struct packing *packing, struct block *packed,
		unsigned window_log)
{
	struct unpack *u = calloc(1, sizeof(*u));
	if (!u) {
		block_close(packed);
		return -ENOMEM;
	}
	*u = (struct unpack){ .packed = *packed, .packing = packing };
	*packed = (struct block){ 0 };
	int r = packing->open(&u->state, window_log);
	if (r) {
		close_unpacked(u);
		return r;
	}
	*ret_u = u;
	*ret_in = (struct input){ &type_unpacked, u };
	return 0;
}
