/* A profile from its tree, all but the rules. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "base/time.h"
#include "profile/addrset.h"
#include "profile/build.h"

/* The maps among a key's named values, in file order: their keys. */
static const struct yaml_node *next_named(const struct yaml_node *k, enum yaml_kind kind)
{
	while (k && k->value->kind != kind)
		k = k->next;
	return k;
}

static const struct yaml_node *first_named(const struct yaml_node *map, enum yaml_kind kind)
{
	return map && map->kind == YAML_MAP ? next_named(map->first, kind) : NULL;
}

static uint32_t count_named(const struct yaml_node *map, enum yaml_kind kind)
{
	uint32_t n = 0;

	for (const struct yaml_node *k = first_named(map, kind); k; k = next_named(k->next, kind))
		n++;
	return n;
}

static void build_sources(struct build *b, struct profile *p, const struct yaml_node *map)
{
	p->sources = build_array(b, count_named(map, YAML_MAP), sizeof(*p->sources));
	if (!p->sources)
		return;
	for (const struct yaml_node *k = first_named(map, YAML_MAP); k; k = next_named(k->next, YAML_MAP))
		p->sources[p->sources_n++] = (struct source){
			.mark = build_mark(b, k),
			.id = k->text,
			.title = build_text(k->value, "title"),
			.number = build_text(k->value, "number"),
			.date = build_text(k->value, "date"),
			.url = build_text(k->value, "url"),
		};
}

static void build_defaults(struct build *b, struct parameter *q, const struct yaml_node *n)
{
	q->has_default = n != NULL;
	q->defaults = build_array(b, build_count(n), sizeof(*q->defaults));
	for (const struct yaml_node *c = build_first(n); c && q->defaults; c = build_next(n, c)) {
		const char *fault = scalar_value(q->kind, c->text, &q->defaults[q->defaults_n]);
		if (fault)
			build_error(b, c, "default: \"%.*s\" %s", (int)(c->text.n < 80 ? c->text.n : 80),
			            (const char *)c->text.p, fault);
		else
			q->defaults_n++;
	}
	if (build_count(n) > 1 && !q->list)
		build_error(b, n, "default: several values, and the parameter is no list");
}

static void build_parameters(struct build *b, struct profile *p, const struct yaml_node *map)
{
	p->parameters = build_array(b, count_named(map, YAML_MAP), sizeof(*p->parameters));
	if (!p->parameters)
		return;
	for (const struct yaml_node *k = first_named(map, YAML_MAP); k; k = next_named(k->next, YAML_MAP)) {
		struct parameter *q = &p->parameters[p->parameters_n++];
		*q = (struct parameter){
			.mark = build_mark(b, k),
			.id = k->text,
			.help = build_text(k->value, "help"),
			.kind = (enum parameter_kind)build_word(k->value, "kind", SCALAR_KINDS, PARAM_ADDRESS),
			.list = build_bool(k->value, "list"),
		};
		q->from_dhcp = build_word(k->value, "from_dhcp", SCALAR_DHCP, FROM_DHCP_NO);
		if (q->from_dhcp != FROM_DHCP_NO && q->kind != PARAM_ADDRESS && q->kind != PARAM_SERVER)
			build_error(b, k, "parameter \"%s\": DHCP gives addresses, and its kind is another",
			            (const char *)k->text.p);
		build_defaults(b, q, yaml_get(k->value, "default"));
	}
}

static void build_features(struct build *b, struct profile *p, const struct yaml_node *map)
{
	p->features = build_array(b, count_named(map, YAML_MAP), sizeof(*p->features));
	if (!p->features)
		return;
	for (const struct yaml_node *k = first_named(map, YAML_MAP); k; k = next_named(k->next, YAML_MAP)) {
		const struct yaml_node *by = yaml_get(k->value, "parameter");
		int parameter = -1;
		if (by && by->kind == YAML_TEXT)
			parameter = build_ref(b, by, by->text, "parameter", ID_LIST(p->parameters, p->parameters_n));
		p->features[p->features_n++] = (struct feature){
			build_mark(b, k),
			k->text,
			build_text(k->value, "help"),
			parameter,
		};
	}
}

static void build_choices(struct build *b, struct profile *p, const struct yaml_node *map)
{
	p->choices = build_array(b, count_named(map, YAML_LIST), sizeof(*p->choices));
	if (!p->choices)
		return;
	for (const struct yaml_node *k = first_named(map, YAML_LIST); k; k = next_named(k->next, YAML_LIST)) {
		struct choice *c = &p->choices[p->choices_n++];
		*c = (struct choice){ build_mark(b, k), k->text, build_texts(b, k->value) };
		if (c->options.n < 2)
			build_error(b, k->value, "choice \"%s\": one way is no choice", (const char *)k->text.p);
		if (build_find(ID_LIST(p->features, p->features_n), k->text) >= 0)
			build_error(b, k, "\"%s\" is a feature and a choice: `when` could not tell them apart",
			            (const char *)k->text.p);
	}
}

