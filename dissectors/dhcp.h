/* One DHCP message: bytes in, what it says out. */
#ifndef PLUMBLINE_DISSECTORS_DHCP_H
#define PLUMBLINE_DISSECTORS_DHCP_H

#include "base/fact.h"
#include "base/rd.h"

/* Where options that came in parts are put together; need not be zeroed. What does not fit keeps its first parts. */
struct dhcp_room {
	uint8_t bytes[1024];
};

/*
 * RD_OK: *ret_d is all of it. RD_SHORT: *ret_d, where its message is not 0, has what was captured, empty where that
 * ends.
 * RD_OVERRUN: malformed, or no DHCP, do not believe *ret_d. Spans point into the bytes or into `room`.
 */
enum rd_err dhcp_v4_read(struct rd datagram, struct dhcp_room *room, struct fact_dhcp *ret_d);
enum rd_err dhcp_v6_read(struct rd datagram, struct fact_dhcp *ret_d);

#endif
