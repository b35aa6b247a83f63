/* "Did you mean": the nearest of some words. */
#ifndef PLUMBLINE_CLI_SUGGEST_H
#define PLUMBLINE_CLI_SUGGEST_H

#include <stddef.h>

#include "base/rd.h"

/* The best candidate so far; zeroed at first. */
struct suggest {
	struct span word;
	struct span best; /* points at the candidate; empty while none is near enough */
	size_t distance;
};

/* Offers one candidate: near is at most a third of the word's letters wrong, or that the word begins it. */
void suggest_offer(struct suggest *s, struct span candidate);

#endif
