/* A profile for people: it should read like the document it was made from. */
#include "profile/show.h"

#include <errno.h>

#include "base/span.h"
#include "base/time.h"
#include "profile/scalar.h"
#include "profile/show_priv.h"

enum { SHOW_MAX = 4 << 20, WIDTH = 100, LABEL = 16, SHOW_PREFIXES = 16 };

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

static void put_number(const struct profile *p, const struct expectation *e, const char *before, const char *after,
                       struct wr *w)
{
	if (!e->value && e->parameter < 0)
		return;
	show_separate(w, 0, "; ");
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

static void put_answer(const struct rule *r, struct wr *w)
{
	wr_str(w, r->reply == REPLY_NONE ? "none by design" : r->reply == REPLY_UNKNOWN ? "not always" : "");
	if (r->answer_ports) {
		show_separate(w, 0, ", ");
		wr_str(w, "may use other ports than the question");
	}
	for (uint32_t i = 0; i < r->status_n; i++) {
		show_separate(w, 0, ", ");
		wr_str(w, i ? "" : "status ");
		wr_u64(w, r->status[i].from);
		if (r->status[i].to != r->status[i].from) {
			wr_char(w, '-');
			wr_u64(w, r->status[i].to);
		}
	}
}

static void put_hidden(const struct profile *p, const struct rule *r, struct wr *w)
{
	for (uint32_t i = 0; i < r->hidden_in_n; i++) {
		wr_str(w, i ? ", " : "");
		wr_span(w, p->features[r->hidden_in[i]].id);
	}
	wr_str(w, r->hidden_in_n ? ": while it is up, this may travel inside and not be seen" : "");
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
		show_separate(w, 0, ", ");
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
	FIELD("Came up means", wr_str(t, r->transports & TRANSPORT_TCP && r->need != RULE_FORBIDDEN ? up[r->up] : ""));
	FIELD("Answer", put_answer(r, t));
	FIELD("Application", put_texts(&r->applications, t));
	FIELD("TLS", put_tls(r, t));
	FIELD("Expected", put_expect(p, r, t));
	put_paragraph(w, 4, "Counted from", r->after);
	FIELD("Hidden in", put_hidden(p, r, t));
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
				show_separate(t, 0, ", ");
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
		show_separate(t, 0, ", ");
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
		show_separate(t, 0, ", ");
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

static void put_defaults(const struct parameter *q, struct wr *w)
{
	for (uint32_t i = 0; i < q->defaults_n; i++) {
		wr_str(w, i ? ", " : "; ");
		show_value(w, q->kind, &q->defaults[i]);
	}
	wr_str(w, q->defaults_n ? " where the site says nothing" : "");
}

static void show_parameters(const struct profile *p, struct wr *t, struct wr *w)
{
	wr_str(w, p->parameters_n ? "\nParameters of the site\n" : "");
	for (uint32_t i = 0; i < p->parameters_n; i++) {
		const struct parameter *q = &p->parameters[i];
		wr_reset(t);
		wr_str(t, scalar_word_of(SCALAR_KINDS, (int)q->kind));
		wr_str(t, !q->list ? ": " : q->kind == PARAM_ADDRESS || q->kind == PARAM_PREFIX ? "es: " : "s: ");
		wr_span(t, q->help);
		put_defaults(q, t);
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
		if (!s->file.n) {
			wr_str(t, ": ");
			show_prefixes(s, SHOW_PREFIXES, t);
			wr_str(t, s->n > SHOW_PREFIXES ? ", and more" : "");
		}
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
