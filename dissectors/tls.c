/*
 * TLS: the record layer walked in stream order, the plaintext messages of the handshake, alerts, and when it came up.
 *
 * RFC 8446, 5 (records), 4 (handshake), 6 (alerts), D.4 (middlebox compatibility); RFC 5246, 6.2, 7; certificates of
 * TLS 1.2 and below only, later ones are encrypted
 *
 *   record     type 1, version 2, length 2, payload          a message may span records, a record hold several messages
 *   handshake  type 1, length 3, body
 */
#include "dissectors/dissector.h"
#include "dissectors/text.h"
#include "dissectors/tls_hello.h"
#include "dissectors/x509.h"

#include "base/span.h"

enum record_type { REC_CCS = 20, REC_ALERT = 21, REC_HANDSHAKE = 22, REC_DATA = 23, REC_HEARTBEAT = 24 };
enum handshake_type { HS_CLIENT_HELLO = 1, HS_SERVER_HELLO = 2, HS_CERTIFICATE = 11 };

enum {
	RECORD_HEADER = 5,
	RECORD_MAX = 16384 + 2048, /* RFC 5246, 6.2.3; TLS 1.3 allows less */
	RECORDS_LOOKED_AT = 4,     /* by recognise() */
	V2_BIT = 0x80,             /* of the first byte of an SSLv2 message */
	V2_HEADER = 11,
	HANDSHAKE_HEADER = 4,
	HELLO_MIN = 38,            /* version, random, empty session id, one suite */
	HELLO_MAX = 65535,         /* what we take for a hello when we look for one */
	CERTIFICATE_HEADERS = HANDSHAKE_HEADER + 3 + 3,
	PORT_DOT = 853,
	FINISHED_MIN = 4 + 32 + 1 + 8, /* TLS 1.3 record of a Finished: header, SHA-256, type, shortest tag */
};

/* One side's stream. `want` is also the offset of the next byte in the walk. */
struct side {
	uint64_t want;
	uint32_t skip;    /* bytes of the current handshake message that are of no use any more */
	uint32_t pending; /* the whole handshake message that begins at `want` and is waited for; 0 unknown */
	uint16_t left;    /* of the current record's payload, from `want` on */
	uint8_t type;     /* of the current record */
	bool started;
	bool changed;     /* sent ChangeCipherSpec */
	bool message;     /* its first handshake message was a hello */
	bool read;        /* its ClientHello was read */
	bool lost;        /* where a handshake message begins is unknown from here on */
	bool protected;   /* sent data that only a finished handshake lets it send */
};

struct tls_state {
	struct side side[2];
	uint16_t version, cipher; /* negotiated, 0 unknown */
	uint8_t role[2];          /* HS_CLIENT_HELLO, HS_SERVER_HELLO: which of them it sent; 0 none */
	bool labelled, early, done;
};

/* One call of feed(): r is the input from s->want on. */
struct walk {
	struct tls_state *t;
	struct side *s;
	const struct dissector_input *in;
	const struct fact_sink *out;
	struct rd r;
};

enum step { STEP_ON, STEP_WAIT, STEP_LOST };

struct record_header {
	uint8_t type;
	uint16_t version, length;
};

static inline struct record_header header_read(struct rd *r)
{
	struct span h = rd_get(r, RECORD_HEADER); /* in one: some sessions are of hundreds of thousands of small records */

	return (struct record_header){ span_u8(h, 0), span_u16(h, 1), span_u16(h, 3) };
}

static bool is_plausible(const struct record_header *h)
{
	return h->type >= REC_CCS && h->type <= REC_HEARTBEAT && h->version >= TLS_SSL3 && h->version <= TLS_1_3 &&
	       h->length <= RECORD_MAX && (h->length || h->type == REC_DATA);
}

/* Moves on by n bytes of the stream, which may lie beyond what this input has. */
static void advance(struct walk *w, size_t n)
{
	w->s->want += n;
	rd_skip(&w->r, n);
}

/* True where bytes from here on were sent in this input but not captured: waiting for them is in vain. */
static bool is_cut(const struct walk *w)
{
	uint64_t end = w->in->offset + w->in->bytes.len;

	return end > w->s->want && end - w->s->want > w->r.cap;
}

