/*
 * MCS, the protocol of Google's push service, told from any other use of TLS by the lengths of its log-in.
 *
 * Chromium, google_apis/gcm: each side begins with one byte, its version. The client sends its version and LoginRequest
 * in one record; the server answers with its version alone in a record of one byte, then LoginResponse. No other
 * protocol was seen to answer a request with a single byte. Record lengths: RFC 8446, 5.2; RFC 5288, 3 (GCM);
 * RFC 7905, 2 (ChaCha20-Poly1305)
 */
#include "dissectors/dissector.h"
#include "dissectors/tls_hello.h"

#include "base/span.h"

enum { REC_HANDSHAKE = 22, REC_DATA = 23 };

enum {
	TICKETS_MAX = 4,      /* NewSessionTicket records of TLS 1.3, in between */
	TICKET_MIN = 32,      /* plaintext bytes; RFC 8446, 4.6.1 */
	VERSION_BYTES = 1,
	REQUEST_MIN = 100,    /* LoginRequest: device, account, token; seen: 355 to 1,206 */
	RESPONSE_MIN = 40,    /* LoginResponse; seen: 60 to 110 */
	RESPONSE_MAX = 160,
	FINISHED_MAX = 4 + 48,
};

enum progress { BEFORE_REQUEST, REQUESTED, VERSION_ANSWERED, SETTLED };

struct mcs_state {
	uint8_t progress;
	uint8_t client; /* 1 + its side; 0 not known: then nothing matches */
	uint8_t tickets;
	bool finished;  /* TLS 1.3: the client's Finished passed */
};

/* What a record is longer than its content, for ciphers that do not pad; 0 for others. */
static uint16_t overhead(uint16_t version, uint16_t cipher)
{
	if (version == TLS_1_3)
		return 1 + 16;
	if (version != TLS_1_2)
		return 0;
	switch (cipher) {
	case 0x009c: case 0x009d: case 0x009e: case 0x009f: /* RSA, DHE with AES-GCM */
	case 0xc02b: case 0xc02c: case 0xc02f: case 0xc030: /* ECDHE with AES-GCM */
		return 8 + 16;
	case 0xcca8: case 0xcca9: case 0xccaa:              /* ECDHE, DHE with ChaCha20-Poly1305 */
	case 0xcc13: case 0xcc14:                           /* as in its draft, used by Google for years */
		return 16;
	default:
		return 0;
	}
}

static void say_login(const struct dissector_record *r, const struct fact_sink *out)
{
	struct fact f = { .kind = FACT_LABEL, .side = r->side };

	f.label.application = SPAN("MCS");
	f.label.source = FACT_BY_DISSECTOR;
	f.label.how = SPAN("login-fingerprint");
	out->fact(out->ctx, &f);
	out->mark(out->ctx, MARK_LOGIN, r->side, 0, 0, 0);
}

/* In TLS 1.3 the client's first protected record is its Finished, the next one its first data. */
static enum progress client_record(struct mcs_state *m, const struct dissector_record *r, unsigned plain)
{
	if (m->progress != BEFORE_REQUEST)
		return m->progress;
	if (r->tls == TLS_1_3 && !m->finished) {
		m->finished = true;
		return plain <= FINISHED_MAX ? BEFORE_REQUEST : SETTLED;
	}
	return plain >= REQUEST_MIN ? REQUESTED : SETTLED;
}

static enum progress server_record(struct mcs_state *m, const struct dissector_record *r, unsigned plain)
{
	const bool ticket = r->tls == TLS_1_3 && plain >= TICKET_MIN && m->tickets < TICKETS_MAX;

	switch (m->progress) {
	case BEFORE_REQUEST:
		if (r->tls == TLS_1_3 && !m->finished)
			return BEFORE_REQUEST; /* its flight */
		m->tickets++;
		return ticket ? BEFORE_REQUEST : SETTLED;
	case REQUESTED:
		m->tickets++;
		if (plain == VERSION_BYTES)
			return VERSION_ANSWERED;
		return ticket ? REQUESTED : SETTLED;
	case VERSION_ANSWERED:
		return SETTLED;
	default:
		return m->progress;
	}
}

static enum progress data_record(struct mcs_state *m, const struct dissector_record *r, const struct fact_sink *out)
{
	const unsigned extra = overhead(r->tls, r->cipher);

	if (!extra || r->length <= extra)
		return SETTLED;
	const unsigned plain = r->length - extra;
	if (r->side + 1 == m->client)
		return client_record(m, r, plain);
	if (m->progress == VERSION_ANSWERED && plain >= RESPONSE_MIN && plain <= RESPONSE_MAX)
		say_login(r, out);
	return server_record(m, r, plain);
}

static bool record(void *state, const struct dissector_record *r, const struct fact_sink *out)
{
	struct mcs_state *m = state;

	if (r->type == REC_HANDSHAKE && !m->client)
		m->client = (uint8_t)(1 + r->side);
	if (r->type == REC_DATA && m->progress != SETTLED)
		m->progress = (uint8_t)data_record(m, r, out);
	return m->progress != SETTLED;
}

const struct dissector dissector_mcs = {
	.name = "MCS",
	.title = "Google push (FCM, GCM): the log-in of MCS inside TLS",
	.spec = "Chromium google_apis/gcm",
	.over = OVER_TLS,
	.state_size = sizeof(struct mcs_state),
	.record = record,
};
