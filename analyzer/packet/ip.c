/* IPv4: RFC 791. IPv6: RFC 8200, jumbograms RFC 2675. AH: RFC 4302. */
#include "packet/step.h"

enum { PROTO_OPTIONS = 0, PROTO_ROUTING = 43, PROTO_FRAGMENT = 44, PROTO_AH = 51, PROTO_NONE = 59 };
enum { PROTO_IPV4 = 4, PROTO_IPV6 = 41, PROTO_ETHERIP = 97 };
enum { PROTO_DESTINATION = 60 };
enum { IPV4_MIN = 20, IPV6_SIZE = 40 };

enum version { V4 = 1, V6 = 2, ANY = V4 | V6 };

/* What follows IP, by protocol number and by the version in which it means that. Everything else ends the walk. */
static const struct {
	uint8_t proto, versions;
	enum header next;
} UPPER[] = {
	{ PROTO_TCP, ANY, HEADER_TCP },
	{ PROTO_UDP, ANY, HEADER_UDP },
	{ PROTO_ICMP, V4, HEADER_ICMP },
	{ PROTO_ICMP6, V6, HEADER_ICMP6 },
	{ PROTO_ESP, ANY, HEADER_ESP },
	{ PROTO_OPTIONS, V6, HEADER_OPTIONS },
	{ PROTO_ROUTING, V6, HEADER_OPTIONS },
	{ PROTO_DESTINATION, V6, HEADER_OPTIONS },
	{ PROTO_FRAGMENT, V6, HEADER_FRAGMENT },
	{ PROTO_AH, ANY, HEADER_AH },
	{ PROTO_IPV4, ANY, HEADER_IPV4_INSIDE },
	{ PROTO_IPV6, ANY, HEADER_IPV6_INSIDE },
	{ PROTO_GRE, ANY, HEADER_GRE },
	{ PROTO_ETHERIP, ANY, HEADER_ETHERIP },
};

enum header step_upper(struct walk *w, uint8_t proto)
{
	unsigned version = w->p->ip_version == 4 ? V4 : V6;

	w->p->proto = proto;
	for (size_t i = 0; i < sizeof(UPPER) / sizeof(UPPER[0]); i++)
		if (UPPER[i].proto == proto && UPPER[i].versions & version)
			return UPPER[i].next;
	return HEADER_END;
}

enum header step_ip(struct walk *w)
{
	struct rd r = w->r;
	uint8_t version = rd_u8(&r) >> 4;

	if (version == 4)
		return HEADER_IPV4;
	if (version == 6)
		return HEADER_IPV6;
	return step_stop(w, r.err ? r.err : RD_OVERRUN);
}

/* r stands behind the header, at what the fragment holds of the datagram. */
static void note_fragment(struct packet *p, unsigned offset, bool more, uint32_t id, uint8_t proto, struct rd r)
{
	if (offset || more) {
		p->body = r;
		p->fragment_proto = proto;
	}
	p->fragment = offset || more;
	p->first_fragment = more && !offset;
	p->more_fragments = more;
	p->fragment_offset = (uint16_t)offset;
	p->fragment_id = id;
	p->ip_id = (uint16_t)id;
}

enum header step_ipv4(struct walk *w)
{
	struct packet *p = w->p;
	struct rd all = w->r, r = all;
	uint32_t words[IPV4_MIN / 4];
	rd_words(&r, words, IPV4_MIN / 4);
	uint32_t head = words[0], fragment = words[1], life = words[2], src = words[3], dst = words[4];
	size_t header = (head >> 24 & 15) * 4, total = head & 0xffff;

	if (r.err)
		return step_stop(w, r.err);
	if (total == 0) /* segmentation offload: the host lets its card fill this in */
		total = all.len;
	if (head >> 28 != 4 || header < IPV4_MIN)
		return step_stop(w, RD_OVERRUN);
	struct rd inside = rd_sub(&all, total); /* what is behind it is padding */
	(void)rd_sub(&inside, header); /* fails where the header is longer than all */
	if (inside.err)
		return step_stop(w, inside.err);
	w->r = inside;
	p->kind = PACKET_IP;
	p->ip_version = 4;
	p->dscp = head >> 18 & 63;
	p->ecn = head >> 16 & 3;
	p->ttl = (uint8_t)(life >> 24);
	p->proto = life >> 16 & 0xff;
	p->src = addr_v4(src);
	p->dst = addr_v4(dst);
	p->dont_fragment = fragment & 0x4000;
	p->ip_payload = (uint32_t)(total - header);
	note_fragment(p, (fragment & 0x1fff) * 8, fragment & 0x2000, fragment >> 16, p->proto, w->r);
	return p->fragment_offset ? HEADER_END : step_upper(w, p->proto);
}

