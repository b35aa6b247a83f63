/*
 * pcapng: draft-ietf-opsawg-pcapng, section 4. Section Header, Interface Description, Enhanced, Simple and the obsolete
 * Packet Block are read; every other block is passed over.
 *
 * Interfaces are numbered through the whole file, over its sections. A Simple Packet Block has no time: it gets that of
 * the packet before it.
 */
#include <stdlib.h>

#include "base/rd.h"
#include "base/time.h"
#include "capture/source.h"

enum {
	BLOCK_SHB = 0x0a0d0d0a,
	BLOCK_IDB = 1,
	BLOCK_PB = 2,
	BLOCK_SPB = 3,
	BLOCK_EPB = 6,
	BLOCK_HEAD = 8,   /* type, total length */
	BLOCK_LEAST = 12, /* with the total length again */
	SHB_LEAST = 28,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
	INTERFACES_MAX = 65535,
	EXPONENT_10_MAX = 19,
	EXPONENT_2_MAX = 63,
};

struct interface {
	uint64_t units;  /* in a second */
	uint64_t ns;     /* in a unit; 0 where that is no whole number or an offset is to be added */
	uint64_t ticks_max; /* what fits when multiplied by ns */
	int64_t offset;  /* seconds to be added */
	uint32_t snap;   /* 0: no limit */
	uint16_t link_type;
};

struct state {
	bool big;
	struct interface *interfaces; /* of this section */
	size_t interfaces_n, interfaces_room;
	size_t interfaces_before;     /* in the sections before */
	int64_t last;                 /* time of the last packet */
};

/* One block: its head, and where it starts. */
struct head {
	uint64_t at;
	uint32_t type, total;
};

/* A packet as its block tells it, before it is held against its interface. */
struct packet {
	uint32_t interface;
	bool timed;
	uint64_t ticks;
	uint32_t cap, len;
};

/* Blocks that are no packets but take one of Wireshark's frame numbers: custom, systemd journal, sysdig events. */
static const uint32_t numbered[] = { 0x00000bad, 0x40000bad, 0x00000009, 0x00000204, 0x00000216, 0x00000221 };

__extension__ typedef __int128 wide;

static bool recognises(const uint8_t *head, size_t n)
{
	struct rd r = rd_of(head, n, n);
	uint32_t type = rd_u32(&r);

	rd_skip(&r, 4);
	struct rd big = r, little = r;
	return type == BLOCK_SHB && (rd_u32(&big) == BYTE_ORDER_MAGIC || rd_u32le(&little) == BYTE_ORDER_MAGIC);
}

static enum source_event corrupt(struct source *s, const struct head *h, const char *what)
{
	return source_broke(s, SOURCE_CORRUPT, h->at, "the block at byte %llu, after packet %llu, %s",
			    (unsigned long long)h->at, (unsigned long long)s->number, what);
}

static bool is_packet(uint32_t type)
{
	return type == BLOCK_EPB || type == BLOCK_SPB || type == BLOCK_PB;
}

static enum source_event cut(struct source *s, const struct head *h, uint64_t want)
{
	return is_packet(h->type) ? source_cut(s, h->at, want, "packet", s->number + 1) :
				    source_cut(s, h->at, want, "the block after packet", s->number);
}

/* The whole block, its two lengths held against each other (section 3.1); its body in *ret_body. */
static enum source_event read_whole(struct source *s, const struct head *h, struct rd *ret_body)
{
	const struct state *st = s->state;
	if (h->total > BLOCK_RUN_MAX)
		return corrupt(s, h, "is longer than any packet can be");
	const uint8_t *p = block_run(&s->block, h->total);
	if (!p)
		return cut(s, h, h->total);
	struct rd r = rd_of(p, h->total, h->total);
	rd_skip(&r, BLOCK_HEAD);
	*ret_body = rd_sub(&r, h->total - BLOCK_LEAST);
	if (source_u32(&r, st->big) != h->total)
		return corrupt(s, h, "has two lengths that differ");
	block_pass(&s->block, h->total);
	return SOURCE_FRAME;
}

static enum source_event pass_over(struct source *s, const struct head *h)
{
	const struct state *st = s->state;
	const uint8_t *p = NULL;

