/*
 * Outcomes of TCP attempts (RFC 9293; SYN repeats: RFC 6298 and the kernels' schedules) and of datagrams.
 *
 * The order of the tables is the order of doubt: first what the capture cannot tell, then what came up, then how it
 * failed, and at last "gave up", which is no failure of the network.
 */
#include "judge/outcome.h"

#include "base/icmp.h"
#include "base/proto.h"
#include "base/time.h"

enum { SYN_MIN = 2, REPEATS_MIN = 2, LOSSY_MIN = 5 };

/* A request that was repeated and stayed unanswered this long from its first try proves silence. */
static const int64_t SILENCE = 3500 * NS_PER_MS;
/* Enough where the same server is known to answer within 0.2 s. */
static const int64_t SILENCE_NEAR = 2 * NS_PER_S;
static const int64_t HELLO_SILENCE = 5 * NS_PER_S;
static const int64_t HELLO_RESET = 2 * NS_PER_S;
/* Data that TCP does not repeat within this time was acknowledged: the first repeats come within seconds. */
static const int64_t UNREPEATED = 10 * NS_PER_S;
static const int64_t OPEN_LONG = 10 * NS_PER_S;

struct question {
	const struct closed *c;
	const struct surroundings *s;
	enum rule_up up;
	enum rule_reply reply;
};

struct answer {
	bool (*holds)(const struct question *q);
	uint8_t outcome, reason;
	bool before, weak;
};

static bool has(const struct question *q, unsigned came)
{
	return (q->c->came & came) == came;
}

static bool limited(const struct question *q, unsigned limit)
{
	return (q->c->limits & limit) != 0;
}

static bool midstream(const struct question *q)
{
	return limited(q, LIMIT_NO_START);
}

/* ---- what came up ---- */

static bool up_reached(const struct question *q)
{
	const struct closed *c = q->c;
	bool data = has(q, CAME_DATA);

	switch (q->up) {
	case UP_TLS_FINISHED:
		return has(q, CAME_TLS);
	case UP_LOGIN:
		/* a client that stays for long with data both ways has logged in, whatever its records look like */
		return has(q, CAME_LOGIN) || (data && has(q, CAME_TLS) && c->end - c->start > OPEN_LONG);
	case UP_APP_REPLY:
		/* where no dissector knows the protocol, data both ways is all that can be asked */
		return has(q, CAME_APP_REPLY) || (data && !c->labels_n);
	case UP_DATA:
		break;
	}
	return data;
}

static bool evicted_open(const struct question *q)
{
	return limited(q, LIMIT_EVICTED) && !up_reached(q);
}

static bool clock_stepped(const struct question *q)
{
	return limited(q, LIMIT_CLOCK) && !up_reached(q);
}

static bool midstream_ok(const struct question *q)
{
	return midstream(q) && (has(q, CAME_DATA) || (q->c->acked[0] && q->c->packets[1]) ||
				(q->c->acked[1] && q->c->packets[0] && q->c->packets[1]));
}

/* One direction only: data that was never repeated, by a host that was still there, has been acknowledged. */
static bool midstream_unrepeated(const struct question *q)
{
	const struct closed *c = q->c;
	int64_t last = c->last[0] > c->last[1] ? c->last[0] : c->last[1];
	int64_t seen = q->s->initiator_seen < q->s->now ? q->s->initiator_seen : q->s->now;

	return midstream(q) && !c->rst && c->payload[0] + c->payload[1] > 0 && c->retransmitted[0] == 0 &&
	       c->retransmitted[1] == 0 && seen - last >= UNREPEATED && !limited(q, LIMIT_LOSS);
}

static bool midstream_unknown(const struct question *q)
{
	return midstream(q);
}

/* ---- what the capture cannot tell ---- */

static bool unseen_side(const struct question *q)
{
	return limited(q, LIMIT_UNSEEN_I | LIMIT_UNSEEN_R);
}

static bool silence_of_one_way_capture(const struct question *q)
{
	return q->s->one_way && q->c->packets[1] == 0 && !q->c->has_icmp;
}

