/*
 * LDAP: who binds in which way and what is answered, and the step up to TLS. Over datagrams (CLDAP) only that it is.
 *
 * RFC 4511, 4.1.1 (LDAPMessage), 4.2 (Bind), 4.12 (Extended), 4.14 (StartTLS), 5.1 (BER: definite lengths only);
 * RFC 1798, MS-ADTS 6.3.3 (datagrams)
 *
 *   30 length                       LDAPMessage
 *      02 length id                 messageID, 0 to 2^31 - 1
 *      tag length body              protocolOp: [APPLICATION n]
 *      a0 length controls           optional
 */
#include "dissectors/dissector.h"

#include "base/span.h"
#include "dissectors/text.h"

enum { TAG_INTEGER = 0x02, TAG_OCTETS = 0x04, TAG_ENUMERATED = 0x0a, TAG_SEQUENCE = 0x30 };
enum { PORT_LDAP = 389, PORT_GLOBAL_CATALOGUE = 3268 };

enum op {
	OP_BIND = 0x60,
	OP_BIND_RESULT = 0x61,
	OP_UNBIND = 0x42,
	OP_SEARCH_DONE = 0x65,
	OP_EXTENDED = 0x77,
	OP_EXTENDED_RESULT = 0x78,
};

enum { AUTH_SIMPLE = 0x80, AUTH_SASL = 0xa3, AUTH_SICILY_NEGOTIATE = 0x8a };
enum { EXTENDED_NAME = 0x80, EXTENDED_RESULT_NAME = 0x8a };
enum { RESULT_SUCCESS = 0, RESULT_SASL_IN_PROGRESS = 14 };

enum {
	MESSAGE_MAX = 1 << 26, /* what we take for a length */
	HEAD_MAX = 2 + 4 + 2 + 4 + 2 + 4, /* up to the operation's body */
	ENOUGH = 1024,         /* bytes of a bind: a name, then how; of a result: its code, then a name and a text */
	MECHANISM_MAX = 20,    /* RFC 4422, 3.1 */
	REPLIES_ALL = 16,
};

/* Each operation and the tag of its first element; 0: no elements. */
static const struct {
	uint8_t op, first;
	bool result;
} ops[] = {
	{ OP_BIND, TAG_INTEGER, false },
	{ OP_BIND_RESULT, TAG_ENUMERATED, true },
	{ OP_UNBIND, 0, false },
	{ 0x63, TAG_OCTETS, false }, /* SearchRequest */
	{ 0x64, TAG_OCTETS, true },  /* SearchResultEntry */
	{ OP_SEARCH_DONE, TAG_ENUMERATED, true },
	{ 0x66, TAG_OCTETS, false }, /* Modify */
	{ 0x67, TAG_ENUMERATED, true },
	{ 0x68, TAG_OCTETS, false }, /* Add */
	{ 0x69, TAG_ENUMERATED, true },
	{ 0x4a, 0, false },          /* Del: the name itself */
	{ 0x6b, TAG_ENUMERATED, true },
	{ 0x6c, TAG_OCTETS, false }, /* ModifyDN */
	{ 0x6d, TAG_ENUMERATED, true },
	{ 0x6e, TAG_OCTETS, false }, /* Compare */
	{ 0x6f, TAG_ENUMERATED, true },
	{ 0x50, 0, false },          /* Abandon: the number itself */
	{ 0x73, TAG_OCTETS, true },  /* SearchResultReference */
	{ OP_EXTENDED, EXTENDED_NAME, false },
	{ OP_EXTENDED_RESULT, TAG_ENUMERATED, true },
};

struct message {
	uint32_t id;
	uint8_t op;
	bool result;
	size_t size;    /* of the whole message */
	struct rd body; /* of the operation */
};

/* X.690, 8.1.3, with RFC 4511's restriction to definite lengths, in at most four bytes. */
static uint32_t length_read(struct rd *r)
{
	const uint8_t first = rd_u8(r);
	uint32_t n = 0;

	if (first < 0x80)
		return first;
	if (first == 0x80 || first > 0x84)
		rd_fail(r);
	for (unsigned i = 0; i < (first & 0x7fU); i++)
		n = n << 8 | rd_u8(r);
	return n;
}

