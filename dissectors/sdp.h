/* The media that a session description announces; RFC 8866. */
#ifndef PLUMBLINE_DISSECTORS_SDP_H
#define PLUMBLINE_DISSECTORS_SDP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fact.h"

enum { SDP_MEDIA = 8 };

/* application and call_id are left empty: who carries the description sets them. */
struct sdp_media {
	struct fact_endpoint media, rtcp;
	bool has_rtcp;
};

/*
 * Reads as far as was captured; rejected media (port 0) are left out, and what goes beyond SDP_MEDIA. Lines before the
 * first "v=" are skipped (multipart bodies). Returns how many; spans point into r's bytes. An address that is a name,
 * or missing, is none.
 */
size_t sdp_read(struct rd r, struct sdp_media ret_media[SDP_MEDIA]);

#endif
