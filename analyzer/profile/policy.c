/* Loading a policy: every file is read and every fault said before anything is refused. */
#include "profile/policy.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/span.h"
#include "profile/policy_priv.h"
#include "profile/schema.h"

static const char *keep_text(struct policy *p, const char *s)
{
	struct span copy = arena_copy(&p->arena, span_of(s));

	if (!copy.p)
		p->no_memory = true;
	return (const char *)copy.p;
}

static void note_error(struct policy *p, int error)
{
	if (error == -ENOMEM)
		p->no_memory = true;
}

static void add_profile(struct policy *p, const struct profile_text *t)
{
	const struct profile *pr = t->profile;

	for (size_t i = 0; i < p->n && pr->id.n; i++) {
		const struct profile *q = p->texts[i].profile;
		if (span_eq(q->id, pr->id)) {
			diag_add(p->d, DIAG_ERROR, pr->mark.file, pr->mark.line, pr->mark.column,
			         "profile \"%s\" is there twice, first in %s:%u", (const char *)pr->id.p, q->mark.file,
			         q->mark.line);
			return;
		}
	}
	if (p->n == POLICY_PROFILES)
		diag_add(p->d, DIAG_ERROR, pr->mark.file, 0, 0, "more than 256 profiles");
	else if (pr->id.n)
		p->texts[p->n++] = *t;
}

/* dir is where the profile's address files are; NULL for a text that is no file. */
static void load_text(struct policy *p, const char *name, struct span text, const char *dir)
{
	struct build b = { .arena = &p->arena, .file = name, .d = p->d };
	const struct yaml_node *root;
	struct profile_text t;

	int error = yaml_read(&p->arena, name, text, p->d, &root);
	if (!error) {
		schema_check(&SCHEMA_PROFILE, root, name, p->d);
		error = profile_build(&b, root, dir, &t);
	}
	if (!error)
		add_profile(p, &t);
	note_error(p, error);
}

static const char *folder_of(struct policy *p, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return "";
	struct span dir = { (const uint8_t *)path, slash == path ? 1 : (size_t)(slash - path) };
	const char *copy = (const char *)arena_copy(&p->arena, dir).p;
	if (!copy)
		p->no_memory = true;
	return copy;
}

static void load_file(struct policy *p, const char *path, const struct stat *st)
{
	const char *name = keep_text(p, path), *dir = folder_of(p, path);
	struct span text;

	for (size_t i = 0; i < p->files_n; i++)
		if (p->files[i].dev == st->st_dev && p->files[i].ino == st->st_ino)
			return;
	if (p->files_n < POLICY_PROFILES) {
		p->files[p->files_n].dev = st->st_dev;
		p->files[p->files_n++].ino = st->st_ino;
	}
	if (name && dir && yaml_slurp(&p->arena, name, YAML_BYTES, p->d, &text) == 0)
		load_text(p, name, text, dir);
}

static int is_profile(const struct dirent *e)
{
	struct span name = span_of(e->d_name);
	return e->d_name[0] != '.' && (span_ends_nocase(name, SPAN(".yaml")) || span_ends_nocase(name, SPAN(".yml")));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_entry(struct policy *p, const char *dir, const char *name)
{
	char path[4096];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	if (n < 0 || (size_t)n >= sizeof(path) || stat(path, &st) < 0)
		diag_add(p->d, DIAG_ERROR, name, 0, 0, "cannot be read");
	else if (S_ISREG(st.st_mode))
		load_file(p, path, &st);
}

static void load_dir(struct policy *p, const char *dir)
{
	struct dirent **names = NULL;
	struct stat st;
	char why[96];

	if (stat(dir, &st) == 0 && S_ISREG(st.st_mode)) {
		load_file(p, dir, &st);
		return;
	}
	int n = scandir(dir, &names, is_profile, by_name);
	if (n < 0)
		diag_add(p->d, DIAG_ERROR, dir, 0, 0, "%s", strerror_r(errno, why, sizeof(why)));
	else if (n == 0)
		diag_add(p->d, DIAG_ERROR, dir, 0, 0, "no profile there (*.yaml)");
	for (int i = 0; i < n; i++) {
		load_entry(p, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static void load_site(struct policy *p, const struct policy_text *t)
{
	struct build b = { .arena = &p->arena, .file = t->name, .d = p->d };
	const struct yaml_node *root;

	int error = yaml_read(&p->arena, t->name, t->text, p->d, &root);
	if (!error) {
		schema_check(&SCHEMA_SITE, root, t->name, p->d);
		error = site_build(&b, root, &p->site);
		p->declared = true;
	}
	note_error(p, error);
}

static void load_site_file(struct policy *p, const char *path)
{
	struct policy_text t = { keep_text(p, path), { NULL, 0 } };

	if (t.name && yaml_slurp(&p->arena, t.name, YAML_BYTES, p->d, &t.text) == 0)
		load_site(p, &t);
}

static int by_id(const void *a, const void *b)
{
	const struct profile_text *x = a, *y = b;
	return span_cmp(x->profile->id, y->profile->id);
}

int policy_load(struct policy **ret_p, const struct policy_options *o, struct diag_list *d)
{
	struct policy *p = calloc(1, sizeof(*p));
	size_t before = d->errors;

	if (!p)
		return -ENOMEM;
	arena_init(&p->arena, POLICY_ARENA);
	p->d = d;
	for (size_t i = 0; i < o->profile_dirs_n; i++)
		load_dir(p, o->profile_dirs[i]);
	for (size_t i = 0; i < o->texts_n; i++) {
		const char *name = keep_text(p, o->texts[i].name);
		if (name)
			load_text(p, name, o->texts[i].text, NULL);
	}
	qsort(p->texts, p->n, sizeof(p->texts[0]), by_id);
	policy_link(p);
	if (o->site)
		load_site_file(p, o->site);
	else if (o->site_text)
		load_site(p, o->site_text);
	policy_command_line(p, o);
	policy_check_site(p);
	p->d = NULL;
	if (p->no_memory || d->errors > before) {
		int error = p->no_memory ? -ENOMEM : -EINVAL;
		policy_free(p);
		return error;
	}
	*ret_p = p;
	return 0;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	arena_free(&p->arena);
	free(p);
}

size_t policy_profiles(const struct policy *p)
{
	return p->n;
}

const struct profile *policy_profile(const struct policy *p, size_t i)
{
	return i < p->n ? p->texts[i].profile : NULL;
}

const struct profile *policy_find(const struct policy *p, struct span id)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = span_cmp(id, p->texts[mid].profile->id);
		if (c == 0)
			return p->texts[mid].profile;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct site *policy_site(const struct policy *p)
{
	return &p->site;
}

bool policy_has_site(const struct policy *p)
{
	return p->declared;
}
