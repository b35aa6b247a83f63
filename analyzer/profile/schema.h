/*
 * The language of profiles and sites as one table: which keys there are, what each takes, which must be there and what
 * it means. schema_check() holds a tree against it and says everything that is wrong; who builds from the tree may then
 * take what has the right form and skip the rest.
 */
#ifndef PLUMBLINE_PROFILE_SCHEMA_H
#define PLUMBLINE_PROFILE_SCHEMA_H

#include <stdio.h>

#include "profile/scalar.h"
#include "profile/yaml.h"

/* What one scalar may be: a closed list of words, or whatever `check` lets through. */
struct schema_value {
	const char *what; /* "a port", for messages */
	const struct word *words;
	const char *(*check)(struct span s);
};

enum schema_shape { SHAPE_ONE, SHAPE_LIST, SHAPE_ONE_OR_LIST };

struct schema;

/* A key's value is `outer` of (a map of names, if `named`, of) `inner` of (a scalar `value`, or a map `sub`). */
struct schema_key {
	const char *key;
	enum schema_shape outer;
	bool named;
	enum schema_shape inner;
	bool required;
	const struct schema_value *value;
	const struct schema *sub;
	const char *meaning;
};

struct schema {
	const char *what;              /* "a rule" */
	const struct schema_key *keys; /* the last has a NULL key */
};

extern const struct schema SCHEMA_PROFILE, SCHEMA_SITE, SCHEMA_RULE, SCHEMA_PEERS;

/* Adds one error a fault, in the order of the text. */
void schema_check(const struct schema *s, const struct yaml_node *root, const char *file, struct diag_list *d);

/* False where the map has a key that is not in the table: then what seems to be missing may only be misspelt. */
bool schema_knows_keys(const struct schema *s, const struct yaml_node *map);

/* The table for people: every key, what it takes, what it means. */
void schema_print(const struct schema *s, FILE *to);

#endif
