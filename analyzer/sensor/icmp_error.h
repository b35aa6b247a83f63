/* ICMP errors, kept with the flow whose packet they quote. */
#ifndef PLUMBLINE_SENSOR_ICMP_ERROR_H
#define PLUMBLINE_SENSOR_ICMP_ERROR_H

#include "packet/packet.h"
#include "sensor/flow.h"

struct flow_icmp {
	struct obs_icmp e[OBS_ICMP]; /* `side` is an end here */
	uint8_t n;
};

/*
 * The flow that the error in p quotes, in either direction, and which end sent what is quoted; NULL where it is none of
 * ours, or only its other fragments could tell.
 */
struct flow *icmp_error_flow(struct flows *t, const struct packet *p, unsigned *ret_end);
/* `end`: who sent what is quoted. */
void icmp_error_add(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p, unsigned end);
/* The quoted packet is a later fragment, or too short a one: no ports. */
bool icmp_error_lacks_ports(const struct packet *p);

#endif