/* "DIR/NAME" in the arena; an empty folder is this one. */
static const char *join_path(struct build *b, const char *dir, struct span name)
{
	size_t n = strlen(dir) + 1 + name.n + 1;
	char *path = build_array(b, n, 1);

	if (path)
		(void)snprintf(path, n, "%s%s%.*s", dir, *dir ? "/" : "", (int)name.n, (const char *)name.p);
	return path;
}

static void fill_set(struct build *b, struct address_set *s, const struct yaml_node *k, const char *dir)
{
	const struct yaml_node *prefixes = yaml_get(k->value, "prefixes");

	if ((s->file.n != 0) == (prefixes != NULL)) {
		build_error(b, k, "address set \"%s\" needs prefixes or a file, one of them", (const char *)k->text.p);
		return;
	}
	if (prefixes) {
		s->v = build_prefixes(b, prefixes, &s->n);
	} else if (!dir) {
		build_error(b, k, "address set \"%s\": a file stands beside a profile that is a file",
		            (const char *)k->text.p);
	} else if (!scalar_check_file(s->file)) {
		const char *path = join_path(b, dir, s->file);
		if (path)
			addrset_read(b, path, s);
	}
	s->n = addrset_index(b, s->v, s->n, &s->up);
}

static void build_sets(struct build *b, struct profile *p, const struct yaml_node *map, const char *dir)
{
	p->sets = build_array(b, count_named(map, YAML_MAP), sizeof(*p->sets));
	if (!p->sets)
		return;
	for (const struct yaml_node *k = first_named(map, YAML_MAP); k; k = next_named(k->next, YAML_MAP)) {
		struct address_set *s = &p->sets[p->sets_n++];
		struct span age = build_text(k->value, "max_age"), date = build_text(k->value, "as_of");
		*s = (struct address_set){
			.mark = build_mark(b, k),
			.id = k->text,
			.file = build_text(k->value, "file"),
			.stands_for = build_text(k->value, "stands_for"),
			.shared = build_bool(k->value, "shared"),
		};
		if (date.n)
			(void)scalar_date(date, &s->as_of);
		if (age.n && !duration_parse(age, &s->max_age) && scalar_parameter(age).n)
			build_error(b, k, "address set \"%s\": max_age is a number here", (const char *)k->text.p);
		fill_set(b, s, k, dir);
	}
}

static void build_identify(struct build *b, struct profile *p, const struct yaml_node *map)
{
	const struct yaml_node *rules = yaml_get(map, "signature_rules");
	struct identify *id = &p->identify;

	id->oui = build_texts(b, yaml_get(map, "oui"));
	id->hostnames = build_texts(b, yaml_get(map, "hostnames"));
	id->vendor_classes = build_texts(b, yaml_get(map, "vendor_classes"));
	id->signature_rules = build_array(b, build_count(rules), sizeof(*id->signature_rules));
	for (const struct yaml_node *c = build_first(rules); c && id->signature_rules; c = build_next(rules, c)) {
		int i = build_ref(b, c, c->text, "rule", ID_LIST(p->rules, p->rules_n));
		if (i >= 0)
			id->signature_rules[id->signature_rules_n++] = (uint32_t)i;
	}
}

static void build_notes(struct build *b, struct profile *p, const struct yaml_node *list)
{
	uint32_t n = list && list->kind == YAML_LIST ? list->n : 0;

	p->notes = build_array(b, n, sizeof(*p->notes));
	for (const struct yaml_node *c = n && p->notes ? list->first : NULL; c; c = c->next)
		p->notes[p->notes_n++] = (struct note){
			build_mark(b, c),
			build_text(c, "text"),
			build_text(c, "reason"),
			build_texts(b, yaml_get(c, "cites")),
		};
}

int profile_build(struct build *b, const struct yaml_node *root, const char *dir, struct profile_text *ret_p)
{
	struct profile *p = build_array(b, 1, sizeof(*p));
	const struct yaml_node *undeclared = yaml_get(root, "undeclared"), *id = yaml_get(root, "id");

	if (!p)
		return -ENOMEM;
	p->mark = build_mark(b, id ? id : root);
	p->id = build_text(root, "id");
	p->title = build_text(root, "title");
	p->undeclared_severity = (uint8_t)build_word(undeclared, "severity", SCALAR_SEVERITIES, UINT8_MAX);
	p->undeclared_why = build_text(undeclared, "why");
	build_sources(b, p, yaml_get(root, "sources"));
	build_parameters(b, p, yaml_get(root, "parameters"));
	build_features(b, p, yaml_get(root, "features"));
	build_choices(b, p, yaml_get(root, "choices"));
	build_sets(b, p, yaml_get(root, "address_sets"), dir);
	rules_build(b, p, yaml_get(root, "rules"));
	build_identify(b, p, yaml_get(root, "identify"));
	build_notes(b, p, yaml_get(root, "notes"));
	if (b->no_memory)
		return -ENOMEM;
	*ret_p = (struct profile_text){ p, root, yaml_get(root, "uses") != NULL };
	return 0;
}
