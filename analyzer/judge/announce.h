/*
 * Endpoints that control flows announce: the media of a SIP call (SDP), the data connections of FTP. A rule may take
 * its peers from them, and media that flows one way only is seen here.
 */
#ifndef PLUMBLINE_JUDGE_ANNOUNCE_H
#define PLUMBLINE_JUDGE_ANNOUNCE_H

#include "judge/closed.h"
#include "base/table.h"

enum { ANNOUNCED_MAX = 65536, ANNOUNCED_EARLIER = 64 };

struct announced_key {
	struct addr addr;
	uint16_t port;
	uint8_t pad[6];
};

struct announced {
	struct announced_key key;
	struct addr control[2];       /* the ends of the flow that announced it */
	struct span application, call_id, media;
	bool tcp, sends, receives, listens;
	int64_t at;
	uint64_t received, sent;      /* packets that came to it, and left it */
	int64_t first, last;          /* of either */
	uint64_t flow;                /* the first that used it */
	struct obs_frame first_frame, last_frame;
	struct addr peer;
	uint16_t peer_port;
	struct announced *earlier;    /* of another call at the same endpoint; only the newest is in the table */
	uint32_t earlier_n;           /* at most ANNOUNCED_EARLIER, the oldest go */
	UT_hash_handle hh;
};

struct announcements {
	struct hash_key key;
	struct announced *v; /* endpoints, oldest first */
	uint32_t n;          /* with the earlier ones */
	uint64_t evicted;
	uint64_t ports[65536 / 64]; /* a bit for each port that was ever announced: most flows have none of these */
};

void announcements_init(struct announcements *a);
void announcements_free(struct announcements *a);

/* Takes one FACT_ENDPOINT; a range is as many endpoints, at most 16. */
void announcements_add(struct announcements *a, struct names *names, const struct obs_fact *f);

/* A closed flow: what it brought to and from announced endpoints. */
void announcements_use(struct announcements *a, const struct closed *c);

/* The announcement of an endpoint that holds at that time, or NULL. */
const struct announced *announcements_find(const struct announcements *a, const struct addr *addr, uint16_t port, int64_t at);

#endif
