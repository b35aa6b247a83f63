/*
 * TCP: RFC 9293, options RFC 7323 and RFC 2018. UDP: RFC 768. ICMP: RFC 792, RFC 1191 (MTU). ICMPv6: RFC 4443.
 * ESP: RFC 4303.
 */
#include "packet/step.h"

enum { TCP_MIN = 20, UDP_SIZE = 8 };

/* A first fragment need not hold the whole transport header (RFC 1858): then there are no ports, and no lie. */
static enum header stop(struct walk *w, enum rd_err err)
{
	if (err != RD_OVERRUN || !w->p->fragment)
		return step_stop(w, err);
	w->p->has_ports = false;
	return HEADER_END;
}

void step_tcp_options(struct rd r, struct packet_tcp *t)
{
	enum { END, NOP, MSS, WSCALE, SACK_OK, SACK, TIMESTAMPS = 8 };

	while (rd_more(&r)) {
		uint8_t kind = rd_u8(&r);
		if (kind == NOP)
			continue;
		if (kind == END)
			return;
		size_t size = rd_u8(&r);
		if (size < 2)
			return;
		struct rd o = rd_sub(&r, size - 2);
		uint32_t first = 0, second = 0;
		switch (kind) {
		case MSS:
			first = rd_u16(&o);
			if (!o.err)
				t->mss = (uint16_t)first;
			break;
		case WSCALE:
			first = rd_u8(&o);
			if (o.err)
				break;
			t->wscale = (uint8_t)first;
			t->has_wscale = true;
			break;
		case SACK_OK:
			t->sack_ok = t->sack_ok || !o.err;
			break;
		case SACK:
			if (!o.err)
				t->sacks = (uint8_t)(o.len / 8);
			break;
		case TIMESTAMPS:
			first = rd_u32(&o);
			second = rd_u32(&o);
			if (o.err)
				break;
			t->ts_val = first;
			t->ts_ecr = second;
			t->has_ts = true;
			break;
		default:
			break;
		}
	}
}

enum header step_tcp(struct walk *w)
{
	struct packet *p = w->p;
	struct rd data = w->r, r = data;
	uint32_t words[3];
	rd_words(&r, words, 3);
	uint32_t flags = rd_u16(&r);
	size_t header = (flags >> 12) * 4;

	if (r.err)
		return stop(w, r.err);
	if (header < TCP_MIN)
		return step_stop(w, RD_OVERRUN);
	struct rd options = rd_sub(&data, header);
	if (options.err)
		return stop(w, options.err);
	w->r = data;
	p->has_ports = true;
	p->sport = (uint16_t)(words[0] >> 16);
	p->dport = (uint16_t)words[0];
	p->tcp.seq = words[1];
	p->tcp.ack = words[2];
	p->tcp.flags = flags & 0xff;
	p->tcp.window = rd_u16(&r);
	p->l4_checksum = rd_u16(&r);
	p->cut = options.cap < options.len;
	rd_skip(&options, TCP_MIN);
	step_tcp_options(options, &p->tcp);
	return HEADER_END;
}

/*
 * Ports that tunnels use. A table without collisions: every port has a slot of its own. Where answers too go to the
 * port, what comes from it is no tunnel's.
 */
enum { SLOTS = 23 };
enum ends { TO = 1, EITHER = 2 };
static const struct {
	uint16_t port;
	uint8_t ends, next;
} PORTS[SLOTS] = {
	[4789 % SLOTS] = { 4789, TO, HEADER_VXLAN },
	[8472 % SLOTS] = { 8472, TO, HEADER_VXLAN }, /* Linux before 4789 was assigned */
	[4790 % SLOTS] = { 4790, TO, HEADER_VXLAN_GPE },
	[6081 % SLOTS] = { 6081, TO, HEADER_GENEVE },
	[2152 % SLOTS] = { 2152, EITHER, HEADER_GTPU },
	[3544 % SLOTS] = { 3544, EITHER, HEADER_TEREDO },
	[1701 % SLOTS] = { 1701, EITHER, HEADER_L2TP },
	[5247 % SLOTS] = { 5247, EITHER, HEADER_CAPWAP },
};

