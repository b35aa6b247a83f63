/* The loop over the headers of a frame; each step is in the file of its layer. */
#include "packet/packet.h"

#include <stddef.h>
#include <string.h>

#include "packet/step.h"

/*
 * The longest chain in use: Ethernet, four tags, IPv6, six extension headers (RFC 8200, section 4.1), transport. The
 * rest is room for odd but honest packets.
 */
enum { STEPS_MAX = 24 };

static enum header unknown(struct walk *w)
{
	return step_give_up(w, UNDECODED_LINK_TYPE);
}

static enum header encrypted(struct walk *w)
{
	return step_give_up(w, UNDECODED_ENCRYPTED);
}

static enum header piece(struct walk *w)
{
	return step_give_up(w, UNDECODED_PIECE);
}

static step_fn *const STEPS[HEADERS] = {
	[HEADER_UNKNOWN] = unknown,
	[HEADER_OTHER] = step_other,
	[HEADER_ENCRYPTED] = encrypted,
	[HEADER_PIECE] = piece,
	[HEADER_ETHERNET] = step_ethernet,
	[HEADER_SLL] = step_sll,
	[HEADER_SLL2] = step_sll2,
	[HEADER_FAMILY] = step_family,
	[HEADER_PPP] = step_ppp,
	[HEADER_PPP_OR_CISCO] = step_ppp_or_cisco,
	[HEADER_PPP_DIRECTION] = step_ppp_direction,
	[HEADER_CISCO] = step_cisco,
	[HEADER_PPPOE] = step_pppoe,
	[HEADER_RADIOTAP] = step_radiotap,
	[HEADER_PPI] = step_ppi,
	[HEADER_AVS] = step_avs,
	[HEADER_PRISM] = step_prism,
	[HEADER_80211] = step_80211,
	[HEADER_80211_PADDED] = step_80211_padded,
	[HEADER_80211_SWAPPED] = step_80211_swapped,
	[HEADER_AMSDU] = step_amsdu,
	[HEADER_MPLS] = step_mpls,
	[HEADER_MPLS_BOTTOM] = step_mpls_bottom,
	[HEADER_MACSEC] = step_macsec,
	[HEADER_VLAN] = step_vlan,
	[HEADER_LLC] = step_llc,
	[HEADER_ARP] = step_arp,
	[HEADER_IP] = step_ip,
	[HEADER_IPV4] = step_ipv4,
	[HEADER_IPV6] = step_ipv6,
	[HEADER_OPTIONS] = step_options,
	[HEADER_FRAGMENT] = step_fragment,
	[HEADER_AH] = step_ah,
	[HEADER_TCP] = step_tcp,
	[HEADER_UDP] = step_udp,
	[HEADER_ICMP] = step_icmp,
	[HEADER_ICMP6] = step_icmp6,
	[HEADER_ESP] = step_esp,
	[HEADER_IPV4_INSIDE] = step_ipv4_inside,
	[HEADER_IPV6_INSIDE] = step_ipv6_inside,
	[HEADER_ETHERIP] = step_etherip,
	[HEADER_GRE] = step_gre,
	[HEADER_VXLAN] = step_vxlan,
	[HEADER_VXLAN_GPE] = step_vxlan_gpe,
	[HEADER_GENEVE] = step_geneve,
	[HEADER_GTPU] = step_gtpu,
	[HEADER_TEREDO] = step_teredo,
	[HEADER_L2TP] = step_l2tp,
	[HEADER_CAPWAP] = step_capwap,
};

static const char *const REASONS[UNDECODED_REASONS] = {
	[UNDECODED_NONE] = "none",
	[UNDECODED_LINK_TYPE] = "link-type",
	[UNDECODED_SNAPLEN] = "snaplen",
	[UNDECODED_MALFORMED] = "malformed",
	[UNDECODED_DEPTH] = "depth",
	[UNDECODED_ENCRYPTED] = "encrypted",
	[UNDECODED_PIECE] = "frame-fragment",
};

static const char *const NAMES[TUNNELS] = {
	[TUNNEL_NONE] = "none",     [TUNNEL_IPIP] = "ipip",     [TUNNEL_6IN4] = "6in4",
	[TUNNEL_4IN6] = "4in6",     [TUNNEL_6IN6] = "6in6",     [TUNNEL_GRE] = "gre",
	[TUNNEL_PPTP] = "pptp",     [TUNNEL_ERSPAN] = "erspan", [TUNNEL_ETHERIP] = "etherip",
	[TUNNEL_VXLAN] = "vxlan",   [TUNNEL_VXLAN_GPE] = "vxlan-gpe", [TUNNEL_GENEVE] = "geneve",
	[TUNNEL_GTPU] = "gtp-u",    [TUNNEL_TEREDO] = "teredo", [TUNNEL_L2TP] = "l2tp",
	[TUNNEL_CAPWAP] = "capwap",
};

