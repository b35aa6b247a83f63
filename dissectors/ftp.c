/*
 * FTP, the control connection: who logs in, what is answered, where data connections will be, and the step up to TLS.
 *
 * RFC 959, 4.2 (replies), 4.1 (commands); RFC 2428 (EPRT, EPSV); RFC 4217, 4 (AUTH TLS)
 *
 *   reply      code 3, SP or "-", text, CRLF       "-": more lines follow, the last one has the same code and SP
 *   command    verb 3-4, SP, argument, CRLF
 */
#include "dissectors/dissector.h"

#include "base/span.h"
#include "dissectors/text.h"

enum { PORT_FTP = 21 };

enum {
	VERB_MIN = 3,
	VERB_MAX = 4,
	CODE = 3,
	ENDPOINTS_MAX = 64, /* of a flow */
	REPLIES_ALL = 16,   /* so many whatever they are; then those that differ from the one before */
};

enum {
	REPLY_READY = 220,
	REPLY_PASSIVE = 227,
	REPLY_EXTENDED_PASSIVE = 229,
	REPLY_LOGGED_IN = 230,
	REPLY_SECURED = 234, /* RFC 4217, 4.1; without a log-in that TLS would do as well */
};

struct ftp_state {
	uint64_t want[2];
	uint16_t last_reply;
	uint16_t inside;    /* the code of a reply of several lines */
	uint8_t server;     /* 1 + its side */
	uint8_t replies, endpoints;
	bool started[2], done[2], long_line[2];
	bool labelled, greeted, told;
	bool anonymous;     /* the last USER was nobody: what follows is no secret */
	bool other_auth;    /* AUTH asked for something that is not TLS */
	bool handed;
};

/* One call of feed(). */
struct walk {
	struct ftp_state *t;
	const struct dissector_input *in;
	const struct fact_sink *out;
	bool cut; /* the end of the line was not captured: what it begins with counts, numbers at its end do not */
};

/* ---- addresses ---- */

/* RFC 959, 4.1.2: h1,h2,h3,h4,p1,p2; the numbers may stand anywhere in a reply (RFC 1123, 4.1.2.6). */
static bool host_port_read(struct span text, struct addr *ret_addr, uint16_t *ret_port)
{
	struct rd r = rd_span(text);
	uint64_t all = 0;

	for (int i = 0; i < 6; i++) {
		uint64_t v;
		struct span s = text_trim(text_token(&r, ','));
		if (!text_number(s, 10, 255, &v))
			return false;
		all = all << 8 | v;
	}
	*ret_addr = addr_v4((uint32_t)(all >> 16));
	*ret_port = (uint16_t)all;
	return *ret_port > 0;
}

/* RFC 2428, 2 and 3: a delimiter, then family, address, port, each with it behind; EPSV leaves the first two empty. */
static bool extended_read(struct span text, struct addr *ret_addr, uint16_t *ret_port)
{
	struct rd r = rd_span(text);
	const uint8_t delimiter = rd_u8(&r);
	uint64_t port;

	if (delimiter < 33 || delimiter > 126)
		return false;
	const struct span family = text_token(&r, delimiter), address = text_token(&r, delimiter);
	struct addr a = { { 0 } };
	if (address.n && (!family.n || !addr_parse(address, &a)))
		return false;
	if (!text_number(text_token(&r, delimiter), 10, UINT16_MAX, &port) || !port)
		return false;
	*ret_addr = a;
	*ret_port = (uint16_t)port;
	return true;
}

/* The part of a reply from its first digit, or from behind its parenthesis. */
static struct span numbers_of(struct span text)
{
	struct rd r = rd_span(text);

	rd_skip(&r, text_until(text, '('));
	if (r.cap)
		rd_skip(&r, 1);
	else
		for (r = rd_span(text); r.cap && !text_is_digit((uint8_t)rd_peek(&r, 0)); rd_skip(&r, 1))
			;
	struct span rest = rd_rest(&r);
	struct rd tail = rd_span(rest);
	size_t n = 0;
	for (int c = rd_peek(&tail, 0); text_is_digit((uint8_t)c) || c == ',' || c == ' '; c = rd_peek(&tail, n))
		n++;
	return text_first(rest, n);
}

static struct span parenthesis_of(struct span text)
{
	struct rd r = rd_span(text);

	rd_skip(&r, text_until(text, '('));
	if (r.cap)
		rd_skip(&r, 1);
	return rd_rest(&r);
}

/* Where the sender waits for the data connection; no address: its own of this flow. */
static void say_endpoint(struct walk *w, struct addr addr, uint16_t port)
{
	struct fact f;

	if (w->cut || w->t->endpoints == ENDPOINTS_MAX)
		return;
	w->t->endpoints++;
	f.kind = FACT_ENDPOINT;
	f.side = w->in->side;
	f.endpoint = (struct fact_endpoint){
		.application = SPAN("FTP"), .addr = addr, .port = port, .port_to = port, .tcp = true, .listens = true,
	};
	w->out->fact(w->out->ctx, &f);
}

/* ---- commands ---- */

