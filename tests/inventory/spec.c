/* From a row of the inventory, its roles and what fill.tsv adds, to ends and ports. */
#include "spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "profile/scalar.h"

/* Where a name lives of which the documents give no address. */
static const char SOMEWHERE[] = "151.101.65.69";

static void add_place(struct places *p, const struct addr *a, const struct prefix *x, bool literal)
{
	if (p->n < SPEC_PLACES)
		p->v[p->n++] = (struct place){ *a, *x, literal };
}

static struct addr last_of(const struct prefix *x)
{
	struct addr a = x->addr;

	for (unsigned bit = x->bits; bit < 128; bit++)
		a.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return a;
}

/* The address, or the first and last of the prefix; false where the text is neither. */
static bool add_written(struct places *p, const char *text, bool literal)
{
	struct prefix x;

	if (!prefix_parse(span_of(text), &x))
		return false;
	struct addr last = last_of(&x);
	add_place(p, &x.addr, &x, literal);
	if (x.bits < 128)
		add_place(p, &last, &x, literal);
	return true;
}

/* Every value that fill.tsv has for a row's key goes to `take`. */
static size_t fill(const struct inventory *in, const char *row, const char *key, char values[][ITEM_TEXT], size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < in->fill.n && n < max; i++)
		if (strcmp(in->fill.v[i][FILL_ROW], row) == 0 && strcmp(in->fill.v[i][FILL_KEY], key) == 0)
			(void)snprintf(values[n++], ITEM_TEXT, "%s", in->fill.v[i][FILL_VALUE]);
	return n;
}

/* By fill.tsv, else by the role's address; a role without one has those that the row writes. */
static bool read_end(struct places *p, const struct inventory *in, char *const *row, const char *key, const char *role)
{
	char items[SPEC_PLACES][ITEM_TEXT];
	bool known = false, open = false;
	size_t n = fill(in, row[ROW_ID], key, items, SPEC_PLACES);

	for (size_t i = 0; i < n; i++)
		if (!add_written(p, items[i], false))
			fprintf(stderr, "%s: %s in fill.tsv: \"%s\" is no address\n", row[ROW_ID], key, items[i]);
	if (p->n)
		return true;
	for (size_t i = 0; i < in->roles.n; i++) {
		if (strcmp(in->roles.v[i][ROLE_NAME], role) != 0)
			continue;
		known = true;
		open |= !add_written(p, in->roles.v[i][ROLE_ADDRESS], false);
	}
	if (!known)
		fprintf(stderr, "%s: roles.tsv does not know \"%s\"\n", row[ROW_ID], role);
	if (!open)
		return known;
	n = cell_split(row[ROW_ADDRESSES], ";", items, SPEC_PLACES);
	for (size_t i = 0; i < n; i++)
		(void)add_written(p, items[i], true);
	if (!p->n && *row[ROW_HOSTS])
		(void)add_written(p, SOMEWHERE, false);
	if (!p->n)
		fprintf(stderr, "%s: who is \"%s\"? fill.tsv must say: %s\n", row[ROW_ID], role, key);
	return p->n > 0;
}

static bool read_transports(struct spec *s, char *const *row)
{
	char items[SPEC_ITEMS][ITEM_TEXT];
	size_t n = cell_split(row[ROW_TRANSPORT], ",", items, SPEC_ITEMS);

	for (size_t i = 0; i < n; i++) {
		struct span word = { (const uint8_t *)items[i], strcspn(items[i], "(") };
		int bits = scalar_word(SCALAR_TRANSPORTS, word);
		if (bits <= 0 || bits == TRANSPORT_ANY) {
			fprintf(stderr, "%s: transport \"%s\" is none\n", row[ROW_ID], items[i]);
			return false;
		}
		s->transports[s->transports_n++] = (unsigned)bits;
	}
	return s->transports_n > 0;
}

static bool read_ports(struct spec *s, const struct inventory *in, char *const *row)
{
	char items[SPEC_ITEMS][ITEM_TEXT];
	size_t n = fill(in, row[ROW_ID], "port", items, SPEC_ITEMS);

	if (n == 0)
		n = cell_split(row[ROW_PORTS], ",", items, SPEC_ITEMS);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(items[i], "any") == 0)
			continue;
		if (!scalar_port(span_of(items[i]), &s->ports[s->ports_n++])) {
			fprintf(stderr, "%s: port \"%s\" is none; fill.tsv must say: port\n", row[ROW_ID], items[i]);
			return false;
		}
	}
	n = fill(in, row[ROW_ID], "port_of", items, 1);
	s->port_of = n == 0                           ? PORT_OF_RESPONDER
	             : strcmp(items[0], "device") == 0 ? PORT_OF_DEVICE
	                                               : PORT_OF_PEER;
	if (fill(in, row[ROW_ID], "other_port", items, 1))
		s->other_port = (uint16_t)strtoul(items[0], NULL, 10);
	return true;
}

