/*
 * PPP: RFC 1661, in HDLC-like framing RFC 1662; protocol numbers: IANA, Point-to-Point Protocol Field Assignments.
 * PPPoE: RFC 2516. Cisco HDLC, which shares a link type with PPP: RFC 1547, section 4.3.1.
 */
#include "packet/step.h"

enum { HDLC_ADDRESS = 0xff, HDLC_CONTROL = 0x03, CISCO_UNICAST = 0x0f, CISCO_MULTICAST = 0x8f };

static const struct {
	uint16_t protocol;
	enum header next;
} PROTOCOLS[] = {
	{ 0x0021, HEADER_IPV4 },
	{ 0x0057, HEADER_IPV6 },
	{ 0x0281, HEADER_MPLS },
	{ 0x0283, HEADER_MPLS },
	{ 0x003d, HEADER_PIECE },     /* multilink, RFC 1990: the link was split, not put together here */
	{ 0x0053, HEADER_ENCRYPTED }, /* RFC 1968 */
	{ 0x0055, HEADER_ENCRYPTED },
	{ 0x00fb, HEADER_ENCRYPTED }, /* compressed, RFC 1962, of which MPPE (RFC 3078) is the kind in use */
	{ 0x00fd, HEADER_ENCRYPTED },
	{ 0xc021, HEADER_OTHER },     /* LCP */
	{ 0xc023, HEADER_OTHER },     /* PAP */
	{ 0xc025, HEADER_OTHER },     /* link quality report */
	{ 0xc223, HEADER_OTHER },     /* CHAP */
	{ 0xc227, HEADER_OTHER },     /* EAP */
	{ 0x8021, HEADER_OTHER },     /* IPCP */
	{ 0x8053, HEADER_OTHER },     /* ECP */
	{ 0x8057, HEADER_OTHER },     /* IPV6CP */
	{ 0x80fd, HEADER_OTHER },     /* CCP */
	{ 0x8281, HEADER_OTHER },     /* MPLSCP */
};

static enum header known(uint16_t protocol)
{
	for (size_t i = 0; i < sizeof(PROTOCOLS) / sizeof(PROTOCOLS[0]); i++)
		if (PROTOCOLS[i].protocol == protocol)
			return PROTOCOLS[i].next;
	return HEADER_END;
}

/*
 * Either end may leave out address and control, and the first byte of a protocol below 256, whose last bit is 1. No
 * protocol is 255: that is always the address. 0, which is none either, where no protocol follows it.
 */
static uint16_t read_protocol(struct rd *r)
{
	uint16_t first = rd_u8(r);

	if (first == HDLC_ADDRESS) {
		if (rd_u8(r) != HDLC_CONTROL)
			return 0;
		first = rd_u8(r);
	}
	return (uint16_t)(first & 1 ? first : first << 8 | rd_u8(r));
}

bool step_fits_ppp(struct rd r)
{
	enum header h = known(read_protocol(&r));

	if (h == HEADER_IPV4 || h == HEADER_IPV6)
		return step_fits(h, r);
	return h != HEADER_END && !r.err;
}

enum header step_ppp(struct walk *w)
{
	uint16_t protocol = read_protocol(&w->r);

	if (w->r.err)
		return step_stop(w, w->r.err);
	enum header h = known(protocol);
	return h == HEADER_END ? HEADER_OTHER : h;
}

/* Link type 50 is either, and the first byte says which. */
enum header step_ppp_or_cisco(struct walk *w)
{
	int first = rd_peek(&w->r, 0);

	return first == CISCO_UNICAST || first == CISCO_MULTICAST ? HEADER_CISCO : HEADER_PPP;
}

/* A byte before the frame says who sent it. */
enum header step_ppp_direction(struct walk *w)
{
	rd_skip(&w->r, 1);
	return w->r.err ? step_stop(w, w->r.err) : HEADER_PPP;
}

enum header step_cisco(struct walk *w)
{
	uint8_t address = rd_u8(&w->r);

	rd_skip(&w->r, 1);
	uint16_t type = rd_u16(&w->r);
	if (w->r.err)
		return step_stop(w, w->r.err);
	w->p->to_us = address != CISCO_MULTICAST;
	return step_ethertype(w, type);
}

enum header step_pppoe(struct walk *w)
{
	enum { VERSION_TYPE = 0x11, SESSION_DATA = 0 };
	uint8_t version = rd_u8(&w->r), code = rd_u8(&w->r);

	rd_skip(&w->r, 2); /* session */
	size_t length = rd_u16(&w->r);
	if (w->r.err)
		return step_stop(w, w->r.err);
	if (version != VERSION_TYPE || code != SESSION_DATA)
		return HEADER_OTHER;
	w->r = rd_sub(&w->r, length); /* what is behind it is padding */
	return w->r.err ? step_stop(w, w->r.err) : HEADER_PPP;
}
