/*
 * Causes: pure functions of the judge's tables that write findings. causes.def lists them in the order in which they are
 * asked; some read what an earlier one wrote into the tallies.
 */
#ifndef PLUMBLINE_JUDGE_CAUSES_H
#define PLUMBLINE_JUDGE_CAUSES_H

#include "judge/state.h"

/* Asks every cause of every device, then those of the whole run. */
void causes_run(struct judge *j);

/* One line of causes.def: of a device (NULL: none), of the run (NULL: none). */
struct cause {
	const char *name;
	void (*device)(struct judge *j, struct device *d);
	void (*run)(struct judge *j);
};
#define CAUSE(id) extern const struct cause cause_##id;
#include "judge/causes/causes.def"
#undef CAUSE

/* ---- what several causes use ---- */

/* One service: the same rule, or the same group. */
bool cause_same_service(const struct rule *a, const struct rule *b);
/* The rule's service, or its id. */
struct span cause_service(const struct rule *r);
/* Appends "tcp/5228". */
void cause_put_port(struct wr *w, uint8_t proto, uint16_t port);
/* Appends "mtalk.google.com (142.250.10.188)" or the address. */
void cause_put_peer(struct wr *w, struct span name, const struct addr *peer);
/* "several" of them: at most `max` peers, then "and N more". */
struct cause_peers {
	struct addr addr[8];
	struct span name[8];
	uint32_t n, more;
};
void cause_peers_add(struct cause_peers *p, const struct addr *a, struct span name);
void cause_peers_put(struct wr *w, const struct cause_peers *p);
/* Confirmed: the minimum evidence twice. Weak evidence is at most possible. */
uint8_t cause_confidence(uint32_t times, bool weak);
/* The rule's remedy, or "Allow tcp/5228 outbound from DEVICE to SERVICE." */
void cause_put_remedy(struct wr *w, const struct device *d, const struct rule *r, uint8_t proto, const uint16_t *ports,
		      uint8_t n);

#endif
