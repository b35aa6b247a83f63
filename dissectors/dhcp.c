/*
 * DHCP for both versions of IP.
 *
 * RFC 2131, 2 (message), 4.1 (overload); RFC 2132 (options); RFC 3396 (long options); RFC 8415, 8, 9, 11, 21 (DHCPv6);
 * RFC 3646 (name servers); RFC 5908 and RFC 4075 (time servers)
 */
#include "dissectors/dhcp.h"
#include "dissectors/dissector.h"

#include "base/span.h"

enum { V4_SERVER = 67, V4_CLIENT = 68, V6_CLIENT = 546, V6_SERVER = 547 };
enum { HARDWARE_ETHERNET = 1, MAC_BYTES = 6 };

/* RFC 2131, 2 */
enum { OP_REQUEST = 1, OP_REPLY = 2, CHADDR = 16, SNAME = 64, FILE_NAME = 128, MAGIC = 0x63825363, V4_HEADER = 240 };

/* RFC 2132: section 3.5, 3.8, 3.14, 8.3, 9 */
enum v4_option {
	V4_PAD = 0,
	V4_ROUTERS = 3,
	V4_RESOLVERS = 6,
	V4_HOST_NAME = 12,
	V4_NTP = 42,
	V4_REQUESTED = 50,
	V4_LEASE = 51,
	V4_OVERLOAD = 52,
	V4_MESSAGE = 53,
	V4_SERVER_ID = 54,
	V4_VENDOR_CLASS = 60,
	V4_END = 255,
};

enum { OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2, V4_MESSAGE_MAX = 18 };

/* RFC 8415, 7.3 and 21 */
enum v6_message { V6_SOLICIT = 1, V6_INFORMATION_REQUEST = 11, V6_RELAY_FORWARD = 12, V6_RELAY_REPLY = 13 };

enum v6_option {
	V6_CLIENT_ID = 1,
	V6_IA_NA = 3,
	V6_IA_ADDRESS = 5,
	V6_RELAY_MESSAGE = 9,
	V6_VENDOR_CLASS = 16,
	V6_RESOLVERS = 23,
	V6_SNTP = 31,
	V6_NTP = 56,
};

enum { DUID_LLT = 1, DUID_LL = 3, NTP_ADDRESS = 1, RELAY_HEADER = 33, RELAYS_MAX = 8 };

/* One option as it is put together: a reference into the packet, or a copy in the room when it came in parts. */
struct option {
	struct span value;
	bool copied;
};

struct options {
	struct option by_code[64]; /* all that we read are below 64 */
	struct dhcp_room *room;
	size_t used;
	bool ended;
};

/* RFC 3396, 5: the parts of an option are one value, in the order of the fields and in them. */
static void option_add(struct options *o, uint8_t code, struct span part)
{
	struct option *opt = &o->by_code[code];

	if (!opt->value.p) {
		opt->value = part;
		return;
	}
	/* a copy at the end of the room grows in place, any other is made anew */
	const bool at_end = opt->copied && opt->value.p + opt->value.n == o->room->bytes + o->used;
	const size_t need = part.n + (at_end ? 0 : opt->value.n);
	if (need > sizeof(o->room->bytes) - o->used)
		return;
	uint8_t *to = o->room->bytes + o->used;
	if (!at_end) {
		memcpy(to, opt->value.p, opt->value.n);
		opt->value.p = to;
		opt->copied = true;
		to += opt->value.n;
	}
	if (part.n)
		memcpy(to, part.p, part.n);
	opt->value.n += part.n;
	o->used += need;
}

static enum rd_err options_read(struct rd r, struct options *o)
{
	while (rd_more(&r)) {
		uint8_t code = rd_u8(&r);
		if (code == V4_PAD && !r.err)
			continue;
		if (code == V4_END) {
			o->ended = true;
			break;
		}
		struct span value = rd_get(&r, rd_u8(&r));
		if (!r.err && code < sizeof(o->by_code) / sizeof(o->by_code[0]))
			option_add(o, code, value);
	}
	return r.err;
}

/* The option's bytes, none where it was not sent. */
static struct rd option(const struct options *o, enum v4_option code)
{
	return rd_span(o->by_code[code].value);
}

static struct addr address_of(struct rd r)
{
	struct addr a = addr_read_v4(&r), none = { { 0 } };

	return r.err || addr_as_v4(&a) == 0 ? none : a;
}

static uint8_t addresses_v4(struct rd r, struct addr list[FACT_SERVERS])
{
	uint8_t n = 0;

	while (n < FACT_SERVERS && r.len >= 4)
		list[n++] = addr_read_v4(&r);
	return n;
}

static uint8_t addresses_v6(struct rd r, struct addr list[FACT_SERVERS], uint8_t n)
{
	while (n < FACT_SERVERS && r.cap >= 16)
		list[n++] = addr_read_v6(&r);
	return n;
}

/* A name as some clients send it, with zeros behind. */
static struct span text_of(struct rd r)
{
	size_t n = 0;