/* The initiator acknowledged an answer, or sent data, though no SYN-ACK is there: we lost it. */
static bool answer_lost(const struct question *q)
{
	const struct closed *c = q->c;
	return c->syn_time && !c->synack_time && !c->rst && (c->payload[0] > 0 || c->acked[1] > 0);
}

/* ---- how the connection request failed ---- */

static bool unanswered(const struct question *q)
{
	return q->c->syn_time && q->c->packets[1] == 0;
}

static bool icmp_about_request(const struct question *q)
{
	const struct closed *c = q->c;
	enum icmp_meaning m;

	if (!c->has_icmp || c->packets[1])
		return false;
	m = icmp_meaning(c->ip_version == 6, c->icmp.type, c->icmp.code, c->proto);
	return m == ICMP_POLICY || m == ICMP_UNREACHABLE || m == ICMP_PORT || m == ICMP_TTL;
}

static bool refused(const struct question *q)
{
	const struct closed *c = q->c;
	return c->syn_time && !c->synack_time && c->rst && c->rst_side == 1 && c->payload[0] == 0;
}

static bool silent(const struct question *q)
{
	const struct closed *c = q->c;
	int64_t need = q->s->peer_near ? SILENCE_NEAR : SILENCE;

	return unanswered(q) && c->syns >= SYN_MIN && q->s->now - c->syn_time >= need &&
	       (c->last_syn - c->syn_time >= NS_PER_S / 2 || c->syns > SYN_MIN);
}

/* Where packets are missing, an answer may be among them: only many tries tell. */
static bool silence_of_lossy_capture(const struct question *q)
{
	const struct closed *c = q->c;
	uint64_t tries = c->proto == PROTO_TCP ? c->syns : c->packets[0];

	return q->s->lossy && c->packets[1] == 0 && tries < LOSSY_MIN;
}

static bool cut_off_by_the_end(const struct question *q)
{
	return limited(q, LIMIT_NO_END);
}

/* ---- how it failed after the handshake ---- */

static bool handshake_stuck(const struct question *q)
{
	const struct closed *c = q->c;
	return c->synack_time && c->synacks_after_ack >= 1 && c->data_repeats >= REPEATS_MIN && c->acked[0] == 0;
}

static bool hello_sent(const struct question *q)
{
	return has(q, CAME_SHOOK) && q->c->data1 && q->c->payload[1] == 0;
}

static bool hello_dropped(const struct question *q)
{
	const struct closed *c = q->c;
	return hello_sent(q) && !limited(q, LIMIT_LOSS) && c->data_repeats >= REPEATS_MIN && c->acked[0] == 0;
}

static bool hello_reset(const struct question *q)
{
	const struct closed *c = q->c;
	return hello_sent(q) && !limited(q, LIMIT_LOSS) && c->rst && c->rst_side == 1 && c->rst_time >= c->data1 &&
	       c->rst_time - c->data1 <= HELLO_RESET;
}

/* Only a protocol in which the server must answer can be ignored by it. */
static bool hello_ignored(const struct question *q)
{
	const struct closed *c = q->c;
	int64_t until = limited(q, LIMIT_NO_END) ? q->s->now : c->end;

	return hello_sent(q) && c->tls_hello && c->acked[0] > 0 && !limited(q, LIMIT_LOSS) &&
	       until - c->data1 >= HELLO_SILENCE;
}

static bool tls_alert(const struct question *q)
{
	return q->c->alert_time && !has(q, CAME_TLS);
}

static bool app_refused(const struct question *q)
{
	return q->up != UP_DATA && has(q, CAME_APP_NO) && !has(q, CAME_APP_REPLY);
}

static bool snaplen_hides(const struct question *q)
{
	return limited(q, LIMIT_CUT);
}

static bool loss_hides(const struct question *q)
{
	return limited(q, LIMIT_LOSS);
}

/* One-sided protocols, and those whose `up` is data, without a server that had to say anything. */
static bool one_sided_ok(const struct question *q)
{
	const struct closed *c = q->c;
	return (q->up == UP_DATA || q->up == UP_APP_REPLY) && has(q, CAME_DATA_OUT) && c->end_why == END_FIN;
}

