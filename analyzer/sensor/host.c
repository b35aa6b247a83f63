/*
 * Stations and their addresses. ARP: RFC 826, RFC 5227. Neighbour discovery: RFC 4861. DHCP: RFC 2132, section 9.6,
 * RFC 8415, section 7.3.
 *
 * A binding is said when it is new or changed and every 300 s while it is seen, so that a stored stream may be entered
 * anywhere.
 */
#include "sensor/host.h"

#include <string.h>

#include "base/time.h"

enum { TEXT_MAX = 64, REPEATED = 3 };

static const int64_t SAY_AGAIN = 300 * NS_PER_S;
static const int64_t SILENCE = 10 * NS_PER_S;

struct host {
	UT_hash_handle hh;
	struct addr addr;
	struct mac mac;
	int64_t said;
	/* who-has */
	struct addr asker;
	struct cite asked_at; /* the newest question */
	int64_t asked_first;
	int64_t vain_said;
	uint32_t asked;       /* questions since the last answer; 0: not in the list */
	struct host *next, *prev;
};

/* What a client says of itself, to stand beside what the server gives it. */
struct dhcp_client {
	UT_hash_handle hh;
	struct mac mac;
	uint8_t host_name_n, vendor_class_n;
	uint8_t host_name[TEXT_MAX], vendor_class[TEXT_MAX];
	struct addr addr;
	uint64_t digest;
	int64_t said;
};

void hosts_init(struct hosts *t, uint32_t max, struct obs_sink sink, struct obs *out)
{
	*t = (struct hosts){ .hash = hash_key_new(), .sink = sink, .out = out };
	pool_init(&t->pool, sizeof(struct host), max);
	pool_init(&t->client_pool, sizeof(struct dhcp_client), max);
}

void hosts_free(struct hosts *t)
{
	HASH_CLEAR(hh, t->table);
	HASH_CLEAR(hh, t->clients);
	pool_free(&t->pool);
	pool_free(&t->client_pool);
}

static struct obs_host *begin(struct hosts *t, enum obs_host_kind kind, const struct cite *c, const struct addr *a)
{
	memset(&t->out->host, 0, sizeof(t->out->host));
	t->out->type = OBS_HOST;
	struct obs_host *o = &t->out->host;
	o->kind = (uint8_t)kind;
	o->time = c->time;
	o->frame = cite_frame(c);
	o->addr = *a;
	return o;
}

static void say(struct hosts *t)
{
	t->sink.put(t->sink.ctx, t->out);
}

/* ---- who-has ---- */

static void unlink_asked(struct hosts *t, struct host *h)
{
	if (h->prev)
		h->prev->next = h->next;
	else
		t->asked = h->next;
	if (h->next)
		h->next->prev = h->prev;
	else
		t->asked_tail = h->prev;
	h->next = h->prev = NULL;
}

static void link_asked(struct hosts *t, struct host *h)
{
	h->next = NULL;
	h->prev = t->asked_tail;
	if (t->asked_tail)
		t->asked_tail->next = h;
	else
		t->asked = h;
	t->asked_tail = h;
}

/* Nobody answered, or nobody did for a while. A single question is said of an address every 300 s only: scans. */
static void say_vain(struct hosts *t, struct host *h)
{
	bool again = h->vain_said && elapsed(h->vain_said, h->asked_at.time) < SAY_AGAIN;

	if (h->asked >= REPEATED || !again) {
		struct obs_host *o = begin(t, HOST_UNANSWERED, &h->asked_at, &h->addr);
		o->asker = h->asker;
		o->asked = h->asked;
		h->vain_said = h->asked_at.time;
		say(t);
	}
}

static void stop_asking(struct hosts *t, struct host *h)
{
	if (!h->asked)
		return;
	unlink_asked(t, h);
	h->asked = 0;
}

static void answered(struct hosts *t, struct host *h, int64_t time)
{
	if (h->asked >= REPEATED && elapsed(h->asked_first, time) >= NS_PER_S)
		say_vain(t, h);
	stop_asking(t, h);
}

