/*
 * The readers of results, of a CBOR sequence where the first byte is none of text, else of JSON Lines; and what is made of
 * them: they are written and read again to the same bytes, in either encoding, and told to the text report, in which no
 * control byte of theirs may appear.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/cbor_seq.h"
#include "record/json.h"
#include "record/model.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 16 << 20, LINE = 8 << 20 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Through CBOR, and then as JSON what it was before. */
static void through_cbor(const struct result *r, const struct wr *json)
{
	struct arena a;
	struct wr first, second;
	struct result back;
	size_t n = 0;
	char why[160];

	arena_init(&a, ARENA);
	wr_init(&first, LINE);
	wr_init(&second, LINE);
	cbor_write_result(&first, r);
	must(!first.failed);
	struct span all = { (uint8_t *)first.p, first.n };
	must(cbor_read_result(all, 0, &a, &back, &n, why, sizeof(why)) == 0 && n == first.n);
	json_write_result(&second, &back);
	must(second.n == json->n && memcmp(second.p, json->p, json->n) == 0);
	wr_free(&first);
	wr_free(&second);
	arena_free(&a);
}

static void again(const struct result *r)
{
	struct arena a;
	struct wr first, second;
	struct result back;
	char why[160];

	arena_init(&a, ARENA);
	wr_init(&first, LINE);
	wr_init(&second, LINE);
	json_write_result(&first, r);
	must(!first.failed);
	through_cbor(r, &first);
	must(json_read_result((struct span){ (uint8_t *)first.p, first.n }, &a, &back, why, sizeof(why)) == 0);
	json_write_result(&second, &back);
	must(second.n == first.n && memcmp(first.p, second.p, first.n) == 0);
	wr_free(&first);
	wr_free(&second);
	arena_free(&a);
}

static void one_line(const uint8_t *p, size_t n, const struct report_format *f, struct report *report)
{
	uint8_t *line = malloc(n ? n : 1);
	struct arena a;
	struct result r;
	char why[160];

	if (!line)
		return;
	if (n)
		memcpy(line, p, n);
	arena_init(&a, ARENA);
	int err = json_read_result((struct span){ line, n }, &a, &r, why, sizeof(why));
	must(err == 0 || why[0] != 0);
	free(line);
	if (err == 0) {
		again(&r);
		f->put(report, &r);
	}
	arena_free(&a);
}

/* One record of a sequence; the bytes that it took, 0 where it is none. */
static size_t one_item(const uint8_t *p, size_t size, const struct report_format *f, struct report *report)
{
	uint8_t *item = malloc(size);
	struct arena a;
	struct result r;
	char why[160];
	size_t n = 0;

	if (!item)
		return 0;
	memcpy(item, p, size);
	arena_init(&a, ARENA);
	int err = cbor_read_result((struct span){ item, size }, 0, &a, &r, &n, why, sizeof(why));
	must(err == 0 || why[0] != 0);
	free(item);
	if (err == 0) {
		again(&r);
		f->put(report, &r);
	}
	arena_free(&a);
	return err == 0 ? n : 0;
}

static void check_page(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		must(s[i] == '\n' || (unsigned char)s[i] >= 0x20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct report_format *f = report_format("text");
	struct report_options o = { .flows = size % 2 ? FLOWS_ALL : FLOWS_NONE, .columns = (unsigned)(size % 120) };
	struct report *report;
	char *text = NULL;
	size_t text_n = 0;
	FILE *to = open_memstream(&text, &text_n);

	if (!to)
		return 0;
	if (f->open(&report, &o, to) == 0) {
		while (size && *data >= 0x80) {
			size_t n = one_item(data, size, f, report);
			size = n ? size - n : 0;
			data += n;
		}
		while (size) {
			const uint8_t *end = memchr(data, '\n', size);
			size_t n = end ? (size_t)(end - data) : size;
			one_line(data, n, f, report);
			n += end != NULL;
			data += n;
			size -= n;
		}
		(void)f->close(report);
	}
	(void)fclose(to);
	check_page(text, text_n);
	free(text);
	return 0;
}