/* The next element, with its tag. */
static struct rd element_read(struct rd *r, uint8_t *ret_tag)
{
	*ret_tag = rd_u8(r);
	const uint32_t n = length_read(r);
	return rd_sub(r, n);
}

/* A number of up to four bytes that is not negative. */
static uint32_t number_of(struct rd *r, struct rd e)
{
	uint32_t v = 0;

	if (e.len == 0 || e.len > 5 || rd_peek(&e, 0) >= 0x80)
		rd_fail(r);
	while (rd_more(&e))
		v = v << 8 | rd_u8(&e);
	return v;
}

static bool is_op(uint8_t tag, struct rd body, bool *ret_result)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (ops[i].op != tag)
			continue;
		*ret_result = ops[i].result;
		if (tag == OP_UNBIND)
			return body.len == 0;
		return !ops[i].first || rd_peek(&body, 0) == ops[i].first || (body.len && !body.cap);
	}
	return false;
}

/* RD_SHORT: more bytes are needed. The whole of a message need not be there. */
static enum rd_err message_read(struct rd r, struct message *ret)
{
	struct message m = { .id = 0 };
	const size_t all = r.len;
	uint8_t tag = rd_u8(&r);

	if (tag != TAG_SEQUENCE && !r.err)
		return RD_OVERRUN;
	const uint32_t n = length_read(&r);
	if (r.err || n > MESSAGE_MAX)
		return r.err == RD_SHORT ? RD_SHORT : RD_OVERRUN;
	m.size = all - r.len + n;
	struct rd content = { .p = r.p, .cap = r.cap < n ? r.cap : n, .len = n };
	const struct rd id = element_read(&content, &tag);
	if (!content.err && tag != TAG_INTEGER)
		return RD_OVERRUN;
	if (!content.err)
		m.id = number_of(&content, id);
	m.body = element_read(&content, &m.op);
	if (content.err)
		return content.err;
	if (!is_op(m.op, m.body, &m.result))
		return RD_OVERRUN;
	*ret = m;
	return RD_OK;
}

/* ---- recognition ---- */

static bool has_port(const struct dissector_input *in)
{
	return in->port[0] == PORT_LDAP || in->port[1] == PORT_LDAP || in->port[0] == PORT_GLOBAL_CATALOGUE ||
	       in->port[1] == PORT_GLOBAL_CATALOGUE;
}

/* On a port of its own choice a session begins with a bind, or with StartTLS. */
static enum dissector_match is_session(struct message m)
{
	uint8_t tag;

	if (m.op == OP_EXTENDED || m.op == OP_EXTENDED_RESULT || m.op == OP_BIND_RESULT)
		return m.size < ENOUGH ? MATCH_YES : MATCH_NO;
	if (m.op != OP_BIND)
		return MATCH_NO;
	const struct rd version = element_read(&m.body, &tag);
	const uint32_t v = number_of(&m.body, version);
	(void)element_read(&m.body, &tag);
	if (m.body.err == RD_SHORT)
		return MATCH_MAYBE;
	return !m.body.err && tag == TAG_OCTETS && (v == 2 || v == 3) ? MATCH_YES : MATCH_NO;
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct message m;

	if (rd_peek(&in->bytes, 0) != TAG_SEQUENCE)
		return MATCH_NO;
	/* what a reader calls a lie may be a segment that ends early: the head alone tells */
	struct rd r = rd_of(in->bytes.p, in->bytes.cap, SIZE_MAX);
	switch (message_read(r, &m)) {
	case RD_SHORT:
		return in->bytes.cap < HEAD_MAX && in->bytes.cap == in->bytes.len ? MATCH_MAYBE : MATCH_NO;
	case RD_OK:
		return has_port(in) ? MATCH_YES : is_session(m);
	default:
		return MATCH_NO;
	}
}

static enum dissector_match recognise_datagram(const struct dissector_input *in)
{
	struct message m;

