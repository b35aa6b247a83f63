/* plumbline judge OBSERVATIONS...: stored observations to a report. */
#include "cli/pipeline.h"

int cli_judge(const struct options *o)
{
	struct observations observations = { .records.lines.fd = -1 };

	return pipeline_judge(o, &observations_def, &observations);
}