	while (n < r.cap && rd_peek(&r, n) != 0)
		n++;
	return rd_get(&r, n);
}

/* Everything that options say, once they are whole. */
static void options_tell(const struct options *o, struct addr current, struct fact_dhcp *d)
{
	struct rd message = option(o, V4_MESSAGE), lease = option(o, V4_LEASE);

	d->message = rd_u8(&message);
	d->address = addr_is_none(&current) ? address_of(option(o, V4_REQUESTED)) : current;
	d->server = address_of(option(o, V4_SERVER_ID));
	d->resolvers_n = addresses_v4(option(o, V4_RESOLVERS), d->resolvers);
	d->routers_n = addresses_v4(option(o, V4_ROUTERS), d->routers);
	d->ntp_n = addresses_v4(option(o, V4_NTP), d->ntp);
	d->host_name = text_of(option(o, V4_HOST_NAME));
	d->vendor_class = text_of(option(o, V4_VENDOR_CLASS));
	d->lease_s = rd_u32(&lease);
}

enum rd_err dhcp_v4_read(struct rd r, struct dhcp_room *room, struct fact_dhcp *ret_d)
{
	struct fact_dhcp d = { .version = 4 };
	struct options o = { .room = room };
	const struct addr none = { { 0 } };

	uint8_t op = rd_u8(&r), hardware = rd_u8(&r), hardware_n = rd_u8(&r);
	rd_skip(&r, 1); /* hops */
	d.xid = rd_u32(&r);
	rd_skip(&r, 4); /* secs, flags */
	uint32_t ciaddr = rd_u32(&r), yiaddr = rd_u32(&r);
	rd_skip(&r, 8); /* siaddr, giaddr */
	struct rd chaddr = rd_sub(&r, CHADDR), sname = rd_sub(&r, SNAME), file = rd_sub(&r, FILE_NAME);
	uint32_t magic = rd_u32(&r);
	if (r.err)
		return r.err;
	if ((op != OP_REQUEST && op != OP_REPLY) || magic != MAGIC || hardware_n > CHADDR)
		return RD_OVERRUN;
	if (hardware == HARDWARE_ETHERNET && hardware_n == MAC_BYTES)
		rd_bytes(&chaddr, d.client.b, MAC_BYTES);

	enum rd_err err = options_read(r, &o);
	struct rd overload = option(&o, V4_OVERLOAD);
	uint8_t more = err ? 0 : rd_u8(&overload);
	if (!err && (more & OVERLOAD_FILE))
		err = options_read(file, &o);
	if (!err && (more & OVERLOAD_SNAME))
		err = options_read(sname, &o);
	options_tell(&o, yiaddr ? addr_v4(yiaddr) : ciaddr ? addr_v4(ciaddr) : none, &d);
	if (err == RD_OVERRUN || (!err && (d.message == 0 || d.message > V4_MESSAGE_MAX)))
		return RD_OVERRUN;
	*ret_d = d;
	return err;
}

/* RFC 8415, 11: the kinds of client identifier that are a hardware address. */
static void client_id_read(struct rd r, struct fact_dhcp *d)
{
	uint16_t kind = rd_u16(&r), hardware = rd_u16(&r);

	if ((kind != DUID_LLT && kind != DUID_LL) || hardware != HARDWARE_ETHERNET)
		return;
	if (kind == DUID_LLT)
		rd_skip(&r, 4); /* time */
	if (r.cap == MAC_BYTES && r.len == MAC_BYTES)
		rd_bytes(&r, d->client.b, MAC_BYTES);
}

/* RFC 8415, 21.4 and 21.6: identity, two times, options; the first address in it. */
static enum rd_err identity_read(struct rd r, struct fact_dhcp *d)
{
	rd_skip(&r, 12);
	while (rd_more(&r)) {
		uint16_t code = rd_u16(&r);
		struct rd body = rd_sub16(&r);
		if (r.err)
			break;
		if (code != V6_IA_ADDRESS || !addr_is_none(&d->address))
			continue;
		struct addr a = addr_read_v6(&body);
		rd_skip(&body, 4); /* preferred lifetime */
		uint32_t valid = rd_u32(&body);
		if (body.err)
			return body.err;
		d->address = a;
		d->lease_s = valid;
	}
	return r.err;
}

/* RFC 5908, 4: suboptions; only addresses are of use here. */
static void time_servers_read(struct rd r, struct fact_dhcp *d)
{
	while (rd_more(&r)) {
		uint16_t code = rd_u16(&r);
		struct rd body = rd_sub16(&r);
		if (code == NTP_ADDRESS)
			d->ntp_n = addresses_v6(body, d->ntp, d->ntp_n);
	}
}

/* RFC 8415, 21.16: enterprise number, then texts with their length. The first text. */
static void vendor_class_read(struct rd r, struct fact_dhcp *d)
{
	rd_skip(&r, 4);
	struct rd text = rd_sub16(&r);
	if (!r.err && !text.err && text.cap == text.len)
		d->vendor_class = rd_rest(&text);
}

