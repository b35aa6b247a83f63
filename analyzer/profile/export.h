/* Profiles in the forms of other programs: `profile export ID --to FORM`. One form, one file, one line in exports.def. */
#ifndef PLUMBLINE_PROFILE_EXPORT_H
#define PLUMBLINE_PROFILE_EXPORT_H

#include "base/wr.h"
#include "profile/policy.h"

struct profile_export {
	const char *name; /* "csv" */
	/*
	 * Writes the profile with what it uses (but for ip-host, which every profile holds with), as the devices of the
	 * site that hold it have it: their parameters, and without the rules that their choices exclude. Where the site
	 * names no such device, as any device would have it. 0 or -ENOMEM; the caller looks at w->failed.
	 */
	int (*write)(const struct policy *policy, const struct profile *p, struct wr *w);
};

extern const struct profile_export *const profile_exports[];
extern const size_t profile_exports_n;

/* NULL: no such form. */
const struct profile_export *profile_export(const char *name);

#endif
