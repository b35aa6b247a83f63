/* plumbline help [SUBCOMMAND]. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/suggest.h"

/* Every form of a subcommand on a line of its own. */
static void put_synopsis(FILE *to, const char *synopsis)
{
	const char *head = "usage: ";

	while (*synopsis) {
		size_t n = strcspn(synopsis, "\n");
		fprintf(to, "%splumbline %.*s\n", head, (int)n, synopsis);
		head = "       ";
		synopsis += n + (synopsis[n] == '\n');
	}
}

static void put_program(FILE *to)
{
	fputs("usage: plumbline [SUBCOMMAND] [options] ...\n\n"
	      "Holds network captures against what each device is documented to need: what is declared and works,\n"
	      "declared and fails, declared and never attempted, and what nobody declared.\n\n", to);
	for (unsigned i = 0; i < SUBCOMMANDS; i++)
		fprintf(to, "  %-10s %s\n", subcommands[i].name, subcommands[i].line);
	fputs("\nOptions of audit, which is meant where no subcommand is named:\n\n", to);
	options_help(SUB_audit, to);
}

static void put_statuses(FILE *to)
{
	fputs("\nExit status, the first that holds:\n"
	      "  2  nothing was judged: usage, profile or site error, no capture, output that cannot be written\n"
	      "  1  a finding at or above --fail-on\n"
	      "  3  none such, but no device was recognised, a required rule stays open, or the input is not whole\n"
	      "  0  devices were judged, nothing was found, the input is whole\n", to);
}

int help_print(enum subcommand sub)
{
	struct text text;
	FILE *to = text_open(&text);

	if (!to)
		return EXIT_NOT_JUDGED;
	if (sub == SUBCOMMANDS) {
		put_program(to);
	} else {
		put_synopsis(to, subcommands[sub].synopsis);
		fprintf(to, "\n%s\n\n", subcommands[sub].line);
		options_help(sub, to);
	}
	if (sub == SUBCOMMANDS || sub == SUB_audit || sub == SUB_judge || sub == SUB_report)
		put_statuses(to);
	return text_close(&text);
}

int cli_help(const struct options *o)
{
	if (o->args_n == 0)
		return help_print(SUBCOMMANDS);
	enum subcommand sub = cli_subcommand(o->args[0]);
	if (sub != SUBCOMMANDS)
		return help_print(sub);

	struct suggest s = { .word = span_of(o->args[0]) };
	for (unsigned i = 0; i < SUBCOMMANDS; i++)
		suggest_offer(&s, span_of(subcommands[i].name));
	if (s.best.n)
		cli_error("no such subcommand '%s'; did you mean %.*s?", o->args[0], (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("no such subcommand '%s'; see: plumbline help", o->args[0]);
	return EXIT_NOT_JUDGED;
}
