/* exports.def as a table. */
#include "profile/export.h"

#include <string.h>

#define PROFILE_EXPORT(variable) extern const struct profile_export variable;
#include "profile/exports.def"
#undef PROFILE_EXPORT

const struct profile_export *const profile_exports[] = {
#define PROFILE_EXPORT(variable) &variable,
#include "profile/exports.def"
#undef PROFILE_EXPORT
};
const size_t profile_exports_n = sizeof(profile_exports) / sizeof(profile_exports[0]);

const struct profile_export *profile_export(const char *name)
{
	for (size_t i = 0; i < profile_exports_n; i++)
		if (strcmp(profile_exports[i]->name, name) == 0)
			return profile_exports[i];
	return NULL;
}
