/*
 * DNS transactions: RFC 1035, section 7.3 (matching), RFC 5452, section 9.1; mDNS RFC 6762, LLMNR RFC 4795.
 *
 * A transaction lives 10 s from its newest question, by the time of its own packets. Answered ones stay as long, so
 * that the second answer to a repeated question is not one without a question; another answer, which may be the true
 * one or the forged one, is said too.
 */
#include "sensor/dns.h"

#include <string.h>

#include "base/hash.h"
#include "base/span.h"
#include "base/time.h"

enum { NAME_MAX_BYTES = 255, PORT_MDNS = 5353, PORT_LLMNR = 5355 };

static const int64_t PATIENCE = 10 * NS_PER_S;
/* Packets of another source may be this late. */
static const int64_t GRACE = 10 * NS_PER_S;

struct dns_key {
	struct addr client, server;
	uint16_t id, type, port;
	uint8_t proto, name_n;
};
_Static_assert(sizeof(struct dns_key) == 40, "hashed and compared as bytes");

struct dns_pending {
	UT_hash_handle hh;
	struct dns_key key;
	uint8_t name[NAME_MAX_BYTES]; /* directly behind the key: both are one key of the table */
	uint64_t flow;
	struct cite asked, asked_last;
	struct mac client_mac;
	uint32_t tries;
	bool answered;
	uint64_t answer; /* what it was, unkeyed: to know another one */
};

void dns_init(struct dns_table *t, uint32_t max, struct obs_sink sink, struct obs *out)
{
	*t = (struct dns_table){ .hash = hash_key_new(), .sink = sink, .out = out };
	pool_init(&t->pool, sizeof(struct dns_pending), max);
}

void dns_free(struct dns_table *t)
{
	HASH_CLEAR(hh, t->table);
	pool_free(&t->pool);
}

static size_t key_size(const struct dns_key *k)
{
	return sizeof(*k) + k->name_n;
}

static unsigned hash_of(const struct dns_table *t, const struct dns_pending *probe)
{
	return table_hash(&t->hash, &probe->key, key_size(&probe->key));
}

static struct dns_pending *find(struct dns_table *t, const struct dns_pending *probe)
{
	struct dns_pending *d;

	HASH_FIND_BYHASHVALUE(hh, t->table, &probe->key, key_size(&probe->key), hash_of(t, probe), d);
	return d;
}

static void forget(struct dns_table *t, struct dns_pending *d)
{
	HASH_DELETE(hh, t->table, d);
	pool_give(&t->pool, d);
}

static struct obs_dns *begin(struct dns_table *t)
{
	memset(&t->out->dns, 0, sizeof(t->out->dns));
	t->out->type = OBS_DNS;
	return &t->out->dns;
}

/* What the question says of the transaction. */
static void put_question(struct obs_dns *o, const struct dns_pending *d)
{
	o->flow = d->flow;
	o->client = d->key.client;
	o->server = d->key.server;
	o->client_mac = d->client_mac;
	o->port = d->key.port;
	o->proto = d->key.proto;
	o->type = d->key.type;
	o->name = (struct span){ d->name, d->key.name_n };
	o->tries = d->tries;
	o->asked = d->asked.time;
	o->asked_last = d->asked_last.time;
	o->ask_frame = cite_frame(&d->asked);
}

static void say_unanswered(struct dns_table *t, struct dns_pending *d)
{
	if (!d->answered) {
		put_question(begin(t), d);
		t->sink.put(t->sink.ctx, t->out);
	}
	forget(t, d);
}

static void put_answer(struct obs_dns *o, const struct dns_packet *p, const struct fact_dns *m)
{
	o->answered = p->cite.time;
	o->answer_frame = cite_frame(&p->cite);
	o->answer_ttl = p->ttl;
	o->rcode = m->rcode;
	o->truncated = m->truncated;
	memcpy(o->chain, m->chain, m->chain_n * sizeof(o->chain[0]));
	memcpy(o->answers, m->answers, m->answers_n * sizeof(o->answers[0]));
	o->chain_n = m->chain_n;
	o->chain_more = m->chain_more;
	o->answers_n = m->answers_n;
	o->answers_more = m->answers_more;
}

/* Two answers are the same where code and addresses are. The TTLs of a cache count down. */
static uint64_t digest(const struct fact_dns *m)
{
	static const struct hash_key fixed = { { UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xc2b2ae3d27d4eb4f) } };
	uint64_t h = m->rcode | (uint64_t)m->answers_n << 8 | (uint64_t)m->truncated << 16;

	/* a sum: servers rotate the addresses of one answer */
	for (unsigned i = 0; i < m->answers_n; i++)
		h += hash_bytes(&fixed, &m->answers[i].addr, sizeof(m->answers[i].addr));
	return h;
}

