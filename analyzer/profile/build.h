/*
 * Building the model from a checked tree: small helpers that take what has the right form and pass over the rest, since
 * schema_check() has said what is wrong. What only the whole text can show (a name that is not there) is said here.
 */
#ifndef PLUMBLINE_PROFILE_BUILD_H
#define PLUMBLINE_PROFILE_BUILD_H

#include "profile/model.h"
#include "profile/scalar.h"
#include "profile/yaml.h"

struct build {
	struct arena *arena;
	const char *file; /* lives as long as the arena */
	struct diag_list *d;
	bool no_memory;
};

struct mark build_mark(const struct build *b, const struct yaml_node *n);

__attribute__((format(printf, 3, 4))) void build_error(struct build *b, const struct yaml_node *n, const char *format,
                                                       ...);

/* n zeroed elements, or NULL with no_memory set; also NULL for n 0. */
void *build_array(struct build *b, size_t n, size_t size);

/* The text of a key's scalar; empty where there is none. */
struct span build_text(const struct yaml_node *map, const char *key);
/* The word's value where the key is there and right, else `otherwise`. */
int build_word(const struct yaml_node *map, const char *key, const struct word *words, int otherwise);
bool build_bool(const struct yaml_node *map, const char *key);

/* Scalars of a list, or the one scalar. */
uint32_t build_count(const struct yaml_node *n);
const struct yaml_node *build_first(const struct yaml_node *n);
const struct yaml_node *build_next(const struct yaml_node *list, const struct yaml_node *n);
struct texts build_texts(struct build *b, const struct yaml_node *n);
/* The values of the words, as bits. */
unsigned build_bits(const struct yaml_node *n, const struct word *words);
struct prefix *build_prefixes(struct build *b, const struct yaml_node *n, uint32_t *ret_n);

/*
 * The index of the element whose id is the node's text, or -1 after an error with the nearest id. `what` is "rule",
 * "address set" …; ids stand `offset` bytes into elements of `stride`.
 */
struct id_list {
	const void *v;
	size_t n, stride, offset;
};
#define ID_LIST(array, count)                                                                                          \
	((struct id_list){ (array), (count), sizeof(*(array)), offsetof(__typeof__(*(array)), id) })
int build_find(struct id_list list, struct span id);
int build_ref(struct build *b, const struct yaml_node *n, struct span id, const char *what, struct id_list list);

/*
 * One profile; its `uses` and the profiles that its peers name are still text (uses_ids and peers.profile), since other
 * files hold them. 0 or -ENOMEM; errors are in b->d. sets_text is called for a set's file: see policy.c.
 */
struct profile_text {
	struct profile *profile;
	const struct yaml_node *root;
	bool uses_given;
};
int profile_build(struct build *b, const struct yaml_node *root, const char *dir, struct profile_text *ret_p);

/* The rules, once parameters, features, choices and sets are there. */
void rules_build(struct build *b, struct profile *p, const struct yaml_node *list);

int site_build(struct build *b, const struct yaml_node *root, struct site *ret_s);

/* A set of ports; *p says `any` where the node is NULL. Parameters are looked up in `profile`, if there is one. */
void ports_build(struct build *b, const struct yaml_node *n, const struct profile *profile, struct ports *p);

#endif
