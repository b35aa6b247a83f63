/*
 * The file reader on hostile bytes: recognition, pcap, pcapng, the block reader under them.
 *
 * Held: every frame's bytes can be read and are no more than the input has, numbers grow, a break is inside the input;
 * and it makes no difference whether the bytes come at once or by drips.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	const uint8_t *p;
	size_t left, step;
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
	hold(o->captured <= size && o->frames <= size / 12);
	o->sum = o->sum * 31 + (uint64_t)f->time + f->number + r.len + f->interface;
	while (r.cap)
		o->sum = o->sum * 31 + rd_u8(&r);
}

static struct outcome read_all(const uint8_t *data, size_t size, size_t step, size_t block_size)
{
	struct memory m = { data, size, step };
	struct outcome o = { 0 };
	struct source *s;
	enum source_kind kind = SOURCE_READABLE;
	char why[CAPTURE_WHY] = "";
	struct frame f;
	uint64_t number = 0;

	o.opened = source_open(&s, (struct input){ &memory_type, &m }, block_size, &kind, why);
	if (o.opened) {
		hold(kind != SOURCE_READABLE && *why);
		return o;
	}
	while ((o.last = source_next(s, &f)) == SOURCE_FRAME) {
		hold(f.number > number);
		number = f.number;
		take_frame(&o, &f, size);
	}
	hold(o.last == SOURCE_END || *s->why);
	o.broke_at = s->broke_at;
	hold(o.broke_at <= size && block_tell(&s->block) <= size);
	source_close(s);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	struct outcome whole = read_all(copy, size, SIZE_MAX, BLOCK_SIZE_SMALL);
	struct outcome drips = read_all(copy, size, 13, 32);
	hold(whole.opened == drips.opened && whole.last == drips.last && whole.frames == drips.frames &&
	     whole.sum == drips.sum && whole.broke_at == drips.broke_at);
	free(copy);
	return 0;
}
