/*
 * QUIC: the hellos that its Initial packets carry, how the connection is set up, and when it came up.
 *
 * RFC 9000, 5.2 (connection ids), 6 and 17.2.1 (version negotiation), 8.1 and 17.2.5 (Retry), 12.2 (coalesced packets),
 * 14.1 (1,200 bytes), 15 (versions); RFC 9001, 4.8 (alerts), 5.7 (when packets of 1-RTT are sent); RFC 9368, 2.3
 * (compatible versions); RFC 9369, 4. Of Google's own versions only the number is read.
 *
 * A connection is QUIC when an Initial packet opens with the keys of its client's connection id, or when version
 * negotiation answers with both connection ids. It came up when the client sends 1-RTT packets, which it does only after
 * it has verified the server's Finished, and the server sends such packets after that.
 */
#include "dissectors/quic.h"

#include "base/span.h"
#include "dissectors/text.h"
#include "dissectors/tls_hello.h"

enum {
	DATAGRAM_MIN = 1200,   /* of a client that sends an Initial */
	CLIENT_DCID_MIN = 8,   /* RFC 9000, 7.2 */
	DATAGRAMS_MAX = 96,    /* that are looked at */
	FAILED_MAX = 8,        /* Initial packets that did not open */
	HANDSHAKE_HEADER = 4,
	HS_CLIENT_HELLO = 1,
	HS_SERVER_HELLO = 2,
	CRYPTO_ERROR = 0x100,  /* RFC 9001, 4.8: and the alert's number */
	ALERT_FATAL = 2,
	GOOGLE_MIN = 1000,
};

enum role { CLIENT, SERVER };

struct quic_state {
	const struct quic_version *version; /* of the keys; NULL: there are none */
	struct quic_cid first;              /* destination of the client's first Initial, or what a Retry put in its place */
	struct quic_cid own[2];             /* by role: how its peer addresses it */
	struct quic_keys keys[2];
	struct quic_crypto crypto[2];
	uint32_t offered, close;
	uint16_t cipher;
	uint8_t client;                     /* 1 + its side; 0: nobody is taken for it yet */
	uint8_t datagrams, failed;
	bool has_keys[2], known[2];         /* known: `own` was learnt */
	bool read[2];                       /* its hello */
	bool labelled, negotiated, retry, finished, over;
};

struct walk {
	struct quic_state *s;
	const struct dissector_input *in;
	const struct fact_sink *out;
	enum role role;                     /* of the sender */
	uint8_t *held;
};

/* ---- recognition ---- */

