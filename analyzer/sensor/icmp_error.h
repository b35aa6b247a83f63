/* ICMP errors, kept with the flow whose packet they quote. */
#ifndef PLUMBLINE_SENSOR_ICMP_ERROR_H
#define PLUMBLINE_SENSOR_ICMP_ERROR_H

#include "packet/packet.h"
#include "sensor/flow.h"

struct flow_icmp {
	struct obs_icmp e[OBS_ICMP]; /* `side` is an end here */
	uint8_t n;
};

/* The flow that the error in p quotes, in either direction; NULL where it is none of ours. */
struct flow *icmp_error_flow(struct flows *t, const struct packet *p);
void icmp_error_add(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p);

#endif
