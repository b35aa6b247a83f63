/* plumbline profile list | show | check; export and learn are in files of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/policies.h"
#include "cli/profile.h"
#include "cli/suggest.h"
#include "profile/lint.h"
#include "profile/show.h"

static int list(const struct options *o)
{
	struct policy *policy;
	struct text text;

	if (o->args_n > 1) {
		cli_error("'%s' is too much; write plumbline profile list", o->args[1]);
		return EXIT_NOT_JUDGED;
	}
	if (policies_load(&policy, o) < 0)
		return EXIT_NOT_JUDGED;
	FILE *to = text_open(&text);
	for (size_t i = 0; to && i < policy_profiles(policy); i++)
		(void)profile_summary(policy_profile(policy, i), to);
	policy_free(policy);
	return to ? text_close(&text) : EXIT_NOT_JUDGED;
}

const struct profile *profile_named(const struct policy *policy, const char *id)
{
	struct suggest s = { .word = span_of(id) };
	const struct profile *p = policy_find(policy, span_of(id));

	if (p)
		return p;
	for (size_t i = 0; i < policy_profiles(policy); i++)
		suggest_offer(&s, policy_profile(policy, i)->id);
	if (s.best.n)
		cli_error("no such profile '%s'; did you mean %.*s?", id, (int)s.best.n, (const char *)s.best.p);
	else
		cli_error("no such profile '%s'; see: plumbline profile list", id);
	return NULL;
}

static int print_profile(const struct profile *p)
{
	struct text text;
	FILE *to = text_open(&text);

	if (!to)
		return EXIT_NOT_JUDGED;
	(void)profile_show(p, to);
	return text_close(&text);
}

static int show(const struct options *o)
{
	struct policy *policy;
	int status = EXIT_NOT_JUDGED;

	if (o->args_n != 2) {
		cli_error("one profile is needed; write plumbline profile show ID");
		return EXIT_NOT_JUDGED;
	}
	if (policies_load(&policy, o) < 0)
		return EXIT_NOT_JUDGED;
	const struct profile *p = profile_named(policy, o->args[1]);
	if (p)
		status = print_profile(p);
	policy_free(policy);
	return status;
}

/* A file that names a site at the beginning of a line is one; what cannot be read is for the profile's reader to say. */
static bool is_site(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[8];
	bool found = false, begins = true;

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = begins && strncmp(line, "site:", 5) == 0;
		begins = strchr(line, '\n') != NULL;
	}
	if (f)
		(void)fclose(f);
	return found;
}

/* Profiles before sites, without a change of order among them; returns how many are profiles. */
static size_t profiles_first(char **files, size_t n)
{
	size_t profiles = 0;

	for (size_t i = 0; i < n; i++) {
		char *file = files[i];
		if (is_site(file))
			continue;
		memmove(&files[profiles + 1], &files[profiles], (i - profiles) * sizeof(*files));
		files[profiles++] = file;
	}
	return profiles;
}

/* The warnings about the profiles that came from these files. */
static size_t lint(const struct policy *policy, char *const *files, size_t n)
{
	struct diag_list diags = { 0 };

	for (size_t i = 0; i < policy_profiles(policy); i++) {
		const struct profile *p = policy_profile(policy, i);
		for (size_t k = 0; k < n; k++)
			if (strcmp(p->mark.file, files[k]) == 0)
				(void)profile_lint(p, &diags);
	}
	diag_print(&diags, stderr);
	return diags.warnings + diags.errors;
}

static int say_good(char *const *files, size_t n)
{
	struct text text;
	FILE *to = text_open(&text);

	for (size_t i = 0; to && i < n; i++)
		fprintf(to, "%s: no error\n", files[i]);
	return to ? text_close(&text) : EXIT_NOT_JUDGED;
}

static int check(const struct options *o)
{
	char **files = o->args + 1;
	size_t n = o->args_n - 1, profiles = profiles_first(files, n);
	struct policy *policy;

	if (!n) {
		cli_error("no file given; write plumbline profile check FILE...");
		return EXIT_NOT_JUDGED;
	}
	if (policies_load_with(&policy, o, NULL, files, profiles) < 0)
		return EXIT_NOT_JUDGED;
	bool good = !lint(policy, files, profiles) || !o->strict;
	policy_free(policy);
	for (size_t i = profiles; i < n; i++) {
		policy = NULL;
		if (policies_load_with(&policy, o, files[i], files, profiles) < 0)
			good = false;
		policy_free(policy);
	}
	return good ? say_good(files, n) : EXIT_NOT_JUDGED;
}

enum { TAKES_STRICT = 1, TAKES_TO = 2, TAKES_SITE = 4, TAKES_DEVICE = 8, TAKES_OUTPUT = 16 };

static const struct action {
	const char *name;
	int (*run)(const struct options *o);
	unsigned takes;
} actions[] = {
	{ "list", list, 0 },
	{ "show", show, 0 },
	{ "check", check, TAKES_STRICT },
	{ "export", profile_export_to, TAKES_TO | TAKES_SITE | TAKES_DEVICE | TAKES_OUTPUT },
	{ "learn", profile_learn, TAKES_DEVICE | TAKES_OUTPUT },
};

/* An option that another action takes would be silently without effect. */
static bool takes(const struct action *a, const struct options *o)
{
	const struct {
		const char *name;
		bool given;
		unsigned bit;
	} v[] = {
		{ "strict", o->strict, TAKES_STRICT },
		{ "to", o->to != NULL, TAKES_TO },
		{ "site", o->site != NULL, TAKES_SITE },
		{ "set", o->settings.n > 0, TAKES_SITE },
		{ "device", o->devices.n > 0, TAKES_DEVICE },
		{ "output", o->output != NULL, TAKES_OUTPUT },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (v[i].given && !(a->takes & v[i].bit)) {
			cli_error("--%s is no option of profile %s; see: plumbline help profile", v[i].name, a->name);
			return false;
		}
	return true;
}

int cli_profile(const struct options *o)
{
	struct suggest s = { .word = span_of(o->args_n ? o->args[0] : NULL) };

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (o->args_n && strcmp(o->args[0], actions[i].name) == 0)
			return takes(&actions[i], o) ? actions[i].run(o) : EXIT_NOT_JUDGED;
		suggest_offer(&s, span_of(actions[i].name));
	}
	if (s.best.n)
		cli_error("profile: no such action '%s'; did you mean %.*s?", o->args[0], (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("profile: say what: list, show, check, export or learn; see: plumbline help profile");
	return EXIT_NOT_JUDGED;
}
