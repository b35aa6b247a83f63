/*
 * Packets inside packets, recognised by IP's protocol number. IP in IP: RFC 2003, 2473, 4213. EtherIP: RFC 3378.
 * GRE: RFC 2784, 2890, as NVGRE RFC 7637, as PPTP RFC 2637. ERSPAN I to III: draft-foschiano-erspan.
 */
#include "packet/step.h"

/* The length of a frame that was cut on its way: as for one that we captured in part, more was there than we see. */
enum { LENGTH_UNKNOWN = 65535 };

enum header step_carries(struct walk *w, struct rd inside, enum header first, enum packet_tunnel t, uint32_t id)
{
	struct packet *p = w->p;

	if (p->fragment)
		return HEADER_END;
	p->tunnel = t;
	p->tunnel_id = id;
	p->inside = inside;
	p->inside_header = (uint8_t)first;
	return HEADER_END;
}

enum header step_ipv4_inside(struct walk *w)
{
	return step_carries(w, w->r, HEADER_IPV4, w->p->ip_version == 4 ? TUNNEL_IPIP : TUNNEL_4IN6, 0);
}

enum header step_ipv6_inside(struct walk *w)
{
	return step_carries(w, w->r, HEADER_IPV6, w->p->ip_version == 4 ? TUNNEL_6IN4 : TUNNEL_6IN6, 0);
}

enum header step_etherip(struct walk *w)
{
	enum { VERSION_3 = 0x3000 };
	struct rd r = w->r;
	uint16_t head = rd_u16(&r);

	if (r.err)
		return step_stop(w, r.err);
	return head == VERSION_3 ? step_carries(w, r, HEADER_ETHERNET, TUNNEL_ETHERIP, 0) : HEADER_END;
}

/* ---- GRE ---- */

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000, /* of RFC 1701 only */
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,     /* version 1 */
	GRE_VERSION = 0x0007,
};

enum {
	TYPE_ERSPAN = 0x88be,
	TYPE_ERSPAN_III = 0x22eb,
	TYPE_BRIDGED = 0x6558,
	TYPE_PPP = 0x880b,
	TYPE_ARUBA = 0x8200,  /* to 0x8370 in steps of 16: 802.11 between access point and controller */
	TYPE_ARUBA_LAST = 0x8370,
};

static enum header gre_inside(uint16_t type)
{
	if (type == TYPE_BRIDGED)
		return HEADER_ETHERNET;
	if (type == TYPE_PPP)
		return HEADER_PPP;
	if (type >= TYPE_ARUBA && type <= TYPE_ARUBA_LAST && type % 16 == 0)
		return HEADER_80211;
	return step_of_ethertype(type);
}

/* The network's number, and whether the frame was cut to fit; r stands at the ERSPAN header and moves behind it. */
static uint32_t read_erspan(struct rd *r, bool third)
{
	enum { CUT = 0x400, SESSION = 0x3ff, SUBHEADER = 1 };
	uint32_t head = rd_u32(r);

	rd_skip(r, 4); /* II: index; III: time */
	if (third) {
		rd_skip(r, 3);
		if (rd_u8(r) & SUBHEADER)
			rd_skip(r, 8);
	}
	if (head >> 28 != (third ? 2U : 1U))
		rd_fail(r);
	if (head & CUT && r->len < LENGTH_UNKNOWN && !r->err)
		*r = rd_of(r->p, r->cap, LENGTH_UNKNOWN);
	return head & SESSION;
}

/* Type I has no header of its own, and no sequence number before it. */
static enum header erspan(struct walk *w, struct rd r, uint16_t flags, bool third)
{
	uint32_t session = 0;

	if (third || flags & GRE_SEQUENCE)
		session = read_erspan(&r, third);
	return r.err ? step_stop(w, r.err) : step_carries(w, r, HEADER_ETHERNET, TUNNEL_ERSPAN, session);
}

static enum header gre(struct walk *w, struct rd r, uint16_t flags, uint16_t type)
{
	uint32_t key = 0;

	if (flags & GRE_ROUTING)
		return HEADER_END;
	if (flags & GRE_CHECKSUM)
		rd_skip(&r, 4);
	if (flags & GRE_KEY)
		key = rd_u32(&r);
	if (flags & GRE_SEQUENCE)
		rd_skip(&r, 4);
	if (r.err)
		return step_stop(w, r.err);
	if (type == TYPE_ERSPAN || type == TYPE_ERSPAN_III)
		return erspan(w, r, flags, type == TYPE_ERSPAN_III);
	enum header first = gre_inside(type);
	return first == HEADER_OTHER ? HEADER_END : step_carries(w, r, first, TUNNEL_GRE, key);
}

/* RFC 2637, section 4.1. A packet without a sequence number only acknowledges. */
static enum header pptp(struct walk *w, struct rd r, uint16_t flags, uint16_t type)
{
	size_t length = rd_u16(&r);
	uint16_t call = rd_u16(&r);

	if (type != TYPE_PPP || !(flags & GRE_KEY) || flags & (GRE_CHECKSUM | GRE_ROUTING))
		return HEADER_END;
	rd_skip(&r, (flags & GRE_SEQUENCE ? 4U : 0U) + (flags & GRE_ACK ? 4U : 0U));
	struct rd inside = rd_sub(&r, length);
	if (r.err)
		return step_stop(w, r.err);
	return flags & GRE_SEQUENCE && length ? step_carries(w, inside, HEADER_PPP, TUNNEL_PPTP, call) : HEADER_END;
}

enum header step_gre(struct walk *w)
{
	struct rd r = w->r;
	uint16_t flags = rd_u16(&r), type = rd_u16(&r);

	if (w->p->fragment)
		return HEADER_END;
	if (r.err)
		return step_stop(w, r.err);
	switch (flags & GRE_VERSION) {
	case 0:
		return gre(w, r, flags, type);
	case 1:
		return pptp(w, r, flags, type);
	default:
		return HEADER_END;
	}
}
