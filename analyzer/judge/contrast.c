/* What answered, and when. */
#include "judge/contrast.h"

#include "base/proto.h"

enum { PEERS_MAX = 262144 };

void contrast_init(struct contrast *c)
{
	*c = (struct contrast){ .key = hash_key_new(), .max = PEERS_MAX };
	pool_init(&c->pool, sizeof(struct peer), PEERS_MAX);
	rooms_init(&c->answers, sizeof(struct peer_answer), PEERS_MAX);
}

static void peer_free(struct contrast *c, struct peer *p)
{
	rooms_give(&c->answers, p->answers, p->answers_room);
	pool_give(&c->pool, p);
}

void contrast_free(struct contrast *c)
{
	HASH_CLEAR(hh, c->peers);
	pool_free(&c->pool);
	rooms_free(&c->answers);
}

const struct peer *contrast_peer(const struct contrast *c, const struct addr *a)
{
	struct peer *p = NULL;

	HASH_FIND_BYHASHVALUE(hh, c->peers, a, sizeof(*a), contrast_hash(c, a), p);
	return p;
}

unsigned contrast_hash(const struct contrast *c, const struct addr *a)
{
	return table_hash(&c->key, a, sizeof(*a));
}

static struct peer *peer_of(struct contrast *c, const struct addr *a, unsigned h)
{
	struct peer *p = NULL;

	HASH_FIND_BYHASHVALUE(hh, c->peers, a, sizeof(*a), h, p);
	if (p)
		return p;
	if (c->n >= c->max) {
		struct peer *oldest = c->peers;
		HASH_DEL(c->peers, oldest);
		peer_free(c, oldest);
		c->n--;
		c->evicted++;
	}
	p = pool_take(&c->pool);
	if (!p)
		return NULL;
	p->addr = *a;
	HASH_ADD_BYHASHVALUE(hh, c->peers, addr, sizeof(p->addr), h, p);
	if (!table_added(p)) {
		pool_give(&c->pool, p);
		return NULL;
	}
	c->n++;
	return p;
}

static struct peer_answer *answer_of(struct contrast *c, struct peer *p, const struct addr *device, uint8_t proto,
				     uint16_t port)
{
	for (uint8_t i = 0; i < p->answers_n; i++) {
		struct peer_answer *a = &p->answers[i];
		if (a->port == port && a->proto == proto && addr_eq(&a->device, device))
			return a;
	}
	if (p->answers_n == p->answers_room && p->answers_room < CONTRAST_ANSWERS) {
		struct peer_answer *v = rooms_grow(&c->answers, p->answers, &p->answers_room);
		if (!v)
			return NULL;
		p->answers = v;
		p->answers_at = p->answers_n;
	}
	uint32_t room = p->answers_room < CONTRAST_ANSWERS ? p->answers_room : CONTRAST_ANSWERS;
	struct peer_answer *a = &p->answers[p->answers_at];
	if (p->answers_n < room)
		p->answers_n++;
	p->answers_at = (uint8_t)((p->answers_at + 1U) % room);
	*a = (struct peer_answer){ .device = *device, .port = port, .proto = proto };
	return a;
}

void contrast_answered(struct contrast *c, const struct addr *peer, const struct addr *device, uint8_t proto, uint16_t port,
		       int64_t from, int64_t to)
{
	struct peer *p = peer_of(c, peer, contrast_hash(c, peer));
	struct peer_answer *a = p ? answer_of(c, p, device, proto, port) : NULL;

	if (a)
		spells_add(&a->when, from, to);
}

void contrast_add(struct contrast *c, const struct closed *f, unsigned hash)
{
	struct peer *p;
	struct peer_answer *a;

	if (!(f->came & CAME_ANSWERED) || !f->packets[1])
		return;
	p = peer_of(c, &f->addr[1], hash);
	if (!p)
		return;
	a = answer_of(c, p, &f->addr[0], f->proto, f->proto == PROTO_ICMP || f->proto == PROTO_ICMP6 ? 0 : f->port[1]);
	if (!a)
		return;
	spells_add(&a->when, f->first[1], f->last[1]);
	if (f->proto == PROTO_TCP && f->synack_time) {
		p->ttl = f->ttl[1];
		p->ip_id = f->ip_id[1];
		if (f->rtt_us[1] && (!p->rtt_us || f->rtt_us[1] < p->rtt_us))
			p->rtt_us = f->rtt_us[1];
	}
	if (f->last[1] > p->last)
		p->last = f->last[1];
}

static enum contrast_kind kind_of(const struct peer_answer *a, const struct addr *device, uint8_t proto, uint16_t port)
{
	bool same_device = addr_eq(&a->device, device);

	if (a->proto == PROTO_ICMP || a->proto == PROTO_ICMP6)
		return CONTRAST_PING;
	if (a->proto == proto && a->port == port)
		return same_device ? CONTRAST_NONE : CONTRAST_OTHER_DEVICE;
	return CONTRAST_OTHER_PORT;
}

struct contrast_found contrast_find(const struct contrast *c, const struct addr *peer, const struct addr *device,
				    uint8_t proto, uint16_t port, int64_t from, int64_t to)
{
	const struct peer *p = contrast_peer(c, peer);
	struct contrast_found best = { 0 };

	for (uint8_t i = 0; p && i < p->answers_n; i++) {
		const struct peer_answer *a = &p->answers[i];
		enum contrast_kind k = kind_of(a, device, proto, port);
		if (k == CONTRAST_NONE || !spells_touch(&a->when, from, to))
			continue;
		if (best.kind == CONTRAST_NONE || k < best.kind) {
			best.kind = k;
			best.addr = k == CONTRAST_OTHER_DEVICE ? a->device : *peer;
			best.port = a->port;
			best.proto = a->proto;
		}
	}
	return best;
}

bool contrast_port_answers(const struct contrast *c, const struct addr *peer, uint8_t proto, uint16_t port, int64_t from,
			   int64_t to)
{
	const struct peer *p = contrast_peer(c, peer);

	for (uint8_t i = 0; p && i < p->answers_n; i++)
		if (p->answers[i].port == port && p->answers[i].proto == proto && spells_touch(&p->answers[i].when, from, to))
			return true;
	return false;
}
