/* Profiles, site and bindings of the inventory test, and which rule or note cites which row. */
#ifndef PLUMBLINE_TESTS_INVENTORY_POLICY_RIG_H
#define PLUMBLINE_TESTS_INVENTORY_POLICY_RIG_H

#include "profile/match.h"

/* Who sits at an address: nobody that is audited where n is 0. */
struct seat {
	struct binding *b[BINDING_PROFILES];
	size_t n;
	const struct site_device *entry;
};

int seat_take(struct seat *s, const struct policy *p, const struct addr *a);
void seat_leave(struct seat *s);

/* True where the list names the row, also within a range: HMC-040-053. */
bool cites_row(const struct texts *cites, const char *row);

/* True where some citation is a row of the inventory's form at all. */
bool cites_any_row(const struct texts *cites);

#endif
