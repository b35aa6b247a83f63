/* A profile as canonical YAML: what a test may hold two loads against. */
#include "base/span.h"
#include "base/time.h"
#include "profile/scalar.h"
#include "profile/show.h"
#include "profile/show_priv.h"

static void put_key(struct wr *w, const char *indent, const char *key)
{
	wr_str(w, indent);
	wr_str(w, key);
	wr_str(w, ": ");
}

static void put_text(struct wr *w, const char *indent, const char *key, struct span s)
{
	if (!s.n)
		return;
	put_key(w, indent, key);
	wr_json_text(w, s);
	wr_char(w, '\n');
}

static void put_word(struct wr *w, const char *indent, const char *key, const char *word)
{
	put_key(w, indent, key);
	wr_str(w, word);
	wr_char(w, '\n');
}

static void put_flag(struct wr *w, const char *indent, const char *key, bool v)
{
	if (v)
		put_word(w, indent, key, "true");
}

static void comma(struct wr *w, uint32_t i)
{
	if (i)
		wr_str(w, ", ");
}

static void put_texts(struct wr *w, const char *indent, const char *key, const struct texts *t)
{
	if (t->n == 0)
		return;
	put_key(w, indent, key);
	wr_char(w, '[');
	for (uint32_t i = 0; i < t->n; i++) {
		comma(w, i);
		wr_json_text(w, t->v[i]);
	}
	wr_str(w, "]\n");
}

static void put_prefixes(struct wr *w, const char *indent, const char *key, const struct prefix *v, uint32_t n)
{
	put_key(w, indent, key);
	wr_char(w, '[');
	for (uint32_t i = 0; i < n; i++) {
		comma(w, i);
		wr_char(w, '"');
		wr_prefix(w, &v[i]);
		wr_char(w, '"');
	}
	wr_str(w, "]\n");
}

static void dump_parameters(const struct profile *p, struct wr *w)
{
	for (uint32_t i = 0; i < p->parameters_n; i++) {
		const struct parameter *q = &p->parameters[i];
		wr_str(w, i ? "" : "parameters:\n");
		wr_str(w, "  ");
		wr_span(w, q->id);
		wr_str(w, ":\n");
		put_word(w, "    ", "kind", scalar_word_of(SCALAR_KINDS, (int)q->kind));
		put_flag(w, "    ", "list", q->list);
		put_text(w, "    ", "help", q->help);
		if (q->from_dhcp != FROM_DHCP_NO)
			put_word(w, "    ", "from_dhcp", scalar_word_of(SCALAR_DHCP, (int)q->from_dhcp));
		if (!q->defaults_n)
			continue;
		put_key(w, "    ", "default");
		wr_char(w, '[');
		for (uint32_t k = 0; k < q->defaults_n; k++) {
			comma(w, k);
			wr_char(w, '"');
			show_value(w, q->kind, &q->defaults[k]);
			wr_char(w, '"');
		}
		wr_str(w, "]\n");
	}
}

static void dump_sets(const struct profile *p, struct wr *w)
{
	for (uint32_t i = 0; i < p->sets_n; i++) {
		const struct address_set *s = &p->sets[i];
		wr_str(w, i ? "" : "address_sets:\n");
		wr_str(w, "  ");
		wr_span(w, s->id);
		wr_str(w, ":\n");
		if (s->as_of) {
			put_key(w, "    ", "as_of");
			wr_date(w, s->as_of);
			wr_char(w, '\n');
		}
		if (s->max_age) {
			put_key(w, "    ", "max_age");
			show_duration(w, s->max_age);
			wr_char(w, '\n');
		}
		put_flag(w, "    ", "shared", s->shared);
		put_text(w, "    ", "stands_for", s->stands_for);
		put_prefixes(w, "    ", "prefixes", s->v, s->n);
	}
}

