/*
 * The data model: the fields of every record, once. Writers and readers of every encoding, and the copier, are loops
 * over these tables; a member that no table names does not exist outside the program.
 *
 * Rules that hold for every encoding: a field that is zero or empty is left out, except those marked `always`; the
 * fields of a GROUP are members of the same struct, shown as a map of their own.
 */
#ifndef PLUMBLINE_RECORD_MODEL_H
#define PLUMBLINE_RECORD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/names.h"
#include "record/result.h"

/* What a value is. */
enum field_kind {
	KIND_UINT,          /* 1, 2, 4 or 8 bytes */
	KIND_INT,           /* 8 bytes, signed */
	KIND_BOOL,
	KIND_TIME,          /* int64_t ns since 1970 */
	KIND_MS,            /* uint32_t microseconds, shown as milliseconds */
	KIND_ENUM,          /* 1, 2 or 4 bytes, shown as the text in `names` */
	KIND_ADDR,
	KIND_MAC,
	KIND_BYTES,         /* struct span: any bytes; shown with \xHH */
	KIND_TEXT,          /* struct span: our own UTF-8 */
	KIND_RECORD,        /* a struct with a table of its own, `sub` */
	KIND_VARIANT,       /* the fields of sub[discriminator], in the same map; the field before discriminates */
	KIND_COUNT,         /* struct obs_count: the list is a map from name to count */
	KIND_FACT,          /* struct result_fact: the list is a map from name to number or text */
	KIND_EVENT_FRAME,   /* the bit fields of struct obs_event */
	KIND_EVENT_CAPTURE,
};

/* How many of it there are. */
enum field_form {
	FORM_ONE,
	FORM_FIXED,    /* an array of exactly `max` elements; trailing zeros may be left out where `trim` */
	FORM_ARRAY,    /* an array with room for `max`, and a member that counts them */
	FORM_POINTER,  /* a pointer, and a member that counts them */
	FORM_OPTION,   /* one, there only where a bool member says so */
};

struct field {
	const char *key;         /* ,"name": ready for JSON; the name is field_name() */
	uint8_t key_n;
	uint8_t kind, form;
	bool always, trim;
	uint8_t count_size;      /* bytes of the counting member */
	uint16_t offset, count_offset;
	uint16_t size;           /* of one element */
	uint16_t max;
	const struct names *names;
	const struct record *sub;
};

struct record {
	const char *name;
	const struct field *fields;
	size_t fields_n;
	size_t size; /* of the struct; of a fact, as far as its kind reaches */
};

extern const struct record obs_records[OBS_TYPES];
extern const struct record result_records[RESULT_TYPES];
extern const struct record record_capture; /* struct obs_capture, in observations and results */

/* A list may be this long when it is read; what is written here is far shorter. */
enum { MODEL_LIST_MAX = 1 << 16 };

static inline struct span field_name(const struct field *f)
{
	return (struct span){ (const uint8_t *)f->key + 2, f->key_n - 4U };
}

/* Values of 1, 2, 4 or 8 bytes in host order. */
static inline uint64_t model_load(const void *p, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		return *(const uint16_t *)p;
	case 4:
		return *(const uint32_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

/* v fits: the caller has compared it with model_max(). */
static inline void model_store(void *p, size_t size, uint64_t v)
{
	switch (size) {
	case 1:
		*(uint8_t *)p = (uint8_t)v;
		break;
	case 2:
		*(uint16_t *)p = (uint16_t)v;
		break;
	case 4:
		*(uint32_t *)p = (uint32_t)v;
		break;
	default:
		*(uint64_t *)p = v;
	}
}

static inline uint64_t model_max(size_t size)
{
	return size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

static inline const void *model_at(const void *base, size_t offset)
{
	return (const char *)base + offset;
}

/* How many elements field f of the struct at `base` has, trailing zeros of a trimmed array not counted. */
size_t model_count(const struct field *f, const void *base);
/* Where the first of them is. */
const void *model_elements(const struct field *f, const void *base);
/* True where the value at p, of a scalar or string kind, is one that need not be written. */
bool model_is_zero(const struct field *f, const void *p);
/* The table of the variant that the discriminator at `base` selects, or NULL. */
const struct record *model_variant(const struct field *f, const void *base);

/* Deep copies into `a`, which then owns every span and list. 0 or -ENOMEM; *ret is untouched on failure. */
int model_copy_obs(const struct obs *o, struct arena *a, struct obs *ret);
int model_copy_result(const struct result *r, struct arena *a, struct result *ret);
/* The same into `a` as a whole, as far as the type reaches and no further. NULL without room. */
const struct result *model_keep_result(const struct result *r, struct arena *a);

#endif
