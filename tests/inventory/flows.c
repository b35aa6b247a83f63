/* Flows of a row, and the flows that are nearly of that row. */
#include "flows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

enum { HITS = 64, EPHEMERAL = 49152 };

enum named { UNNAMED, CARRIED, LOOKED_UP, LOGICAL, NAMED_WAYS };

static const char *const ways[] = { "without a name", "carrying", "looked up as", "through a proxy to" };

/* One flow: who opens it to whom, and what tells of it. */
struct trial {
	struct addr end[2]; /* the row's source and destination */
	int opener;
	unsigned transport;
	uint16_t port;
	enum port_of port_of;
	uint16_t other_port;
	enum named named;
	const char *host;
};

static bool has_ports(const struct trial *t)
{
	return t->transport == TRANSPORT_TCP || t->transport == TRANSPORT_UDP;
}

__attribute__((format(printf, 2, 3))) static void complain(struct flows *f, const char *format, ...)
{
	va_list ap;

	if (f->complaints++ == COMPLAINTS_MAX)
		fprintf(stderr, "%s: and more\n", f->spec.row);
	if (f->complaints > COMPLAINTS_MAX)
		return;
	fprintf(stderr, "%s: ", f->spec.row);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void describe(const struct trial *t, char *out, size_t n)
{
	char from[ADDR_TEXT], to[ADDR_TEXT];

	addr_format(&t->end[t->opener], from);
	addr_format(&t->end[!t->opener], to);
	(void)snprintf(out, n, "%s to %s, transport %u, port %u, %s %s", from, to, t->transport, t->port, ways[t->named],
	               t->named == UNNAMED ? "" : t->host);
}

size_t flows_find_citing(struct flows *f, const char *row)
{
	f->citing_n = 0;
	for (size_t i = 0; i < policy_profiles(f->policy); i++) {
		const struct profile *p = policy_profile(f->policy, i);
		for (uint32_t k = 0; k < p->rules_n && f->citing_n < CITING_MAX; k++)
			if (cites_row(&p->rules[k].cites, row))
				f->citing[f->citing_n++] = (struct citing){ &p->rules[k], p, 0 };
	}
	return f->citing_n;
}

static struct citing *citing_of(struct flows *f, const struct rule *r)
{
	for (size_t i = 0; i < f->citing_n; i++)
		if (f->citing[i].rule == r)
			return &f->citing[i];
	return NULL;
}

/* True where the seat holds a profile with a rule that cites the row. */
static bool seat_cites(const struct flows *f, const struct seat *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < f->citing_n; k++)
			if (s->b[i]->profile == f->citing[k].profile)
				return true;
	return false;
}

/* ---- the flow as one end sees it ---- */

static bool is_broadcast(const struct addr *a)
{
	return addr_is_v4(a) && a->b[15] == BROADCAST_BYTE;
}

static void set_ports(const struct trial *t, int e, struct match_flow *m)
{
	bool mine = t->port_of == PORT_OF_DEVICE || (t->port_of == PORT_OF_RESPONDER && t->opener != e);
	uint16_t other = t->other_port ? t->other_port : EPHEMERAL;

	if (!has_ports(t))
		return;
	m->device_port = mine ? t->port : other;
	m->peer_port = mine ? other : t->port;
}

static void set_peer(const struct flows *f, const struct seat *me, const struct addr *peer, struct match_flow *m)
{
	struct seat s;

	if (seat_take(&s, f->policy, peer) == 0) {
		for (size_t i = 0; i < s.n && m->peer_profiles_n < MATCH_NAMES; i++)
			m->peer_profiles[m->peer_profiles_n++] = s.b[i]->profile->id;
		bool groups = me->entry && s.entry && me->entry->group.n && s.entry->group.n;
		m->peer_same_group = groups && span_eq(me->entry->group, s.entry->group);
		m->peer_other_group = groups && !m->peer_same_group;
	}
	seat_leave(&s);
}

static struct match_flow look(const struct flows *f, const struct trial *t, const struct seat *me, int e)
{
	struct match_flow m = { .transport = t->transport, .device = t->end[e], .peer = t->end[!e] };

	m.initiator = t->opener == e ? INITIATOR_DEVICE : INITIATOR_PEER;
	m.group_address = is_broadcast(&t->end[!e]);
	m.logical = t->named == LOGICAL;
	if (t->named == CARRIED || t->named == LOGICAL)
		m.carried = span_of(t->host);
	if (t->named == LOOKED_UP)
		m.names[m.names_n++] = span_of(t->host);
	if (f->spec.announced[0])
		m.announced_by[m.announced_by_n++] = span_of(f->spec.announced);
	set_ports(t, e, &m);
	set_peer(f, me, &t->end[!e], &m);
	return m;
}