static void dump_head(const struct profile *p, struct wr *w)
{
	wr_str(w, "format: 1\n");
	put_text(w, "", "id", p->id);
	put_text(w, "", "title", p->title);
	for (uint32_t i = 0; i < p->sources_n; i++) {
		const struct source *s = &p->sources[i];
		wr_str(w, i ? "" : "sources:\n");
		wr_str(w, "  ");
		wr_span(w, s->id);
		wr_str(w, ":\n");
		put_text(w, "    ", "title", s->title);
		put_text(w, "    ", "number", s->number);
		put_text(w, "    ", "date", s->date);
		put_text(w, "    ", "url", s->url);
	}
	wr_str(w, "uses: [");
	for (uint32_t i = 0; i < p->uses_n; i++) {
		comma(w, i);
		wr_span(w, p->uses[i]->id);
	}
	wr_str(w, "]\n");
	if (p->undeclared_severity != UINT8_MAX) {
		wr_str(w, "undeclared:\n");
		put_word(w, "  ", "severity", scalar_word_of(SCALAR_SEVERITIES, p->undeclared_severity));
		put_text(w, "  ", "why", p->undeclared_why);
	}
}

static void dump_conditions(const struct profile *p, struct wr *w)
{
	for (uint32_t i = 0; i < p->features_n; i++) {
		const struct feature *f = &p->features[i];
		wr_str(w, i ? "" : "features:\n");
		wr_str(w, "  ");
		wr_span(w, f->id);
		wr_str(w, ":\n");
		put_text(w, "    ", "help", f->help);
		if (f->by_parameter >= 0)
			put_text(w, "    ", "parameter", p->parameters[f->by_parameter].id);
	}
	for (uint32_t i = 0; i < p->choices_n; i++) {
		wr_str(w, i ? "" : "choices:\n");
		put_texts(w, "  ", (const char *)p->choices[i].id.p, &p->choices[i].options);
	}
}

static void dump_ports(const struct profile *p, struct wr *w, const char *key, const struct ports *s)
{
	if (!s->any && s->n == 0 && s->parameter < 0)
		return;
	put_key(w, "    ", key);
	wr_str(w, s->any ? "[any" : "[");
	for (uint32_t i = 0; i < s->n; i++) {
		comma(w, i);
		wr_u64(w, s->v[i].from);
		if (s->v[i].to != s->v[i].from) {
			wr_char(w, '-');
			wr_u64(w, s->v[i].to);
		}
	}
	if (s->parameter >= 0) {
		comma(w, s->n || s->any);
		wr_char(w, '$');
		wr_span(w, p->parameters[s->parameter].id);
	}
	wr_str(w, "]\n");
}

static void dump_set_names(struct wr *w, const char *key, const struct address_set *const *v, uint32_t n)
{
	if (n == 0)
		return;
	put_key(w, "      ", key);
	wr_char(w, '[');
	for (uint32_t i = 0; i < n; i++) {
		comma(w, i);
		wr_span(w, v[i]->id);
	}
	wr_str(w, "]\n");
}

static void dump_peers(const struct profile *p, const struct peer_spec *s, struct wr *w)
{
	wr_str(w, "    peers:\n");
	put_texts(w, "      ", "hosts", &s->hosts);
	if (s->addresses_n)
		put_prefixes(w, "      ", "addresses", s->addresses, s->addresses_n);
	dump_set_names(w, "sets", s->sets, s->sets_n);
	dump_set_names(w, "located_in", s->located_in, s->located_in_n);
	dump_set_names(w, "never_in", s->never_in, s->never_in_n);
	if (s->parameters_n)
		put_key(w, "      ", "parameter");
	for (uint32_t i = 0; i < s->parameters_n; i++) {
		wr_str(w, i ? ", " : "[");
		wr_span(w, p->parameters[s->parameters[i]].id);
	}
	wr_str(w, s->parameters_n ? "]\n" : "");
	put_text(w, "      ", "profile", s->profile);
	if (s->group != GROUP_ANY)
		put_word(w, "      ", "group", scalar_word_of(SCALAR_GROUPS, (int)s->group));
	if (s->scope != SCOPE_ANY)
		put_word(w, "      ", "scope", scalar_word_of(SCALAR_SCOPES, (int)s->scope));
	put_texts(w, "      ", "announced", &s->announced);
	put_flag(w, "      ", "broadcast", s->broadcast);
	put_flag(w, "      ", "multicast", s->multicast);
	put_flag(w, "      ", "any", s->any);
	put_flag(w, "      ", "resolvers", s->resolvers);
	put_flag(w, "      ", "declared_tls", s->declared_tls);
}

