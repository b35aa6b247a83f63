/*
 * A firewall change request: a line for everything that may stand in one field of a firewall's rule - a host name, an
 * address, a prefix, a value of the site. RFC 4180.
 *
 * The addresses of a set are written out, unless strangers live there too and the list is a file of its own: nobody
 * types Google's ranges, and whoever opens them should know what he opens.
 */
#include <string.h>

#include "base/span.h"
#include "base/time.h"
#include "profile/export.h"
#include "profile/match.h"
#include "profile/scalar.h"
#include "profile/show.h"

enum { CELL_MAX = 1 << 16 };

enum column {
	RULE,
	SERVICE,
	SOURCE,
	DESTINATION,
	TRANSPORT,
	PORTS,
	DIRECTION,
	PURPOSE,
	NEED,
	DENIED,
	IDLE,
	CITES,
	COLUMNS
};

static const char *const titles[COLUMNS] = {
	[RULE] = "rule",
	[SERVICE] = "service",
	[SOURCE] = "source",
	[DESTINATION] = "destination",
	[TRANSPORT] = "transport",
	[PORTS] = "ports",
	[DIRECTION] = "direction",
	[PURPOSE] = "purpose",
	[NEED] = "need",
	[DENIED] = "consequence if denied",
	[IDLE] = "minimum idle timeout (seconds)",
	[CITES] = "statements cited",
};

/* One rule of one device, on the way to its lines. */
struct csv {
	struct wr *w;
	const struct policy *policy;
	const struct profile *head; /* what is exported; a rule of another profile says whose it is */
	const struct binding *b;
	const struct rule *rule;
	struct wr cell[COLUMNS];
};

/* RFC 4180, section 2: quotes where there is a comma, a quote or a line break; a quote inside is doubled. */
static void put_field(struct wr *w, const char *s, size_t n)
{
	bool quoted = false;

	for (size_t i = 0; i < n; i++)
		quoted |= s[i] == ',' || s[i] == '"' || s[i] == '\r' || s[i] == '\n';
	if (quoted)
		wr_char(w, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"')
			wr_char(w, '"');
		wr_char(w, s[i]);
	}
	if (quoted)
		wr_char(w, '"');
}

static void put_line(struct csv *c)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		if (i)
			wr_char(c->w, ',');
		put_field(c->w, c->cell[i].p, c->cell[i].n);
		c->w->failed |= c->cell[i].failed;
	}
	wr_str(c->w, "\r\n");
}

static struct wr *fresh(struct csv *c, enum column k)
{
	wr_reset(&c->cell[k]);
	return &c->cell[k];
}

static void put_list(struct wr *w, const struct texts *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		wr_str(w, i ? ", " : "");
		wr_span(w, t->v[i]);
	}
}

static void put_prefix(struct wr *w, const struct prefix *p)
{
	if (p->bits == 128)
		wr_addr(w, &p->addr);
	else
		wr_prefix(w, p);
}

static void put_unset(struct wr *w, const struct parameter *q)
{
	wr_char(w, '$');
	wr_span(w, q->id);
	wr_str(w, " (not set)");
}

/* ---- ports ---- */

static void put_range(struct wr *w, uint16_t from, uint16_t to)
{
	wr_str(w, w->n ? ", " : "");
	wr_u64(w, from);
	if (to != from) {
		wr_char(w, '-');
		wr_u64(w, to);
	}
}

static bool given(const struct ports *s)
{
	return s->n || s->any || s->parameter >= 0;
}

/* `own`: the value whose port is meant where the port comes from the parameter that names the peer; NULL: all values. */
static void put_ports(struct csv *c, const struct ports *s, int peer_parameter, const struct parameter_value *own,
                      struct wr *w)
{
	if (s->any || !given(s)) {
		wr_str(w, "any");
		return;
	}
	for (uint32_t i = 0; i < s->n; i++)
		put_range(w, s->v[i].from, s->v[i].to);
	if (s->parameter < 0)
		return;
	const struct values *v = &c->b->parameters[s->parameter];
	if (own && s->parameter == peer_parameter) {
		put_range(w, own->port, own->port_to);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++)
		put_range(w, v->v[i].port, v->v[i].port_to);
	if (!v->n) {
		wr_str(w, w->n ? ", " : "");
		put_unset(w, &c->b->profile->parameters[s->parameter]);
	}
}

static void fill_ports(struct csv *c, int peer_parameter, const struct parameter_value *own)
{
	const struct rule *r = c->rule;
	bool inbound = r->initiator == INITIATOR_PEER;
	const struct ports *responder = inbound ? &r->device_ports : &r->peer_ports;
	const struct ports *initiator = inbound ? &r->peer_ports : &r->device_ports;
	struct wr *w = fresh(c, PORTS), from;

	if (!(r->transports & (TRANSPORT_TCP | TRANSPORT_UDP)))
		return;
	put_ports(c, given(&r->ports) ? &r->ports : responder, peer_parameter, own, w);
	if (!given(initiator))
		return;
	wr_init(&from, CELL_MAX);
	put_ports(c, initiator, peer_parameter, own, &from);
	wr_str(w, " (from port ");
	wr_bytes(w, from.p, from.n);
	wr_char(w, ')');
	w->failed |= from.failed;
	wr_free(&from);
}

