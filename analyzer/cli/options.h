/* Options: one table for all subcommands, read with getopt_long(3). */
#ifndef PLUMBLINE_CLI_OPTIONS_H
#define PLUMBLINE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"

/* Arguments of an option that may stand several times, in their order. They point into argv. */
struct option_list {
	const char **v;
	size_t n;
};

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	enum subcommand subcommand;
	const char *site, *vantage, *filter, *only, *format, *output, *to; /* NULL: not given */
	struct option_list devices, settings, profiles;
	int64_t since, until; /* ns; 0: not given */
	int flows;            /* enum flows_shown */
	int fail_on;          /* enum severity */
	int color;            /* enum color_when */
	unsigned threads;     /* 0: not given */
	bool strict;
	bool follow;
	char **args;          /* what is no option */
	size_t args_n;
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_BAD };

/*
 * Reads argv[1] and on for one subcommand. On OPTIONS_BAD the one line that says why was printed. options_free() in
 * every case.
 */
enum options_result options_read(struct options *ret_o, enum subcommand sub, int argc, char **argv);
void options_free(struct options *o);

/* The help of every option that `sub` takes. */
void options_help(enum subcommand sub, FILE *to);

#endif
