/*
 * IEEE 802.11: data frames (section 9.3.2), four addresses, QoS, A-MSDU (9.3.2.2). Management and control frames are no
 * flow. What is protected is protected: keys are nobody's business here.
 */
#include "packet/step.h"

enum {
	TO_DS = 0x01,
	FROM_DS = 0x02,
	MORE_FRAGMENTS = 0x04,
	PROTECTED = 0x40,
	HT_CONTROL = 0x80,    /* of QoS data frames */
	TYPE_DATA = 0x08,     /* version 0 and type 2, in the low four bits of the first byte */
	TYPE_MASK = 0x0f,
	NO_DATA = 0x40,
	QOS = 0x80,
	QOS_AMSDU = 0x80,
};

static struct mac read_mac(struct rd *r)
{
	struct mac m;

	rd_bytes(r, m.b, sizeof(m.b));
	return m;
}

/* Who is who depends on the direction, table 9-30. The fourth address is there between access points only. */
static void addresses(struct rd *r, uint8_t flags, uint16_t *ret_sequence, struct packet *p)
{
	struct mac first = read_mac(r), second = read_mac(r), third = read_mac(r);

	*ret_sequence = rd_u16le(r);
	switch (flags & (TO_DS | FROM_DS)) {
	case TO_DS:
		p->ap_mac = first;
		p->src_mac = second;
		p->dst_mac = third;
		break;
	case FROM_DS:
		p->dst_mac = first;
		p->ap_mac = second;
		p->src_mac = third;
		break;
	case TO_DS | FROM_DS:
		p->dst_mac = third;
		p->src_mac = read_mac(r);
		break;
	default:
		p->dst_mac = first;
		p->src_mac = second;
		p->ap_mac = third;
	}
	p->to_us = !mac_is_group(&p->dst_mac);
}

/* The header behind its frame control field. */
static enum header data_frame(struct walk *w, uint8_t control, uint8_t flags, bool padded)
{
	enum { FRAGMENT_NUMBER = 0x0f };
	struct packet *p = w->p;
	size_t before = w->r.len;
	uint16_t sequence;
	uint8_t qos = 0;

	rd_skip(&w->r, 2); /* duration */
	addresses(&w->r, flags, &sequence, p);
	if (control & QOS) {
		qos = rd_u8(&w->r);
		rd_skip(&w->r, flags & HT_CONTROL ? 5 : 1);
	}
	if (padded)
		rd_skip(&w->r, (4 - (before + 2 - w->r.len) % 4) % 4);
	if (w->r.err)
		return step_stop(w, w->r.err);
	if (control & NO_DATA)
		return HEADER_OTHER;
	if (flags & PROTECTED)
		return HEADER_ENCRYPTED;
	if (flags & MORE_FRAGMENTS || sequence & FRAGMENT_NUMBER)
		return HEADER_PIECE;
	return qos & QOS_AMSDU ? HEADER_AMSDU : HEADER_LLC;
}

static enum header frame(struct walk *w, bool padded, bool swapped)
{
	uint8_t control = rd_u8(&w->r), flags = rd_u8(&w->r);

	if (w->r.err)
		return step_stop(w, w->r.err);
	if (swapped && (flags & TYPE_MASK) == TYPE_DATA && control & (TO_DS | FROM_DS)) {
		uint8_t first = control;
		control = flags;
		flags = first;
	}
	if ((control & TYPE_MASK) != TYPE_DATA)
		return HEADER_OTHER;
	return data_frame(w, control, flags, padded);
}

enum header step_80211(struct walk *w)
{
	return frame(w, false, false);
}

/* The driver let the payload begin at a multiple of four. */
enum header step_80211_padded(struct walk *w)
{
	return frame(w, true, false);
}

/*
 * Between access point and controller; some send the two bytes of frame control in the other order. In the right one
 * the lowest bits of the first are the version, 0; in the other they say to or from the access point, and one of them is set.
 */
enum header step_80211_swapped(struct walk *w)
{
	return frame(w, false, true);
}

/* One MSDU of several; the others wait for packet_next(). */
enum header step_amsdu(struct walk *w)
{
	enum { HEADER = 14 };
	struct packet *p = w->p;
	struct rd r = w->r;

	p->dst_mac = read_mac(&r);
	p->src_mac = read_mac(&r);
	size_t length = rd_u16(&r);
	struct rd msdu = rd_sub(&r, length);
	if (r.err)
		return step_stop(w, r.err);
	p->to_us = !mac_is_group(&p->dst_mac);
	size_t padding = (4 - (HEADER + length) % 4) % 4;
	if (r.len >= padding + HEADER) {
		rd_skip(&r, padding);
		p->more = !r.err;
		p->rest = r;
	}
	w->r = msdu;
	return HEADER_LLC;
}
