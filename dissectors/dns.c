/*
 * DNS in datagrams and in TCP streams, with mDNS and LLMNR.
 *
 * RFC 1035, 4.1.1 (header), 4.2 (transport); RFC 7766 (TCP); RFC 6762 (mDNS); RFC 4795 (LLMNR)
 */
#include "dissectors/dissector.h"
#include "dissectors/dns.h"

#include "base/span.h"

enum { PORT_DNS = 53, PORT_NETBIOS = 137, PORT_MDNS = 5353, PORT_LLMNR = 5355 };

enum {
	QUESTION_MIN = 5,     /* root, type, class */
	RECORD_MIN = 11,      /* root, type, class, TTL, length */
	STREAM_ENOUGH = 2048, /* of a message in a stream that is longer than what the sensor keeps */
};

/* Could these counts fit into a message of this length? Bytes that are no DNS hardly ever pass. */
static bool is_plausible(const struct dns_header *h, size_t length)
{
	const size_t records = (size_t)h->answers + h->authorities + h->additionals;

	return dns_opcode(h) <= 5 && dns_opcode(h) != 3 && (h->questions || records || h->flags & 15) &&
	       DNS_HEADER + h->questions * (size_t)QUESTION_MIN + records * RECORD_MIN <= length;
}

static bool is_host_name(struct span name)
{
	struct rd r = rd_span(name);
	unsigned dots = 0;

	while (rd_more(&r)) {
		uint8_t c = rd_u8(&r);
		dots += c == '.';
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return dots > 0;
}

/* On a port of its own choice a message must be beyond doubt: one question for a host name, all of it there. */
static bool is_beyond_doubt(struct rd msg, const struct dns_header *h)
{
	static const uint64_t types = UINT64_C(1) << DNS_TYPE_A | UINT64_C(1) << 2 | UINT64_C(1) << DNS_TYPE_CNAME |
				      UINT64_C(1) << 6 | UINT64_C(1) << 12 | UINT64_C(1) << 15 | UINT64_C(1) << 16 |
				      UINT64_C(1) << DNS_TYPE_AAAA;
	struct rd r = msg;
	uint8_t text[DNS_NAME_MAX];

	if (h->questions != 1 || dns_opcode(h) != 0 || (h->flags & DNS_FLAG_RESERVED) || msg.cap < msg.len)
		return false;
	rd_skip(&r, DNS_HEADER);
	struct span name = dns_name_read(&msg, &r, text);
	uint16_t type = rd_u16(&r), class = rd_u16(&r);
	const bool query = !(h->flags & DNS_FLAG_RESPONSE) && !h->answers && !h->authorities && !(h->flags & 15);
	return !r.err && class == DNS_CLASS_IN && type < 64 && (types >> type & 1) && is_host_name(name) &&
	       ((h->flags & DNS_FLAG_RESPONSE) || (query && (h->additionals ? r.len >= RECORD_MIN : !r.len)));
}

static bool has_port(const struct dissector_input *in, uint16_t port)
{
	return in->port[0] == port || in->port[1] == port;
}

static enum dissector_match recognise_datagram(const struct dissector_input *in)
{
	struct rd r = in->bytes;

	if (r.cap < DNS_HEADER)
		return MATCH_NO;
	struct dns_header h = dns_header_read(&r);
	if (!is_plausible(&h, in->bytes.len))
		return MATCH_NO;
	if (has_port(in, PORT_DNS) || has_port(in, PORT_MDNS) || has_port(in, PORT_LLMNR))
		return MATCH_YES;
	return !has_port(in, PORT_NETBIOS) && is_beyond_doubt(in->bytes, &h) ? MATCH_YES : MATCH_NO;
}

static enum dissector_match recognise_stream(const struct dissector_input *in)
{
	struct rd r = in->bytes;

	if (!has_port(in, PORT_DNS) && !has_port(in, PORT_LLMNR))
		return MATCH_NO;
	if (r.cap < 2 + DNS_HEADER)
		return r.cap == r.len ? MATCH_MAYBE : MATCH_NO;
	size_t length = rd_u16(&r);
	struct dns_header h = dns_header_read(&r);
	return length >= DNS_HEADER && is_plausible(&h, length) ? MATCH_YES : MATCH_NO;
}

/* One message: its fact, and once a flow what it is. */
static void message(struct rd msg, bool *labelled, const struct dissector_input *in, const struct fact_sink *out)
{
	struct dns_room room;
	struct rd head = msg;
	struct fact f;
	const struct dns_header h = dns_header_read(&head);
	bool known;

	if (head.err || !is_plausible(&h, msg.len))
		return;
	f.side = in->side;
	if (!*labelled) {
		*labelled = true;
		f.kind = FACT_LABEL;
		f.label.application = SPAN("DNS");
		f.label.source = FACT_BY_DISSECTOR;
		f.label.how = h.flags & DNS_FLAG_RESPONSE ? SPAN("response") : SPAN("query");
		out->fact(out->ctx, &f);
	}
	if (dns_opcode(&h) != 0) /* NOTIFY, UPDATE and their kin ask for no name */
		return;
	f.kind = FACT_DNS;
	(void)dns_read(msg, &room, &f.dns, &known);
	if (known)
		out->fact(out->ctx, &f);
}

struct datagram_state {
	bool labelled;
};

static uint64_t feed_datagram(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct datagram_state *d = state;

	message(in->bytes, &d->labelled, in, out);
	return 0;
}

struct stream_state {
	uint64_t want[2];
	bool started[2];
	bool labelled;
};

/*
 * RFC 1035, 4.2.2: length 2, message. A message that the sensor could never keep whole is read as cut when enough of it
 * is there. Returns false where the stream goes on at an unknown place or more bytes are needed.
 */
static bool stream_message(struct stream_state *s, struct rd *r, const struct dissector_input *in,
			   const struct fact_sink *out, uint64_t *want)
{
	const bool cut = r->cap < r->len;
	struct rd all = *r;
	size_t length = rd_u16(&all);

	if (all.err) {
		if (cut)
			*want = DISSECTOR_DONE;
		return false;
	}
	if (length > all.len) { /* the rest comes in later segments, if it can */
		if (!cut && (length + 2 <= DISSECTOR_PREFIX || all.cap < STREAM_ENOUGH))
			return false;
		all.len = length;
	}
	struct rd msg = rd_sub(&all, length);
	message(msg, &s->labelled, in, out);
	*want += 2 + length;
	*r = all;
	return true;
}

static uint64_t feed_stream(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct stream_state *s = state;
	uint64_t *want = &s->want[in->side];
	struct rd r = in->bytes;

	if (!s->started[in->side]) {
		s->started[in->side] = true;
		*want = in->offset;
	}
	if (in->offset > *want)
		*want = DISSECTOR_DONE;
	if (*want == DISSECTOR_DONE || *want - in->offset >= r.len)
		return *want;
	(void)rd_sub(&r, *want - in->offset);
	while (r.len && stream_message(s, &r, in, out, want))
		;
	return *want;
}

const struct dissector dissector_dns = {
	.name = "DNS",
	.title = "DNS, mDNS and LLMNR in datagrams",
	.spec = "RFC 1035, RFC 6762, RFC 4795",
	.over = OVER_UDP,
	.state_size = sizeof(struct datagram_state),
	.recognise = recognise_datagram,
	.feed = feed_datagram,
};

const struct dissector dissector_dns_tcp = {
	.name = "DNS",
	.title = "DNS over TCP",
	.spec = "RFC 1035, 4.2.2; RFC 7766",
	.over = OVER_TCP,
	.state_size = sizeof(struct stream_state),
	.recognise = recognise_stream,
	.feed = feed_stream,
};
