/* Holds a YAML tree against the table of keys. */
#include "profile/schema.h"

#include "base/span.h"

/* Where in a key's form a value stands. */
enum stage { AT_OUTER, AT_NAMED, AT_INNER, AT_VALUE };

/* A collection that is being walked: its next child, and what its children are. */
struct frame {
	const struct yaml_node *next;
	const struct schema *schema; /* a map of the table's own keys, else NULL */
	const struct schema_key *key;
	bool names; /* a map of names that the user chose */
	enum stage stage;
};

struct walk {
	const char *file;
	struct diag_list *d;
	struct frame stack[YAML_DEPTH + 1];
	unsigned depth;
};

static void fault(struct walk *w, const struct yaml_node *n, const char *subject, struct span value, const char *what)
{
	diag_add(w->d, DIAG_ERROR, w->file, n->line, n->column, "%s: \"%.*s\" %s", subject,
	         (int)(value.n < 80 ? value.n : 80), (const char *)value.p, what);
}

static struct span key_at(const void *list, size_t i)
{
	const struct schema_key *keys = list;
	return span_of(keys[i].key);
}

static struct span word_at(const void *list, size_t i)
{
	const struct word *words = list;
	return span_of(words[i].word);
}

static size_t count_keys(const struct schema *s)
{
	size_t n = 0;
	while (s->keys[n].key)
		n++;
	return n;
}

static const struct schema_key *find_key(const struct schema *s, struct span name)
{
	for (const struct schema_key *k = s->keys; k->key; k++)
		if (span_eq(span_of(k->key), name))
			return k;
	return NULL;
}

static void unknown_key(struct walk *w, const struct schema *s, const struct yaml_node *key)
{
	struct span near = scalar_nearest(key->text, key_at, s->keys, count_keys(s));
	int n = (int)(key->text.n < 80 ? key->text.n : 80);

	if (near.n)
		diag_add(w->d, DIAG_ERROR, w->file, key->line, key->column,
		         "%s: unknown key \"%.*s\"; did you mean \"%s\"?", s->what, n, (const char *)key->text.p,
		         (const char *)near.p);
	else
		diag_add(w->d, DIAG_ERROR, w->file, key->line, key->column, "%s: unknown key \"%.*s\"", s->what, n,
		         (const char *)key->text.p);
}

static void check_word(struct walk *w, const struct schema_key *k, const struct yaml_node *n)
{
	size_t words = 0;

	if (scalar_word(k->value->words, n->text) >= 0)
		return;
	while (k->value->words[words].word)
		words++;
	struct span near = scalar_nearest(n->text, word_at, k->value->words, words);
	diag_add(w->d, DIAG_ERROR, w->file, n->line, n->column, "%s: \"%.*s\" is not %s%s%s%s", k->key,
	         (int)(n->text.n < 80 ? n->text.n : 80), (const char *)n->text.p, k->value->what,
	         near.n ? "; did you mean \"" : "", near.n ? (const char *)near.p : "", near.n ? "\"?" : "");
}

static void check_scalar(struct walk *w, const struct schema_key *k, const struct yaml_node *n)
{
	if (k->value->words) {
		check_word(w, k, n);
		return;
	}
	const char *what = k->value->check(n->text);
	if (what)
		fault(w, n, k->key, n->text, what);
}

static void wrong_type(struct walk *w, const struct schema_key *k, const struct yaml_node *n, bool list)
{
	static const char *const is[] = { "one value", "a list", "a map" };
	const char *what = k->value ? k->value->what : "a map of its own keys";

	diag_add(w->d, DIAG_ERROR, w->file, n->line, n->column, "%s takes %s%s%s, this is %s", k->key,
	         list ? "a list, each " : "", what, k->value && k->sub ? " or a map of value and cites" : "",
	         n->text.n == 0 && n->kind == YAML_TEXT ? "empty" : is[n->kind]);
}

static void push(struct walk *w, struct frame f)
{
	/* every frame is a collection of the text, and these are nested at most YAML_DEPTH deep */
	if (w->depth < sizeof(w->stack) / sizeof(w->stack[0]))
		w->stack[w->depth++] = f;
}

