/* One report of one run. */
#include "cli/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/span.h"
#include "cli/suggest.h"

static const char *format_name(const struct options *o)
{
	return o->format ? o->format : "text";
}

int render_check(const struct options *o)
{
	struct suggest s = { .word = span_of(format_name(o)) };

	if (report_format(format_name(o)))
		return 0;
	for (size_t i = 0; i < report_formats_n; i++)
		suggest_offer(&s, span_of(report_formats[i]->name));
	if (s.best.n)
		cli_error("--format: no such format '%s'; did you mean %.*s?", o->format, (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("--format: no such format '%s'; see: plumbline help audit", o->format);
	return -EINVAL;
}

static bool wants_color(const struct options *o, const struct output *out)
{
	const char *term = getenv("TERM"), *never = getenv("NO_COLOR"); /* no-color.org */

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return output_is_terminal(out) && term && strcmp(term, "dumb") != 0 && !(never && *never);
}

static unsigned columns(const struct output *out)
{
	struct winsize size;

	return output_is_terminal(out) && ioctl(fileno(out->to), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int render_open(struct render *ret_r, const struct options *o)
{
	struct render r = { .options = o, .format = report_format(format_name(o)),
			    .tally = { .fail_on = (enum severity)o->fail_on } };
	int rc = output_open(&r.output, o->output);

	if (rc) {
		output_say(o->output, rc);
		return rc;
	}
	if (r.format->binary && output_refuse_terminal(&r.output, r.format->name))
		return -EINVAL;
	struct report_options ro = { .color = wants_color(o, &r.output), .flows = (enum flows_shown)o->flows,
				     .columns = columns(&r.output), .only = span_of(o->only) };
	rc = r.format->open(&r.report, &ro, r.output.to);
	if (rc) {
		cli_error("no memory for the report");
		(void)output_close(&r.output, rc);
		return rc;
	}
	*ret_r = r;
	return 0;
}

static void put(void *ctx, const struct result *x)
{
	struct render *r = ctx;

	tally_put(&r->tally, x);
	r->format->put(r->report, x);
}

struct result_sink render_sink(struct render *r)
{
	return (struct result_sink){ .ctx = r, .put = put,
				     .wants_flows = r->format->wants_flows || r->options->flows != FLOWS_NONE };
}

int render_close(struct render *r)
{
	int rc = r->format->close(r->report);

	rc = output_close(&r->output, rc);
	if (!rc)
		return tally_status(&r->tally);
	output_say(r->options->output, rc);
	return EXIT_NOT_JUDGED;
}