	if (rd_peek(&in->bytes, 0) != TAG_SEQUENCE || !has_port(in))
		return MATCH_NO;
	return message_read(in->bytes, &m) == RD_OK && m.size <= in->bytes.len ? MATCH_YES : MATCH_NO;
}

/* ---- operations ---- */

struct ldap_state {
	uint64_t want[2];
	uint32_t start_tls;  /* messageID of the request */
	uint32_t last_reply;
	bool started[2], done[2];
	bool labelled, asked_tls, handed;
	bool told_simple, told_sasl;
	bool anonymous;      /* the last bind was nobody's */
	uint8_t replies;
};

struct walk {
	struct ldap_state *t;
	const struct dissector_input *in;
	const struct fact_sink *out;
};

static struct span start_tls_oid(void)
{
	return SPAN("1.3.6.1.4.1.1466.20037");
}

static void tell_auth(struct walk *w, bool *told, struct span mechanism, bool cleartext)
{
	if (!*told)
		say_auth(w->out, w->in->side, (struct fact_auth){
			.application = SPAN("LDAP"), .mechanism = mechanism, .cleartext = cleartext,
		});
	*told = true;
}

/* RFC 4511, 4.2: version, name, then how. RFC 4513, 5.1.1 and 5.1.2: without a password it is nobody's. */
static void bind_read(struct walk *w, struct rd r)
{
	uint8_t tag;

	(void)element_read(&r, &tag);
	(void)element_read(&r, &tag);
	struct rd how = element_read(&r, &tag);
	if (r.err)
		return;
	w->t->anonymous = tag == AUTH_SIMPLE && how.len == 0;
	if (tag == AUTH_SIMPLE && how.len) {
		tell_auth(w, &w->t->told_simple, SPAN("simple"), true);
	} else if (tag == AUTH_SASL) {
		struct rd name = element_read(&how, &tag);
		struct span mechanism = text_printable(rd_rest(&name), MECHANISM_MAX);
		if (!how.err && tag == TAG_OCTETS && name.cap == name.len && mechanism.n)
			tell_auth(w, &w->t->told_sasl, mechanism, span_eq_nocase(mechanism, SPAN("PLAIN")));
	} else if (tag == AUTH_SICILY_NEGOTIATE) { /* MS-ADTS, 5.1.1.1.3 */
		tell_auth(w, &w->t->told_sasl, SPAN("NTLM"), false);
	}
}

static void result(struct walk *w, uint32_t code)
{
	struct ldap_state *t = w->t;

	if (t->replies < REPLIES_ALL || code != t->last_reply)
		say_reply(w->out, w->in->side, code, code != RESULT_SUCCESS && code != RESULT_SASL_IN_PROGRESS);
	t->replies = (uint8_t)(t->replies + (t->replies < REPLIES_ALL));
	t->last_reply = code;
}

/* Is this the answer to StartTLS? By its number, or, where the question was not seen, by its name. */
static bool is_start_tls(const struct walk *w, const struct message *m, struct rd r)
{
	uint8_t tag;

	if (w->t->asked_tls)
		return m->id == w->t->start_tls;
	(void)element_read(&r, &tag); /* matchedDN */
	(void)element_read(&r, &tag); /* diagnosticMessage */
	while (rd_more(&r)) {
		const struct rd e = element_read(&r, &tag);
		if (!r.err && tag == EXTENDED_RESULT_NAME)
			return span_eq(rd_rest(&e), start_tls_oid());
	}
	return false;
}

static void result_read(struct walk *w, const struct message *m)
{
	struct rd r = m->body;
	uint8_t tag;
	const struct rd e = element_read(&r, &tag);
	const uint32_t code = number_of(&r, e);

	if (r.err || tag != TAG_ENUMERATED)
		return;
	if (m->op == OP_SEARCH_DONE) { /* what was not found is no refusal */
		if (w->t->replies == 0)
			w->out->mark(w->out->ctx, MARK_APP_REPLY, w->in->side, code, 0, 0);
		w->t->replies = (uint8_t)(w->t->replies + (w->t->replies == 0));
		return;
	}
	result(w, code);
	if (m->op == OP_BIND_RESULT && code == RESULT_SUCCESS && !w->t->anonymous)
		w->out->mark(w->out->ctx, MARK_LOGIN, w->in->side, 0, 0, 0);
	if (m->op == OP_EXTENDED_RESULT && code == RESULT_SUCCESS && is_start_tls(w, m, r))
		w->t->handed = true;
}

