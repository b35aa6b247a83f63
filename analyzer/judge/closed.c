/*
 * From a flow's observations to what the judge keeps of it. Stored ones may say any time: they are held, so that no sum
 * or difference of them overflows.
 */
#include "judge/closed.h"

#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/hidden.h"

void closing_begin(struct closing *g)
{
	g->c = (struct closed){ 0 };
	if (g->has_detail)
		g->detail = (struct detail){ 0 };
	g->has_detail = false;
	g->replies_n = g->refusals_n = 0;
}

static void take_cert(struct closing *g, const struct fact_tls_cert *t)
{
	struct span issuer = t->issuer.n ? t->issuer : t->issuer_org;

	if (g->c.issuer.n)
		return;
	g->c.issuer = names_intern(g->names, issuer);
	g->c.issuer_org = names_intern(g->names, t->issuer_org);
	g->c.key_bits = t->key_bits;
}

static void take_application(struct closing *g, struct span application)
{
	/* A dissector stacked on another says more than the one below: the later label wins. */
	g->c.application = names_intern(g->names, application);
	if (g->c.labels_n < CLOSED_LABELS)
		g->c.labels[g->c.labels_n++] = g->c.application;
}

void closed_classified(struct closed *c, struct names *n, const struct fact_label *l)
{
	c->classified = names_intern(n, l->application);
	c->classified_weakly = !span_eq(l->how, SPAN("dpi"));
}

static void take_label(struct closing *g, const struct fact_label *l)
{
	if (l->source == FACT_BY_DISSECTOR)
		take_application(g, l->application);
	else if (l->request)
		g->c.owed = l->request;
	else
		closed_classified(&g->c, g->names, l);
}

static void take_http(struct closing *g, const struct fact_http *h)
{
	struct detail *d = &g->detail;

	g->has_detail = true;
	if (span_starts(h->content_type, SPAN("application/dns-message"))) /* RFC 8484, 6 */
		take_application(g, SPAN("DoH"));
	/* A CONNECT names what is inside, an absolute URI what the proxy fetches: neither is the name of this flow. */
	if (h->host.n && !h->connect && !h->absolute && !g->c.carried.n) {
		g->c.carried = names_intern(g->names, span_without_port(h->host));
		g->c.carried_source = NAME_HTTP_HOST;
	}
	if (d->http_n == DETAIL_HTTP) {
		d->http_more++;
		return;
	}
	d->http[d->http_n++] = (struct http_seen){ names_intern(g->names, h->host), names_intern(g->names, h->target),
						   names_intern(g->names, h->location), h->content_length, h->status,
						   h->connect, h->absolute, h->empty };
}

static void take_auth(struct closing *g, const struct fact_auth *a)
{
	struct detail *d = &g->detail;

	g->has_detail = true;
	for (uint8_t i = 0; i < d->auth_n; i++)
		if (d->auth[i].cleartext == a->cleartext && d->auth[i].to_proxy == a->to_proxy)
			return;
	if (d->auth_n < DETAIL_AUTH)
		d->auth[d->auth_n++] = (struct auth_seen){ names_intern(g->names, a->application),
							   names_intern(g->names, a->mechanism), a->cleartext,
							   a->to_proxy };
}

static void take_ike(struct closing *g, const struct fact_ike *k)
{
	g->has_detail = true;
	if (k->encryption || !g->detail.ike.version)
		g->detail.ike = *k;
}

static void take_rtp(struct closing *g, uint8_t side, const struct fact_rtp *r)
{
	if (r->rtcp || side > 1)
		return;
	g->has_detail = true;
	g->detail.rtp[side].packets += r->packets;
	g->detail.rtp[side].lost += r->lost;
}

