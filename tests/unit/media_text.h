/* Facts of telephony, time and tunnels as lines of text, for dissect_feed.h. */
#ifndef PLUMBLINE_TESTS_MEDIA_TEXT_H
#define PLUMBLINE_TESTS_MEDIA_TEXT_H

#include "base/fact.h"
#include "base/wr.h"

static inline void media_number(struct wr *w, const char *name, uint64_t v)
{
	wr_str(w, name);
	wr_u64(w, v);
}

static inline void media_words(struct wr *w, const char *name, struct span s)
{
	wr_str(w, name);
	wr_printable(w, s);
}

static inline void media_place(struct wr *w, const char *name, const struct addr *a, uint16_t port)
{
	wr_str(w, name);
	wr_addr(w, a);
	media_number(w, "#", port);
}

static inline void sip_text(struct wr *w, const struct fact_sip *s)
{
	media_number(w, s->response ? "sip response status=" : "sip request status=", s->status);
	media_words(w, " method=", s->method);
	media_words(w, " call=", s->call_id);
	media_words(w, " branch=", s->branch);
	media_words(w, " agent=", s->user_agent);
	media_place(w, " via=", &s->via, s->via_port);
	media_place(w, " contact=", &s->contact, s->contact_port);
	media_number(w, " expires=", s->expires);
}

static inline void endpoint_text(struct wr *w, const struct fact_endpoint *e)
{
	media_words(w, "endpoint ", e->application);
	media_words(w, " call=", e->call_id);
	media_words(w, " media=", e->media);
	media_place(w, " at=", &e->addr, e->port);
	if (e->port_to != e->port)
		media_number(w, "-", e->port_to);
	wr_str(w, e->tcp ? " tcp" : " udp");
	wr_str(w, e->secure ? " secure" : "");
	wr_str(w, e->sends ? " sends" : "");
	wr_str(w, e->receives ? " receives" : "");
	wr_str(w, e->listens ? " listens" : "");
}

static inline void rtp_text(struct wr *w, const struct fact_rtp *r)
{
	media_number(w, r->rtcp ? "rtcp ssrc=" : "rtp ssrc=", r->ssrc);
	media_number(w, " type=", r->payload_type);
	media_number(w, " packets=", r->packets);
	media_number(w, " lost=", r->lost);
	media_number(w, " reordered=", r->reordered);
	media_number(w, " first=", (uint64_t)r->first);
	media_number(w, " last=", (uint64_t)r->last);
}

static inline void ike_text(struct wr *w, const struct fact_ike *k)
{
	media_number(w, "ike v", k->version);
	media_number(w, " exchange=", k->exchange);
	wr_str(w, k->response ? " response" : "");
	wr_str(w, k->nat_traversal ? " nat" : "");
	media_number(w, " ispi=", k->initiator_spi);
	media_number(w, " rspi=", k->responder_spi);
	media_number(w, " id=", k->message_id);
	media_number(w, " encryption=", k->encryption);
	media_number(w, " bits=", k->key_bits);
	media_number(w, " hash=", k->hash);
	media_number(w, " auth=", k->auth);
	media_number(w, " group=", k->group);
	media_number(w, " life=", k->lifetime_s);
	media_number(w, " notify=", k->notify);
}

static inline void auth_text(struct wr *w, const struct fact_auth *a)
{
	media_words(w, "auth ", a->application);
	media_words(w, " mechanism=", a->mechanism);
	wr_str(w, a->cleartext ? " cleartext" : "");
	wr_str(w, a->to_proxy ? " proxy" : "");
}

/* False where the fact is of another kind; nothing is written then. */
static inline bool media_text(struct wr *w, const struct fact *f)
{
	switch (f->kind) {
	case FACT_SIP:
		sip_text(w, &f->sip);
		return true;
	case FACT_ENDPOINT:
		endpoint_text(w, &f->endpoint);
		return true;
	case FACT_RTP:
		rtp_text(w, &f->rtp);
		return true;
	case FACT_IKE:
		ike_text(w, &f->ike);
		return true;
	case FACT_AUTH:
		auth_text(w, &f->auth);
		return true;
	default:
		return false;
	}
}

#endif