/* RFC 9000, 15: versions that no server speaks, to see that it says so. */
static bool is_reserved(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* Long headers from Q046 on have the version where QUIC has it; those before have eight bytes of connection first. */
static struct span google_version(struct rd r)
{
	const uint8_t first = rd_u8(&r);

	if (r.len + 1 < GOOGLE_MIN)
		return (struct span){ NULL, 0 };
	if (!(first & QUIC_LONG)) {
		if ((first & 0xc9) != 0x09)
			return (struct span){ NULL, 0 };
		rd_skip(&r, 8);
	}
	const struct span v = rd_get(&r, 4);
	r = rd_span(v);
	const uint8_t letter = rd_u8(&r);
	const bool zero = rd_u8(&r) == '0', digits = text_is_digit(rd_u8(&r)) && text_is_digit(rd_u8(&r));
	return !r.err && (letter == 'Q' || letter == 'T') && zero && digits ? v : (struct span){ NULL, 0 };
}

/* The client's first datagram, as far as its header tells; feed() sees whether it opens. */
static bool begins(const struct dissector_input *in, struct quic_long *ret_h)
{
	struct rd r = in->bytes;

	if (in->bytes.len < DATAGRAM_MIN || (rd_peek(&r, 0) & (QUIC_LONG | QUIC_FIXED)) != (QUIC_LONG | QUIC_FIXED))
		return false;
	return !quic_long_read(&r, ret_h) && ret_h->dcid.n >= CLIENT_DCID_MIN &&
	       (ret_h->type == QUIC_INITIAL || is_reserved(ret_h->number));
}

static enum dissector_match recognise(const struct dissector_input *in)
{
	struct quic_long h;

	return begins(in, &h) || google_version(in->bytes).n ? MATCH_YES : MATCH_NO;
}

static void label(struct walk *w, struct span how)
{
	if (w->s->labelled)
		return;
	w->s->labelled = true;
	say_label(w->out, w->in->side, SPAN("QUIC"), how);
}

/* ---- hellos ---- */

static void client_hello(struct walk *w, struct rd body)
{
	struct fact f;
	const enum rd_err err = tls_client_hello_read(body, &f.tls_client);

	f.kind = FACT_TLS_CLIENT;
	f.side = w->in->side;
	if (err == RD_OVERRUN || (!f.tls_client.version && !f.tls_client.sni.n))
		return;
	f.tls_client.quic = w->s->version->number;
	const struct span dns = tls_private_dns(&f.tls_client);
	w->out->fact(w->out->ctx, &f);
	if (dns.n)
		say_label(w->out, w->in->side, dns, SPAN("alpn"));
}

/* True where another hello will follow this one: RFC 8446, 4.1.4. */
static bool server_hello(struct walk *w, struct rd body)
{
	struct fact f;
	const enum rd_err err = tls_server_hello_read(body, &f.tls_server);

	f.kind = FACT_TLS_SERVER;
	f.side = w->in->side;
	if (err == RD_OVERRUN || !f.tls_server.version)
		return false;
	const bool retry = f.tls_server.retry;
	w->s->cipher = f.tls_server.cipher;
	w->out->fact(w->out->ctx, &f);
	return retry;
}

/* Reads the hello of this side once all of it, or all that is ever kept of it, is there. */
static void hello(struct walk *w)
{
	struct quic_crypto *c = &w->s->crypto[w->role];
	const size_t ready = quic_crypto_ready(c);
	struct rd r = rd_of(w->held, ready, ready);
	const uint8_t type = rd_u8(&r);
	const uint32_t length = rd_u24(&r);

	if (r.err)
		return;
	if (type != (w->role == CLIENT ? HS_CLIENT_HELLO : HS_SERVER_HELLO)) {
		w->s->read[w->role] = true; /* nothing that could be read */
		return;
	}
	if (r.len < length && ready < QUIC_CRYPTO_MAX)
		return;
	const struct rd body = rd_of(rd_rest(&r).p, r.len < length ? r.len : length, length);
	w->s->read[w->role] = true;
	if (w->role == CLIENT) {
		client_hello(w, body);
	} else if (server_hello(w, body)) {
		w->s->read[SERVER] = false;
		*c = (struct quic_crypto){ .base = c->base + HANDSHAKE_HEADER + length };
	}
}

static void closed(struct walk *w, uint64_t error)
{
	const uint8_t side = w->in->side;

	if (w->s->close || !error)
		return;
	w->s->close = error < UINT32_MAX ? (uint32_t)error : UINT32_MAX;
	if (error >= CRYPTO_ERROR && error < CRYPTO_ERROR + 0x100)
		w->out->mark(w->out->ctx, MARK_TLS_ALERT, side, ALERT_FATAL, (uint32_t)error - CRYPTO_ERROR, 0);
	else
		say_reply(w->out, side, w->s->close, true);
}

/* ---- Initial packets ---- */

static bool has_keys(struct quic_state *s, enum role role)
{
	if (!s->has_keys[role])
		s->has_keys[role] = quic_keys_of(s->version, &s->first, role == SERVER, &s->keys[role]);
	return s->has_keys[role];
}

/* From here on keys come from this id and version. What CRYPTO frames brought before belongs to another attempt. */
static void rekey(struct quic_state *s, const struct quic_version *v, struct span dcid)
{
	s->version = v;
	quic_cid_set(&s->first, dcid);
	s->has_keys[CLIENT] = s->has_keys[SERVER] = false;
	s->crypto[CLIENT] = s->crypto[SERVER] = (struct quic_crypto){ 0 };
}

static bool open_with(struct quic_state *s, enum role role, const struct quic_long *h, uint8_t *buf, struct rd *frames)
{
	return s->version == h->version && has_keys(s, role) && quic_initial_open(h, &s->keys[role], buf, frames);
}

/* A client that begins, begins anew, or was told by a Retry or another version to: its own id is what counts. */
static bool open_anew(struct walk *w, const struct quic_long *h, uint8_t *buf, struct rd *frames)
{
	const struct quic_state before = *w->s;

	if (w->role != CLIENT || h->dcid.n < CLIENT_DCID_MIN || w->in->bytes.len < DATAGRAM_MIN ||
	    (before.version == h->version && quic_cid_is(&before.first, h->dcid)))
		return false;
	rekey(w->s, h->version, h->dcid);
	if (open_with(w->s, CLIENT, h, buf, frames))
		return true;
	*w->s = before;
	return false;
}

/* RFC 9368, 2.3; RFC 9369, 4.1: the server may answer in another version, whose keys come from the same id. */
static bool open_upgraded(struct walk *w, const struct quic_long *h, uint8_t *buf, struct rd *frames)
{
	struct quic_keys k;
	struct quic_state *s = w->s;

	if (w->role != SERVER || !s->version || s->version == h->version ||
	    !quic_keys_of(h->version, &s->first, true, &k) || !quic_initial_open(h, &k, buf, frames))
		return false;
	s->version = h->version;
	s->keys[SERVER] = k;
	s->has_keys[CLIENT] = false;
	return true;
}

static void learn(struct walk *w, const struct quic_long *h)
{
	quic_cid_set(&w->s->own[w->role], h->scid);
	w->s->known[w->role] = true;
}

/* Repeats and acknowledgements of a connection whose hello was read say nothing new. */
static bool is_known(const struct walk *w, const struct quic_long *h)
{
	const struct quic_state *s = w->s;
	const enum role peer = w->role == CLIENT ? SERVER : CLIENT;

	return s->read[w->role] && s->version == h->version &&
	       (quic_cid_is(&s->own[peer], h->dcid) || (w->role == CLIENT && quic_cid_is(&s->first, h->dcid)));
}

static void initial(struct walk *w, const struct quic_long *h)
{
	uint8_t buf[QUIC_PACKET_MAX];
	struct quic_frames f;
	struct rd frames;
	struct quic_state *s = w->s;

	if (is_known(w, h))
		return;
	if (!open_with(s, w->role, h, buf, &frames) && !open_anew(w, h, buf, &frames) &&
	    !open_upgraded(w, h, buf, &frames)) {
		s->failed++;
		return;
	}
	s->client = (uint8_t)(1 + (w->in->side ^ (uint8_t)w->role));
	if (!s->offered)
		s->offered = h->number;
	learn(w, h);
	label(w, h->version->name);
	const enum rd_err err = quic_frames_read(frames, &s->crypto[w->role], w->held, &f);
	if (!s->read[w->role])
		hello(w);
	if (!err && f.closed)
		closed(w, f.error);
}

/* ---- other packets ---- */

static void retry(struct walk *w, const struct quic_long *h)
{
	struct quic_state *s = w->s;

	if (w->role != SERVER || s->retry || s->version != h->version || !quic_retry_is_genuine(h, &s->first))
		return;
	s->retry = true;
	rekey(s, h->version, h->scid);
	learn(w, h);
}

/* RFC 9000, 6.2: it counts where it has both ids of the packet that it answers. */
static void negotiation(struct walk *w, const struct quic_long *h)
{
	struct quic_state *s = w->s;

	if (w->role != SERVER || !quic_cid_is(&s->own[CLIENT], h->dcid) || !quic_cid_is(&s->first, h->scid))
		return;
	s->negotiated = true;
	label(w, SPAN("version-negotiation"));
}

/* A version that cannot be read: only the ids are, which an answer must have. */
static void unreadable(struct walk *w, const struct quic_long *h)
{
	struct quic_state *s = w->s;

	if (s->client || w->in->bytes.len < DATAGRAM_MIN || !is_reserved(h->number))
		return;
	s->client = (uint8_t)(1 + w->in->side);
	s->offered = h->number;
	quic_cid_set(&s->first, h->dcid);
	learn(w, h);
}

/* The ids of a Handshake packet cannot be verified, but that of its receiver must be right. */
static void handshake(struct walk *w, const struct quic_long *h)
{
	const enum role peer = w->role == CLIENT ? SERVER : CLIENT;

	if (w->s->known[peer] && quic_cid_is(&w->s->own[peer], h->dcid) && !w->s->known[w->role])
		learn(w, h);
}

/* RFC 9000, 17.3: after the first byte stands the receiver's id, whose length only its owner knows. */
static void short_header(struct walk *w, struct rd r)
{
	struct quic_state *s = w->s;
	const struct quic_cid *to = &s->own[w->role == CLIENT ? SERVER : CLIENT];

	rd_skip(&r, 1);
	if (!s->labelled || !s->known[CLIENT] || !s->known[SERVER] || !rd_starts(&r, to->b, to->n))
		return;
	if (w->role == CLIENT) {
		s->finished = true;
	} else if (s->finished) {
		w->out->mark(w->out->ctx, MARK_TLS_DONE, w->in->side, TLS_1_3, s->cipher, 0);
		s->over = true;
	}
}

static void long_header(struct walk *w, const struct quic_long *h)
{
	switch (h->type) {
	case QUIC_INITIAL:
		initial(w, h);
		break;
	case QUIC_RETRY:
		retry(w, h);
		break;
	case QUIC_NEGOTIATION:
		negotiation(w, h);
		break;
	case QUIC_HANDSHAKE:
		handshake(w, h);
		break;
	case QUIC_UNKNOWN:
		unreadable(w, h);
		break;
	case QUIC_0RTT:
		break;
	}
}

/* RFC 9000, 12.2: packets stand one behind the other, a short header only at the end. */
static void datagram(struct walk *w)
{
	struct rd r = w->in->bytes;

	while (rd_more(&r) && !w->s->over) {
		struct quic_long h;
		const int first = rd_peek(&r, 0);
		if (first < 0)
			return;
		if (!(first & QUIC_LONG)) {
			short_header(w, r);
			return;
		}
		if (quic_long_read(&r, &h) != RD_OK)
			return;
		long_header(w, &h);
	}
}

static uint64_t feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct quic_state *s = state;
	uint8_t spare[QUIC_CRYPTO_MAX];
	struct walk w = { .s = s, .in = in, .out = out, .held = in->held ? in->held : spare };
	struct quic_long first;
	const bool old = !s->datagrams && !begins(in, &first);
	const struct span google = old ? google_version(in->bytes) : (struct span){ NULL, 0 };

	w.role = s->client && s->client != in->side + 1 ? SERVER : CLIENT;
	if (google.n) {
		label(&w, google);
		s->over = true;
	}
	if (!s->over)
		datagram(&w);
	s->over |= ++s->datagrams >= DATAGRAMS_MAX || s->failed >= FAILED_MAX || (!s->client && s->failed);
	if (s->over)
		return DISSECTOR_DONE;
	const bool waits = !s->read[w.role] && s->crypto[w.role].n;
	if (waits && !in->held)
		s->crypto[w.role].n = 0; /* it had no place to stay */
	return waits ? DISSECTOR_HOLD : 0;
}

static void finish(void *state, const struct fact_sink *out)
{
	const struct quic_state *s = state;
	struct fact f = { .kind = FACT_QUIC };

	if (!s->labelled || !s->client)
		return;
	f.side = (uint8_t)(s->client - 1);
	f.quic = (struct fact_quic){
		.version = s->version ? s->version->number : 0,
		.offered = s->offered,
		.negotiated = s->negotiated,
		.retry = s->retry,
		.close = s->close,
	};
	out->fact(out->ctx, &f);
}

const struct dissector dissector_quic = {
	.name = "QUIC",
	.title = "QUIC: Initial packets and the set-up of a connection",
	.spec = "RFC 9000, RFC 9001, RFC 9369",
	.over = OVER_UDP,
	.state_size = sizeof(struct quic_state),
	.holds = true,
	.recognise = recognise,
	.feed = feed,
	.finish = finish,
};