void hosts_expire(struct hosts *t, int64_t now)
{
	while (t->asked && elapsed(t->asked->asked_at.time, now) > SILENCE) {
		say_vain(t, t->asked);
		stop_asking(t, t->asked);
	}
}

void hosts_flush(struct hosts *t)
{
	while (t->asked) {
		if (t->asked->asked >= REPEATED)
			say_vain(t, t->asked);
		stop_asking(t, t->asked);
	}
}

/* ---- bindings ---- */

static void forget(struct hosts *t, struct host *h)
{
	stop_asking(t, h);
	HASH_DELETE(hh, t->table, h);
	pool_give(&t->pool, h);
}

static struct host *host_of(struct hosts *t, const struct addr *a)
{
	unsigned hash = table_hash(&t->hash, a, sizeof(*a));
	struct host *h;

	HASH_FIND_BYHASHVALUE(hh, t->table, a, sizeof(*a), hash, h);
	if (h)
		return h;
	h = pool_take(&t->pool);
	if (!h && t->table) {
		t->evicted++;
		forget(t, t->table);
		h = pool_take(&t->pool);
	}
	if (!h)
		return NULL;
	h->addr = *a;
	HASH_ADD_BYHASHVALUE(hh, t->table, addr, sizeof(*a), hash, h);
	if (table_added(h))
		return h;
	pool_give(&t->pool, h);
	return NULL;
}

static void bind(struct hosts *t, enum obs_host_kind kind, const struct addr *a, const struct mac *m,
                 const struct cite *c)
{
	if (addr_is_none(a) || mac_is_none(m) || mac_is_group(m))
		return;
	struct host *h = host_of(t, a);
	if (!h)
		return;
	answered(t, h, c->time);
	if (mac_eq(&h->mac, m) && elapsed(h->said, c->time) < SAY_AGAIN)
		return;
	h->mac = *m;
	h->said = c->time;
	begin(t, kind, c, a)->mac = *m;
	say(t);
}

static void ask(struct hosts *t, const struct packet_neighbour *n, const struct cite *c)
{
	struct host *h = addr_is_none(&n->target) ? NULL : host_of(t, &n->target);

	if (!h)
		return;
	if (h->asked)
		unlink_asked(t, h);
	else
		h->asked_first = c->time;
	link_asked(t, h);
	h->asked++;
	h->asker = n->sender;
	h->asked_at = *c;
}

void host_neighbour(struct hosts *t, const struct packet *p, const struct cite *c)
{
	const struct packet_neighbour *n = &p->neighbour;
	enum obs_host_kind kind = p->kind == PACKET_ARP ? HOST_ARP : HOST_ND;
	/* RFC 4861, section 4.4: the option may be left out where the frame's own source says it */
	const struct mac *m = mac_is_none(&n->sender_mac) && kind == HOST_ND ? &p->src_mac : &n->sender_mac;

	if (n->op == NEIGHBOUR_TELL)
		bind(t, kind, &n->target, m, c);
	if (n->op != NEIGHBOUR_ASK || addr_is_none(&n->sender)) /* a probe for a free address hopes for silence */
		return;
	bind(t, kind, &n->sender, m, c);
	ask(t, n, c);
}

/* ---- DHCP ---- */

enum dhcp_role { DHCP_OTHER, DHCP_CLIENT_SAYS, DHCP_SERVER_GRANTS };

static enum dhcp_role role_of(const struct fact_dhcp *d)
{
	static const struct {
		uint8_t version, message;
		enum dhcp_role role;
	} roles[] = {
		{ 4, 1, DHCP_CLIENT_SAYS },  { 4, 3, DHCP_CLIENT_SAYS },   { 4, 8, DHCP_CLIENT_SAYS },
		{ 4, 5, DHCP_SERVER_GRANTS }, /* DISCOVER, REQUEST, INFORM; ACK */
		{ 6, 1, DHCP_CLIENT_SAYS },  { 6, 3, DHCP_CLIENT_SAYS },   { 6, 4, DHCP_CLIENT_SAYS },
		{ 6, 5, DHCP_CLIENT_SAYS },  { 6, 6, DHCP_CLIENT_SAYS },   { 6, 11, DHCP_CLIENT_SAYS },
		{ 6, 7, DHCP_SERVER_GRANTS }, /* SOLICIT, REQUEST, CONFIRM, RENEW, REBIND, INFORMATION-REQUEST; REPLY */
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (roles[i].version == d->version && roles[i].message == d->message)
			return roles[i].role;
	return DHCP_OTHER;
}

static struct dhcp_client *client_of(struct hosts *t, const struct mac *m)
{
	unsigned hash = table_hash(&t->hash, m, sizeof(*m));
	struct dhcp_client *c;

