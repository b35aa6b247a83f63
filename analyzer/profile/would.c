/*
 * What a site would have to say for a rule to take a flow: "--set sam_server=10.1.0.20", or
 * "--device 10.1.0.40=cam-manager".
 */
#include <stdio.h>

#include "base/span.h"
#include "profile/match.h"
#include "profile/scalar.h"

/* The name the flow goes by, where it may be written into a site file as it is. */
static struct span flow_name(const struct match_flow *f)
{
	struct span s = f->carried.n ? f->carried : f->names_n == 1 && !f->names_ambiguous ? f->names[0] : f->carried;

	return s.n && s.p[0] != '.' && s.p[0] != '*' && !scalar_check_host(s) ? s : (struct span){ NULL, 0 };
}

/* The first unset parameter among the rule's peers, else the one of its ports; -1 where all are set. */
static int unset_parameter(const struct binding *b, const struct rule *r)
{
	const int ports[] = { r->ports.parameter, r->device_ports.parameter, r->peer_ports.parameter };

	for (uint32_t i = 0; i < r->peers.parameters_n; i++)
		if (b->parameters[r->peers.parameters[i]].n == 0)
			return (int)r->peers.parameters[i];
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] >= 0 && b->parameters[ports[i]].n == 0)
			return ports[i];
	return -1;
}

static uint16_t port_for(const struct rule *r, const struct match_flow *f, int parameter)
{
	if (r->device_ports.parameter == parameter)
		return f->device_port;
	if (r->peer_ports.parameter == parameter)
		return f->peer_port;
	return r->initiator == INITIATOR_PEER || f->initiator == INITIATOR_PEER ? f->device_port : f->peer_port;
}

bool match_would_bind(const struct binding *b, const struct rule *r, const struct match_flow *f, char *ret, size_t n)
{
	struct match_hit hit;
	char address[ADDR_TEXT];
	int i = unset_parameter(b, r), wrote = -1;

	if (i < 0 || match_rule(b, r, f, &hit) != MISS_UNBOUND)
		return false;
	const struct parameter *q = &b->profile->parameters[i];
	const char *id = (const char *)q->id.p;
	struct span name = flow_name(f);
	unsigned port = port_for(r, f, i);
	addr_format(&f->peer, address);
	if (q->kind == PARAM_PORT)
		wrote = snprintf(ret, n, "%s=%u", id, port);
	else if (q->kind == PARAM_ENDPOINT && addr_is_v4(&f->peer))
		wrote = snprintf(ret, n, "%s=%s:%u", id, address, port);
	else if (q->kind == PARAM_ENDPOINT)
		wrote = snprintf(ret, n, "%s=[%s]:%u", id, address, port);
	else if (q->kind == PARAM_ADDRESS || q->kind == PARAM_PREFIX || q->kind == PARAM_SERVER)
		wrote = snprintf(ret, n, "%s=%s", id, address);
	else if (q->kind == PARAM_HOST && name.n)
		wrote = snprintf(ret, n, "%s=%.*s", id, (int)name.n, (const char *)name.p);
	return wrote > 0 && (size_t)wrote < n;
}

bool match_would_be(const struct binding *b, const struct rule *r, const struct match_flow *f, char *ret, size_t n)
{
	struct match_hit hit;
	struct match_flow as = *f;
	char address[ADDR_TEXT];
	enum addr_scope scope = addr_scope(&f->peer);

	if (!r->peers.profile.n || r->all_ports || f->logical || f->group_address || scope == ADDR_MULTICAST ||
	    scope == ADDR_BROADCAST || match_rule(b, r, f, &hit) == MISS_NONE)
		return false;
	as.peer_profiles[0] = r->peers.profile;
	as.peer_profiles_n = 1;
	as.peer_same_group = r->peers.group == GROUP_SAME;
	as.peer_other_group = r->peers.group == GROUP_OTHER;
	if (match_rule(b, r, &as, &hit) != MISS_NONE)
		return false;
	addr_format(&f->peer, address);
	int wrote = snprintf(ret, n, "%s=%.*s", address, (int)r->peers.profile.n, (const char *)r->peers.profile.p);
	return wrote > 0 && (size_t)wrote < n;
}

bool match_is_unbound(const struct binding *b, const struct rule *r)
{
	const struct peer_spec *p = &r->peers;

	if (r->ports.parameter >= 0 && !r->ports.n && !b->parameters[r->ports.parameter].n)
		return true;
	if (!p->parameters_n || p->hosts.n || p->addresses_n || p->sets_n || p->any || p->scope || p->broadcast ||
	    p->multicast || p->resolvers || p->profile.n || p->announced.n || p->declared_tls)
		return false;
	for (uint32_t i = 0; i < p->parameters_n; i++)
		if (b->parameters[p->parameters[i]].n)
			return false;
	return true;
}
