/* A rule's traffic, peers and conditions in words: for `profile show`, reports and exports. */
#include "base/span.h"
#include "base/time.h"
#include "profile/scalar.h"
#include "profile/show.h"
#include "profile/show_priv.h"

enum { SHOW_FEW = 4 };

void show_duration(struct wr *w, int64_t ns)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = { { 86400 * NS_PER_S, "d" },
		      { 3600 * NS_PER_S, "h" },
		      { 60 * NS_PER_S, "m" },
		      { NS_PER_S, "s" },
		      { NS_PER_MS, "ms" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ns % units[i].ns == 0) {
			wr_i64(w, ns / units[i].ns);
			wr_str(w, units[i].unit);
			return;
		}
}

void show_value(struct wr *w, enum parameter_kind kind, const struct parameter_value *v)
{
	bool v6 = kind == PARAM_ENDPOINT && !v->host.n && !addr_is_v4(&v->prefix.addr);

	if (kind == PARAM_DURATION)
		show_duration(w, v->duration);
	else if (v->host.n)
		wr_span(w, v->host);
	else if (kind == PARAM_PREFIX)
		wr_prefix(w, &v->prefix);
	else if (kind != PARAM_PORT) {
		wr_str(w, v6 ? "[" : "");
		wr_addr(w, &v->prefix.addr);
		wr_str(w, v6 ? "]" : "");
	}
	if (kind == PARAM_ENDPOINT)
		wr_char(w, ':');
	if (kind == PARAM_ENDPOINT || kind == PARAM_PORT)
		wr_u64(w, v->port);
	if (kind == PARAM_PORT && v->port_to != v->port) {
		wr_char(w, '-');
		wr_u64(w, v->port_to);
	}
}

void show_separate(struct wr *w, size_t start, const char *by)
{
	if (w->n > start)
		wr_str(w, by);
}

static void put_ports(const struct profile *p, const struct ports *s, struct wr *w)
{
	size_t start = w->n;

	for (uint32_t i = 0; i < s->n; i++) {
		show_separate(w, start, ", ");
		wr_u64(w, s->v[i].from);
		if (s->v[i].to != s->v[i].from) {
			wr_char(w, '-');
			wr_u64(w, s->v[i].to);
		}
	}
	if (s->parameter >= 0) {
		show_separate(w, start, ", ");
		wr_char(w, '$');
		wr_span(w, p->parameters[s->parameter].id);
	}
	if (w->n == start)
		wr_str(w, "any port");
}

static bool given(const struct ports *s)
{
	return s->n || s->parameter >= 0;
}

static void put_all_ports(const struct profile *p, const struct rule *r, struct wr *w)
{
	if (given(&r->ports) || (!given(&r->device_ports) && !given(&r->peer_ports))) {
		wr_char(w, ' ');
		put_ports(p, &r->ports, w);
	}
	if (given(&r->device_ports)) {
		wr_str(w, ", the device's port ");
		put_ports(p, &r->device_ports, w);
	}
	if (given(&r->peer_ports)) {
		wr_str(w, ", the peer's port ");
		put_ports(p, &r->peer_ports, w);
	}
}

void rule_ports_text(const struct profile *p, const struct rule *r, struct wr *w)
{
	size_t start = w->n;

	if (r->transports == TRANSPORT_ANY)
		wr_str(w, "any transport");
	for (unsigned bit = 1; r->transports != TRANSPORT_ANY && bit < TRANSPORT_ANY; bit <<= 1)
		if (r->transports & bit) {
			show_separate(w, start, "/");
			wr_str(w, scalar_word_of(SCALAR_TRANSPORTS, (int)bit));
		}
	if (r->transports & (TRANSPORT_TCP | TRANSPORT_UDP))
		put_all_ports(p, r, w);
	if (r->families != FAMILY_ANY)
		wr_str(w, r->families == FAMILY_V4 ? ", over IPv4" : ", over IPv6");
}

static void put_more(struct wr *w, size_t start, uint32_t n, unsigned max, const char *what)
{
	if (!max || n <= max)
		return;
	show_separate(w, start, ", ");
	wr_str(w, "and ");
	wr_u64(w, n - max);
	wr_str(w, " more ");
	wr_str(w, what);
}

