/*
 * Records as a CBOR sequence (RFC 8742): the same fields as in JSON Lines, from the same tables; record.cddl describes
 * them. Addresses and MAC addresses are tagged byte strings, times nanoseconds since 1970, hostile bytes \xHH as in JSON,
 * so that every string is UTF-8.
 */
#ifndef PLUMBLINE_RECORD_CBOR_SEQ_H
#define PLUMBLINE_RECORD_CBOR_SEQ_H

#include "base/arena.h"
#include "base/wr.h"
#include "record/obs.h"
#include "record/result.h"

/* A record may be this long when it is read, as in JSON. */
enum { CBOR_OBS_MAX = 1 << 20, CBOR_RESULT_MAX = 16 << 20 };

/* Appends the record. */
void cbor_write_obs(struct wr *w, const struct obs *o);
void cbor_write_result(struct wr *w, const struct result *r);

/*
 * Reads the record at the beginning of `in`, of which it takes *ret_n bytes; what follows is the next one's. `at` is
 * where it stands in its file, for messages. Else as json_read_obs(), and: -EAGAIN with a `why` where it goes on behind
 * `in`.
 */
int cbor_read_obs(struct span in, uint64_t at, struct arena *a, struct obs *ret_o, size_t *ret_n, char *why,
                  size_t why_n);
int cbor_read_result(struct span in, uint64_t at, struct arena *a, struct result *ret_r, size_t *ret_n, char *why,
                     size_t why_n);

/*
 * Where a record ends, found piece by piece as the bytes come in. Begin with zeros; `in` begins where it began before.
 * 1: at *ret_n; 0: `in` ends before it; negative: it is none, cbor_read_*() says why.
 */
enum { CBOR_DEPTH = 24 }; /* more than what a record's own fields and one that is skipped come to */
struct cbor_extent {
	size_t at; /* looked at so far */
	size_t depth;
	struct {
		uint8_t kind;  /* enum cbor_kind */
		bool endless;
		bool odd;      /* a key without its value yet */
		uint64_t left; /* items that are still to come, where not endless */
	} open[CBOR_DEPTH];
};
int cbor_extent(struct cbor_extent *e, struct span in, size_t *ret_n);

#endif
