/* The help texts: made from subcommands.def and options.def, so that they list what exists. */
#ifndef PLUMBLINE_CLI_HELP_H
#define PLUMBLINE_CLI_HELP_H

#include "cli/cli.h"

/* The help of one subcommand on standard output, or of the program (SUBCOMMANDS); the exit status. */
int help_print(enum subcommand sub);

#endif
