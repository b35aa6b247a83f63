/* findings.def as a table. */
#include "base/rd.h"
#include "record/names.h"
#include "record/result.h"

static const struct finding_def defs[] = {
#define FINDING(id, code, cause, base, by_need, title, proof, remedy)                                                  \
	[FIND_##id] = { code, cause, SEVERITY_##base, by_need, title, proof, remedy },
#include "record/findings.def"
#undef FINDING
};

const struct finding_def *finding_def(uint16_t code)
{
	return code < FINDING_CODES ? &defs[code] : NULL;
}

int finding_code_of(struct span name)
{
	uint32_t v;
	return names_find(&names_finding, name, &v) ? (int)v : -1;
}
