/*
 * Between the files of QUIC: headers, Initial packets, and the bytes that CRYPTO frames carry.
 *
 * RFC 8999 (invariants); RFC 9000; RFC 9001; RFC 9369 (version 2). Private to quic*.c and their tests.
 */
#ifndef PLUMBLINE_DISSECTORS_QUIC_H
#define PLUMBLINE_DISSECTORS_QUIC_H

#include "base/crypt.h"
#include "dissectors/dissector.h"

enum {
	QUIC_CID_MAX = 20,
	QUIC_PACKET_MAX = 4096,            /* of a packet that is opened; paths that carry more are none of the Internet's */
	QUIC_CRYPTO_MAX = DISSECTOR_PREFIX,
	QUIC_RUNS = 24,
	QUIC_LONG = 0x80,                  /* first byte: long header; fixed bit */
	QUIC_FIXED = 0x40,
};

struct quic_cid {
	uint8_t n, b[QUIC_CID_MAX];
};

/* What differs from version to version. Static. */
struct quic_version {
	uint32_t number;
	struct span name;                  /* "v1", "draft-29" */
	const struct quic_scheme *scheme;
};

/* NULL where its Initial packets cannot be read. */
const struct quic_version *quic_version_find(uint32_t number);

enum quic_type { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_NEGOTIATION, QUIC_UNKNOWN };

/* A packet with a long header (RFC 9000, 17.2); spans point into the datagram. */
struct quic_long {
	enum quic_type type;
	uint32_t number;                   /* of its version; 0: version negotiation */
	const struct quic_version *version;
	struct span dcid, scid;            /* at most QUIC_CID_MAX */
	struct rd packet;                  /* all of it, to the end of its payload; cap < len: not captured whole */
	size_t pn_at;                      /* where the packet number begins; 0 where the type has none */
};

/* Reads one packet and moves r behind it: to the end of the datagram where the packet has no length of its own. */
enum rd_err quic_long_read(struct rd *r, struct quic_long *ret_h);

/* RFC 9000, 16; zero after a failure. */
uint64_t quic_varint(struct rd *r);

void quic_cid_set(struct quic_cid *c, struct span s);
bool quic_cid_is(const struct quic_cid *c, struct span s);

/* ---- quic_initial.c ---- */

struct quic_keys {
	uint8_t key[CRYPT_AES128], iv[CRYPT_NONCE], hp[CRYPT_AES128];
};

/* RFC 9001, 5.2: of one side, from the destination connection id of the client's first Initial. */
bool quic_keys_of(const struct quic_version *v, const struct quic_cid *dcid, bool server, struct quic_keys *ret_k);

/*
 * Takes the protection off a whole Initial packet. True where it is genuine: *ret_frames reads its frames from buf, which
 * has QUIC_PACKET_MAX bytes.
 */
bool quic_initial_open(const struct quic_long *h, const struct quic_keys *k, uint8_t *buf, struct rd *ret_frames);

/* RFC 9001, 5.8: the tag of a Retry says that its sender saw the client's Initial to that connection id. */
bool quic_retry_is_genuine(const struct quic_long *h, const struct quic_cid *dcid);

/* ---- quic_frames.c ---- */

/* Which bytes of one side's CRYPTO stream are held, from `base` on. Runs are in order and do not touch. */
struct quic_crypto {
	uint32_t base;
	struct {
		uint16_t from, to;
	} run[QUIC_RUNS];
	uint8_t n;
	bool full;                         /* frames came in more pieces than there is room for */
};

struct quic_frames {
	bool closed;
	uint64_t error;                    /* of CONNECTION_CLOSE */
};

/* Reads the frames of an Initial packet; what CRYPTO frames bring goes to held[QUIC_CRYPTO_MAX]. */
enum rd_err quic_frames_read(struct rd r, struct quic_crypto *c, uint8_t *held, struct quic_frames *ret_f);

/* Bytes at the beginning of what is held, without a hole. */
size_t quic_crypto_ready(const struct quic_crypto *c);

#endif
