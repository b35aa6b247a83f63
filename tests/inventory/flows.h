/* Synthetic flows of one row, held against the rules that cite it. */
#ifndef PLUMBLINE_TESTS_INVENTORY_FLOWS_H
#define PLUMBLINE_TESTS_INVENTORY_FLOWS_H

#include "policy_rig.h"
#include "spec.h"

enum { CITING_MAX = 64, COMPLAINTS_MAX = 6, PORTS_MAX = 256 };

/* The rules that cite a row, and how often each took a flow. */
struct citing {
	const struct rule *rule;
	const struct profile *profile;
	unsigned taken;
};

struct flows {
	const struct inventory *in;
	const struct policy *policy;
	struct spec spec;
	struct citing citing[CITING_MAX];
	size_t citing_n;
	uint16_t wrong_ports[PORTS_MAX]; /* ports of other rows, which no rule that cites this one may take */
	size_t wrong_ports_n;
	unsigned wrong_transports; /* of TCP and UDP, in the same way */
	unsigned flows, complaints; /* complaints of this row */
};

/* The rules of all profiles that cite the row; returns how many. */
size_t flows_find_citing(struct flows *f, const char *row);

/*
 * Every address, host, port, transport and direction of the row. The rules that cite it must take each flow at every
 * audited end, and take neither the reversed flow nor one port or address off. False after saying what is wrong.
 */
bool flows_of_row(struct flows *f, char *const *row);

#endif
