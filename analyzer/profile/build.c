/* From tree to model: scalars, lists, references. */
#include "profile/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"

struct mark build_mark(const struct build *b, const struct yaml_node *n)
{
	return (struct mark){ b->file, n->line, n->column };
}

void build_error(struct build *b, const struct yaml_node *n, const char *format, ...)
{
	char text[DIAG_TEXT];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	diag_add(b->d, DIAG_ERROR, b->file, n->line, n->column, "%s", text);
}

void *build_array(struct build *b, size_t n, size_t size)
{
	if (n == 0)
		return NULL;
	void *p = arena_alloc(b->arena, n * size);
	if (!p)
		b->no_memory = true;
	return p;
}

struct span build_text(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);
	return n && n->kind == YAML_TEXT ? n->text : (struct span){ NULL, 0 };
}

int build_word(const struct yaml_node *map, const char *key, const struct word *words, int otherwise)
{
	struct span s = build_text(map, key);
	int v = s.p ? scalar_word(words, s) : -1;
	return v < 0 ? otherwise : v;
}

bool build_bool(const struct yaml_node *map, const char *key)
{
	return build_word(map, key, SCALAR_BOOLS, 0) == 1;
}

const struct yaml_node *build_first(const struct yaml_node *n)
{
	if (!n || n->kind == YAML_MAP)
		return NULL;
	if (n->kind == YAML_TEXT)
		return n;
	const struct yaml_node *c = n->first;
	while (c && c->kind != YAML_TEXT)
		c = c->next;
	return c;
}

const struct yaml_node *build_next(const struct yaml_node *list, const struct yaml_node *n)
{
	if (list->kind != YAML_LIST)
		return NULL;
	do
		n = n->next;
	while (n && n->kind != YAML_TEXT);
	return n;
}

uint32_t build_count(const struct yaml_node *n)
{
	uint32_t count = 0;

	for (const struct yaml_node *c = build_first(n); c; c = build_next(n, c))
		count++;
	return count;
}

struct texts build_texts(struct build *b, const struct yaml_node *n)
{
	struct texts t = { build_array(b, build_count(n), sizeof(*t.v)), 0 };

	for (const struct yaml_node *c = build_first(n); c && t.v; c = build_next(n, c))
		t.v[t.n++] = c->text;
	return t;
}

unsigned build_bits(const struct yaml_node *n, const struct word *words)
{
	unsigned bits = 0;

	for (const struct yaml_node *c = build_first(n); c; c = build_next(n, c)) {
		int v = scalar_word(words, c->text);
		bits |= v > 0 ? (unsigned)v : 0;
	}
	return bits;
}

struct prefix *build_prefixes(struct build *b, const struct yaml_node *n, uint32_t *ret_n)
{
	struct prefix *v = build_array(b, build_count(n), sizeof(*v));

	*ret_n = 0;
	for (const struct yaml_node *c = build_first(n); c && v; c = build_next(n, c))
		if (prefix_parse(c->text, &v[*ret_n]))
			(*ret_n)++;
	return v;
}

static struct span id_at(const void *list, size_t i)
{
	const struct id_list *l = list;
	struct span id;

	memcpy(&id, (const char *)l->v + i * l->stride + l->offset, sizeof(id));
	return id;
}

int build_find(struct id_list list, struct span id)
{
	for (size_t i = 0; i < list.n; i++)
		if (span_eq(id_at(&list, i), id))
			return (int)i;
	return -1;
}

int build_ref(struct build *b, const struct yaml_node *n, struct span id, const char *what, struct id_list list)
{
	int i = build_find(list, id);

	if (i >= 0)
		return i;
	/* what will not be printed is not worth a search */
	struct span near = b->d->n < DIAG_MAX ? scalar_nearest(id, id_at, &list, list.n) : (struct span){ NULL, 0 };
	int len = (int)(id.n < 80 ? id.n : 80);
	if (near.n)
		build_error(b, n, "unknown %s \"%.*s\"; did you mean \"%.*s\"?", what, len, (const char *)id.p,
		            (int)near.n, (const char *)near.p);
	else
		build_error(b, n, "unknown %s \"%.*s\"", what, len, (const char *)id.p);
	return -1;
}

static int range_cmp(const void *a, const void *b)
{
	const struct port_range *x = a, *y = b;
	return x->from != y->from ? (x->from > y->from) - (x->from < y->from) : (x->to > y->to) - (x->to < y->to);
}

/* Sorts the ranges and joins those that touch. */
static uint32_t normalize(struct port_range *v, uint32_t n)
{
	uint32_t m = 0;

	if (n == 0)
		return 0;
	qsort(v, n, sizeof(*v), range_cmp);
	for (uint32_t i = 1; i < n; i++) {
		if (v[i].from <= (uint32_t)v[m].to + 1)
			v[m].to = v[i].to > v[m].to ? v[i].to : v[m].to;
		else
			v[++m] = v[i];
	}
	return m + 1;
}

static int port_parameter(struct build *b, const struct yaml_node *n, const struct profile *p)
{
	int i;

	if (!p) {
		build_error(b, n, "ports: parameters belong into profiles, here it must be a number");
		return -1;
	}
	i = build_ref(b, n, scalar_parameter(n->text), "parameter", ID_LIST(p->parameters, p->parameters_n));
	if (i >= 0 && p->parameters[i].kind != PARAM_PORT && p->parameters[i].kind != PARAM_ENDPOINT) {
		build_error(b, n, "parameter \"%s\" is neither a port nor an endpoint",
		            (const char *)p->parameters[i].id.p);
		return -1;
	}
	return i;
}

void ports_build(struct build *b, const struct yaml_node *n, const struct profile *profile, struct ports *p)
{
	struct port_range *v = build_array(b, build_count(n), sizeof(*v));
	uint32_t count = 0;

	*p = (struct ports){ .parameter = -1 };
	for (const struct yaml_node *c = build_first(n); c && v; c = build_next(n, c)) {
		if (span_eq(c->text, SPAN("any"))) {
			p->any = true;
		} else if (scalar_parameter(c->text).n) {
			if (p->parameter >= 0)
				build_error(b, c, "ports: one parameter at most");
			else
				p->parameter = port_parameter(b, c, profile);
		} else if (scalar_port(c->text, &v[count])) {
			count++;
		}
	}
	p->n = normalize(v, count);
	p->v = v;
	p->any = p->any || (p->n == 1 && v[0].from <= 1 && v[0].to == UINT16_MAX);
	if (p->any)
		p->n = 0;
}
