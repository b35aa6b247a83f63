/*
 * Bytes in, headers out; no state. packet_decode() walks from the link header over one IP header to the payload of the
 * transport and fills one struct packet, whose readers and spans point into the frame. Where that payload is a tunnel's,
 * packet_inside() reads one level further in, into a packet of its own: the outer one stays what it is.
 *
 * Link headers: tcpdump.org/linktypes.html. IEEE 802.1Q, 802.1ad. RFC 791, 8200 (IPv6 and extension headers), 9293 (TCP),
 * 768 (UDP), 792 and 4443 (ICMP), 4861 (ND), 826 (ARP), 4303 (ESP).
 */
#ifndef PLUMBLINE_PACKET_PACKET_H
#define PLUMBLINE_PACKET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/frame.h"
#include "base/proto.h"
#include "base/rd.h"

enum packet_kind {
	PACKET_UNDECODED, /* see `undecoded` */
	PACKET_OTHER,     /* a whole frame of a protocol that is no flow here: LLDP, EAPOL, STP … */
	PACKET_ARP,
	PACKET_IP,        /* an IP packet: proto says which; for fragments other than the first there are no ports */
};

/* Why nothing could be read; each is a key of end.undecoded. */
enum packet_undecoded {
	UNDECODED_NONE,
	UNDECODED_LINK_TYPE, /* we cannot read that link type */
	UNDECODED_SNAPLEN,   /* cut before the headers end */
	UNDECODED_MALFORMED, /* a length lies, or a version cannot be */
	UNDECODED_DEPTH,     /* more headers inside each other than we follow */
	UNDECODED_ENCRYPTED, /* protected by the link or the tunnel: 802.11, CAPWAP with DTLS, PPP */
	UNDECODED_PIECE,     /* the link layer had split the frame, and parts are not put together here */
	UNDECODED_REASONS
};
const char *packet_undecoded_name(enum packet_undecoded u);

/* What carries another packet. One with an IP header of its own before it; VLAN, MPLS, PPPoE and PPP are links. */
enum packet_tunnel {
	TUNNEL_NONE,
	TUNNEL_IPIP,   /* IPv4 in IPv4 */
	TUNNEL_6IN4,
	TUNNEL_4IN6,
	TUNNEL_6IN6,
	TUNNEL_GRE,    /* NVGRE too */
	TUNNEL_PPTP,
	TUNNEL_ERSPAN,
	TUNNEL_ETHERIP,
	TUNNEL_VXLAN,
	TUNNEL_VXLAN_GPE,
	TUNNEL_GENEVE,
	TUNNEL_GTPU,
	TUNNEL_TEREDO,
	TUNNEL_L2TP,
	TUNNEL_CAPWAP,
	TUNNELS
};
const char *packet_tunnel_name(enum packet_tunnel t); /* lower case, as in a flow's path: "vxlan" */

enum { PACKET_VLANS = 4, PACKET_SACKS = 4 };

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32, TCP_ECE = 64, TCP_CWR = 128 };

struct packet_tcp {
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;
	uint8_t wscale;       /* valid with has_wscale */
	uint16_t mss;         /* 0: no such option */
	bool has_wscale, sack_ok, has_ts;
	uint32_t ts_val, ts_ecr;
	uint8_t sacks;        /* blocks seen; a SACK means duplicate ACK evidence */
};

/* The packet that an ICMP error quotes, as far as it was quoted. */
struct packet_quote {
	bool present;         /* at least addresses and protocol */
	bool has_ports;       /* at least 4 bytes of the transport header */
	struct addr src, dst; /* of the offending packet: src is who gets the error */
	uint8_t proto;
	uint16_t sport, dport;
	bool has_seq;         /* TCP: 8 bytes or more were quoted */
	uint32_t seq;
	uint32_t fragment_id; /* IPv4's ID, or that of IPv6's fragment header */
};

struct packet_icmp {
	uint8_t type, code;
	uint16_t id, seq;     /* echo */
	uint32_t mtu;         /* fragmentation needed, packet too big */
	bool error;           /* an error that quotes a packet */
	struct packet_quote quote; /* last: see struct packet */
};

/* ARP (RFC 826) and the neighbour discovery messages (RFC 4861), as one thing: who is where. */
struct packet_neighbour {
	enum neighbour_op { NEIGHBOUR_NONE, NEIGHBOUR_ASK, NEIGHBOUR_TELL } op;
	/*
	 * ASK: sender asks for target. TELL: sender says that target is at sender_mac. An ARP request for one's own
	 * address is a TELL. The sender of a probe is none.
	 */
	struct addr sender, target;
	struct mac sender_mac;      /* none where the message does not say: ND without link-layer option */
	struct mac target_mac;      /* ARP only, as on the wire */
};

