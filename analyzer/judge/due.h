/*
 * When a rule was due: `every` so long while the device is active, or `within` a time after an event: an attempt of
 * another rule, or `address` (a DHCP lease) or `boot` (a lease after silence).
 */
#ifndef PLUMBLINE_JUDGE_DUE_H
#define PLUMBLINE_JUDGE_DUE_H

#include "judge/state.h"

enum { DUE_MAX = 16 };

/* The events from which `within` counts, oldest first; returns how many. */
size_t due_events(const struct judge *j, const struct device *d, size_t binding, const struct rule *r,
		  int64_t out[DUE_MAX]);

/* True where an occasion passed without any attempt of the rule's service; *ret_since: since when it is due. */
bool due_missed(const struct judge *j, const struct device *d, size_t binding, const struct rule *r, int64_t *ret_since);

/* Attempts that came after their time; *ret_worst: the longest wait beyond the event or the predecessor, ns. */
uint32_t due_late(const struct judge *j, const struct device *d, size_t binding, const struct rule *r, int64_t *ret_worst,
		  const struct attempt **ret_which);

#endif
