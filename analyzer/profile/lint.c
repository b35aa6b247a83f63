/* The warnings of `profile check --strict`: each a predicate over one rule, parameter, set or source. */
#include "profile/lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/span.h"

struct lint {
	const struct profile *p;
	struct diag_list *d;
	size_t n;
};

__attribute__((format(printf, 3, 4))) static void warn(struct lint *l, struct mark at, const char *format, ...)
{
	char text[DIAG_TEXT];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	diag_add(l->d, DIAG_WARNING, at.file, at.line, at.column, "%s", text);
	l->n++;
}

static const char *text_of(struct span s)
{
	return s.n ? (const char *)s.p : "";
}

/* "fcm-network" or "fcm-network#ports": the source before the place. */
static struct span cited_source(struct span cite)
{
	const uint8_t *hash = cite.n ? memchr(cite.p, '#', cite.n) : NULL;
	return (struct span){ cite.p, hash ? (size_t)(hash - cite.p) : cite.n };
}

static bool cites_source(const struct profile *p, struct span cite)
{
	struct span id = cited_source(cite);

	for (uint32_t i = 0; i < p->sources_n; i++)
		if (span_eq(p->sources[i].id, id))
			return true;
	return false;
}

/* A numbered statement of a list of statements: HMC-022, VERSITY-006-010. */
static bool is_statement(struct span cite)
{
	size_t at = 0, digits = 0;

	while (at < cite.n && cite.p[at] >= 'A' && cite.p[at] <= 'Z')
		at++;
	if (at < 2)
		return false;
	for (; at < cite.n; at++) {
		if (cite.p[at] == '-')
			digits = 0;
		else if (cite.p[at] >= '0' && cite.p[at] <= '9')
			digits++;
		else
			return false;
	}
	return digits >= 3;
}

static void lint_cites(struct lint *l, struct mark at, const char *what, struct span id, const struct texts *cites)
{
	if (cites->n == 0)
		warn(l, at, "%s \"%s\" cites nothing", what, text_of(id));
	for (uint32_t i = 0; i < cites->n; i++)
		if (!cites_source(l->p, cites->v[i]) && !is_statement(cites->v[i]))
			warn(l, at,
			     "%s \"%s\" cites \"%s\": neither a source of this profile nor a statement (ABC-001)", what,
			     text_of(id), text_of(cites->v[i]));
}

static void lint_number(struct lint *l, const struct rule *r, const char *key, const struct expectation *e)
{
	if ((e->value || e->parameter >= 0) && e->source.n && !cites_source(l->p, e->source) &&
	    !is_statement(e->source))
		warn(l, r->mark,
		     "rule \"%s\": %s cites \"%s\": neither a source of this profile nor a statement (ABC-001)",
		     text_of(r->id), key, text_of(e->source));
}

/* Rules that stand in for this one, beside itself. */
static bool has_group_fellow(const struct profile *p, const struct rule *r)
{
	for (uint32_t i = 0; i < p->rules_n; i++)
		if (&p->rules[i] != r && span_eq(p->rules[i].group, r->group))
			return true;
	return false;
}

static void lint_rule(struct lint *l, const struct rule *r)
{
	lint_cites(l, r->mark, "rule", r->id, &r->cites);
	lint_number(l, r, "every", &r->every);
	lint_number(l, r, "within", &r->within);
	lint_number(l, r, "silent_up_to", &r->silent_up_to);
	lint_number(l, r, "min_idle_timeout", &r->min_idle_timeout);
	lint_number(l, r, "answered_within", &r->answered_within);
	if (r->purpose.n == 0)
		warn(l, r->mark, "rule \"%s\" has no purpose: who reads a report wants to know what it is for",
		     text_of(r->id));
	if (r->need == RULE_REQUIRED && (r->denied_means.n == 0 || r->remedy.n == 0))
		warn(l, r->mark, "rule \"%s\" is required and lacks denied_means or remedy", text_of(r->id));
	if (r->group.n && !has_group_fellow(l->p, r))
		warn(l, r->mark, "rule \"%s\" is alone in group \"%s\"", text_of(r->id), text_of(r->group));
}

static bool rule_uses_parameter(const struct rule *r, uint32_t i)
{
	const int used[] = { r->ports.parameter,
		             r->device_ports.parameter,
		             r->peer_ports.parameter,
		             r->every.parameter,
		             r->within.parameter,
		             r->silent_up_to.parameter,
		             r->min_idle_timeout.parameter,
		             r->answered_within.parameter };

	for (uint32_t k = 0; k < r->peers.parameters_n; k++)
		if (r->peers.parameters[k] == i)
			return true;
	for (size_t k = 0; k < sizeof(used) / sizeof(used[0]); k++)
		if (used[k] == (int)i)
			return true;
	return false;
}

