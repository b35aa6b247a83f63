/*
 * CBOR data items (RFC 8949), one head at a time. cbor_item.c is the only file that names libcbor, whose streaming
 * encoder and decoder it uses; its trees (cbor_load) are used nowhere: they believe the lengths that they read.
 */
#ifndef PLUMBLINE_RECORD_CBOR_ITEM_H
#define PLUMBLINE_RECORD_CBOR_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

/* The tags of records. RFC 9164: addresses; RFC 9542: MAC addresses; RFC 8949, section 3.4.6: "this is CBOR". */
enum { CBOR_TAG_MAC = 48, CBOR_TAG_IPV4 = 52, CBOR_TAG_IPV6 = 54, CBOR_TAG_SELF = 55799 };

enum cbor_kind {
	CBOR_NONE,
	CBOR_UINT,     /* number */
	CBOR_NEGATIVE, /* -1 - number */
	CBOR_BYTES,    /* bytes */
	CBOR_TEXT,     /* bytes; not looked at, they may be no UTF-8 */
	CBOR_ARRAY,    /* number: elements that follow; endless: up to a break */
	CBOR_MAP,      /* number: pairs that follow */
	CBOR_PIECES,   /* strings up to a break: one string in pieces */
	CBOR_TAG,      /* number: of the item that follows */
	CBOR_FLOAT,    /* real */
	CBOR_BOOL,     /* number */
	CBOR_NULL,     /* null or undefined */
	CBOR_BREAK,
};

struct cbor_item {
	enum cbor_kind kind;
	bool endless;
	uint64_t number;
	double real;
	struct span bytes; /* in the input */
};

/* CBOR_ITEM_SHORT: what is there so far is the beginning of an item. */
enum cbor_step { CBOR_ITEM_OK, CBOR_ITEM_SHORT, CBOR_ITEM_BAD };

/* The item that begins at in.p, without what it contains; *ret_n are its bytes. */
enum cbor_step cbor_item_read(struct span in, struct cbor_item *ret_i, size_t *ret_n);

/* A head takes at most so many bytes. */
enum { CBOR_HEAD_MAX = 9 };

/*
 * Writes the head of an item, in its shortest form, to at least CBOR_HEAD_MAX bytes; returns its length, never 0. Of
 * strings, arrays and maps `number` is the length, and the caller appends what they contain.
 */
size_t cbor_item_write(enum cbor_kind kind, uint64_t number, void *to);
/* Always eight bytes and a head: what is written is what is read. */
size_t cbor_item_write_float(double v, void *to);

#endif
