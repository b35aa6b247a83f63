/*
 * NTP: which flow it is, and what servers answered.
 *
 * RFC 5905, 7.3 (header), 7.4 (kiss-o'-death); RFC 1305 and RFC 1119 (versions 2 and 3), RFC 1059 (version 1 has no
 * modes); RFC 9327 (mode 6); mode 7 is private
 */
#include "dissectors/dissector.h"
#include "dissectors/text.h"

enum { PORT_NTP = 123 };

enum ntp_mode {
	MODE_RESERVED,
	MODE_ACTIVE,
	MODE_PASSIVE,
	MODE_CLIENT,
	MODE_SERVER,
	MODE_BROADCAST,
	MODE_CONTROL,
	MODE_PRIVATE,
	MODES,
};

enum { HEADER = 48, CONTROL_HEADER = 12, PRIVATE_HEADER = 8, STRATUM_MAX = 16 };

static const struct {
	const char *how;
	uint8_t bytes; /* at least */
} modes[MODES] = {
	[MODE_RESERVED] = { "version-1", HEADER },       [MODE_ACTIVE] = { "symmetric", HEADER },
	[MODE_PASSIVE] = { "symmetric", HEADER },        [MODE_CLIENT] = { "client", HEADER },
	[MODE_SERVER] = { "server", HEADER },            [MODE_BROADCAST] = { "broadcast", HEADER },
	[MODE_CONTROL] = { "control", CONTROL_HEADER },  [MODE_PRIVATE] = { "private", PRIVATE_HEADER },
};

struct ntp_head {
	uint8_t mode, version, stratum;
	uint32_t reference;
};

/* False where no NTP has these bytes. What was not captured is 0. */
static bool head_read(struct rd r, struct ntp_head *ret_h)
{
	const size_t bytes = r.len;
	const uint8_t first = rd_u8(&r);
	struct ntp_head h = { .mode = first & 7, .version = first >> 3 & 7 };

	if (r.err || h.version < 1 || h.version > 4 || bytes < modes[h.mode].bytes)
		return false;
	if (h.mode == MODE_RESERVED && h.version != 1)
		return false;
	if (h.mode < MODE_CONTROL) {
		h.stratum = rd_u8(&r);
		rd_skip(&r, 2 + 4 + 4); /* poll, precision, root delay, root dispersion */
		h.reference = rd_u32(&r);
		if (h.stratum > STRATUM_MAX || r.err == RD_OVERRUN)
			return false;
	}
	*ret_h = h;
	return true;
}

/* 7.4: a kiss code is four characters, what is shorter is filled with zeros. */
static bool is_kiss(const struct ntp_head *h)
{
	const uint8_t first = (uint8_t)(h->reference >> 24), second = (uint8_t)(h->reference >> 16);

	return h->stratum == 0 && text_is_upper(first) && (text_is_upper(second) || text_is_digit(second));
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct ntp_head h;

	if (in->port[0] != PORT_NTP && in->port[1] != PORT_NTP)
		return MATCH_NO;
	return head_read(in->bytes, &h) ? MATCH_YES : MATCH_NO;
}

struct ntp_state {
	bool labelled;
};

/* An answer is marked with its stratum. Stratum 0 is "unspecified" where it carries no kiss code: still an answer. */
static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct ntp_state *s = state;
	struct ntp_head h;

	if (!head_read(in->bytes, &h))
		return 0;
	if (!s->labelled) {
		s->labelled = true;
		say_label(out, in->side, SPAN("NTP"), span_of(modes[h.mode].how));
	}
	if (h.mode == MODE_SERVER && in->bytes.cap > 1)
		say_reply(out, in->side, h.stratum, is_kiss(&h));
	return 0;
}

const struct dissector dissector_ntp = {
	.name = "NTP",
	.title = "Network Time Protocol",
	.spec = "RFC 5905",
	.over = OVER_UDP,
	.state_size = sizeof(struct ntp_state),
	.recognise = recognise,
	.feed = feed,
};