static void put_address(const struct prefix *p, struct wr *w)
{
	if (p->bits == 128)
		wr_addr(w, &p->addr);
	else
		wr_prefix(w, p);
}

static void put_hosts(const struct peer_spec *s, unsigned max, size_t start, struct wr *w)
{
	for (uint32_t i = 0; i < s->hosts.n && (!max || i < max); i++) {
		show_separate(w, start, ", ");
		wr_span(w, s->hosts.v[i]);
	}
	put_more(w, start, s->hosts.n, max, "names");
	for (uint32_t i = 0; i < s->addresses_n && (!max || i < max); i++) {
		show_separate(w, start, ", ");
		put_address(&s->addresses[i], w);
	}
	put_more(w, start, s->addresses_n, max, "addresses");
}

void show_prefixes(const struct address_set *s, uint32_t max, struct wr *w)
{
	for (uint32_t i = 0; i < s->n && i < max; i++) {
		wr_str(w, i ? ", " : "");
		put_address(&s->v[i], w);
	}
}

/* A few addresses are said with their set's name, where all is to be said. */
static void put_sets(const struct address_set *const *v, uint32_t n, const char *what, bool whole, size_t start,
                     struct wr *w)
{
	for (uint32_t i = 0; i < n; i++) {
		show_separate(w, start, ", ");
		wr_str(w, what);
		wr_span(w, v[i]->id);
		if (!whole || v[i]->n > SHOW_FEW)
			continue;
		wr_str(w, " (");
		show_prefixes(v[i], SHOW_FEW, w);
		wr_char(w, ')');
	}
}

void rule_peers_text(const struct profile *p, const struct rule *r, unsigned max, struct wr *w)
{
	const struct peer_spec *s = &r->peers;
	const struct {
		bool on;
		const char *text;
	} kinds[] = {
		{ s->resolvers, "its own DNS servers" },
		{ s->broadcast, "broadcast" },
		{ s->multicast, "multicast" },
		{ s->any, "anybody" },
		{ s->scope == SCOPE_INTERNET, "anybody on the Internet" },
		{ s->scope == SCOPE_PRIVATE, "anybody inside" },
		{ s->scope == SCOPE_LINK, "anybody on the link" },
		{ s->declared_tls, "whoever another rule takes for TLS on tcp 443" },
	};
	size_t start = w->n;

	put_hosts(s, max, start, w);
	put_sets(s->sets, s->sets_n, "address set ", !max, start, w);
	for (uint32_t i = 0; i < s->parameters_n; i++) {
		show_separate(w, start, ", ");
		wr_char(w, '$');
		wr_span(w, p->parameters[s->parameters[i]].id);
	}
	if (s->profile.n) {
		show_separate(w, start, ", ");
		wr_str(w, s->group == GROUP_SAME    ? "a device of the same group that is "
		          : s->group == GROUP_OTHER ? "a device of another group that is "
		                                    : "a device of this site that is ");
		wr_span(w, s->profile);
	}
	for (uint32_t i = 0; i < s->announced.n; i++) {
		show_separate(w, start, ", ");
		wr_str(w, "whom its ");
		wr_span(w, s->announced.v[i]);
		wr_str(w, " announced");
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].on) {
			show_separate(w, start, ", ");
			wr_str(w, kinds[i].text);
		}
	put_sets(s->located_in, s->located_in_n, "which live in address set ", false, start, w);
	put_sets(s->never_in, s->never_in_n, "never in address set ", false, start, w);
}

void rule_when_text(const struct profile *p, const struct rule *r, struct wr *w)
{
	for (uint32_t i = 0; i < r->when_n; i++) {
		wr_str(w, i ? ", or " : "");
		for (uint32_t j = 0; j < r->when[i].n; j++) {
			const struct condition *c = &r->when[i].v[j];
			bool choice = c->kind == CONDITION_CHOICE;
			wr_str(w, j ? " and " : "");
			wr_span(w, choice ? p->choices[c->index].id : p->features[c->index].id);
			wr_str(w, " is ");
			wr_span(w, choice     ? p->choices[c->index].options.v[c->value]
			           : c->value ? SPAN("yes")
			                      : SPAN("no"));
		}
	}
}
