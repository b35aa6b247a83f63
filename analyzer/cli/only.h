/* What --only names: a device, an address or prefix, a profile, a finding code. */
#ifndef PLUMBLINE_CLI_ONLY_H
#define PLUMBLINE_CLI_ONLY_H

#include <stdbool.h>

#include "profile/policy.h"
#include "record/result.h"

/*
 * True where the word can be meant: no --only, an address or prefix, a finding code, and where there is a policy one of its
 * profiles or devices. Else the line with the nearest such word was printed. policy may be NULL: any word can be meant.
 */
bool only_known(const char *only, const struct policy *policy);

#endif
