/* Shared by show.c, show_rule.c and dump.c. */
#ifndef PLUMBLINE_PROFILE_SHOW_PRIV_H
#define PLUMBLINE_PROFILE_SHOW_PRIV_H

#include "base/wr.h"
#include "profile/model.h"

/* `by` between the parts of a list whose first part begins at `start`. */
void show_separate(struct wr *w, size_t start, const char *by);

/* A duration, and the value of a parameter, as profiles and sites write them: 15m, 10.9.0.1:3128. */
void show_duration(struct wr *w, int64_t ns);
void show_value(struct wr *w, enum parameter_kind kind, const struct parameter_value *v);

/* The first `max` prefixes of a set; those of one address without their length. */
void show_prefixes(const struct address_set *s, uint32_t max, struct wr *w);

#endif
