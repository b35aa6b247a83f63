/*
 * pcapng: draft-ietf-opsawg-pcapng, section 4. Section Header, Interface Description, Interface Statistics, Enhanced,
 * Simple and the obsolete Packet Block are read; every other block is passed over.
 *
 * Interfaces are numbered through the whole file, over its sections. A Simple Packet Block has no time: it gets that of
 * the packet before it. A section ends where the next begins: the length in its header is not believed, writers leave
 * it out or get it wrong. Lost packets are told by statistics (totals of an interface) and beside packets (since the
 * packet before): often both tell the same loss, so an interface lost the more of the two.
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
	BLOCK_ISB = 5,
	BLOCK_EPB = 6,
	BLOCK_HEAD = 8,   /* type, total length */
	BLOCK_LEAST = 12, /* with the total length again */
	SHB_LEAST = 28,
	ISB_MOST = 64 * 1024, /* a longer one is passed over */
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
	OPTION_DROPCOUNT = 4, /* of an enhanced packet */
	OPTION_IFDROP = 5,    /* of statistics */
	OPTION_OSDROP = 7,
	PB_DROPS_UNKNOWN = 0xffff,
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
	uint64_t ifdrop, osdrop; /* by its last statistics */
	uint64_t beside;         /* the sum of what its packets say */
	uint64_t told;           /* of these what the source's sum has */
};

/* One block: its head, and where it starts. */
struct head {
	uint64_t at;
	uint32_t type, total;
};

struct state {
	bool big;
	struct interface *interfaces; /* of this section */
	size_t interfaces_n, interfaces_room;
	size_t interfaces_before;     /* in the sections before */
	int64_t last;                 /* time of the last packet */
	struct head passing;          /* the block being passed over, while the rest of it is not there yet */
};

/* A packet as its block tells it, before it is held against its interface. */
struct packet {
	uint32_t interface;
	bool timed;
	uint64_t ticks;
	uint32_t cap, len;
	uint32_t drops;
};

/* Blocks that are no packets but take one of Wireshark's frame numbers: custom, systemd journal, sysdig events. */
static const uint32_t numbered[] = { 0x00000bad, 0x40000bad, 0x00000009, 0x00000204, 0x00000216, 0x00000221 };

__extension__ typedef __int128 wide;

/* No more packets can be lost than that; all bits set means unknown. */
static const uint64_t drops_max = UINT64_C(1) << 40;

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
	struct rd again = rd_of(p + h->total - 4, 4, 4);
	*ret_body = rd_of(p + BLOCK_HEAD, h->total - BLOCK_LEAST, h->total - BLOCK_LEAST);
	if (source_u32(&again, st->big) != h->total)
		return corrupt(s, h, "has two lengths that differ");
	block_pass(&s->block, h->total);
	return SOURCE_FRAME;
}

static enum source_event pass_over(struct source *s, const struct head *h)
{
	struct state *st = s->state;
	const uint8_t *p = NULL;

	st->passing = *h;
	if (block_skip(&s->block, h->at + h->total - 4U - block_tell(&s->block)))
		p = block_run(&s->block, 4);
	if (!p)
		return cut(s, h, h->at + h->total - block_tell(&s->block));
	st->passing.total = 0;
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

/* Section 3.5. False where none is left, or its length lies; what came before it holds. */
static bool next_option(struct rd *r, bool big, uint16_t *ret_code, struct rd *ret_value)
{
	if (!rd_more(r))
		return false;
	uint16_t code = source_u16(r, big), n = source_u16(r, big);
	struct rd value = rd_sub(r, n);
	rd_skip(r, -(size_t)n % 4 < r->len ? -(size_t)n % 4 : r->len);
	if (r->err || code == OPTION_END)
		return false;
	*ret_code = code;
	*ret_value = value;
	return true;
}

static uint64_t read_u64(struct rd value, bool big)
{
	return big ? rd_u64(&value) : rd_u64le(&value);
}

static void read_options(struct rd r, bool big, struct interface *i)
{
	uint16_t code;
	struct rd value;

	while (next_option(&r, big, &code, &value)) {
		if (code == OPTION_TSRESOL && value.len == 1)
			i->units = units_of(rd_u8(&value));
		if (code == OPTION_TSOFFSET && value.len == 8)
			i->offset = (int64_t)read_u64(value, big);
	}
}

static void read_drops(struct rd value, bool big, uint64_t *ret_drops)
{
	uint64_t drops = value.len == 8 ? read_u64(value, big) : UINT64_MAX;

	if (drops <= drops_max)
		*ret_drops = drops;
}

/* What the interface lost changed: the source's sums follow. */
static void count_drops(struct source *s, struct interface *i, uint64_t ifdrop, uint64_t osdrop)
{
	s->dropped_interface += ifdrop - i->ifdrop;
	s->dropped_kernel += osdrop - i->osdrop;
	i->ifdrop = ifdrop;
	i->osdrop = osdrop;
	uint64_t all = ifdrop + osdrop > i->beside ? ifdrop + osdrop : i->beside;
	s->dropped += all - i->told;
	i->told = all;
}

/* Section 4.6. Nobody needs it to read on: what is wrong with it is passed over with it. */
static enum source_event read_statistics(struct source *s, const struct head *h)
{
	const struct state *st = s->state;
	struct rd r, value;
	uint16_t code;

