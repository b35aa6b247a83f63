/* The rules of a profile, and what only a whole rule can show to be wrong. */
#include <stdlib.h>

#include "base/span.h"
#include "base/time.h"
#include "profile/addrset.h"
#include "profile/build.h"
#include "profile/hostset.h"
#include "profile/schema.h"

enum { RULES_MAX = 2048, ALL_PORTS = 65536, V4_BITS = 96 };

/* What `after` may name beside rules. */
static const char *const EVENTS[] = { "boot", "address" };

struct event_id {
	struct span id;
};

static bool condition_build(struct build *b, const struct profile *p, const struct yaml_node *k,
                            struct condition *ret_c)
{
	struct span value = k->value->kind == YAML_TEXT ? k->value->text : (struct span){ NULL, 0 };
	int i = build_find(ID_LIST(p->choices, p->choices_n), k->text);

	if (i >= 0) {
		const struct texts *o = &p->choices[i].options;
		for (uint32_t v = 0; v < o->n; v++)
			if (span_eq(o->v[v], value)) {
				*ret_c = (struct condition){ CONDITION_CHOICE, (uint32_t)i, v };
				return true;
			}
		build_error(b, k->value, "choice \"%s\" has no option \"%.*s\"", (const char *)k->text.p,
		            (int)(value.n < 80 ? value.n : 80), value.n ? (const char *)value.p : "");
		return false;
	}
	i = build_ref(b, k, k->text, "feature or choice", ID_LIST(p->features, p->features_n));
	if (i < 0)
		return false;
	int yes = scalar_word(SCALAR_YESNO, value);
	if (yes < 0) {
		build_error(b, k->value, "feature \"%s\" is yes or no", (const char *)k->text.p);
		return false;
	}
	*ret_c = (struct condition){ CONDITION_FEATURE, (uint32_t)i, (uint32_t)yes };
	return true;
}

static void conjunction_build(struct build *b, const struct profile *p, const struct yaml_node *map,
                              struct conjunction *j)
{
	j->v = build_array(b, map->n, sizeof(*j->v));
	for (const struct yaml_node *k = j->v ? map->first : NULL; k; k = k->next)
		if (condition_build(b, p, k, &j->v[j->n]))
			j->n++;
}

static void when_build(struct build *b, const struct profile *p, const struct yaml_node *n, struct rule *r)
{
	if (!n || n->kind == YAML_TEXT)
		return;
	bool list = n->kind == YAML_LIST;
	r->when = build_array(b, list ? n->n : 1, sizeof(*r->when));
	for (const struct yaml_node *c = !r->when ? NULL : list ? n->first : n; c; c = list ? c->next : NULL)
		if (c->kind == YAML_MAP)
			conjunction_build(b, p, c, &r->when[r->when_n++]);
}

static const struct address_set **sets_build(struct build *b, const struct profile *p, const struct yaml_node *n,
                                             uint32_t *ret_n)
{
	const struct address_set **v = build_array(b, build_count(n), sizeof(const struct address_set *));

	*ret_n = 0;
	for (const struct yaml_node *c = build_first(n); c && v; c = build_next(n, c)) {
		int i = build_ref(b, c, c->text, "address set", ID_LIST(p->sets, p->sets_n));
		if (i >= 0)
			v[(*ret_n)++] = &p->sets[i];
	}
	return v;
}

static void peer_parameters_build(struct build *b, const struct profile *p, const struct yaml_node *n,
                                  struct peer_spec *s)
{
	s->parameters = build_array(b, build_count(n), sizeof(*s->parameters));
	for (const struct yaml_node *c = build_first(n); c && s->parameters; c = build_next(n, c)) {
		int i = build_ref(b, c, c->text, "parameter", ID_LIST(p->parameters, p->parameters_n));
		if (i < 0)
			continue;
		if (p->parameters[i].kind == PARAM_PORT || p->parameters[i].kind == PARAM_DURATION)
			build_error(b, c, "parameter \"%s\" names no peer", (const char *)c->text.p);
		else
			s->parameters[s->parameters_n++] = (uint32_t)i;
	}
}

static bool names_somebody(const struct yaml_node *peers)
{
	static const char *const keys[] = { "hosts", "addresses", "sets",      "parameter", "profile",      "announced",
		                            "scope", "any",       "broadcast", "multicast", "resolvers", "declared_tls" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct yaml_node *v = yaml_get(peers, keys[i]);
		if (v && !(v->kind == YAML_TEXT && span_eq(v->text, SPAN("false"))))
			return true;
	}
	return false;
}