static void enter_map(struct walk *w, const struct schema *s, const struct yaml_node *n)
{
	for (const struct schema_key *k = s->keys; k->key; k++)
		if (k->required && !yaml_get(n, k->key))
			diag_add(w->d, DIAG_ERROR, w->file, n->line, n->column, "%s needs \"%s\": %s", s->what, k->key,
			         k->meaning);
	push(w, (struct frame){ .next = n->first, .schema = s });
}

static enum schema_shape shape_at(const struct schema_key *k, enum stage stage)
{
	return stage == AT_OUTER ? k->outer : k->inner;
}

static void check_value(struct walk *w, const struct schema_key *k, const struct yaml_node *n)
{
	if (n->kind == YAML_MAP && k->sub)
		enter_map(w, k->sub, n);
	else if (n->kind == YAML_TEXT && k->value)
		check_scalar(w, k, n);
	else
		wrong_type(w, k, n, false);
}

/* One value at one stage of its key's form: descends as far as it can, leaving collections on the stack. */
static void check_node(struct walk *w, const struct schema_key *k, const struct yaml_node *n, enum stage stage)
{
	for (; stage != AT_VALUE; stage++) {
		if (stage == AT_NAMED) {
			if (!k->named)
				continue;
			if (n->kind != YAML_MAP) {
				diag_add(w->d, DIAG_ERROR, w->file, n->line, n->column, "%s takes a map of names",
				         k->key);
				return;
			}
			push(w, (struct frame){ .next = n->first, .key = k, .names = true, .stage = AT_INNER });
			return;
		}
		enum schema_shape shape = shape_at(k, stage);
		if (n->kind == YAML_LIST && shape != SHAPE_ONE) {
			push(w, (struct frame){ .next = n->first, .key = k, .stage = stage + 1 });
			return;
		}
		if (shape == SHAPE_LIST) {
			wrong_type(w, k, n, true);
			return;
		}
	}
	check_value(w, k, n);
}

static void step(struct walk *w)
{
	struct frame *f = &w->stack[w->depth - 1];
	const struct yaml_node *n = f->next;

	if (!n) {
		w->depth--;
		return;
	}
	f->next = n->next;
	if (f->schema) {
		const struct schema_key *k = find_key(f->schema, n->text);
		if (k)
			check_node(w, k, n->value, AT_OUTER);
		else
			unknown_key(w, f->schema, n);
		return;
	}
	if (f->names) {
		const char *what = scalar_check_id(n->text);
		if (what)
			fault(w, n, f->key->key, n->text, what);
		n = n->value;
	}
	check_node(w, f->key, n, f->stage);
}

bool schema_knows_keys(const struct schema *s, const struct yaml_node *map)
{
	for (const struct yaml_node *k = map && map->kind == YAML_MAP ? map->first : NULL; k; k = k->next)
		if (!find_key(s, k->text))
			return false;
	return true;
}

void schema_check(const struct schema *s, const struct yaml_node *root, const char *file, struct diag_list *d)
{
	struct walk w = { .file = file, .d = d };

	if (root->kind != YAML_MAP) {
		diag_add(d, DIAG_ERROR, file, root->line, root->column, "%s is a map of keys and values", s->what);
		return;
	}
	enter_map(&w, s, root);
	while (w.depth)
		step(&w);
}

static void print_key(const struct schema_key *k, unsigned depth, FILE *to)
{
	fprintf(to, "%*s%s%s: %s%s%s. %s\n", (int)(depth * 4), "", k->key, k->required ? " (must be there)" : "",
	        k->named ? "names, each " : "", k->outer == SHAPE_LIST || k->inner == SHAPE_LIST ? "a list, each " : "",
	        k->value ? k->value->what : k->sub->what, k->meaning);
}

void schema_print(const struct schema *s, FILE *to)
{
	struct {
		const struct schema_key *k;
	} stack[YAML_DEPTH];
	unsigned depth = 0;

	stack[depth++].k = s->keys;
	while (depth) {
		const struct schema_key *k = stack[depth - 1].k++;
		if (!k->key) {
			depth--;
			continue;
		}
		print_key(k, depth - 1, to);
		if (k->sub && depth < YAML_DEPTH)
			stack[depth++].k = k->sub->keys;
	}
}
