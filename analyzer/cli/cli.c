/* Dispatch: which subcommand, its options, its run. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/suggest.h"

const struct subcommand_def subcommands[SUBCOMMANDS] = {
#define SUBCOMMAND(name, synopsis, line) { #name, synopsis, line, cli_##name },
#include "cli/subcommands.def"
#undef SUBCOMMAND
};

void cli_error(const char *format, ...)
{
	va_list ap;

	fputs("plumbline: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

enum subcommand cli_subcommand(const char *name)
{
	unsigned i = 0;

	while (i < SUBCOMMANDS && strcmp(subcommands[i].name, name) != 0)
		i++;
	return (enum subcommand)i;
}

/* A file opened while descriptor 0, 1 or 2 is closed would become standard input or output. */
static void standard_files_hold(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

/* The first word is a capture or a subcommand; one that is neither, but nearly a subcommand, was meant as one. */
static bool subcommand_mistyped(const char *word)
{
	struct suggest s = { .word = span_of(word) };

	if (word[0] == '-' || access(word, F_OK) == 0)
		return false;
	for (unsigned i = 0; i < SUBCOMMANDS; i++)
		suggest_offer(&s, span_of(subcommands[i].name));
	if (!s.best.n)
		return false;
	cli_error("no such file or subcommand '%s'; did you mean %.*s?", word, (int)s.best.n, (const char *)s.best.p);
	return true;
}

static int print_version(void)
{
	struct text text;
	FILE *to = text_open(&text);

	if (!to)
		return EXIT_NOT_JUDGED;
	fprintf(to, "plumbline %s\n", PLUMBLINE_VERSION);
	return text_close(&text);
}

static int run(enum subcommand sub, int argc, char **argv)
{
	struct options o;
	int status = EXIT_NOT_JUDGED;

	switch (options_read(&o, sub, argc, argv)) {
	case OPTIONS_OK:
		status = subcommands[sub].run(&o);
		break;
	case OPTIONS_HELP:
		status = help_print(sub);
		break;
	case OPTIONS_VERSION:
		status = print_version();
		break;
	case OPTIONS_BAD:
		break;
	}
	options_free(&o);
	return status;
}

int plumbline_main(int argc, char **argv)
{
	standard_files_hold();
	interrupt_catch();
	if (argc < 2) {
		cli_error("no capture given; write plumbline CAPTURE, or see: plumbline help");
		return EXIT_NOT_JUDGED;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help_print(SUBCOMMANDS);
	enum subcommand sub = cli_subcommand(argv[1]);
	if (sub != SUBCOMMANDS)
		return run(sub, argc - 1, argv + 1);
	if (subcommand_mistyped(argv[1]))
		return EXIT_NOT_JUDGED;
	return run(SUB_audit, argc, argv);
}