static void label(struct walk *w, struct span how)
{
	struct fact f;

	if (w->t->labelled)
		return;
	w->t->labelled = true;
	f.kind = FACT_LABEL;
	f.side = w->in->side;
	f.label.application = SPAN("TLS");
	f.label.source = FACT_BY_DISSECTOR;
	f.label.how = how;
	w->out->fact(w->out->ctx, &f);
}

/* The record length of a TLS 1.3 Finished (RFC 8446, 4.4.4, 5.2 and B.4). */
static uint16_t finished_length(uint16_t cipher)
{
	switch (cipher) {
	case 0x1302:
		return 4 + 48 + 1 + 16;
	case 0x1305:
		return FINISHED_MIN;
	default:
		return 4 + 32 + 1 + 16;
	}
}

/*
 * TLS 1.3: the server's first protected record is its flight; the client's Finished comes after it. An alert instead
 * has 19 bytes. A client that sent early data goes on with it for a while, so there only the exact length counts.
 */
static bool is_protected_1_3(struct tls_state *t, uint8_t side, const struct record_header *h)
{
	if (h->type != REC_DATA)
		return false;
	if (t->role[side] == HS_SERVER_HELLO)
		return true;
	if (!t->side[!side].protected) {
		t->early = true;
		return false;
	}
	return t->early ? h->length == finished_length(t->cipher) : h->length >= FINISHED_MIN;
}

/* Notes protected data, and the first time that both sides have sent it. Without a ServerHello nothing is said. */
static void note_protected(struct walk *w, const struct record_header *h)
{
	struct tls_state *t = w->t;
	uint8_t side = w->in->side;

	if (t->done)
		return;
	if (!t->version) {
		t->early |= h->type == REC_DATA;
		return;
	}
	if (t->version >= TLS_1_3)
		w->s->protected |= is_protected_1_3(t, side, h);
	else /* RFC 5246, 7.1: what follows ChangeCipherSpec is protected, first of all Finished */
		w->s->protected |= h->type == REC_DATA || (h->type == REC_HANDSHAKE && w->s->changed);
	if (t->side[0].protected && t->side[1].protected) {
		t->done = true;
		w->out->mark(w->out->ctx, MARK_TLS_DONE, side, t->version, t->cipher, 0);
	}
}

static enum step record_open(struct walk *w)
{
	struct side *s = w->s;

	if (w->r.cap < RECORD_HEADER)
		return is_cut(w) ? STEP_LOST : STEP_WAIT;
	struct record_header h = header_read(&w->r);
	if (!is_plausible(&h))
		return STEP_LOST;
	s->want += RECORD_HEADER;
	s->type = h.type;
	s->left = h.length;
	if (h.type != REC_HANDSHAKE)
		label(w, SPAN("record-layer"));
	struct dissector_record rec = {
		.time = w->in->time, .side = w->in->side, .type = h.type, .version = h.version, .length = h.length,
		.tls = w->t->version, .cipher = w->t->cipher,
	};
	w->out->mark(w->out->ctx, MARK_TLS_RECORD, rec.side, rec.type, rec.length, rec.version);
	w->out->record(w->out->ctx, &rec);
	note_protected(w, &h);
	s->changed |= h.type == REC_CCS;
	return STEP_ON;
}

/* Records of data, as long as their headers are there: what record_open() and record_skip() make of each, unsaid. */
static void data_pass(struct walk *w)
{
	while (w->r.cap >= RECORD_HEADER) {
		struct rd r = w->r;
		struct record_header h = header_read(&r);
		if (h.type != REC_DATA || !is_plausible(&h))
			return;
		w->s->type = REC_DATA;
		advance(w, RECORD_HEADER + (size_t)h.length);
	}
}

static enum step record_skip(struct walk *w)
{
	size_t n = w->s->left;

	w->s->left = 0;
	advance(w, n);
	return STEP_ON;
}