static void dump_number(const struct profile *p, struct wr *w, const char *key, const struct expectation *e)
{
	if (!e->value && e->parameter < 0)
		return;
	put_key(w, "      ", key);
	wr_str(w, e->source.n ? "{value: " : "");
	if (e->parameter >= 0) {
		wr_char(w, '$');
		wr_span(w, p->parameters[e->parameter].id);
	} else {
		show_duration(w, e->value);
	}
	if (e->source.n) {
		wr_str(w, ", cites: ");
		wr_json_text(w, e->source);
		wr_char(w, '}');
	}
	wr_char(w, '\n');
}

static void dump_expect(const struct profile *p, const struct rule *r, struct wr *w)
{
	wr_str(w, "    expect:\n");
	dump_number(p, w, "every", &r->every);
	put_text(w, "      ", "after", r->after);
	dump_number(p, w, "within", &r->within);
	dump_number(p, w, "silent_up_to", &r->silent_up_to);
	dump_number(p, w, "min_idle_timeout", &r->min_idle_timeout);
	dump_number(p, w, "answered_within", &r->answered_within);
}

static void dump_when(const struct profile *p, const struct rule *r, struct wr *w)
{
	if (r->when_n == 0)
		return;
	wr_str(w, "    when:\n");
	for (uint32_t i = 0; i < r->when_n; i++) {
		wr_str(w, "      - {");
		for (uint32_t j = 0; j < r->when[i].n; j++) {
			const struct condition *c = &r->when[i].v[j];
			bool choice = c->kind == CONDITION_CHOICE;
			comma(w, j);
			wr_span(w, choice ? p->choices[c->index].id : p->features[c->index].id);
			wr_str(w, ": ");
			wr_span(w, choice     ? p->choices[c->index].options.v[c->value]
			           : c->value ? SPAN("yes")
			                      : SPAN("no"));
		}
		wr_str(w, "}\n");
	}
}

static void dump_transports(const struct rule *r, struct wr *w)
{
	uint32_t n = 0;

	put_key(w, "    ", "transport");
	wr_char(w, '[');
	for (unsigned bit = 1; bit < TRANSPORT_ANY; bit <<= 1)
		if (r->transports & bit) {
			comma(w, n++);
			wr_str(w, scalar_word_of(SCALAR_TRANSPORTS, (int)bit));
		}
	wr_str(w, "]\n");
}

static void dump_status(const struct rule *r, struct wr *w)
{
	if (r->status_n)
		put_key(w, "    ", "answer_status");
	for (uint32_t i = 0; i < r->status_n; i++) {
		wr_str(w, i ? ", " : "[");
		wr_u64(w, r->status[i].from);
		if (r->status[i].to == r->status[i].from)
			continue;
		wr_char(w, '-');
		wr_u64(w, r->status[i].to);
	}
	wr_str(w, r->status_n ? "]\n" : "");
}