void closing_fact(struct closing *g, const struct obs_fact *f)
{
	struct closed *c = &g->c;

	switch (f->fact.kind) {
	case FACT_TLS_CLIENT:
		c->tls_hello = true;
		c->quic |= f->fact.tls_client.quic != 0;
		/*
		 * Browsers send the extension always (RFC 9849, 6.2, GREASE), so mostly it means nothing and the name
		 * is the one. Where it is real, the name is that of the provider's front: weak, see view_match_inner().
		 */
		if (f->fact.tls_client.sni.n) {
			c->ech = f->fact.tls_client.ech;
			c->carried = names_intern(g->names, f->fact.tls_client.sni);
			c->carried_source = f->fact.tls_client.quic ? NAME_QUIC_SNI : NAME_SNI;
		}
		if (f->fact.tls_client.alpns && !c->alpn.n)
			c->alpn = names_intern(g->names, f->fact.tls_client.alpn[0]);
		break;
	case FACT_TLS_SERVER:
		if (f->fact.tls_server.retry)
			break;
		c->tls_version = f->fact.tls_server.version;
		c->tls_cipher = f->fact.tls_server.cipher;
		if (f->fact.tls_server.alpn.n)
			c->alpn = names_intern(g->names, f->fact.tls_server.alpn);
		break;
	case FACT_QUIC:
		c->quic = true;
		break;
	case FACT_TLS_CERT:
		take_cert(g, &f->fact.tls_cert);
		break;
	case FACT_LABEL:
		take_label(g, &f->fact.label);
		break;
	case FACT_HTTP:
		take_http(g, &f->fact.http);
		break;
	case FACT_AUTH:
		take_auth(g, &f->fact.auth);
		break;
	case FACT_IKE:
		take_ike(g, &f->fact.ike);
		break;
	case FACT_RTP:
		take_rtp(g, f->fact.side, &f->fact.rtp);
		break;
	case FACT_SIP:
		g->has_detail = true;
		if (!g->detail.call_id.n)
			g->detail.call_id = names_intern(g->names, f->fact.sip.call_id);
		break;
	default:
		break;
	}
}

static struct obs_frame frame_of(const struct obs_event *e)
{
	return (struct obs_frame){ .frame = e->frame, .time = e->time, .capture = e->capture };
}

static void take_rst(struct closed *c, const struct obs_event *e)
{
	c->rst = true;
	c->rst_time = e->time;
	c->rst_side = e->side;
	c->rst_ttl = e->ttl;
	c->rst_frame = frame_of(e);
}

static void note_wait(struct closed *c, int64_t wait)
{
	if (wait > c->answer_waits[0]) {
		c->answer_waits[1] = c->answer_waits[0];
		c->answer_waits[0] = wait;
	} else if (wait > c->answer_waits[1]) {
		c->answer_waits[1] = wait;
	}
}

void closing_event(struct closing *g, const struct obs_event *o)
{
	struct closed *c = &g->c;
	struct obs_event held = *o, *e = &held;

	held.time = time_held(held.time);

	switch (e->kind) {
	case EV_SYN:
		c->last_syn = e->time;
		break;
	case EV_DATA1:
		if (e->side == 0 && !c->data1)
			c->data1 = e->time;
		break;
	case EV_RETX:
		/* only repeats before the other side ever sent data matter: they say that the first data was lost */
		if (e->side == 0 && e->v[1] > 0)
			c->data_repeats++;
		break;
	case EV_RST:
		if (!c->rst)
			take_rst(c, e);
		break;
	case EV_MESSAGE:
		if (e->side == 0) {
			c->asked_at = e->time;
		} else if (c->asked_at) {
			note_wait(c, e->time - c->asked_at);
			c->asked_at = 0;
		}
		break;
	case EV_TLS_ALERT:
		if (!c->alert_time && e->v[0] == 2) /* fatal, in plain text */
			c->alert_time = e->time;
		break;
	case EV_TLS_DONE:
		c->came |= CAME_TLS;
		break;
	case EV_LOGIN:
		c->came |= CAME_LOGIN;
		break;
	case EV_APP_REPLY:
		if (g->replies_n < CLOSING_CODES)
			g->replies[g->replies_n++] = (uint16_t)e->v[0];
		break;
	case EV_APP_REJECTED:
		c->came |= CAME_APP_NO;
		c->app_code = (uint16_t)e->v[0];
		if (g->refusals_n < CLOSING_CODES)
			g->refusals[g->refusals_n++] = (uint16_t)e->v[0];
		break;
	default:
		break;
	}
}