static void peers_build(struct build *b, const struct profile *p, const struct yaml_node *n, struct rule *r)
{
	struct peer_spec *s = &r->peers;

	s->hosts = build_texts(b, yaml_get(n, "hosts"));
	s->names = hostset_make(b, s->hosts);
	s->addresses = build_prefixes(b, yaml_get(n, "addresses"), &s->addresses_n);
	s->addresses_n = addrset_index(b, s->addresses, s->addresses_n, &s->addresses_up);
	s->sets = sets_build(b, p, yaml_get(n, "sets"), &s->sets_n);
	s->located_in = sets_build(b, p, yaml_get(n, "located_in"), &s->located_in_n);
	s->never_in = sets_build(b, p, yaml_get(n, "never_in"), &s->never_in_n);
	peer_parameters_build(b, p, yaml_get(n, "parameter"), s);
	s->profile = build_text(n, "profile");
	s->group = build_word(n, "group", SCALAR_GROUPS, GROUP_ANY);
	s->announced = build_texts(b, yaml_get(n, "announced"));
	s->scope = (enum rule_scope)build_word(n, "scope", SCALAR_SCOPES, SCOPE_ANY);
	s->broadcast = build_bool(n, "broadcast");
	s->multicast = build_bool(n, "multicast");
	s->any = build_bool(n, "any");
	s->resolvers = build_bool(n, "resolvers");
	s->declared_tls = build_bool(n, "declared_tls");
	if (n && n->kind == YAML_MAP && !names_somebody(n) && schema_knows_keys(&SCHEMA_PEERS, n))
		build_error(b, n, "peers name nobody; if anybody is meant: any: true");
	if (s->group != GROUP_ANY && !s->profile.n)
		build_error(b, n, "peers: group goes with profile");
}

static void number_build(struct build *b, const struct profile *p, const struct yaml_node *map, const char *key,
                         const struct rule *r, struct expectation *e)
{
	const struct yaml_node *n = yaml_get(map, key), *value = n && n->kind == YAML_MAP ? yaml_get(n, "value") : n;

	*e = (struct expectation){ .parameter = -1 };
	if (!value || value->kind != YAML_TEXT)
		return;
	struct span name = scalar_parameter(value->text);
	e->source = n->kind == YAML_MAP ? build_text(n, "cites")
	            : r->cites.n        ? r->cites.v[0]
	                                : (struct span){ NULL, 0 };
	if (name.n) {
		e->parameter = build_ref(b, value, name, "parameter", ID_LIST(p->parameters, p->parameters_n));
		if (e->parameter >= 0 && p->parameters[e->parameter].kind != PARAM_DURATION)
			build_error(b, value, "parameter \"%.*s\" is no duration", (int)name.n, (const char *)name.p);
	} else if (duration_parse(value->text, &e->value) && !e->source.n && n->kind == YAML_TEXT) {
		build_error(b, value, "%s: the number cites no source", key);
	}
}

static void expect_build(struct build *b, const struct profile *p, const struct yaml_node *map, struct rule *r)
{
	const struct yaml_node *after = yaml_get(map, "after");
	struct event_id events[sizeof(EVENTS) / sizeof(EVENTS[0])];

	number_build(b, p, map, "every", r, &r->every);
	number_build(b, p, map, "within", r, &r->within);
	number_build(b, p, map, "silent_up_to", r, &r->silent_up_to);
	number_build(b, p, map, "min_idle_timeout", r, &r->min_idle_timeout);
	number_build(b, p, map, "answered_within", r, &r->answered_within);
	if ((after != NULL) != (yaml_get(map, "within") != NULL))
		build_error(b, map, "expect: after and within go together");
	r->after = build_text(map, "after");
	for (size_t i = 0; i < sizeof(EVENTS) / sizeof(EVENTS[0]); i++)
		events[i].id = span_of(EVENTS[i]);
	if (r->after.n && build_find(ID_LIST(events, sizeof(EVENTS) / sizeof(EVENTS[0])), r->after) < 0)
		(void)build_ref(b, after, r->after, "rule or event", ID_LIST(p->rules, p->rules_n));
}

static void hidden_build(struct build *b, const struct profile *p, const struct yaml_node *n, struct rule *r)
{
	r->hidden_in = build_array(b, build_count(n), sizeof(*r->hidden_in));
	for (const struct yaml_node *c = build_first(n); c && r->hidden_in; c = build_next(n, c)) {
		int i = build_ref(b, c, c->text, "feature", ID_LIST(p->features, p->features_n));
		if (i >= 0)
			r->hidden_in[r->hidden_in_n++] = (uint32_t)i;
	}
}

