/*
 * The cryptography that reading needs. libgcrypt does it, and crypt.c alone names that. Nothing is kept between calls; a
 * call costs about a microsecond.
 */
#ifndef PLUMBLINE_BASE_CRYPT_H
#define PLUMBLINE_BASE_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

enum { CRYPT_SHA1 = 20, CRYPT_SHA256 = 32, CRYPT_AES128 = 16, CRYPT_BLOCK = 16, CRYPT_NONCE = 12, CRYPT_TAG = 16 };

/*
 * Makes the library ready, which takes long; any thread may, and each of the following does it where none did. False where
 * the library does not work.
 */
bool crypt_init(void);

void crypt_sha1(struct span bytes, uint8_t out[CRYPT_SHA1]);

/* HMACs (RFC 2104) with SHA-256 of n messages by one key. False where the library refuses; then out is zeros. */
bool crypt_hmac_sha256(struct span key, const struct span *messages, size_t n, uint8_t out[][CRYPT_SHA256]);

/* One block of AES-128. */
bool crypt_aes128(const uint8_t key[CRYPT_AES128], const uint8_t in[CRYPT_BLOCK], uint8_t out[CRYPT_BLOCK]);

/*
 * AEAD_AES_128_GCM (RFC 5116, 5.1): deciphers n bytes where they are. True where the tag says that they and `aad` are
 * what was sealed; otherwise what stands there is of no use.
 */
bool crypt_gcm_open(const uint8_t key[CRYPT_AES128], const uint8_t nonce[CRYPT_NONCE], struct span aad, uint8_t *bytes,
		    size_t n, const uint8_t tag[CRYPT_TAG]);

#endif