/* Which part of what a tunnel carries: CAPWAP puts its payload into fragments of its own (RFC 5415, section 4.4). */
struct packet_piece {
	bool present;                /* it is a part only */
	bool last;
	uint16_t id, offset;         /* offset in bytes */
};

struct packet {
	enum packet_kind kind;
	enum packet_undecoded undecoded;
	struct mac src_mac, dst_mac; /* of the stations, not of access points; none where the link has none */
	struct mac ap_mac;           /* 802.11: the BSSID; none elsewhere, and between access points */
	bool to_us;                  /* unicast as far as the link layer says: false for its broadcast and multicast */
	uint16_t vlan[PACKET_VLANS];
	uint8_t vlans;
	uint16_t ethertype;          /* the last one read, of PACKET_OTHER too; below 1536 a length: LLC. 0: none */

	struct addr src, dst;        /* kind IP */
	uint8_t ip_version, proto, ttl, dscp, ecn;
	uint16_t ip_id;              /* IPv4; 0 in IPv6 without fragment header */
	bool dont_fragment;
	bool fragment, first_fragment, more_fragments;
	uint16_t fragment_offset;    /* bytes */
	uint32_t fragment_id;
	uint32_t ip_payload;         /* bytes the IP header promises after it; for TSO frames with length 0, what the frame has */

	bool has_ports;              /* TCP (ports, numbers and flags are there), UDP; readable, not a later fragment */
	bool cut;                    /* the frame was captured shorter than the packet: payload.cap < payload.len, or headers missing */
	uint16_t sport, dport;
	uint16_t l4_checksum;        /* UDP's as on the wire */
	uint32_t esp_spi, esp_seq;
	struct packet_tcp tcp;

	/*
	 * Set only where the tunnel's header was read and holds in every bit, so it can be believed on a port that others
	 * use too; never of an IP fragment (packet_join() first).
	 */
	enum packet_tunnel tunnel;
	uint32_t tunnel_id;          /* VNI, GRE key, TEID, session …; GTP, L2TP and PPTP number each direction for itself */
	struct packet_piece piece;
	uint8_t inside_header;       /* of packet/ itself: which header `inside` begins with */
	uint8_t fragment_proto;      /* what `body` begins with */
	bool more;                   /* the frame holds another packet at this level: packet_next() */

	struct rd payload;           /* of TCP, UDP, ICMP echo, ESP, else of IP, or after the EtherType of PACKET_OTHER;
					padding after the IP length is not in it */

	/* Each means nothing and is not even set but where the line says so: most packets have none of them. */
	struct packet_icmp icmp;           /* its quote but for its flags: of an error */
	struct packet_neighbour neighbour; /* its members but op: of ARP and ICMPv6 */
	struct rd body;              /* fragment: its bytes behind the IP header (IPv6: behind the fragment header) */
	struct rd inside;            /* tunnel: what it carries, a part of it where piece.present */
	struct rd rest;              /* more: of packet/ itself */
};

/* Reads one frame. Always sets all of *ret_p; a frame it cannot read is kind UNDECODED or OTHER, never an error. */
void packet_decode(const struct frame *f, struct packet *ret_p);

/*
 * The packet that a tunnel's packet carries, one level further in; false, and *ret_inner is untouched, where outer is no
 * tunnel's or holds a part only. The inner packet may be any kind, UNDECODED too (protected, malformed), and a tunnel
 * again: how deep to go is for the caller to say. Its readers point where outer's do. MACs and VLANs are its own.
 */
bool packet_inside(const struct packet *outer, struct packet *ret_inner);

/* The same with the bytes given: what the parts of a payload were put together to. outer is any part of it. */
bool packet_inside_bytes(const struct packet *outer, struct rd whole, struct packet *ret_inner);

/*
 * The datagram whose fragments were put together: first is the one at offset 0, body all the `body` bytes in a row.
 * *ret_whole has first's link and IP headers and is no fragment any more. Its readers point into body.
 */
void packet_join(const struct packet *first, struct rd body, struct packet *ret_whole);

/* The next packet of the same frame and level, while p->more (802.11 A-MSDU); false where there is none. */
bool packet_next(const struct packet *p, struct packet *ret_next);

/* True where some link layer code reads this link type. */
bool packet_knows_link_type(uint32_t link_type);

#endif