static void status_build(struct build *b, const struct yaml_node *n, struct rule *r)
{
	r->status = build_array(b, build_count(n), sizeof(*r->status));
	for (const struct yaml_node *c = build_first(n); c && r->status; c = build_next(n, c))
		if (scalar_port(c->text, &r->status[r->status_n]))
			r->status_n++;
}

static bool ports_given(const struct ports *p)
{
	return p->n > 0 || p->parameter >= 0;
}

static uint32_t count_ports(const struct ports *p)
{
	uint32_t n = p->parameter >= 0 ? 1 : 0;

	for (uint32_t i = 0; i < p->n; i++)
		n += (uint32_t)p->v[i].to - p->v[i].from + 1;
	return n ? n : ALL_PORTS;
}

static uint64_t port_bits(const struct ports *p)
{
	enum { BITS = 64 };
	uint64_t bits = 0;

	if (p->any || p->parameter >= 0 || p->n == 0)
		return UINT64_MAX;
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->v[i].to - p->v[i].from >= BITS)
			return UINT64_MAX;
		for (uint32_t port = p->v[i].from; port <= p->v[i].to; port++)
			bits |= UINT64_C(1) << port % BITS;
	}
	return bits;
}

static bool ports_have(const struct ports *p, uint16_t port)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (port >= p->v[i].from && port <= p->v[i].to)
			return true;
	return false;
}

static bool has_application(const struct rule *r, const char *name)
{
	for (uint32_t i = 0; i < r->applications.n; i++)
		if (span_eq_nocase(r->applications.v[i], span_of(name)))
			return true;
	return false;
}

static void check_ports(struct build *b, const struct yaml_node *n, struct rule *r)
{
	bool some = ports_given(&r->ports) || ports_given(&r->device_ports) || ports_given(&r->peer_ports);
	bool has_ports = (r->transports & (TRANSPORT_TCP | TRANSPORT_UDP)) != 0;
	uint32_t d = count_ports(&r->device_ports), q = count_ports(&r->peer_ports);

	r->port_bits = port_bits(&r->ports);
	r->port_count = count_ports(&r->ports);
	r->port_count = d < r->port_count ? d : r->port_count;
	r->port_count = q < r->port_count ? q : r->port_count;
	r->all_ports = !some;
	if (r->transports && !has_ports && (some || r->ports.any))
		build_error(b, n, "rule \"%s\": only tcp and udp have ports", (const char *)r->id.p);
	if (has_ports && !some && !yaml_get(n, "ports") && schema_knows_keys(&SCHEMA_RULE, n))
		build_error(b, n, "rule \"%s\": tcp and udp need ports; if all are meant: ports: any",
		            (const char *)r->id.p);
}

static bool holds_everything(const struct prefix *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i].bits == 0 || (v[i].bits == V4_BITS && addr_is_v4(&v[i].addr)))
			return true;
	return false;
}

static bool any_peer(const struct peer_spec *s)
{
	if (s->any || s->scope == SCOPE_INTERNET || s->scope == SCOPE_PRIVATE ||
	    holds_everything(s->addresses, s->addresses_n))
		return true;
	for (uint32_t i = 0; i < s->sets_n; i++)
		if (holds_everything(s->sets[i]->v, s->sets[i]->n))
			return true;
	return false;
}

/* Whether an answer must come, where the rule does not say. */
static enum rule_reply usual_reply(const struct rule *r)
{
	static const char *const known[] = { "DNS", "NTP", "DHCP", "SIP", "IKE" };
	static const uint16_t ports[] = { 53, 67, 123, 500, 546, 547, 4500, 5060 };

	if (r->transports == TRANSPORT_TCP)
		return REPLY_EXPECTED;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (has_application(r, known[i]))
			return REPLY_EXPECTED;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports_have(&r->ports, ports[i]))
			return REPLY_EXPECTED;
	return REPLY_UNKNOWN;
}

static void check_rule(struct build *b, const struct yaml_node *n, struct rule *r)
{
	check_ports(b, n, r);
	/* what forbids everything declares nothing: "not reachable from the Internet" */
	if (r->need != RULE_FORBIDDEN && (r->transports & (TRANSPORT_TCP | TRANSPORT_UDP)) && r->all_ports &&
	    any_peer(&r->peers))
		build_error(b, n, "rule \"%s\" takes any peer and any port: that declares everything; make it a note",
		            (const char *)r->id.p);
	if (r->answer_ports && !(r->transports & TRANSPORT_UDP))
		build_error(b, n, "rule \"%s\": answer_ports is for udp", (const char *)r->id.p);
	r->tls_443 = (r->transports & TRANSPORT_TCP) && ports_have(&r->ports, 443) && r->initiator != INITIATOR_PEER &&
	             (has_application(r, "TLS") || r->tls_min || r->tls_issuers.n || r->up == UP_TLS_FINISHED ||
	              r->up == UP_LOGIN);
}