static enum rd_err v6_option_read(uint16_t code, struct rd body, struct fact_dhcp *d)
{
	switch (code) {
	case V6_CLIENT_ID:
		client_id_read(body, d);
		return RD_OK;
	case V6_IA_NA:
		return identity_read(body, d);
	case V6_RESOLVERS:
		d->resolvers_n = addresses_v6(body, d->resolvers, d->resolvers_n);
		return RD_OK;
	case V6_SNTP:
		d->ntp_n = addresses_v6(body, d->ntp, d->ntp_n);
		return RD_OK;
	case V6_NTP:
		time_servers_read(body, d);
		return RD_OK;
	case V6_VENDOR_CLASS:
		vendor_class_read(body, d);
		return RD_OK;
	default:
		return RD_OK;
	}
}

/* RFC 8415, 9 and 19: the client's own message inside those of its relays; each relay adds one envelope. */
static struct rd unwrap(struct rd r)
{
	for (int i = 0; i < RELAYS_MAX; i++) {
		int type = rd_peek(&r, 0);
		struct rd inner = { .err = RD_OVERRUN };
		if (type != V6_RELAY_FORWARD && type != V6_RELAY_REPLY)
			return r;
		rd_skip(&r, 1 + RELAY_HEADER);
		while (inner.err && rd_more(&r)) {
			uint16_t code = rd_u16(&r);
			struct rd body = rd_sub16(&r);
			if (code == V6_RELAY_MESSAGE && !r.err)
				inner = body;
		}
		if (inner.err && r.err)
			inner.err = r.err;
		r = inner;
	}
	rd_fail(&r);
	return r;
}

enum rd_err dhcp_v6_read(struct rd datagram, struct fact_dhcp *ret_d)
{
	struct rd r = unwrap(datagram);
	struct fact_dhcp d = { .version = 6, .message = rd_u8(&r) };
	enum rd_err err = RD_OK;

	d.xid = rd_u24(&r);
	if (r.err)
		return r.err;
	if (d.message < V6_SOLICIT || d.message > V6_INFORMATION_REQUEST)
		return RD_OVERRUN;
	while (!err && rd_more(&r)) {
		uint16_t code = rd_u16(&r);
		struct rd body = rd_sub16(&r);
		if (!r.err)
			err = v6_option_read(code, body, &d);
	}
	err = r.err ? r.err : err;
	if (err == RD_OVERRUN)
		return err;
	*ret_d = d;
	return err;
}

static bool has_port(const struct dissector_input *in, uint16_t a, uint16_t b)
{
	return in->port[0] == a || in->port[0] == b || in->port[1] == a || in->port[1] == b;
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct rd r = in->bytes;

	if (has_port(in, V4_SERVER, V4_CLIENT)) {
		uint8_t op = rd_u8(&r), hardware = rd_u8(&r), hardware_n = rd_u8(&r);
		if (r.err || in->bytes.len < V4_HEADER || op < OP_REQUEST || op > OP_REPLY || !hardware ||
		    hardware_n > CHADDR)
			return MATCH_NO;
		rd_skip(&r, V4_HEADER - 4 - 3);
		uint32_t magic = rd_u32(&r);
		return r.err == RD_SHORT || magic == MAGIC ? MATCH_YES : MATCH_NO;
	}
	if (has_port(in, V6_CLIENT, V6_SERVER)) {
		uint8_t type = rd_u8(&r);
		return in->bytes.len >= 4 && type >= V6_SOLICIT && type <= V6_RELAY_REPLY ? MATCH_YES : MATCH_NO;
	}
	return MATCH_NO;
}

struct dhcp_state {
	bool labelled;
};

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct dhcp_state *s = state;
	struct dhcp_room room;
	struct fact f = { .kind = FACT_DHCP, .side = in->side };
	const bool v6 = has_port(in, V6_CLIENT, V6_SERVER) && !has_port(in, V4_SERVER, V4_CLIENT);
	enum rd_err err = v6 ? dhcp_v6_read(in->bytes, &f.dhcp) : dhcp_v4_read(in->bytes, &room, &f.dhcp);

	if (err != RD_OVERRUN && !s->labelled) {
		struct fact l = { .kind = FACT_LABEL, .side = in->side };
		l.label.application = SPAN("DHCP");
		l.label.source = FACT_BY_DISSECTOR;
		l.label.how = v6 ? SPAN("dhcpv6") : SPAN("dhcpv4");
		s->labelled = true;
		out->fact(out->ctx, &l);
	}
	if (err != RD_OVERRUN && f.dhcp.message)
		out->fact(out->ctx, &f);
	return 0;
}

const struct dissector dissector_dhcp = {
	.name = "DHCP",
	.title = "DHCP and DHCPv6",
	.spec = "RFC 2131, RFC 2132, RFC 8415",
	.over = OVER_UDP,
	.state_size = sizeof(struct dhcp_state),
	.recognise = recognise,
	.feed = feed,
};