enum header step_of_ports(uint16_t sport, uint16_t dport)
{
	unsigned to = dport % SLOTS, from = sport % SLOTS;

	if (PORTS[to].port == dport)
		return PORTS[to].next;
	if (PORTS[from].port == sport && PORTS[from].ends == EITHER)
		return PORTS[from].next;
	return HEADER_END;
}

enum header step_udp(struct walk *w)
{
	struct packet *p = w->p;
	size_t left = w->r.len;
	struct rd r = rd_sub(&w->r, UDP_SIZE);

	p->sport = rd_u16(&r);
	p->dport = rd_u16(&r);
	p->has_ports = !r.err;
	size_t length = rd_u16(&r);
	p->l4_checksum = rd_u16(&r);
	if (r.err)
		return stop(w, r.err);
	if (length == 0 || (p->fragment && length > left)) /* 0: jumbogram (RFC 2675, section 4) or offload */
		length = left;
	if (length < UDP_SIZE)
		return step_stop(w, RD_OVERRUN);
	w->r = rd_sub(&w->r, length - UDP_SIZE);
	if (w->r.err)
		return step_stop(w, w->r.err);
	return p->fragment ? HEADER_END : step_of_ports(p->sport, p->dport);
}

/* What the second word of an ICMP message is for us. */
enum icmp_use { PLAIN, ECHO, ERROR, ERROR_MTU16, ERROR_MTU32 };

static enum icmp_use icmp_use(const struct packet_icmp *m)
{
	enum { ECHO_REPLY = 0, UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, ECHO_REQUEST = 8, TIME = 11, PARAMETER = 12 };
	enum { FRAGMENTATION_NEEDED = 4 };

	switch (m->type) {
	case ECHO_REPLY:
	case ECHO_REQUEST:
		return ECHO;
	case UNREACHABLE:
		return m->code == FRAGMENTATION_NEEDED ? ERROR_MTU16 : ERROR;
	case QUENCH:
	case REDIRECT:
	case TIME:
	case PARAMETER:
		return ERROR;
	default:
		return PLAIN;
	}
}

static enum icmp_use icmp6_use(const struct packet_icmp *m)
{
	enum { TOO_BIG = 2, INFORMATIONAL = 128, ECHO_REQUEST = 128, ECHO_REPLY = 129 };

	if (m->type == ECHO_REQUEST || m->type == ECHO_REPLY)
		return ECHO;
	if (m->type >= INFORMATIONAL)
		return PLAIN;
	return m->type == TOO_BIG ? ERROR_MTU32 : ERROR;
}

/* Only an echo moves on to its data; every other message is payload of IP as a whole. */
static enum header icmp(struct walk *w, bool v6)
{
	struct packet_icmp *m = &w->p->icmp;
	struct rd r = w->r;

	m->type = rd_u8(&r);
	m->code = rd_u8(&r);
	rd_skip(&r, 2);
	if (r.err)
		return stop(w, r.err);
	enum icmp_use use = v6 ? icmp6_use(m) : icmp_use(m);
	if (use == PLAIN)
		return HEADER_END;
	uint32_t word = rd_u32(&r);
	if (r.err)
		return stop(w, r.err);
	if (use == ECHO) {
		m->id = (uint16_t)(word >> 16);
		m->seq = (uint16_t)word;
		w->r = r;
		return HEADER_END;
	}
	m->error = true;
	m->mtu = use == ERROR_MTU32 ? word : use == ERROR_MTU16 ? word & 0xffff : 0;
	m->quote = (struct packet_quote){ 0 };
	step_quote(r, v6, &m->quote);
	return HEADER_END;
}

enum header step_icmp(struct walk *w)
{
	return icmp(w, false);
}

enum header step_icmp6(struct walk *w)
{
	enum header next = icmp(w, true);

	step_discovery(w->r, w->p);
	return next;
}

enum header step_esp(struct walk *w)
{
	struct packet *p = w->p;

	p->esp_spi = rd_u32(&w->r);
	p->esp_seq = rd_u32(&w->r);
	return w->r.err ? stop(w, w->r.err) : HEADER_END;
}
