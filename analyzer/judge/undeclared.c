/* What no rule takes: one entry per peer (by name where it has one), port and direction; inbound probes by source. */
#include <string.h>

#include "judge/state.h"

static struct undeclared *entry(struct judge *j, struct device *d, const struct undeclared_key *key)
{
	struct undeclared *u = NULL;
	unsigned h = table_hash(&j->names.key, key, sizeof(*key));

	HASH_FIND_BYHASHVALUE(hh, d->undeclared, key, sizeof(*key), h, u);
	if (u)
		return u;
	if (d->undeclared_n >= UNDECLARED_MAX) {
		d->undeclared_more++;
		return NULL;
	}
	u = pool_take(&j->undeclared);
	if (!u)
		return NULL;
	u->key = *key;
	HASH_ADD_BYHASHVALUE(hh, d->undeclared, key, sizeof(u->key), h, u);
	if (!table_added(u)) {
		pool_give(&j->undeclared, u);
		return NULL;
	}
	d->undeclared_n++;
	return u;
}

static void add_port(struct undeclared *u, uint16_t port)
{
	for (uint8_t i = 0; i < u->ports_n; i++)
		if (u->ports[i] == port)
			return;
	if (u->ports_n < UNDECLARED_PORTS)
		u->ports[u->ports_n++] = port;
}

static void cite(struct undeclared *u, const struct closed *c, bool device_first)
{
	if (u->cited_n == UNDECLARED_CITED)
		return;
	u->cited[u->cited_n] = c->id;
	u->frames[u->cited_n] = c->first_frame;
	u->device_ports[u->cited_n] = c->port[device_first ? 0 : 1];
	u->peer_ports[u->cited_n] = c->port[device_first ? 1 : 0];
	u->cited_n++;
}

/* Who began is not known: where only the device sent, it was to the service; else the lower port is the service's. */
static uint16_t likely_port(const struct closed *c, const struct match_flow *f, bool device_first)
{
	if (!c->packets[device_first ? 1 : 0])
		return f->peer_port;
	return f->peer_port < f->device_port ? f->peer_port : f->device_port;
}

void undeclared_add(struct judge *j, struct device *d, const struct closed *c, const struct match_flow *f, bool inbound,
		    bool came_up, bool softened, struct span name)
{
	struct undeclared_key key;
	bool device_first = addr_eq(&c->addr[0], &f->device);
	bool unknown = f->initiator == INITIATOR_EITHER;
	uint16_t port = c->port[1];
	struct undeclared *u;

	if (unknown)
		port = likely_port(c, f, device_first);
	memset(&key, 0, sizeof(key));
	key.proto = c->proto;
	key.inbound = inbound;
	key.port = inbound && !came_up ? 0 : port;
	key.name = inbound ? NULL : name.p;
	if (!key.name)
		key.peer = f->peer;
	u = entry(j, d, &key);
	if (!u)
		return;
	if (!u->flows) {
		u->name = name;
		u->peer = f->peer;
		u->device = f->device;
		u->first = c->start;
		u->application = closed_application(c);
	}
	u->flows++;
	u->came_up += came_up;
	u->softened += softened;
	u->unknown_start |= unknown;
	u->several |= !addr_eq(&u->peer, &f->peer);
	if (c->start < u->first)
		u->first = c->start;
	if (c->end > u->last)
		u->last = c->end;
	add_port(u, port);
	cite(u, c, device_first);
}
