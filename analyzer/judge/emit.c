/* Records of runs, devices and flows. Community ID: github.com/corelight/community-id-spec, version 1, seed 0. */
#include <string.h>

#include "base/community.h"
#include "base/span.h"
#include "judge/view.h"

static const char *const VANTAGES[] = { "unknown", "inside", "outside", "device" };

void emit_run(struct judge *j, bool final)
{
	struct result_profile profiles[64];
	struct result_source sources[64][8];
	uint32_t n = 0;

	for (size_t i = 0; i < policy_profiles(j->policy) && n < 64; i++) {
		const struct profile *p = policy_profile(j->policy, i);
		uint32_t k = 0;
		for (; k < p->sources_n && k < 8; k++)
			sources[n][k] = (struct result_source){ p->sources[k].id, p->sources[k].title,
								p->sources[k].number, p->sources[k].date };
		profiles[n] = (struct result_profile){ p->id, p->title, sources[n], k };
		n++;
	}
	const struct site *site = policy_site(j->policy);
	struct result r = { .type = RESULT_RUN };
	r.run = (struct result_run){
		.schema = RESULT_SCHEMA,
		.tool = SPAN("plumbline"),
		.version = SPAN(PLUMBLINE_VERSION),
		.site = site->id,
		.vantage = span_of(VANTAGES[site->vantage]),
		.profiles = profiles,
		.profiles_n = n,
		.captures = j->captures,
		.captures_n = final ? j->captures_n : 0,
		.final = final,
	};
	j->sink.put(j->sink.ctx, &r);
}

void emit_device(struct judge *j, const struct device *d)
{
	struct result_address addresses[DEVICE_ADDRESSES];
	struct span profiles[BINDING_PROFILES];
	struct result r = { .type = RESULT_DEVICE };

	for (uint8_t i = 0; i < d->addresses_n; i++)
		addresses[i] = (struct result_address){ d->addresses[i].addr, d->addresses[i].from, d->addresses[i].to,
							span_of(d->addresses[i].how) };
	for (uint8_t i = 0; i < d->bindings_n; i++)
		profiles[i] = d->bindings[i]->profile->id;
	r.device = (struct result_device){
		.id = d->id,
		.addresses = addresses,
		.addresses_n = d->addresses_n,
		.macs = d->macs,
		.macs_n = d->macs_n,
		.names = d->names,
		.names_n = d->names_n,
		.profiles = profiles,
		.profiles_n = d->bindings_n,
		.identified_by = span_of(d->identified_by),
		.confidence = d->confidence,
	};
	j->sink.put(j->sink.ctx, &r);
}

static size_t flow_names(const struct closed *c, const struct name_candidate *names, size_t n, struct result_name *out)
{
	size_t got = 0;

	if (c->carried.n && !logical_is_proxy(c)) {
		out[got++] = (struct result_name){ c->carried, c->carried_source, c->ech };
		return got;
	}
	for (size_t i = 0; i < n && got < NAME_CANDIDATES; i++)
		out[got++] = (struct result_name){ names[i].name, NAME_DNS, false };
	return got;
}

static void put_path(struct result_flow *f, const struct closed *c)
{
	f->vlan = c->vlan;
	f->carried = c->carrying;
	if (c->tunnels.n)
		memcpy(f->tunnels, c->tunnels.p, c->tunnels.n);
	f->tunnels_n = (uint8_t)(c->tunnels.n / sizeof(f->tunnels[0]));
}

static void emit(struct judge *j, const struct closed *c, const struct outcome_of *o, const struct result_name *list,
		 size_t n, uint32_t logical)
{
	struct result r = { .type = RESULT_FLOW };
	struct result_flow *f = &r.flow;
	char id[COMMUNITY_ID_TEXT];

	*f = (struct result_flow){
		.id = c->id,
		.logical = logical,
		.proto = c->proto,
		.initiator_how = c->init_how,
		.start = c->start,
		.end = c->end,
		.first_frame = c->first_frame,
		.last_frame = c->last_frame,
		.outcome = o->outcome,
		.reason = o->reason,
		.established_before = o->established_before,
		.application = !logical && logical_is_proxy(c) ? c->labels[0] :
			       c->labels_n ? c->application : c->classified,
		.names = list,
		.names_n = (uint32_t)n,
		.tls = { c->tls_version, c->tls_cipher, c->alpn, c->issuer, (c->came & CAME_TLS) != 0 },
		.has_icmp = c->has_icmp,
		.icmp = c->icmp,
		.conn_state = span_of(outcome_conn_state(c)),
	};
	put_path(f, c);
	for (size_t s = 0; s < 2; s++) {
		f->addr[s] = c->addr[s];
		f->port[s] = c->port[s];
		f->packets[s] = c->packets[s];
		f->bytes[s] = c->bytes[s];
		f->rtt_us[s] = c->rtt_us[s];
		f->retransmitted[s] = c->retransmitted[s];
		f->dscp[s] = c->dscp[s];
	}
	if (!logical && community_id(c->proto, c->addr, c->port, id))
		f->community_id = span_of(id);
	j->sink.put(j->sink.ctx, &r);
}

void emit_flow(struct judge *j, const struct closed *c, const struct outcome_of *o, const struct name_candidate *names,
	       size_t names_n)
{
	struct result_name list[NAME_CANDIDATES + 1];
	size_t n = flow_names(c, names, names_n, list);

	emit(j, c, o, list, n, 0);
}

void emit_logical(struct judge *j, const struct closed *c, const struct outcome_of *o, struct span name, uint32_t number)
{
	const struct result_name one = { name, NAME_CONNECT, false };

	emit(j, c, o, &one, 1, number);
}
