/*
 * What a dissector is: bytes in, facts out. It knows no flow table, no profile and no other dissector.
 *
 * One dissector is one file, one line in dissectors.def, one unit test, one fuzz target and one golden capture. It is
 * asked twice in a flow's life:
 *
 *   recognise  on the first payload of either side: is this mine? A pure function of the bytes and ports.
 *   feed       in stream order for TCP (each side by itself, without overlaps), per datagram for UDP and ICMP.
 *
 * Nothing is kept between calls but `state`, zeroed memory of state_size bytes that belongs to the flow.
 */
#ifndef PLUMBLINE_DISSECTORS_DISSECTOR_H
#define PLUMBLINE_DISSECTORS_DISSECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/fact.h"
#include "base/rd.h"

enum dissector_over {
	OVER_TCP = 1,
	OVER_UDP = 2,
	OVER_TLS = 4, /* listens to the records of a TLS stream instead of bytes: see `record` */
};

/* How sure recognise() is. MAYBE: more bytes of this side could tell. */
enum dissector_match { MATCH_NO, MATCH_MAYBE, MATCH_YES };

/* Where the bytes come from. */
struct dissector_input {
	int64_t time;
	uint64_t offset;     /* TCP: of bytes in this side's stream, from 0 at the first byte after the SYN */
	uint16_t port[2];    /* initiator's, responder's */
	uint8_t side;        /* who sent it: 0 initiator, 1 responder */
	bool gap;            /* TCP: bytes before this offset were lost or cut since the last call */
	struct rd bytes;     /* cap < len where the frame was cut */
	/*
	 * Datagrams, of a dissector that holds: DISSECTOR_PREFIX bytes of this side, that stay as they are until its next
	 * call where the answer to this one is DISSECTOR_HOLD. NULL where there is no room.
	 */
	uint8_t *held;
};

/* What a TLS stream says of each record, without its content. */
struct dissector_record {
	int64_t time;
	uint8_t side, type;  /* RFC 8446, 5.1: 20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data */
	uint16_t version, length;
	uint16_t tls;        /* negotiated version, 0 while unknown */
	uint16_t cipher;
};

/* What a dissector may mark in the flow's event log; the sensor knows frame and side. Values: record/events.def */
enum dissector_mark {
	MARK_TLS_RECORD, /* type, length, version */
	MARK_TLS_ALERT,  /* level, description (0, 0 where it is encrypted) */
	MARK_TLS_DONE,   /* both sides sent protected data after the handshake: it came up */
	MARK_LOGIN,      /* an application's log-in was accepted (MCS: LoginResponse) */
	MARK_APP_REPLY,  /* the application answered in its own words: its code (HTTP status, SIP status, LDAP result …) */
	MARK_APP_REJECTED, /* it answered no: its code */
};

/* All three functions are there. */
struct fact_sink {
	void *ctx;
	void (*fact)(void *ctx, const struct fact *f);
	void (*mark)(void *ctx, enum dissector_mark m, uint8_t side, uint32_t a, uint32_t b, uint32_t c);
	void (*record)(void *ctx, const struct dissector_record *r); /* from the TLS dissector to those OVER_TLS */
	bool data_unheard; /* nobody waits for records of data: MARK_TLS_RECORD and record() of them may be left out */
};

/*
 * feed() answers how far it has read: the offset in this side's stream at which it wants to be called again. Bytes
 * before that are skipped by the sensor without a call, so a bulk transfer costs nothing. DISSECTOR_DONE: nothing more
 * of this side. For datagrams the answer is 0.
 *
 * If less than `bytes` was consumed (a message is not complete), the sensor keeps what is left, from the wanted offset
 * on and up to DISSECTOR_PREFIX bytes, and calls again with more. Where DISSECTOR_PREFIX bytes or more are left of a
 * call it was the last chance: they may be lost, and then the next call has `gap` set. A long frame of which only the
 * end was left is not that: a record often begins there.
 */
enum { DISSECTOR_PREFIX = 4096 };
#define DISSECTOR_DONE UINT64_MAX
/*
 * From here on both sides of the stream belong to another protocol (after CONNECT, AUTH TLS, StartTLS): the sensor asks
 * every dissector anew with offsets from 0, and labels and facts of the flow go on as those of the inner protocol.
 * It is the answer to a call of which nothing was read: this call's bytes are the first of the inner protocol on their
 * side, and on the other side it begins at the offset that was wanted last, with what is kept from there on. So a
 * dissector that learns of it at a message's end answers that end first, and this to the next call of either side.
 */
#define DISSECTOR_HANDOVER (UINT64_MAX - 1)
/* Datagrams: go on, and keep what was put into `held`. Only a dissector that holds may answer so. */
#define DISSECTOR_HOLD (UINT64_MAX - 2)

struct dissector {
	const char *name;  /* "TLS": the application's name in profiles and records */
	const char *title; /* "TLS handshake and record layer" */
	const char *spec;  /* "RFC 8446, RFC 5246" */
	unsigned over;     /* enum dissector_over */
	size_t state_size;
	bool holds;        /* datagrams: wants `held` */
	/* Both are NULL in a dissector that is OVER_TLS only: it is handed the records of every TLS stream, from the first. */
	enum dissector_match (*recognise)(const struct dissector_input *in);
	uint64_t (*feed)(void *state, const struct dissector_input *in, const struct fact_sink *out);
	/* OVER_TLS only; false: it has heard enough of this stream. */
	bool (*record)(void *state, const struct dissector_record *r, const struct fact_sink *out);
	void (*finish)(void *state, const struct fact_sink *out); /* the flow closes: what could only be said now; may be NULL */
};

/* All dissectors in the order of dissectors.def, the order in which they are asked. */
extern const struct dissector *const dissectors[];
extern const size_t dissectors_n;

#endif