static struct obs_frame frame_held(struct obs_frame f)
{
	f.time = time_held(f.time);
	return f;
}

static void take_sides(struct closed *c, const struct obs_flow *f)
{
	for (size_t s = 0; s < 2; s++) {
		const struct obs_side *o = &f->side[s];
		c->addr[s] = f->addr[s];
		c->port[s] = f->port[s];
		c->mac[s] = o->mac;
		c->first[s] = time_held(o->first);
		c->last[s] = time_held(o->last);
		c->packets[s] = o->packets;
		c->bytes[s] = o->bytes;
		c->payload[s] = o->payload;
		c->acked[s] = o->acked;
		c->rtt_us[s] = o->rtt_us;
		c->retransmitted[s] = o->retransmitted;
		c->dscp[s] = o->dscp;
		c->ttl[s] = o->ttl_last;
		c->ip_id[s] = o->ip_id;
		c->tcp_flags[s] = o->flags;
	}
}

static unsigned limits_of(const struct obs_flow *f)
{
	unsigned l = 0;

	if (f->end_why == END_CAPTURE)
		l |= LIMIT_NO_END;
	if (f->end_why == END_EVICTED || f->after_eviction)
		l |= LIMIT_EVICTED;
	if (f->end_why == END_CLOCK)
		l |= LIMIT_CLOCK;
	if (f->side[0].cut + f->side[1].cut)
		l |= LIMIT_CUT;
	if (f->side[0].unassembled)
		l |= LIMIT_UNASSEMBLED;
	if (f->side[0].unseen_bytes + f->side[1].unseen_bytes)
		l |= LIMIT_LOSS;
	if (f->proto != PROTO_TCP)
		return l;
	if (!f->syn_time && !f->synack_time)
		l |= LIMIT_NO_START;
	/* Nobody acknowledges what was not sent: a silent side whose bytes are acknowledged is there, we do not see it. */
	if (f->side[1].packets == 0 && (f->side[1].acked > 0 || (f->syn_time && f->side[0].payload > 0)))
		l |= LIMIT_UNSEEN_R;
	if (f->side[1].packets == 0 && f->syn_time && f->side[0].pure_acks > 0)
		l |= LIMIT_UNSEEN_R;
	if (f->side[0].packets == 0 && (f->side[0].acked > 0 || f->synack_time))
		l |= LIMIT_UNSEEN_I;
	return l;
}

static unsigned came_of(const struct obs_flow *f)
{
	unsigned came = 0;

	if (f->proto != PROTO_TCP) {
		if (f->side[1].packets)
			came |= CAME_ANSWERED;
		if (f->side[0].packets && f->side[1].packets)
			came |= CAME_DATA;
		return came;
	}
	if (f->synack_time || f->side[1].payload || (f->side[1].packets && !f->rsts))
		came |= CAME_ANSWERED;
	if (f->established_time)
		came |= CAME_SHOOK;
	if (f->side[0].acked && f->side[0].payload)
		came |= CAME_DATA_OUT;
	if (f->side[0].acked && f->side[1].acked && f->side[0].payload && f->side[1].payload)
		came |= CAME_DATA;
	return came;
}

/* A code that was also marked as a refusal is none of the answers that count. */
static bool app_answered(const struct closing *g)
{
	for (uint8_t i = 0; i < g->replies_n; i++) {
		uint8_t k = 0;
		while (k < g->refusals_n && g->refusals[k] != g->replies[i])
			k++;
		if (k == g->refusals_n)
			return true;
	}
	return false;
}