static void password(struct walk *w)
{
	if (w->t->told || w->t->anonymous)
		return;
	w->t->told = true;
	say_auth(w->out, w->in->side, (struct fact_auth){
		.application = SPAN("FTP"), .mechanism = SPAN("pass"), .cleartext = true,
	});
}

static bool is_nobody(struct span user)
{
	return span_eq_nocase(user, SPAN("anonymous")) || span_eq_nocase(user, SPAN("ftp"));
}

static void command(struct walk *w, struct span line)
{
	struct rd r = rd_span(line);
	const struct span verb = text_token(&r, ' '), argument = text_trim(rd_rest(&r));
	struct addr addr;
	uint16_t port;

	if (span_eq_nocase(verb, SPAN("USER")))
		w->t->anonymous = w->cut || is_nobody(argument);
	else if (span_eq_nocase(verb, SPAN("PASS")))
		password(w);
	else if (span_eq_nocase(verb, SPAN("AUTH")))
		w->t->other_auth = !text_starts_nocase(argument, SPAN("TLS")) && !span_eq_nocase(argument, SPAN("SSL"));
	else if (span_eq_nocase(verb, SPAN("PORT")) && host_port_read(argument, &addr, &port))
		say_endpoint(w, addr, port);
	else if (span_eq_nocase(verb, SPAN("EPRT")) && extended_read(argument, &addr, &port))
		say_endpoint(w, addr, port);
}

/* ---- replies ---- */

/*
 * Not served, no data connection, not logged in, or protection refused (RFC 959, 4.2.1; RFC 2228, 5.1). A command that
 * is not known or a file that is not there is none of these.
 */
static bool is_rejection(uint16_t code)
{
	static const uint16_t codes[] = { 421, 425, 426, 430, 431, 434, 530, 532, 533, 534, 535, 536, 537 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (code == codes[i])
			return true;
	return false;
}

static void secured(struct walk *w)
{
	if (w->t->other_auth)
		w->t->done[0] = w->t->done[1] = true;
	else
		w->t->handed = true;
}

/* The last line of a reply. */
static void reply(struct walk *w, uint16_t code, struct span text)
{
	struct ftp_state *t = w->t;
	struct addr addr;
	uint16_t port;

	if (t->replies < REPLIES_ALL || code != t->last_reply)
		say_reply(w->out, w->in->side, code, is_rejection(code));
	t->replies = (uint8_t)(t->replies + (t->replies < REPLIES_ALL));
	t->last_reply = code;
	if (code == REPLY_LOGGED_IN)
		w->out->mark(w->out->ctx, MARK_LOGIN, w->in->side, 0, 0, 0);
	else if (code == REPLY_PASSIVE && host_port_read(numbers_of(text), &addr, &port))
		say_endpoint(w, addr, port);
	else if (code == REPLY_EXTENDED_PASSIVE && extended_read(parenthesis_of(text), &addr, &port))
		say_endpoint(w, addr, port);
	else if (code == REPLY_SECURED)
		secured(w);
}

/* Code, separator and text of a reply line; false where it is none. */
static bool reply_read(struct span line, uint16_t *ret_code, bool *ret_last, struct span *ret_text)
{
	struct rd r = rd_span(line);
	uint64_t code;

	if (!text_number(rd_get(&r, CODE), 10, 699, &code) || code < 100)
		return false;
	const int separator = rd_peek(&r, 0);
	if (separator >= 0 && separator != ' ' && separator != '-')
		return false;
	rd_skip(&r, r.cap > 0);
	*ret_code = (uint16_t)code;
	*ret_last = separator != '-';
	*ret_text = rd_rest(&r);
	return true;
}

static void reply_line(struct walk *w, struct span line)
{
	struct ftp_state *t = w->t;
	struct span text;
	uint16_t code;
	bool last;

	if (!reply_read(line, &code, &last, &text) || (t->inside && code != t->inside))
		return; /* a line within a reply of several, or nothing we know */
	if (code == REPLY_READY && !t->greeted) {
		t->greeted = true;
		say_banner(w->out, w->in->side, SPAN("FTP"), text);
	}
	t->inside = last ? 0 : code;
	if (last)
		reply(w, code, text);
}

/* ---- the stream ---- */

static bool has_port(const struct dissector_input *in)
{
	return in->port[0] == PORT_FTP || in->port[1] == PORT_FTP;
}

/* Is this the greeting of an FTP server? SMTP and others greet with the same code: there it must say so. */
static enum dissector_match recognise_reply(const struct dissector_input *in, struct span line, bool whole)
{
	struct span text;
	uint64_t digits;
	uint16_t code;
	bool last;

	if (line.n <= CODE && !whole)
		return text_number(line, 10, 699, &digits) ? MATCH_MAYBE : MATCH_NO;
	if (!reply_read(line, &code, &last, &text))
		return MATCH_NO;
	const struct span all = last ? line : rd_rest(&in->bytes);
	if (text_has(all, SPAN("SMTP")))
		return MATCH_NO;
	if (has_port(in))
		return MATCH_YES;
	if (code != REPLY_READY)
		return MATCH_NO;
	return text_has(all, SPAN("FTP")) ? MATCH_YES : whole && last ? MATCH_NO : MATCH_MAYBE;
}

/* RFC 4217, 4: what asks for TLS, or, where the line may go on, its beginning. */
static bool asks_for_tls(struct span line, bool whole)
{
	static const char *const asks[] = { "AUTH TLS", "AUTH SSL" };

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		const struct span all = span_of(asks[i]);
		if (whole ? span_eq_nocase(line, all) : text_starts_nocase(all, line))
			return true;
	}
	return false;
}

