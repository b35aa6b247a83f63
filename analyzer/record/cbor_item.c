/* libcbor's streaming encoder and decoder as cbor_item.h has them. */
#include "record/cbor_item.h"

#include <assert.h>
#include <cbor.h>

static void set(void *item, enum cbor_kind kind, uint64_t number)
{
	*(struct cbor_item *)item = (struct cbor_item){ .kind = kind, .number = number };
}

static void set_endless(void *item, enum cbor_kind kind)
{
	*(struct cbor_item *)item = (struct cbor_item){ .kind = kind, .endless = true };
}

static void set_real(void *item, double v)
{
	*(struct cbor_item *)item = (struct cbor_item){ .kind = CBOR_FLOAT, .real = v };
}

static void set_string(void *item, enum cbor_kind kind, cbor_data p, size_t n)
{
	*(struct cbor_item *)item = (struct cbor_item){ .kind = kind, .bytes = { p, n } };
}

/* The callbacks of libcbor: one type of item each. */
#define NUMBER(name, type, kind) static void name(void *item, type v) { set(item, kind, v); }
NUMBER(on_uint8, uint8_t, CBOR_UINT)
NUMBER(on_uint16, uint16_t, CBOR_UINT)
NUMBER(on_uint32, uint32_t, CBOR_UINT)
NUMBER(on_uint64, uint64_t, CBOR_UINT)
NUMBER(on_negative8, uint8_t, CBOR_NEGATIVE)
NUMBER(on_negative16, uint16_t, CBOR_NEGATIVE)
NUMBER(on_negative32, uint32_t, CBOR_NEGATIVE)
NUMBER(on_negative64, uint64_t, CBOR_NEGATIVE)
NUMBER(on_array, size_t, CBOR_ARRAY)
NUMBER(on_map, size_t, CBOR_MAP)
NUMBER(on_tag, uint64_t, CBOR_TAG)
NUMBER(on_bool, bool, CBOR_BOOL)
#undef NUMBER

static void on_bytes(void *item, cbor_data p, size_t n) { set_string(item, CBOR_BYTES, p, n); }
static void on_text(void *item, cbor_data p, size_t n) { set_string(item, CBOR_TEXT, p, n); }
static void on_pieces(void *item) { set_endless(item, CBOR_PIECES); }
static void on_endless_array(void *item) { set_endless(item, CBOR_ARRAY); }
static void on_endless_map(void *item) { set_endless(item, CBOR_MAP); }
static void on_float(void *item, float v) { set_real(item, (double)v); }
static void on_double(void *item, double v) { set_real(item, v); }
static void on_null(void *item) { set(item, CBOR_NULL, 0); }
static void on_break(void *item) { set(item, CBOR_BREAK, 0); }

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negative8,
	.negint16 = on_negative16,
	.negint32 = on_negative32,
	.negint64 = on_negative64,
	.byte_string_start = on_pieces,
	.byte_string = on_bytes,
	.string = on_text,
	.string_start = on_pieces,
	.indef_array_start = on_endless_array,
	.array_start = on_array,
	.indef_map_start = on_endless_map,
	.map_start = on_map,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_null,
	.null = on_null,
	.boolean = on_bool,
	.indef_break = on_break,
};

enum cbor_step cbor_item_read(struct span in, struct cbor_item *ret_i, size_t *ret_n)
{
	if (in.n == 0)
		return CBOR_ITEM_SHORT;
	struct cbor_decoder_result r = cbor_stream_decode(in.p, in.n, &callbacks, ret_i);
	if (r.status == CBOR_DECODER_NEDATA)
		return CBOR_ITEM_SHORT;
	if (r.status != CBOR_DECODER_FINISHED)
		return CBOR_ITEM_BAD;
	*ret_n = r.read;
	return CBOR_ITEM_OK;
}

static size_t encode(enum cbor_kind kind, uint64_t v, unsigned char *to)
{
	switch (kind) {
	case CBOR_UINT:
		return cbor_encode_uint(v, to, CBOR_HEAD_MAX);
	case CBOR_NEGATIVE:
		return cbor_encode_negint(v, to, CBOR_HEAD_MAX);
	case CBOR_BYTES:
		return cbor_encode_bytestring_start((size_t)v, to, CBOR_HEAD_MAX);
	case CBOR_TEXT:
		return cbor_encode_string_start((size_t)v, to, CBOR_HEAD_MAX);
	case CBOR_ARRAY:
		return cbor_encode_array_start((size_t)v, to, CBOR_HEAD_MAX);
	case CBOR_MAP:
		return cbor_encode_map_start((size_t)v, to, CBOR_HEAD_MAX);
	case CBOR_TAG:
		return cbor_encode_tag(v, to, CBOR_HEAD_MAX);
	case CBOR_BOOL:
		return cbor_encode_bool(v != 0, to, CBOR_HEAD_MAX);
	default:
		return cbor_encode_null(to, CBOR_HEAD_MAX);
	}
}

/* libcbor answers 0 where a head does not fit: there is always room for the longest. */
size_t cbor_item_write(enum cbor_kind kind, uint64_t number, void *to)
{
	size_t n = encode(kind, number, to);
	assert(n > 0 && n <= CBOR_HEAD_MAX);
	return n;
}

size_t cbor_item_write_float(double v, void *to)
{
	size_t n = cbor_encode_double(v, to, CBOR_HEAD_MAX);
	assert(n == CBOR_HEAD_MAX);
	return n;
}
