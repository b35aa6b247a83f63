/*
 * The file reader on hostile bytes: recognition, unpacking, pcap, pcapng, the block reader under them.
 *
 * Held: every frame's bytes can be read and are no more than the input has, numbers grow, a break is inside the input;
 * and it makes no difference whether the bytes come at once, by drips or as a file grows. What is compressed may unpack
 * to much: it is read so far.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UNPACKED_MAX = 1024 * 1024, WINDOW_LOG = 20 };

struct memory {
	const uint8_t *p;
	size_t left, step;
	int grows, waited; /* every second read finds nothing yet */
};

/* All that reading showed, for comparison. */
struct outcome {
	int opened;
	enum source_event last;
	uint64_t frames, captured, sum, broke_at;
};

static ssize_t memory_read(void *state, void *to, size_t n)
{
	struct memory *m = state;

	if (m->grows && m->left && (m->waited = !m->waited))
		return -EAGAIN;
	if (n > m->step)
		n = m->step;
	if (n > m->left)
		n = m->left;
	if (n)
		memcpy(to, m->p, n);
	m->p += n;
	m->left -= n;
	return (ssize_t)n;
}

static void memory_close(void *state)
{
	(void)state;
}

static const struct input_type memory_type = { memory_read, memory_close };

static void hold(int condition)
{
	if (!condition)
		abort();
}

static void take_frame(struct outcome *o, const struct frame *f, size_t size)
{
	struct rd r = f->bytes;

	hold(r.cap <= r.len && r.err == RD_OK);
	hold(f->link_type <= UINT16_MAX);
	o->frames++;
	o->captured += r.cap;
	hold(size == SIZE_MAX || (o->captured <= size && o->frames <= size / 12));
	o->sum = o->sum * 31 + (uint64_t)f->time + f->number + r.len + f->interface;
	while (r.cap)
		o->sum = o->sum * 31 + rd_u8(&r);
}

static struct outcome read_all(const uint8_t *data, size_t size, size_t step, size_t block_size, int grows)
{
	struct memory m = { .p = data, .left = size, .step = step };
	struct outcome o = { 0 };
	struct source *s;
	enum source_kind kind = SOURCE_READABLE;
	char why[CAPTURE_WHY] = "";
	struct frame f;
	uint64_t number = 0;

	o.opened = source_open(&s, (struct input){ &memory_type, &m }, block_size, WINDOW_LOG, &kind, why);
	if (o.opened) {
		hold(kind != SOURCE_READABLE && *why);
		return o;
	}
	size_t most = s->unpack ? SIZE_MAX : size;
	m.grows = grows;
	while ((o.last = source_next(s, &f)) == SOURCE_FRAME || (o.last == SOURCE_WAIT && grows)) {
		if (o.last == SOURCE_WAIT)
			continue;
		hold(f.number > number);
		number = f.number;
		take_frame(&o, &f, most);
		if (s->unpack && block_tell(&s->block) > UNPACKED_MAX)
			break;
	}
	hold(o.last == SOURCE_FRAME || o.last == SOURCE_END || *s->why);
	o.broke_at = s->broke_at;
	hold(o.broke_at <= most && block_tell(&s->block) <= most && source_progress(s).offset <= size);
	source_close(s);
	return o;
}

static int same(const struct outcome *a, const struct outcome *b)
{
	return a->opened == b->opened && a->last == b->last && a->frames == b->frames && a->sum == b->sum &&
	       a->broke_at == b->broke_at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	struct outcome whole = read_all(copy, size, SIZE_MAX, BLOCK_SIZE_SMALL, 0);
	struct outcome drips = read_all(copy, size, 13, 32, 0);
	struct outcome growing = read_all(copy, size, 5, 64, 1);
	hold(same(&whole, &drips) && same(&whole, &growing));
	free(copy);
	return 0;
}
