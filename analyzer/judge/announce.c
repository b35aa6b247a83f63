/* Endpoints that control flows announce. RFC 3264 (offer and answer), RFC 959 (data connections). */
#include "judge/announce.h"

#include <stdlib.h>

#include "base/proto.h"
#include "base/time.h"

enum { RANGE_MAX = 16 };

/* A call may last; an announcement older than that is of another. Packets may be a little ahead of their announcement. */
static const int64_t HOLDS = 4 * 3600 * NS_PER_S;
static const int64_t AHEAD = 10 * NS_PER_S;

void announcements_init(struct announcements *a)
{
	*a = (struct announcements){ .key = hash_key_new() };
}

/* An endpoint, with whatever was announced of it earlier. */
static void drop(struct announcements *a, struct announced *e)
{
	HASH_DEL(a->v, e);
	for (struct announced *next; e; e = next) {
		next = e->earlier;
		free(e);
		a->n--;
	}
}

void announcements_free(struct announcements *a)
{
	struct announced *e, *next;

	HASH_ITER(hh, a->v, e, next)
		drop(a, e);
}

static struct announced *find(const struct announcements *a, const struct addr *addr, uint16_t port)
{
	struct announced_key key = { .addr = *addr, .port = port };
	struct announced *e = NULL;

	if (a->ports[port / 64] >> port % 64 & 1)
		HASH_FIND_BYHASHVALUE(hh, a->v, &key, sizeof(key), table_hash(&a->key, &key, sizeof(key)), e);
	return e;
}

static void drop_oldest(struct announcements *a, struct announced *e)
{
	struct announced *last = e;

	while (last->earlier->earlier)
		last = last->earlier;
	free(last->earlier);
	last->earlier = NULL;
	e->earlier_n--;
	a->n--;
	a->evicted++;
}

/* What the endpoint was in the call before becomes the earlier one; the entry itself stays where it is in the table. */
static struct announced *begin_anew(struct announcements *a, struct announced *e)
{
	struct announced *earlier = malloc(sizeof(*earlier));

	if (!earlier)
		return NULL;
	*earlier = *e;
	*e = (struct announced){ .key = e->key, .earlier = earlier, .earlier_n = earlier->earlier_n + 1, .hh = e->hh };
	a->n++;
	if (e->earlier_n > ANNOUNCED_EARLIER)
		drop_oldest(a, e);
	return e;
}

static struct announced *make(struct announcements *a, const struct addr *addr, uint16_t port, struct span call_id)
{
	struct announced *e = find(a, addr, port);

	while (a->n >= ANNOUNCED_MAX && (!e || a->v != e)) {
		drop(a, a->v);
		a->evicted++;
	}
	if (e)
		return e->call_id.p == call_id.p || a->n >= ANNOUNCED_MAX ? e : begin_anew(a, e);
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->key.addr = *addr;
	e->key.port = port;
	unsigned hash = table_hash(&a->key, &e->key, sizeof(e->key));
	HASH_ADD_BYHASHVALUE(hh, a->v, key, sizeof(e->key), hash, e);
	if (!table_added(e)) {
		free(e);
		return NULL;
	}
	a->ports[port / 64] |= UINT64_C(1) << port % 64;
	a->n++;
	return e;
}

void announcements_add(struct announcements *a, struct names *names, const struct obs_fact *f)
{
	const struct fact_endpoint *p = &f->fact.endpoint;
	uint32_t to = p->port_to > p->port ? p->port_to : p->port;
	/* EPSV (RFC 2428) names a port of whoever says it */
	struct addr addr = addr_is_none(&p->addr) ? f->addr[f->fact.side & 1] : p->addr;

	if (addr_is_none(&addr) || p->port == 0)
		return;
	struct span call_id = names_intern(names, p->call_id);
	for (uint32_t port = p->port; port <= to && port - p->port < RANGE_MAX; port++) {
		struct announced *e = make(a, &addr, (uint16_t)port, call_id);
		if (!e)
			return;
		e->application = names_intern(names, p->application);
		e->call_id = call_id;
		e->media = names_intern(names, p->media);
		e->control[0] = f->addr[0];
		e->control[1] = f->addr[1];
		e->tcp = p->tcp;
		e->sends = p->sends;
		e->receives = p->receives;
		e->listens = p->listens;
		e->at = time_held(f->time);
	}
}

static bool holds(const struct announced *e, int64_t at)
{
	return at >= e->at - AHEAD && at - e->at <= HOLDS;
}

/* The newest that holds then. */
static struct announced *find_at(const struct announcements *a, const struct addr *addr, uint16_t port, int64_t at)
{
	struct announced *e = find(a, addr, port);

	while (e && !holds(e, at))
		e = e->earlier;
	return e;
}

const struct announced *announcements_find(const struct announcements *a, const struct addr *addr, uint16_t port, int64_t at)
{
	return a->n ? find_at(a, addr, port, at) : NULL;
}

void announcements_use(struct announcements *a, const struct closed *c)
{
	if (!a->n || (c->proto != PROTO_UDP && c->proto != PROTO_TCP))
		return;
	for (size_t s = 0; s < 2; s++) {
		struct announced *e = find_at(a, &c->addr[s], c->port[s], c->start);
		if (!e)
			continue;
		if (!e->flow) {
			e->flow = c->id;
			e->first_frame = c->first_frame;
			e->peer = c->addr[!s];
			e->peer_port = c->port[!s];
			e->first = c->start;
		}
		e->last_frame = c->last_frame;
		e->sent += c->packets[s];
		e->received += c->packets[!s];
		if (c->end > e->last)
			e->last = c->end;
	}
}
