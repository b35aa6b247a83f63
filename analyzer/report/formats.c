/* formats.def as a table. */
#include <string.h>

#include "report/report.h"

#define REPORT_FORMAT(variable) extern const struct report_format variable;
#include "report/formats.def"
#undef REPORT_FORMAT

const struct report_format *const report_formats[] = {
#define REPORT_FORMAT(variable) &variable,
#include "report/formats.def"
#undef REPORT_FORMAT
};
const size_t report_formats_n = sizeof(report_formats) / sizeof(report_formats[0]);

const struct report_format *report_format(const char *name)
{
	for (size_t i = 0; i < report_formats_n; i++)
		if (strcmp(report_formats[i]->name, name) == 0)
			return report_formats[i];
	return NULL;
}
