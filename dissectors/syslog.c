/*
 * syslog in datagrams and in TCP streams: that it is syslog, and nothing of what it says.
 *
 * RFC 3164, 4.1; RFC 5424, 6; RFC 6587, 3.4 (framing in TCP: a count before each message, or a line for each)
 *
 *   "<" PRI ">" …       PRI: facility * 8 + severity, 0 to 191, no leading zeros
 *     "1 " timestamp    RFC 5424
 *     "Mmm dd …"        RFC 3164; but what follows PRI is anything at all with many senders
 */
#include "dissectors/dissector.h"

#include "base/span.h"
#include "dissectors/text.h"

enum { PORT_SYSLOG = 514, PORT_SYSLOG_TCP = 601 };
enum { PRI_MAX = 191, PRI_DIGITS = 3, COUNT_DIGITS = 5, TIMESTAMP_BYTES = 4 };

/* What there is of it, taken from r. */
static enum dissector_match priority_read(struct rd *r)
{
	uint64_t priority;

	if (rd_peek(r, 0) != '<')
		return r->len ? MATCH_NO : MATCH_MAYBE;
	rd_skip(r, 1);
	const struct span inside = text_first(rd_rest(r), PRI_DIGITS + 1);
	if (text_until(inside, '>') == inside.n) {
		const bool open = !inside.n || text_number(inside, 10, PRI_MAX, &priority);
		return open && inside.n <= PRI_DIGITS ? MATCH_MAYBE : MATCH_NO;
	}
	const struct span digits = text_token(r, '>');
	struct rd first = rd_span(digits);
	if (!text_number(digits, 10, PRI_MAX, &priority) || (digits.n > 1 && rd_peek(&first, 0) == '0'))
		return MATCH_NO;
	return MATCH_YES;
}

/* Behind PRI: a version and a timestamp, or a month. */
static enum dissector_match timestamp_read(struct rd *r)
{
	static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
	const struct span text = text_first(rd_rest(r), TIMESTAMP_BYTES);

	if (text.n < TIMESTAMP_BYTES)
		return MATCH_MAYBE;
	if (text_starts_nocase(text, SPAN("1 ")))
		return text_is_digit((uint8_t)rd_peek(r, 2)) || rd_peek(r, 2) == '-' ? MATCH_YES : MATCH_NO;
	return text_has(span_of(months), text) ? MATCH_YES : MATCH_NO;
}

static bool has_port(const struct dissector_input *in, uint16_t port)
{
	return in->port[0] == port || in->port[1] == port;
}

static enum dissector_match recognise_datagram(const struct dissector_input *in)
{
	struct rd r = in->bytes;

	if (rd_peek(&r, 0) != '<' || priority_read(&r) != MATCH_YES)
		return MATCH_NO;
	return has_port(in, PORT_SYSLOG) || timestamp_read(&r) == MATCH_YES ? MATCH_YES : MATCH_NO;
}

static enum dissector_match recognise_stream(const struct dissector_input *in)
{
	struct rd r = in->bytes;
	const int first = rd_peek(&r, 0);

	if (first != '<' && (first < '1' || first > '9'))
		return MATCH_NO;
	if (first != '<') { /* RFC 6587, 3.4.1: MSG-LEN SP */
		const struct span count = text_first(rd_rest(&r), COUNT_DIGITS + 1);
		uint64_t n;
		const size_t digits = text_until(count, ' ');
		if (!text_number(text_first(count, digits), 10, 65535, &n))
			return MATCH_NO;
		if (digits == count.n)
			return digits <= COUNT_DIGITS ? MATCH_MAYBE : MATCH_NO;
		rd_skip(&r, digits + 1);
	}
	enum dissector_match m = priority_read(&r);
	if (m != MATCH_YES || has_port(in, PORT_SYSLOG) || has_port(in, PORT_SYSLOG_TCP))
		return m;
	return timestamp_read(&r);
}

struct syslog_state {
	bool labelled;
};

static void label(struct syslog_state *s, const struct dissector_input *in, const struct fact_sink *out)
{
	if (!s->labelled)
		say_label(out, in->side, SPAN("syslog"), SPAN("priority"));
	s->labelled = true;
}

static uint64_t feed_datagram(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	label(state, in, out);
	return 0;
}

static uint64_t feed_stream(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	label(state, in, out);
	return DISSECTOR_DONE;
}

const struct dissector dissector_syslog = {
	.name = "syslog",
	.title = "syslog in datagrams",
	.spec = "RFC 3164, RFC 5424",
	.over = OVER_UDP,
	.state_size = sizeof(struct syslog_state),
	.recognise = recognise_datagram,
	.feed = feed_datagram,
};

const struct dissector dissector_syslog_tcp = {
	.name = "syslog",
	.title = "syslog over TCP",
	.spec = "RFC 6587",
	.over = OVER_TCP,
	.state_size = sizeof(struct syslog_state),
	.recognise = recognise_stream,
	.feed = feed_stream,
};
