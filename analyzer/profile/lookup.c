/* Who is which device, and which profiles that means. DESIGN: sites. */
#include <stdio.h>

#include "base/span.h"
#include "profile/policy_priv.h"

bool policy_is_private(const struct policy *p, const struct addr *a)
{
	enum addr_scope s = addr_scope(a);

	if (s == ADDR_PRIVATE || s == ADDR_LINK)
		return true;
	for (uint32_t i = 0; i < p->site.networks_n; i++)
		if (prefix_has(&p->site.networks[i], a))
			return true;
	return false;
}

static bool same_oui(const struct mac *a, const struct mac *b)
{
	return memcmp(a->b, b->b, 3) == 0;
}

static bool has_oui(const struct mac *m)
{
	return !mac_is_none(m) && !mac_is_local(m) && !mac_is_group(m);
}

/* Exact address > MAC > OUI > longest prefix; 0: it is somebody else. */
static unsigned device_rank(const struct site_device *d, const struct station *s)
{
	enum { RANK_PREFIX = 1, RANK_OUI = 200, RANK_MAC, RANK_ADDRESS };

	/* an entry with both must fit with both */
	if (d->has_prefix && !prefix_has(&d->prefix, &s->addr))
		return 0;
	if (d->has_mac && (mac_is_none(&s->mac) || !mac_eq(&d->mac, &s->mac)))
		return 0;
	if (d->has_oui && (!has_oui(&s->mac) || !same_oui(&d->mac, &s->mac)))
		return 0;
	if (d->has_prefix && d->prefix.bits == 128)
		return RANK_ADDRESS;
	if (d->has_mac)
		return RANK_MAC;
	if (d->has_oui)
		return RANK_OUI;
	return d->has_prefix ? RANK_PREFIX + d->prefix.bits : 0;
}

const struct site_device *policy_device(const struct policy *p, const struct station *s)
{
	const struct site_device *best = NULL;
	unsigned most = 0;

	for (uint32_t i = 0; i < p->site.devices_n; i++) {
		unsigned rank = device_rank(&p->site.devices[i], s);
		if (rank > most) {
			most = rank;
			best = &p->site.devices[i];
		}
	}
	return best;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* * stands for any run; ASCII case is ignored. Linear but for the last star, which is tried again from further on. */
static bool glob(struct span s, struct span pattern)
{
	size_t i = 0, j = 0, star = SIZE_MAX, from = 0;

	while (i < s.n) {
		if (j < pattern.n && pattern.p[j] == '*') {
			star = j++;
			from = i;
		} else if (j < pattern.n && lower(pattern.p[j]) == lower(s.p[i])) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			j = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (j < pattern.n && pattern.p[j] == '*')
		j++;
	return j == pattern.n;
}

static bool any_glob(const struct texts *patterns, struct span s)
{
	for (uint32_t i = 0; s.n && i < patterns->n; i++)
		if (glob(s, patterns->v[i]))
			return true;
	return false;
}

/* The text as a name of bounded length; what a device sends may hold any byte. */
static void say_how(char *ret_how, size_t n, const char *what, struct span s)
{
	char clean[64];
	size_t at = 0;

	for (; at < s.n && at + 1 < sizeof(clean); at++)
		clean[at] = s.p[at] >= 0x20 && s.p[at] < 0x7f ? (char)s.p[at] : '?';
	clean[at] = 0;
	(void)snprintf(ret_how, n, "%s %s", what, clean);
}

bool policy_identify(const struct policy *p, const struct profile *pr, const struct station *s, char *ret_how, size_t n)
{
	const struct identify *id = &pr->identify;
	struct mac oui;

	(void)p;
	for (uint32_t i = 0; i < id->oui.n && has_oui(&s->mac); i++)
		if (scalar_oui(id->oui.v[i], &oui) && same_oui(&oui, &s->mac)) {
			say_how(ret_how, n, "OUI", id->oui.v[i]);
			return true;
		}
	if (any_glob(&id->hostnames, s->host_name)) {
		say_how(ret_how, n, "host name", s->host_name);
		return true;
	}
	if (any_glob(&id->vendor_classes, s->vendor_class)) {
		say_how(ret_how, n, "vendor class", s->vendor_class);
		return true;
	}
	return false;
}

static size_t add_once(const struct profile **v, size_t n, const struct profile *pr)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == pr)
			return n;
	if (n < BINDING_PROFILES)
		v[n++] = pr;
	return n;
}

size_t policy_expand(const struct policy *p, const struct profile *const *heads, size_t n, const struct profile **ret_v)
{
	size_t count = 0;

	(void)p;
	for (size_t i = 0; i < n; i++) {
		count = add_once(ret_v, count, heads[i]);
		for (uint32_t u = 0; u < heads[i]->uses_n; u++)
			count = add_once(ret_v, count, heads[i]->uses[u]);
	}
	return count;
}

static bool port_in(const struct ports *s, uint16_t port)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (port >= s->v[i].from && port <= s->v[i].to)
			return true;
	return s->any;
}

static bool peer_in(const struct site_ignore *g, const struct addr *peer)
{
	for (uint32_t i = 0; i < g->peers_n; i++)
		if (prefix_has(&g->peers[i], peer))
			return true;
	return g->peers_n == 0;
}

bool policy_ignores(const struct policy *p, unsigned transport, const struct addr *peer, uint16_t port,
                    struct span *ret_why)
{
	for (uint32_t i = 0; i < p->site.ignores_n; i++) {
		const struct site_ignore *g = &p->site.ignores[i];
		if ((!g->transports || (g->transports & transport)) && port_in(&g->ports, port) && peer_in(g, peer)) {
			*ret_why = g->why;
			return true;
		}
	}
	return false;
}