static void dump_rule(const struct profile *p, const struct rule *r, struct wr *w)
{
	wr_str(w, "  -\n");
	put_text(w, "    ", "id", r->id);
	put_texts(w, "    ", "cites", &r->cites);
	put_text(w, "    ", "service", r->service);
	put_text(w, "    ", "purpose", r->purpose);
	dump_when(p, r, w);
	put_word(w, "    ", "initiator", scalar_word_of(SCALAR_INITIATORS, (int)r->initiator));
	dump_transports(r, w);
	if (r->families != FAMILY_ANY)
		put_word(w, "    ", "family", scalar_word_of(SCALAR_FAMILIES, (int)r->families));
	dump_ports(p, w, "ports", &r->ports);
	dump_ports(p, w, "device_ports", &r->device_ports);
	dump_ports(p, w, "peer_ports", &r->peer_ports);
	put_flag(w, "    ", "answer_ports", r->answer_ports);
	dump_peers(p, &r->peers, w);
	if (r->peer_must_be != SCOPE_ANY)
		put_word(w, "    ", "peer_must_be", scalar_word_of(SCALAR_SCOPES, (int)r->peer_must_be));
	put_word(w, "    ", "reply", scalar_word_of(SCALAR_REPLIES, (int)r->reply));
	put_texts(w, "    ", "applications", &r->applications);
	dump_status(r, w);
	if (r->tls_min || r->tls_issuers.n)
		wr_str(w, "    tls:\n");
	if (r->tls_min)
		put_text(w, "      ", "min", span_of(scalar_word_of(SCALAR_TLS, r->tls_min)));
	put_texts(w, "      ", "issuers", &r->tls_issuers);
	put_word(w, "    ", "up", scalar_word_of(SCALAR_UPS, (int)r->up));
	put_word(w, "    ", "need", scalar_word_of(SCALAR_NEEDS, (int)r->need));
	if (r->every.value || r->within.value || r->silent_up_to.value || r->min_idle_timeout.value ||
	    r->answered_within.value || r->every.parameter >= 0 || r->within.parameter >= 0 ||
	    r->silent_up_to.parameter >= 0 || r->min_idle_timeout.parameter >= 0 || r->answered_within.parameter >= 0)
		dump_expect(p, r, w);
	if (r->hidden_in_n)
		put_key(w, "    ", "hidden_in");
	for (uint32_t i = 0; i < r->hidden_in_n; i++) {
		wr_str(w, i ? ", " : "[");
		wr_span(w, p->features[r->hidden_in[i]].id);
	}
	wr_str(w, r->hidden_in_n ? "]\n" : "");
	put_text(w, "    ", "denied_means", r->denied_means);
	put_text(w, "    ", "remedy", r->remedy);
	put_text(w, "    ", "group", r->group);
}

void profile_dump(const struct profile *p, struct wr *w)
{
	const struct identify *id = &p->identify;

	dump_head(p, w);
	dump_parameters(p, w);
	dump_conditions(p, w);
	dump_sets(p, w);
	if (id->oui.n || id->hostnames.n || id->vendor_classes.n || id->signature_rules_n)
		wr_str(w, "identify:\n");
	put_texts(w, "  ", "oui", &id->oui);
	put_texts(w, "  ", "hostnames", &id->hostnames);
	put_texts(w, "  ", "vendor_classes", &id->vendor_classes);
	for (uint32_t i = 0; i < id->signature_rules_n; i++) {
		wr_str(w, i ? ", " : "  signature_rules: [");
		wr_span(w, p->rules[id->signature_rules[i]].id);
	}
	wr_str(w, id->signature_rules_n ? "]\n" : "");
	wr_str(w, p->rules_n ? "rules:\n" : "rules: []\n");
	for (uint32_t i = 0; i < p->rules_n; i++)
		dump_rule(p, &p->rules[i], w);
	for (uint32_t i = 0; i < p->notes_n; i++) {
		wr_str(w, i ? "  -\n" : "notes:\n  -\n");
		put_text(w, "    ", "text", p->notes[i].text);
		put_text(w, "    ", "reason", p->notes[i].reason);
		put_texts(w, "    ", "cites", &p->notes[i].cites);
	}
}
