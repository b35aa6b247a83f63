/*
 * Stored records, one after another, in either encoding: read, parsed, and complained about with file and line, or file
 * and byte. A file is JSON Lines or a CBOR sequence; its first byte tells.
 */
#ifndef PLUMBLINE_CLI_RECORDS_H
#define PLUMBLINE_CLI_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/lines.h"
#include "record/obs.h"
#include "record/result.h"

struct records {
	struct lines lines;
	struct arena arena; /* what the last record points at */
	bool cbor;          /* the file being read */
	bool cut;           /* it ends inside a record */
	uint64_t at;        /* where the last record begins, in CBOR */
};

/* The paths outlive it. */
void records_open(struct records *ret_r, char *const *paths, size_t n);
void records_close(struct records *r);

/*
 * The next record, valid until the next call: 1. 0 at the end. Negative where there is no further one: the line that
 * says why was printed, except for -EINTR, which is a wish.
 */
int records_next_obs(struct records *r, struct obs *ret_o);
int records_next_result(struct records *r, struct result *ret_r);

/* "FILE:LINE: TEXT" or "FILE: byte N: TEXT" of the record last read. */
void records_say(const struct records *r, const char *text);
/* The line for `what`, "the results", whose end record did not come. */
void records_say_break(const struct records *r, const char *what);

#endif
