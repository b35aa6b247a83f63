/*
 * The packet inside an ICMP error: RFC 792 (header and 8 bytes), RFC 1812 section 4.3.2.3 (as much as fits 576),
 * RFC 4443 (as much as fits the minimum MTU). It is cut anywhere, and routers and translators have changed lengths,
 * checksums and the order of bytes in it, so only what names the flow is read and no length is believed.
 */
#include "packet/step.h"

enum { EXTENSIONS_MAX = 8 };

static void ports(struct rd r, struct packet_quote *q)
{
	if (q->proto != PROTO_TCP && q->proto != PROTO_UDP)
		return;
	uint16_t sport = rd_u16(&r), dport = rd_u16(&r);
	if (r.err)
		return;
	q->sport = sport;
	q->dport = dport;
	q->has_ports = true;
	uint32_t seq = rd_u32(&r);
	if (r.err || q->proto != PROTO_TCP)
		return;
	q->seq = seq;
	q->has_seq = true;
}

static void quote_v4(struct rd r, struct packet_quote *q)
{
	enum { OFFSET = 0x1fff, SWAPPED_DF = 0x0040 };
	struct rd after = r;
	uint8_t first = rd_u8(&r);

	rd_skip(&r, 3); /* type of service, length */
	uint16_t id = rd_u16(&r);
	uint16_t fragment = rd_u16(&r);
	rd_skip(&r, 1); /* TTL */
	uint8_t proto = rd_u8(&r);
	rd_skip(&r, 2);
	struct addr src = addr_read_v4(&r), dst = addr_read_v4(&r);
	size_t header = (size_t)(first & 15) * 4;
	if (r.err || first >> 4 != 4 || header < 20)
		return;
	*q = (struct packet_quote){ .present = true, .src = src, .dst = dst, .proto = proto, .fragment_id = id };
	/* BSD stacks quoted this field in their own byte order; that is don't-fragment, not offset 512. */
	if (fragment & OFFSET && fragment != SWAPPED_DF)
		return;
	rd_skip(&after, header);
	ports(after, q);
}

static void quote_v6(struct rd r, struct packet_quote *q)
{
	enum { OPTIONS = 0, ROUTING = 43, FRAGMENT = 44, AH = 51, DESTINATION = 60 };
	uint8_t version = rd_u8(&r) >> 4;

	rd_skip(&r, 5);
	uint8_t next = rd_u8(&r);
	rd_skip(&r, 1);
	struct addr src = addr_read_v6(&r), dst = addr_read_v6(&r);
	if (r.err || version != 6)
		return;
	*q = (struct packet_quote){ .present = true, .src = src, .dst = dst, .proto = next };
	for (unsigned i = 0; i < EXTENSIONS_MAX && !r.err; i++) {
		uint16_t offset = 0;
		q->proto = next;
		switch (next) {
		case OPTIONS:
		case ROUTING:
		case DESTINATION:
			next = step_skip_options(&r);
			break;
		case AH:
			next = step_skip_ah(&r);
			break;
		case FRAGMENT:
			next = rd_u8(&r);
			rd_skip(&r, 1);
			offset = rd_u16(&r) & 0xfff8;
			q->fragment_id = rd_u32(&r);
			break;
		default:
			ports(r, q);
			return;
		}
		if (offset) {
			q->proto = next;
			return;
		}
	}
}

void step_quote(struct rd r, bool v6, struct packet_quote *q)
{
	if (v6)
		quote_v6(r, q);
	else
		quote_v4(r, q);
}
