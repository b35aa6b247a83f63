/* Hosts and devices: who is who, and since when. */
#include "judge/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "base/time.h"

enum { HOSTS_MAX = 131072, DEVICES_MAX = 65536 };
_Static_assert(HOST_RING <= (int)ROOMS_MOST, "it grows so far");

static const int64_t SPELL_GAP = 120 * NS_PER_S;
static const int64_t SILENT = 60 * NS_PER_S;
static const int64_t ANSWER_PEER = 120 * NS_PER_S;
static const int64_t ANSWER_GROUP = 10 * NS_PER_S;

/* How many addresses a MAC claimed for its own. */
struct mac_use {
	struct mac mac;
	struct addr addr[MAC_ADDRESSES];
	uint32_t n; /* more than MAC_ADDRESSES: too many to be one station's */
	UT_hash_handle hh;
};

void spells_add(struct spells *s, int64_t from, int64_t to)
{
	for (uint8_t i = 0; i < s->n; i++) {
		if (from > s->v[i].to + SPELL_GAP || to < s->v[i].from - SPELL_GAP)
			continue;
		if (from < s->v[i].from)
			s->v[i].from = from;
		if (to > s->v[i].to)
			s->v[i].to = to;
		return;
	}
	if (s->n == HOST_ANSWERED) {
		for (uint8_t i = 1; i < s->n; i++)
			s->v[i - 1] = s->v[i];
		s->n--;
	}
	s->v[s->n++] = (struct spell){ from, to };
}

bool spells_touch(const struct spells *s, int64_t from, int64_t to)
{
	for (uint8_t i = 0; i < s->n; i++)
		if (s->v[i].from <= to && s->v[i].to >= from)
			return true;
	return false;
}

int devices_init(struct devices *d, const struct policy *p, struct names *names)
{
	size_t n = policy_profiles(p);

	*d = (struct devices){ .policy = p, .names = names, .key = hash_key_new(), .hosts_max = HOSTS_MAX,
			       .all_max = DEVICES_MAX };
	pool_init(&d->host_pool, sizeof(struct host), HOSTS_MAX);
	pool_init(&d->mac_pool, sizeof(struct mac_use), HOSTS_MAX);
	pool_init(&d->ups_pool, HOST_UPS * sizeof(struct came_up), HOSTS_MAX);
	pool_init(&d->sends_pool, HOST_SENDS * sizeof(struct sent_from), HOSTS_MAX);
	pool_init(&d->spells_pool, sizeof(struct spells), HOSTS_MAX);
	pool_init(&d->device_pool, sizeof(struct device), DEVICES_MAX);
	rooms_init(&d->rings, sizeof(struct kept *), HOSTS_MAX);
	tally_memory_init(&d->tallies);
	d->anonymous = calloc(n ? n : 1, sizeof(struct binding *));
	if (!d->anonymous)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (binding_make(&d->anonymous[i], p, policy_profile(p, i), NULL, NULL) < 0)
			return -ENOMEM;
	return 0;
}

/* But for what lies in pools. */
static void device_free(struct device *v)
{
	remarks_free(&v->remarks);
	for (size_t i = 0; i < v->bindings_n; i++) {
		tallies_free(&v->tallies[i]);
		binding_free(v->bindings[i]);
	}
}

void devices_free(struct devices *d)
{
	for (struct host *h = d->hosts; h; h = h->hh.next) {
		free(h->dhcp);
		free(h->hidden);
	}
	HASH_CLEAR(hh, d->hosts);
	HASH_CLEAR(hh, d->mac_uses);
	pool_free(&d->host_pool);
	pool_free(&d->mac_pool);
	pool_free(&d->ups_pool);
	pool_free(&d->sends_pool);
	pool_free(&d->spells_pool);
	HASH_CLEAR(by_addr, d->by_addr);
	HASH_CLEAR(by_mac, d->by_mac);
	for (size_t i = 0; i < d->all_n; i++)
		device_free(d->all[i]);
	pool_free(&d->device_pool);
	rooms_free(&d->rings);
	tally_memory_free(&d->tallies);
	free(d->all);
	for (size_t i = 0; d->anonymous && i < policy_profiles(d->policy); i++)
		binding_free(d->anonymous[i]);
	free(d->anonymous);
}

