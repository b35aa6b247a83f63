/*
 * From a request to the IP packets that nDPI wants: RFC 791 or 8200, and RFC 9293 or 768, with the fields that were kept.
 * They are written into one buffer with zeros behind them, since nDPI reads past the ends of packets.
 */
#ifndef PLUMBLINE_CLASSIFY_IP_H
#define PLUMBLINE_CLASSIFY_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "classify/classify.h"

enum { IP_MAX = 65535, IP_ZEROS = 256 };

struct ip_room {
	size_t dirty; /* bytes from the front that may be other than 0 */
	uint8_t bytes[IP_MAX + IP_ZEROS];
};

/* The flow of a request, *r is behind it. False where it is none. */
bool ip_read_flow(struct rd *r, struct classify_flow *ret_f);

/*
 * The next packet of a request: its bytes are in room->bytes, at least IP_ZEROS zeros behind them. Its length; 0 where
 * there is none any more, or it makes no sense, or would be larger than `max`: then the request has ended.
 */
size_t ip_read_packet(struct rd *r, const struct classify_flow *f, size_t max, struct ip_room *room,
		      struct classify_packet *ret_p);

#endif
