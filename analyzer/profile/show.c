/* A profile for people: it should read like the document it was made from. */
#include "profile/show.h"

#include <errno.h>

#include "base/span.h"
#include "base/time.h"
#include "profile/scalar.h"

enum { SHOW_MAX = 4 << 20, WIDTH = 100, LABEL = 16 };

/* label, then the text in lines of at most WIDTH columns, all under each other. Nothing for an empty text. */
static void put_paragraph(struct wr *w, unsigned indent, const char *label, struct span s)
{
	size_t column = indent + LABEL, n = strlen(label);
	bool first = true;

	if (s.n == 0)
		return;
	for (unsigned i = 0; i < indent; i++)
		wr_char(w, ' ');
	wr_str(w, label);
	if (n >= LABEL) { /* a long name: the text begins in the next line */
		wr_char(w, '\n');
		for (n = 0; n < indent; n++)
			wr_char(w, ' ');
		n = 0;
	}
	for (; n < LABEL; n++)
		wr_char(w, ' ');
	for (size_t at = 0; at < s.n;) {
		size_t end = at;
		while (end < s.n && s.p[end] != ' ' && s.p[end] != '\n')
			end++;
		if (!first && column + 1 + (end - at) > WIDTH) {
			wr_char(w, '\n');
			for (unsigned i = 0; i < indent + LABEL; i++)
				wr_char(w, ' ');
			column = indent + LABEL;
		} else if (!first && end > at) {
			wr_char(w, ' ');
			column++;
		}
		wr_bytes(w, s.p + at, end - at);
		column += end - at;
		first = first && end == at;
		at = end + 1;
	}
	wr_char(w, '\n');
}

static struct span wr_text(const struct wr *w)
{
	return (struct span){ (const uint8_t *)w->p, w->n };
}

/* ", " between the parts of a list that is being written. */
static void separate(struct wr *w, size_t start, const char *by)
{
	if (w->n > start)
		wr_str(w, by);
}

