/* A frame read by itself: what can be known of it without any table. Private to the folder. */
#ifndef PLUMBLINE_SENSOR_READING_H
#define PLUMBLINE_SENSOR_READING_H

#include "packet/packet.h"
#include "sensor/flow.h"

struct reading {
	struct flow_key key;  /* where it is a flow's: keyed */
	uint64_t content;     /* keyed: what tells it from other packets of that flow */
	uint8_t end;          /* keyed: the sender's */
	bool keyed;
	bool plain;           /* keyed, and of a whole datagram that says nothing of neighbours: a flow's, and no more */
	struct packet packet;
};

void reading_make(struct reading *r, const struct frame *f);
/* The rest, where the packet is there already. */
void reading_complete(struct reading *r);

/* TCP and UDP. */
bool reading_needs_ports(const struct packet *p);

#endif
