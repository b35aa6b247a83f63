/* Flows in tunnels: what a flow carries, and through which others it came. Most flows have neither. */
#ifndef PLUMBLINE_SENSOR_FLOW_PATH_H
#define PLUMBLINE_SENSOR_FLOW_PATH_H

#include "record/obs.h"

struct flow_path {
	uint32_t carried;  /* its packets in which others travelled that could be read */
	uint8_t carries;   /* the kind of the first of them */
	uint8_t n;         /* its first packet's path, outermost first */
	struct obs_tunnel tunnel[OBS_TUNNELS];
};

#endif
