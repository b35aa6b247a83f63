/*
 * Records out of the program, whatever the encoding. The walk over the tables of model.h stands once, in encode_walk.h;
 * an encoding says how a value of each kind looks (struct encode_ops), in json_write.c and cbor_write.c.
 *
 * A record has some 80 small values. They are put together in a buffer of the record, which goes to the writer when it is
 * full: asking the growing writer for room 300 times took longer than all the rest.
 */
#ifndef PLUMBLINE_RECORD_ENCODE_H
#define PLUMBLINE_RECORD_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/wr.h"
#include "record/model.h"

enum { ENCODE_STAGE = 1024, ENCODE_PIECE = 64, ENCODE_DATE = 10 };

/* One record on its way out. */
struct encode_out {
	struct wr *w;
	size_t n;     /* bytes in `stage` */
	size_t pairs; /* CBOR: keys of the innermost map so far */
	bool fresh;   /* JSON: directly behind a brace, the key's comma is left out */
	int64_t day;  /* JSON: the one whose date is in `date` */
	char date[ENCODE_DATE];
	char stage[ENCODE_STAGE];
};

/* A place in the record, to come back to. */
struct encode_mark {
	size_t at, pairs;
	bool fresh;
};

struct encode_ops {
	/* A map's key, then its value. Every map is one of fields, but those of names. */
	void (*key)(struct encode_out *o, const struct field *f);
	void (*name)(struct encode_out *o, struct span s, bool hostile);
	void (*map_begin)(struct encode_out *o);
	void (*map_end)(struct encode_out *o, struct encode_mark begin); /* where map_begin() was called */
	/* Lists of values, and maps of names; both say beforehand how many there are. */
	void (*list_begin)(struct encode_out *o, size_t n, bool names);
	void (*list_next)(struct encode_out *o); /* between two elements */
	void (*list_end)(struct encode_out *o, bool names);
	void (*uint)(struct encode_out *o, uint64_t v);
	void (*sint)(struct encode_out *o, int64_t v);
	void (*boolean)(struct encode_out *o, bool v);
	void (*instant)(struct encode_out *o, int64_t ns);
	void (*ms)(struct encode_out *o, uint32_t us);
	void (*word)(struct encode_out *o, const char *s); /* of a table of names: plain ASCII */
	void (*addr)(struct encode_out *o, const struct addr *a);
	void (*mac)(struct encode_out *o, const struct mac *m);
	void (*text)(struct encode_out *o, struct span s);  /* valid UTF-8 */
	void (*bytes)(struct encode_out *o, struct span s); /* hostile: with \xHH */
};

static inline void encode_begin(struct encode_out *o, struct wr *w)
{
	o->w = w;
	o->n = 0;
	o->pairs = 0;
	o->fresh = false;
	o->day = INT64_MIN;
}

/* Everything so far is in the writer. */
static inline void encode_flush(struct encode_out *o)
{
	wr_bytes(o->w, o->stage, o->n);
	o->n = 0;
}

/* Room for ENCODE_PIECE bytes; the caller adds to o->n what it used. */
static inline char *encode_piece(struct encode_out *o)
{
	if (o->n > ENCODE_STAGE - ENCODE_PIECE)
		encode_flush(o);
	return o->stage + o->n;
}

static inline void encode_put(struct encode_out *o, const void *s, size_t n)
{
	if (n > ENCODE_PIECE) {
		encode_flush(o);
		wr_bytes(o->w, s, n);
		return;
	}
	memcpy(encode_piece(o), s, n);
	o->n += n;
}

static inline void encode_char(struct encode_out *o, char c)
{
	*encode_piece(o) = c;
	o->n++;
}

static inline struct encode_mark encode_here(const struct encode_out *o)
{
	return (struct encode_mark){ o->w->n + o->n, o->pairs, o->fresh };
}

/* What followed the mark was not written. */
static inline void encode_back(struct encode_out *o, struct encode_mark to)
{
	if (to.at < o->w->n)
		o->w->n = to.at;
	o->n = to.at - o->w->n;
	o->pairs = to.pairs;
	o->fresh = to.fresh;
}

#endif
