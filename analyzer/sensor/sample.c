/* Samples are written as the classifier reads them, in chains of small blocks: most flows have one packet. */
#include "sensor/sample.h"

#include <string.h>

enum {
	BLOCK = 256,
	BLOCK_BYTES = BLOCK - (int)sizeof(void *) - 2,
	BLOCKS = SAMPLES / BLOCK,
	SAMPLE_BYTES = CLASSIFY_BYTES + CLASSIFY_PACKETS * (int)sizeof(struct classify_packet),
	PARTS = 1 + (SAMPLE_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES,
};

struct block {
	struct block *next;
	uint16_t used;
	uint8_t bytes[BLOCK_BYTES];
};
_Static_assert(sizeof(struct block) == BLOCK, "no padding");

struct sample {
	struct block *first, *last;
	uint16_t payload; /* bytes */
	uint8_t packets;
};

void samples_init(struct samples *t, struct facts *facts)
{
	*t = (struct samples){ .facts = facts };
	pool_init(&t->sample, sizeof(struct sample), BLOCKS);
	pool_init(&t->block, sizeof(struct block), BLOCKS);
}

void samples_free(struct samples *t)
{
	pool_free(&t->sample);
	pool_free(&t->block);
}

static void drop(struct samples *t, struct flow *f)
{
	struct sample *s = f->sample;

	f->sampled = true;
	f->sample = NULL;
	if (!s)
		return;
	for (struct block *b = s->first, *next; b; b = next) {
		next = b->next;
		pool_give(&t->block, b);
	}
	pool_give(&t->sample, s);
}

static void refuse(struct samples *t, struct flow *f)
{
	t->refused++;
	drop(t, f);
}

/* ---- keeping ---- */

static size_t room_in(const struct block *b)
{
	return b ? (size_t)BLOCK_BYTES - b->used : 0;
}

static bool has_room(const struct samples *t, const struct sample *s, size_t n)
{
	size_t here = s ? room_in(s->last) : 0;
	return n <= here || (n - here + BLOCK_BYTES - 1) / BLOCK_BYTES <= t->block.max - t->block.in_use;
}

static bool append(struct samples *t, struct sample *s, const void *from, size_t n)
{
	const char *p = from;

	while (n) {
		if (!room_in(s->last)) {
			struct block *b = pool_take_raw(&t->block);
			if (!b)
				return false;
			b->next = NULL;
			b->used = 0;
			*(s->last ? &s->last->next : &s->first) = b;
			s->last = b;
		}
		size_t now = n < room_in(s->last) ? n : room_in(s->last);
		memcpy(s->last->bytes + s->last->used, p, now);
		s->last->used = (uint16_t)(s->last->used + now);
		p += now;
		n -= now;
	}
	return true;
}

static bool keep(struct samples *t, struct sample *s, const struct classify_packet *header, struct span payload)
{
	if (!append(t, s, header, sizeof(*header)) || !append(t, s, payload.p, payload.n))
		return false;
	s->packets++;
	s->payload = (uint16_t)(s->payload + payload.n);
	return true;
}

/* ---- asking ---- */

static void ask(struct samples *t, struct flow *f)
{
	struct classify_flow flow = { .addr = { f->key.addr[0], f->key.addr[1] },
				      .port = { f->key.port[0], f->key.port[1] }, .proto = f->key.proto };
	struct span part[PARTS] = { { (const uint8_t *)&flow, sizeof(flow) } };
	struct fact label = { .kind = FACT_LABEL };
	size_t n = 1;

	for (const struct block *b = f->sample->first; b && n < PARTS; b = b->next)
		part[n++] = (struct span){ b->bytes, b->used };
	label.label.source = FACT_BY_CLASSIFIER;
	if (classify_submit(t->classify, part, n, &label.label.request) < 0) {
		refuse(t, f);
		return;
	}
	facts_keep(t->facts, f, &label, f->initiator, f->last);
	drop(t, f);
}

static bool is_complete(const struct sample *s)
{
	return s->packets == CLASSIFY_PACKETS || s->payload == CLASSIFY_BYTES;
}

/* All that is left of a stream's segment fits; half a datagram would be another one. */
static struct span part_of(const struct flow *f, const struct sample *s, const struct packet *p)
{
	size_t left = (size_t)CLASSIFY_BYTES - (s ? s->payload : 0U);
	struct span whole = { p->payload.p, p->payload.len };

	if (whole.n > left)
		whole.n = f->tcp ? left : 0;
	return whole;
}

void sample_packet(struct samples *t, struct flow *f, const struct packet *p, unsigned end, int64_t time)
{
	struct classify_packet header = { .time = time, .seq = p->tcp.seq, .ack = p->tcp.ack,
					  .window = p->tcp.window, .flags = p->tcp.flags, .side = (uint8_t)end };

	if (f->known || !t->classify) {
		drop(t, f);
		return;
	}
	if (p->payload.cap < p->payload.len || p->fragment)
		return;
	struct span payload = part_of(f, f->sample, p);
	header.payload = (uint32_t)payload.n;
	bool fits = payload.n && has_room(t, f->sample, sizeof(header) + payload.n);
	if (fits && !f->sample)
		f->sample = pool_take(&t->sample);
	if (!f->sample || (fits && !keep(t, f->sample, &header, payload)))
		refuse(t, f); /* no room, or no memory: then what is kept may be half a packet */
	else if (!fits || is_complete(f->sample))
		ask(t, f);
}

void sample_close(struct samples *t, struct flow *f)
{
	if (f->sample && f->known)
		drop(t, f);
	else if (f->sample)
		ask(t, f);
}
