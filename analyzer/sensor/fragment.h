/*
 * Later fragments of a datagram carry no ports: the first one says which flow they belong to (RFC 791, section 3.2;
 * RFC 8200, section 4.5). Nothing is put together here; the bytes only have to be counted where they belong.
 */
#ifndef PLUMBLINE_SENSOR_FRAGMENT_H
#define PLUMBLINE_SENSOR_FRAGMENT_H

#include "packet/packet.h"
#include "sensor/flow.h"

enum { FRAGMENTS = 128 };

struct fragments {
	struct fragment {
		struct addr src, dst;
		uint32_t id;
		uint8_t proto;
		bool used;
		int64_t time;
		struct flow_key key;
		unsigned end;
	} ring[FRAGMENTS]; /* the newest first fragments; oldest out */
	unsigned next;
};

void fragment_first(struct fragments *t, const struct packet *p, int64_t time, const struct flow_key *k, unsigned end);
/* The key of the flow that a later fragment belongs to; NULL where its first was not seen within 60 s. */
const struct flow_key *fragment_later(const struct fragments *t, const struct packet *p, int64_t time,
                                      unsigned *ret_end);

#endif
