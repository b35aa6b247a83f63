/*
 * The tables of the inventory test: tab-separated, one head line, # begins a comment. inventory.tsv is what the
 * documents say, one statement a row; roles.tsv says who stands for its roles; fill.tsv says what its rows leave open;
 * notes.tsv says which rows are no flow, and why.
 */
#ifndef PLUMBLINE_TESTS_INVENTORY_TABLES_H
#define PLUMBLINE_TESTS_INVENTORY_TABLES_H

#include <stdbool.h>
#include <stddef.h>

enum { COLUMNS_MAX = 20 };

struct table {
	char *(*v)[COLUMNS_MAX]; /* rows without the head; cells that are not there are empty */
	size_t n;
	char *text;
};

/* The columns of inventory.tsv that matter here, as its head has them. */
enum inventory_column {
	ROW_ID = 0,
	ROW_KIND = 4,
	ROW_DIRECTION = 7,
	ROW_SOURCE,
	ROW_DEST,
	ROW_HOSTS,
	ROW_ADDRESSES,
	ROW_TRANSPORT,
	ROW_PORTS,
	ROW_COLUMNS = 19
};
enum role_column { ROLE_NAME, ROLE_ADDRESS };
enum fill_column { FILL_ROW, FILL_KEY, FILL_VALUE };
enum note_column { NOTE_ROW, NOTE_PROFILE, NOTE_WHAT, NOTE_REASON };

/* Reads DIR/NAME; every line must have `columns` cells. False after saying why on stderr. */
bool table_read(struct table *t, const char *dir, const char *name, size_t columns);
void table_free(struct table *t);

/* The row whose first cell is `id`, or NULL. */
char *const *table_find(const struct table *t, const char *id);

/* The items of a cell, split at any of `by`, without blanks around them; at most `max`; returns how many. */
enum { ITEM_TEXT = 128 };
size_t cell_split(const char *cell, const char *by, char items[][ITEM_TEXT], size_t max);

#endif
