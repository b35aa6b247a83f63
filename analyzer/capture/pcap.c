/*
 * Classic pcap: draft-ietf-opsawg-pcap, sections 4 (file header) and 5 (packet record). Beyond it, as libpcap reads
 * them: Kuznetzov's record header of 24 bytes, and files before version 2.4 with their two lengths exchanged.
 */
#include "base/rd.h"
#include "base/time.h"
#include "capture/source.h"

enum {
	HEADER = 24,
	RECORD = 16,
	RECORD_MODIFIED = 24,
	SNAP_DEFAULT = 262144, /* the most that libpcap and Wireshark believe of an ordinary link type */
	SNAP_MAX = BLOCK_RUN_MAX - RECORD_MODIFIED,
	LINK_TYPE_MASK = 0xffff, /* above it: reserved bits and the length of the frame check sequence */
	VERSION_MAJOR = 2,
	LINE = 64,
};

/* Versions up to 2.2 have the length on the wire first; of 2.3 both kinds exist. */
enum lengths { LENGTHS_CAPTURED_FIRST, LENGTHS_UNSURE, LENGTHS_EXCHANGED };

struct state {
	bool big;
	enum lengths lengths;
	uint32_t unit;     /* ns in one unit of the fraction */
	uint32_t record;   /* bytes of a record's header */
	uint32_t snap_max; /* a captured length beyond it is no length */
};

/* The magic number as it reads in the file's own byte order. */
static const struct magic {
	uint32_t value;
	uint32_t unit;
	uint32_t record;
} magics[] = {
	{ 0xa1b2c3d4, 1000, RECORD },
	{ 0xa1b23c4d, 1, RECORD },
	{ 0xa1b2cd34, 1000, RECORD_MODIFIED },
};

static const struct magic *find_magic(uint32_t value)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (magics[i].value == value)
			return &magics[i];
	return NULL;
}

static bool recognises(const uint8_t *head, size_t n)
{
	struct rd big = rd_of(head, n, n), little = big;

	return find_magic(rd_u32(&big)) || find_magic(rd_u32le(&little));
}

static enum source_event open_file(struct source *s)
{
	struct state *st = s->state;
	const uint8_t *p = block_run(&s->block, HEADER);
	if (!p && !s->block.ended)
		return source_cut(s, 0, HEADER, "packet", 1);
	if (!p)
		return source_broke(s, SOURCE_CUT, 0, "the file ends in its header: %zu of %d bytes are there",
				    block_left(&s->block), (int)HEADER);
	struct rd r = rd_of(p, HEADER, HEADER), probe = r;
	const struct magic *m = find_magic(rd_u32(&probe));
	st->big = m;
	uint32_t value = source_u32(&r, st->big);
	m = find_magic(value);
	uint16_t major = source_u16(&r, st->big), minor = source_u16(&r, st->big);
	rd_skip(&r, 8); /* time zone and accuracy, always zero */
	uint32_t snap = source_u32(&r, st->big);
	s->link_type = source_u32(&r, st->big) & LINK_TYPE_MASK;
	if (major != VERSION_MAJOR)
		return source_broke(s, SOURCE_CORRUPT, 0, "pcap version %u.%u is not known", major, minor);
	st->unit = m->unit;
	st->record = m->record;
	st->lengths = minor < 3 ? LENGTHS_EXCHANGED : minor == 3 ? LENGTHS_UNSURE : LENGTHS_CAPTURED_FIRST;
	st->snap_max = snap < SNAP_DEFAULT ? SNAP_DEFAULT : snap > SNAP_MAX ? SNAP_MAX : snap;
	block_pass(&s->block, HEADER);
	return SOURCE_FRAME;
}

static bool exchanged(const struct state *st, uint32_t first, uint32_t second)
{
	return st->lengths == LENGTHS_EXCHANGED || (st->lengths == LENGTHS_UNSURE && first > second);
}

static enum source_event next(struct source *s, struct frame *f)
{
	const struct state *st = s->state;
	uint64_t at = block_tell(&s->block), number = s->number + 1;
	const uint8_t *p = block_run(&s->block, st->record);

	if (!p && source_ended(s))
		return SOURCE_END;
	if (!p)
		return source_cut(s, at, st->record, "packet", number);
	struct rd r = rd_of(p, RECORD, RECORD);
	uint32_t seconds = source_u32(&r, st->big), fraction = source_u32(&r, st->big);
	uint32_t cap = source_u32(&r, st->big), len = source_u32(&r, st->big);
	if (exchanged(st, cap, len)) {
		uint32_t t = cap;
		cap = len;
		len = t;
	}
	if (cap > st->snap_max)
		return source_broke(s, SOURCE_CORRUPT, at,
				    "packet %llu at byte %llu says it has %u captured bytes; at most %u can be",
				    (unsigned long long)number, (unsigned long long)at, cap, st->snap_max);
	p = block_run(&s->block, st->record + (size_t)cap);
	if (!p)
		return source_cut(s, at, st->record + (uint64_t)cap, "packet", number);
	block_pass(&s->block, st->record + (size_t)cap);
	__builtin_prefetch(block_at(&s->block)); /* while this packet is looked at */
	__builtin_prefetch(block_at(&s->block) + LINE);
	s->number = number;
	*f = (struct frame){
		.time = (int64_t)seconds * NS_PER_S + (int64_t)fraction * st->unit,
		.number = number,
		/* fewer bytes on the wire than captured cannot be: the bytes are there, so they count */
		.bytes = rd_of(p + st->record, cap, cap > len ? cap : len),
		.link_type = s->link_type,
	};
	return SOURCE_FRAME;
}

const struct format format_pcap = {
	.name = "pcap",
	.state_size = sizeof(struct state),
	.recognises = recognises,
	.open = open_file,
	.next = next,
};
