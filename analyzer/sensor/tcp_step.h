/* Between the files of TCP's state: one packet on its way through them. Private to tcp*.c. */
#ifndef PLUMBLINE_SENSOR_TCP_STEP_H
#define PLUMBLINE_SENSOR_TCP_STEP_H

#include "sensor/event.h"
#include "sensor/tcp.h"

struct tcp_step {
	struct flows *t;
	struct flow *f;
	const struct cite *c;
	const struct packet *p;
	struct tcp *tcp;
	struct tcp_end *me, *peer; /* of the packet's sender, and the other one */
	unsigned end;              /* the sender's */
	uint32_t length;           /* payload bytes */
	bool probe;                /* it is a keep-alive */
	bool shook;                /* it is the initiator's first behind its SYN */
	struct tcp_effect effect;
};

/* Sequence numbers that far apart are no neighbours: garbage, or a forgery. */
#define TCP_FAR (INT64_C(1) << 30)
/* And so far there may be bytes on the way that did not pass here: the largest windows. */
#define TCP_NEAR (TCP_FAR / 64)

/* The stream offset of a sequence number, by the nearest way around. */
static inline int64_t tcp_offset(const struct tcp_end *x, uint32_t seq)
{
	return x->next + (int32_t)(seq - (x->base + (uint32_t)x->next));
}

static inline void tcp_log(struct tcp_step *s, enum event_kind kind, uint32_t v0, uint32_t v1, uint32_t v2)
{
	event_add(s->t, s->f, s->c, kind, s->end, s->p->ttl, v0, v1, v2);
}

/* Stream offset 0 of an end lies at this number. */
void tcp_rebase(struct tcp_step *s, struct tcp_end *x, uint32_t base);

/* tcp_sequence.c: what the sender's sequence number and length mean. */
void tcp_sequence(struct tcp_step *s);
/* Bytes skipped over that are now acknowledged were lost by us. */
void tcp_holes_acknowledged(struct tcp_step *s, struct tcp_end *x, int64_t to);

/* Bytes [from, to) were acknowledged and counted as unseen: should they come late, they are taken off again. */
void tcp_note_late(struct tcp_step *s, struct tcp_end *x, int64_t from, int64_t to);

/* tcp_acknowledge.c: what its acknowledgement and window mean for the other end. */
void tcp_acknowledge(struct tcp_step *s);
void tcp_window(struct tcp_step *s);
/* A packet of s->end that is new to its receiver: from now on the round trip behind the receiver is measured. */
void tcp_time(struct tcp_step *s, uint32_t seq);

#endif
