/*
 * Stations that the site names one by one, and of which the capture has nothing: no flow, no ARP, no DHCP. That is no
 * fault of theirs; it may be the site file's, or the capture's place. Networks and vendors are no stations.
 */
#include "base/span.h"
#include "judge/state.h"

static bool has_mac(const struct devices *d, const struct mac *m)
{
	for (const struct host *h = d->hosts; h; h = h->hh.next)
		if (mac_eq(&h->link_mac, m))
			return true;
	return devices_knows_mac(d, m);
}

static bool has_address(const struct site_device *e)
{
	return e->has_prefix && e->prefix.bits == 128;
}

static bool is_absent(const struct devices *d, const struct site_device *e)
{
	if (!e->profiles.n || (!has_address(e) && !e->has_mac))
		return false; /* exempt, or many */
	return !(has_address(e) && devices_find(d, &e->prefix.addr)) && !(e->has_mac && has_mac(d, &e->mac));
}

/* What an entry before it says of the same address holds. */
static bool is_repeated(const struct site *s, uint32_t at)
{
	const struct site_device *e = &s->devices[at];

	for (uint32_t i = 0; i < at; i++)
		if (e->has_prefix && s->devices[i].has_prefix && s->devices[i].prefix.bits == e->prefix.bits &&
		    addr_eq(&s->devices[i].prefix.addr, &e->prefix.addr))
			return true;
	return false;
}

static void emit(struct judge *j, const struct site_device *e)
{
	struct result_address address = { .address = e->prefix.addr, .how = SPAN("site") };
	char text[ADDR_TEXT > MAC_TEXT ? ADDR_TEXT : MAC_TEXT];
	size_t n = has_address(e) ? addr_format(&e->prefix.addr, text) : mac_format(&e->mac, text);
	struct result r = { .type = RESULT_DEVICE };

	r.device = (struct result_device){
		.id = e->name.n ? e->name : (struct span){ (const uint8_t *)text, n },
		.addresses = &address,
		.addresses_n = has_address(e),
		.macs = &e->mac,
		.macs_n = e->has_mac,
		.profiles = e->profiles.v,
		.profiles_n = (uint32_t)e->profiles.n,
		.identified_by = span_of(device_declared_by(e)),
		.absent = true,
	};
	j->sink.put(j->sink.ctx, &r);
}

void absent_emit(struct judge *j)
{
	const struct site *s = policy_site(j->policy);

	if (j->devices.evicted)
		return; /* hosts that nobody remembers: any of them may have been one of these */
	for (uint32_t i = 0; i < s->devices_n; i++)
		if (is_absent(&j->devices, &s->devices[i]) && !is_repeated(s, i))
			emit(j, &s->devices[i]);
}