/* The jumbo payload option (RFC 2675, section 2) of the hop-by-hop header at r; 0 where there is none. */
static uint32_t jumbo_length(struct rd r)
{
	enum { PAD1 = 0, JUMBO = 0xc2 };

	rd_skip(&r, 1);
	size_t size = rd_u8(&r) * 8U + 6;
	struct rd options = rd_sub(&r, size);
	while (rd_more(&options)) {
		uint8_t type = rd_u8(&options);
		if (type == PAD1)
			continue;
		struct rd option = rd_sub8(&options);
		uint32_t length = type == JUMBO ? rd_u32(&option) : 0;
		if (length && !option.err)
			return length;
	}
	return 0;
}

/*
 * Length 0 is no payload, a jumbogram, or a frame that the card has still to cut. A frame's padding is shorter than any
 * TCP header.
 */
static size_t length_when_zero(const struct rd *r, uint8_t next)
{
	enum { TCP_MIN = 20 };

	if (next == PROTO_OPTIONS) {
		uint32_t jumbo = jumbo_length(*r);
		return jumbo ? jumbo : r->len;
	}
	return next == PROTO_TCP && r->len >= TCP_MIN ? r->len : 0;
}

enum header step_ipv6(struct walk *w)
{
	struct packet *p = w->p;
	uint32_t first = rd_u32(&w->r);
	size_t length = rd_u16(&w->r);
	uint8_t next = rd_u8(&w->r);

	p->ttl = rd_u8(&w->r);
	p->src = addr_read_v6(&w->r);
	p->dst = addr_read_v6(&w->r);
	if (w->r.err)
		return step_stop(w, w->r.err);
	if (first >> 28 != 6)
		return step_stop(w, RD_OVERRUN);
	if (length == 0)
		length = length_when_zero(&w->r, next);
	w->r = rd_sub(&w->r, length);
	if (w->r.err)
		return step_stop(w, w->r.err);
	p->kind = PACKET_IP;
	p->ip_version = 6;
	p->dscp = (first >> 22) & 63;
	p->ecn = (first >> 20) & 3;
	p->ip_payload = (uint32_t)length;
	return step_upper(w, next);
}

uint8_t step_skip_options(struct rd *r)
{
	uint8_t next = rd_u8(r);
	size_t length = rd_u8(r);

	rd_skip(r, length * 8 + 6);
	return next;
}

uint8_t step_skip_ah(struct rd *r)
{
	uint8_t next = rd_u8(r);
	size_t words = rd_u8(r); /* less 2 */

	rd_skip(r, words * 4 + 6);
	return next;
}

/* Where an extension header was not captured it is not known what the packet is: no IP packet to anybody yet. */
static enum header behind(struct walk *w, uint8_t next)
{
	if (!w->r.err)
		return step_upper(w, next);
	w->p->kind = PACKET_UNDECODED;
	return step_stop(w, w->r.err);
}

enum header step_options(struct walk *w)
{
	uint8_t next = step_skip_options(&w->r);
	return behind(w, next);
}

enum header step_ah(struct walk *w)
{
	uint8_t next = step_skip_ah(&w->r);
	return behind(w, next);
}

enum header step_fragment(struct walk *w)
{
	struct packet *p = w->p;
	uint8_t next = rd_u8(&w->r);

	rd_skip(&w->r, 1);
	uint16_t field = rd_u16(&w->r);
	uint32_t id = rd_u32(&w->r);
	if (w->r.err)
		return behind(w, next);
	note_fragment(p, field & 0xfff8U, field & 1, id, next, w->r);
	p->proto = next;
	return p->fragment_offset ? HEADER_END : step_upper(w, next);
}
