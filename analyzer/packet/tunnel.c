/* Packets inside packets, recognised by IP's protocol number: IP in IP (RFC 2003, 2473, 4213). */
#include "packet/step.h"

enum header step_carries(struct walk *w, struct rd inside, enum header first, enum packet_tunnel t, uint32_t id)
{
	struct packet *p = w->p;

	if (p->fragment)
		return HEADER_END;
	p->tunnel = t;
	p->tunnel_id = id;
	p->inside = inside;
	p->inside_header = (uint8_t)first;
	return HEADER_END;
}

enum header step_ipv4_inside(struct walk *w)
{
	return step_carries(w, w->r, HEADER_IPV4, w->p->ip_version == 4 ? TUNNEL_IPIP : TUNNEL_4IN6, 0);
}

enum header step_ipv6_inside(struct walk *w)
{
	return step_carries(w, w->r, HEADER_IPV6, w->p->ip_version == 4 ? TUNNEL_6IN4 : TUNNEL_6IN6, 0);
}