/* Commands that begin a session, or go on with one; SMTP, POP3 and IRC share some: they count on FTP's port alone. */
static enum dissector_match recognise_command(const struct dissector_input *in, struct span line, bool whole)
{
	static const char *const verbs[] = {
		"USER", "PASS", "ACCT", "AUTH", "FEAT", "SYST", "OPTS", "PBSZ", "PROT", "HOST", "CLNT", "TYPE", "PASV",
		"EPSV", "PORT", "EPRT", "LIST", "NLST", "MLSD", "MLST", "RETR", "STOR", "STOU", "APPE", "SIZE", "MDTM",
		"CWD", "CDUP", "PWD", "XPWD", "REST", "RNFR", "RNTO", "DELE", "MKD", "RMD", "NOOP", "STAT", "HELP",
		"SITE", "QUIT", "ABOR", "ALLO", "MODE", "STRU", "REIN", "CCC",
	};
	const struct span verb = text_first(line, text_until(line, ' '));

	if (whole && asks_for_tls(line, true))
		return MATCH_YES;
	if (!has_port(in))
		return !whole && asks_for_tls(line, false) ? MATCH_MAYBE : MATCH_NO;
	if (!whole && verb.n == line.n)
		return verb.n <= VERB_MAX ? MATCH_MAYBE : MATCH_NO;
	if (verb.n < VERB_MIN || verb.n > VERB_MAX)
		return MATCH_NO;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (span_eq_nocase(verb, span_of(verbs[i])))
			return MATCH_YES;
	return MATCH_NO;
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	const int first = rd_peek(&in->bytes, 0);
	bool whole;

	if (first < 0 || !(text_is_digit((uint8_t)first) || text_is_upper((uint8_t)(first & ~0x20))))
		return MATCH_NO;
	if (!has_port(in) && first != '2' && first != 'A')
		return MATCH_NO;
	const struct span line = text_first_line(&in->bytes, &whole);
	return text_is_digit((uint8_t)first) ? recognise_reply(in, line, whole) : recognise_command(in, line, whole);
}

static void begin(struct walk *w)
{
	struct ftp_state *t = w->t;
	const int first = rd_peek(&w->in->bytes, 0);

	t->started[w->in->side] = true;
	t->want[w->in->side] = w->in->offset;
	if (!t->server && first >= 0)
		t->server = (uint8_t)(1 + (text_is_digit((uint8_t)first) ? w->in->side : !w->in->side));
	if (!t->labelled)
		say_label(w->out, w->in->side, SPAN("FTP"),
			  t->server == 1 + w->in->side ? SPAN("reply") : SPAN("command"));
	t->labelled = true;
}

static void take_line(struct walk *w, struct span line)
{
	bool *long_line = &w->t->long_line[w->in->side];

	if (*long_line)
		*long_line = false;
	else if (w->t->server == 1 + w->in->side)
		reply_line(w, line);
	else
		command(w, line);
}

/* What is left of a line that does not end here: waited for, or given up up to the next one. */
static void line_part(struct walk *w, const struct rd *r, uint64_t *want)
{
	w->cut = r->cap < r->len;
	if (!w->cut && r->cap < DISSECTOR_PREFIX)
		return;
	*want += r->len;
	if (w->cut)
		take_line(w, rd_rest(r));
	w->t->long_line[w->in->side] = !w->cut;
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct ftp_state *t = state;
	struct walk w = { .t = t, .in = in, .out = out };
	struct rd r = in->bytes;
	uint64_t *want = &t->want[in->side];
	struct span line;

	if (t->handed)
		return DISSECTOR_HANDOVER;
	if (!t->started[in->side])
		begin(&w);
	if (in->offset > *want) { /* lost: each line is sent by itself, so one begins here */
		*want = in->offset;
		t->long_line[in->side] = false;
		t->inside = t->server == 1 + in->side ? 0 : t->inside;
	}
	rd_skip(&r, *want - in->offset);
	while (r.len && !t->handed && !t->done[in->side]) {
		const size_t before = r.len;
		if (!text_line(&r, &line)) {
			line_part(&w, &r, want);
			break;
		}
		*want += before - r.len;
		take_line(&w, line);
	}
	return t->done[in->side] ? DISSECTOR_DONE : *want;
}

const struct dissector dissector_ftp = {
	.name = "FTP",
	.title = "FTP control connection",
	.spec = "RFC 959, RFC 2428, RFC 4217",
	.over = OVER_TCP,
	.state_size = sizeof(struct ftp_state),
	.recognise = recognise,
	.feed = feed,
};