/* How many of the citing rules take the flow at that end; `count`: it is one that they should take. */
static unsigned take(struct flows *f, const struct trial *t, const struct seat *me, int e, bool count)
{
	struct match_flow m = look(f, t, me, e);
	struct match_hit hits[HITS];
	const struct binding *const *b = (const struct binding *const *)me->b;
	size_t n = match_all(b, me->n, &m, hits, HITS);
	unsigned taken = 0;

	for (size_t i = 0; i < n; i++) {
		struct citing *c = citing_of(f, hits[i].rule);
		taken += c != NULL;
		if (c && count)
			c->taken++;
	}
	return taken;
}

/* ---- what must be taken, and what must not ---- */

/* At every end that holds a citing profile; returns how many ends there are. */
static unsigned must_take(struct flows *f, const struct trial *t)
{
	unsigned ends = 0;
	char text[320];

	for (int e = 0; e < 2; e++) {
		struct seat s;
		if (seat_take(&s, f->policy, &t->end[e]) == 0 && seat_cites(f, &s)) {
			ends++;
			f->flows++;
			describe(t, text, sizeof(text));
			if (!take(f, t, &s, e, true))
				complain(f, "no rule that cites it takes %s, seen from the %s", text,
				         e == 0 ? "source" : "destination");
		}
		seat_leave(&s);
	}
	return ends;
}

static void must_not_take(struct flows *f, const struct trial *t, const char *what)
{
	char text[320];

	for (int e = 0; e < 2; e++) {
		struct seat s;
		if (seat_take(&s, f->policy, &t->end[e]) == 0 && seat_cites(f, &s)) {
			f->flows++;
			describe(t, text, sizeof(text));
			if (take(f, t, &s, e, false))
				complain(f, "%s, and a rule that cites it takes it: %s, seen from the %s", what, text,
				         e == 0 ? "source" : "destination");
		}
		seat_leave(&s);
	}
}

static struct addr step(struct addr a, int by)
{
	for (size_t i = sizeof(a.b); i-- > 0;) {
		unsigned sum = a.b[i] + (unsigned)by;
		a.b[i] = (uint8_t)sum;
		if (by > 0 ? a.b[i] != 0 : a.b[i] != UINT8_MAX)
			break;
	}
	return a;
}

/* Where the row writes addresses, those beside them are not meant, unless it or another row writes them too. */
static void not_beside(struct flows *f, struct trial t, int end)
{
	for (int by = -1; by <= 1; by += 2) {
		struct trial beside = t;
		beside.end[end] = step(t.end[end], by);
		if (!spec_is_written(f->in, &beside.end[end]))
			must_not_take(f, &beside, "one address off");
	}
}

static bool some_rule_cites(const struct flows *f, char *const *row)
{
	for (size_t i = 0; i < f->citing_n; i++)
		if (cites_row(&f->citing[i].rule->cites, row[ROW_ID]))
			return true;
	return false;
}

/* Ports and transports that neither the row nor any other row of the rules that cite it writes. */
static void find_wrong(struct flows *f)
{
	uint16_t all[PORTS_MAX];
	size_t n = spec_all_ports(f->in, all, PORTS_MAX);

	f->wrong_ports_n = 0;
	f->wrong_transports = TRANSPORT_TCP | TRANSPORT_UDP;
	for (size_t r = 0; r < f->in->rows.n; r++)
		if (some_rule_cites(f, f->in->rows.v[r]))
			f->wrong_transports &= ~spec_row_transports(f->in, f->in->rows.v[r]);
	for (size_t i = 0; i < n; i++) {
		bool written = false;
		for (size_t r = 0; r < f->in->rows.n && !written; r++) {
			char *const *row = f->in->rows.v[r];
			written = some_rule_cites(f, row) && spec_row_has_port(f->in, row, all[i]);
		}
		if (!written)
			f->wrong_ports[f->wrong_ports_n++] = all[i];
	}
}

