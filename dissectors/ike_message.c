/*
 * One IKE message: header, the first proposal in the clear, the first notification.
 *
 * RFC 2408, 3 (ISAKMP), RFC 2407, 4.6.3 and RFC 2409, appendix A (attributes of IKEv1); RFC 7296, 3 (IKEv2)
 *
 *   header    initiator SPI 8, responder SPI 8, next 1, version 1, exchange 1, flags 1, message 4, length 4
 *   payload   next 1, flags 1, length 2, body
 *   SA        IKEv1: DOI 4, situation 4; then proposals
 *   proposal  payload header, number 1, protocol 1, SPI size 1, transforms 1, SPI; then transforms
 *   transform payload header, IKEv1: number 1, id 1, 2; IKEv2: type 1, 1, id 2; then attributes
 *   attribute AF and type 2; value 2 where AF is set, else length 2 and value
 */
#include "dissectors/ike_message.h"

enum { V1_ENCRYPTED = 0x01, V2_RESPONSE = 0x20 };

enum payload {
	V1_SA = 1,
	V1_NOTIFY = 11,
	V2_SA = 33,
	V2_NOTIFY = 41,
	V2_ENCRYPTED = 46, /* and 53: of a fragment (RFC 7383) */
	V2_FRAGMENT = 53,
};

enum { PROTOCOL_ISAKMP = 1, NOTIFY_STATUS = 16384, PAYLOADS_MAX = 32, TRANSFORMS_MAX = 64 };

enum v1_attribute {
	V1_ENCRYPTION = 1,
	V1_HASH = 2,
	V1_AUTH = 3,
	V1_GROUP = 4,
	V1_LIFE_TYPE = 11,
	V1_LIFE = 12,
	V1_KEY_LENGTH = 14,
};

enum { LIFE_SECONDS = 1 };

enum v2_transform { V2_ENCR = 1, V2_PRF = 2, V2_INTEG = 3, V2_DH = 4 };

struct attribute {
	uint16_t type;
	uint32_t value; /* 0 where it is longer than 4 bytes */
};

/* RFC 2408, 3.3. */
static bool attribute_next(struct rd *r, struct attribute *ret_a)
{
	const uint16_t head = rd_u16(r), short_value = rd_u16(r);
	struct attribute a = { .type = head & 0x7fff, .value = short_value };

	if (!(head & 0x8000)) {
		struct rd value = rd_sub(r, short_value);
		a.value = 0;
		if (value.len <= 4)
			while (rd_more(&value))
				a.value = a.value << 8 | rd_u8(&value);
		if (value.err)
			r->err = value.err;
	}
	if (r->err)
		return false;
	*ret_a = a;
	return true;
}

/* A payload, proposal or transform: its body, and what the next one is. */
static struct rd body_next(struct rd *r, uint8_t *ret_next)
{
	const uint8_t next = rd_u8(r);

	rd_skip(r, 1);
	const size_t length = rd_u16(r);
	if (length < 4)
		rd_fail(r);
	*ret_next = next;
	return rd_sub(r, length - 4);
}

/* Where an attribute of IKEv1 belongs; NULL for those that we do not say. */
static uint16_t *place_of(struct fact_ike *f, uint16_t type)
{
	switch (type) {
	case V1_ENCRYPTION:
		return &f->encryption;
	case V1_HASH:
		return &f->hash;
	case V1_AUTH:
		return &f->auth;
	case V1_GROUP:
		return &f->group;
	case V1_KEY_LENGTH:
		return &f->key_bits;
	default:
		return NULL;
	}
}

/* IKEv1: a transform has everything, so the first one of the first proposal is said; of an attribute the first. */
static enum rd_err transform_v1(struct rd r, struct fact_ike *f)
{
	struct attribute a;
	bool seconds = false;

	rd_skip(&r, 4); /* number, id, reserved */
	while (rd_more(&r) && attribute_next(&r, &a)) {
		uint16_t *const place = place_of(f, a.type);
		if (place && !*place)
			*place = (uint16_t)a.value;
		else if (a.type == V1_LIFE_TYPE)
			seconds = a.value == LIFE_SECONDS;
		else if (a.type == V1_LIFE && seconds && !f->lifetime_s) /* stands behind its type */
			f->lifetime_s = a.value;
	}
	return r.err;
}

/* IKEv2: a transform is one algorithm; of each kind the first one is said. */
static enum rd_err transform_v2(struct rd r, struct fact_ike *f)
{
	const uint8_t type = rd_u8(&r);
	struct attribute a;

