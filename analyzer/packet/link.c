/*
 * Which header a link type begins with (tcpdump.org/linktypes.html), and the links that are but that: Ethernet and its
 * tags (IEEE 802.3, 802.1Q, 802.1ad), LLC and SNAP (IEEE 802.2, RFC 1042), cooked captures, loopback.
 */
#include "packet/step.h"

/* Which header a frame of this link type begins with. The most frequent first. */
static const struct {
	uint32_t link_type;
	enum header first;
} LINKS[] = {
	{ 1, HEADER_ETHERNET },
	{ 101, HEADER_IP },
	{ 113, HEADER_SLL },
	{ 276, HEADER_SLL2 },
	{ 0, HEADER_FAMILY },   /* BSD loopback, in the byte order of the machine that captured */
	{ 108, HEADER_FAMILY }, /* OpenBSD loopback, in network byte order */
	{ 228, HEADER_IPV4 },
	{ 229, HEADER_IPV6 },
	{ 12, HEADER_IP },      /* what some systems wrote for raw IP before 101 was assigned */
	{ 14, HEADER_IP },
	{ 127, HEADER_RADIOTAP },
	{ 105, HEADER_80211 },
	{ 192, HEADER_PPI },
	{ 163, HEADER_AVS },
	{ 119, HEADER_PRISM },
	{ 9, HEADER_PPP },
	{ 50, HEADER_PPP_OR_CISCO },
	{ 51, HEADER_PPPOE },
	{ 104, HEADER_CISCO },
	{ 204, HEADER_PPP_DIRECTION },
};

static const struct {
	uint16_t type;
	enum header next;
} ETHERTYPES[] = {
	{ 0x0800, HEADER_IPV4 },
	{ 0x86dd, HEADER_IPV6 },
	{ 0x0806, HEADER_ARP },
	{ 0x8100, HEADER_VLAN }, /* 802.1Q */
	{ 0x88a8, HEADER_VLAN }, /* 802.1ad */
	{ 0x9100, HEADER_VLAN }, /* QinQ before 802.1ad */
	{ 0x8847, HEADER_MPLS },
	{ 0x8848, HEADER_MPLS }, /* multicast */
	{ 0x8864, HEADER_PPPOE },
	{ 0x88e5, HEADER_MACSEC },
};

/* AF_INET is 2 everywhere, AF_INET6 is what the capturing system calls it. */
static const struct {
	uint32_t family;
	enum header next;
} FAMILIES[] = {
	{ 2, HEADER_IPV4 },
	{ 10, HEADER_IPV6 }, /* Linux */
	{ 23, HEADER_IPV6 }, /* Windows */
	{ 24, HEADER_IPV6 }, /* NetBSD, OpenBSD, Npcap */
	{ 28, HEADER_IPV6 }, /* FreeBSD */
	{ 30, HEADER_IPV6 }, /* Darwin */
};

enum {
	ETHERTYPE_MIN = 1536,
	SLL_LLC = 4,           /* "protocol" of cooked captures where 802.2 LLC follows */
	ARPHRD_NETLINK = 824,
	ARPHRD_80211 = 801,    /* and 802, 803: what follows is an 802.11 header */
	ARPHRD_80211_LAST = 803,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum header step_first(uint32_t link_type)
{
	for (size_t i = 0; i < COUNT(LINKS); i++)
		if (LINKS[i].link_type == link_type)
			return LINKS[i].first;
	return HEADER_END;
}

enum header step_other(struct walk *w)
{
	w->p->kind = PACKET_OTHER;
	return HEADER_END;
}

enum header step_of_ethertype(uint16_t type)
{
	for (size_t i = 0; i < COUNT(ETHERTYPES); i++)
		if (ETHERTYPES[i].type == type)
			return ETHERTYPES[i].next;
	return HEADER_OTHER;
}

enum header step_ethertype(struct walk *w, uint16_t type)
{
	w->p->ethertype = type;
	return step_of_ethertype(type);
}

/* The field that is either a length, and LLC follows, or an EtherType. */
static enum header type_or_length(struct walk *w, uint16_t v)
{
	if (v > ETHERTYPE_LENGTH_MAX)
		return step_ethertype(w, v);
	w->p->ethertype = v;
	w->r = rd_sub(&w->r, v);
	return w->r.err ? step_stop(w, w->r.err) : HEADER_LLC;
}

enum header step_ethernet(struct walk *w)
{
	struct packet *p = w->p;
	struct rd r = w->r;

