/*
 * Datagrams that came in fragments: kept until they are whole, within bounds (RFC 791, section 3.2; RFC 8200,
 * section 4.5; RFC 5722: who overlaps is thrown away whole; RFC 815: any order). CAPWAP's own fragments too (RFC 5415,
 * section 4.4).
 *
 * What a fragment is for its flow is not decided here: a datagram remembers for the sensor which flow it belongs to, and
 * what came before that was known.
 */
#ifndef PLUMBLINE_SENSOR_FRAGMENT_H
#define PLUMBLINE_SENSOR_FRAGMENT_H

#include "packet/packet.h"
#include "sensor/flow.h"

/* Every datagram fits FRAGMENT_LONGEST; fragments of the least MTU of IPv4 hosts (576) make 119 of the longest. */
enum {
	FRAGMENT_DATAGRAMS = 4096,
	FRAGMENT_PARTS = 16384,
	FRAGMENT_BLOCKS = 16384, /* of 512 bytes: 8 MiB */
	FRAGMENT_PARTS_EACH = 128,
	FRAGMENT_LONGEST = 65535,
};

/* No padding: it is hashed and compared as bytes. */
struct datagram_key {
	struct addr src, dst;
	uint32_t id;
	uint16_t sport, dport; /* CAPWAP's */
	uint8_t proto;         /* IPv4's: each protocol numbers for itself; 0 in IPv6 */
	uint8_t kind;          /* enum fragment_kind */
	uint8_t zero[6];
};
_Static_assert(sizeof(struct datagram_key) == 48, "hashed and compared as bytes");

enum fragment_kind { FRAGMENT_IPV4, FRAGMENT_IPV6, FRAGMENT_CAPWAP };

/* A fragment as it came. */
struct fragment {
	struct datagram_key key;
	int64_t time;
	uint32_t offset;
	bool last;
	uint8_t proto;   /* what the datagram begins with; believed of the one at offset 0 */
	struct rd bytes; /* cap < len where it was captured short: the datagram is whole, and cut there */
};

enum datagram_state { DATAGRAM_WAITING, DATAGRAM_WHOLE, DATAGRAM_GIVEN_UP };

struct datagram {
	UT_hash_handle hh;
	struct datagram_key key;
	struct datagram *prev, *next; /* older and younger of the same queue */
	struct fragment_part *parts, *last;
	int64_t first, ended;         /* time of the fragment that came first; when it stopped waiting */
	uint32_t held, total;         /* bytes that are there, and in all: 0 while the last fragment is missing */
	uint8_t parts_n;
	uint8_t state, proto;
	bool doubtful;                /* of two fragments for one place not all was captured: they may differ */

	/* the sensor's: */
	bool known;                   /* which flow it belongs to */
	uint8_t end;
	struct flow_key flow;
	uint64_t flow_id;
	struct cite began;            /* the first of what waited */
	uint32_t packets, cut;        /* that came before the flow was known, and their bytes */
	uint64_t bytes, payload;
};

struct fragment_sink {
	void *ctx;
	void (*lost)(void *ctx, struct datagram *d); /* d is given up: it will never be whole */
};

struct datagram_queue {
	struct datagram *head, *tail;
};

struct fragments {
	struct datagram *table;
	struct hash_key hash;
	struct pool datagram, part, block;
	struct datagram_queue waiting, ended;
	struct fragment_sink sink;
	/* datagrams given up, by reason: no room; fragments that do not fit each other; too late, or never; too large */
	uint64_t evicted, overlaps, incomplete, too_large;
};

void fragments_init(struct fragments *t, struct fragment_sink sink);
/* Nothing is said of what still waits: fragments_flush() does. */
void fragments_free(struct fragments *t);

enum fragment_answer {
	FRAGMENT_NO_ROOM, /* *ret_d is not set */
	FRAGMENT_KEPT,    /* others are missing */
	FRAGMENT_WHOLE,   /* it was the last that was missing: fragments_join() */
	FRAGMENT_COPY,    /* a span port's copy of one that was there, or of a datagram that is whole */
	FRAGMENT_IDLE,    /* its datagram has this one already, or was given up */
};
/* *ret_d is valid until the next call. */
enum fragment_answer fragments_add(struct fragments *t, const struct fragment *g, struct datagram **ret_d);

/* Puts together what is whole, into `room`, and lets its parts go. d stays known for a while, for copies and errors. */
struct rd fragments_join(struct fragments *t, struct datagram *d, int64_t time, uint8_t room[FRAGMENT_LONGEST]);

/* The datagram of that key, whole ones included; NULL where there is none. */
struct datagram *fragments_find(const struct fragments *t, const struct datagram_key *k);

/* Gives up what waited too long at `now`: IPv4 30 s, IPv6 60 s (RFC 8200, section 4.5). */
void fragments_expire(struct fragments *t, int64_t now);
/* Gives up everything. */
void fragments_flush(struct fragments *t);

struct datagram_key fragment_key_of(const struct addr *src, const struct addr *dst, bool v6, uint8_t proto, uint32_t id);

#endif