	rd_skip(&r, 1);
	const uint16_t id = rd_u16(&r);
	uint16_t *const place = type == V2_ENCR ? &f->encryption : type == V2_PRF ? &f->hash :
				type == V2_INTEG ? &f->auth : type == V2_DH ? &f->group : NULL;
	if (r.err || !place || *place)
		return r.err;
	*place = id;
	while (type == V2_ENCR && rd_more(&r) && attribute_next(&r, &a))
		if (a.type == V1_KEY_LENGTH && !f->key_bits)
			f->key_bits = (uint16_t)a.value;
	return r.err;
}

static enum rd_err proposal_read(struct rd r, struct fact_ike *f)
{
	uint8_t next;
	struct rd p = body_next(&r, &next);

	rd_skip(&p, 1);
	const uint8_t protocol = rd_u8(&p);
	const uint8_t spi = rd_u8(&p), transforms = rd_u8(&p);
	rd_skip(&p, spi);
	enum rd_err err = RD_OK;
	for (unsigned i = 0; i < transforms && i < TRANSFORMS_MAX && rd_more(&p) && !err; i++) {
		struct rd t = body_next(&p, &next);
		if (p.err == RD_OVERRUN)
			break;
		if (f->version == 2)
			err = transform_v2(t, f);
		else if (i == 0 && protocol == PROTOCOL_ISAKMP)
			err = transform_v1(t, f);
	}
	return r.err ? r.err : p.err ? p.err : err;
}

static enum rd_err sa_read(struct rd r, struct fact_ike *f)
{
	if (f->encryption)
		return RD_OK;
	if (f->version == 1)
		rd_skip(&r, 8); /* domain of interpretation, situation */
	return rd_more(&r) ? proposal_read(r, f) : r.err;
}

/* RFC 2408, 3.14; RFC 7296, 3.10. An error goes before a status. */
static enum rd_err notify_read(struct rd r, struct fact_ike *f)
{
	if (f->version == 1)
		rd_skip(&r, 4);
	rd_skip(&r, 2); /* protocol, SPI size */
	const uint16_t type = rd_u16(&r);
	if (!r.err && (!f->notify || (f->notify >= NOTIFY_STATUS && type < NOTIFY_STATUS)))
		f->notify = type;
	return r.err;
}

static enum rd_err payload_read(uint8_t type, struct rd body, struct fact_ike *f)
{
	if (type == (f->version == 1 ? V1_SA : V2_SA))
		return sa_read(body, f);
	if (type == (f->version == 1 ? V1_NOTIFY : V2_NOTIFY))
		return notify_read(body, f);
	return RD_OK;
}

static enum rd_err payloads_read(struct rd r, uint8_t type, struct fact_ike *f)
{
	enum rd_err err = RD_OK;

	for (int i = 0; i < PAYLOADS_MAX && type && rd_more(&r) && !err; i++) {
		uint8_t next;
		if (f->version == 2 && (type == V2_ENCRYPTED || type == V2_FRAGMENT))
			return RD_OK;
		struct rd body = body_next(&r, &next);
		err = r.err == RD_OVERRUN ? r.err : payload_read(type, body, f);
		type = next;
	}
	return err ? err : r.err;
}

struct header {
	uint8_t next, flags;
	uint32_t length;
};

static struct header header_read(struct rd *r, struct fact_ike *f)
{
	struct header h;

	f->initiator_spi = rd_u64(r);
	f->responder_spi = rd_u64(r);
	h.next = rd_u8(r);
	f->version = rd_u8(r) >> 4;
	f->exchange = rd_u8(r);
	h.flags = rd_u8(r);
	f->message_id = rd_u32(r);
	h.length = rd_u32(r);
	return h;
}

static bool is_sound(const struct rd *r, const struct header *h, const struct fact_ike *f, size_t bytes)
{
	return !r->err && f->initiator_spi && (f->version == 1 || f->version == 2) && h->length >= IKE_HEADER &&
	       h->length <= bytes;
}

bool ike_is_plausible(struct rd datagram)
{
	struct fact_ike f;
	struct rd r = datagram;
	const struct header h = header_read(&r, &f);

	return is_sound(&r, &h, &f, datagram.len) && (f.version == 1 || (f.exchange >= 34 && f.exchange < 64));
}

enum rd_err ike_read(struct rd datagram, struct fact_ike *ret_f)
{
	struct fact_ike f = { 0 };
	struct rd r = datagram;
	const struct header h = header_read(&r, &f);

	if (!is_sound(&r, &h, &f, datagram.len))
		return r.err == RD_SHORT ? RD_SHORT : RD_OVERRUN;
	struct fact_ike head = f;
	head.response = f.response = f.version == 2 && (h.flags & V2_RESPONSE);
	struct rd payloads = rd_sub(&r, h.length - IKE_HEADER);
	const bool closed = f.version == 1 && (h.flags & V1_ENCRYPTED);
	enum rd_err err = closed ? RD_OK : payloads_read(payloads, h.next, &f);
	*ret_f = err == RD_OVERRUN ? head : f;
	return err;
}