const char *packet_undecoded_name(enum packet_undecoded u)
{
	return REASONS[u];
}

const char *packet_tunnel_name(enum packet_tunnel t)
{
	return NAMES[t];
}

bool packet_knows_link_type(uint32_t link_type)
{
	return step_first(link_type) != HEADER_END;
}

enum header step_give_up(struct walk *w, enum packet_undecoded why)
{
	w->p->kind = PACKET_UNDECODED;
	w->p->undecoded = why;
	w->p->has_ports = false;
	return HEADER_END;
}

enum header step_stop(struct walk *w, enum rd_err err)
{
	if (err == RD_OVERRUN)
		return step_give_up(w, UNDECODED_MALFORMED);
	w->p->cut = true;
	return w->p->kind == PACKET_IP ? HEADER_END : step_give_up(w, UNDECODED_SNAPLEN);
}

/* `quick`: plain.c reads what it can at once. */
static inline void walk(struct walk *w, enum header next, bool quick)
{
	struct packet *p = w->p;

	for (unsigned steps = 0; next != HEADER_END; steps++) {
		if (quick && (next == HEADER_IPV4 || next == HEADER_IPV6) && steps + 1 < STEPS_MAX && step_plain_ip(next, w))
			break; /* two steps at once */
		next = steps < STEPS_MAX ? STEPS[next](w) : step_give_up(w, UNDECODED_DEPTH);
	}
	p->payload = w->r;
	if (w->r.cap < w->r.len)
		p->cut = true;
}

void step_begin(struct packet *p)
{
	memset(p, 0, offsetof(struct packet, payload));
	memset(&p->icmp, 0, offsetof(struct packet_icmp, quote));
	p->icmp.quote.present = p->icmp.quote.has_ports = p->icmp.quote.has_seq = false;
	p->neighbour.op = NEIGHBOUR_NONE;
	p->to_us = true;
}

static void decode(const struct rd *r, enum header first, struct packet *ret_p)
{
	struct walk w = { .r = *r, .p = ret_p };

	step_begin(ret_p);
	walk(&w, first, true);
}

static enum header first_of(const struct frame *f)
{
	enum header first = step_first(f->link_type);
	return first == HEADER_END ? HEADER_UNKNOWN : first;
}

void step_through(const struct frame *f, struct packet *ret_p)
{
	struct walk w = { .r = f->bytes, .p = ret_p };

	step_begin(ret_p);
	walk(&w, first_of(f), false);
}

void packet_decode(const struct frame *f, struct packet *ret_p)
{
	enum header first = first_of(f);

	if (first != HEADER_ETHERNET || !step_plain(f->bytes, ret_p))
		decode(&f->bytes, first, ret_p);
}

bool packet_inside_bytes(const struct packet *outer, struct rd whole, struct packet *ret_inner)
{
	if (outer->tunnel == TUNNEL_NONE)
		return false;
	decode(&whole, outer->inside_header, ret_inner);
	return true;
}

bool packet_inside(const struct packet *outer, struct packet *ret_inner)
{
	return !outer->piece.present && packet_inside_bytes(outer, outer->inside, ret_inner);
}

void packet_join(const struct packet *first, struct rd body, struct packet *ret_whole)
{
	struct walk w = { .r = body, .p = ret_whole };

	*ret_whole = (struct packet){
		.kind = PACKET_IP,
		.src_mac = first->src_mac,
		.dst_mac = first->dst_mac,
		.ap_mac = first->ap_mac,
		.to_us = first->to_us,
		.vlans = first->vlans,
		.ethertype = first->ethertype,
		.src = first->src,
		.dst = first->dst,
		.ip_version = first->ip_version,
		.ttl = first->ttl,
		.dscp = first->dscp,
		.ecn = first->ecn,
		.ip_id = first->ip_id,
		.dont_fragment = first->dont_fragment,
		.ip_payload = (uint32_t)body.len,
	};
	memcpy(ret_whole->vlan, first->vlan, sizeof(first->vlan));
	walk(&w, step_upper(&w, first->fragment_proto), true);
}

bool packet_next(const struct packet *p, struct packet *ret_next)
{
	if (!p->more)
		return false;
	decode(&p->rest, HEADER_AMSDU, ret_next);
	ret_next->ap_mac = p->ap_mac;
	return true;
}