static void make_probe(struct dns_pending *probe, const struct dns_packet *p, const struct fact_dns *m)
{
	bool r = m->response;

	memset(&probe->key, 0, sizeof(probe->key));
	probe->key.client = r ? p->dst : p->src;
	probe->key.server = r ? p->src : p->dst;
	probe->key.port = r ? p->sport : p->dport;
	probe->key.id = m->id;
	probe->key.type = m->type;
	probe->key.proto = p->proto;
	probe->key.name_n = (uint8_t)(m->name.n < NAME_MAX_BYTES ? m->name.n : NAME_MAX_BYTES);
	if (probe->key.name_n)
		memcpy(probe->name, m->name.p, probe->key.name_n);
}

/* A server that refuses need not repeat the question (RFC 8906, section 3.1.4): then client, server and id must do. */
static struct dns_pending *find_without_question(struct dns_table *t, const struct dns_pending *probe)
{
	enum { LOOKED_AT = 64 };
	struct dns_pending *d = t->table ? ELMT_FROM_HH(t->table->hh.tbl, t->table->hh.tbl->tail) : NULL;

	for (unsigned i = 0; d && i < LOOKED_AT; i++, d = d->hh.prev)
		if (!d->answered && d->key.id == probe->key.id && d->key.port == probe->key.port &&
		    d->key.proto == probe->key.proto && addr_eq(&d->key.client, &probe->key.client) &&
		    addr_eq(&d->key.server, &probe->key.server))
			return d;
	return NULL;
}

static bool is_multicast_name_service(uint16_t port)
{
	return port == PORT_MDNS || port == PORT_LLMNR;
}

/* The table's order is that of the newest question, so a repeat goes to its end. */
static void join(struct dns_table *t, struct dns_pending *d)
{
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->table, &d->key, key_size(&d->key), hash_of(t, d), d);
	if (!table_added(d)) {
		pool_give(&t->pool, d);
		t->evicted++;
	}
}

static void question(struct dns_table *t, const struct dns_packet *p, const struct dns_pending *probe)
{
	struct dns_pending *d = find(t, probe);

	if (d && elapsed(d->asked_last.time, p->cite.time) > PATIENCE) {
		say_unanswered(t, d);
		d = NULL;
	}
	if (d) {
		HASH_DELETE(hh, t->table, d);
	} else {
		d = pool_take(&t->pool);
		if (!d && t->table) {
			t->evicted++;
			say_unanswered(t, t->table); /* the oldest; that it waited less than 10 s, its times say */
			d = pool_take(&t->pool);
		}
		if (!d)
			return;
		d->key = probe->key;
		memcpy(d->name, probe->name, probe->key.name_n);
	}
	if (d->answered || d->tries == 0) {
		d->answered = false;
		d->tries = 0;
		d->flow = p->flow;
		d->asked = p->cite;
		d->client_mac = p->src_mac;
	}
	d->tries++;
	d->asked_last = p->cite;
	join(t, d);
}

static void answer(struct dns_table *t, const struct dns_packet *p, const struct dns_pending *probe,
                   const struct fact_dns *m)
{
	struct dns_pending *d = probe->key.name_n ? find(t, probe) : find_without_question(t, probe);
	uint64_t what = digest(m);

	if (d && elapsed(d->asked_last.time, p->cite.time) > PATIENCE) {
		say_unanswered(t, d);
		d = NULL;
	}
	if (d && d->answered && d->answer == what)
		return;
	struct obs_dns *o = begin(t);
	if (d) {
		put_question(o, d);
		d->answered = true;
		d->answer = what;
	} else {
		struct dns_pending stranger = { .key = probe->key, .flow = p->flow, .client_mac = p->dst_mac };
		put_question(o, &stranger);
		o->name = m->name;
		o->ask_frame = (struct obs_frame){ 0 };
	}
	put_answer(o, p, m);
	t->sink.put(t->sink.ctx, t->out);
}

void dns_message(struct dns_table *t, const struct dns_packet *p, const struct fact_dns *m)
{
	struct dns_pending probe;

	make_probe(&probe, p, m);
	if (m->response)
		answer(t, p, &probe, m);
	else if (!is_multicast_name_service(probe.key.port))
		question(t, p, &probe);
}

void dns_expire(struct dns_table *t, int64_t now)
{
	while (t->table && elapsed(t->table->asked_last.time, now) > PATIENCE + GRACE)
		say_unanswered(t, t->table);
}

void dns_flush(struct dns_table *t)
{
	while (t->table)
		say_unanswered(t, t->table);
}
