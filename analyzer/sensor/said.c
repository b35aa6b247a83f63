/* What dissectors say of the packet at hand, and of a flow that closes: to whom it goes. */
#include "sensor/event.h"
#include "sensor/state.h"

static void take_dns(struct sensor *s, struct flow *f, unsigned end, const struct fact_dns *m)
{
	const struct packet *p = s->at->packet;
	bool to_many = addr_scope(&p->dst) == ADDR_MULTICAST;
	struct dns_packet d = {
		.flow = f->id,
		.cite = s->cite,
		.src = p->src,
		.dst = p->dst,
		.src_mac = p->src_mac,
		.dst_mac = p->dst_mac,
		.sport = p->sport,
		.dport = p->dport,
		.proto = p->proto,
		.ttl = p->ttl,
	};

	if (f->init_how == INIT_FIRST && !to_many) { /* who asks, began */
		f->initiator = (uint8_t)(m->response ? !end : end);
		f->init_how = INIT_REQUEST;
	}
	dns_message(&s->dns, &d, m);
}

void take_fact(void *ctx, struct flow *f, unsigned end, const struct fact *fact)
{
	struct sensor *s = ctx;

	if (s->closing && (fact->kind == FACT_DNS || fact->kind == FACT_DHCP))
		return; /* messages have their packet */
	if (fact->kind == FACT_DNS)
		take_dns(s, f, end, &fact->dns);
	else if (fact->kind == FACT_DHCP)
		host_dhcp(&s->hosts, &fact->dhcp, &s->cite);
	else if (fact->kind == FACT_ENDPOINT)
		emit_endpoint(s, f, end, fact);
	else
		facts_keep(&s->facts, f, fact, end, s->cite.time);
	if (fact->kind == FACT_TLS_CLIENT && f->init_how == INIT_FIRST) {
		f->initiator = (uint8_t)end;
		f->init_how = INIT_REQUEST;
	}
}

void take_mark(void *ctx, struct flow *f, unsigned end, enum dissector_mark m, const uint32_t v[3])
{
	static const enum event_kind kinds[] = {
		[MARK_TLS_RECORD] = EV_TLS_RECORD, [MARK_TLS_ALERT] = EV_TLS_ALERT,
		[MARK_TLS_DONE] = EV_TLS_DONE,     [MARK_LOGIN] = EV_LOGIN,
		[MARK_APP_REPLY] = EV_APP_REPLY,   [MARK_APP_REJECTED] = EV_APP_REJECTED,
	};
	struct sensor *s = ctx;

	/* A session has thousands of records: those of its beginning tell, later ones MESSAGE and GAP name. */
	if (m == MARK_TLS_RECORD && events_count(f) >= EVENT_FIRST) {
		f->records_told = true;
		return;
	}
	uint8_t ttl = s->closing ? f->end[end].ttl_last : s->at->packet->ttl;
	event_add(&s->flows, f, &s->cite, kinds[m], end, ttl, v[0], v[1], v[2]);
}

void take_finish(struct sensor *s, struct flow *f)
{
	struct cite at_hand = s->cite;

	if (!f->stream)
		return;
	s->cite = (struct cite){ .time = f->last, .frame = f->last_frame, .capture = f->last_capture };
	s->closing = true;
	stream_close(&s->streams, f);
	s->closing = false;
	s->cite = at_hand;
}
