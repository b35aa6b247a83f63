/* The policy that the options name. */
#ifndef PLUMBLINE_CLI_POLICIES_H
#define PLUMBLINE_CLI_POLICIES_H

#include "cli/options.h"
#include "profile/policy.h"

/* 0, or -EINVAL and -errno when the lines that say why were printed. Warnings are printed too. */
int policies_load(struct policy **ret_p, const struct options *o);

/* The same for another site, and with more files or folders of profiles, which are read before all others. */
int policies_load_with(struct policy **ret_p, const struct options *o, const char *site, char *const *more, size_t more_n);

/* The same with one more profile and a site that are texts; the site and the devices of the options are left out. */
int policies_load_texts(struct policy **ret_p, const struct options *o, const struct policy_text *profile,
			const struct policy_text *site);

#endif