bool spec_read(struct spec *s, const struct inventory *in, char *const *row)
{
	char announced[1][ITEM_TEXT];

	*s = (struct spec){ .row = row[ROW_ID] };
	s->both_ways = strcmp(row[ROW_DIRECTION], "bidirectional") == 0;
	s->hosts_n = cell_split(row[ROW_HOSTS], ";", s->hosts, SPEC_ITEMS);
	s->hosts_n += fill(in, s->row, "host", s->hosts + s->hosts_n, SPEC_ITEMS - s->hosts_n);
	for (size_t i = 0; i < s->hosts_n; i++)
		if (s->hosts[i][0] == '*')
			s->hosts[i][0] = 'x'; /* x.example.com is one of *.example.com */
	if (fill(in, s->row, "announced", announced, 1))
		(void)snprintf(s->announced, sizeof(s->announced), "%s", announced[0]);
	bool ends = read_end(&s->ends[0], in, row, "source", row[ROW_SOURCE]);
	ends &= read_end(&s->ends[1], in, row, "dest", row[ROW_DEST]);
	return ends && read_transports(s, row) && read_ports(s, in, row);
}

bool spec_is_written(const struct inventory *in, const struct addr *a)
{
	char items[SPEC_PLACES][ITEM_TEXT];
	struct prefix x;

	for (size_t i = 0; i < in->rows.n; i++) {
		size_t n = cell_split(in->rows.v[i][ROW_ADDRESSES], ";", items, SPEC_PLACES);
		for (size_t k = 0; k < n; k++) {
			bool all = strchr(items[k], '/') && strstr(items[k], "/0"); /* 0.0.0.0/0 writes nobody */
			if (!all && prefix_parse(span_of(items[k]), &x) && prefix_has(&x, a))
				return true;
		}
	}
	return false;
}

bool spec_has_port(const struct spec *s, unsigned port)
{
	for (size_t i = 0; i < s->ports_n; i++)
		if (port >= s->ports[i].from && port <= s->ports[i].to)
			return true;
	return s->ports_n == 0;
}

static bool ports_say(const char *cell, unsigned port)
{
	char items[SPEC_ITEMS][ITEM_TEXT];
	struct port_range r;
	size_t n = cell_split(cell, ",", items, SPEC_ITEMS);

	for (size_t i = 0; i < n; i++)
		if (scalar_port(span_of(items[i]), &r) && port >= r.from && port <= r.to)
			return true;
	return n == 0 || strcmp(items[0], "any") == 0;
}

bool spec_row_has_port(const struct inventory *in, char *const *row, unsigned port)
{
	bool filled = false;

	for (size_t i = 0; i < in->fill.n; i++) {
		char *const *line = in->fill.v[i];
		bool ports = strcmp(line[FILL_KEY], "port") == 0 || strcmp(line[FILL_KEY], "may_port") == 0;
		if (!ports || strcmp(line[FILL_ROW], row[ROW_ID]) != 0)
			continue;
		if (ports_say(line[FILL_VALUE], port))
			return true;
		filled = true;
	}
	return !filled && ports_say(row[ROW_PORTS], port);
}

static unsigned transport_bits(const char *cell)
{
	char items[SPEC_ITEMS][ITEM_TEXT];
	size_t n = cell_split(cell, ",", items, SPEC_ITEMS);
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++) {
		int v = scalar_word(SCALAR_TRANSPORTS, (struct span){ (const uint8_t *)items[i], strcspn(items[i], "(") });
		bits |= v > 0 ? (unsigned)v : 0;
	}
	return bits;
}

unsigned spec_row_transports(const struct inventory *in, char *const *row)
{
	char more[1][ITEM_TEXT];

	return transport_bits(row[ROW_TRANSPORT]) |
	       (fill(in, row[ROW_ID], "may_transport", more, 1) ? transport_bits(more[0]) : 0);
}

static size_t add_port(uint16_t *ports, size_t n, size_t max, uint16_t port)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return n;
	if (n < max)
		ports[n++] = port;
	return n;
}

size_t spec_all_ports(const struct inventory *in, uint16_t *ports, size_t max)
{
	char items[SPEC_ITEMS][ITEM_TEXT];
	struct port_range r;
	size_t n = 0;

	for (size_t i = 0; i < in->rows.n; i++) {
		size_t got = cell_split(in->rows.v[i][ROW_PORTS], ",", items, SPEC_ITEMS);
		for (size_t k = 0; k < got; k++) {
			if (!scalar_port(span_of(items[k]), &r))
				continue;
			n = add_port(ports, n, max, r.from);
			n = add_port(ports, n, max, r.to);
		}
	}
	return n;
}
