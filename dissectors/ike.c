/*
 * IKE and what goes with it on port 4500: ESP in UDP and its keep-alives.
 *
 * RFC 2408, RFC 2409 (IKEv1); RFC 7296 (IKEv2), 2.23 (port 4500); RFC 3947; RFC 3948, 2.1-2.3 (ESP in UDP, marker,
 * keep-alive)
 *
 *   on 4500: four zero bytes and an IKE message; or SPI 4 (not 0), sequence 4, the rest encrypted; or one byte 0xff
 */
#include "dissectors/dissector.h"
#include "dissectors/ike_message.h"
#include "dissectors/text.h"

enum { PORT_IKE = 500, PORT_NAT = 4500 };

enum {
	MARKER = 4,
	ESP_MIN = 4 + 4 + 8 + 12,  /* SPI, sequence, the smallest block, the shortest check value (RFC 4303, 2) */
	SPI_MIN = 256,             /* RFC 4303, 2.1: below it reserved */
	SEQUENCE_STEP = 64,        /* that may be missing between two packets of one SPI */
	FACTS_MAX = 32,            /* messages of a flow that become facts */
	EXCHANGES = 64,
};

enum v1_exchange { V1_INFORMATIONAL = 5 };
enum v2_exchange { V2_INFORMATIONAL = 37 };

/* Errors are below 16384; of IKEv2 one goes on with another group (RFC 7296, 1.2). */
enum { NOTIFY_STATUS = 16384, V2_INVALID_KE = 17 };

struct ike_state {
	uint64_t spi;        /* the initiator's, of the last SA seen */
	uint64_t answered;   /* its exchanges that had an answer, by number */
	uint32_t esp_spi[2], esp_sequence[2];
	uint8_t initiator;   /* 1 + the side that began it; 0 unknown */
	uint8_t facts;
	bool labelled, esp_labelled;
};

static bool has_port(const struct dissector_input *in, uint16_t port)
{
	return in->port[0] == port || in->port[1] == port;
}

/* RFC 3948, 2.3. */
static bool is_keep_alive(const struct rd *r)
{
	return r->len == 1 && rd_peek(r, 0) == 0xff;
}

static bool has_marker(const struct rd *r)
{
	static const uint8_t zeros[MARKER];

	return rd_starts(r, zeros, MARKER);
}

/* The IKE message in a datagram; false where it has none. Port 4500 has a marker, port 500 has not. */
static bool message_of(const struct dissector_input *in, struct rd *ret_message, bool *ret_marker)
{
	struct rd r = in->bytes;
	const bool marker = has_port(in, PORT_NAT) && has_marker(&r);

	if (marker)
		rd_skip(&r, MARKER);
	else if (!has_port(in, PORT_IKE))
		return false;
	*ret_message = r;
	*ret_marker = marker;
	return ike_is_plausible(r);
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct rd message, r = in->bytes;
	bool marker;

	if (message_of(in, &message, &marker))
		return MATCH_YES;
	if (!has_port(in, PORT_NAT) || has_marker(&r))
		return MATCH_NO;
	return is_keep_alive(&r) || (r.len >= ESP_MIN && rd_u32(&r) >= SPI_MIN) ? MATCH_YES : MATCH_NO;
}

/* The first packet of an SPI has number 1; otherwise two must follow one another, or IKE was seen on the way. */
static void esp(struct ike_state *s, const struct dissector_input *in, const struct fact_sink *out)
{
	struct rd r = in->bytes;
	const uint32_t spi = rd_u32(&r), sequence = rd_u32(&r);
	uint32_t *const last_spi = &s->esp_spi[in->side], *const last = &s->esp_sequence[in->side];

	if (s->esp_labelled || in->bytes.len < ESP_MIN || r.err || spi < SPI_MIN)
		return;
	const bool follows = *last_spi == spi && sequence - *last - 1 < SEQUENCE_STEP;
	if (follows || sequence == 1 || s->labelled) {
		s->esp_labelled = true;
		say_label(out, in->side, SPAN("ESP"), SPAN("udp"));
	}
	*last_spi = spi;
	*last = sequence;
}

/* A new SA: who begins it, and that nothing of it was answered. IKEv1 has no bit that says response. */
static void note_sa(struct ike_state *s, const struct fact_ike *f, uint8_t side)
{
	if (s->spi == f->initiator_spi)
		return;
	s->spi = f->initiator_spi;
	s->answered = 0;
	s->initiator = 0;
	if (!f->responder_spi && !f->response)
		s->initiator = (uint8_t)(1 + side);
	else if (f->version == 2 && f->response)
		s->initiator = (uint8_t)(2 - side);
}

static bool is_refusal(const struct fact_ike *f)
{
	return f->notify && f->notify < NOTIFY_STATUS && !(f->version == 2 && f->notify == V2_INVALID_KE);
}

/* The first answer of each exchange with its number, and every no with its notification. */
static void answer(struct ike_state *s, const struct fact_ike *f, uint8_t side, const struct fact_sink *out)
{
	const uint64_t bit = UINT64_C(1) << (f->exchange % EXCHANGES);

	if (is_refusal(f)) {
		say_reply(out, side, f->notify, true);
	} else if (f->response && !(s->answered & bit)) {
		s->answered |= bit;
		say_reply(out, side, f->exchange, false);
	}
}

static void message(struct ike_state *s, struct rd bytes, bool marker, uint8_t side, const struct fact_sink *out)
{
	struct fact f;

	f.kind = FACT_IKE;
	f.side = side;
	f.ike = (struct fact_ike){ 0 };
	(void)ike_read(bytes, &f.ike); /* a lie behind the header leaves the header true */
	if (!f.ike.version)
		return;
	f.ike.nat_traversal = marker;
	note_sa(s, &f.ike, side);
	if (f.ike.version == 1)
		f.ike.response = s->initiator && s->initiator != side + 1;
	if (!s->labelled) {
		s->labelled = true;
		say_label(out, side, SPAN("IKE"), f.ike.version == 1 ? SPAN("version-1") : SPAN("version-2"));
	}
	const struct fact_ike say = f.ike;
	if (s->facts < FACTS_MAX) {
		s->facts++;
		out->fact(out->ctx, &f);
	}
	answer(s, &say, side, out);
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct rd bytes;
	bool marker;

	if (message_of(in, &bytes, &marker))
		message(state, bytes, marker, in->side, out);
	else if (has_port(in, PORT_NAT) && !has_marker(&in->bytes))
		esp(state, in, out);
	return 0;
}

const struct dissector dissector_ike = {
	.name = "IKE",
	.title = "IKEv1, IKEv2 and ESP in UDP",
	.spec = "RFC 2408, RFC 2409, RFC 7296, RFC 3948",
	.over = OVER_UDP,
	.state_size = sizeof(struct ike_state),
	.recognise = recognise,
	.feed = feed,
};
