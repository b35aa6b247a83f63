/*
 * Attempts, per device and rule: counters by outcome, the last 64 of them, and tallies of at most 64 peers.
 * An attempt is one try to use a service (DESIGN: words); a session is one that came up.
 */
#ifndef PLUMBLINE_JUDGE_ATTEMPT_H
#define PLUMBLINE_JUDGE_ATTEMPT_H

#include "base/pool.h"
#include "base/rooms.h"
#include "judge/closed.h"
#include "profile/match.h"
#include "record/result.h"

enum { ATTEMPT_RING = 64, ATTEMPT_PEERS = 64, TALLY_WOULD = 3 };

struct attempt {
	uint64_t flow;
	struct addr device, peer;      /* addresses used */
	uint16_t port;                 /* the service's */
	uint16_t wire[2];              /* both as they are in the packets */
	uint8_t proto, outcome, reason;
	bool established_before, weak; /* weak: by an ambiguous name, or concluded from what did not happen */
	bool address_declared, declares_addresses, by_name;
	bool elsewhere;                /* the address is one where the profile says this service never lives */
	bool other_application;        /* it talked something else than the rule declares: neither success nor failure */
	bool logical;                  /* inside a proxy; peer is the proxy */
	bool outbound;                 /* the service is at the peer, the device asks */
	bool connected;                /* inbound: while it was tried, a connection of the device's own to that peer came up */
	bool quic;                     /* UDP where TCP does as well: what fails of it is no failure of the service */
	bool dns;                      /* it ended with the look-up of the name: peer is the resolver */
	int64_t start, up, end;        /* up: 0 where it did not come up */
	int64_t last_try;
	uint32_t tries;
	struct obs_frame first, last;
	struct span name;              /* by which the rule knew the peer, or what it carries */
	struct obs_icmp icmp;
	bool has_icmp;
	struct obs_frame rst;
	bool has_rst;
	int64_t rst_after;             /* ns from the request to the reset */
	uint8_t rst_ttl, rst_ip_id;
};

/* What all tallies are made of. */
struct tally_memory {
	struct pool tally;
	struct rooms attempts, peers;
};

struct tally {
	struct tally_memory *memory;
	const struct binding *binding;
	const struct rule *rule;
	uint32_t attempts, ok, sent, failed, inconclusive, superseded, other_application;
	uint32_t outcomes[OUTCOMES], reasons[REASONS];
	bool ok_before;                /* an ok that began before the capture */
	uint32_t ok_strong;            /* ok that is not weak */
	int64_t first, last, last_ok;
	struct attempt *ring;          /* the last ATTEMPT_RING, at % ATTEMPT_RING is the oldest once full */
	uint32_t ring_n, ring_room;
	uint64_t at;
	struct result_peer *peers;     /* at most ATTEMPT_PEERS */
	uint32_t peers_n, peers_room, peers_more;
	struct span would[TALLY_WOULD]; /* unbound: "sam_server=10.1.0.20", what would bind it, likeliest first */
	uint32_t would_n[TALLY_WOULD];
};

/* One slot per rule of a binding, NULL until the first attempt. */
struct tallies {
	struct tally_memory *memory;
	struct tally **v;
	uint32_t n;
};

void tally_memory_init(struct tally_memory *m);
/* All tallies go with it. */
void tally_memory_free(struct tally_memory *m);

/* 0 or -ENOMEM. */
int tallies_init(struct tallies *t, const struct binding *b, struct tally_memory *m);
/* Leaves the tallies to their memory. */
void tallies_free(struct tallies *t);

/* The tally of a rule, made where it is new; NULL without memory. */
struct tally *tallies_of(struct tallies *t, const struct binding *b, const struct rule *r);

void tally_add(struct tally *t, const struct attempt *a);

/* An attempt that was counted as `sent` failed, as what is around its flow shows. False: there is no such attempt. */
bool tally_spoil(struct tally *t, uint64_t flow, uint8_t outcome);

/* A flow that would be an attempt if a parameter had this value; interned. */
void tally_would(struct tally *t, struct span setting);

/* The kept attempts, oldest first: i from 0 to tally->ring_n - 1. */
const struct attempt *tally_attempt(const struct tally *t, uint32_t i);

#endif