/* ---- the peer: one line each ---- */

static struct wr *peer_cell(struct csv *c)
{
	return fresh(c, c->rule->initiator == INITIATOR_PEER ? SOURCE : DESTINATION);
}

static void line_of_text(struct csv *c, const char *text)
{
	wr_str(peer_cell(c), text);
	put_line(c);
}

static void lines_of_prefixes(struct csv *c, const struct prefix *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		put_prefix(peer_cell(c), &v[i]);
		put_line(c);
	}
}

static void lines_of_set(struct csv *c, const struct address_set *s)
{
	if (!s->shared || !s->file.n) {
		lines_of_prefixes(c, s->v, s->n);
		return;
	}
	struct wr *w = peer_cell(c);
	wr_str(w, "address set ");
	wr_span(w, s->id);
	wr_str(w, ": file ");
	wr_span(w, s->file);
	if (s->as_of) {
		wr_str(w, " of ");
		wr_date(w, s->as_of);
	}
	wr_str(w, ", ");
	wr_u64(w, s->n);
	wr_str(w, s->n == 1 ? " prefix, others live there too" : " prefixes, others live there too");
	put_line(c);
}

static void lines_of_parameter(struct csv *c, uint32_t index)
{
	const struct values *v = &c->b->parameters[index];

	if (!v->n) {
		put_unset(peer_cell(c), &c->b->profile->parameters[index]);
		put_line(c);
	}
	for (uint32_t i = 0; i < v->n; i++) {
		struct wr *w = peer_cell(c);
		fill_ports(c, (int)index, &v->v[i]);
		if (v->v[i].host.n)
			wr_span(w, v->v[i].host);
		else
			put_prefix(w, &v->v[i].prefix);
		put_line(c);
	}
	fill_ports(c, -1, NULL);
}

static bool holds(const struct policy *policy, const struct site_device *d, struct span profile)
{
	const struct profile *heads[BINDING_PROFILES], *all[BINDING_PROFILES];
	size_t n = 0;

	for (uint32_t i = 0; i < d->profiles.n && n < BINDING_PROFILES; i++) {
		heads[n] = policy_find(policy, d->profiles.v[i]);
		n += heads[n] != NULL;
	}
	n = policy_expand(policy, heads, n, all);
	for (size_t i = 0; i < n; i++)
		if (span_eq(all[i]->id, profile))
			return true;
	return false;
}

static void put_device(struct wr *w, const struct site_device *d)
{
	char mac[MAC_TEXT];

	if (!d) {
		wr_str(w, "the device (not set)");
	} else if (d->has_prefix) {
		put_prefix(w, &d->prefix);
	} else {
		size_t n = mac_format(&d->mac, mac);
		wr_str(w, d->has_oui ? "MAC addresses of " : "MAC address ");
		wr_bytes(w, mac, d->has_oui ? sizeof("00:00:00") - 1 : n);
	}
}

static bool in_group(const struct csv *c, const struct site_device *d)
{
	bool same = c->b->device && c->b->device->group.n && span_eq(c->b->device->group, d->group);

	return c->rule->peers.group == GROUP_ANY || same == (c->rule->peers.group == GROUP_SAME);
}

/* The devices of the site that hold the profile which the peer has to hold. */
static void lines_of_role(struct csv *c)
{
	const struct site *site = policy_site(c->policy);
	bool any = false;

	for (uint32_t i = 0; i < site->devices_n; i++) {
		const struct site_device *d = &site->devices[i];
		if (d == c->b->device || !holds(c->policy, d, c->rule->peers.profile) || !in_group(c, d))
			continue;
		put_device(peer_cell(c), d);
		put_line(c);
		any = true;
	}
	if (any)
		return;
	struct wr *w = peer_cell(c);
	wr_str(w, "a device that is ");
	wr_span(w, c->rule->peers.profile);
	wr_str(w, " (not set)");
	put_line(c);
}

/* Nobody can open these beforehand by address: the firewall has to read along, or the range has to be open. */
static void lines_of_announced(struct csv *c)
{
	const struct texts *t = &c->rule->peers.announced;

	for (uint32_t i = 0; i < t->n; i++) {
		struct wr *w = peer_cell(c);
		wr_str(w, "wherever ");
		wr_span(w, t->v[i]);
		wr_str(w, " announces it");
		put_line(c);
	}
}

static void lines_of_kinds(struct csv *c)
{
	const struct peer_spec *s = &c->rule->peers;
	const struct {
		bool on;
		const char *text;
	} kinds[] = {
		{ s->resolvers, "the device's DNS servers" },
		{ s->broadcast, "broadcast" },
		{ s->multicast, "multicast" },
		{ s->any && c->rule->peer_must_be == SCOPE_ANY, "any" },
		{ s->scope == SCOPE_INTERNET || (s->any && c->rule->peer_must_be == SCOPE_INTERNET),
		  "any address on the Internet" },
		{ s->scope == SCOPE_PRIVATE || (s->any && c->rule->peer_must_be == SCOPE_PRIVATE),
		  "any private address" },
		{ s->scope == SCOPE_LINK || (s->any && c->rule->peer_must_be == SCOPE_LINK),
		  "any address on the link" },
		{ s->declared_tls, "every destination of TLS on tcp 443 above" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].on)
			line_of_text(c, kinds[i].text);
}