unsigned devices_hash(const struct devices *d, const struct addr *a)
{
	return table_hash(&d->key, a, sizeof(*a));
}

static struct host *find_by(const struct devices *d, const struct addr *a, unsigned hash)
{
	struct host *h = NULL;

	HASH_FIND_BYHASHVALUE(hh, d->hosts, a, sizeof(*a), hash, h);
	return h;
}

struct host *devices_find(const struct devices *d, const struct addr *a)
{
	return find_by(d, a, devices_hash(d, a));
}

static bool is_hosts(const struct addr *a)
{
	enum addr_scope s = addr_scope(a);
	return s != ADDR_UNSPECIFIED && s != ADDR_MULTICAST && s != ADDR_BROADCAST;
}

struct host *devices_host(struct devices *d, const struct addr *a, int64_t at)
{
	return devices_host_by(d, a, devices_hash(d, a), at);
}

struct host *devices_host_by(struct devices *d, const struct addr *a, unsigned hash, int64_t at)
{
	struct host *h = find_by(d, a, hash);

	if (!h) {
		if (!is_hosts(a))
			return NULL;
		if (d->hosts_n >= d->hosts_max) {
			d->evicted++;
			return NULL;
		}
		h = pool_take(&d->host_pool);
		if (!h)
			return NULL;
		h->addr = *a;
		h->first = h->last = at;
		HASH_ADD_BYHASHVALUE(hh, d->hosts, addr, sizeof(h->addr), hash, h);
		if (!table_added(h)) {
			pool_give(&d->host_pool, h);
			return NULL;
		}
		d->hosts_n++;
	}
	if (at > h->last)
		h->last = at;
	return h;
}

static struct mac_use *mac_use_of(const struct devices *d, const struct mac *m)
{
	struct mac_use *u = NULL;

	HASH_FIND_BYHASHVALUE(hh, d->mac_uses, m, sizeof(*m), table_hash(&d->key, m, sizeof(*m)), u);
	return u;
}

bool devices_knows_mac(const struct devices *d, const struct mac *m)
{
	return mac_use_of(d, m) != NULL;
}

static void mac_claims(struct devices *d, const struct mac *m, const struct addr *a)
{
	struct mac_use *u = mac_use_of(d, m);

	if (!u) {
		u = pool_take(&d->mac_pool);
		if (!u)
			return;
		u->mac = *m;
		HASH_ADD_BYHASHVALUE(hh, d->mac_uses, mac, sizeof(u->mac), table_hash(&d->key, m, sizeof(*m)), u);
		if (!table_added(u)) {
			pool_give(&d->mac_pool, u);
			return;
		}
	}
	for (uint32_t i = 0; i < u->n && i < MAC_ADDRESSES; i++)
		if (addr_eq(&u->addr[i], a))
			return;
	if (u->n >= MAC_ADDRESSES && !addr_is_v4(a))
		return; /* a station may have any number of IPv6 addresses */
	if (u->n < MAC_ADDRESSES)
		u->addr[u->n] = *a;
	u->n++;
}

/* The MAC by which a host is a station; none where it shares it with too many. */
static struct mac station_mac(const struct devices *d, const struct host *h)
{
	const struct mac_use *u = mac_is_none(&h->own) ? NULL : mac_use_of(d, &h->own);
	return u && u->n <= MAC_ADDRESSES ? h->own : (struct mac){ { 0 } };
}

size_t devices_behind(const struct devices *d, const struct mac *m, struct addr *out, size_t max)
{
	const struct mac_use *u = mac_is_none(m) ? NULL : mac_use_of(d, m);
	size_t n = 0;

	while (u && n < u->n && n < MAC_ADDRESSES && n < max) {
		out[n] = u->addr[n];
		n++;
	}
	return n;
}

static void note_lease(struct dhcp_said *said, int64_t at, bool after_silence)
{
	if (said->leases_n == HOST_LEASES)
		return;
	said->leases[said->leases_n].at = at;
	said->leases[said->leases_n].after_silence = after_silence;
	said->leases_n++;
}

