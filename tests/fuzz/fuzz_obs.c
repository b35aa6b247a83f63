/*
 * The readers of observations: of a CBOR sequence where the first byte is none of text, else of JSON Lines. What they
 * take, they must write and read again to the same bytes, in either encoding: nothing may be lost between `sense` and
 * `judge`.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/cbor_seq.h"
#include "record/json.h"
#include "record/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 16 << 20, LINE = 8 << 20 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Through CBOR, and then as JSON what it was before. */
static void through_cbor(const struct obs *o, const struct wr *json)
{
	struct arena a;
	struct wr first, second;
	struct obs back;
	size_t n = 0;
	char why[160];

	arena_init(&a, ARENA);
	wr_init(&first, LINE);
	wr_init(&second, LINE);
	cbor_write_obs(&first, o);
	must(!first.failed);
	if (first.n <= CBOR_OBS_MAX) {
		struct cbor_extent e = { .at = 0 };
		struct span all = { (uint8_t *)first.p, first.n };
		must(cbor_extent(&e, all, &n) == 1 && n == first.n);
		must(cbor_read_obs(all, 0, &a, &back, &n, why, sizeof(why)) == 0 && n == first.n);
		json_write_obs(&second, &back);
		must(second.n == json->n && memcmp(second.p, json->p, json->n) == 0);
	}
	wr_free(&first);
	wr_free(&second);
	arena_free(&a);
}

static void again(const struct obs *o)
{
	struct arena a, b;
	struct wr first, second;
	struct obs copy, back;
	char why[160];

	arena_init(&a, ARENA);
	arena_init(&b, ARENA);
	wr_init(&first, LINE);
	wr_init(&second, LINE);
	must(model_copy_obs(o, &a, &copy) == 0);
	json_write_obs(&first, &copy);
	must(!first.failed);
	through_cbor(&copy, &first);
	if (first.n <= JSON_OBS_MAX) {
		must(json_read_obs((struct span){ (uint8_t *)first.p, first.n }, &b, &back, why, sizeof(why)) == 0);
		json_write_obs(&second, &back);
		must(second.n == first.n && memcmp(first.p, second.p, first.n) == 0);
	}
	wr_free(&first);
	wr_free(&second);
	arena_free(&a);
	arena_free(&b);
}

/* `line` is an exact copy on the heap, so that a read one byte too far is seen. */
static void one_line(const uint8_t *p, size_t n)
{
	uint8_t *line = malloc(n ? n : 1);
	struct arena a;
	struct obs o;
	char why[160];

	if (!line)
		return;
	if (n)
		memcpy(line, p, n);
	arena_init(&a, ARENA);
	int err = json_read_obs((struct span){ line, n }, &a, &o, why, sizeof(why));
	must(err == 0 || why[0] != 0);
	free(line);
	if (err == 0)
		again(&o);
	arena_free(&a);
}

/* One record of a sequence; the bytes that it took, 0 where it is none. */
static size_t one_item(const uint8_t *p, size_t size)
{
	uint8_t *item = malloc(size);
	struct cbor_extent e = { .at = 0 };
	struct arena a;
	struct obs o;
	char why[160];
	size_t n = 0, extent = 0;

	if (!item)
		return 0;
	memcpy(item, p, size);
	struct span in = { item, size };
	arena_init(&a, ARENA);
	int err = cbor_read_obs(in, 0, &a, &o, &n, why, sizeof(why));
	int whole = cbor_extent(&e, in, &extent);
	must(err == 0 || why[0] != 0);
	must(err != 0 || (whole == 1 && extent == n)); /* what is read is whole, and */
	must(whole != 1 || err != -EAGAIN);            /* what is whole waits for nothing */
	free(item);
	if (err == 0)
		again(&o);
	arena_free(&a);
	return err == 0 ? n : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size && *data >= 0x80) {
		size_t n = one_item(data, size);
		if (n == 0)
			return 0;
		data += n;
		size -= n;
	}
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end ? (size_t)(end - data) : size;
		one_line(data, n);
		n += end != NULL;
		data += n;
		size -= n;
	}
	return 0;
}
