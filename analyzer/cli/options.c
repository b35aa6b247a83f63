/* The option table and its reader. */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/time.h"
#include "cli/suggest.h"
#include "record/result.h"
#include "report/report.h"

#define ON(name) (1u << SUB_##name)

enum option_kind { KIND_TEXT, KIND_LIST, KIND_WORD, KIND_TIME, KIND_COUNT, KIND_FLAG, KIND_HELP, KIND_VERSION };

/* Indexes are enum flows_shown, enum severity and enum color_when. */
static const char *const vantage_words[] = { "inside", "outside", "device", "unknown", NULL };
static const char *const flows_words[] = { "none", "undeclared", "all", NULL };
static const char *const severity_words[] = { "info", "low", "medium", "high", NULL };
static const char *const color_words[] = { "auto", "always", "never", NULL };

static const struct option_def {
	const char *name;
	enum option_kind kind;
	size_t member; /* offset in struct options */
	const char *argument;
	const char *const *words;
	unsigned subcommands;
	const char *help;
} table[] = {
#define OPTION(name, kind, member, argument, words, subcommands, help) \
	{ name, KIND_##kind, offsetof(struct options, member), argument, words, subcommands, help },
#include "cli/options.def"
#undef OPTION
};

enum { TABLE = sizeof(table) / sizeof(table[0]), FIRST_VALUE = 256, COUNT_MOST = 1024 };

static void *member_of(struct options *o, const struct option_def *d)
{
	return (char *)o + d->member;
}

static int argument_kind(const struct option_def *d)
{
	if (!d->argument[0])
		return no_argument;
	return d->argument[0] == '[' ? optional_argument : required_argument;
}

static size_t words_count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

/* The index of the argument among the option's words, or -1 when the line that says so was printed. */
static int word_index(const struct option_def *d, const char *arg)
{
	struct suggest s = { .word = span_of(arg) };

	for (size_t i = 0; d->words[i]; i++) {
		if (strcmp(d->words[i], arg) == 0)
			return (int)i;
		suggest_offer(&s, span_of(d->words[i]));
	}
	if (s.best.n)
		cli_error("--%s: no such word '%s'; did you mean %.*s?", d->name, arg, (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("--%s: no such word '%s'; %s", d->name, arg, d->help);
	return -1;
}

static bool list_add(struct option_list *l, const char *arg, size_t max)
{
	if (!l->v)
		l->v = calloc(max, sizeof(*l->v));
	if (!l->v) {
		cli_error("no memory");
		return false;
	}
	l->v[l->n++] = arg;
	return true;
}

static bool count_read(const struct option_def *d, const char *arg, unsigned *ret_n)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (arg[0] < '1' || arg[0] > '9' || *end || n > COUNT_MOST) {
		cli_error("--%s: '%s' is no number from 1 to %d", d->name, arg, COUNT_MOST);
		return false;
	}
	*ret_n = (unsigned)n;
	return true;
}

/* Keeps one option. False when the line that says why not was printed. */
static bool option_keep(struct options *o, const struct option_def *d, const char *arg, size_t max)
{
	void *member = member_of(o, d);
	int word = 0;

	switch (d->kind) {
	case KIND_TEXT:
		if (d->words && word_index(d, arg) < 0)
			return false;
		*(const char **)member = arg;
		return true;
	case KIND_LIST:
		return list_add(member, arg, max);
	case KIND_WORD: /* without its optional argument: the last word, all of it */
		word = arg ? word_index(d, arg) : (int)words_count(d->words) - 1;
		*(int *)member = word;
		return word >= 0;
	case KIND_TIME:
		if (time_parse(span_of(arg), member))
			return true;
		cli_error("--%s: '%s' is no time; write 2023-11-14T22:13:20Z, a date, or seconds since 1970", d->name,
			  arg);
		return false;
	case KIND_COUNT:
		return count_read(d, arg, member);
	case KIND_FLAG:
		*(bool *)member = true;
		return true;
	case KIND_HELP:
	case KIND_VERSION:
		return true;
	}
	return true;
}

/* An option that getopt did not take: is it another subcommand's, or nearly one of ours? */
static void option_unknown(enum subcommand sub, const char *arg)
{
	size_t dashes = strspn(arg, "-");
	struct span name = { (const uint8_t *)arg + dashes, strcspn(arg + dashes, "=") };
	struct suggest s = { .word = name };
	const char *of = subcommands[sub].name;

	for (size_t i = 0; i < TABLE; i++) {
		if (span_eq(span_of(table[i].name), name) && !(table[i].subcommands & 1u << sub)) {
			cli_error("--%s is no option of %s; see: plumbline help %s", table[i].name, of, of);
			return;
		}
		if (table[i].subcommands & 1u << sub)
			suggest_offer(&s, span_of(table[i].name));
	}
	if (s.best.n)
		cli_error("no such option '%.*s'; did you mean --%.*s?", (int)(dashes + name.n), arg, (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("no such option '%.*s'; see: plumbline help %s", (int)(dashes + name.n), arg, of);
}

/* getopt_long's table for one subcommand; `val` is FIRST_VALUE and the index in ours. */
static void getopt_table(enum subcommand sub, struct option ret[TABLE + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < TABLE; i++)
		if (table[i].subcommands & 1u << sub)
			ret[n++] = (struct option){ table[i].name, argument_kind(&table[i]), NULL,
						    FIRST_VALUE + (int)i };
	ret[n] = (struct option){ 0 };
}

/* What getopt_long answered with ':' or '?'. */
static void option_refused(enum subcommand sub, int answer, char *const *argv)
{
	const struct option_def *d = optopt >= FIRST_VALUE ? &table[optopt - FIRST_VALUE] : NULL;

	if (answer == ':' && d)
		cli_error("--%s: the argument is missing; write --%s %s", d->name, d->name, d->argument);
	else if (d)
		cli_error("--%s takes no argument", d->name);
	else if (optopt)
		cli_error("no such option '-%c'; see: plumbline help %s", optopt, subcommands[sub].name);
	else
		option_unknown(sub, argv[optind - 1]);
}

enum options_result options_read(struct options *ret_o, enum subcommand sub, int argc, char **argv)
{
	struct option longs[TABLE + 1];
	int c;

	*ret_o = (struct options){ .subcommand = sub, .fail_on = SEVERITY_MEDIUM };
	getopt_table(sub, longs);
	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == 'h')
			return OPTIONS_HELP;
		if (c < FIRST_VALUE) {
			option_refused(sub, c, argv);
			return OPTIONS_BAD;
		}
		const struct option_def *d = &table[c - FIRST_VALUE];
		if (d->kind == KIND_HELP)
			return OPTIONS_HELP;
		if (d->kind == KIND_VERSION)
			return OPTIONS_VERSION;
		if (!option_keep(ret_o, d, optarg, (size_t)argc))
			return OPTIONS_BAD;
	}
	ret_o->args = argv + optind;
	ret_o->args_n = (size_t)(argc - optind);
	return OPTIONS_OK;
}

void options_free(struct options *o)
{
	free(o->devices.v);
	free(o->settings.v);
	free(o->profiles.v);
}

void options_help(enum subcommand sub, FILE *to)
{
	enum { LEFT = 24 };

	for (size_t i = 0; i < TABLE; i++) {
		char left[64];
		const struct option_def *d = &table[i];

		if (!(d->subcommands & 1u << sub))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", d->name, d->argument[0] && d->argument[0] != '[' ? " " : "",
			 d->argument);
		fprintf(to, "  %-*s %s\n", LEFT, left, d->help);
	}
}
