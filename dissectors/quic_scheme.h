/* Secrets that everybody knows, and numbers, by which versions of QUIC differ. Private to quic_*.c. */
#ifndef PLUMBLINE_DISSECTORS_QUIC_SCHEME_H
#define PLUMBLINE_DISSECTORS_QUIC_SCHEME_H

#include "base/crypt.h"

enum { QUIC_SALT = 20 };

struct quic_scheme {
	uint8_t first_type;                /* the two bits of an Initial; 0-RTT, Handshake and Retry follow round */
	uint8_t salt[QUIC_SALT];
	struct span key, iv, hp;           /* labels of RFC 9001, 5.1 */
	uint8_t retry_key[CRYPT_AES128], retry_nonce[CRYPT_NONCE];
};

#endif
