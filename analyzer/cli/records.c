/* The two kinds of records differ in their parser only. */
#include "cli/records.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "record/json.h"

enum { ARENA_MAX = 64 * 1024 * 1024, WHY = 160 };

typedef int (*records_parse)(struct span line, struct arena *a, void *ret, char *why);

static int parse_obs(struct span line, struct arena *a, void *ret, char *why)
{
	return json_read_obs(line, a, ret, why, WHY);
}

static int parse_result(struct span line, struct arena *a, void *ret, char *why)
{
	return json_read_result(line, a, ret, why, WHY);
}

void records_open(struct records *ret_r, char *const *paths, size_t n)
{
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
	cli_error("%s:%" PRIu64 ": %s", r->lines.path, r->lines.number, text);
}

static void say_unreadable(const struct records *r, int error)
{
	if (error == -EMSGSIZE)
		cli_error("%s:%" PRIu64 ": the line is longer than any record", r->lines.path, r->lines.number + 1);
	else if (error != -EINTR)
		cli_error("%s: %s", r->lines.path, strerror(-error));
}

static int next(struct records *r, records_parse parse, void *ret)
{
	struct span line = { NULL, 0 };
	char why[WHY] = "";
	int rc;

	while ((rc = lines_next(&r->lines, &line)) > 0 && line.n == 0)
		;
	if (rc < 0)
		say_unreadable(r, rc);
	if (rc <= 0)
		return rc;
	arena_reset(&r->arena);
	rc = parse(line, &r->arena, ret, why);
	if (!rc)
		return 1;
	records_say(r, rc == -ENOMEM ? "the record is larger than any may be" : why);
	return rc;
}

int records_next_obs(struct records *r, struct obs *ret_o)
{
	return next(r, parse_obs, ret_o);
}

int records_next_result(struct records *r, struct result *ret_r)
{
	return next(r, parse_result, ret_r);
}
