/* The actions of `plumbline profile` that have a file of their own, and what they share with the others. */
#ifndef PLUMBLINE_CLI_PROFILE_H
#define PLUMBLINE_CLI_PROFILE_H

#include "cli/options.h"
#include "profile/policy.h"

/* Each returns the exit status. args[0] is the action's name. */
int profile_export_to(const struct options *o);
int profile_learn(const struct options *o);

/* The profile of that name, or NULL with the line that says that there is none. */
const struct profile *profile_named(const struct policy *policy, const char *id);

#endif
