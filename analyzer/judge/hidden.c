/* RFC 7858 (DoT), RFC 8484 (DoH), RFC 9250 (DoQ). */
#include "judge/hidden.h"

#include <stdlib.h>

#include "base/proto.h"
#include "base/span.h"
#include "judge/state.h"

enum { HTTPS = 443 };

/*
 * Public resolvers that speak DoH, by the names and addresses that their operators publish; as of 2026-11. One that is
 * missing here only means that its users' look-ups are thought to be visible.
 */
static const char *const NAMES[] = {
	".dns.google", "dns.google.com", ".cloudflare-dns.com", "one.one.one.one", ".quad9.net", "doh.opendns.com",
	"doh.familyshield.opendns.com", "dns.opendns.com", "doh.cleanbrowsing.org", ".adguard-dns.com", "dns.adguard.com",
	".dns.nextdns.io", ".mullvad.net", "freedns.controld.com", "dns.controld.com", ".dns0.eu", "doh.dns.apple.com",
	"dns.alidns.com", "doh.pub", "doh.dns.sb", "doh.xfinity.com",
};

/* IPv4 as 32 bits, IPv6 by its first and last 64. */
static const uint32_t V4[] = {
	0x08080808, 0x08080404,                         /* Google */
	0x01010101, 0x01000001, 0x01010102, 0x01000002, /* Cloudflare */
	0x01010103, 0x01000003,
	0x09090909, 0x95707070,                         /* Quad9 */
	0xd043dede, 0xd043dcdc,                         /* OpenDNS */
	0x5e8c0e0e, 0x5e8c0f0f,                         /* AdGuard */
};

static const char *const V6[] = {
	"2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001", "2620:fe::fe",
	"2620:fe::9", "2620:119:35::35", "2620:119:53::53", "2a10:50c0::ad1:ff", "2a10:50c0::ad2:ff",
};

static bool is_resolver_name(struct span name)
{
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (span_host_matches(name, span_of(NAMES[i])))
			return true;
	return false;
}

static bool is_resolver_address(const struct addr *a)
{
	struct addr known;

	for (size_t i = 0; addr_is_v4(a) && i < sizeof(V4) / sizeof(V4[0]); i++)
		if (addr_as_v4(a) == V4[i])
			return true;
	for (size_t i = 0; !addr_is_v4(a) && i < sizeof(V6) / sizeof(V6[0]); i++)
		if (addr_parse(span_of(V6[i]), &known) && addr_eq(a, &known))
			return true;
	return false;
}

struct span hidden_doh(const struct closed *c)
{
	const struct span none = { NULL, 0 };

	if (!c->tls_hello || c->port[1] != HTTPS || (c->alpn.n && !span_starts(c->alpn, SPAN("h"))))
		return none;
	return (c->carried.n ? is_resolver_name(c->carried) : is_resolver_address(&c->addr[1])) ? SPAN("DoH") : none;
}

static struct span kind_of(const struct closed *c)
{
	static const char *const kinds[] = { "DoT", "DoH", "DoQ" };

	for (uint8_t i = 0; i < c->labels_n; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			if (span_eq(c->labels[i], span_of(kinds[k])))
				return c->labels[i];
	return (struct span){ NULL, 0 };
}

bool hidden_is(const struct closed *c)
{
	return kind_of(c).n > 0;
}

void hidden_add(struct hidden_dns **h, const struct closed *c)
{
	const struct span how = kind_of(c);

	if (!how.n || !(c->came & (CAME_TLS | CAME_DATA)))
		return;
	if (!*h) {
		*h = calloc(1, sizeof(**h));
		if (!*h)
			return;
		**h = (struct hidden_dns){ .how = how, .name = c->carried, .peer = c->addr[1],
					   .port = { c->port[0], c->port[1] }, .proto = c->proto, .flow = c->id,
					   .frame = c->first_frame, .first = c->start };
	}
	(*h)->sessions++;
	if (c->end > (*h)->last)
		(*h)->last = c->end;
}

const struct hidden_dns *hidden_of(const struct devices *d, const struct device *dev)
{
	for (uint8_t i = 0; i < dev->addresses_n; i++) {
		const struct host *h = devices_find(d, &dev->addresses[i].addr);
		if (h && h->hidden)
			return h->hidden;
	}
	return NULL;
}

void hidden_say(struct judge *j, struct device *d)
{
	const struct hidden_dns *h = hidden_of(&j->devices, d);
	struct draft f;

	if (!h)
		return;
	draft_begin(&f, FIND_CAPTURE_DEFECT, d, NULL, NULL);
	f.kind = "hidden-dns";
	f.confidence = CONFIDENCE_CONFIRMED;
	f.count = h->sessions;
	f.peer = h->peer;
	f.peer_name = h->name;
	f.proto = h->proto;
	draft_port(&f, h->port[1]);
	draft_flow(&f, h->flow);
	draft_frame(&f, &h->frame);
	draft_time(&f, h->first, h->last);
	draft_filter(&f, h->frame.capture, h->proto, &d->addr, &h->peer, h->port[0], h->port[1]);
	wr_printable(&f.message, d->id);
	wr_str(&f.message, " looks names up where nobody can see it (");
	wr_span(&f.message, h->how);
	wr_str(&f.message, ", ");
	if (h->name.n) {
		wr_printable(&f.message, h->name);
		wr_str(&f.message, " at ");
	}
	wr_addr(&f.message, &h->peer);
	wr_str(&f.message, "): failing look-ups cannot be found, and an address without a name may be a declared one.");
	wr_str(&f.remedy, "Turn its encrypted DNS off for the time of the capture, or read that resolver's log.");
	draft_text(&f, "application", h->how);
	finding_add(&j->findings, &f);
}
