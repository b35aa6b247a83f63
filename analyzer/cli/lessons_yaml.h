/* Lessons as a first profile and a first site, for editing. */
#ifndef PLUMBLINE_CLI_LESSONS_YAML_H
#define PLUMBLINE_CLI_LESSONS_YAML_H

#include "base/wr.h"
#include "cli/lessons.h"

/* Both are settled lessons' and load together; what failed stands in them as a comment. The caller looks at `failed`. */
void lessons_profile(const struct lessons *l, const struct addr *device, struct wr *w);
void lessons_site(const struct lessons *l, const struct addr *device, struct wr *w);

#endif
