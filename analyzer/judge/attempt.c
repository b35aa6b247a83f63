/* Attempts per device and rule. */
#include "judge/attempt.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/outcome.h"

/* How many there can be is bounded by devices and rules. */
enum { TALLIES = INT32_MAX };
_Static_assert(ATTEMPT_RING <= (int)ROOMS_MOST && ATTEMPT_PEERS <= (int)ROOMS_MOST, "they grow so far");

void tally_memory_init(struct tally_memory *m)
{
	pool_init(&m->tally, sizeof(struct tally), TALLIES);
	rooms_init(&m->attempts, sizeof(struct attempt), TALLIES);
	rooms_init(&m->peers, sizeof(struct result_peer), TALLIES);
}

void tally_memory_free(struct tally_memory *m)
{
	pool_free(&m->tally);
	rooms_free(&m->attempts);
	rooms_free(&m->peers);
}

int tallies_init(struct tallies *t, const struct binding *b, struct tally_memory *m)
{
	t->memory = m;
	t->n = b->profile->rules_n;
	t->v = t->n ? calloc(t->n, sizeof(struct tally *)) : NULL;
	return t->n && !t->v ? -ENOMEM : 0;
}

void tallies_free(struct tallies *t)
{
	free(t->v);
	*t = (struct tallies){ 0 };
}

struct tally *tallies_of(struct tallies *t, const struct binding *b, const struct rule *r)
{
	if (r->index >= t->n)
		return NULL;
	struct tally **slot = &t->v[r->index];
	if (!*slot) {
		*slot = pool_take(&t->memory->tally);
		if (!*slot)
			return NULL;
		(*slot)->memory = t->memory;
		(*slot)->binding = b;
		(*slot)->rule = r;
	}
	return *slot;
}

static bool more_peers(struct tally *t)
{
	struct result_peer *v = NULL;

	if (t->peers_room < ATTEMPT_PEERS)
		v = rooms_grow(&t->memory->peers, t->peers, &t->peers_room);
	if (v)
		t->peers = v;
	return v;
}

static enum peer_role role_of(const struct attempt *a)
{
	return a->dns ? PEER_RESOLVER : a->logical ? PEER_PROXY : a->outbound ? PEER_ASKED : PEER_ASKER;
}

static void count_peer(struct tally *t, const struct attempt *a)
{
	enum peer_role role = role_of(a);
	struct result_peer *p = NULL;

	for (uint32_t i = 0; i < t->peers_n && !p; i++)
		if (t->peers[i].port == a->port && t->peers[i].role == role && addr_eq(&t->peers[i].peer, &a->peer))
			p = &t->peers[i];
	if (!p) {
		if (t->peers_n == t->peers_room && !more_peers(t)) {
			t->peers_more++;
			return;
		}
		p = &t->peers[t->peers_n++];
		*p = (struct result_peer){ 0 };
		p->peer = a->peer;
		p->role = (uint8_t)role;
		p->port = a->port;
	}
	p->attempts++;
	p->ok += outcome_is_success(a->outcome);
	p->failed += outcome_is_failure(a->outcome);
	if (a->end > p->last)
		p->last = a->end;
}

/* The ring doubles up to 64, so that a rule used once costs little. */
static struct attempt *next_slot(struct tally *t)
{
	if (t->ring_n == t->ring_room && t->ring_room < ATTEMPT_RING) {
		struct attempt *ring = rooms_grow(&t->memory->attempts, t->ring, &t->ring_room);
		if (!ring)
			return NULL;
		t->ring = ring;
	}
	struct attempt *slot = &t->ring[t->at % ATTEMPT_RING];
	t->at++;
	if (t->ring_n < ATTEMPT_RING)
		t->ring_n++;
	return slot;
}

void tally_add(struct tally *t, const struct attempt *a)
{
	struct attempt *slot = next_slot(t);

	if (slot)
		*slot = *a;
	if (!t->attempts || a->start < t->first)
		t->first = a->start;
	if (a->end > t->last)
		t->last = a->end;
	t->attempts++;
	t->outcomes[a->outcome]++;
	t->reasons[a->reason]++;
	if (a->other_application) {
		t->other_application++;
	} else if (a->outcome == OUTCOME_SENT) {
		t->sent++;
	} else if (a->outcome == OUTCOME_OK) {
		t->ok++;
		t->ok_strong += !a->weak;
		t->ok_before |= a->established_before;
		if (a->end > t->last_ok)
			t->last_ok = a->end;
	} else if (a->outcome == OUTCOME_SUPERSEDED) {
		t->superseded++;
	} else if (a->outcome == OUTCOME_INCONCLUSIVE) {
		t->inconclusive++;
	} else {
		t->failed++;
	}
	count_peer(t, a);
}

static void spoil_peer(struct tally *t, const struct attempt *a)
{
	for (uint32_t i = 0; i < t->peers_n; i++) {
		struct result_peer *p = &t->peers[i];
		if (p->port != a->port || p->role != role_of(a) || !addr_eq(&p->peer, &a->peer))
			continue;
		p->ok--;
		p->failed++;
		return;
	}
}

bool tally_spoil(struct tally *t, uint64_t flow, uint8_t outcome)
{
	for (uint32_t i = 0; i < t->ring_n; i++) {
		struct attempt *a = &t->ring[i];
		if (a->flow != flow || a->outcome != OUTCOME_SENT || a->other_application)
			continue;
		t->outcomes[OUTCOME_SENT]--;
		t->outcomes[outcome]++;
		t->sent--;
		t->failed++;
		spoil_peer(t, a);
		a->outcome = outcome;
		return true;
	}
	return false;
}

void tally_would(struct tally *t, struct span setting)
{
	for (size_t i = 0; i < TALLY_WOULD; i++) {
		if (t->would_n[i] && t->would[i].p != setting.p)
			continue;
		t->would[i] = setting;
		t->would_n[i]++;
		for (; i > 0 && t->would_n[i] > t->would_n[i - 1]; i--) {
			struct span s = t->would[i];
			uint32_t n = t->would_n[i];
			t->would[i] = t->would[i - 1];
			t->would_n[i] = t->would_n[i - 1];
			t->would[i - 1] = s;
			t->would_n[i - 1] = n;
		}
		return;
	}
}

const struct attempt *tally_attempt(const struct tally *t, uint32_t i)
{
	uint64_t oldest = t->at - t->ring_n;
	return &t->ring[(oldest + i) % ATTEMPT_RING];
}
