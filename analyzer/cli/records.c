/* The two kinds of records differ in their parsers only. */
#include "cli/records.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "record/cbor_seq.h"
#include "record/json.h"

enum { ARENA_MAX = 64 * 1024 * 1024, WHY = 160 };

/* RFC 8949: a map (section 3.1), or the tag that says "this is CBOR" (section 3.4.6). No JSON begins so. */
static bool begins_cbor(uint8_t first)
{
	return first >> 5 == 5 || first == 0xd9;
}

/* How a kind of records is parsed; `ret` is the struct of that kind. */
struct parser {
	int (*line)(struct span line, struct arena *a, void *ret, char *why);
	int (*item)(struct span in, uint64_t at, struct arena *a, void *ret, size_t *ret_n, char *why);
};

static int obs_line(struct span line, struct arena *a, void *ret, char *why)
{
	return json_read_obs(line, a, ret, why, WHY);
}

static int result_line(struct span line, struct arena *a, void *ret, char *why)
{
	return json_read_result(line, a, ret, why, WHY);
}

static int obs_item(struct span in, uint64_t at, struct arena *a, void *ret, size_t *ret_n, char *why)
{
	return cbor_read_obs(in, at, a, ret, ret_n, why, WHY);
}

static int result_item(struct span in, uint64_t at, struct arena *a, void *ret, size_t *ret_n, char *why)
{
	return cbor_read_result(in, at, a, ret, ret_n, why, WHY);
}

static const struct parser obs_parser = { obs_line, obs_item };
static const struct parser result_parser = { result_line, result_item };

void records_open(struct records *ret_r, char *const *paths, size_t n)
{
	*ret_r = (struct records){ .cbor = false };
	lines_open(&ret_r->lines, paths, n);
	arena_init(&ret_r->arena, ARENA_MAX);
}

void records_close(struct records *r)
{
	lines_close(&r->lines);
	arena_free(&r->arena);
}

void records_say(const struct records *r, const char *text)
{
	if (r->cbor)
		cli_error("%s: byte %" PRIu64 ": %s", r->lines.path, r->at, text);
	else
		cli_error("%s:%" PRIu64 ": %s", r->lines.path, r->lines.number, text);
}

void records_say_break(const struct records *r, const char *what)
{
	if (r->cut)
		cli_error("%s: byte %" PRIu64 ": %s break off inside a record", r->lines.path, r->at, what);
	else
		cli_error("%s: %s break off: there is no end record", r->lines.path, what);
}

static int unreadable(const struct records *r, int error)
{
	if (error == -EMSGSIZE && r->cbor)
		cli_error("%s: byte %" PRIu64 ": the record is longer than any may be", r->lines.path, r->lines.offset);
	else if (error == -EMSGSIZE)
		cli_error("%s:%" PRIu64 ": the line is longer than any record", r->lines.path, r->lines.number + 1);
	else if (error != -EINTR)
		cli_error("%s: %s", r->lines.path, strerror(-error));
	return error;
}

/* For a message that names the place itself: in CBOR, the byte of the file. */
static int unparsable(const struct records *r, int error, const char *why)
{
	if (error == -ENOMEM)
		records_say(r, "the record is larger than any may be");
	else if (r->cbor)
		cli_error("%s: %s", r->lines.path, why);
	else
		records_say(r, why);
	return error;
}

static int next_line(struct records *r, const struct parser *p, void *ret)
{
	struct span line = { NULL, 0 };
	char why[WHY] = "";
	int rc = lines_next(&r->lines, &line);

	if (rc < 0)
		return unreadable(r, rc);
	arena_reset(&r->arena);
	rc = p->line(line, &r->arena, ret, why);
	return rc ? unparsable(r, rc, why) : 1;
}

/* Reads on until a whole record is there, or what cannot become one: 1. 0 where the file ends before. */
static int whole_item(struct records *r, struct span *unread)
{
	struct cbor_extent extent = { .at = 0 };
	size_t n;
	int rc = 1;

	while (rc > 0 && cbor_extent(&extent, *unread, &n) == 0)
		rc = lines_more(&r->lines, unread);
	return rc;
}

static int next_item(struct records *r, const struct parser *p, struct span unread, void *ret)
{
	char why[WHY] = "";
	size_t n = 0;

	r->at = r->lines.offset;
	arena_reset(&r->arena);
	int rc = p->item(unread, r->at, &r->arena, ret, &n, why);
	if (rc == -EAGAIN) {
		int got = whole_item(r, &unread);
		if (got < 0)
			return unreadable(r, got);
		r->cut = got == 0 && r->at > 0;
		if (r->cut)
			return 0;
		arena_reset(&r->arena);
		rc = p->item(unread, r->at, &r->arena, ret, &n, why);
	}
	if (rc)
		return unparsable(r, rc, why);
	lines_take(&r->lines, n);
	return 1;
}

static int next(struct records *r, const struct parser *p, void *ret)
{
	struct span unread = { NULL, 0 };
	int rc;

	while ((rc = lines_peek(&r->lines, &unread)) > 0) {
		if (r->lines.offset == 0)
			r->cbor = begins_cbor(*unread.p);
		if (r->cbor)
			return next_item(r, p, unread, ret);
		if (*unread.p != '\n')
			return next_line(r, p, ret);
		(void)lines_next(&r->lines, &unread); /* an empty line */
	}
	return rc < 0 ? unreadable(r, rc) : 0;
}

int records_next_obs(struct records *r, struct obs *ret_o)
{
	return next(r, &obs_parser, ret_o);
}

int records_next_result(struct records *r, struct result *ret_r)
{
	return next(r, &result_parser, ret_r);
}
