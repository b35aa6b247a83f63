/*
 * libyaml's events into a bounded tree with marks; the only file that knows libyaml. Anchors, aliases, tags, further
 * documents, duplicate keys and control characters are errors: a profile must mean what it looks like.
 */
#include "profile/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/span.h"

/* A collection that is being filled. */
struct open_node {
	struct yaml_node *node;
	struct yaml_node *last; /* its newest child */
	struct yaml_node *key;  /* of a map: the key that waits for its value */
};

struct reader {
	struct arena *arena;
	struct diag_list *d;
	const char *name;
	struct yaml_node *root;
	struct open_node open[YAML_DEPTH];
	unsigned depth;
	unsigned documents;
	size_t nodes;
	int error;
};

static void fail(struct reader *r, yaml_mark_t at, const char *what)
{
	diag_add(r->d, DIAG_ERROR, r->name, (unsigned)at.line + 1, (unsigned)at.column + 1, "%s", what);
	r->error = -EINVAL;
}

static struct yaml_node *node_new(struct reader *r, enum yaml_kind kind, yaml_mark_t at)
{
	struct yaml_node *n;

	if (++r->nodes > YAML_NODES) {
		fail(r, at, "too many values in one file (at most 100000)");
		return NULL;
	}
	n = arena_alloc(r->arena, sizeof(*n));
	if (!n) {
		r->error = -ENOMEM;
		return NULL;
	}
	*n = (struct yaml_node){
		.kind = kind, .line = (unsigned)at.line + 1, .column = (unsigned)at.column + 1, .text = SPAN("")
	};
	return n;
}

static void append(struct open_node *o, struct yaml_node *n)
{
	if (o->last)
		o->last->next = n;
	else
		o->node->first = n;
	o->last = n;
	o->node->n++;
}

static const struct yaml_node *find_key(const struct yaml_node *map, struct span key)
{
	for (const struct yaml_node *k = map->first; k; k = k->next)
		if (span_eq(k->text, key))
			return k;
	return NULL;
}

static void add_key(struct reader *r, struct open_node *o, struct yaml_node *n, yaml_mark_t at)
{
	const struct yaml_node *twin;

	if (n->kind != YAML_TEXT) {
		fail(r, at, "a key must be plain text");
		return;
	}
	if (o->node->n >= YAML_KEYS) {
		fail(r, at, "too many keys in one map (at most 1024)");
		return;
	}
	twin = find_key(o->node, n->text);
	if (twin) {
		diag_add(r->d, DIAG_ERROR, r->name, n->line, n->column, "\"%.*s\" is given twice, first in line %u",
		         (int)(n->text.n < 80 ? n->text.n : 80), (const char *)n->text.p, twin->line);
		r->error = -EINVAL;
		return;
	}
	append(o, n);
	o->key = n;
}

/* Puts a finished scalar or a just opened collection where it belongs. */
static void place(struct reader *r, struct yaml_node *n, yaml_mark_t at)
{
	struct open_node *o = r->depth ? &r->open[r->depth - 1] : NULL;

	if (!o) {
		r->root = n;
	} else if (o->node->kind == YAML_LIST) {
		append(o, n);
	} else if (o->key) {
		o->key->value = n;
		o->key = NULL;
	} else {
		add_key(r, o, n, at);
	}
}

static void on_scalar(struct reader *r, const yaml_event_t *e)
{
	struct span text = { e->data.scalar.value, e->data.scalar.length };
	struct yaml_node *n;

	if (e->data.scalar.anchor || e->data.scalar.tag) {
		fail(r, e->start_mark, "anchors and tags are not used here");
		return;
	}
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
			fail(r, e->start_mark, "a control character in a text");
			return;
		}
	}
	n = node_new(r, YAML_TEXT, e->start_mark);
	if (!n)
		return;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (text.n) {
		n->text = arena_copy(r->arena, text);
		if (!n->text.p) {
			r->error = -ENOMEM;
			return;
		}
	}
	place(r, n, e->start_mark);
}

static void on_open(struct reader *r, enum yaml_kind kind, const yaml_event_t *e, bool marked)
{
	struct yaml_node *n;

	if (marked) {
		fail(r, e->start_mark, "anchors and tags are not used here");
		return;
	}
	if (r->depth == YAML_DEPTH) {
		fail(r, e->start_mark, "nested too deep (at most 16 levels)");
		return;
	}
	n = node_new(r, kind, e->start_mark);
	if (!n)
		return;
	place(r, n, e->start_mark);
	r->open[r->depth++] = (struct open_node){ .node = n };
}