static void rule_build(struct build *b, const struct profile *p, const struct yaml_node *n, struct rule *r)
{
	const struct yaml_node *tls = yaml_get(n, "tls");

	r->service = build_text(n, "service");
	r->purpose = build_text(n, "purpose");
	r->denied_means = build_text(n, "denied_means");
	r->remedy = build_text(n, "remedy");
	r->group = build_text(n, "group");
	r->cites = build_texts(b, yaml_get(n, "cites"));
	r->initiator = (enum rule_initiator)build_word(n, "initiator", SCALAR_INITIATORS, INITIATOR_DEVICE);
	unsigned families = build_bits(yaml_get(n, "family"), SCALAR_FAMILIES);

	r->transports = build_bits(yaml_get(n, "transport"), SCALAR_TRANSPORTS);
	r->families = families ? families : FAMILY_ANY;
	ports_build(b, yaml_get(n, "ports"), p, &r->ports);
	ports_build(b, yaml_get(n, "device_ports"), p, &r->device_ports);
	ports_build(b, yaml_get(n, "peer_ports"), p, &r->peer_ports);
	r->answer_ports = build_bool(n, "answer_ports");
	r->peer_must_be = (enum rule_scope)build_word(n, "peer_must_be", SCALAR_SCOPES, SCOPE_ANY);
	r->applications = build_texts(b, yaml_get(n, "applications"));
	status_build(b, yaml_get(n, "answer_status"), r);
	r->tls_min = (uint16_t)build_word(tls, "min", SCALAR_TLS, 0);
	r->tls_issuers = build_texts(b, yaml_get(tls, "issuers"));
	r->up = (enum rule_up)build_word(n, "up", SCALAR_UPS, UP_DATA);
	r->need = (enum rule_need)build_word(n, "need", SCALAR_NEEDS, RULE_OPTIONAL);
	r->reply = (enum rule_reply)build_word(n, "reply", SCALAR_REPLIES, (int)usual_reply(r));
	when_build(b, p, yaml_get(n, "when"), r);
	peers_build(b, p, yaml_get(n, "peers"), r);
	expect_build(b, p, yaml_get(n, "expect"), r);
	hidden_build(b, p, yaml_get(n, "hidden_in"), r);
	check_rule(b, n, r);
}

/* All ids first: rules name each other. */
static void ids_build(struct build *b, struct profile *p, const struct yaml_node *list)
{
	for (const struct yaml_node *n = list->first; n; n = n->next) {
		const struct yaml_node *id = yaml_get(n, "id");
		struct rule *r = &p->rules[p->rules_n];
		r->mark = build_mark(b, n);
		r->id = build_text(n, "id");
		if (!r->id.p)
			r->id = SPAN("");
		int twin = r->id.n ? build_find(ID_LIST(p->rules, p->rules_n), r->id) : -1;
		if (twin >= 0)
			build_error(b, id, "rule \"%s\" is there twice, first in line %u", (const char *)r->id.p,
			            p->rules[twin].mark.line);
		r->index = p->rules_n++;
	}
}

static const struct hostset *names_of_all(struct build *b, const struct profile *p)
{
	struct texts all = { 0 };
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->rules_n; i++)
		n += p->rules[i].peers.hosts.n;
	all.v = build_array(b, n, sizeof(*all.v));
	for (uint32_t i = 0; i < p->rules_n && all.v; i++)
		for (uint32_t k = 0; k < p->rules[i].peers.hosts.n; k++)
			all.v[all.n++] = p->rules[i].peers.hosts.v[k];
	return hostset_make(b, all);
}

void rules_build(struct build *b, struct profile *p, const struct yaml_node *list)
{
	if (!list || list->kind != YAML_LIST)
		return;
	if (list->n > RULES_MAX) {
		build_error(b, list, "more than 2048 rules in one profile");
		return;
	}
	p->rules = build_array(b, list->n, sizeof(*p->rules));
	if (!p->rules)
		return;
	ids_build(b, p, list);
	uint32_t i = 0;
	for (const struct yaml_node *n = list->first; n; n = n->next, i++)
		if (n->kind == YAML_MAP)
			rule_build(b, p, n, &p->rules[i]);
	p->names = names_of_all(b, p);
}
