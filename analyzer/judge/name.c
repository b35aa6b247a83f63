/* Names by interning and by DNS. The table of answers that are no names stands at the end. */
#include "judge/name.h"

#include <string.h>

#include "base/time.h"

enum { OTHERS = 3, ANSWERS_KEPT = 4, TEXT_MAX = 64 << 20 };

static const int64_t FRESH = 10 * NS_PER_S;
static const int64_t GRACE = 3600 * NS_PER_S; /* resolvers and applications keep answers past their TTL */

struct interned {
	struct span s;
	UT_hash_handle hh;
};

struct lookup_key {
	struct addr client, peer;
};

struct told_pair {
	struct lookup_key key;
	unsigned hash;
};

/* A name that a client was told for an address. */
struct told {
	struct span name;
	int64_t answered[ANSWERS_KEPT]; /* newest first: a flow is judged after the name may have been looked up anew */
	int64_t until;
};

struct lookup {
	UT_hash_handle hh;
	struct lookup_key key;
	struct told newest;
	struct told *others; /* OTHERS of them, newest first; NULL: none, as most have */
};

void names_init(struct names *n, uint32_t lookups_max)
{
	*n = (struct names){ .key = hash_key_new(), .lookups_max = lookups_max };
	pool_init(&n->pool, sizeof(struct lookup), lookups_max);
	pool_init(&n->others, OTHERS * sizeof(struct told), lookups_max);
	arena_init(&n->text, TEXT_MAX);
}

void names_free(struct names *n)
{
	HASH_CLEAR(hh, n->lookups);
	pool_free(&n->pool);
	pool_free(&n->others);
	HASH_CLEAR(hh, n->interned);
	arena_free(&n->text);
}

struct span names_intern(struct names *n, struct span s)
{
	struct interned *i = NULL;

	if (s.n == 0)
		return (struct span){ NULL, 0 };
	unsigned h = table_hash(&n->key, s.p, s.n);
	HASH_FIND_BYHASHVALUE(hh, n->interned, s.p, s.n, h, i);
	if (i)
		return i->s;
	i = arena_alloc(&n->text, sizeof(*i));
	if (i)
		i->s = arena_copy(&n->text, s);
	if (!i || !i->s.p) {
		n->evicted++;
		return (struct span){ NULL, 0 };
	}
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, n->interned, i->s.p, i->s.n, h, i);
	return i->s;
}

static struct lookup *pair_of(struct names *n, const struct lookup_key *key, unsigned h)
{
	struct lookup *l = NULL;

	HASH_FIND_BYHASHVALUE(hh, n->lookups, key, sizeof(*key), h, l);
	if (l)
		return l;
	if (n->lookups_n >= n->lookups_max) {
		struct lookup *oldest = n->lookups;
		HASH_DEL(n->lookups, oldest);
		pool_give(&n->others, oldest->others);
		pool_give(&n->pool, oldest);
		n->lookups_n--;
		n->evicted++;
	}
	l = pool_take(&n->pool);
	if (!l)
		return NULL;
	l->key = *key;
	HASH_ADD_BYHASHVALUE(hh, n->lookups, key, sizeof(l->key), h, l);
	if (!table_added(l)) {
		pool_give(&n->pool, l);
		return NULL;
	}
	n->lookups_n++;
	return l;
}

/* Another name becomes the newest: from among the others, or in the place of the oldest of them. */
static void lead_with(struct names *n, struct lookup *l, struct span name)
{
	struct told told = { .name = name };
	size_t at = 0;

	if (l->newest.name.p && !l->others)
		l->others = pool_take(&n->others);
	while (l->others && at < OTHERS - 1 && l->others[at].name.p != name.p)
		at++;
	if (l->others && l->others[at].name.p == name.p)
		told = l->others[at];
	for (; l->others && at > 0; at--)
		l->others[at] = l->others[at - 1];
	if (l->others)
		l->others[0] = l->newest;
	l->newest = told;
}

static void remember(struct names *n, const struct told_pair *p, struct span name, int64_t answered, int64_t until)
{
	struct lookup *l = pair_of(n, &p->key, p->hash);

	if (!l)
		return;
	if (l->newest.name.p != name.p)
		lead_with(n, l, name);
	struct told *t = &l->newest;
	for (size_t i = ANSWERS_KEPT - 1; i > 0; i--)
		t->answered[i] = t->answered[i - 1];
	t->answered[0] = answered;
	t->until = until;
}

