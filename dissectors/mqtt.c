/*
 * MQTT: the connection's first packet from each side, whether credentials are in it, and what was answered.
 *
 * MQTT 3.1, 3.1 and 3.2; MQTT 3.1.1 and 5.0 (OASIS), 2 (packet), 3.1 (CONNECT), 3.2 (CONNACK)
 *
 *   CONNECT    10 length, name length 2 and "MQTT" or "MQIsdp", level, flags, keep alive 2, …
 *   CONNACK    20 length, flags, code, …      code: 3.x 0 accepted, 1 to 5 refused; 5.0 128 and more refused
 */
#include "dissectors/dissector.h"

#include "base/span.h"
#include "dissectors/text.h"

enum { PORT_MQTT = 1883 };
enum { PACKET_CONNECT = 0x10, PACKET_CONNACK = 0x20 };
enum { FLAG_RESERVED = 1, FLAG_PASSWORD = 1 << 6, FLAG_USER = 1 << 7 };
enum { LEVEL_3_1 = 3, LEVEL_3_1_1 = 4, LEVEL_5 = 5, BRIDGE = 0x80 /* of a broker's own connection, a custom */ };
enum {
	LENGTH_BYTES = 4,
	CONNECT_HEAD = 1 + LENGTH_BYTES + 2 + 6 + 1 + 1, /* the longest up to the flags */
	CONNECT_MIN = 2 + 4 + 1 + 1 + 2 + 2,
	REFUSED_3 = 5,
	REFUSED_5 = 128,
};

struct mqtt_state {
	bool labelled, done[2];
};

/* MQTT 5.0, 1.5.5: seven bits a byte, the lowest first. */
static uint32_t length_read(struct rd *r)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < LENGTH_BYTES; i++) {
		const uint8_t b = rd_u8(r);
		v |= (uint32_t)(b & 0x7f) << 7 * i;
		if (b < 0x80)
			return v;
	}
	rd_fail(r);
	return 0;
}

/* Up to the flags. RD_SHORT: they are not there. */
static enum rd_err connect_read(struct rd r, uint8_t *ret_flags)
{
	const uint8_t packet = rd_u8(&r);
	const uint32_t length = length_read(&r);
	const uint16_t n = rd_u16(&r);

	if (packet != PACKET_CONNECT || r.err)
		return r.err == RD_SHORT && packet == PACKET_CONNECT ? RD_SHORT : RD_OVERRUN;
	if (length < CONNECT_MIN || (n != 4 && n != 6))
		return RD_OVERRUN;
	const struct span name = rd_get(&r, n);
	const uint8_t level = rd_u8(&r) & (uint8_t)~BRIDGE, flags = rd_u8(&r);
	if (r.err)
		return r.err;
	const bool known = span_eq(name, SPAN("MQTT")) ? level == LEVEL_3_1_1 || level == LEVEL_5
	                                               : span_eq(name, SPAN("MQIsdp")) && level == LEVEL_3_1;
	if (!known || flags & FLAG_RESERVED)
		return RD_OVERRUN;
	*ret_flags = flags;
	return RD_OK;
}

static enum rd_err connack_read(struct rd r, uint8_t *ret_code)
{
	const uint8_t packet = rd_u8(&r);
	const uint32_t length = length_read(&r);
	const uint8_t flags = rd_u8(&r), code = rd_u8(&r);

	if (packet != PACKET_CONNACK || r.err)
		return r.err == RD_SHORT && packet == PACKET_CONNACK ? RD_SHORT : RD_OVERRUN;
	if (length < 2 || flags > 1 || (length == 2 ? code > REFUSED_3 && code < REFUSED_5 : code && code < REFUSED_5))
		return RD_OVERRUN;
	*ret_code = code;
	return RD_OK;
}

/* A reader that takes what is not there for what may still come. */
static struct rd so_far(const struct rd *r)
{
	return rd_of(r->p, r->cap, SIZE_MAX);
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	const int first = rd_peek(&in->bytes, 0);
	enum rd_err e;
	uint8_t v;

	if (first == PACKET_CONNECT)
		e = connect_read(so_far(&in->bytes), &v);
	else if (first == PACKET_CONNACK && (in->port[0] == PORT_MQTT || in->port[1] == PORT_MQTT))
		e = connack_read(so_far(&in->bytes), &v);
	else
		return MATCH_NO;
	if (e == RD_SHORT)
		return in->bytes.cap == in->bytes.len && in->bytes.cap < CONNECT_HEAD ? MATCH_MAYBE : MATCH_NO;
	return e == RD_OK ? MATCH_YES : MATCH_NO;
}

static void label(struct mqtt_state *m, uint8_t side, struct span how, const struct fact_sink *out)
{
	if (!m->labelled)
		say_label(out, side, SPAN("MQTT"), how);
	m->labelled = true;
}

/* A user name alone is a name; some services take it for a key, but the protocol does not say so. */
static void connected(struct mqtt_state *m, uint8_t flags, uint8_t side, const struct fact_sink *out)
{
	label(m, side, SPAN("connect"), out);
	if (flags & (FLAG_USER | FLAG_PASSWORD))
		say_auth(out, side, (struct fact_auth){
			.application = SPAN("MQTT"),
			.mechanism = flags & FLAG_PASSWORD ? SPAN("pass") : SPAN("user"),
			.cleartext = flags & FLAG_PASSWORD,
		});
}

static void answered(struct mqtt_state *m, uint8_t code, uint8_t side, const struct fact_sink *out)
{
	label(m, side, SPAN("connack"), out);
	say_reply(out, side, code, code != 0);
	if (code == 0)
		out->mark(out->ctx, MARK_LOGIN, side, 0, 0, 0);
}

/* Of each side the first packet, or after a loss what looks like it. */
static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct mqtt_state *m = state;
	uint8_t v = 0;

	if (m->done[in->side])
		return DISSECTOR_DONE;
	const bool connack = rd_peek(&in->bytes, 0) == PACKET_CONNACK;
	enum rd_err e = (connack ? connack_read : connect_read)(so_far(&in->bytes), &v);
	if (e == RD_SHORT && in->bytes.cap == in->bytes.len)
		return in->offset;
	m->done[in->side] = true;
	if (e == RD_OK)
		(connack ? answered : connected)(m, v, in->side, out);
	return DISSECTOR_DONE;
}

const struct dissector dissector_mqtt = {
	.name = "MQTT",
	.title = "MQTT connections",
	.spec = "MQTT 3.1.1, MQTT 5.0",
	.over = OVER_TCP,
	.state_size = sizeof(struct mqtt_state),
	.recognise = recognise,
	.feed = feed,
};
