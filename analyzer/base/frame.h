/* One captured frame, as it passes from the capture to the sensor. */
#ifndef PLUMBLINE_BASE_FRAME_H
#define PLUMBLINE_BASE_FRAME_H

#include <stdint.h>

#include "base/rd.h"

struct frame {
	int64_t time;       /* ns since 1970 UTC, as the capture says */
	uint64_t number;    /* Wireshark's: from 1 in its file, filtered frames counted */
	struct rd bytes;    /* valid until the next frame is asked for; len is the length on the wire */
	uint32_t link_type; /* LINKTYPE_ number (tcpdump.org/linktypes.html) */
	uint16_t capture;   /* index of its file in the run */
	uint16_t interface; /* index in its file */
};

#endif
