/*
 * Contrast: what answered, and when. "Blocked" is only said where something beside it works (DESIGN: the rules of
 * doubt); this table knows which peers answered which devices on which ports, and what their own packets look like.
 */
#ifndef PLUMBLINE_JUDGE_CONTRAST_H
#define PLUMBLINE_JUDGE_CONTRAST_H

#include "base/pool.h"
#include "base/rooms.h"
#include "judge/closed.h"
#include "judge/device.h"

enum { CONTRAST_ANSWERS = 12 };

struct peer_answer {
	struct addr device;
	uint16_t port;
	uint8_t proto;
	struct spells when;
};

struct peer {
	alignas(64) UT_hash_handle hh;
	struct addr addr;
	struct peer_answer *answers; /* up to CONTRAST_ANSWERS, then the oldest is replaced */
	uint8_t answers_n, answers_at;
	uint8_t ttl, ip_id;      /* of its positive answers; ttl 0: none yet */
	uint32_t answers_room;
	uint32_t rtt_us;         /* smallest handshake round trip */
	int64_t last;
};

struct contrast {
	struct hash_key key;
	struct peer *peers; /* oldest first */
	struct pool pool;
	struct rooms answers;
	uint32_t n, max;
	uint64_t evicted;
};

void contrast_init(struct contrast *c);
void contrast_free(struct contrast *c);

/* A datagram to a port from which the device had asked: the peer answered from `port`. */
void contrast_answered(struct contrast *c, const struct addr *peer, const struct addr *device, uint8_t proto, uint16_t port,
		       int64_t from, int64_t to);

/* A flow whose responder answered; `hash` is that of its address. */
void contrast_add(struct contrast *c, const struct closed *f, unsigned hash);
unsigned contrast_hash(const struct contrast *c, const struct addr *a);

const struct peer *contrast_peer(const struct contrast *c, const struct addr *a);

/* Between from and to, did the peer answer ... */
enum contrast_kind { CONTRAST_NONE, CONTRAST_OTHER_PORT, CONTRAST_OTHER_DEVICE, CONTRAST_PING, CONTRAST_CONNECTED, CONTRAST_ELSEWHERE };
struct contrast_found {
	enum contrast_kind kind;
	struct addr addr; /* the peer, the other device, or the other host that answered; CONNECTED: who asked */
	uint16_t port;
	uint8_t proto;
};
struct contrast_found contrast_find(const struct contrast *c, const struct addr *peer, const struct addr *device,
				    uint8_t proto, uint16_t port, int64_t from, int64_t to);

/* Did any peer answer on this port and protocol to this device between from and to, other than `not`? */
bool contrast_port_answers(const struct contrast *c, const struct addr *peer, uint8_t proto, uint16_t port, int64_t from,
			   int64_t to);

#endif