static void put_duration(struct wr *w, int64_t ns)
{
	static const struct {
		int64_t ns;
		const char *one, *many;
	} units[] = { { 86400 * NS_PER_S, " day", " days" },
		      { 60 * NS_PER_S, " minute", " minutes" },
		      { NS_PER_S, " second", " seconds" },
		      { NS_PER_MS, " ms", " ms" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ns >= units[i].ns && ns % units[i].ns == 0) {
			wr_i64(w, ns / units[i].ns);
			wr_str(w, ns == units[i].ns ? units[i].one : units[i].many);
			return;
		}
}

static void put_ports(const struct profile *p, const struct ports *s, struct wr *w)
{
	size_t start = w->n;

	for (uint32_t i = 0; i < s->n; i++) {
		separate(w, start, ", ");
		wr_u64(w, s->v[i].from);
		if (s->v[i].to != s->v[i].from) {
			wr_char(w, '-');
			wr_u64(w, s->v[i].to);
		}
	}
	if (s->parameter >= 0) {
		separate(w, start, ", ");
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

void rule_ports_text(const struct profile *p, const struct rule *r, struct wr *w)
{
	size_t start = w->n;

	if (r->transports == TRANSPORT_ANY)
		wr_str(w, "any transport");
	for (unsigned bit = 1; r->transports != TRANSPORT_ANY && bit < TRANSPORT_ANY; bit <<= 1)
		if (r->transports & bit) {
			separate(w, start, "/");
			wr_str(w, scalar_word_of(SCALAR_TRANSPORTS, (int)bit));
		}
	if (!(r->transports & (TRANSPORT_TCP | TRANSPORT_UDP)))
		return;
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

static void put_more(struct wr *w, size_t start, uint32_t n, unsigned max, const char *what)
{
	if (!max || n <= max)
		return;
	separate(w, start, ", ");
	wr_str(w, "and ");
	wr_u64(w, n - max);
	wr_str(w, " more ");
	wr_str(w, what);
}

static void put_hosts(const struct peer_spec *s, unsigned max, size_t start, struct wr *w)
{
	for (uint32_t i = 0; i < s->hosts.n && (!max || i < max); i++) {
		separate(w, start, ", ");
		wr_span(w, s->hosts.v[i]);
	}
	put_more(w, start, s->hosts.n, max, "names");
	for (uint32_t i = 0; i < s->addresses_n && (!max || i < max); i++) {
		separate(w, start, ", ");
		if (s->addresses[i].bits == 128)
			wr_addr(w, &s->addresses[i].addr);
		else
			wr_prefix(w, &s->addresses[i]);
	}
	put_more(w, start, s->addresses_n, max, "addresses");
}

static void put_sets(const struct address_set *const *v, uint32_t n, const char *what, size_t start, struct wr *w)
{
	for (uint32_t i = 0; i < n; i++) {
		separate(w, start, ", ");
		wr_str(w, what);
		wr_span(w, v[i]->id);
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
	put_sets(s->sets, s->sets_n, "address set ", start, w);
	for (uint32_t i = 0; i < s->parameters_n; i++) {
		separate(w, start, ", ");
		wr_char(w, '$');
		wr_span(w, p->parameters[s->parameters[i]].id);
	}
	if (s->profile.n) {
		separate(w, start, ", ");
		wr_str(w, s->group == GROUP_SAME    ? "a device of the same group that is "
		          : s->group == GROUP_OTHER ? "a device of another group that is "
		                                    : "a device of this site that is ");
		wr_span(w, s->profile);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].on) {
			separate(w, start, ", ");
			wr_str(w, kinds[i].text);
		}
	put_sets(s->located_in, s->located_in_n, "which live in address set ", start, w);
	put_sets(s->never_in, s->never_in_n, "never in address set ", start, w);
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

static void put_number(const struct profile *p, const struct expectation *e, const char *before, const char *after,
                       struct wr *w)
{
	if (!e->value && e->parameter < 0)
		return;
	separate(w, 0, "; ");
	wr_str(w, before);
	if (e->parameter >= 0) {
		wr_char(w, '$');
		wr_span(w, p->parameters[e->parameter].id);
	} else {
		put_duration(w, e->value);
	}
	wr_str(w, after);
	if (e->source.n) {
		wr_str(w, " [");
		wr_span(w, e->source);
		wr_char(w, ']');
	}
}

static void put_expect(const struct profile *p, const struct rule *r, struct wr *w)
{
	put_number(p, &r->every, "at least every ", "", w);
	put_number(p, &r->within, "within ", " of an occasion", w);
	put_number(p, &r->silent_up_to, "a healthy session is quiet for up to ", "", w);
	put_number(p, &r->min_idle_timeout, "the network must keep an idle session for ", " or longer", w);
	put_number(p, &r->answered_within, "answered within ", "", w);
}

static void put_texts(const struct texts *t, struct wr *w)
{
	for (uint32_t i = 0; i < t->n; i++) {
		wr_str(w, i ? ", " : "");
		wr_span(w, t->v[i]);
	}
}

static void put_tls(const struct rule *r, struct wr *w)
{
	if (r->tls_min) {
		wr_str(w, scalar_word_of(SCALAR_TLS, r->tls_min));
		wr_str(w, " or later");
	}
	if (r->tls_issuers.n) {
		separate(w, 0, ", ");
		wr_str(w, "certificate by ");
		put_texts(&r->tls_issuers, w);
	}
}

/* One field made by `put` into the scratch writer. */
#define FIELD(label, put)                                                                                              \
	do {                                                                                                           \
		wr_reset(t);                                                                                           \
		put;                                                                                                   \
		put_paragraph(w, 4, label, wr_text(t));                                                                \
	} while (0)

static void show_rule(const struct profile *p, const struct rule *r, struct wr *t, struct wr *w)
{
	static const char *const opened[] = { "opened by the device, ", "opened by the peer, ",
		                              "opened by either side, " };
	static const char *const up[] = { "data acknowledged both ways", "TLS handshake finished",
		                          "answer of the application", "login accepted" };

	wr_str(w, "\n  ");
	wr_span(w, r->id);
	wr_str(w, "  (");
	wr_str(w, scalar_word_of(SCALAR_NEEDS, (int)r->need));
	wr_str(w, ")\n");
	put_paragraph(w, 4, "Service", r->service);
	FIELD("Traffic", (wr_str(t, opened[r->initiator]), rule_ports_text(p, r, t)));
	FIELD("Peers", rule_peers_text(p, r, 0, t));
	FIELD("Must be", wr_str(t, scalar_word_of(SCALAR_SCOPES, (int)r->peer_must_be)));
	FIELD("When", rule_when_text(p, r, t));
	put_paragraph(w, 4, "Purpose", r->purpose);
	put_paragraph(w, 4, "If denied", r->denied_means);
	put_paragraph(w, 4, "Ask for", r->remedy);
	FIELD("Came up means", wr_str(t, r->transports & TRANSPORT_TCP ? up[r->up] : ""));
	FIELD("Answer", wr_str(t, r->reply == REPLY_NONE      ? "none by design"
	                          : r->reply == REPLY_UNKNOWN ? "not always"
	                                                      : ""));
	FIELD("Application", put_texts(&r->applications, t));
	FIELD("TLS", put_tls(r, t));
	FIELD("Expected", put_expect(p, r, t));
	put_paragraph(w, 4, "Counted from", r->after);
	put_paragraph(w, 4, "Stands in with", r->group);
	FIELD("Says", put_texts(&r->cites, t));
}

static void show_sources(const struct profile *p, struct wr *t, struct wr *w)
{
	wr_str(w, p->sources_n ? "\nSources\n" : "");
	for (uint32_t i = 0; i < p->sources_n; i++) {
		const struct source *s = &p->sources[i];
		const struct span parts[] = { s->title, s->number, s->date, s->url };
		wr_reset(t);
		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
			if (parts[k].n) {
				separate(t, 0, ", ");
				wr_span(t, parts[k]);
			}
		put_paragraph(w, 2, (const char *)s->id.p, wr_text(t));
	}
}

static void show_head(const struct profile *p, struct wr *t, struct wr *w)
{
	const struct identify *id = &p->identify;

	wr_span(w, p->id);
	wr_str(w, ": ");
	wr_span(w, p->title);
	wr_char(w, '\n');
	show_sources(p, t, w);
	wr_char(w, '\n');
	wr_reset(t);
	for (uint32_t i = 0; i < p->uses_n; i++) {
		separate(t, 0, ", ");
		wr_span(t, p->uses[i]->id);
	}
	put_paragraph(w, 0, "Holds with", wr_text(t));
	wr_reset(t);
	put_texts(&id->oui, t);
	put_paragraph(w, 0, "Known by OUI", wr_text(t));
	wr_reset(t);
	put_texts(&id->hostnames, t);
	put_paragraph(w, 0, "by host name", wr_text(t));
	wr_reset(t);
	put_texts(&id->vendor_classes, t);
	put_paragraph(w, 0, "by DHCP class", wr_text(t));
	wr_reset(t);
	for (uint32_t i = 0; i < id->signature_rules_n; i++) {
		separate(t, 0, ", ");
		wr_span(t, p->rules[id->signature_rules[i]].id);
	}
	put_paragraph(w, 0, "Known by rule", wr_text(t));
	if (p->undeclared_severity == UINT8_MAX)
		return;
	wr_reset(t);
	wr_str(t, scalar_word_of(SCALAR_SEVERITIES, p->undeclared_severity));
	wr_str(t, p->undeclared_why.n ? ": " : "");
	wr_span(t, p->undeclared_why);
	put_paragraph(w, 0, "Undeclared", wr_text(t));
}

static void show_parameters(const struct profile *p, struct wr *t, struct wr *w)
{
	wr_str(w, p->parameters_n ? "\nParameters of the site\n" : "");
	for (uint32_t i = 0; i < p->parameters_n; i++) {
		const struct parameter *q = &p->parameters[i];
		wr_reset(t);
		wr_str(t, scalar_word_of(SCALAR_KINDS, (int)q->kind));
		wr_str(t, q->list ? "(s): " : ": ");
		wr_span(t, q->help);
		wr_str(t, q->from_dhcp != FROM_DHCP_NO ? " (from DHCP where the site says nothing)" : "");
		put_paragraph(w, 2, (const char *)q->id.p, wr_text(t));
	}
	wr_str(w, p->features_n ? "\nFeatures\n" : "");
	for (uint32_t i = 0; i < p->features_n; i++)
		put_paragraph(w, 2, (const char *)p->features[i].id.p, p->features[i].help);
	wr_str(w, p->choices_n ? "\nChoices\n" : "");
	for (uint32_t i = 0; i < p->choices_n; i++) {
		wr_reset(t);
		put_texts(&p->choices[i].options, t);
		put_paragraph(w, 2, (const char *)p->choices[i].id.p, wr_text(t));
	}
}

static void show_sets(const struct profile *p, struct wr *t, struct wr *w)
{
	wr_str(w, p->sets_n ? "\nAddress sets\n" : "");
	for (uint32_t i = 0; i < p->sets_n; i++) {
		const struct address_set *s = &p->sets[i];
		wr_reset(t);
		wr_u64(t, s->n);
		wr_str(t, s->n == 1 ? " prefix, " : " prefixes, ");
		wr_str(t, s->as_of ? "as of " : "undated");
		if (s->as_of)
			wr_date(t, s->as_of);
		if (s->max_age) {
			wr_str(t, ", to be renewed after ");
			put_duration(t, s->max_age);
		}
		wr_str(t, s->shared ? ", strangers live there too" : "");
		wr_str(t, s->stands_for.n ? ", that is " : "");
		wr_span(t, s->stands_for);
		wr_str(t, s->file.n ? ", from " : "");
		wr_span(t, s->file);
		put_paragraph(w, 2, (const char *)s->id.p, wr_text(t));
	}
}

static void show_notes(const struct profile *p, struct wr *t, struct wr *w)
{
	wr_str(w, p->notes_n ? "\nNotes: statements that are no flow\n" : "");
	for (uint32_t i = 0; i < p->notes_n; i++) {
		const struct note *n = &p->notes[i];
		wr_char(w, '\n');
		put_paragraph(w, 2, "", n->text);
		put_paragraph(w, 2, "Why no rule", n->reason);
		wr_reset(t);
		put_texts(&n->cites, t);
		put_paragraph(w, 2, "Says", wr_text(t));
	}
}

int profile_show(const struct profile *p, FILE *to)
{
	struct wr w, t;

	wr_init(&w, SHOW_MAX);
	wr_init(&t, SHOW_MAX);
	show_head(p, &t, &w);
	show_parameters(p, &t, &w);
	show_sets(p, &t, &w);
	wr_str(&w, "\nRules\n");
	for (uint32_t i = 0; i < p->rules_n; i++)
		show_rule(p, &p->rules[i], &t, &w);
	show_notes(p, &t, &w);
	int error = w.failed || t.failed ? -ENOMEM : 0;
	if (!error)
		fwrite(w.p, 1, w.n, to);
	wr_free(&w);
	wr_free(&t);
	return error;
}

int profile_summary(const struct profile *p, FILE *to)
{
	fprintf(to, "%-16s %s (%u rules)\n", (const char *)p->id.p, (const char *)p->title.p, p->rules_n);
	return 0;
}
