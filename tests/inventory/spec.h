/* What one row of the inventory says of traffic: ends, transports, ports, names. */
#ifndef PLUMBLINE_TESTS_INVENTORY_SPEC_H
#define PLUMBLINE_TESTS_INVENTORY_SPEC_H

#include "profile/match.h"
#include "tables.h"

enum { SPEC_PLACES = 64, SPEC_ITEMS = 16, BROADCAST_BYTE = 255 };

/* An end: an address, and the prefix that the row writes it with (all bits for one address). */
struct place {
	struct addr a;
	struct prefix p;
	bool literal; /* from the row itself: its neighbours are not meant */
};

struct places {
	struct place v[SPEC_PLACES];
	size_t n;
};

enum port_of { PORT_OF_RESPONDER, PORT_OF_DEVICE, PORT_OF_PEER };

struct spec {
	const char *row;
	struct places ends[2]; /* source, destination */
	unsigned transports[SPEC_ITEMS];
	size_t transports_n;
	struct port_range ports[SPEC_ITEMS];
	size_t ports_n; /* 0: any */
	enum port_of port_of;
	uint16_t other_port; /* 0: whatever it likes */
	char hosts[SPEC_ITEMS][ITEM_TEXT];
	size_t hosts_n;
	char announced[ITEM_TEXT];
	bool both_ways; /* either end may open it */
};

struct inventory {
	struct table rows, roles, fill, notes;
};

/* False after saying what the row and fill.tsv leave open. */
bool spec_read(struct spec *s, const struct inventory *in, char *const *row);

/* True where some row writes the address, alone or within a prefix: then it is no neighbour that nobody means. */
bool spec_is_written(const struct inventory *in, const struct addr *a);

bool spec_has_port(const struct spec *s, unsigned port);

/* True where a row has the port, or any, by itself or by fill.tsv. */
bool spec_row_has_port(const struct inventory *in, char *const *row, unsigned port);

/* The transports of a row, by itself and by fill.tsv's may_transport, as bits. */
unsigned spec_row_transports(const struct inventory *in, char *const *row);

/* The first and last of every range of ports that the inventory writes: at most `max`, each once. */
size_t spec_all_ports(const struct inventory *in, uint16_t *ports, size_t max);

#endif
