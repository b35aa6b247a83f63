/*
 * The packet that nearly all are: IPv4 without options or IPv6 without extension headers, not fragmented, with TCP or with
 * UDP that is no tunnel's (RFC 791, 8200, 9293, 768), on Ethernet or behind anything else. Its headers have known lengths,
 * so they are taken whole and read at fixed places, where the steps ask before each field. Of what it takes it says what
 * they would: the fuzz target holds both against each other.
 */
#include <string.h>

#include "base/inline.h"
#include "packet/step.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, TCP = 20, UDP = 8 };
enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, VERSION_AND_LENGTH = 0x45 };
enum { DONT_FRAGMENT = 0x4000, FRAGMENT = 0x3fff }; /* more of them, or an offset */

/* What nearly all have, if any: two NOPs and time stamps (RFC 7323, appendix A). */
ALWAYS_INLINE void tcp_options(struct span o, struct packet_tcp *t)
{
	enum { NOP_NOP_TIMESTAMPS = 0x0101080a, SIZE = 12 };

	if (o.n != SIZE || span_u32(o, 0) != NOP_NOP_TIMESTAMPS) {
		step_tcp_options(rd_span(o), t);
		return;
	}
	t->has_ts = true;
	t->ts_val = span_u32(o, 4);
	t->ts_ecr = span_u32(o, 8);
}

/* r is behind the IP header, and at the payload afterwards. False, and *p is as it was, where it is not plain. */
ALWAYS_INLINE bool tcp(struct rd *r, struct packet *p)
{
	struct span h = rd_get(r, TCP);
	size_t header = (span_u8(h, 12) >> 4) * 4U;

	if (header < TCP)
		return false;
	struct span options = rd_get(r, header - TCP);
	if (r->err)
		return false;
	p->sport = span_u16(h, 0);
	p->dport = span_u16(h, 2);
	p->tcp.seq = span_u32(h, 4);
	p->tcp.ack = span_u32(h, 8);
	p->tcp.flags = span_u8(h, 13);
	p->tcp.window = span_u16(h, 14);
	p->l4_checksum = span_u16(h, 16);
	if (options.n)
		tcp_options(options, &p->tcp);
	return true;
}

/* The same. */
ALWAYS_INLINE bool udp(struct rd *r, struct packet *p)
{
	struct span h = rd_get(r, UDP);
	size_t length = span_u16(h, 4);
	uint16_t sport = span_u16(h, 0), dport = span_u16(h, 2);

	if (length < UDP || !rd_cut(r, length - UDP) || step_of_ports(sport, dport) != HEADER_END)
		return false;
	p->sport = sport;
	p->dport = dport;
	p->l4_checksum = span_u16(h, 6);
	return true;
}

ALWAYS_INLINE bool transport(struct rd *r, struct packet *p, uint8_t proto)
{
	if (proto == PROTO_TCP ? !tcp(r, p) : proto != PROTO_UDP || !udp(r, p))
		return false;
	p->kind = PACKET_IP;
	p->proto = proto;
	p->has_ports = true;
	p->cut = r->cap < r->len;
	return true;
}

ALWAYS_INLINE bool ipv4(struct rd *r, struct packet *p)
{
	struct span h = rd_get(r, IPV4);
	size_t total = span_u16(h, 2);

	if (span_u8(h, 0) != VERSION_AND_LENGTH || total < IPV4 || span_u16(h, 6) & FRAGMENT ||
	    !rd_cut(r, total - IPV4) || !transport(r, p, span_u8(h, 9))) /* what is behind it is padding */
		return false;
	unsigned service = span_u8(h, 1);
	p->ip_version = 4;
	p->dscp = (uint8_t)(service >> 2);
	p->ecn = service & 3;
	p->ip_payload = (uint32_t)(total - IPV4);
	p->fragment_id = p->ip_id = span_u16(h, 4);
	p->dont_fragment = span_u16(h, 6) & DONT_FRAGMENT;
	p->ttl = span_u8(h, 8);
	p->src = addr_v4(span_u32(h, 12));
	p->dst = addr_v4(span_u32(h, 16));
	return true;
}

ALWAYS_INLINE bool ipv6(struct rd *r, struct packet *p)
{
	struct span h = rd_get(r, IPV6);
	uint32_t first = span_u32(h, 0);
	size_t length = span_u16(h, 4);

	if (first >> 28 != 6 || !rd_cut(r, length) || !transport(r, p, span_u8(h, 6)))
		return false;
	p->ip_version = 6;
	p->dscp = (first >> 22) & 63;
	p->ecn = (first >> 20) & 3;
	p->ip_payload = (uint32_t)length;
	p->ttl = span_u8(h, 7);
	p->src = addr_v6(h.p + 8);
	p->dst = addr_v6(h.p + 24);
	return true;
}

bool step_plain_ip(enum header h, struct walk *w)
{
	struct rd r = w->r;

	if (h == HEADER_IPV4 ? !ipv4(&r, w->p) : h != HEADER_IPV6 || !ipv6(&r, w->p))
		return false;
	w->r = r;
	return true;
}

bool step_plain(struct rd r, struct packet *p)
{
	struct span h = rd_get(&r, ETHERNET);
	uint16_t type = span_u16(h, 12);

	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return false;
	step_begin(p);
	if (type == ETHERTYPE_IPV4 ? !ipv4(&r, p) : !ipv6(&r, p))
		return false;
	memcpy(p->dst_mac.b, h.p, sizeof(p->dst_mac.b));
	memcpy(p->src_mac.b, h.p + sizeof(p->dst_mac.b), sizeof(p->src_mac.b));
	p->to_us = !mac_is_group(&p->dst_mac);
	p->ethertype = type;
	p->payload = r;
	return true;
}
