/* plumbline audit as it is where there is no classifier: what nDPI takes, in a process beside, is told from the rest. */
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/pipeline.h"

int main(int argc, char **argv)
{
	struct source_def without = captures_def;
	struct captures captures = { 0 };
	struct options o;
	int status = EXIT_NOT_JUDGED;

	without.classifies = false;
	if (options_read(&o, SUB_audit, argc, argv) == OPTIONS_OK)
		status = pipeline_judge(&o, &without, &captures);
	options_free(&o);
	return status;
}
