/*
 * Initial packets: their keys are known to all who saw the client's first one.
 *
 * RFC 9001, 5.1, 5.2 (keys), 5.3 (AEAD_AES_128_GCM), 5.4 (header protection), 5.8 (Retry), A; RFC 9369, 3.3 (version 2);
 * draft-ietf-quic-tls-22, 25, 29 for the salts of the drafts; RFC 5869 (HKDF); RFC 8446, 7.1 (labels)
 */
#include "dissectors/quic.h"
#include "dissectors/quic_scheme.h"

#include "base/span.h"

enum { SAMPLE_AFTER = 4, HKDF_LABEL_MAX = 40, RETRY_MAX = 2048 };

#define LABELS(quic)                                                                          \
	.key = SPAN_INIT("tls13 " quic " key"), .iv = SPAN_INIT("tls13 " quic " iv"), \
	.hp = SPAN_INIT("tls13 " quic " hp")

static const struct quic_scheme SCHEME_V1 = {
	.salt = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
		  0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	LABELS("quic"),
	.retry_key = { 0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e },
	.retry_nonce = { 0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb },
};

static const struct quic_scheme SCHEME_V2 = {
	.first_type = 1,
	.salt = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
		  0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
	LABELS("quicv2"),
	.retry_key = { 0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c, 0xcc, 0x92 },
	.retry_nonce = { 0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a },
};

static const struct quic_scheme SCHEME_29 = {
	.salt = { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
		  0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 },
	LABELS("quic"),
	.retry_key = { 0xcc, 0xce, 0x18, 0x7e, 0xd0, 0x9a, 0x09, 0xd0, 0x57, 0x28, 0x15, 0x5a, 0x6c, 0xb9, 0x6b, 0xe1 },
	.retry_nonce = { 0xe5, 0x49, 0x30, 0xf9, 0x7f, 0x21, 0x36, 0xf0, 0x53, 0x0a, 0x8c, 0x1c },
};