static void extended_read(struct walk *w, const struct message *m)
{
	struct rd r = m->body;
	uint8_t tag;
	const struct rd name = element_read(&r, &tag);

	if (r.err || tag != EXTENDED_NAME || !span_eq(rd_rest(&name), start_tls_oid()))
		return;
	w->t->asked_tls = true;
	w->t->start_tls = m->id;
}

static void operation(struct walk *w, const struct message *m)
{
	switch (m->op) {
	case OP_BIND:
		bind_read(w, m->body);
		break;
	case OP_EXTENDED:
		extended_read(w, m);
		break;
	case OP_BIND_RESULT:
	case OP_EXTENDED_RESULT:
	case OP_SEARCH_DONE:
		result_read(w, m);
		break;
	default:
		break;
	}
}

/* ---- the stream ---- */

static void label(struct walk *w, struct span application, bool is_result)
{
	if (!w->t->labelled)
		say_label(w->out, w->in->side, application, is_result ? SPAN("response") : SPAN("request"));
	w->t->labelled = true;
}

enum step { STEP_ON, STEP_WAIT, STEP_LOST };

/* One message at the front of r, which is moved behind it. */
static enum step message_step(struct walk *w, struct rd *r, uint64_t *want)
{
	const bool cut = r->cap < r->len;
	struct message m;
	/* the message may go on in later segments: its own lengths are the promise here */
	enum rd_err e = message_read(rd_of(r->p, r->cap, SIZE_MAX), &m);

	if (e == RD_SHORT)
		return cut || r->cap >= HEAD_MAX ? STEP_LOST : STEP_WAIT;
	if (e != RD_OK)
		return STEP_LOST;
	const size_t enough = m.size < ENOUGH ? m.size : ENOUGH;
	if (!cut && r->cap < enough)
		return STEP_WAIT;
	label(w, SPAN("LDAP"), m.result);
	operation(w, &m);
	*want += m.size;
	rd_skip(r, m.size);
	return r->len && !r->err ? STEP_ON : STEP_WAIT;
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct ldap_state *t = state;
	struct walk w = { .t = t, .in = in, .out = out };
	uint64_t *want = &t->want[in->side];
	struct rd r = in->bytes;
	enum step s = STEP_ON;

	if (t->handed)
		return DISSECTOR_HANDOVER;
	if (!t->started[in->side] || in->offset > *want) { /* lost: messages begin at the front of segments */
		t->started[in->side] = true;
		*want = in->offset;
	}
	rd_skip(&r, *want - in->offset);
	while (s == STEP_ON && !t->handed && !t->done[in->side] && r.len)
		s = message_step(&w, &r, want);
	if (s == STEP_LOST) /* a SASL layer may have begun, RFC 4511, 5.2 */
		t->done[in->side] = true;
	return t->done[in->side] ? DISSECTOR_DONE : *want;
}

static uint64_t feed_datagram(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct ldap_state *t = state;
	struct walk w = { .t = t, .in = in, .out = out };
	struct message m;

	if (message_read(in->bytes, &m) == RD_OK)
		label(&w, SPAN("CLDAP"), m.result);
	return 0;
}

const struct dissector dissector_ldap = {
	.name = "LDAP",
	.title = "LDAP binds and their results",
	.spec = "RFC 4511",
	.over = OVER_TCP,
	.state_size = sizeof(struct ldap_state),
	.recognise = recognise,
	.feed = feed,
};

const struct dissector dissector_cldap = {
	.name = "CLDAP",
	.title = "LDAP in datagrams",
	.spec = "RFC 1798, MS-ADTS",
	.over = OVER_UDP,
	.state_size = sizeof(struct ldap_state),
	.recognise = recognise_datagram,
	.feed = feed_datagram,
};