static void lines_of_peers(struct csv *c)
{
	const struct peer_spec *s = &c->rule->peers;

	for (uint32_t i = 0; i < s->hosts.n; i++) {
		wr_span(peer_cell(c), s->hosts.v[i]);
		put_line(c);
	}
	lines_of_prefixes(c, s->addresses, s->addresses_n);
	for (uint32_t i = 0; i < s->sets_n; i++)
		lines_of_set(c, s->sets[i]);
	for (uint32_t i = 0; i < s->parameters_n; i++)
		lines_of_parameter(c, s->parameters[i]);
	if (s->profile.n)
		lines_of_role(c);
	lines_of_announced(c);
	lines_of_kinds(c);
}

/* ---- rules ---- */

static void fill_need(struct csv *c)
{
	const struct rule *r = c->rule;
	struct wr *w = fresh(c, NEED);

	wr_str(w, scalar_word_of(SCALAR_NEEDS, (int)r->need));
	if (r->when_n && match_when(c->b, r) == TRI_UNKNOWN) {
		wr_str(w, " where ");
		rule_when_text(c->b->profile, r, w);
	}
	if (r->group.n) {
		wr_str(w, "; any of group ");
		wr_span(w, r->group);
		wr_str(w, " suffices");
	}
}

static void fill_transport(struct csv *c)
{
	struct wr *w = fresh(c, TRANSPORT);

	if (c->rule->transports == TRANSPORT_ANY)
		wr_str(w, "any");
	for (unsigned bit = 1; c->rule->transports != TRANSPORT_ANY && bit < TRANSPORT_ANY; bit <<= 1)
		if (c->rule->transports & bit) {
			wr_str(w, w->n ? "/" : "");
			wr_str(w, scalar_word_of(SCALAR_TRANSPORTS, (int)bit));
		}
	if (c->rule->families != FAMILY_ANY)
		wr_str(w, c->rule->families == FAMILY_V6 ? " over IPv6" : " over IPv4");
}

/* What is the same in every line of the rule. */
static void fill_rule(struct csv *c)
{
	static const char *const directions[] = { "outbound", "inbound", "either" };
	const struct rule *r = c->rule;
	int64_t idle = match_expect(c->b, &r->min_idle_timeout);
	struct wr *w = fresh(c, RULE);

	if (c->b->profile != c->head) {
		wr_span(w, c->b->profile->id);
		wr_char(w, '/');
	}
	wr_span(w, r->id);
	wr_span(fresh(c, SERVICE), r->service);
	put_device(fresh(c, r->initiator == INITIATOR_PEER ? DESTINATION : SOURCE), c->b->device);
	fill_transport(c);
	fill_ports(c, -1, NULL);
	wr_str(fresh(c, DIRECTION), directions[r->initiator]);
	wr_span(fresh(c, PURPOSE), r->purpose);
	fill_need(c);
	wr_span(fresh(c, DENIED), r->denied_means);
	w = fresh(c, IDLE);
	if (idle)
		wr_i64(w, (idle + NS_PER_S - 1) / NS_PER_S);
	put_list(fresh(c, CITES), &r->cites);
}

static int put_profile(struct csv *c, const struct profile *p, const struct site_device *d)
{
	struct binding *b;
	int error = binding_make(&b, c->policy, p, d, NULL);

	if (error)
		return error;
	c->b = b;
	for (uint32_t i = 0; i < p->rules_n; i++) {
		c->rule = &p->rules[i];
		if (match_when(b, c->rule) == TRI_NO)
			continue;
		fill_rule(c);
		lines_of_peers(c);
	}
	binding_free(b);
	return 0;
}

/* The profile and what it uses, as one device has it. */
static int put_all(struct csv *c, const struct site_device *d)
{
	int error = put_profile(c, c->head, d);

	for (uint32_t i = 0; i < c->head->uses_n && !error; i++)
		if (!span_eq(c->head->uses[i]->id, SPAN("ip-host")))
			error = put_profile(c, c->head->uses[i], d);
	return error;
}

static int write_csv(const struct policy *policy, const struct profile *p, struct wr *w)
{
	struct csv c = { .w = w, .policy = policy, .head = p };
	const struct site *site = policy_site(policy);
	bool any = false;
	int error = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		wr_init(&c.cell[i], CELL_MAX);
		wr_str(&c.cell[i], titles[i]);
	}
	put_line(&c);
	for (uint32_t i = 0; i < site->devices_n && !error; i++) {
		if (!holds(policy, &site->devices[i], p->id))
			continue;
		error = put_all(&c, &site->devices[i]);
		any = true;
	}
	if (!any && !error)
		error = put_all(&c, NULL);
	for (size_t i = 0; i < COLUMNS; i++)
		wr_free(&c.cell[i]);
	return error;
}

const struct profile_export export_csv = { "csv", write_csv };
