/*
 * One open capture: a decoder over a block reader. A format is one file that defines a const struct format and a line
 * in source.c's table.
 */
#ifndef PLUMBLINE_CAPTURE_SOURCE_H
#define PLUMBLINE_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/rd.h"
#include "capture/block.h"
#include "capture/capture.h"
#include "capture/unpack.h"

/* SOURCE_HEAD bytes are enough to know a format by. */
enum { SOURCE_HEAD = 16 };

enum source_event {
	SOURCE_FRAME,
	SOURCE_END,     /* whole */
	SOURCE_CUT,     /* the bytes end, or cannot be read, in the middle of a record */
	SOURCE_CORRUPT, /* a record cannot be what it says */
	SOURCE_WAIT,    /* the next record is not all there yet: ask again later */
};

struct source;

struct format {
	const char *name;
	size_t state_size; /* of the decoder's own state, zeroed before open */
	/* n is SOURCE_HEAD, less where the input is shorter. */
	bool (*recognises)(const uint8_t *head, size_t n);
	/* Reads what comes before the first record. SOURCE_FRAME: records may follow; else as source_cut() gave. */
	enum source_event (*open)(struct source *s);
	/* Fills all of *f but `capture`. After anything but SOURCE_FRAME and SOURCE_WAIT it is not called again. */
	enum source_event (*next)(struct source *s, struct frame *f);
	void (*close)(struct source *s); /* NULL: the state owns nothing */
};

extern const struct format format_pcap, format_pcapng;

enum { SOURCE_NO_LINK_TYPE = UINT16_MAX + 1 };

struct source {
	struct block block;
	struct unpack *unpack; /* the block's input, where the file is compressed; else NULL */
	const struct format *format;
	void *state;
	uint64_t number;    /* Wireshark's, of the last record that Wireshark numbers */
	uint32_t link_type; /* of the whole file, where its header says one; else SOURCE_NO_LINK_TYPE */
	uint64_t dropped, dropped_interface, dropped_kernel; /* as in struct capture_file */
	/*
	 * CUT and CORRUPT: where the record starts, of a compressed file in what it unpacks to; but where the compression
	 * itself is broken, the byte of the file.
	 */
	uint64_t broke_at;
	char why[CAPTURE_WHY];
};

/* What the bytes look like, where they are no capture we read. */
enum source_kind {
	SOURCE_READABLE,
	SOURCE_EMPTY,
	SOURCE_COMPRESSED,   /* in a way that we do not unpack: could well hold a capture */
	SOURCE_OTHER_FORMAT, /* a capture, but not one we read */
	SOURCE_BROKEN,       /* a capture whose file header, or a compressed file whose beginning, cannot be read */
	SOURCE_NO_CAPTURE,
};

/*
 * Takes the input over and reads as far as the first record. *ret_s is set, and 0 returned, when its format is known
 * and its header whole. Else -EINVAL, *ret_kind says what it is and `why` tells people what and the mend; or -errno
 * where reading failed, -EAGAIN where so much is not there yet. What is compressed may take 2^window_log bytes more.
 */
int source_open(struct source **ret_s, struct input in, size_t block_size, unsigned window_log,
		enum source_kind *ret_kind, char why[CAPTURE_WHY]);
/* Accepts NULL. */
void source_close(struct source *s);

static inline enum source_event source_next(struct source *s, struct frame *ret_f)
{
	return s->format->next(s, ret_f);
}

/* How far it came. */
struct source_progress {
	uint64_t offset; /* bytes of the file that were read and taken */
	uint64_t dropped, dropped_interface, dropped_kernel;
};

static inline struct source_progress source_progress(const struct source *s)
{
	return (struct source_progress){ block_tell(s->unpack ? &s->unpack->packed : &s->block), s->dropped,
					 s->dropped_interface, s->dropped_kernel };
}

/* True when it holds a window of what it unpacked. */
static inline bool source_is_wide(const struct source *s)
{
	return s->unpack && s->unpack->packing->wide;
}

/* For formats: nothing is left, and nothing will come. To be asked after block_run() gave NULL. */
static inline bool source_ended(const struct source *s)
{
	return s->block.ended && !block_left(&s->block);
}

/* For formats: numbers in the byte order of the machine that wrote the file. Four of them are in every packet. */
static inline uint32_t source_u32(struct rd *r, bool big)
{
	return big ? rd_u32(r) : rd_u32le(r);
}

static inline uint16_t source_u16(struct rd *r, bool big)
{
	return big ? rd_u16(r) : rd_u16le(r);
}

/* For formats: notes where and why it broke, and gives `e` back. */
__attribute__((format(printf, 4, 5))) enum source_event source_broke(struct source *s, enum source_event e, uint64_t at,
								      const char *format, ...);

/*
 * For formats: the record at byte `at` goes on for `want` bytes from the block's place and they are not all there: for
 * now (SOURCE_WAIT, and nothing is noted), or it broke. `what` names it: "packet 12", "a block after packet 12".
 */
enum source_event source_cut(struct source *s, uint64_t at, uint64_t want, const char *what, uint64_t number);

#endif