/* RFC 8446, 6: two bytes in the clear; protected ones are always longer. 0, 0 also where they were not captured. */
static enum step alert_step(struct walk *w)
{
	struct rd r = w->r;
	uint8_t level = 0, description = 0;

	if (w->s->left == 2) {
		if (r.cap < 2 && !is_cut(w))
			return STEP_WAIT;
		level = rd_u8(&r);
		description = rd_u8(&r);
		if (r.err)
			level = description = 0;
	}
	w->out->mark(w->out->ctx, MARK_TLS_ALERT, w->in->side, level, description, 0);
	return record_skip(w);
}

/* The first n bytes of the handshake stream from here on. */
struct peek {
	struct rd bytes; /* PEEK_CUT: cap < len */
	enum { PEEK_WHOLE, PEEK_WAIT, PEEK_CUT, PEEK_BROKEN } got;
};

/* Takes the record headers out of a message that spans records; nothing is consumed. buf has DISSECTOR_PREFIX bytes. */
static struct peek peek_across(const struct walk *w, size_t n, uint8_t *buf)
{
	const size_t room = n < DISSECTOR_PREFIX ? n : DISSECTOR_PREFIX;
	struct rd r = w->r;
	size_t got = 0, left = w->s->left;

	for (;;) {
		size_t take = left < room - got ? left : room - got;
		take = take < r.cap ? take : r.cap;
		rd_bytes(&r, buf + got, take);
		got += take;
		left -= take;
		if (got == n)
			return (struct peek){ rd_of(buf, n, n), PEEK_WHOLE };
		if (got == room || left || r.cap < RECORD_HEADER)
			break;
		struct record_header h = header_read(&r);
		if (h.type != REC_HANDSHAKE || !is_plausible(&h))
			return (struct peek){ .got = PEEK_BROKEN };
		left = h.length;
	}
	bool last_chance = got == room || w->r.cap >= DISSECTOR_PREFIX || is_cut(w);
	return (struct peek){ rd_of(buf, got, n), last_chance ? PEEK_CUT : PEEK_WAIT };
}

static struct peek peek(const struct walk *w, size_t n, uint8_t *buf)
{
	struct rd r = w->r;

	if (w->s->left >= n && r.cap >= n)
		return (struct peek){ rd_sub(&r, n), PEEK_WHOLE };
	return peek_across(w, n, buf);
}

static void client_hello(struct walk *w, struct rd body)
{
	struct fact f;
	enum rd_err err = tls_client_hello_read(body, &f.tls_client);

	w->s->read = true;
	f.kind = FACT_TLS_CLIENT;
	f.side = w->in->side;
	if (err == RD_OVERRUN || (!f.tls_client.version && !f.tls_client.sni.n))
		return;
	struct span dns = tls_private_dns(&f.tls_client);
	w->out->fact(w->out->ctx, &f);
	if (dns.n)
		say_label(w->out, w->in->side, dns, SPAN("alpn"));
	else if (w->in->port[1] == PORT_DOT && !f.tls_client.alpns) /* RFC 7858, 3.1 */
		say_label(w->out, w->in->side, SPAN("DoT"), SPAN("port"));
}

static void server_hello(struct walk *w, struct rd body)
{
	struct fact f;
	enum rd_err err = tls_server_hello_read(body, &f.tls_server);

	f.kind = FACT_TLS_SERVER;
	f.side = w->in->side;
	if (err == RD_OVERRUN || !f.tls_server.version)
		return;
	w->t->version = f.tls_server.version;
	w->t->cipher = f.tls_server.cipher;
	w->out->fact(w->out->ctx, &f);
}

/* RFC 5246, 7.4.2: the leaf is the first of the list. */
static void certificate(struct walk *w, struct rd body)
{
	struct fact f = { .kind = FACT_TLS_CERT, .side = w->in->side };
	struct rd list = rd_sub24(&body), leaf = rd_sub24(&list);
	enum rd_err err = x509_read(leaf, &f.tls_cert);

	if (body.err == RD_OVERRUN || list.err == RD_OVERRUN || err == RD_OVERRUN)
		return;
	if (err == RD_OK || f.tls_cert.issuer.n)
		w->out->fact(w->out->ctx, &f);
}