	rd_bytes(&r, p->dst_mac.b, sizeof(p->dst_mac.b));
	rd_bytes(&r, p->src_mac.b, sizeof(p->src_mac.b));
	uint16_t type = rd_u16(&r);
	if (r.err)
		return step_stop(w, r.err);
	w->r = r;
	p->to_us = !mac_is_group(&p->dst_mac);
	return type_or_length(w, type);
}

enum header step_vlan(struct walk *w)
{
	struct packet *p = w->p;
	uint16_t tag = rd_u16(&w->r), type = rd_u16(&w->r);

	if (w->r.err)
		return step_stop(w, w->r.err);
	if (p->vlans == PACKET_VLANS)
		return step_give_up(w, UNDECODED_DEPTH);
	p->vlan[p->vlans++] = tag & 0xfff;
	return type_or_length(w, type);
}

/* 802.2: IP is behind SNAP with an OUI that stands for "EtherType follows", or behind its own SAP. */
enum header step_llc(struct walk *w)
{
	enum { SAP_SNAP = 0xaa, SAP_IP = 0x06, UNNUMBERED = 0x03, OUI_ETHERNET = 0, OUI_TUNNEL = 0xf8 };
	struct rd r = w->r;
	uint8_t dsap = rd_u8(&r), ssap = rd_u8(&r), control = rd_u8(&r);

	if (r.err)
		return step_stop(w, r.err);
	if (control != UNNUMBERED || dsap != ssap || (dsap != SAP_SNAP && dsap != SAP_IP))
		return step_other(w);
	if (dsap == SAP_IP) {
		w->r = r;
		return HEADER_IPV4;
	}
	uint32_t oui = rd_u24(&r);
	uint16_t type = rd_u16(&r);
	if (r.err)
		return step_stop(w, r.err);
	if (oui != OUI_ETHERNET && oui != OUI_TUNNEL)
		return step_other(w);
	w->r = r;
	return step_ethertype(w, type);
}

/* What both cooked headers say: who sent it, and to whom (1 broadcast, 2 multicast). */
static enum header cooked(struct walk *w, unsigned packet_type, unsigned hardware, unsigned address_len,
			  const struct mac *m, uint16_t protocol)
{
	struct packet *p = w->p;

	if (w->r.err)
		return step_stop(w, w->r.err);
	p->to_us = packet_type != 1 && packet_type != 2;
	if (address_len == sizeof(m->b))
		p->src_mac = *m;
	if (hardware == ARPHRD_NETLINK || (hardware >= ARPHRD_80211 && hardware <= ARPHRD_80211_LAST)) {
		p->ethertype = protocol;
		return step_other(w);
	}
	if (protocol == SLL_LLC) {
		p->ethertype = protocol;
		return HEADER_LLC;
	}
	return step_ethertype(w, protocol);
}

enum header step_sll(struct walk *w)
{
	struct mac m;
	unsigned packet_type = rd_u16(&w->r), hardware = rd_u16(&w->r), address_len = rd_u16(&w->r);

	rd_bytes(&w->r, m.b, sizeof(m.b));
	rd_skip(&w->r, 2); /* the address field is 8 bytes */
	uint16_t protocol = rd_u16(&w->r);
	return cooked(w, packet_type, hardware, address_len, &m, protocol);
}

enum header step_sll2(struct walk *w)
{
	struct mac m;
	uint16_t protocol = rd_u16(&w->r);

	rd_skip(&w->r, 2 + 4); /* reserved, interface */
	unsigned hardware = rd_u16(&w->r), packet_type = rd_u8(&w->r), address_len = rd_u8(&w->r);
	rd_bytes(&w->r, m.b, sizeof(m.b));
	rd_skip(&w->r, 2);
	return cooked(w, packet_type, hardware, address_len, &m, protocol);
}

enum header step_family(struct walk *w)
{
	struct rd other_order = w->r;
	uint32_t family = rd_u32(&w->r), swapped = rd_u32le(&other_order);

	if (w->r.err)
		return step_stop(w, w->r.err);
	if (family > UINT16_MAX)
		family = swapped;
	for (size_t i = 0; i < COUNT(FAMILIES); i++)
		if (FAMILIES[i].family == family)
			return FAMILIES[i].next;
	/* Some drivers write an EtherType there. */
	return family >= ETHERTYPE_MIN && family <= UINT16_MAX ? step_ethertype(w, (uint16_t)family) : step_other(w);
}