static const struct quic_scheme SCHEME_25 = {
	.salt = { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
		  0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
	LABELS("quic"),
	.retry_key = { 0x4d, 0x32, 0xec, 0xdb, 0x2a, 0x21, 0x33, 0xc8, 0x41, 0xe4, 0x04, 0x3d, 0xf2, 0x7d, 0x44, 0x30 },
	.retry_nonce = { 0x4d, 0x16, 0x11, 0xd0, 0x55, 0x13, 0xa5, 0x52, 0xc5, 0x87, 0xd5, 0x75 },
};

/* Those in use; the drafts and Facebook's own number (its draft 27) are in captures of their time. */
static const struct quic_version VERSIONS[] = {
	{ 0x00000001, SPAN_INIT("v1"), &SCHEME_V1 },
	{ 0x6b3343cf, SPAN_INIT("v2"), &SCHEME_V2 },
	{ 0xff00001b, SPAN_INIT("draft-27"), &SCHEME_25 },
	{ 0xff00001c, SPAN_INIT("draft-28"), &SCHEME_25 },
	{ 0xff00001d, SPAN_INIT("draft-29"), &SCHEME_29 },
	{ 0xff00001e, SPAN_INIT("draft-30"), &SCHEME_29 },
	{ 0xff00001f, SPAN_INIT("draft-31"), &SCHEME_29 },
	{ 0xff000020, SPAN_INIT("draft-32"), &SCHEME_29 },
	{ 0xff000021, SPAN_INIT("draft-33"), &SCHEME_V1 },
	{ 0xff000022, SPAN_INIT("draft-34"), &SCHEME_V1 },
	{ 0xfaceb002, SPAN_INIT("mvfst-27"), &SCHEME_25 },
};

const struct quic_version *quic_version_find(uint32_t number)
{
	for (size_t i = 0; i < sizeof(VERSIONS) / sizeof(VERSIONS[0]); i++)
		if (VERSIONS[i].number == number)
			return &VERSIONS[i];
	return NULL;
}

struct wanted {
	struct span label;
	uint8_t *out;
	size_t n;
};

enum { WANTED_MAX = 3 };

static struct span info_of(const struct wanted *w, uint8_t info[HKDF_LABEL_MAX])
{
	size_t at = 0;

	info[at++] = 0;
	info[at++] = (uint8_t)w->n;
	info[at++] = (uint8_t)w->label.n;
	memcpy(info + at, w->label.p, w->label.n);
	at += w->label.n;
	info[at++] = 0; /* no context */
	info[at++] = 1; /* the first block */
	return (struct span){ info, at };
}

/* HKDF-Expand-Label without a context, for each that is wanted: up to 32 bytes are one block of it. */
static bool expand(const uint8_t secret[CRYPT_SHA256], const struct wanted *w, size_t n)
{
	uint8_t info[WANTED_MAX][HKDF_LABEL_MAX], block[WANTED_MAX][CRYPT_SHA256];
	struct span messages[WANTED_MAX];

	for (size_t i = 0; i < n; i++)
		messages[i] = info_of(&w[i], info[i]);
	if (!crypt_hmac_sha256((struct span){ secret, CRYPT_SHA256 }, messages, n, block))
		return false;
	for (size_t i = 0; i < n; i++)
		memcpy(w[i].out, block[i], w[i].n);
	return true;
}

bool quic_keys_of(const struct quic_version *v, const struct quic_cid *dcid, bool server, struct quic_keys *ret_k)
{
	const struct quic_scheme *s = v->scheme;
	uint8_t initial[1][CRYPT_SHA256], secret[CRYPT_SHA256];
	const struct span id = { dcid->b, dcid->n };
	const struct wanted side = { server ? SPAN("tls13 server in") : SPAN("tls13 client in"), secret, sizeof(secret) };
	const struct wanted keys[] = { { s->key, ret_k->key, sizeof(ret_k->key) },
				       { s->iv, ret_k->iv, sizeof(ret_k->iv) },
				       { s->hp, ret_k->hp, sizeof(ret_k->hp) } };

	return crypt_hmac_sha256((struct span){ s->salt, QUIC_SALT }, &id, 1, initial) &&
	       expand(initial[0], &side, 1) && expand(secret, keys, WANTED_MAX);
}

/* RFC 9001, 5.4: the header's first byte and its packet number. Returns the length of the whole header. */
static size_t unmask(uint8_t *packet, size_t pn_at, const uint8_t mask[CRYPT_BLOCK])
{
	packet[0] ^= mask[0] & 0x0f;
	const size_t n = (packet[0] & 3u) + 1;
	for (size_t i = 0; i < n; i++)
		packet[pn_at + i] ^= mask[1 + i];
	return pn_at + n;
}

bool quic_initial_open(const struct quic_long *h, const struct quic_keys *k, uint8_t *buf, struct rd *ret_frames)
{
	struct rd r = h->packet;
	const size_t n = r.len;
	uint8_t mask[CRYPT_BLOCK], nonce[CRYPT_NONCE];

	if (r.cap < n || n > QUIC_PACKET_MAX || n < h->pn_at + SAMPLE_AFTER + CRYPT_BLOCK)
		return false;
	rd_bytes(&r, buf, n);
	if (!crypt_aes128(k->hp, buf + h->pn_at + SAMPLE_AFTER, mask))
		return false;
	const size_t header = unmask(buf, h->pn_at, mask);
	memcpy(nonce, k->iv, sizeof(nonce));
	/* numbers of Initial packets are small enough to be written whole */
	for (size_t i = 0; i < header - h->pn_at; i++)
		nonce[CRYPT_NONCE - 1 - i] ^= buf[header - 1 - i];
	const size_t body = n - header - CRYPT_TAG;
	if (!crypt_gcm_open(k->key, nonce, (struct span){ buf, header }, buf + header, body, buf + header + body))
		return false;
	*ret_frames = rd_of(buf + header, body, body);
	return true;
}

bool quic_retry_is_genuine(const struct quic_long *h, const struct quic_cid *dcid)
{
	uint8_t pseudo[1 + QUIC_CID_MAX + RETRY_MAX];
	const struct quic_scheme *s = h->version->scheme;
	struct rd r = h->packet;
	const size_t n = r.len;
	size_t at = 0;

	if (r.cap < n || n < CRYPT_TAG || n > RETRY_MAX)
		return false;
	pseudo[at++] = dcid->n;
	memcpy(pseudo + at, dcid->b, dcid->n);
	at += dcid->n;
	rd_bytes(&r, pseudo + at, n);
	at += n - CRYPT_TAG;
	return crypt_gcm_open(s->retry_key, s->retry_nonce, (struct span){ pseudo, at }, NULL, 0, pseudo + at);
}
