/*
 * The walk through the headers of one frame. A step reads one header, notes what it says and returns which header comes
 * next; packet_decode() drives the steps in a plain loop with a cap, so that headers inside headers cost no stack.
 *
 * To add a header: a line in `enum header`, a step here, a line in the table of packet.c, and a line in the table that
 * leads to it (link types and EtherTypes in link.c, IP protocols in ip.c, UDP ports in transport.c).
 */
#ifndef PLUMBLINE_PACKET_STEP_H
#define PLUMBLINE_PACKET_STEP_H

#include "packet/packet.h"

enum header {
	HEADER_END,       /* no further header: what is left is payload */
	HEADER_UNKNOWN,   /* a link type that we cannot read */
	HEADER_OTHER,     /* a whole frame that is no flow */
	HEADER_ENCRYPTED, /* what is left is protected */
	HEADER_PIECE,     /* what is left is a part only */
	HEADER_ETHERNET,
	HEADER_SLL,
	HEADER_SLL2,
	HEADER_FAMILY,
	HEADER_PPP,
	HEADER_PPP_OR_CISCO,
	HEADER_PPP_DIRECTION,
	HEADER_CISCO,
	HEADER_PPPOE,
	HEADER_RADIOTAP,
	HEADER_PPI,
	HEADER_AVS,
	HEADER_PRISM,
	HEADER_80211,
	HEADER_80211_PADDED,
	HEADER_80211_SWAPPED,
	HEADER_AMSDU,
	HEADER_MPLS,
	HEADER_MPLS_BOTTOM,
	HEADER_MACSEC,
	HEADER_VLAN,
	HEADER_LLC,
	HEADER_ARP,
	HEADER_IP, /* either version, the header says which */
	HEADER_IPV4,
	HEADER_IPV6,
	HEADER_OPTIONS,
	HEADER_FRAGMENT,
	HEADER_AH,
	HEADER_TCP,
	HEADER_UDP,
	HEADER_ICMP,
	HEADER_ICMP6,
	HEADER_ESP,
	HEADER_IPV4_INSIDE,
	HEADER_IPV6_INSIDE,
	HEADER_ETHERIP,
	HEADER_GRE,
	HEADER_VXLAN,
	HEADER_VXLAN_GPE,
	HEADER_GENEVE,
	HEADER_GTPU,
	HEADER_TEREDO,
	HEADER_L2TP,
	HEADER_CAPWAP,
	HEADERS
};

/* r is all that is left; what a step leaves in it at HEADER_END becomes the packet's payload. */
struct walk {
	struct rd r;
	struct packet *p;
};

typedef enum header step_fn(struct walk *w);

step_fn step_ethernet, step_sll, step_sll2, step_family, step_vlan, step_llc, step_other; /* link.c */
step_fn step_ppp, step_ppp_or_cisco, step_ppp_direction, step_cisco, step_pppoe; /* ppp.c */
step_fn step_radiotap, step_ppi, step_avs, step_prism;                           /* radio.c */
step_fn step_80211, step_80211_padded, step_80211_swapped, step_amsdu;           /* wlan.c */
step_fn step_mpls, step_mpls_bottom;                                             /* mpls.c */
step_fn step_macsec;                                                             /* macsec.c */
step_fn step_arp;                                                                /* neighbour.c */
step_fn step_ip, step_ipv4, step_ipv6, step_options, step_fragment, step_ah;     /* ip.c */
step_fn step_tcp, step_udp, step_icmp, step_icmp6, step_esp;                     /* transport.c */
step_fn step_ipv4_inside, step_ipv6_inside, step_etherip, step_gre;              /* tunnel.c */
step_fn step_vxlan, step_vxlan_gpe, step_geneve, step_gtpu, step_teredo, step_l2tp; /* tunnel_udp.c */
step_fn step_capwap;                                                             /* capwap.c */

/* The first header of a link type; HEADER_END where we cannot read it. */
enum header step_first(uint32_t link_type);

/* IEEE 802.3: up to here the field where EtherTypes are is a length. */
enum { ETHERTYPE_LENGTH_MAX = 1500 };

/* The header that an EtherType announces; HEADER_OTHER where it is none of ours. */
enum header step_of_ethertype(uint16_t type);

/* The same for the frame at hand, which notes the type. */
enum header step_ethertype(struct walk *w, uint16_t type);

/*
 * Whether bytes can begin with this header: Ethernet, IP, 802.11 from a controller; PPP. For where nothing before them
 * says so with certainty. What was not captured fits nothing.
 */
bool step_fits(enum header h, struct rd r);
bool step_fits_ppp(struct rd r);

/* The header that an IP protocol number announces; notes it as the packet's. */
enum header step_upper(struct walk *w, uint8_t proto);

/*
 * Ends the walk because of a reader's error. Once the IP header is read a cut is only `cut`; before, the frame is
 * undecoded. A length that lies makes it undecoded in any case. Returns HEADER_END.
 */
enum header step_stop(struct walk *w, enum rd_err err);

/* A frame of Ethernet as the plain packet it mostly is: plain.c. False where it is not, and *p has to be begun again. */
bool step_plain(struct rd r, struct packet *p);
/* The same for what stands at such a header, behind others; then *w is at the payload. False where nothing is changed. */
bool step_plain_ip(enum header h, struct walk *w);

/* Nothing is known of *p yet. What stands behind the payload is not cleared, but for what says that it means something. */
void step_begin(struct packet *p);

/* packet_decode() through the steps, whatever the frame is. */
void step_through(const struct frame *f, struct packet *ret_p);

/* Of a TCP header; what is wrong in them spoils only what follows in them. */
void step_tcp_options(struct rd r, struct packet_tcp *t);

/* The tunnel whose port one of UDP's ports is; HEADER_END: none. */
enum header step_of_ports(uint16_t sport, uint16_t dport);

/* Ends the walk without a packet. Returns HEADER_END. */
enum header step_give_up(struct walk *w, enum packet_undecoded why);

/*
 * Notes that this packet carries another, whose first header is at the beginning of `inside`. Of a fragment nothing is
 * noted. Returns HEADER_END: what is inside is a packet of its own.
 */
enum header step_carries(struct walk *w, struct rd inside, enum header first, enum packet_tunnel t, uint32_t id);

/*
 * An IPv6 extension header that is 8 * (length + 1) bytes long, or AH with its own count: returns what follows it.
 * Reads from *r and moves it behind the header; *r carries the error.
 */
uint8_t step_skip_options(struct rd *r);
uint8_t step_skip_ah(struct rd *r);

/* Fills *q from the packet quoted in an ICMP error, as far as it goes. r is by value: a quote's end is no error. */
void step_quote(struct rd r, bool v6, struct packet_quote *q);

/* Neighbour solicitation and advertisement; r stands at the ICMPv6 type. */
void step_discovery(struct rd r, struct packet *p);

#endif