	if (block_skip(&s->block, h->total - 4U))
		p = block_run(&s->block, 4);
	if (!p)
		return cut(s, h, h->at + h->total - block_tell(&s->block));
	struct rd r = rd_of(p, 4, 4);
	if (source_u32(&r, st->big) != h->total)
		return corrupt(s, h, "has two lengths that differ");
	block_pass(&s->block, 4);
	for (size_t i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++)
		s->number += numbered[i] == h->type;
	return SOURCE_FRAME;
}

/* Section 4.1. The byte order is found anew; what an earlier section said of interfaces no longer holds. */
static enum source_event read_section(struct source *s, struct head *h)
{
	struct state *st = s->state;
	const uint8_t *p = block_run(&s->block, SHB_LEAST);
	if (!p)
		return cut(s, h, SHB_LEAST);
	struct rd r = rd_of(p, SHB_LEAST, SHB_LEAST);
	rd_skip(&r, 4);
	struct rd length = r;
	rd_skip(&r, 4);
	struct rd probe = r;
	st->big = rd_u32(&probe) == BYTE_ORDER_MAGIC;
	if (source_u32(&r, st->big) != BYTE_ORDER_MAGIC)
		return corrupt(s, h, "is a section header without a byte order");
	uint16_t major = source_u16(&r, st->big), minor = source_u16(&r, st->big);
	/* 1.2 was written by mistake and is 1.0 */
	if (major != 1 || (minor != 0 && minor != 2))
		return corrupt(s, h, "is a section of a pcapng version that is not known");
	h->total = source_u32(&length, st->big);
	if (h->total < SHB_LEAST || h->total % 4)
		return corrupt(s, h, "has a length that cannot be");
	size_t before = st->interfaces_before + st->interfaces_n;
	st->interfaces_before = before < INTERFACES_MAX ? before : INTERFACES_MAX;
	st->interfaces_n = 0;
	return pass_over(s, h);
}

/* Section 4.2, if_tsresol: the exponent of a negative power of ten, or with the highest bit of two. */
static uint64_t units_of(uint8_t resolution)
{
	unsigned exponent = resolution & 0x7f;
	uint64_t units = 1;

	if (resolution & 0x80)
		return exponent > EXPONENT_2_MAX ? 0 : UINT64_C(1) << exponent;
	if (exponent > EXPONENT_10_MAX)
		return 0;
	while (exponent--)
		units *= 10;
	return units;
}

static void read_options(struct rd r, bool big, struct interface *i)
{
	while (rd_more(&r)) {
		uint16_t code = source_u16(&r, big), n = source_u16(&r, big);
		struct rd value = rd_sub(&r, n);
		rd_skip(&r, -(size_t)n % 4 < r.len ? -(size_t)n % 4 : r.len);
		if (code == OPTION_END)
			return;
		if (code == OPTION_TSRESOL && n == 1)
			i->units = units_of(rd_u8(&value));
		if (code == OPTION_TSOFFSET && n == 8)
			i->offset = (int64_t)(big ? rd_u64(&value) : rd_u64le(&value));
	}
}

static enum source_event add_interface(struct source *s, const struct head *h, const struct interface *i)
{
	struct state *st = s->state;

	if (st->interfaces_n == INTERFACES_MAX)
		return corrupt(s, h, "describes more interfaces than a section can have");
	if (st->interfaces_n == st->interfaces_room) {
		size_t room = st->interfaces_room ? st->interfaces_room * 2 : 4;
		struct interface *p = realloc(st->interfaces, room * sizeof(*p));
		if (!p)
			return source_broke(s, SOURCE_CUT, h->at, "no memory for its interfaces");
		st->interfaces = p;
		st->interfaces_room = room;
	}
	st->interfaces[st->interfaces_n++] = *i;
	return SOURCE_FRAME;
}

static enum source_event read_interface(struct source *s, const struct head *h)
{
	struct state *st = s->state;
	struct interface i = { .units = 1000 * 1000 };
	struct rd r;
	enum source_event e = read_whole(s, h, &r);

	if (e != SOURCE_FRAME)
		return e;
	i.link_type = source_u16(&r, st->big);
	rd_skip(&r, 2);
	i.snap = source_u32(&r, st->big);
	if (r.err)
		return corrupt(s, h, "is too short to describe an interface");
	read_options(r, st->big, &i);
	if (!i.units)
		return corrupt(s, h, "describes an interface with an impossible time resolution");
	if ((uint64_t)NS_PER_S % i.units == 0 && !i.offset) {
		i.ns = (uint64_t)NS_PER_S / i.units;
		i.ticks_max = (uint64_t)TIME_MAX / i.ns;
	}
	return add_interface(s, h, &i);
}

