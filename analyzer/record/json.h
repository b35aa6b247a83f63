/*
 * Records as JSON Lines: one object a line, `type` first. The fields of every record stand once, in model.c; writer and
 * reader are loops over that table (so will be CBOR's).
 */
#ifndef PLUMBLINE_RECORD_JSON_H
#define PLUMBLINE_RECORD_JSON_H

#include <stdio.h>

#include "base/arena.h"
#include "base/wr.h"
#include "record/obs.h"
#include "record/result.h"

/* A line may be this long when it is read; a run names all its captures. */
enum { JSON_OBS_MAX = 1 << 20, JSON_RESULT_MAX = 16 << 20 };

/* Appends the record and a newline. */
void json_write_obs(struct wr *w, const struct obs *o);
void json_write_result(struct wr *w, const struct result *r);

/*
 * Reads one line, with or without its newline. Spans and lists of *ret point into `a`, which the caller resets between
 * lines. Unknown fields are skipped; a missing field is zero; the order of fields does not matter. 0; -EINVAL with
 * `why` (at least 160 bytes) where it is no such record; -ENOMEM where `a` is full. *ret is untouched on failure.
 */
int json_read_obs(struct span line, struct arena *a, struct obs *ret_o, char *why, size_t why_n);
int json_read_result(struct span line, struct arena *a, struct result *ret_r, char *why, size_t why_n);

#endif
