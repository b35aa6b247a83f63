/* Lists of prefixes for fast lookup: sorted, each with the nearest prefix around it. */
#ifndef PLUMBLINE_PROFILE_ADDRSET_H
#define PLUMBLINE_PROFILE_ADDRSET_H

#include "profile/build.h"

enum { ADDRSET_FILE_BYTES = 4 << 20, ADDRSET_PREFIXES = 200000 };

/*
 * Sorts v by address, then length, drops doubles and fills *ret_up (1 + the index of the nearest enclosing prefix, 0
 * for none; in the arena). Returns how many are left; 0 with no_memory set where there is none.
 */
uint32_t addrset_index(struct build *b, struct prefix *v, uint32_t n, uint32_t **ret_up);

/* The longest prefix that holds the address: its index, or -1. */
int addrset_find(const struct prefix *v, const uint32_t *up, uint32_t n, const struct addr *a);

/*
 * Fills the set from a file: one prefix a line, # begins a comment, one line "as_of: DATE" before the first prefix.
 * Every fault is an error with its place in that file.
 */
void addrset_read(struct build *b, const char *path, struct address_set *s);

#endif