static void lint_parameter(struct lint *l, uint32_t i)
{
	for (uint32_t k = 0; k < l->p->rules_n; k++)
		if (rule_uses_parameter(&l->p->rules[k], i))
			return;
	for (uint32_t k = 0; k < l->p->features_n; k++)
		if (l->p->features[k].by_parameter == (int)i)
			return;
	warn(l, l->p->parameters[i].mark, "parameter \"%s\" is used by no rule and no feature",
	     text_of(l->p->parameters[i].id));
}

static bool rule_has_condition(const struct rule *r, enum condition_kind kind, uint32_t index)
{
	for (uint32_t i = 0; i < r->when_n; i++)
		for (uint32_t j = 0; j < r->when[i].n; j++)
			if (r->when[i].v[j].kind == kind && r->when[i].v[j].index == index)
				return true;
	for (uint32_t i = 0; kind == CONDITION_FEATURE && i < r->hidden_in_n; i++)
		if (r->hidden_in[i] == index)
			return true;
	return false;
}

static void lint_condition(struct lint *l, struct mark at, enum condition_kind kind, uint32_t index, struct span id)
{
	for (uint32_t k = 0; k < l->p->rules_n; k++)
		if (rule_has_condition(&l->p->rules[k], kind, index))
			return;
	warn(l, at, "%s \"%s\" is asked by no rule", kind == CONDITION_CHOICE ? "choice" : "feature", text_of(id));
}

static bool among(const struct address_set *const *v, uint32_t n, const struct address_set *s)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i] == s)
			return true;
	return false;
}

static void lint_set(struct lint *l, const struct address_set *s)
{
	bool used = false;

	for (uint32_t k = 0; k < l->p->rules_n; k++) {
		const struct peer_spec *q = &l->p->rules[k].peers;
		used |= among(q->sets, q->sets_n, s) || among(q->located_in, q->located_in_n, s) ||
		        among(q->never_in, q->never_in_n, s);
	}
	if (!used)
		warn(l, s->mark, "address set \"%s\" is used by no rule", text_of(s->id));
	if (s->as_of == 0)
		warn(l, s->mark, "address set \"%s\" has no date: nobody can tell when it is stale", text_of(s->id));
	if (s->n == 0)
		warn(l, s->mark, "address set \"%s\" is empty", text_of(s->id));
}

/* Who is to be recognised before anything is known of the site cannot need what the site says. */
static void lint_signature(struct lint *l, const struct rule *r)
{
	if (r->peers.parameters_n || r->ports.parameter >= 0 || r->device_ports.parameter >= 0 ||
	    r->peer_ports.parameter >= 0)
		warn(l, r->mark, "rule \"%s\" is a signature and needs a parameter", text_of(r->id));
	if (r->peers.any || r->peers.scope != SCOPE_ANY)
		warn(l, r->mark, "rule \"%s\" is a signature and takes anybody", text_of(r->id));
}

static void lint_source(struct lint *l, const struct source *s)
{
	if (s->date.n == 0)
		warn(l, s->mark, "source \"%s\" has no date", text_of(s->id));
}

size_t profile_lint(const struct profile *p, struct diag_list *d)
{
	struct lint l = { p, d, 0 };

	for (uint32_t i = 0; i < p->sources_n; i++)
		lint_source(&l, &p->sources[i]);
	for (uint32_t i = 0; i < p->parameters_n; i++)
		lint_parameter(&l, i);
	for (uint32_t i = 0; i < p->features_n; i++)
		lint_condition(&l, p->features[i].mark, CONDITION_FEATURE, i, p->features[i].id);
	for (uint32_t i = 0; i < p->choices_n; i++)
		lint_condition(&l, p->choices[i].mark, CONDITION_CHOICE, i, p->choices[i].id);
	for (uint32_t i = 0; i < p->sets_n; i++)
		lint_set(&l, &p->sets[i]);
	for (uint32_t i = 0; i < p->rules_n; i++)
		lint_rule(&l, &p->rules[i]);
	for (uint32_t i = 0; i < p->identify.signature_rules_n; i++)
		lint_signature(&l, &p->rules[p->identify.signature_rules[i]]);
	for (uint32_t i = 0; i < p->notes_n; i++)
		lint_cites(&l, p->notes[i].mark, "note", p->notes[i].text, &p->notes[i].cites);
	return l.n;
}
