/*
 * What became of one attempt: a table of predicates, the first that holds decides. An outcome is a function of the flow
 * and of three things known about its surroundings; in doubt it is `inconclusive` with a reason.
 */
#ifndef PLUMBLINE_JUDGE_OUTCOME_H
#define PLUMBLINE_JUDGE_OUTCOME_H

#include "judge/closed.h"
#include "profile/model.h"

struct surroundings {
	int64_t now;               /* end of what was observed so far: silence lasted at least until then */
	int64_t initiator_seen;    /* last packet of the initiator's address in any flow */
	bool one_way;              /* answers to this initiator are not in this capture, though they arrive */
	bool lossy;                /* flows of this initiator lack bytes that were acknowledged: answers may be lost too */
	bool peer_near;            /* where it did not answer: another flow to it shows a round trip below 0.2 s */
};

struct outcome_of {
	uint8_t outcome; /* enum outcome */
	uint8_t reason;  /* enum reason, where inconclusive */
	bool established_before;
	bool weak;       /* concluded from what did not happen: at most `possible` */
};

struct outcome_of outcome_of(const struct closed *c, const struct surroundings *s, enum rule_up up, enum rule_reply reply);

/* Classes of outcomes. */
bool outcome_is_failure(uint8_t outcome);  /* did not come up */
bool outcome_is_success(uint8_t outcome);

/* Zeek's conn_state of the flow (S0, SF, REJ …). */
const char *outcome_conn_state(const struct closed *c);

#endif
