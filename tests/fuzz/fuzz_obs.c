/*
 * The reader of observations. What it takes, it must write and read again to the same bytes: nothing may be lost
 * between `sense` and `judge`.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/json.h"
#include "record/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 16 << 20, LINE = 8 << 20 };

static void must(bool ok)
{
	if (!ok)
		abort();
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
