/* plumbline explain CODE. */
#include <stdio.h>

#include "base/span.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "record/result.h"
#include "report/explain.h"

static int print(int code)
{
	struct text text;
	FILE *to = text_open(&text);

	if (!to)
		return EXIT_NOT_JUDGED;
	(void)report_explain((uint16_t)code, to);
	return text_close(&text);
}

int cli_explain(const struct options *o)
{
	if (o->args_n != 1) {
		cli_error("one finding code is needed; write plumbline explain CODE");
		return EXIT_NOT_JUDGED;
	}
	struct suggest s = { .word = span_of(o->args[0]) };
	int code = finding_code_of(s.word);
	if (code >= 0)
		return print(code);
	for (uint16_t i = 0; i < FINDING_CODES; i++)
		suggest_offer(&s, span_of(finding_def(i)->code));
	if (s.best.n)
		cli_error("no such finding code '%s'; did you mean %.*s?", o->args[0], (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("no such finding code '%s'; see: man plumbline-explain", o->args[0]);
	return EXIT_NOT_JUDGED;
}