/*
 * Is this message ours to read? A side's first one must be a hello of the other kind than its peer's, or the stream
 * began in the middle and its bytes may be anything.
 */
static bool is_readable(struct walk *w, uint8_t type, uint32_t length)
{
	struct tls_state *t = w->t;
	uint8_t side = w->in->side;

	if (w->s->message)
		return true;
	if ((type != HS_CLIENT_HELLO && type != HS_SERVER_HELLO) || t->role[!side] == type || length < HELLO_MIN ||
	    length > HELLO_MAX)
		return false;
	w->s->message = true;
	t->role[side] = type;
	label(w, type == HS_CLIENT_HELLO ? SPAN("client-hello") : SPAN("server-hello"));
	return true;
}

/*
 * How many bytes of the message are needed to read it, 0 for none. The leaf certificate's length says it for a
 * Certificate; of the second ClientHello after a HelloRetryRequest nothing is new.
 */
static size_t needed(const struct walk *w, uint8_t type, uint32_t length, uint8_t *buf)
{
	uint8_t role = w->t->role[w->in->side];

	if (type == HS_CLIENT_HELLO)
		return role == type && !w->s->read ? HANDSHAKE_HEADER + length : 0;
	if (type == HS_SERVER_HELLO)
		return role == type ? HANDSHAKE_HEADER + length : 0;
	if (type != HS_CERTIFICATE || role != HS_SERVER_HELLO || w->t->version >= TLS_1_3 || length < 6)
		return 0;
	struct peek p = peek(w, CERTIFICATE_HEADERS, buf);
	if (p.got != PEEK_WHOLE)
		return CERTIFICATE_HEADERS;
	rd_skip(&p.bytes, HANDSHAKE_HEADER + 3);
	uint32_t leaf = rd_u24(&p.bytes);
	return leaf <= length - 6 ? CERTIFICATE_HEADERS + leaf : 0;
}

static void message_read(struct walk *w, uint8_t type, struct rd body)
{
	if (type == HS_CLIENT_HELLO)
		client_hello(w, body);
	else if (type == HS_SERVER_HELLO)
		server_hello(w, body);
	else
		certificate(w, body);
}

/* At the beginning of a handshake message. */
static enum step message_step(struct walk *w)
{
	uint8_t buf[DISSECTOR_PREFIX];
	struct side *s = w->s;
	struct peek p = peek(w, HANDSHAKE_HEADER, buf);

	s->pending = 0;
	if (p.got == PEEK_WAIT)
		return STEP_WAIT;
	const uint8_t type = rd_u8(&p.bytes);
	const uint32_t length = rd_u24(&p.bytes);
	if (p.got != PEEK_WHOLE || !is_readable(w, type, length)) {
		s->lost = true;
		label(w, SPAN("record-layer"));
		return STEP_ON;
	}
	const size_t need = needed(w, type, length, buf);
	if (need) {
		p = peek(w, need, buf);
		if (p.got == PEEK_WAIT) {
			s->pending = HANDSHAKE_HEADER + length;
			return STEP_WAIT;
		}
		if (p.got == PEEK_BROKEN) {
			s->lost = true;
			return STEP_ON;
		}
		/* what was peeked of a certificate ends with its leaf, the message goes on */
		p.bytes.len = HANDSHAKE_HEADER + length;
		rd_skip(&p.bytes, HANDSHAKE_HEADER);
		message_read(w, type, p.bytes);
	}
	s->skip = HANDSHAKE_HEADER + length;
	return STEP_ON;
}

static enum step handshake_step(struct walk *w)
{
	struct side *s = w->s;

	if (s->lost || (s->changed && w->t->version < TLS_1_3))
		return record_skip(w);
	if (!s->skip)
		return message_step(w);
	uint16_t n = s->skip < s->left ? (uint16_t)s->skip : s->left;
	s->skip -= n;
	s->left = (uint16_t)(s->left - n);
	advance(w, n);
	return STEP_ON;
}

