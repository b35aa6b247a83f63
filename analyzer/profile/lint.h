/* What is right and yet not good: the warnings of `profile check --strict`. */
#ifndef PLUMBLINE_PROFILE_LINT_H
#define PLUMBLINE_PROFILE_LINT_H

#include "base/diag.h"
#include "profile/model.h"

/* Adds one warning a fault; returns how many. */
size_t profile_lint(const struct profile *p, struct diag_list *d);

#endif