static void learn(struct dhcp_said *said, const struct obs_host *o)
{
	said->taught = true;
	for (size_t i = 0; i < FACT_SERVERS; i++) {
		if (i < o->resolvers_n)
			said->learnt.v[FROM_DHCP_RESOLVERS][i] = o->resolvers[i];
		if (i < o->routers_n)
			said->learnt.v[FROM_DHCP_ROUTERS][i] = o->routers[i];
		if (i < o->ntp_n)
			said->learnt.v[FROM_DHCP_NTP][i] = o->ntp[i];
	}
	said->learnt.v[FROM_DHCP_SERVER][0] = o->server;
}

const struct learnt *host_learnt(const struct host *h)
{
	return h->dhcp && h->dhcp->taught ? &h->dhcp->learnt : NULL;
}

static void take_dhcp(struct devices *d, struct host *h, const struct obs_host *o, bool after_silence)
{
	h->looked_up = false;
	if (!h->dhcp)
		h->dhcp = calloc(1, sizeof(*h->dhcp));
	if (!h->dhcp)
		return;
	note_lease(h->dhcp, o->time, after_silence);
	if (o->host_name.n)
		h->dhcp->host_name = names_intern(d->names, o->host_name);
	if (o->vendor_class.n)
		h->dhcp->vendor_class = names_intern(d->names, o->vendor_class);
	if (o->resolvers_n || o->routers_n || o->ntp_n || !addr_is_none(&o->server))
		learn(h->dhcp, o);
}

void devices_bind(struct devices *d, const struct obs_host *o)
{
	static const char *const hows[] = { "arp", "nd", "dhcp" };
	struct host *h;

	if (o->kind == HOST_UNANSWERED || mac_is_none(&o->mac) || mac_is_group(&o->mac))
		return;
	struct host *before = devices_find(d, &o->addr);
	int64_t seen = before ? before->last : 0;
	h = devices_host(d, &o->addr, o->time);
	if (!h)
		return;
	if (o->kind == HOST_DHCP)
		take_dhcp(d, h, o, !seen || o->time - seen > SILENT);
	if (!mac_eq(&h->own, &o->mac)) {
		h->own = o->mac;
		h->own_from = o->time;
		h->own_how = hows[o->kind];
		h->looked_up = false;
		mac_claims(d, &o->mac, &o->addr);
	}
}

static void device_named(struct device *v, struct span name)
{
	for (uint8_t i = 0; i < v->names_n; i++)
		if (span_eq(v->names[i], name))
			return;
	if (v->names_n < DEVICE_NAMES)
		v->names[v->names_n++] = name;
}

static void device_saw(struct device *v, const struct host *h, int64_t at)
{
	struct device_address *da = NULL;

	for (uint8_t i = 0; i < v->addresses_n && !da; i++)
		if (addr_eq(&v->addresses[i].addr, &h->addr))
			da = &v->addresses[i];
	if (!da && v->addresses_n < DEVICE_ADDRESSES) {
		da = &v->addresses[v->addresses_n++];
		*da = (struct device_address){ h->addr, h->first, at, h->own_how ? h->own_how : "seen" };
	}
	if (da && at > da->to)
		da->to = at;
	if (at > v->last)
		v->last = at;
	if (h->dhcp && h->dhcp->host_name.n)
		device_named(v, h->dhcp->host_name);
}

static void device_bind(struct devices *d, struct device *v, const struct host *h, const struct profile *const *heads,
			size_t n)
{
	const struct profile *all[BINDING_PROFILES];
	size_t m = policy_expand(d->policy, heads, n, all);

	for (size_t i = 0; i < m && v->bindings_n < BINDING_PROFILES; i++) {
		struct binding *b;
		if (device_holds(v, all[i]) || binding_make(&b, d->policy, all[i], v->entry, host_learnt(h)) < 0)
			continue;
		if (tallies_init(&v->tallies[v->bindings_n], b, &d->tallies) < 0) {
			binding_free(b);
			continue;
		}
		v->bindings[v->bindings_n++] = b;
	}
}

