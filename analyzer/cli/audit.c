/* plumbline [audit] CAPTURE...: captures to a report. */
#include "cli/pipeline.h"

int cli_audit(const struct options *o)
{
	struct captures captures = { 0 };

	return pipeline_judge(o, &captures_def, &captures);
}
