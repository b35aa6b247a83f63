/*
 * CAPWAP's data channel: RFC 5415, section 4 (header, fragments, DTLS, keep-alive), RFC 5416 (802.11 inside). Like every
 * tunnel on a port it must hold wholly to be one.
 */
#include "packet/step.h"

enum {
	HEADER_MIN = 8,
	WIRELESS_80211 = 1,
	NATIVE = 0x100,       /* the wireless frame as it is, not an 802.3 frame made of it */
	FRAGMENT = 0x80,
	LAST = 0x40,
	WIRELESS_INFO = 0x20,
	RADIO_MAC = 0x10,
	KEEP_ALIVE = 0x08,
	RESERVED = 0x07,
};

/* A record of application data; others set the session up. RFC 5415, section 4.2; RFC 6347, section 4.1. */
static enum header protected(struct walk *w, struct rd r)
{
	enum { APPLICATION_DATA = 23, DTLS = 0xfe };
	struct rd whole = r;
	uint8_t type = rd_u8(&r), major = rd_u8(&r);

	rd_skip(&r, 1 + 8); /* minor; epoch, sequence */
	size_t length = rd_u16(&r);
	if (r.err || type != APPLICATION_DATA || major != DTLS || length > r.len)
		return HEADER_END;
	return step_carries(w, whole, HEADER_ENCRYPTED, TUNNEL_CAPWAP, 0);
}

/* The optional fields: a length and that many bytes each, filled up to words; together they fill the header. */
static bool options_fit(struct rd r, uint32_t head)
{
	for (uint32_t bit = RADIO_MAC; bit <= WIRELESS_INFO; bit <<= 1) {
		if (!(head & bit))
			continue;
		size_t length = rd_u8(&r);
		rd_skip(&r, length + (4 - (1 + length) % 4) % 4);
	}
	return !r.err && r.len == 0;
}

enum header step_capwap(struct walk *w)
{
	enum { PREAMBLE_PLAIN = 0, PREAMBLE_DTLS = 0x01000000 };
	struct rd r = w->r;
	uint32_t head = rd_u32(&r);

	if (head == PREAMBLE_DTLS)
		return protected(w, r);
	uint16_t id = rd_u16(&r), offset = rd_u16(&r);
	size_t size = (head >> 19 & 0x1f) * 4;
	unsigned radio = head >> 14 & 0x1f, wireless = head >> 9 & 0x1f;
	if (head >> 24 != PREAMBLE_PLAIN || size < HEADER_MIN || head & (RESERVED | KEEP_ALIVE))
		return HEADER_END;
	struct rd options = rd_sub(&r, size - HEADER_MIN);
	if (r.err || r.len == 0 || wireless != WIRELESS_80211 || offset & 7 || !options_fit(options, head))
		return HEADER_END;
	if (!(head & FRAGMENT) && (offset || head & LAST))
		return HEADER_END;
	enum header first = head & NATIVE ? HEADER_80211_SWAPPED : HEADER_ETHERNET;
	if (offset == 0 && !step_fits(first, r))
		return HEADER_END;
	if (head & FRAGMENT)
		w->p->piece = (struct packet_piece){ .present = true, .last = head & LAST, .id = id, .offset = offset };
	return step_carries(w, r, first, TUNNEL_CAPWAP, radio);
}