bool device_holds(const struct device *v, const struct profile *p)
{
	for (size_t i = 0; i < v->bindings_n; i++)
		if (v->bindings[i]->profile == p)
			return true;
	return false;
}

size_t device_binding(const struct device *v, const struct binding *b)
{
	size_t i = 0;

	while (i + 1 < v->bindings_n && v->bindings[i] != b)
		i++;
	return i;
}

static struct span text_id(struct devices *d, const struct device *v)
{
	char text[ADDR_TEXT];
	size_t n;

	if (v->entry && v->entry->name.n)
		return names_intern(d->names, v->entry->name);
	n = addr_format(&v->addr, text);
	return names_intern(d->names, (struct span){ (const uint8_t *)text, n });
}

static struct device *device_new(struct devices *d, struct host *h, const struct site_device *entry, int64_t at)
{
	struct mac mac = station_mac(d, h);
	bool by_mac = !mac_is_none(&mac) && !(entry && entry->has_prefix && entry->prefix.bits == 128);
	struct device *v;

	if (d->all_n == d->all_room) {
		size_t room = d->all_room ? d->all_room * 2 : 16;
		struct device **all = d->all_n < d->all_max ? realloc(d->all, room * sizeof(struct device *)) : NULL;
		if (!all)
			return NULL;
		d->all = all;
		d->all_room = room;
	}
	v = pool_take(&d->device_pool);
	if (!v)
		return NULL;
	v->addr = h->addr;
	v->entry = entry;
	v->order = d->all_n;
	v->first = h->first;
	v->last = at;
	v->id = text_id(d, v);
	d->all[d->all_n++] = v;
	HASH_ADD_BYHASHVALUE(by_addr, d->by_addr, addr, sizeof(v->addr), table_hash(&d->key, &v->addr, sizeof(v->addr)), v);
	if (by_mac) {
		v->mac = v->macs[0] = mac;
		v->macs_n = 1;
		HASH_ADD_BYHASHVALUE(by_mac, d->by_mac, mac, sizeof(v->mac), table_hash(&d->key, &v->mac, sizeof(v->mac)), v);
	}
	return v;
}

const char *device_declared_by(const struct site_device *entry)
{
	return strcmp(entry->mark.file, POLICY_DEVICE_OPTION) == 0 ? POLICY_DEVICE_OPTION : "the site file";
}

/* The device that already stands for this station. */
static struct device *device_known(struct devices *d, const struct host *h, const struct site_device *entry)
{
	struct mac mac = station_mac(d, h);
	struct device *v = NULL;
	bool exact = entry && entry->has_prefix && entry->prefix.bits == 128;

	if (!exact && !mac_is_none(&mac))
		HASH_FIND_BYHASHVALUE(by_mac, d->by_mac, &mac, sizeof(mac), table_hash(&d->key, &mac, sizeof(mac)), v);
	if (!v)
		HASH_FIND_BYHASHVALUE(by_addr, d->by_addr, &h->addr, sizeof(h->addr),
				      table_hash(&d->key, &h->addr, sizeof(h->addr)), v);
	return v;
}

static struct device *by_site(struct devices *d, struct host *h, const struct site_device *entry, int64_t at)
{
	const struct profile *heads[BINDING_PROFILES];
	size_t n = 0;
	struct device *v = device_known(d, h, entry);

	if (v)
		return v;
	for (uint32_t i = 0; i < entry->profiles.n && n < BINDING_PROFILES; i++) {
		const struct profile *p = policy_find(d->policy, entry->profiles.v[i]);
		if (p)
			heads[n++] = p;
	}
	if (n == 0)
		return NULL; /* `profiles: []` exempts */
	v = device_new(d, h, entry, at);
	if (!v)
		return NULL;
	device_bind(d, v, h, heads, n);
	v->heads_n = (uint8_t)n;
	v->confidence = CONFIDENCE_CONFIRMED;
	(void)snprintf(v->identified_by, sizeof(v->identified_by), "%s", device_declared_by(entry));
	return v;
}

static struct device *by_identify(struct devices *d, struct host *h, const struct station *s, int64_t at)
{
	struct device *v = NULL;
	char how[96];

