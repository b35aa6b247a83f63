/*
 * What most frames are, read at fixed places: Ethernet II, IPv4 without options and whole, TCP or UDP, all headers
 * captured (RFC 791, 9293, 768). It says no to everything else, and to all that is doubtful; then the steps go through
 * the frame header by header. Of what it takes it says what they would: the fuzz target holds both against each other.
 */
#include <string.h>

#include "packet/step.h"

enum { ETHERNET = 14, IPV4 = 20, TCP = 20, UDP = 8 };
enum { ETHERTYPE_IPV4 = 0x0800, VERSION_AND_LENGTH = 0x45 };
enum { DONT_FRAGMENT = 0x4000, FRAGMENT = 0x3fff }; /* more of them, or an offset */

/* What nearly all have, if any: two NOPs and time stamps (RFC 7323, appendix A). */
static void tcp_options(struct span o, struct packet_tcp *t)
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

/* r is behind the IP header, and at the payload afterwards. */
static bool tcp(struct rd *r, struct packet *p)
{
	struct span h = rd_get(r, TCP);
	size_t header = (span_u8(h, 12) >> 4) * 4U;

	if (header < TCP)
		return false;
	p->sport = span_u16(h, 0);
	p->dport = span_u16(h, 2);
	p->tcp.seq = span_u32(h, 4);
	p->tcp.ack = span_u32(h, 8);
	p->tcp.flags = span_u8(h, 13);
	p->tcp.window = span_u16(h, 14);
	p->l4_checksum = span_u16(h, 16);
	if (header > TCP)
		tcp_options(rd_get(r, header - TCP), &p->tcp);
	return !r->err;
}

static bool udp(struct rd *r, struct packet *p)
{
	struct span h = rd_get(r, UDP);
	size_t length = span_u16(h, 4);

	if (length < UDP || !rd_cut(r, length - UDP))
		return false;
	p->sport = span_u16(h, 0);
	p->dport = span_u16(h, 2);
	p->l4_checksum = span_u16(h, 6);
	return step_of_ports(p) == HEADER_END;
}

/* h: both headers. */
static void note(struct packet *p, struct span h)
{
	unsigned service = span_u8(h, ETHERNET + 1);

	p->kind = PACKET_IP;
	memcpy(p->dst_mac.b, h.p, sizeof(p->dst_mac.b));
	memcpy(p->src_mac.b, h.p + sizeof(p->dst_mac.b), sizeof(p->src_mac.b));
	p->to_us = !mac_is_group(&p->dst_mac);
	p->ethertype = ETHERTYPE_IPV4;
	p->ip_version = 4;
	p->dscp = (uint8_t)(service >> 2);
	p->ecn = service & 3;
	p->ip_payload = span_u16(h, ETHERNET + 2) - (uint32_t)IPV4;
	p->fragment_id = p->ip_id = span_u16(h, ETHERNET + 4);
	p->dont_fragment = span_u16(h, ETHERNET + 6) & DONT_FRAGMENT;
	p->ttl = span_u8(h, ETHERNET + 8);
	p->proto = span_u8(h, ETHERNET + 9);
	p->src = addr_v4(span_u32(h, ETHERNET + 12));
	p->dst = addr_v4(span_u32(h, ETHERNET + 16));
	p->has_ports = true;
}

bool step_plain(struct rd r, struct packet *p)
{
	struct span h = rd_get(&r, ETHERNET + IPV4);
	size_t total = span_u16(h, ETHERNET + 2);
	uint8_t proto = span_u8(h, ETHERNET + 9);

	if (span_u16(h, ETHERNET - 2) != ETHERTYPE_IPV4 || span_u8(h, ETHERNET) != VERSION_AND_LENGTH || total < IPV4 ||
	    span_u16(h, ETHERNET + 6) & FRAGMENT || !rd_cut(&r, total - IPV4)) /* what is behind it is padding */
		return false;
	step_begin(p);
	if (proto == PROTO_TCP ? !tcp(&r, p) : proto != PROTO_UDP || !udp(&r, p))
		return false;
	note(p, h);
	p->payload = r;
	p->cut = r.cap < r.len;
	return true;
}
