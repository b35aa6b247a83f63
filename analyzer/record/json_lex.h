/*
 * JSON text (RFC 8259), pulled piece by piece from one line. Nothing recurses: lists and maps are stepped through by
 * the caller, and what nobody wants is skipped with a stack of JSON_DEPTH brackets.
 */
#ifndef PLUMBLINE_RECORD_JSON_LEX_H
#define PLUMBLINE_RECORD_JSON_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/decode.h"

enum { JSON_DEPTH = 8 };

/* The next byte that is no white space, without moving; -1 at the end. */
int json_peek(struct decode_in *in);
/* Moves over c where it is next. */
bool json_take(struct decode_in *in, char c);
void json_expect(struct decode_in *in, char c);

/*
 * Steps through a list or map behind its opening bracket: true where the element number `i`, from 0, follows; else the
 * closing bracket was taken, or the text is wrong.
 */
bool json_more(struct decode_in *in, char close, size_t i);

/* A map's key and its colon; as written, escapes not resolved: no key of ours has any. */
struct span json_key(struct decode_in *in);
/* A string that is read at once and not kept: as written where it has no escapes, else as json_string(). */
struct span json_word(struct decode_in *in);
/* A string in the arena, escapes resolved, UTF-8. */
struct span json_string(struct decode_in *in);
/* The same, \xHH in it resolved too: the bytes that wr_json_string() was given. */
struct span json_bytes(struct decode_in *in);
/* A number as written. */
struct span json_number(struct decode_in *in);
bool json_bool(struct decode_in *in);
/* Moves over null where it is next. */
bool json_null(struct decode_in *in);
/* Moves over any value. */
void json_skip(struct decode_in *in);
/* Nothing but white space may follow. */
void json_end(struct decode_in *in);

#endif