	for (size_t i = 0; i < policy_profiles(d->policy); i++) {
		const struct profile *p = policy_profile(d->policy, i);
		if (policy_identify(d->policy, p, s, how, sizeof(how)))
			v = devices_recognise(d, h, p, CONFIDENCE_PROBABLE, how, at);
	}
	return v;
}

struct device *devices_of(struct devices *d, struct host *h, int64_t at)
{
	struct station s;
	const struct site_device *entry;

	if (!h)
		return NULL;
	if (!h->looked_up) {
		h->looked_up = true;
		s = (struct station){ .addr = h->addr, .mac = station_mac(d, h) };
		if (h->dhcp) {
			s.host_name = h->dhcp->host_name;
			s.vendor_class = h->dhcp->vendor_class;
		}
		entry = policy_device(d->policy, &s);
		if (entry)
			h->device = by_site(d, h, entry, at);
		else if (!policy_has_site(d->policy)) {
			struct device *v = by_identify(d, h, &s, at);
			if (!v)
				v = device_known(d, h, NULL);
			h->device = v ? v : h->device;
		}
	}
	if (h->device)
		device_saw(h->device, h, at);
	return h->device;
}

struct device *devices_recognise(struct devices *d, struct host *h, const struct profile *p, uint8_t confidence,
				 const char *how, int64_t at)
{
	struct device *v = h->device ? h->device : device_known(d, h, NULL);

	if (!v) {
		v = device_new(d, h, NULL, at);
		if (!v)
			return NULL;
		v->confidence = confidence;
		(void)snprintf(v->identified_by, sizeof(v->identified_by), "%s", how);
	}
	h->device = v;
	if (!device_holds(v, p)) {
		device_bind(d, v, h, &p, 1);
		v->heads_n++;
	}
	if (confidence > v->confidence) {
		v->confidence = confidence;
		(void)snprintf(v->identified_by, sizeof(v->identified_by), "%s", how);
	}
	device_saw(v, h, at);
	return v;
}

void host_answered(struct devices *d, struct host *h, int64_t from, int64_t to)
{
	if (!h->internet)
		h->internet = pool_take(&d->spells_pool);
	if (h->internet)
		spells_add(h->internet, from, to);
}

void host_came_up(struct devices *d, struct host *h, const struct came_up *u)
{
	if (!h->ups)
		h->ups = pool_take(&d->ups_pool);
	if (!h->ups)
		return;
	for (uint8_t i = 0; i < HOST_UPS; i++) {
		if (h->ups[i].flow == u->flow)
			return;
	}
	h->ups[h->ups_at] = *u;
	h->ups_at = (uint8_t)((h->ups_at + 1) % HOST_UPS);
}

void host_sent(struct devices *d, struct host *h, const struct sent_from *s)
{
	if (!h->sends)
		h->sends = pool_take(&d->sends_pool);
	if (!h->sends)
		return;
	for (uint8_t i = 0; i < HOST_SENDS; i++) {
		struct sent_from *o = &h->sends[i];
		if (o->port == s->port && addr_eq(&o->peer, &s->peer) && o->peer_port == s->peer_port) {
			if (s->first < o->first)
				o->first = s->first;
			if (s->last > o->last)
				o->last = s->last;
			return;
		}
	}
	h->sends[h->sends_at] = *s;
	h->sends_at = (uint8_t)((h->sends_at + 1) % HOST_SENDS);
}

bool sent_may_be_answered(const struct sent_from *s, uint16_t port, const struct addr *peer, int64_t at)
{
	int64_t limit = s->group ? ANSWER_GROUP : ANSWER_PEER;

	if (!s->last || s->port != port || s->first > at || at - s->last > limit)
		return false;
	return s->group || addr_eq(&s->peer, peer);
}

bool host_asked(const struct host *h, uint16_t port, const struct addr *peer, int64_t at)
{
	for (uint8_t i = 0; h->sends && i < HOST_SENDS; i++)
		if (sent_may_be_answered(&h->sends[i], port, peer, at))
			return true;
	return false;
}
