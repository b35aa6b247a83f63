/*
 * The command line: subcommands, exit statuses, and how errors look. DESIGN: command line.
 *
 * One file per subcommand, one line per subcommand in subcommands.def, one line per option in options.def.
 */
#ifndef PLUMBLINE_CLI_CLI_H
#define PLUMBLINE_CLI_CLI_H

#include <stddef.h>

/* The first that holds of 2, 1, 3, 0. */
enum exit_status {
	EXIT_FOUND_NOTHING = 0, /* devices judged, nothing found, input complete */
	EXIT_FOUND = 1,         /* a finding at or above --fail-on */
	EXIT_NOT_JUDGED = 2,    /* usage, profile or site error, no input, output that cannot be written */
	EXIT_NO_VOUCHING = 3,   /* judged, none such, but no device, a required rule open, or input incomplete or empty */
};

enum subcommand {
#define SUBCOMMAND(name, synopsis, line) SUB_##name,
#include "cli/subcommands.def"
#undef SUBCOMMAND
	SUBCOMMANDS
};

struct options;

/* Runs a subcommand; returns the exit status. */
#define SUBCOMMAND(name, synopsis, line) int cli_##name(const struct options *o);
#include "cli/subcommands.def"
#undef SUBCOMMAND

struct subcommand_def {
	const char *name;
	const char *synopsis; /* one line a form, without "plumbline " */
	const char *line;     /* what it does */
	int (*run)(const struct options *o);
};
extern const struct subcommand_def subcommands[SUBCOMMANDS];

/* The subcommand of that name, or SUBCOMMANDS. */
enum subcommand cli_subcommand(const char *name);

/* The whole program; returns the exit status. */
int plumbline_main(int argc, char **argv);

/* "plumbline: TEXT" and a newline on standard error. */
__attribute__((format(printf, 1, 2))) void cli_error(const char *format, ...);

#endif