/* TLS whose handshake this version of the dissector does not follow to its end, yet data flows for long. */
static bool encrypted_but_alive(const struct question *q)
{
	return q->up != UP_DATA && has(q, CAME_DATA) && !q->c->rst && q->c->end - q->c->start > OPEN_LONG;
}

static bool always(const struct question *q)
{
	(void)q;
	return true;
}

static const struct answer TCP_ANSWERS[] = {
	{ up_reached, OUTCOME_OK, 0, false, false },
	{ evicted_open, OUTCOME_INCONCLUSIVE, REASON_EVICTED, false, false },
	{ clock_stepped, OUTCOME_INCONCLUSIVE, REASON_CLOCK_STEP, false, false },
	{ midstream_ok, OUTCOME_OK, 0, true, false },
	{ midstream_unrepeated, OUTCOME_OK, 0, true, true },
	{ midstream_unknown, OUTCOME_INCONCLUSIVE, REASON_STARTS_BEFORE_CAPTURE, false, false },
	{ unseen_side, OUTCOME_INCONCLUSIVE, REASON_ONE_WAY_CAPTURE, false, false },
	{ silence_of_one_way_capture, OUTCOME_INCONCLUSIVE, REASON_ONE_WAY_CAPTURE, false, false },
	{ answer_lost, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_LOSS, false, false },
	{ refused, OUTCOME_REFUSED, 0, false, false },
	{ icmp_about_request, OUTCOME_ICMP_REJECTED, 0, false, false },
	{ silence_of_lossy_capture, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_LOSS, false, false },
	{ silent, OUTCOME_NO_REPLY, 0, false, false },
	{ handshake_stuck, OUTCOME_HANDSHAKE_STUCK, 0, false, false },
	{ hello_dropped, OUTCOME_HELLO_DROPPED, 0, false, false },
	{ hello_reset, OUTCOME_HELLO_RESET, 0, false, false },
	{ hello_ignored, OUTCOME_HELLO_IGNORED, 0, false, false },
	{ tls_alert, OUTCOME_TLS_ALERT, 0, false, false },
	{ app_refused, OUTCOME_APP_REJECTED, 0, false, false },
	{ one_sided_ok, OUTCOME_OK, 0, false, false },
	{ snaplen_hides, OUTCOME_INCONCLUSIVE, REASON_SNAPLEN, false, false },
	{ loss_hides, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_LOSS, false, false },
	{ encrypted_but_alive, OUTCOME_OK, 0, false, true },
	{ cut_off_by_the_end, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_ENDED, false, false },
	{ always, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP, false, false },
};

/* ---- datagrams, echo, ESP ---- */

static bool one_way_by_design(const struct question *q)
{
	const struct closed *c = q->c;
	enum addr_scope s = addr_scope(&c->addr[1]);

	return c->packets[1] == 0 &&
	       (q->reply == REPLY_NONE || c->link_cast || s == ADDR_MULTICAST || s == ADDR_BROADCAST);
}

static bool answered(const struct question *q)
{
	return has(q, CAME_DATA);
}

/* A datagram back is no connection yet: it may be a Retry, other versions, or a handshake that goes no further. */
static bool quic_unfinished(const struct question *q)
{
	return q->c->quic && has(q, CAME_DATA) && !has(q, CAME_TLS) && q->c->end - q->c->start <= OPEN_LONG;
}

static bool quic_cut_off(const struct question *q)
{
	return quic_unfinished(q) && limited(q, LIMIT_NO_END);
}

static bool quic_alert(const struct question *q)
{
	return q->c->quic && has(q, CAME_DATA) && tls_alert(q);
}

static bool only_responder_seen(const struct question *q)
{
	return q->c->packets[0] == 0;
}

static bool first_seen_is_not_first_sent(const struct question *q)
{
	return q->c->init_how == INIT_FIRST && q->c->packets[1] == 0 && q->reply != REPLY_EXPECTED;
}

static bool port_closed(const struct question *q)
{
	const struct closed *c = q->c;
	return c->has_icmp && c->packets[1] == 0 && addr_eq(&c->icmp.source, &c->addr[1]) &&
	       icmp_meaning(c->ip_version == 6, c->icmp.type, c->icmp.code, c->proto) == ICMP_PORT;
}

