/* Sequence numbers of one end: new bytes, repeats, keep-alives, holes. RFC 9293, section 3.4; keep-alives RFC
 * 9293, 3.8.4. */
#include "sensor/tcp_step.h"

#include <string.h>

/* ---- holes ---- */

static void hole_drop(struct tcp_step *s, struct tcp_end *x, unsigned i)
{
	struct tcp_holes *h = x->holes;

	memmove(&h->hole[i], &h->hole[i + 1], (size_t)(h->n - i - 1U) * sizeof(h->hole[0]));
	if (--h->n == 0) {
		pool_give(&s->t->holes, h);
		x->holes = NULL;
	}
}

/* Of more than TCP_HOLES the oldest is forgotten: as it stands, lost by us or not. */
static void hole_add(struct tcp_step *s, struct tcp_end *x, int64_t from, int64_t to, bool unseen)
{
	if (!x->holes)
		x->holes = pool_take(&s->t->holes);
	struct tcp_holes *h = x->holes;
	if (!h)
		return;
	if (h->n == TCP_HOLES) {
		memmove(&h->hole[0], &h->hole[1], (TCP_HOLES - 1) * sizeof(h->hole[0]));
		h->n--;
	}
	h->hole[h->n++] = (struct tcp_hole){ from, to, unseen };
}

void tcp_note_late(struct tcp_step *s, struct tcp_end *x, int64_t from, int64_t to)
{
	hole_add(s, x, from, to, true);
}

static void lost(struct tcp_step *s, struct tcp_end *x, int64_t bytes)
{
	x->unseen += (uint64_t)bytes;
	x->unseen_segments++;
	s->effect.unseen += bytes;
}

void tcp_holes_acknowledged(struct tcp_step *s, struct tcp_end *x, int64_t to)
{
	struct tcp_holes *h = x->holes;

	for (unsigned i = 0; h && i < h->n; i++) {
		struct tcp_hole *o = &h->hole[i];
		if (o->unseen || o->from >= to)
			continue;
		int64_t end = o->to < to ? o->to : to;
		lost(s, x, end - o->from);
		tcp_log(s, EV_UNSEEN, clamp32(end - o->from), 0, 0);
		if (end < o->to) { /* the rest may still come, or be acknowledged */
			int64_t rest = o->to;
			o->to = end;
			o->unseen = true;
			hole_add(s, x, end, rest, false);
			h = x->holes;
		} else {
			o->unseen = true;
		}
	}
}

/* Bytes [from, to) came after all; returns how many of them were missing. */
static int64_t hole_fill(struct tcp_step *s, struct tcp_end *x, int64_t from, int64_t to)
{
	int64_t filled = 0;

	for (unsigned i = 0; x->holes && i < x->holes->n;) {
		struct tcp_hole *o = &x->holes->hole[i];
		int64_t a = from > o->from ? from : o->from, b = to < o->to ? to : o->to;
		if (a >= b) {
			i++;
			continue;
		}
		filled += b - a;
		if (o->unseen) { /* it was only late: the acknowledgement overtook it on its way to us */
			x->unseen -= (uint64_t)(b - a);
			s->effect.unseen -= b - a;
			if (a == o->from && b == o->to)
				x->unseen_segments--;
		}
		struct tcp_hole behind = { b, o->to, o->unseen };
		o->to = a;
		if (o->from == o->to)
			hole_drop(s, x, i);
		else
			i++;
		if (behind.from < behind.to) {
			hole_add(s, x, behind.from, behind.to, behind.unseen);
			break;
		}
	}
	return filled;
}

/* ---- bytes ---- */

/*
 * A byte or none, just before the next one, where all was acknowledged. Nothing but a probe: a real byte there would be
 * a repeat, and TCP repeats only what was not acknowledged.
 */
static bool is_keepalive(const struct tcp_step *s, int64_t offset)
{
	const struct tcp_end *me = s->me;

	if (s->length > 1 || offset != me->next - 1 || s->p->tcp.flags & (TCP_SYN | TCP_FIN | TCP_RST) || me->fin)
		return false;
	return s->length == 0 || (me->has_ack && (int32_t)(me->ack_high - (me->base + (uint32_t)me->next)) >= 0);
}

static void keepalive(struct tcp_step *s)
{
	struct tcp_end *me = s->me;

	s->probe = true;
	s->effect.payload = false;
	me->keepalive = events_count(s->f);
	me->probing = true;
	tcp_log(s, EV_KEEPALIVE, 0, 0, 0);
}

static void repeat(struct tcp_step *s)
{
	struct tcp_end *me = s->me;
	uint32_t seq = s->p->tcp.seq;

	me->retransmitted++;
	me->repeats = me->repeat_seq == seq && me->repeats ? (uint16_t)(me->repeats + (me->repeats < UINT16_MAX)) : 1;
	me->repeat_seq = seq;
	me->timing = false; /* which of them an acknowledgement is for cannot be told: RFC 6298, section 3 */
	tcp_log(s, EV_RETX, tcp_relative(s->f, s->end, seq), s->length, me->repeats);
}

static void new_bytes(struct tcp_step *s, int64_t offset, int64_t to)
{
	struct tcp_end *me = s->me;

	if (offset > me->next)
		hole_add(s, me, me->next, offset, false);
	me->next = to;
	if (to > offset)
		tcp_time(s, me->base + (uint32_t)to);
}

static void note_fin(struct tcp_step *s)
{
	struct tcp_end *me = s->me;

	if (me->fin) {
		if (s->length == 0)
			repeat(s);
		return;
	}
	me->fin = true;
	tcp_log(s, EV_FIN, tcp_relative(s->f, s->end, s->p->tcp.seq + s->length), 0, 0);
}

void tcp_sequence(struct tcp_step *s)
{
	struct tcp_end *me = s->me;
	bool fin = s->p->tcp.flags & TCP_FIN, first_fin = fin && !me->fin;
	int64_t offset = tcp_offset(me, s->p->tcp.seq), to = offset + s->length, known = me->next;

	s->effect.offset = offset;
	s->effect.payload = s->length > 0 && !s->tcp->reset;
	if (is_keepalive(s, offset)) {
		keepalive(s);
		return;
	}
	me->probing = false;
	if (offset - known > TCP_FAR) {
		s->effect.payload = false;
		return;
	}
	if (s->length && !me->sent_data) {
		me->sent_data = true;
		tcp_log(s, EV_DATA1, s->length, 0, 0);
	}
	if (fin)
		note_fin(s);
	/* what lies before offset 0 is older than all we saw, and may have come once only */
	if (s->length && offset < known && to > 0 && hole_fill(s, me, offset, to < known ? to : known) == 0)
		repeat(s);
	if (to + first_fin > known)
		new_bytes(s, offset > known ? offset : known, to + first_fin);
	else if (offset > known)
		new_bytes(s, offset, offset); /* a bare ACK behind bytes that did not pass here */
}
