/* The policy that the options name. */
#ifndef PLUMBLINE_CLI_POLICIES_H
#define PLUMBLINE_CLI_POLICIES_H

#include "cli/options.h"
#include "profile/policy.h"

/* 0, or -EINVAL and -errno when the lines that say why were printed. Warnings are printed too. */
int policies_load(struct policy **ret_p, const struct options *o);

#endif