	if (h->total > ISB_MOST)
		return pass_over(s, h);
	enum source_event e = read_whole(s, h, &r);
	if (e != SOURCE_FRAME)
		return e;
	uint32_t n = source_u32(&r, st->big);
	rd_skip(&r, 8); /* when */
	if (r.err || n >= st->interfaces_n)
		return SOURCE_FRAME;
	struct interface *i = &st->interfaces[n];
	uint64_t ifdrop = i->ifdrop, osdrop = i->osdrop;
	while (next_option(&r, st->big, &code, &value)) {
		if (code == OPTION_IFDROP)
			read_drops(value, st->big, &ifdrop);
		if (code == OPTION_OSDROP)
			read_drops(value, st->big, &osdrop);
	}
	count_drops(s, i, ifdrop, osdrop);
	return SOURCE_FRAME;
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

/* The obsolete block has two numbers there: its interface and what was lost before it. */
static void split_interface(struct packet *k, bool big)
{
	uint32_t low = k->interface & 0xffff, high = k->interface >> 16;

	k->drops = big ? low : high;
	if (k->drops == PB_DROPS_UNKNOWN)
		k->drops = 0;
	k->interface = big ? high : low;
}

/* Sections 4.3 (enhanced), 4.4 (simple) and appendix A (obsolete): what stands before the bytes. */
static struct packet read_packet_head(uint32_t type, struct rd *r, bool big)
{
	struct packet k = { 0 };

	if (type == BLOCK_SPB) {
		k.len = k.cap = source_u32(r, big);
		return k;
	}
	k.interface = source_u32(r, big);
	if (type == BLOCK_PB)
		split_interface(&k, big);
	k.ticks = (uint64_t)source_u32(r, big) << 32;
	k.ticks |= source_u32(r, big);
	k.timed = true;
	k.cap = source_u32(r, big);
	k.len = source_u32(r, big);
	return k;
}

/*
 * What was lost before this packet, of which the obsolete block told `drops`; n bytes of padding and options follow its
 * own. Hardly any packet says so: apart, with the reader made anew, it costs those that do not nothing.
 */
__attribute__((noinline)) static void note_drops(struct source *s, struct interface *i, uint64_t drops,
						 const uint8_t *p, size_t n)
{
	const struct state *st = s->state;
	struct rd value, r = rd_of(p, n, n);
	uint16_t code;

	rd_skip(&r, n % 4); /* a block's length is a multiple of 4, and so are options */
	while (next_option(&r, st->big, &code, &value))
		if (code == OPTION_DROPCOUNT)
			read_drops(value, st->big, &drops);
	if (drops) {
		i->beside += drops;
		count_drops(s, i, i->ifdrop, i->osdrop);
	}
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
	struct interface *i = &st->interfaces[k.interface];
	if (h->type == BLOCK_SPB && i->snap && k.cap > i->snap)
		k.cap = i->snap;
	struct rd bytes = rd_sub(&r, k.cap);
	if (bytes.err)
		return corrupt(s, h, "says it has more captured bytes than it holds");
	if (k.timed)
		st->last = time_of(i, k.ticks);
	if (k.drops || r.len > 3)
		note_drops(s, i, k.drops, r.p, r.len);
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

/* What is to be done with a block that is no packet and no section. */
static enum source_event read_other(struct source *s, const struct head *h)
{
	switch (h->type) {
	case BLOCK_IDB:
		return read_interface(s, h);
	case BLOCK_ISB:
		return read_statistics(s, h);
	default:
		return pass_over(s, h);
	}
}

static enum source_event next(struct source *s, struct frame *f)
{
	const struct state *st = s->state;
	enum source_event e = SOURCE_FRAME;

	if (st->passing.total) {
		struct head h = st->passing;
		e = pass_over(s, &h);
	}
	while (e == SOURCE_FRAME) {
		struct head h = { .at = block_tell(&s->block) };
		const uint8_t *p = block_run(&s->block, BLOCK_HEAD);
		if (!p && source_ended(s))
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
			e = read_other(s, &h);
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