static void not_nearly(struct flows *f, const struct trial *t, const struct place *at[2])
{
	struct trial n = *t;
	char other[ITEM_TEXT + 16];

	for (int by = -1; by <= 1 && has_ports(t); by += 2) {
		unsigned port = (unsigned)(t->port + by);
		n.port = (uint16_t)port;
		if (port > 0 && port <= UINT16_MAX && !spec_has_port(&f->spec, port))
			must_not_take(f, &n, "one port off");
	}
	for (size_t i = 0; i < f->wrong_ports_n && has_ports(t); i++) {
		n.port = f->wrong_ports[i];
		must_not_take(f, &n, "another port");
	}
	n = *t;
	n.transport ^= TRANSPORT_TCP | TRANSPORT_UDP;
	if (has_ports(t) && (f->wrong_transports & n.transport))
		must_not_take(f, &n, "another transport");
	n = *t;
	n.opener = !t->opener;
	if (!f->spec.both_ways && t->named != LOGICAL && !is_broadcast(&t->end[1]))
		must_not_take(f, &n, "reversed");
	for (int e = 0; e < 2 && t->named == UNNAMED; e++)
		if (at[e]->literal)
			not_beside(f, *t, e);
	if (t->named == UNNAMED)
		return;
	/* an address of the documents holds whatever the name, but not through a proxy, where it is not seen */
	n = *t;
	(void)snprintf(other, sizeof(other), "%s.example", t->host);
	n.host = other;
	if (t->named == LOGICAL || (!spec_is_written(f->in, &t->end[0]) && !spec_is_written(f->in, &t->end[1])))
		must_not_take(f, &n, "another name");
}

/* ---- all flows of a row ---- */

static void try_one(struct flows *f, const struct trial *t, const struct place *at[2], unsigned *ends)
{
	*ends += must_take(f, t);
	not_nearly(f, t, at);
}

/* By every name and without one, as far as the row gives names and addresses. */
static void try_names(struct flows *f, struct trial *t, const struct place *at[2], unsigned *ends)
{
	bool anybody = f->spec.hosts_n == 0 || at[0]->literal || at[1]->literal;

	t->named = UNNAMED;
	if (anybody)
		try_one(f, t, at, ends);
	for (size_t h = 0; h < f->spec.hosts_n; h++)
		for (int way = CARRIED; way < NAMED_WAYS; way++) {
			t->named = (enum named)way;
			t->host = f->spec.hosts[h];
			if (way != LOGICAL || (t->transport == TRANSPORT_TCP && t->opener == 0))
				try_one(f, t, at, ends);
		}
}

static void try_openers(struct flows *f, struct trial *t, const struct place *at[2], unsigned *ends)
{
	t->opener = 0;
	try_names(f, t, at, ends);
	if (!f->spec.both_ways || is_broadcast(&t->end[1]))
		return;
	t->opener = 1;
	try_names(f, t, at, ends);
}

static void try_ports(struct flows *f, struct trial *t, const struct place *at[2], unsigned *ends)
{
	static const struct port_range any[] = { { 1, 1 }, { 443, 443 }, { UINT16_MAX, UINT16_MAX } };
	const struct spec *s = &f->spec;
	const struct port_range *v = s->ports_n ? s->ports : any;
	size_t n = s->ports_n ? s->ports_n : sizeof(any) / sizeof(any[0]);

	if (!has_ports(t)) {
		try_openers(f, t, at, ends);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		t->port = v[i].from;
		try_openers(f, t, at, ends);
		t->port = v[i].to;
		if (v[i].to != v[i].from)
			try_openers(f, t, at, ends);
	}
}

bool flows_of_row(struct flows *f, char *const *row)
{
	unsigned ends = 0;

	f->complaints = 0;
	if (!spec_read(&f->spec, f->in, row))
		return false;
	find_wrong(f);
	const struct spec *s = &f->spec;
	for (size_t a = 0; a < s->ends[0].n; a++)
		for (size_t b = 0; b < s->ends[1].n; b++)
			for (size_t i = 0; i < s->transports_n; i++) {
				const struct place *at[2] = { &s->ends[0].v[a], &s->ends[1].v[b] };
				struct trial t = { .end = { at[0]->a, at[1]->a },
					           .transport = s->transports[i],
					           .port_of = s->port_of,
					           .other_port = s->other_port };
				if (!addr_eq(&t.end[0], &t.end[1]))
					try_ports(f, &t, at, &ends);
			}
	if (!ends)
		complain(f, "nobody in site.yaml holds a profile that cites it");
	for (size_t i = 0; i < f->citing_n; i++)
		if (!f->citing[i].taken)
			complain(f, "rule %s of %s cites it and takes none of its flows",
			         (const char *)f->citing[i].rule->id.p, (const char *)f->citing[i].profile->id.p);
	return f->complaints == 0;
}
