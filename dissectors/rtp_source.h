/* One sender of RTP by its sequence numbers: RFC 3550, A.1 and A.3. */
#ifndef PLUMBLINE_DISSECTORS_RTP_SOURCE_H
#define PLUMBLINE_DISSECTORS_RTP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed memory is a source that is not in use. */
struct rtp_source {
	int64_t first, last;
	uint64_t window;          /* bit i: number max - i was seen */
	uint32_t ssrc;
	uint32_t base, max;       /* numbers with their wraps */
	uint32_t packets;         /* all that came, repeated ones too */
	uint32_t distinct;        /* in step with the numbers, without repeated ones */
	uint32_t expected_before; /* of runs that a jump has ended */
	uint32_t reordered;       /* came after a later one */
	uint32_t steady;          /* came right after the one before, or nearly so; the first counts */
	uint16_t suspect;         /* the number that would confirm a jump */
	bool jumped;
	uint8_t payload_type;     /* the first that is not comfort noise */
};

void rtp_source_take(struct rtp_source *s, uint32_t ssrc, uint16_t sequence, uint8_t payload_type, int64_t time);

uint32_t rtp_source_lost(const struct rtp_source *s);

#endif
