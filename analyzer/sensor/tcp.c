/* TCP connections: how they begin, come up and end. RFC 9293, sections 3.5 to 3.7. */
#include "sensor/tcp.h"

#include "sensor/tcp_step.h"

static bool is_syn(const struct packet *p)
{
	return (p->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static bool is_synack(const struct packet *p)
{
	return (p->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

unsigned tcp_initiator(const struct packet *p, unsigned end, enum obs_init_how *ret_how)
{
	*ret_how = is_syn(p) ? INIT_SYN : is_synack(p) ? INIT_SYNACK : INIT_FIRST;
	/* Who refuses or accepts did not start it. */
	return is_synack(p) || p->tcp.flags & TCP_RST ? !end : end;
}

bool tcp_begins_anew(const struct flow *f, const struct packet *p, unsigned end)
{
	const struct tcp *t = f->tcp;
	const struct tcp_end *me = &t->end[end];

	if (!is_syn(p))
		return false;
	if (me->has_isn)
		return me->isn != p->tcp.seq;
	if (me->has_base && !me->base_guessed && me->base == p->tcp.seq + 1)
		return false; /* the capture has the SYN behind the first data */
	/* both ends may call at once (RFC 9293, figure 7); otherwise a SYN on a known flow is another connection */
	return !(t->syn_seen && !t->established_time && !t->reset && !t->synack_seen);
}

void tcp_rebase(struct tcp_step *s, struct tcp_end *x, uint32_t base)
{
	x->base = base;
	x->has_base = true;
	x->base_guessed = false;
	x->next = 0;
	x->unseen = 0;
	x->unseen_segments = 0;
	pool_give(&s->t->holes, x->holes);
	x->holes = NULL;
}

uint32_t tcp_relative(const struct flow *f, unsigned end, uint32_t seq)
{
	const struct tcp_end *x = f->tcp ? &f->tcp->end[end] : NULL;
	return x && x->has_base ? seq - (x->base - 1) : 0;
}

enum obs_end_why tcp_ended(const struct flow *f)
{
	const struct tcp *t = f->tcp;

	if (!t)
		return END_OPEN;
	return t->reset ? END_RST : t->end[0].fin && t->end[1].fin ? END_FIN : END_OPEN;
}

enum flow_class tcp_class(const struct flow *f)
{
	const struct tcp *t = f->tcp;

	if (tcp_ended(f) != END_OPEN)
		return FLOW_ENDED;
	bool opening = (t->syn_seen || t->synack_seen) && !t->initiator_acked;
	return opening ? FLOW_HALF_OPEN : FLOW_OPEN;
}

void tcp_free(struct flows *t, struct tcp *tcp)
{
	pool_give(&t->holes, tcp->end[0].holes);
	pool_give(&t->holes, tcp->end[1].holes);
}

/* ---- the beginning ---- */

static void note_initial_number(struct tcp_step *s)
{
	struct tcp_end *me = s->me;
	uint32_t isn = s->p->tcp.seq;
	bool another = me->has_isn && me->isn != isn && !s->tcp->initiator_acked; /* a SYN cookie, or another server */

	if (s->p->tcp.mss)
		me->mss = s->p->tcp.mss;
	if (me->has_isn && !another)
		return;
	me->has_isn = true;
	me->isn = isn;
	if (!me->has_base || me->base_guessed || another)
		tcp_rebase(s, me, isn + 1);
}

static void note_syn(struct tcp_step *s)
{
	struct tcp *t = s->tcp;
	bool answer = is_synack(s->p);
	bool repeat = s->me->has_isn && s->me->isn == s->p->tcp.seq;

	note_initial_number(s);
	if (repeat)
		s->me->timing = false; /* RFC 6298, section 3 */
	else
		tcp_time(s, s->p->tcp.seq + 1);
	if (answer) {
		t->synacks++;
		t->synacks_after_ack += t->initiator_acked;
		if (!t->synack_seen)
			t->synack_time = s->c->time;
		t->synack_seen = true;
	} else {
		t->syns++;
		if (!t->syn_seen)
			t->syn_time = s->c->time;
		t->syn_seen = true;
	}
	tcp_log(s, answer ? EV_SYNACK : EV_SYN, s->p->tcp.seq, s->p->tcp.window, s->p->tcp.mss);
}

/* The initiator's first packet behind its SYN: where the SYN-ACK was seen, the connection is up. */
static void note_established(struct tcp_step *s)
{
	struct tcp *t = s->tcp;

	if (t->initiator_acked || s->end != s->f->initiator || !(s->p->tcp.flags & TCP_ACK))
		return;
	t->initiator_acked = s->shook = true;
	if (!t->synack_seen || !s->peer->has_isn || (int32_t)(s->p->tcp.ack - s->peer->isn) <= 0)
		return;
	t->established_time = s->c->time;
	tcp_log(s, EV_HANDSHAKE, 0, 0, 0);
}

/*
 * The responder speaks of a connection that is no more: it acknowledges what a mere SYN cannot have sent. The initiator
 * resets that, and its next SYN finds the way free: RFC 9293, sections 3.5.1 and 3.10.7.3.
 */
static bool is_of_old_connection(const struct tcp_step *s)
{
	const struct tcp *t = s->tcp;
	const struct tcp_end *peer = s->peer;

	if (s->end == s->f->initiator || !(s->p->tcp.flags & TCP_ACK) || s->p->tcp.flags & TCP_SYN)
		return false;
	if (t->synack_seen || t->initiator_acked || !peer->has_isn)
		return false;
	int64_t ahead = tcp_offset(peer, s->p->tcp.ack) - peer->next;
	return ahead > TCP_NEAR || ahead < -TCP_NEAR;
}

/* ---- the end ---- */

/* A reset far from the stream is a stray or a forgery that no end would take: RFC 5961, section 3. */
static bool reset_fits(const struct tcp_step *s)
{
	const struct tcp_end *me = s->me;

	if (!me->has_base || me->base_guessed || (!s->tcp->initiator_acked && s->end != s->f->initiator))
		return true;
	int64_t away = tcp_offset(me, s->p->tcp.seq) - me->next;
	return away < TCP_NEAR && away > -TCP_NEAR;
}

static void note_reset(struct tcp_step *s)
{
	s->tcp->rsts++;
	tcp_log(s, EV_RST, tcp_relative(s->f, s->end, s->p->tcp.seq), s->p->tcp.window, s->p->tcp.flags);
	if (reset_fits(s))
		s->tcp->reset = true;
}

static void note_after_reset(struct tcp_step *s)
{
	if (s->tcp->reset && s->length)
		tcp_log(s, EV_DATA_AFTER_RST, tcp_relative(s->f, s->end, s->p->tcp.seq), s->length, 0);
}

/* ---- one packet ---- */

struct tcp_effect tcp_packet(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p,
                             unsigned end)
{
	struct tcp_step s = {
		.t = t, .f = f, .c = c, .p = p, .tcp = f->tcp, .me = &f->tcp->end[end], .peer = &f->tcp->end[!end],
		.end = end, .length = (uint32_t)p->payload.len,
	};
	uint8_t flags = p->tcp.flags;

	if (flags & TCP_RST) {
		note_reset(&s);
		return s.effect;
	}
	if (is_of_old_connection(&s))
		return s.effect;
	if (flags & TCP_SYN)
		note_syn(&s);
	else if (!s.me->has_base || s.me->base_guessed)
		tcp_rebase(&s, s.me, p->tcp.seq);
	note_after_reset(&s);
	if (flags & TCP_SYN) {
		/* TCP Fast Open (RFC 7413): the payload stands behind the SYN's own number */
		s.effect.payload = s.length > 0;
		if (s.length && s.me->next == 0) {
			s.me->next = s.length;
			s.me->sent_data = true;
			tcp_log(&s, EV_DATA1, s.length, 0, 0);
		}
	} else {
		tcp_sequence(&s);
		note_established(&s);
	}
	tcp_acknowledge(&s);
	tcp_window(&s);
	if (!(flags & (TCP_SYN | TCP_FIN)) && flags & TCP_ACK && s.length == 0 && !s.probe)
		s.me->pure_acks++;
	return s.effect;
}
