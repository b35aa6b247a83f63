/*
 * L2TP: which flow it is, whether its tunnel was accepted. What is inside is not looked at.
 *
 * RFC 2661, 3.1 (header), 4.1 (attributes), 4.4.1, 4.4.2 (Message Type, Result Code), 8.1 (UDP port 1701); RFC 3931,
 * 4.1.2 (version 3)
 *
 *   control    flags and version 2, length 2, tunnel 2, session 2, Ns 2, Nr 2, attributes
 *   attribute  flags and length 2, vendor 2, type 2, value
 */
#include "dissectors/dissector.h"
#include "dissectors/text.h"

enum { PORT_L2TP = 1701 };

enum {
	FLAG_CONTROL = 0x8000,
	FLAG_LENGTH = 0x4000,
	FLAG_SEQUENCE = 0x0800,
	FLAG_OFFSET = 0x0200,
	FLAG_PRIORITY = 0x0100,
	VERSION = 0x000f,
	RESERVED = 0x34f0,
	HEADER = 12,
	DATA_HEADER = 6,
	AVP_HEADER = 6,
	AVP_LENGTH = 0x03ff,
	AVP_HIDDEN = 0x4000,
};

enum attribute { AVP_MESSAGE_TYPE = 0, AVP_RESULT = 1 };

enum message { SCCRQ = 1, SCCRP = 2, SCCCN = 3, STOP_CCN = 4, CDN = 14 };

/* Result codes of StopCCN that are no refusal: closed on request, and closed because the sender goes down. */
enum { RESULT_CLEARED = 1, RESULT_SHUT_DOWN = 6 };

struct l2tp_state {
	bool labelled, accepted;
};

/* One attribute. False at the end. */
static bool attribute_next(struct rd *r, uint16_t *ret_type, struct rd *ret_value)
{
	if (r->len < AVP_HEADER)
		return false;
	const uint16_t head = rd_u16(r);
	const uint16_t vendor = rd_u16(r), type = rd_u16(r);
	const size_t length = head & AVP_LENGTH;
	if (r->err || length < AVP_HEADER)
		return false;
	*ret_value = rd_sub(r, length - AVP_HEADER);
	*ret_type = vendor || (head & AVP_HIDDEN) ? UINT16_MAX : type;
	return !r->err;
}

/* The control message's attributes; false where these bytes are none. An empty one (ZLB) acknowledges. */
static bool control_read(struct rd datagram, struct rd *ret_attributes)
{
	struct rd r = datagram;
	const uint16_t flags = rd_u16(&r), length = rd_u16(&r), version = flags & VERSION;
	uint16_t type = 0;

	if ((flags & (FLAG_CONTROL | FLAG_LENGTH | FLAG_SEQUENCE)) != (FLAG_CONTROL | FLAG_LENGTH | FLAG_SEQUENCE) ||
	    (flags & (RESERVED | FLAG_OFFSET | FLAG_PRIORITY)) || (version != 2 && version != 3) || length < HEADER)
		return false;
	rd_skip(&r, HEADER - 4);
	*ret_attributes = rd_sub(&r, (size_t)length - HEADER);
	struct rd first = *ret_attributes, value;
	return !r.err && (!first.len || first.cap < AVP_HEADER ||
			  (attribute_next(&first, &type, &value) && (type == AVP_MESSAGE_TYPE || type == UINT16_MAX)));
}

/* 3.1: a tunnelled frame. Version 2 and no bit that must be 0. */
static bool is_data(struct rd r)
{
	const size_t bytes = r.len;
	const uint16_t flags = rd_u16(&r), length = flags & FLAG_LENGTH ? rd_u16(&r) : 0;

	return !r.err && !(flags & (FLAG_CONTROL | RESERVED)) && (flags & VERSION) == 2 && bytes >= DATA_HEADER &&
	       (!(flags & FLAG_LENGTH) || (length >= DATA_HEADER + 2 && length <= bytes));
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct rd attributes;

	if (in->port[0] != PORT_L2TP && in->port[1] != PORT_L2TP)
		return MATCH_NO;
	return control_read(in->bytes, &attributes) || is_data(in->bytes) ? MATCH_YES : MATCH_NO;
}

/*
 * The tunnel was accepted, or was refused before it was. The message's type is its first attribute (4.4.1), and of several
 * results the first counts: what was not captured of a message then takes nothing back.
 */
static void answer(struct l2tp_state *s, struct rd attributes, uint8_t side, const struct fact_sink *out)
{
	uint16_t type, message = 0, result = 0;
	struct rd value;
	bool known = false;

	if (attribute_next(&attributes, &type, &value) && type == AVP_MESSAGE_TYPE)
		message = rd_u16(&value);
	while (!known && attribute_next(&attributes, &type, &value)) {
		known = type == AVP_RESULT;
		result = known ? rd_u16(&value) : 0;
	}
	if (message == SCCRP && !s->accepted) {
		s->accepted = true;
		say_reply(out, side, message, false);
	} else if (message == STOP_CCN && !s->accepted && result) {
		say_reply(out, side, result, result != RESULT_CLEARED && result != RESULT_SHUT_DOWN);
	}
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct l2tp_state *s = state;
	struct rd attributes;
	const bool control = control_read(in->bytes, &attributes);

	if (!control && !is_data(in->bytes))
		return 0;
	if (!s->labelled) {
		s->labelled = true;
		say_label(out, in->side, SPAN("L2TP"), control ? SPAN("control") : SPAN("data"));
	}
	if (control)
		answer(s, attributes, in->side, out);
	return 0;
}

const struct dissector dissector_l2tp = {
	.name = "L2TP",
	.title = "Layer Two Tunneling Protocol",
	.spec = "RFC 2661, RFC 3931",
	.over = OVER_UDP,
	.state_size = sizeof(struct l2tp_state),
	.recognise = recognise,
	.feed = feed,
};