static enum step step(struct walk *w)
{
	if (!w->s->left) {
		if (w->out->data_unheard && w->t->done)
			data_pass(w);
		return record_open(w);
	}
	if (w->s->type == REC_HANDSHAKE)
		return handshake_step(w);
	if (w->s->type == REC_ALERT)
		return alert_step(w);
	return record_skip(w);
}

/* Bytes before the input are lost: we stay in step only where the record they belong to is known to go on. */
static bool bridge(struct side *s, uint64_t lost)
{
	if (lost > s->left)
		return false;
	if (s->type == REC_HANDSHAKE) {
		if (!s->skip)
			s->skip = s->pending;
		s->lost |= s->skip < lost;
		s->skip = s->lost ? 0 : s->skip - (uint32_t)lost;
	}
	s->left = (uint16_t)(s->left - lost);
	s->want += lost;
	return true;
}

/* RFC 5246, E.2: an old client's first words may be no record; what follows are records as ever. */
static enum step first_step(struct walk *w)
{
	struct fact f = { .kind = FACT_TLS_CLIENT, .side = w->in->side };
	struct rd r = w->r;

	w->s->want = w->in->offset;
	if (rd_peek(&r, 0) < V2_BIT) {
		w->s->started = true;
		return STEP_ON;
	}
	if (r.cap < V2_HEADER && !is_cut(w))
		return STEP_WAIT;
	w->s->started = true;
	if (tls_v2_hello_read(r, &f.tls_client))
		return STEP_LOST;
	w->t->role[w->in->side] = HS_CLIENT_HELLO;
	w->s->message = true;
	label(w, SPAN("sslv2-hello"));
	w->out->fact(w->out->ctx, &f);
	advance(w, 2 + (rd_u16(&r) & 0x7fffu));
	return STEP_ON;
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct tls_state *t = state;
	struct walk w = { .t = t, .s = &t->side[in->side], .in = in, .out = out, .r = in->bytes };
	enum step next = STEP_ON;

	if (w.s->want == DISSECTOR_DONE)
		return DISSECTOR_DONE;
	if (!w.s->started)
		next = first_step(&w);
	else if (in->offset < w.s->want)
		rd_skip(&w.r, w.s->want - in->offset);
	else if (in->offset > w.s->want && !bridge(w.s, in->offset - w.s->want))
		next = STEP_LOST;
	while (next == STEP_ON)
		next = step(&w);
	if (next == STEP_LOST)
		w.s->want = DISSECTOR_DONE;
	return w.s->want;
}

/* A chain of records: as many as are there, up to a few. */
static enum dissector_match recognise_records(struct rd r)
{
	for (int i = 0; i < RECORDS_LOOKED_AT && r.cap; i++) {
		if (r.cap < RECORD_HEADER && i == 0)
			return r.cap == r.len ? MATCH_MAYBE : MATCH_NO;
		if (r.cap < RECORD_HEADER)
			return MATCH_YES;
		struct record_header h = header_read(&r);
		if (!is_plausible(&h) || h.length == 0 || h.type == REC_HEARTBEAT ||
		    (h.type == REC_CCS && h.length != 1))
			return MATCH_NO;
		rd_skip(&r, h.length);
	}
	return MATCH_YES;
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct fact_tls_client v2;
	int first = rd_peek(&in->bytes, 0), second = rd_peek(&in->bytes, 1);

	if (first >= V2_BIT && in->bytes.len < V2_HEADER)
		return rd_peek(&in->bytes, 2) > HS_CLIENT_HELLO ? MATCH_NO : MATCH_MAYBE;
	if (first >= V2_BIT)
		return tls_v2_hello_read(in->bytes, &v2) ? MATCH_NO : MATCH_YES;
	if (first < REC_CCS || first > REC_DATA || (second >= 0 && second != TLS_SSL3 >> 8))
		return MATCH_NO;
	return recognise_records(in->bytes);
}

const struct dissector dissector_tls = {
	.name = "TLS",
	.title = "TLS handshake and record layer",
	.spec = "RFC 8446, RFC 5246",
	.over = OVER_TCP,
	.state_size = sizeof(struct tls_state),
	.recognise = recognise,
	.feed = feed,
};
