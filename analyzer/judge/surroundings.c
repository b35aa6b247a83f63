/*
 * What surrounds a flow: what else its hosts did, and whether this capture shows their answers at all.
 */
#include "base/fetch.h"
#include "base/proto.h"
#include "base/time.h"
#include "judge/state.h"

enum { ONE_WAY_SHARE = 20, LOSSY_SHARE = 20 };

static const int64_t NEAR_US = 200000;

static void note_sent(struct devices *d, struct host *h, const struct addr *peer, uint16_t port, uint16_t peer_port,
		      bool cast, int64_t first, int64_t last)
{
	enum addr_scope s = addr_scope(peer);
	struct sent_from from = { *peer, port, peer_port, cast || s == ADDR_MULTICAST || s == ADDR_BROADCAST, first, last };

	host_sent(d, h, &from);
}

void surroundings_open(struct judge *j, const struct obs_flow *f)
{
	struct host *h = devices_host(&j->devices, &f->addr[0], time_held(f->end));
	int64_t start = time_held(f->start);

	j->both_ways |= f->side[0].packets && f->side[1].packets;
	if (!h)
		return;
	if (f->proto == PROTO_UDP && f->side[0].packets)
		note_sent(&j->devices, h, &f->addr[1], f->port[0], f->port[1], f->link_cast, start,
			  time_held(f->side[0].last));
	if (f->proto == PROTO_TCP && f->established_time)
		host_came_up(&j->devices, h, &(struct came_up){ f->addr[1], f->port[1], f->proto, start, f->id });
}

/* A flow that was answered although the answers are not in the capture, or the other way round. */
static void count_direction(struct judge *j, struct host *h, const struct closed *c)
{
	if (c->packets[0] && c->packets[1]) {
		j->two_way++;
		if (h) {
			h->two_way++;
			h->lossy += (c->limits & LIMIT_LOSS) != 0;
		}
	} else if (c->limits & (LIMIT_UNSEEN_R | LIMIT_UNSEEN_I)) {
		if (!j->unseen_answers++) {
			j->one_way_frame = c->first_frame;
			j->one_way_flow = c->id;
		}
		if (h)
			h->unseen_answers++;
	}
}

struct surrounded surroundings_look(const struct judge *j, const struct obs_flow *f)
{
	struct surrounded by = { .peer = contrast_hash(&j->contrast, &f->addr[1]) };

	table_fetch_bucket(table_of(j->contrast.peers), by.peer);
	for (size_t s = 0; s < 2; s++) {
		by.host[s] = devices_hash(&j->devices, &f->addr[s]);
		table_fetch_bucket(table_of(j->devices.hosts), by.host[s]);
	}
	return by;
}

/* The buckets are here by now. */
static void fetch_hosts(const struct judge *j, const struct surrounded *by)
{
	for (size_t s = 0; s < 2; s++)
		fetch_lines(table_first(table_of(j->devices.hosts), by->host[s]), sizeof(struct host));
	fetch_lines(table_first(table_of(j->contrast.peers), by->peer), sizeof(struct peer));
}

void surroundings_add(struct judge *j, struct closed *c, const struct surrounded *by)
{
	struct host *h[2];

	fetch_hosts(j, by);
	for (size_t s = 0; s < 2; s++) {
		h[s] = c->host[s] = devices_host_by(&j->devices, &c->addr[s], by->host[s],
						    c->packets[s] ? c->last[s] : c->start);
		if (h[s] && !mac_is_none(&c->mac[s]))
			h[s]->link_mac = c->mac[s];
	}
	for (size_t s = 0; s < 2; s++) {
		if (h[s] && c->packets[s])
			h[s]->sent = true;
		if (h[s] && c->packets[!s])
			h[s]->received = true;
		j->both_ways |= h[s] && h[s]->sent && h[s]->received;
	}
	count_direction(j, h[0], c);
	if (h[1] && (c->packets[0] && c->packets[1]))
		h[1]->two_way++;
	contrast_add(&j->contrast, c, by->peer);
	if (h[0])
		hidden_add(&h[0]->hidden, c);
	if (c->proto == PROTO_UDP && h[1] && c->packets[0] && host_asked(h[1], c->port[1], &c->addr[0], c->start))
		contrast_answered(&j->contrast, &c->addr[0], &c->addr[1], PROTO_UDP, c->port[0], c->first[0], c->last[0]);
	if (!h[0])
		return;
	if ((c->came & CAME_ANSWERED) && c->packets[1] && addr_scope(&c->addr[1]) == ADDR_INTERNET)
		host_answered(&j->devices, h[0], c->first[1], c->last[1]);
	if (c->proto == PROTO_UDP && c->packets[0])
		note_sent(&j->devices, h[0], &c->addr[1], c->port[0], c->port[1], c->link_cast, c->first[0], c->last[0]);
	if (c->proto == PROTO_TCP && (c->came & CAME_SHOOK))
		host_came_up(&j->devices, h[0], &(struct came_up){ c->addr[1], c->port[1], c->proto, c->start, c->id });
}

/* One flow in twenty answered out of sight is enough to doubt every silence. */
static bool one_way(uint64_t unseen, uint64_t two_way)
{
	return unseen && unseen * ONE_WAY_SHARE >= two_way;
}

/* One packet in a thousand that the capture itself lost: any short silence may be one of those. */
static bool dropped(const struct judge *j)
{
	enum { DROPPED_SHARE = 1000 };
	return j->dropped && j->dropped >= j->seen / DROPPED_SHARE;
}

struct surroundings surroundings_of(struct judge *j, const struct closed *c)
{
	const struct host *h = c->host[c->packets[0] ? 0 : 1], *from = c->host[0];
	const struct peer *p = c->packets[1] ? NULL : contrast_peer(&j->contrast, &c->addr[1]);

	/* Where no host is seen both sending and being sent to, half of the traffic is missing as far as anybody can tell. */
	return (struct surroundings){
		.now = j->now,
		.initiator_seen = h ? h->last : c->end,
		.one_way = !j->both_ways || (from && one_way(from->unseen_answers, from->two_way)) ||
			   ((!from || from->two_way + from->unseen_answers == 0) && one_way(j->unseen_answers, j->two_way)),
		.lossy = (from && from->lossy * LOSSY_SHARE > from->two_way) || dropped(j),
		.peer_near = p && p->rtt_us && p->rtt_us < NEAR_US,
	};
}