static unsigned hash_of_peer(const struct names *n, const struct addr *peer)
{
	return table_hash(&n->key, peer, sizeof(*peer));
}

/* Its bucket is fetched. */
static struct told_pair aim(const struct names *n, struct addr client, struct addr peer)
{
	struct told_pair p = { .key = { client, peer } };

	p.hash = table_hash(&n->key, &p.key, sizeof(p.key));
	table_fetch_bucket(table_of(n->lookups), p.hash);
	return p;
}

void names_add(struct names *n, const struct obs_dns *d)
{
	static const struct addr anybody;
	struct told_pair own[FACT_ANSWERS], any[FACT_ANSWERS];
	struct span name = names_intern(n, d->name);

	if (!d->answered || !name.p)
		return;
	for (size_t i = 0; i < d->answers_n; i++) {
		own[i] = aim(n, d->client, d->answers[i].addr);
		any[i] = aim(n, anybody, d->answers[i].addr);
	}
	for (size_t i = 0; i < d->answers_n; i++) {
		const struct fact_dns_answer *a = &d->answers[i];
		if (names_is_sinkhole(&a->addr))
			continue;
		sieve_add(&n->named, hash_of_peer(n, &a->addr));
		int64_t until = d->answered + (int64_t)a->ttl * NS_PER_S;
		remember(n, &own[i], name, d->answered, until);
		remember(n, &any[i], name, d->answered, until);
	}
}

/* 0: it was told only later. */
static int64_t last_before(const struct told *t, int64_t at)
{
	for (size_t i = 0; i < ANSWERS_KEPT; i++)
		if (t->answered[i] && t->answered[i] <= at)
			return t->answered[i];
	return 0;
}

/* The latest first; where some are fresh, only those. */
static size_t lead_with_latest(struct name_candidate *v, size_t n, size_t fresh)
{
	for (size_t i = 1; i < n; i++) {
		struct name_candidate c = v[i];
		size_t k = i;
		for (; k > 0 && v[k - 1].answered < c.answered; k--)
			v[k] = v[k - 1];
		v[k] = c;
	}
	return fresh ? fresh : n;
}

size_t names_of(const struct names *n, const struct addr *client, const struct addr *peer, int64_t at,
		struct name_candidate out[NAME_CANDIDATES])
{
	struct lookup_key key = { *client, *peer };
	struct lookup *l = NULL;
	size_t got = 0, fresh = 0;

	if (!sieve_passes(&n->named, hash_of_peer(n, peer)))
		return 0;
	HASH_FIND_BYHASHVALUE(hh, n->lookups, &key, sizeof(key), table_hash(&n->key, &key, sizeof(key)), l);
	if (!l)
		return 0;
	for (size_t i = 0; i <= OTHERS; i++) {
		const struct told *t = i == 0 ? &l->newest : l->others ? &l->others[i - 1] : NULL;
		int64_t answered = t && t->name.p ? last_before(t, at) : 0;
		if (!answered || t->until + GRACE < at)
			continue;
		bool is_fresh = at - answered <= FRESH;
		fresh += is_fresh;
		out[got++] = (struct name_candidate){ t->name, answered, is_fresh };
	}
	return lead_with_latest(out, got, fresh);
}

/* IPv4 block pages and sinkholes whose addresses their makers document. */
static const struct {
	uint32_t net;
	uint8_t bits;
} SINKHOLES[] = {
	{ 0x92703d68, 29 }, /* 146.112.61.104/29: Cisco Umbrella block pages */
	{ 0x4805416f, 32 }, /* 72.5.65.111 and */
	{ 0xc687b816, 32 }, /* 198.135.184.22: Palo Alto Networks' default sinkholes */
	{ 0xd05b7037, 32 }, /* 208.91.112.55: FortiGuard block portal */
};

bool names_is_sinkhole(const struct addr *a)
{
	enum addr_scope s = addr_scope(a);

	if (s == ADDR_UNSPECIFIED || s == ADDR_LOOPBACK)
		return true;
	if (!addr_is_v4(a))
		return false;
	for (size_t i = 0; i < sizeof(SINKHOLES) / sizeof(SINKHOLES[0]); i++)
		if ((addr_as_v4(a) ^ SINKHOLES[i].net) >> (32 - SINKHOLES[i].bits) == 0)
			return true;
	return false;
}