static void on_event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++)
			fail(r, e->start_mark, "one document a file; this is the second");
		else if (e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
			fail(r, e->start_mark, "anchors and tags are not used here");
		break;
	case YAML_ALIAS_EVENT:
		fail(r, e->start_mark,
		     "an alias (*name): write the value out; a pattern that begins with * needs quotes");
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(r, e);
		break;
	case YAML_SEQUENCE_START_EVENT:
		on_open(r, YAML_LIST, e, e->data.sequence_start.anchor || e->data.sequence_start.tag);
		break;
	case YAML_MAPPING_START_EVENT:
		on_open(r, YAML_MAP, e, e->data.mapping_start.anchor || e->data.mapping_start.tag);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		break;
	default:
		break;
	}
}

/* The reader's own errors (bad UTF-8) name a byte, not a line. */
static void place_of_byte(struct span text, size_t at, unsigned *ret_line, unsigned *ret_column)
{
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < at && i < text.n; i++) {
		if (text.p[i] == '\n') {
			line++;
			column = 1;
		} else if ((text.p[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

static void say_parser_error(struct reader *r, const yaml_parser_t *p, struct span text)
{
	const char *problem = p->problem ? p->problem : "not YAML";
	unsigned line = (unsigned)p->problem_mark.line + 1, column = (unsigned)p->problem_mark.column + 1;

	if (p->error == YAML_MEMORY_ERROR) {
		r->error = -ENOMEM;
		return;
	}
	if (p->error == YAML_READER_ERROR)
		place_of_byte(text, p->problem_offset, &line, &column);
	if (p->context && strstr(p->context, "alias"))
		diag_add(r->d, DIAG_ERROR, r->name, line, column, "a value that begins with * needs quotes");
	else if (p->context)
		diag_add(r->d, DIAG_ERROR, r->name, line, column, "%s %s, line %u", problem, p->context,
		         (unsigned)p->context_mark.line + 1);
	else
		diag_add(r->d, DIAG_ERROR, r->name, line, column, "%s", problem);
	r->error = -EINVAL;
}

static void read_events(struct reader *r, struct span text)
{
	yaml_parser_t parser;
	bool done = false;

	if (!yaml_parser_initialize(&parser)) {
		r->error = -ENOMEM;
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, text.p, text.n);
	while (!done && !r->error) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			say_parser_error(r, &parser, text);
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		on_event(r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

int yaml_read(struct arena *a, const char *name, struct span text, struct diag_list *d,
              const struct yaml_node **ret_root)
{
	struct reader r = { .arena = a, .d = d, .name = name };

	if (text.n > YAML_BYTES) {
		diag_add(d, DIAG_ERROR, name, 0, 0, "larger than 1 MiB");
		return -EINVAL;
	}
	read_events(&r, text.n ? text : SPAN(""));
	if (!r.error && !r.root)
		r.root = node_new(&r, YAML_MAP, (yaml_mark_t){ 0 });
	if (r.error == -ENOMEM)
		diag_add(d, DIAG_ERROR, name, 0, 0, "not enough memory to read it");
	if (r.error)
		return r.error;
	*ret_root = r.root;
	return 0;
}

int yaml_slurp(struct arena *a, const char *path, size_t max, struct diag_list *d, struct span *ret_text)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *p = malloc(max + 1);
	int error = 0;
	size_t n = 0;

	if (!f || !p) {
		error = f ? ENOMEM : errno;
	} else {
		n = fread(p, 1, max + 1, f);
		if (ferror(f))
			error = errno ? errno : EIO;
		else if (n > max)
			error = EFBIG;
	}
	if (f)
		fclose(f);
	if (!error) {
		*ret_text = n ? arena_copy(a, (struct span){ p, n }) : SPAN("");
		if (!ret_text->p)
			error = ENOMEM;
	}
	free(p);
	if (error) {
		char why[96];
		diag_add(d, DIAG_ERROR, path, 0, 0, "%s", strerror_r(error, why, sizeof(why)));
		return -EINVAL;
	}
	return 0;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	const struct yaml_node *k = find_key(map, span_of(key));
	return k ? k->value : NULL;
}
