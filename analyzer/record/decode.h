/*
 * Records into the program, whatever the encoding. What a record may hold and where it goes is decided once, in decode.c,
 * by the tables of model.h; an encoding says how to take a value (struct decode_ops), in json_read.c and cbor_read.c.
 *
 * Nothing recurses on what the input says: values nest only as deep as the tables do, all else is skipped. The first
 * failure is kept, with a message; after it everything answers "no", zero or nothing.
 */
#ifndef PLUMBLINE_RECORD_DECODE_H
#define PLUMBLINE_RECORD_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/rd.h"
#include "record/model.h"

/* A record being read. Copied to look ahead. */
struct decode_in {
	const struct decode_ops *ops;
	const uint8_t *begin, *p, *end;
	uint64_t at;         /* what messages call the byte at `begin` */
	struct arena *arena; /* strings go here */
	char *why;           /* message of the first failure, with the byte */
	size_t why_n;
	int err;             /* 0, -EINVAL, -ENOMEM, -EAGAIN: it goes on behind `end` */
};

/* A list or map that is stepped through. */
struct decode_list {
	uint64_t i;    /* elements so far */
	uint64_t n;    /* CBOR: of so many, where not `endless` */
	bool endless;
	bool map;
};

/* After a failure they all answer nothing, and `more` false. */
struct decode_ops {
	/* Steps into a list or map; `more` is true where another element follows, else it has stepped out. */
	struct decode_list (*open)(struct decode_in *in, bool map);
	bool (*more)(struct decode_in *in, struct decode_list *l);
	/* A key; the name of a map of names, in the arena with a NUL behind it. */
	struct span (*key)(struct decode_in *in);
	struct span (*name)(struct decode_in *in, bool hostile);
	bool (*is_text)(struct decode_in *in);
	bool (*null)(struct decode_in *in); /* moves over null where it is next */
	void (*skip)(struct decode_in *in); /* over any value */
	uint64_t (*uint)(struct decode_in *in, const struct field *f);
	int64_t (*sint)(struct decode_in *in, const struct field *f);
	bool (*boolean)(struct decode_in *in);
	int64_t (*instant)(struct decode_in *in, const struct field *f);
	uint32_t (*ms)(struct decode_in *in, const struct field *f); /* microseconds */
	struct span (*word)(struct decode_in *in);                   /* read at once and not kept */
	void (*addr)(struct decode_in *in, const struct field *f, struct addr *to);
	void (*mac)(struct decode_in *in, const struct field *f, struct mac *to);
	struct span (*text)(struct decode_in *in);  /* UTF-8, in the arena, a NUL behind it */
	struct span (*bytes)(struct decode_in *in); /* the same with \xHH resolved */
};

__attribute__((format(printf, 3, 4))) void decode_fail(struct decode_in *in, int err, const char *format, ...);
/* "FIELD: what is wrong". */
void decode_fail_field(struct decode_in *in, const struct field *f, const char *what);

/* The value of a hexadecimal digit, or -1. */
int decode_hex(uint8_t c);
/* Resolves \xHH; s itself where there is none, else in the arena. */
struct span decode_escapes(struct decode_in *in, struct span s);

/*
 * Which of the n tables the record at the cursor names as its `type`; -1 with in->err set where it is none. `what`: what
 * these tables are of. The cursor is at a map, and stays.
 */
int decode_type(struct decode_in *in, const struct record *records, int n, const char *what);
/* The record at the cursor into the struct of `r` at `to`, which is zeroed. */
void decode_record(struct decode_in *in, const struct record *r, void *to);

#endif
