/* Acknowledgements and windows: what the sender of a packet says of the other end's stream. RFC 9293,
 * sections 3.4, 3.8. */
#include "sensor/tcp_step.h"

#include "base/time.h"

void tcp_time(struct tcp_step *s, uint32_t seq)
{
	struct tcp_end *me = s->me;

	if (me->timing)
		return;
	me->timing = true;
	me->timed = s->c->time;
	me->timed_seq = seq;
}

/* The round trip from here to the acknowledging end and back. */
static void note_round_trip(struct tcp_step *s, uint32_t ack)
{
	struct tcp_end *peer = s->peer;

	if (!peer->timing || (int32_t)(ack - peer->timed_seq) < 0)
		return;
	peer->timing = false;
	uint32_t us = clamp32(elapsed(peer->timed, s->c->time) / NS_PER_US);
	if (us == 0)
		us = 1;
	if (s->me->rtt_us == 0 || us < s->me->rtt_us)
		s->me->rtt_us = us;
}

/* Bytes behind all that we saw: the other end sent them, and they did not pass here. */
static void note_unseen(struct tcp_step *s, int64_t to)
{
	struct tcp_end *peer = s->peer;
	int64_t bytes = to - peer->next;

	peer->unseen += (uint64_t)bytes;
	peer->unseen_segments++;
	s->effect.unseen += bytes;
	/* where the mirror shows one direction only, the steps are all we have of the other */
	bool one_way = s->f->end[!s->end].packets == 0;
	tcp_log(s, one_way ? EV_ACK_STEP : EV_UNSEEN, clamp32(bytes), 0, 0);
	/* kept as a hole, so that bytes which only come late are taken off again */
	tcp_note_late(s, peer, peer->next, to);
	peer->next = to;
}

static void advance(struct tcp_step *s, uint32_t step)
{
	struct tcp_end *peer = s->peer;
	uint32_t ack = peer->ack_high + step;
	int64_t to = tcp_offset(peer, ack);
	uint32_t bytes = step;

	peer->ack_high = ack;
	peer->dupacks = 0;
	if (peer->fin && to == peer->next && bytes) /* a FIN is acknowledged like a byte, and is none */
		bytes--;
	if (to > peer->next)
		note_unseen(s, to);
	if (peer->holes)
		tcp_holes_acknowledged(s, peer, to);
	if (bytes == 0)
		return;
	peer->acked += bytes;
	peer->last_acked = s->c->time;
	if (!peer->data_acked) {
		peer->data_acked = true;
		tcp_log(s, EV_DATA1_ACKED, bytes, 0, 0);
	}
}

/* A bare ACK that says nothing new while the other end has bytes on the way: RFC 5681, section 2. */
static void note_repeat(struct tcp_step *s)
{
	struct tcp_end *peer = s->peer;
	uint8_t control = s->p->tcp.flags & (TCP_SYN | TCP_FIN | TCP_RST);

	if (s->length || control || s->p->tcp.window != s->me->window)
		return;
	if (tcp_offset(peer, s->p->tcp.ack) >= peer->next)
		return;
	if (peer->dupacks == 0)
		tcp_log(s, EV_DUPACK, tcp_relative(s->f, !s->end, s->p->tcp.ack), 0, 0);
	if (peer->dupacks < UINT16_MAX)
		peer->dupacks++;
}

static void note_probe_answered(struct tcp_step *s)
{
	struct tcp_end *peer = s->peer;
	struct obs_event *e = event_at(s->f, peer->keepalive);

	if (e && e->kind == EV_KEEPALIVE)
		e->v[0] = 1;
	peer->probing = false;
}

/* From where acknowledged bytes are counted: the SYN, else the first byte seen, else this acknowledgement. */
static void first_acknowledgement(struct tcp_step *s, uint32_t ack)
{
	struct tcp_end *peer = s->peer;

	peer->has_ack = true;
	if (!peer->has_base) {
		tcp_rebase(s, peer, ack);
		peer->base_guessed = !(s->p->tcp.flags & TCP_SYN || (s->shook && s->tcp->syn_seen));
	}
	bool ours = peer->has_isn || ack - peer->base <= (uint32_t)peer->next;
	peer->ack_high = ours ? peer->base : ack;
}

void tcp_acknowledge(struct tcp_step *s)
{
	struct tcp_end *peer = s->peer;
	uint32_t ack = s->p->tcp.ack;

	if (!(s->p->tcp.flags & TCP_ACK) || s->p->tcp.flags & TCP_RST)
		return;
	if (!peer->has_ack)
		first_acknowledgement(s, ack);
	int32_t step = (int32_t)(ack - peer->ack_high);
	note_round_trip(s, ack);
	if (peer->probing && tcp_offset(peer, ack) >= peer->next)
		note_probe_answered(s);
	else if (step == 0)
		note_repeat(s);
	if (step > 0 && step < TCP_FAR)
		advance(s, (uint32_t)step);
}

void tcp_window(struct tcp_step *s)
{
	struct tcp_end *me = s->me;
	const struct packet *p = s->p;
	int64_t *since = &me->stall_time;

	if (p->tcp.flags & (TCP_RST | TCP_SYN) ||
	    (p->cut && p->payload.cap == 0)) /* cut: the window may not be there */
		return;
	me->window = p->tcp.window;
	if (p->tcp.window == 0) {
		me->zero_windows++;
		if (!me->stalled) {
			int64_t flight = s->peer->has_ack ? s->peer->next - tcp_offset(s->peer, s->peer->ack_high) : 0;
			me->stalled = true;
			*since = s->c->time;
			tcp_log(s, EV_STALL, clamp32(flight), 0, 0);
		}
	} else if (me->stalled) {
		me->stalled = false;
		tcp_log(s, EV_STALL_END, clamp32(elapsed(*since, s->c->time) / NS_PER_MS), 0, 0);
	}
}
