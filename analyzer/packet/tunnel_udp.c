/*
 * Packets inside UDP. A port proves nothing, others use it too, so all that the header has must hold, and what follows
 * must be the beginning of what it says; else it is a datagram like any other, and no error.
 *
 * VXLAN: RFC 7348, its group policy draft-smith-vxlan-group-policy; VXLAN-GPE: draft-ietf-nvo3-vxlan-gpe. Geneve:
 * RFC 8926. GTP-U: 3GPP TS 29.281. Teredo: RFC 4380. L2TPv2: RFC 2661.
 */
#include "packet/step.h"

static enum header carries(struct walk *w, struct rd r, enum header first, enum packet_tunnel t, uint32_t id)
{
	if (r.err || !step_fits(first, r))
		return HEADER_END;
	return step_carries(w, r, first, t, id);
}

enum header step_vxlan(struct walk *w)
{
	enum { PLAIN = 0x08, POLICY = 0x88, POLICY_FLAGS = 0x480000, RESERVED = 0xffffff };
	struct rd r = w->r;
	uint32_t flags = rd_u32(&r), vni = rd_u32(&r);

	uint32_t reserved = flags >> 24 == POLICY ? RESERVED & ~(POLICY_FLAGS | 0xffffU) : RESERVED;
	if ((flags >> 24 != PLAIN && flags >> 24 != POLICY) || flags & reserved || vni & 0xff)
		return HEADER_END;
	return carries(w, r, HEADER_ETHERNET, TUNNEL_VXLAN, vni >> 8);
}

enum header step_vxlan_gpe(struct walk *w)
{
	enum { HEAD = 0x0c0000, PROTOCOLS = 4 };
	static const enum header NEXT[PROTOCOLS] = { HEADER_END, HEADER_IPV4, HEADER_IPV6, HEADER_ETHERNET };
	struct rd r = w->r;
	uint32_t flags = rd_u32(&r), vni = rd_u32(&r);

	if (flags >> 8 != HEAD || (flags & 0xff) >= PROTOCOLS || vni & 0xff)
		return HEADER_END;
	return carries(w, r, NEXT[flags & 0xff], TUNNEL_VXLAN_GPE, vni >> 8);
}

/* Every option has its length, and together they fill what the header says. */
static bool geneve_options_fit(struct rd r)
{
	while (rd_more(&r)) {
		rd_skip(&r, 3); /* class, type */
		rd_skip(&r, (rd_u8(&r) & 0x1fU) * 4U);
	}
	return !r.err;
}

enum header step_geneve(struct walk *w)
{
	enum { VERSION = 0xc0, WORDS = 0x3f, CONTROL = 0x80, RESERVED = 0x3f, BRIDGED = 0x6558 };
	struct rd r = w->r;
	uint8_t first = rd_u8(&r), second = rd_u8(&r);
	uint16_t type = rd_u16(&r);
	uint32_t vni = rd_u32(&r);
	struct rd options = rd_sub(&r, (first & WORDS) * 4U);

	if (first & VERSION || second & (CONTROL | RESERVED) || vni & 0xff || !geneve_options_fit(options))
		return HEADER_END;
	return carries(w, r, type == BRIDGED ? HEADER_ETHERNET : step_of_ethertype(type), TUNNEL_GENEVE, vni >> 8);
}

/* Section 5.2: one after the other, each in words, its last byte the type of the next. */
static void gtp_skip_extensions(struct rd *r, uint8_t type)
{
	while (type && !r->err) {
		size_t words = rd_u8(r);
		if (words == 0)
			rd_fail(r);
		else
			rd_skip(r, words * 4 - 2);
		type = rd_u8(r);
	}
}

/* Section 5.1. Only a G-PDU carries a packet. */
enum header step_gtpu(struct walk *w)
{
	enum { FIXED_MASK = 0xf8, VERSION_1 = 0x30, OPTIONAL = 0x07, EXTENDED = 0x04, G_PDU = 255 };
	struct rd r = w->r;
	uint8_t flags = rd_u8(&r), type = rd_u8(&r);
	size_t length = rd_u16(&r);
	uint32_t teid = rd_u32(&r);
	struct rd inside = rd_sub(&r, length);

	if ((flags & FIXED_MASK) != VERSION_1 || type != G_PDU || r.len > 0)
		return HEADER_END;
	if (flags & OPTIONAL) {
		rd_skip(&inside, 3); /* sequence, N-PDU number */
		uint8_t next = rd_u8(&inside);
		gtp_skip_extensions(&inside, flags & EXTENDED ? next : 0);
	}
	return carries(w, inside, HEADER_IP, TUNNEL_GTPU, teid);
}

/* Section 5.1.1: what may stand before the IPv6 packet. */
static void teredo_skip_indications(struct rd *r)
{
	static const uint8_t authentication[] = { 0, 1 }, origin[] = { 0, 0 };

	if (rd_starts(r, authentication, sizeof(authentication))) {
		rd_skip(r, 2);
		size_t identifier = rd_u8(r), value = rd_u8(r);
		rd_skip(r, identifier + value + 8 + 1); /* nonce, confirmation */
	}
	if (rd_starts(r, origin, sizeof(origin)))
		rd_skip(r, 2 + 2 + 4);
}

/* One end has a Teredo address (2001::/32), or asks a server for one from its link-local address. */
enum header step_teredo(struct walk *w)
{
	enum { FIXED = 40, LINK_LOCAL = 0xfe80, LINK_LOCAL_MASK = 0xffc0 };
	const uint32_t teredo = UINT32_C(0x20010000);
	struct rd r = w->r;

	teredo_skip_indications(&r);
	struct rd head = r;
	rd_skip(&head, 4);
	size_t length = rd_u16(&head) + (size_t)FIXED;
	rd_skip(&head, 2);
	uint32_t src = rd_u32(&head);
	rd_skip(&head, 12);
	uint32_t dst = rd_u32(&head);
	if (head.err || length > r.len)
		return HEADER_END;
	if (src != teredo && dst != teredo && (src >> 16 & LINK_LOCAL_MASK) != LINK_LOCAL)
		return HEADER_END;
	return carries(w, r, HEADER_IPV6, TUNNEL_TEREDO, 0);
}

/* Section 3.1. Control messages carry no packet. */
enum header step_l2tp(struct walk *w)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, RESERVED = 0x34f0, VERSION = 0xf };
	struct rd r = w->r;
	uint16_t flags = rd_u16(&r);

	if (flags & (CONTROL | RESERVED) || (flags & VERSION) != 2)
		return HEADER_END;
	if (flags & LENGTH && rd_u16(&r) != w->r.len)
		return HEADER_END;
	uint32_t id = rd_u32(&r); /* tunnel, session */
	if (flags & SEQUENCE)
		rd_skip(&r, 4);
	if (flags & OFFSET) {
		size_t offset = rd_u16(&r);
		rd_skip(&r, offset);
	}
	if (r.err || id >> 16 == 0 || (id & 0xffff) == 0 || !step_fits_ppp(r))
		return HEADER_END;
	return step_carries(w, r, HEADER_PPP, TUNNEL_L2TP, id);
}
