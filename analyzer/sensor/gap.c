/* Silences: DESIGN, records (GAP, MESSAGE, gaps). TLS record header: RFC 8446, section 5.1. */
#include "sensor/gap.h"

#include "base/time.h"
#include "sensor/event.h"

/* The length of the TLS record that the payload begins with; 0 where it begins with none. */
static uint32_t tls_record_length(struct rd r)
{
	enum { CHANGE_CIPHER_SPEC = 20, APPLICATION_DATA = 23, MAJOR = 3 };
	uint8_t type = rd_u8(&r), major = rd_u8(&r);

	rd_skip(&r, 1);
	uint16_t length = rd_u16(&r);
	return !r.err && type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA && major == MAJOR ? length : 0;
}

static uint32_t tls_record(const struct packet *p)
{
	return p->proto == PROTO_TCP ? tls_record_length(p->payload) : 0;
}

static unsigned bucket_of(int64_t silence)
{
	uint64_t s = (uint64_t)(silence / NS_PER_S);
	unsigned b = 63 - (unsigned)__builtin_clzll(s | 1);

	return b < OBS_GAP_BUCKETS ? b : OBS_GAP_BUCKETS - 1;
}

void gap_ended(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p, unsigned end,
               int64_t silence)
{
	if (!f->gaps)
		f->gaps = pool_take(&t->gaps);
	struct gaps *g = f->gaps;
	if (!g)
		return;
	bool tcp = p->proto == PROTO_TCP;
	g->bucket[bucket_of(silence)]++;
	g->last = silence;
	/* an unanswered end of a silence stays lethal, whatever shorter pauses its repeats make */
	if (!f->gap_open || silence > g->open) {
		g->open = silence;
		g->open_by = (uint8_t)end;
		g->open_has_data = tcp && p->payload.len;
		g->open_end_seq = p->tcp.seq + (uint32_t)p->payload.len;
		f->gap_open = true;
	}
	if (silence < GAP_EVENT)
		return;
	g->message_due[0] = g->message_due[1] = true;
	event_add(t, f, c, EV_GAP, end, p->ttl, clamp32(silence / NS_PER_MS), (uint32_t)p->payload.len, tls_record(p));
}

void gap_answer(struct flow *f, const struct packet *p, unsigned end)
{
	struct gaps *g = f->gaps;

	if (end == g->open_by || (p->proto == PROTO_TCP && p->tcp.flags & TCP_RST))
		return;
	if (g->open_has_data && (!(p->tcp.flags & TCP_ACK) || (int32_t)(p->tcp.ack - g->open_end_seq) < 0))
		return;
	if (g->open > g->longest)
		g->longest = g->open;
	g->open = 0;
	f->gap_open = false;
}

void gap_message(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p, unsigned end)
{
	if (!f->gaps->message_due[end])
		return;
	f->gaps->message_due[end] = false;
	event_add(t, f, c, EV_MESSAGE, end, p->ttl, (uint32_t)p->payload.len, tls_record(p), 0);
}
