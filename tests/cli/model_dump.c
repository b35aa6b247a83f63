/*
 * The tables of the model as text, for tests/cli/cddl.py: a line for every record ("record STREAM NAME SIZE"), then one for
 * every field of it ("field NAME KIND BYTES FORM MAX MUST SUB"), fields of groups and records with the path before their
 * names, and a line for every table of names ("names NAME...") behind the field that uses it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "record/model.h"

static const char *const kinds[] = { "uint", "int",    "bool",  "time",    "ms",    "enum", "addr", "mac",
				     "bytes", "text", "record", "variant", "count", "fact", "uint", "uint" };
static const char *const forms[] = { "one", "fixed", "array", "list", "option" };

static void dump_fields(const struct record *r, const char *path);

static void dump_names(const struct names *n)
{
	fputs("names", stdout);
	for (uint32_t i = 0; i < n->n; i++)
		if (n->text[i])
			printf(" %s", n->text[i]);
	putchar('\n');
}

static void dump_field(const struct field *f, const char *path)
{
	struct span name = field_name(f);
	size_t bytes = f->kind == KIND_EVENT_FRAME ? 6 : f->kind == KIND_EVENT_CAPTURE ? 2 : f->size;
	char below[200];

	printf("field %s%.*s %s %zu %s %u %s %s\n", path, (int)name.n, (const char *)name.p, kinds[f->kind], bytes,
	       forms[f->form], f->max, f->always ? "must" : "may", f->trim ? "trim" : "whole");
	if (f->names)
		dump_names(f->names);
	if (f->kind == KIND_RECORD) {
		snprintf(below, sizeof(below), "%s%.*s.", path, (int)name.n, (const char *)name.p);
		dump_fields(f->sub, below);
	}
}

static void dump_fields(const struct record *r, const char *path)
{
	for (size_t i = 0; i < r->fields_n; i++)
		if (r->fields[i].kind != KIND_VARIANT)
			dump_field(&r->fields[i], path);
}

static void dump_records(const char *stream, const struct record *records, int n)
{
	for (int i = 0; i < n; i++) {
		const struct record *r = &records[i];
		const struct field *last = &r->fields[r->fields_n - 1];
		if (last->kind != KIND_VARIANT) {
			printf("record %s %s -\n", stream, r->name);
			dump_fields(r, "");
			continue;
		}
		for (uint32_t v = 0; v < last->max; v++) {
			if (last->sub[v].fields_n == 0)
				continue;
			printf("record %s %s %s\n", stream, r->name, last->sub[v].name);
			dump_fields(r, "");
			dump_fields(&last->sub[v], "");
		}
	}
}

int main(void)
{
	dump_records("observation", obs_records, OBS_TYPES);
	dump_records("result", result_records, RESULT_TYPES);
	return 0;
}
