/*
 * Every statement of the documents is in the profiles: the rows that are traffic by flows that the rules citing them
 * must take, and nearly the same flows that they must not; the others by notes, each with its reason in notes.tsv.
 *
 * usage: test_inventory TABLES PROFILES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "flows.h"

struct test {
	struct inventory in;
	struct policy *policy;
	size_t by_flows, by_notes, faults;
};

static bool is_traffic(const char *kind)
{
	static const char *const kinds[] = { "flow", "host", "range", "inner-flow", "behaviour" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static bool has_line(const struct test *t, const char *row)
{
	return table_find(&t->in.notes, row) != NULL;
}

static void test_rows(struct test *t)
{
	struct flows f = { .in = &t->in, .policy = t->policy };

	for (size_t i = 0; i < t->in.rows.n; i++) {
		char *const *row = t->in.rows.v[i];
		bool cited = flows_find_citing(&f, row[ROW_ID]) > 0;
		if (is_traffic(row[ROW_KIND]) && cited) {
			bool good = flows_of_row(&f, row);
			t->by_flows += good;
			t->faults += !good;
		} else if (has_line(t, row[ROW_ID])) {
			t->by_notes++;
		} else {
			fprintf(stderr, "%s (%s) is covered by nothing: no rule cites it%s, and no line of notes.tsv\n",
			        row[ROW_ID], row[ROW_KIND], cited ? " as traffic" : "");
			t->faults++;
		}
	}
	printf("%u flows\n", f.flows);
}

/* ---- notes.tsv against the profiles ---- */

static const struct rule *rule_by_id(const struct profile *p, const char *id)
{
	for (uint32_t i = 0; i < p->rules_n; i++)
		if (span_eq(p->rules[i].id, span_of(id)))
			return &p->rules[i];
	return NULL;
}

static bool begins(struct span text, const char *with)
{
	size_t n = strlen(with);
	return text.n >= n && memcmp(text.p, with, n) == 0;
}

static bool has_note_citing(const struct profile *p, const char *row)
{
	for (uint32_t i = 0; i < p->notes_n; i++)
		if (cites_row(&p->notes[i].cites, row))
			return true;
	return false;
}

static bool has_note_beginning(const struct profile *p, const char *with)
{
	for (uint32_t i = 0; i < p->notes_n; i++)
		if (begins(p->notes[i].text, with))
			return true;
	return false;
}

/* What a line of notes.tsv claims must be so. */
static const char *line_fault(const struct test *t, char *const *line)
{
	const struct profile *p = policy_find(t->policy, span_of(line[NOTE_PROFILE]));
	bool of_row = strcmp(line[NOTE_ROW], "-") != 0;

	if (!p)
		return "no such profile";
	if (strlen(line[NOTE_REASON]) < 10)
		return "no reason";
	if (!of_row)
		return strlen(line[NOTE_WHAT]) >= 10 && has_note_beginning(p, line[NOTE_WHAT])
		               ? NULL
		               : "no note of that profile begins so";
	if (!table_find(&t->in.rows, line[NOTE_ROW]))
		return "no such row";
	if (strcmp(line[NOTE_WHAT], "note") == 0)
		return has_note_citing(p, line[NOTE_ROW]) ? NULL : "no note of that profile cites the row";
	const struct rule *r = rule_by_id(p, line[NOTE_WHAT]);
	return r && cites_row(&r->cites, line[NOTE_ROW]) ? NULL : "no such rule, or it does not cite the row";
}

static void test_lines(struct test *t)
{
	for (size_t i = 0; i < t->in.notes.n; i++) {
		char *const *line = t->in.notes.v[i];
		const char *fault = line_fault(t, line);
		if (!fault)
			continue;
		fprintf(stderr, "notes.tsv: %s, %s, %s: %s\n", line[NOTE_ROW], line[NOTE_PROFILE], line[NOTE_WHAT], fault);
		t->faults++;
	}
}

static bool note_has_line(const struct test *t, const struct profile *p, const struct note *n)
{
	bool rows = cites_any_row(&n->cites);

	for (size_t i = 0; i < t->in.notes.n; i++) {
		char *const *line = t->in.notes.v[i];
		const char *what = line[NOTE_WHAT];
		if (!span_eq(p->id, span_of(line[NOTE_PROFILE])))
			continue;
		if (rows ? strcmp(what, "note") == 0 && cites_row(&n->cites, line[NOTE_ROW])
		         : strcmp(line[NOTE_ROW], "-") == 0 && begins(n->text, what))
			return true;
	}
	return false;
}

static void test_notes(struct test *t)
{
	for (size_t i = 0; i < policy_profiles(t->policy); i++) {
		const struct profile *p = policy_profile(t->policy, i);
		for (uint32_t k = 0; k < p->notes_n; k++) {
			const struct note *n = &p->notes[k];
			if (note_has_line(t, p, n))
				continue;
			fprintf(stderr, "%s:%u: the note \"%.60s\" has no line in notes.tsv\n", n->mark.file,
			        n->mark.line, (const char *)n->text.p);
			t->faults++;
		}
	}
}

/* ---- setting up ---- */

static bool load(struct test *t, const char *tables, const char *profiles)
{
	char site[4096];
	struct diag_list d = { 0 };
	struct policy_options o = { .profile_dirs = &profiles, .profile_dirs_n = 1, .site = site };
	bool good = table_read(&t->in.rows, tables, "inventory.tsv", ROW_COLUMNS);

	(void)snprintf(site, sizeof(site), "%s/site.yaml", tables);
	good &= table_read(&t->in.roles, tables, "roles.tsv", 2);
	good &= table_read(&t->in.fill, tables, "fill.tsv", 4);
	good &= table_read(&t->in.notes, tables, "notes.tsv", 4);
	good &= policy_load(&t->policy, &o, &d) == 0;
	diag_print(&d, stderr);
	return good && d.warnings == 0;
}

static void unload(struct test *t)
{
	policy_free(t->policy);
	table_free(&t->in.rows);
	table_free(&t->in.roles);
	table_free(&t->in.fill);
	table_free(&t->in.notes);
}

int main(int argc, char **argv)
{
	struct test t = { 0 };
	bool good = argc == 3 && load(&t, argv[1], argv[2]);

	if (good) {
		test_rows(&t);
		test_lines(&t);
		test_notes(&t);
		good = t.faults == 0 && t.by_flows + t.by_notes == t.in.rows.n;
		if (t.faults)
			printf("%zu faults\n", t.faults);
		printf("%zu rows: %zu by flows, %zu by notes\n", t.in.rows.n, t.by_flows, t.by_notes);
	}
	unload(&t);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
