/*
 * YAML as profiles and sites may use it: one document of maps, lists and scalars, each with its place. libyaml's event
 * interface (YAML 1.1) underneath; nothing of it is seen outside yaml.c.
 */
#ifndef PLUMBLINE_PROFILE_YAML_H
#define PLUMBLINE_PROFILE_YAML_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/rd.h"

enum { YAML_BYTES = 1 << 20, YAML_DEPTH = 16, YAML_KEYS = 1024, YAML_NODES = 100000 };

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

/*
 * Maps keep their keys as children: a key's text is its name, `value` what it maps to. Nodes and texts live in the
 * arena they were read into.
 */
struct yaml_node {
	enum yaml_kind kind;
	bool quoted;           /* a scalar in quotes: text, whatever it looks like */
	unsigned line, column; /* from 1 */
	struct span text;      /* YAML_TEXT, or a key: UTF-8, a NUL behind it; p is never NULL */
	uint32_t n;            /* children */
	const struct yaml_node *first, *next, *value;
};

/*
 * Reads a text of at most YAML_BYTES. 0 and *ret_root, or -EINVAL (said in `d`, with `name` and place), or -ENOMEM.
 * An empty document gives an empty map.
 */
int yaml_read(struct arena *a, const char *name, struct span text, struct diag_list *d,
              const struct yaml_node **ret_root);

/* The whole file, at most `max` bytes, into the arena; errors are said in `d`. 0 or -EINVAL. */
int yaml_slurp(struct arena *a, const char *path, size_t max, struct diag_list *d, struct span *ret_text);

/* The value of a key, or NULL. `map` may be NULL or no map. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
