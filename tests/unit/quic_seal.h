/* Writes Initial packets as an end of a connection would: the other half of dissectors/quic_initial.c, for tests. */
#ifndef PLUMBLINE_TESTS_QUIC_SEAL_H
#define PLUMBLINE_TESTS_QUIC_SEAL_H

#include <gcrypt.h>
#include <stdlib.h>

#include "dissectors/quic.h"

struct quic_sealing {
	uint32_t version;
	struct quic_cid keys;        /* what the keys come from */
	struct quic_cid dcid, scid;  /* what the header says */
	struct span token;
	bool server;
	uint8_t number;
	size_t at_least;             /* frames are padded until the packet has that many bytes */
};

static inline size_t quic_put(uint8_t *out, size_t at, const void *p, size_t n)
{
	if (n)
		memcpy(out + at, p, n);
	return at + n;
}

/* out has QUIC_PACKET_MAX bytes; frames + 100 + token must fit. Returns the packet's length. */
static inline size_t quic_seal(const struct quic_sealing *q, const uint8_t *frames, size_t n, uint8_t *out)
{
	const struct quic_version *v = quic_version_find(q->version);
	const uint8_t type = q->version == 0x6b3343cf ? 1 : 0;
	uint8_t body[QUIC_PACKET_MAX] = { 0 }, mask[CRYPT_BLOCK], nonce[CRYPT_NONCE];
	gcry_cipher_hd_t h = NULL;
	struct quic_keys k;
	size_t at = 0;

	const size_t others = 1u + 4 + 1 + q->dcid.n + 1 + q->scid.n + 2 + q->token.n + 2 + 1 + CRYPT_TAG;
	quic_put(body, 0, frames, n);
	if (n < 4)
		n = 4;
	if (others + n < q->at_least)
		n = q->at_least - others;
	out[at++] = (uint8_t)(QUIC_LONG | QUIC_FIXED | type << 4);
	for (int i = 24; i >= 0; i -= 8)
		out[at++] = (uint8_t)(q->version >> i);
	out[at++] = q->dcid.n;
	at = quic_put(out, at, q->dcid.b, q->dcid.n);
	out[at++] = q->scid.n;
	at = quic_put(out, at, q->scid.b, q->scid.n);
	out[at++] = (uint8_t)(0x40 | q->token.n >> 8);
	out[at++] = (uint8_t)q->token.n;
	at = quic_put(out, at, q->token.p, q->token.n);
	out[at++] = (uint8_t)(0x40 | (n + 1 + CRYPT_TAG) >> 8);
	out[at++] = (uint8_t)(n + 1 + CRYPT_TAG);
	const size_t pn_at = at;
	out[at++] = q->number;
	if (!quic_keys_of(v, &q->keys, q->server, &k))
		abort();
	memcpy(nonce, k.iv, sizeof(nonce));
	nonce[CRYPT_NONCE - 1] ^= q->number;
	if (gcry_cipher_open(&h, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0) || gcry_cipher_setkey(h, k.key, CRYPT_AES128) ||
	    gcry_cipher_setiv(h, nonce, CRYPT_NONCE) || gcry_cipher_authenticate(h, out, at) ||
	    gcry_cipher_encrypt(h, out + at, n, body, n) || gcry_cipher_gettag(h, out + at + n, CRYPT_TAG))
		abort();
	gcry_cipher_close(h);
	if (!crypt_aes128(k.hp, out + pn_at + 4, mask))
		abort();
	out[0] ^= mask[0] & 0x0f;
	out[pn_at] ^= mask[1];
	return at + n + CRYPT_TAG;
}

/* A CRYPTO frame; returns where the next one may stand. */
static inline size_t quic_put_crypto(uint8_t *out, size_t at, size_t offset, const uint8_t *p, size_t n)
{
	out[at++] = 6;
	out[at++] = (uint8_t)(0x40 | offset >> 8);
	out[at++] = (uint8_t)offset;
	out[at++] = (uint8_t)(0x40 | n >> 8);
	out[at++] = (uint8_t)n;
	return quic_put(out, at, p, n);
}

#endif
