/*
 * One sender of RTP by its sequence numbers: what came, what is missing, what came late.
 *
 * RFC 3550, A.1 (validity of numbers, jumps), A.3 (loss); RFC 3551, 6 and RFC 3389 (comfort noise)
 */
#include "dissectors/rtp_source.h"

enum {
	DROPOUT_MAX = 3000, /* RFC 3550, A.1 */
	MISORDER_MAX = 100,
	STEADY_STEP = 16,
	WINDOW = 64,
	WRAP = 1 << 16,
	NOISE = 13,
	NOISE_OLD = 19,
};

static void begin(struct rtp_source *s, uint16_t sequence)
{
	s->base = s->max = WRAP + (uint32_t)sequence; /* room for what comes late */
	s->window = 1;
	s->distinct++;
	s->jumped = false;
}

static void forward(struct rtp_source *s, uint16_t step)
{
	s->max += step;
	s->window = step < WINDOW ? s->window << step | 1 : 1;
	s->distinct++;
	s->steady += step <= STEADY_STEP;
	s->jumped = false;
}

static void backward(struct rtp_source *s, uint16_t step)
{
	if (step < WINDOW) {
		const uint64_t bit = UINT64_C(1) << step;
		if (s->window & bit)
			return; /* repeated */
		s->window |= bit;
	}
	s->distinct++;
	s->reordered++;
	if (s->max - step < s->base)
		s->base = s->max - step;
}

/* Too far: a lie, or the sender began anew. Two numbers that follow one another confirm it. */
static void jump(struct rtp_source *s, uint16_t sequence)
{
	if (!s->jumped || sequence != s->suspect) {
		s->jumped = true;
		s->suspect = (uint16_t)(sequence + 1);
		return;
	}
	s->expected_before += s->max - s->base + 1;
	begin(s, (uint16_t)(sequence - 1));
	forward(s, 1);
}

void rtp_source_take(struct rtp_source *s, uint32_t ssrc, uint16_t sequence, uint8_t payload_type, int64_t time)
{
	const uint16_t ahead = (uint16_t)(sequence - s->max), behind = (uint16_t)(s->max - sequence);

	if (!s->packets++) {
		s->ssrc = ssrc;
		s->first = time;
		s->payload_type = payload_type;
		s->steady = 1;
		begin(s, sequence);
	} else if (behind < MISORDER_MAX) {
		backward(s, behind);
	} else if (ahead < DROPOUT_MAX) {
		forward(s, ahead);
	} else {
		jump(s, sequence);
	}
	if (s->payload_type == NOISE || s->payload_type == NOISE_OLD)
		s->payload_type = payload_type;
	s->last = time;
}

uint32_t rtp_source_lost(const struct rtp_source *s)
{
	const uint32_t expected = s->expected_before + (s->packets ? s->max - s->base + 1 : 0);

	return expected > s->distinct ? expected - s->distinct : 0;
}