static bool repeated_in_vain(const struct question *q)
{
	const struct closed *c = q->c;
	return q->reply == REPLY_EXPECTED && c->packets[0] >= REPEATS_MIN && c->packets[1] == 0 &&
	       c->last[0] - c->first[0] >= NS_PER_S && q->s->now - c->last[0] >= SILENCE;
}

/* Whether the request ever arrived whole is not known: its receiver may have had nothing to answer. */
static bool request_in_pieces(const struct question *q)
{
	return limited(q, LIMIT_UNASSEMBLED) && q->c->packets[1] == 0;
}

static const struct answer OTHER_ANSWERS[] = {
	{ app_refused, OUTCOME_APP_REJECTED, 0, false, false },
	{ quic_alert, OUTCOME_TLS_ALERT, 0, false, false },
	{ quic_cut_off, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_ENDED, false, false },
	{ quic_unfinished, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP, false, false },
	{ answered, OUTCOME_OK, 0, false, false },
	{ only_responder_seen, OUTCOME_INCONCLUSIVE, REASON_STARTS_BEFORE_CAPTURE, false, false },
	{ one_way_by_design, OUTCOME_SENT, 0, false, false },
	{ port_closed, OUTCOME_REFUSED, 0, false, false },
	{ icmp_about_request, OUTCOME_ICMP_REJECTED, 0, false, false },
	{ silence_of_one_way_capture, OUTCOME_INCONCLUSIVE, REASON_ONE_WAY_CAPTURE, false, false },
	{ first_seen_is_not_first_sent, OUTCOME_SENT, 0, false, true },
	{ silence_of_lossy_capture, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_LOSS, false, false },
	{ request_in_pieces, OUTCOME_INCONCLUSIVE, REASON_REASSEMBLY_LIMIT, false, false },
	{ repeated_in_vain, OUTCOME_NO_REPLY, 0, false, false },
	{ evicted_open, OUTCOME_INCONCLUSIVE, REASON_EVICTED, false, false },
	{ cut_off_by_the_end, OUTCOME_INCONCLUSIVE, REASON_CAPTURE_ENDED, false, false },
	{ always, OUTCOME_INCONCLUSIVE, REASON_GAVE_UP, false, false },
};

struct outcome_of outcome_of(const struct closed *c, const struct surroundings *s, enum rule_up up, enum rule_reply reply)
{
	const struct question q = { c, s, up, reply };
	const struct answer *a = c->proto == PROTO_TCP ? TCP_ANSWERS : OTHER_ANSWERS;

	while (!a->holds(&q))
		a++;
	return (struct outcome_of){ a->outcome, a->reason, a->before, a->weak };
}

bool outcome_is_success(uint8_t o)
{
	return o == OUTCOME_OK || o == OUTCOME_SENT;
}

bool outcome_is_failure(uint8_t o)
{
	return !outcome_is_success(o) && o != OUTCOME_SUPERSEDED && o != OUTCOME_INCONCLUSIVE;
}

/* Zeek's conn_state, from flags each side sent; RFC 9293's names for the same are not used anywhere. */
const char *outcome_conn_state(const struct closed *c)
{
	enum { FIN = 1, RST = 4 };
	bool i_fin = c->tcp_flags[0] & FIN, r_fin = c->tcp_flags[1] & FIN;
	bool i_rst = c->tcp_flags[0] & RST, r_rst = c->tcp_flags[1] & RST;

	if (c->proto != PROTO_TCP)
		return c->packets[1] ? "SF" : "S0";
	if (!c->syn_time && !c->synack_time)
		return "OTH";
	if (c->syn_time && !c->synack_time)
		return r_rst ? "REJ" : i_rst ? "RSTOS0" : i_fin ? "SH" : "S0";
	if (!c->syn_time)
		return r_rst ? "RSTRH" : r_fin ? "SHR" : "OTH";
	if (i_rst)
		return "RSTO";
	if (r_rst)
		return "RSTR";
	if (i_fin && r_fin)
		return "SF";
	return i_fin ? "S2" : r_fin ? "S3" : "S1";
}