void closing_flow(struct closing *g, const struct obs_flow *f)
{
	struct closed *c = &g->c;

	c->id = f->id;
	c->proto = f->proto;
	c->init_how = f->init_how;
	c->ip_version = f->ip_version;
	c->link_cast = f->link_cast;
	c->end_why = f->end_why;
	c->vlan = f->vlan[0] ? f->vlan[0] : f->vlan[1];
	c->carrying = f->carried;
	c->carries = f->carries;
	if (f->tunnels_n)
		c->tunnels = names_intern(g->names, (struct span){ (const uint8_t *)f->tunnels,
								   f->tunnels_n * sizeof(f->tunnels[0]) });
	c->interface = f->interface;
	c->start = time_held(f->start);
	c->end = time_held(f->end);
	c->first_frame = frame_held(f->first_frame);
	c->last_frame = frame_held(f->last_frame);
	c->syns = f->syns;
	c->synacks = f->synacks;
	c->synacks_after_ack = f->synacks_after_ack;
	c->rsts = f->rsts;
	c->duplicates = f->duplicates;
	c->syn_time = time_held(f->syn_time);
	c->synack_time = time_held(f->synack_time);
	c->established = time_held(f->established_time);
	take_sides(c, f);
	c->wire_port = f->port[1];
	struct span doh = hidden_doh(c);
	if (doh.n)
		take_application(g, doh);
	c->came |= came_of(f);
	if (app_answered(g))
		c->came |= CAME_APP_REPLY;
	c->limits = limits_of(f);
	for (size_t i = 0; i < f->icmp_n && !c->has_icmp; i++) {
		if (f->icmp[i].side == 0) {
			c->icmp = f->icmp[i];
			c->has_icmp = true;
		}
	}
	if (c->syn_time && c->last_syn < c->syn_time)
		c->last_syn = c->syn_time;
}

/* What travels in it has flows of its own; the rest is the tunnel's own talk, and parts that were put together. */
static bool is_opened(const struct closed *c)
{
	return (uint64_t)c->carrying * 2 > c->packets[0] + c->packets[1];
}

bool closed_is_leftover(const struct closed *c)
{
	bool silent = !c->packets[0] || !c->packets[1], empty = !c->payload[0] && !c->payload[1];

	return c->proto == PROTO_TCP && silent && empty && !c->syns && (c->rsts || c->synacks);
}

struct span closed_application(const struct closed *c)
{
	if (c->labels_n)
		return c->application;
	return c->classified_weakly ? (struct span){ NULL, 0 } : c->classified;
}

/* More than its own headers, on the whole: a probe of the port is no tunnel. */
static bool carries_much(const struct closed *c)
{
	enum { HEADERS = 16 };
	return c->payload[0] + c->payload[1] > HEADERS * (c->packets[0] + c->packets[1]);
}

struct span closed_tunnel(const struct closed *c)
{
	enum { CAPWAP_CONTROL = 5246, CAPWAP_DATA = 5247, NAT_T = 4500 };
	static const char *const names[] = { "ESP", "L2TP", "OpenVPN", "WireGuard" };

	if (is_opened(c))
		return (struct span){ NULL, 0 };
	if (c->proto == PROTO_ESP)
		return SPAN("ESP");
	if (c->proto == PROTO_GRE)
		return SPAN("GRE");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (uint8_t k = 0; k < c->labels_n; k++)
			if (span_eq(c->labels[k], span_of(names[i])))
				return c->labels[k];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !c->labels_n && !c->classified_weakly; i++)
		if (span_eq(c->classified, span_of(names[i])))
			return c->classified;
	if (c->proto != PROTO_UDP || c->labels_n || !carries_much(c))
		return (struct span){ NULL, 0 };
	return c->port[1] == CAPWAP_DATA || c->port[1] == CAPWAP_CONTROL ? SPAN("CAPWAP") :
	       c->port[1] == NAT_T					   ? SPAN("ESP") :
									     (struct span){ NULL, 0 };
}
