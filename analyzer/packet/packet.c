/* The loop over the headers of a frame; each step is in the file of its layer. */
#include "packet/packet.h"

#include "packet/step.h"

/*
 * The longest chain in use: Ethernet, four tags, IPv6, six extension headers (RFC 8200, section 4.1), transport. The
 * rest is room for odd but honest packets.
 */
enum { STEPS_MAX = 24 };

static step_fn *const STEPS[HEADERS] = {
	[HEADER_ETHERNET] = step_ethernet,
	[HEADER_SLL] = step_sll,
	[HEADER_SLL2] = step_sll2,
	[HEADER_FAMILY] = step_family,
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
};

static const char *const REASONS[UNDECODED_REASONS] = {
	[UNDECODED_NONE] = "none",
	[UNDECODED_LINK_TYPE] = "link-type",
	[UNDECODED_SNAPLEN] = "snaplen",
	[UNDECODED_MALFORMED] = "malformed",
	[UNDECODED_DEPTH] = "depth",
};

const char *packet_undecoded_name(enum packet_undecoded u)
{
	return REASONS[u];
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

void packet_decode(const struct frame *f, struct packet *ret_p)
{
	struct walk w = { .r = f->bytes, .p = ret_p };
	enum header next = step_first(f->link_type);

	*ret_p = (struct packet){ .to_us = true };
	if (next == HEADER_END)
		step_give_up(&w, UNDECODED_LINK_TYPE);
	for (unsigned steps = 0; next != HEADER_END; steps++)
		next = steps < STEPS_MAX ? STEPS[next](&w) : step_give_up(&w, UNDECODED_DEPTH);
	ret_p->payload = w.r;
	if (w.r.cap < w.r.len)
		ret_p->cut = true;
}
