/*
 * Whether bytes can be a certain header: for where nothing before them says so with certainty, as a port does not.
 * Looks only; what was not captured fits nothing.
 */
#include "packet/step.h"

/* Version, and for IPv4 a header of at least 20 bytes. */
static bool fits_ip(const struct rd *r, enum header h)
{
	int first = rd_peek(r, 0);

	return h == HEADER_IPV6 ? first >> 4 == 6 : first >= 0x45 && first <= 0x4f;
}

/* RFC 826: Ethernet addresses for IPv4 ones. */
static bool fits_arp(const struct rd *r)
{
	static const uint8_t head[] = { 0, 1, 8, 0, 6, 4 };

	return rd_starts(r, head, sizeof(head));
}

/* IEEE 802.3: a frame of LLC, filled up to 46 bytes where it is shorter. */
static bool fits_length(const struct rd *r, size_t length)
{
	enum { LLC_MIN = 3, DATA_MIN = 46 };

	return length >= LLC_MIN && (length == r->len || (length < r->len && r->len <= DATA_MIN));
}

/* What follows an EtherType; types that lead to no address of ours fit only where they are a length. */
static bool fits_type(struct rd r)
{
	enum { TAGS = 2 };
	enum header h = HEADER_VLAN;

	for (unsigned i = 0; h == HEADER_VLAN && i <= TAGS; i++) {
		uint16_t type = rd_u16(&r);
		if (r.err)
			return false;
		if (type <= ETHERTYPE_LENGTH_MAX)
			return fits_length(&r, type);
		h = step_of_ethertype(type);
		if (h == HEADER_VLAN)
			rd_skip(&r, 2);
	}
	switch (h) {
	case HEADER_IPV4:
	case HEADER_IPV6:
		return fits_ip(&r, h);
	case HEADER_ARP:
		return fits_arp(&r);
	default:
		return h != HEADER_OTHER && h != HEADER_VLAN && r.len > 0;
	}
}

static bool fits_ethernet(struct rd r)
{
	enum { ADDRESSES = 12 };

	rd_skip(&r, ADDRESSES);
	return fits_type(r);
}

/* Version 0 in the first byte or, swapped, in the second; no frame is shorter than an acknowledgment. */
static bool fits_80211(const struct rd *r)
{
	enum { VERSION = 3, ACK_SIZE = 10 };
	int first = rd_peek(r, 0), second = rd_peek(r, 1);

	return second >= 0 && r->len >= ACK_SIZE && (!(first & VERSION) || !(second & VERSION));
}

bool step_fits(enum header h, struct rd r)
{
	switch (h) {
	case HEADER_IPV4:
	case HEADER_IPV6:
		return fits_ip(&r, h);
	case HEADER_IP:
		return fits_ip(&r, HEADER_IPV4) || fits_ip(&r, HEADER_IPV6);
	case HEADER_ETHERNET:
		return fits_ethernet(r);
	case HEADER_80211_SWAPPED:
		return fits_80211(&r);
	default:
		return false;
	}
}
