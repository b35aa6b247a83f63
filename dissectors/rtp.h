/* RTP and what shares its ports: a flow that began with STUN may carry it too. RFC 3550; RFC 7983 (first bytes) */
#ifndef PLUMBLINE_DISSECTORS_RTP_H
#define PLUMBLINE_DISSECTORS_RTP_H

#include "dissectors/dissector.h"
#include "dissectors/rtp_source.h"

enum { RTP_SOURCES = 2 }; /* of each side: more are not told apart */

struct rtcp_source {
	int64_t first, last;
	uint32_t ssrc, packets;
	uint8_t type; /* of the first report */
};

struct rtp_flow {
	struct rtp_source rtp[2][RTP_SOURCES];
	struct rtcp_source rtcp[2][RTP_SOURCES];
	uint8_t tried; /* datagrams before it was known what this is */
	bool rtp_labelled, rtcp_labelled, stun_labelled;
};

/* Of dissectors whose state is a struct rtp_flow. */
uint64_t rtp_feed(void *state, const struct dissector_input *in, const struct fact_sink *out);
void rtp_finish(void *state, const struct fact_sink *out);

/* RFC 8489, 5: a STUN message, whole, with its magic cookie. */
bool stun_is_message(struct rd datagram);

#endif