static int64_t time_of(const struct interface *i, uint64_t ticks)
{
	if (i->ns && ticks <= i->ticks_max)
		return (int64_t)(ticks * i->ns);
	wide t = (wide)(ticks / i->units) * NS_PER_S + (wide)(ticks % i->units) * NS_PER_S / (wide)i->units +
		 (wide)i->offset * NS_PER_S;
	return t > TIME_MAX ? TIME_MAX : t < 0 ? 0 : (int64_t)t;
}

/* Sections 4.3 (enhanced), 4.4 (simple) and appendix A (obsolete): what stands before the bytes. */
static struct packet read_packet_head(uint32_t type, struct rd *r, bool big)
{
	struct packet k = { 0 };

	if (type == BLOCK_SPB) {
		k.len = k.cap = source_u32(r, big);
		return k;
	}
	if (type == BLOCK_EPB) {
		k.interface = source_u32(r, big);
	} else {
		k.interface = source_u16(r, big);
		rd_skip(r, 2); /* drops */
	}
	k.ticks = (uint64_t)source_u32(r, big) << 32;
	k.ticks |= source_u32(r, big);
	k.timed = true;
	k.cap = source_u32(r, big);
	k.len = source_u32(r, big);
	return k;
}

static enum source_event read_packet(struct source *s, const struct head *h, struct frame *f)
{
	struct state *st = s->state;
	struct rd r;
	enum source_event e = read_whole(s, h, &r);

	if (e != SOURCE_FRAME)
		return e;
	struct packet k = read_packet_head(h->type, &r, st->big);
	if (k.interface >= st->interfaces_n)
		return corrupt(s, h, "names an interface that is not described");
	const struct interface *i = &st->interfaces[k.interface];
	if (h->type == BLOCK_SPB && i->snap && k.cap > i->snap)
		k.cap = i->snap;
	struct rd bytes = rd_sub(&r, k.cap);
	if (bytes.err)
		return corrupt(s, h, "says it has more captured bytes than it holds");
	if (k.timed)
		st->last = time_of(i, k.ticks);
	size_t n = st->interfaces_before + k.interface;
	*f = (struct frame){
		.time = st->last,
		.number = ++s->number,
		.bytes = rd_of(bytes.p, bytes.cap, k.len > k.cap ? k.len : k.cap),
		.link_type = i->link_type,
		.interface = (uint16_t)(n < INTERFACES_MAX ? n : INTERFACES_MAX),
	};
	return SOURCE_FRAME;
}

static enum source_event next(struct source *s, struct frame *f)
{
	const struct state *st = s->state;
	enum source_event e = SOURCE_FRAME;

	while (e == SOURCE_FRAME) {
		struct head h = { .at = block_tell(&s->block) };
		const uint8_t *p = block_run(&s->block, BLOCK_HEAD);
		if (!p && !block_left(&s->block) && !s->block.error)
			return SOURCE_END;
		if (!p)
			return cut(s, &h, BLOCK_HEAD);
		struct rd r = rd_of(p, BLOCK_HEAD, BLOCK_HEAD);
		h.type = source_u32(&r, st->big);
		h.total = source_u32(&r, st->big);
		if (h.type == BLOCK_SHB)
			e = read_section(s, &h);
		else if (h.total < BLOCK_LEAST || h.total % 4)
			e = corrupt(s, &h, "has a length that cannot be");
		else if (is_packet(h.type))
			return read_packet(s, &h, f);
		else
			e = h.type == BLOCK_IDB ? read_interface(s, &h) : pass_over(s, &h);
	}
	return e;
}

static enum source_event open_file(struct source *s)
{
	struct head h = { .type = BLOCK_SHB };

	return read_section(s, &h);
}

static void close_file(struct source *s)
{
	struct state *st = s->state;

	free(st->interfaces);
}

const struct format format_pcapng = {
	.name = "pcapng",
	.state_size = sizeof(struct state),
	.recognises = recognises,
	.open = open_file,
	.next = next,
	.close = close_file,
};
