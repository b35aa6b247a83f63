/* Reading the tables of the inventory test. */
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long n = -1;

	if (f && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0)
		text = malloc((size_t)n + 1);
	if (text && fread(text, 1, (size_t)n, f) == (size_t)n)
		text[n] = '\0';
	else if (text)
		text[0] = '\0';
	if (f)
		(void)fclose(f);
	return text;
}

/* Cuts the line at its tabs; returns how many cells there are. */
static size_t cut(char *line, char *cells[COLUMNS_MAX])
{
	static char nothing[] = "";
	size_t n = 0;

	for (char *at = line; at && n < COLUMNS_MAX;) {
		char *tab = strchr(at, '\t');
		cells[n++] = at;
		if (tab)
			*tab++ = '\0';
		at = tab;
	}
	for (size_t i = n; i < COLUMNS_MAX; i++)
		cells[i] = nothing;
	return n;
}

bool table_read(struct table *t, const char *dir, const char *name, size_t columns)
{
	char path[4096];
	size_t lines = 1, line = 0;
	bool good = true, head = true;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	*t = (struct table){ .text = read_file(path) };
	for (const char *c = t->text; c && *c; c++)
		lines += *c == '\n';
	t->v = calloc(lines, sizeof(*t->v));
	if (!t->text || !t->v) {
		fprintf(stderr, "%s cannot be read\n", path);
		return false;
	}
	for (char *at = t->text, *next; *at; at = next) {
		char *end = strchr(at, '\n');
		next = end ? end + 1 : at + strlen(at);
		if (end)
			*end = '\0';
		line++;
		if (*at == '#' || *at == '\0')
			continue;
		size_t got = cut(at, t->v[t->n]);
		if (got != columns) {
			fprintf(stderr, "%s:%zu: %zu columns, not %zu\n", path, line, got, columns);
			good = false;
		}
		t->n += !head;
		head = false;
	}
	return good;
}

void table_free(struct table *t)
{
	free(t->v);
	free(t->text);
}

char *const *table_find(const struct table *t, const char *id)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i][0], id) == 0)
			return t->v[i];
	return NULL;
}

size_t cell_split(const char *cell, const char *by, char items[][ITEM_TEXT], size_t max)
{
	size_t n = 0;

	while (*cell && n < max) {
		size_t len = strcspn(cell, by), from = 0;
		while (from < len && cell[from] == ' ')
			from++;
		size_t to = len;
		while (to > from && cell[to - 1] == ' ')
			to--;
		if (to > from && to - from < ITEM_TEXT) {
			memcpy(items[n], cell + from, to - from);
			items[n++][to - from] = '\0';
		}
		cell += len + (cell[len] != '\0');
	}
	return n;
}
