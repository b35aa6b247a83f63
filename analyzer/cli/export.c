/* plumbline profile export ID --to FORM. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "cli/output.h"
#include "cli/policies.h"
#include "cli/profile.h"
#include "cli/suggest.h"
#include "profile/export.h"

enum { EXPORT_MAX = 64 << 20 };

/* NULL when the line that says why was printed. */
static const struct profile_export *form_of(const char *name)
{
	struct suggest s = { .word = span_of(name) };
	const struct profile_export *e = name ? profile_export(name) : NULL;

	if (e)
		return e;
	for (size_t i = 0; i < profile_exports_n; i++)
		suggest_offer(&s, span_of(profile_exports[i]->name));
	if (!name)
		cli_error("into which form? write plumbline profile export ID --to csv");
	else if (s.best.n)
		cli_error("--to: no such form '%s'; did you mean %.*s?", name, (int)s.best.n, (const char *)s.best.p);
	else
		cli_error("--to: no such form '%s'; it is csv", name);
	return NULL;
}

static int print_export(const struct options *o, const struct policy *policy, const struct profile *p,
			const struct profile_export *form)
{
	struct output output;
	struct wr w;
	int error = output_open(&output, o->output);

	if (!error) {
		wr_init(&w, EXPORT_MAX);
		error = form->write(policy, p, &w);
		if (w.failed)
			error = -ENOMEM;
		errno = 0;
		if (!error && fwrite(w.p, 1, w.n, output.to) != w.n)
			error = -(errno ? errno : EIO);
		wr_free(&w);
		error = output_close(&output, error);
	}
	if (!error)
		return EXIT_FOUND_NOTHING;
	output_say(o->output, error);
	return EXIT_NOT_JUDGED;
}

int profile_export_to(const struct options *o)
{
	struct policy *policy;
	int status = EXIT_NOT_JUDGED;

	if (o->args_n != 2) {
		cli_error("one profile is needed; write plumbline profile export ID --to csv");
		return EXIT_NOT_JUDGED;
	}
	const struct profile_export *form = form_of(o->to);
	if (!form || policies_load(&policy, o) < 0)
		return EXIT_NOT_JUDGED;
	const struct profile *p = profile_named(policy, o->args[1]);
	if (p)
		status = print_export(o, policy, p, form);
	policy_free(policy);
	return status;
}