	HASH_FIND_BYHASHVALUE(hh, t->clients, m, sizeof(*m), hash, c);
	if (c)
		return c;
	c = pool_take(&t->client_pool);
	if (!c && t->clients) {
		struct dhcp_client *oldest = t->clients;
		t->evicted++;
		HASH_DELETE(hh, t->clients, oldest);
		pool_give(&t->client_pool, oldest);
		c = pool_take(&t->client_pool);
	}
	if (!c)
		return NULL;
	c->mac = *m;
	HASH_ADD_BYHASHVALUE(hh, t->clients, mac, sizeof(*m), hash, c);
	if (table_added(c))
		return c;
	pool_give(&t->client_pool, c);
	return NULL;
}

static void keep_text(uint8_t *ret_n, uint8_t text[TEXT_MAX], struct span s)
{
	if (s.n == 0)
		return;
	*ret_n = (uint8_t)(s.n < TEXT_MAX ? s.n : TEXT_MAX);
	memcpy(text, s.p, *ret_n);
}

static uint64_t digest(const struct obs_host *o)
{
	static const struct hash_key fixed = { { UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xc2b2ae3d27d4eb4f) } };
	uint64_t h = hash_bytes(&fixed, &o->server, sizeof(o->server));

	h = h * 31 + hash_bytes(&fixed, o->resolvers, sizeof(o->resolvers));
	h = h * 31 + hash_bytes(&fixed, o->routers, sizeof(o->routers));
	h = h * 31 + hash_bytes(&fixed, o->ntp, sizeof(o->ntp));
	h = h * 31 + hash_bytes(&fixed, o->host_name.p, o->host_name.n);
	return h * 31 + hash_bytes(&fixed, o->vendor_class.p, o->vendor_class.n);
}

/* What lies behind a list's end is not set by the dissector, and stays zero here. */
static uint8_t copy_list(struct addr to[FACT_SERVERS], const struct addr from[FACT_SERVERS], uint8_t n)
{
	memcpy(to, from, n * sizeof(*to));
	return n;
}

static void say_lease(struct hosts *t, struct dhcp_client *k, const struct fact_dhcp *d, const struct cite *c)
{
	struct obs_host *o = begin(t, HOST_DHCP, c, &d->address);

	o->mac = d->client;
	o->server = d->server;
	o->host_name = (struct span){ k->host_name, k->host_name_n };
	o->vendor_class = (struct span){ k->vendor_class, k->vendor_class_n };
	o->resolvers_n = copy_list(o->resolvers, d->resolvers, d->resolvers_n);
	o->routers_n = copy_list(o->routers, d->routers, d->routers_n);
	o->ntp_n = copy_list(o->ntp, d->ntp, d->ntp_n);
	uint64_t what = digest(o);
	if (addr_eq(&k->addr, &d->address) && k->digest == what && elapsed(k->said, c->time) < SAY_AGAIN)
		return;
	k->addr = d->address;
	k->digest = what;
	k->said = c->time;
	say(t);
}

void host_dhcp(struct hosts *t, const struct fact_dhcp *d, const struct cite *c)
{
	enum dhcp_role role = role_of(d);
	struct dhcp_client *k = role == DHCP_OTHER || mac_is_none(&d->client) ? NULL : client_of(t, &d->client);

	if (!k)
		return;
	keep_text(&k->host_name_n, k->host_name, d->host_name);
	keep_text(&k->vendor_class_n, k->vendor_class, d->vendor_class);
	/* only what the server granted is the client's address; what it asks for may be another's */
	if (role == DHCP_SERVER_GRANTS && !addr_is_none(&d->address))
		say_lease(t, k, d, c);
}
