/*
 * The packets that others carry, level by level: each is a packet of a flow of its own, and its flow says through which
 * others it came. Frames are counted once, outside; a copy of an outer packet is not looked into again.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/flow_path.h"
#include "sensor/state.h"

static void undecoded(struct sensor *s, enum packet_undecoded why)
{
	s->undecoded[why]++;
	s->source->window.undecoded++;
}

uint8_t *walk_room(struct sensor *s, enum walk_use use)
{
	uint8_t **room = &s->room[s->depth][use];

	if (!*room)
		*room = malloc(FRAGMENT_LONGEST);
	return *room;
}

/* A part of what the carrier's packets carry (RFC 5415, section 4.4). False while others are missing. */
static bool put_piece(struct sensor *s, const struct flow *carrier, struct rd *ret_whole)
{
	const struct packet *p = s->at->packet;
	const struct fragment g = {
		.key = { .src = p->src, .dst = p->dst, .id = p->piece.id, .sport = p->sport, .dport = p->dport,
			 .kind = FRAGMENT_CAPWAP },
		.time = s->cite.time,
		.offset = p->piece.offset,
		.last = p->piece.last,
		.bytes = p->inside,
	};
	struct datagram *d = NULL;
	enum fragment_answer answer = fragments_add(&s->fragments, &g, &d);

	if (answer == FRAGMENT_NO_ROOM)
		return false;
	d->known = true;
	d->flow = carrier->key;
	d->flow_id = carrier->id;
	d->end = (uint8_t)s->at->read->end;
	uint8_t *room = answer == FRAGMENT_WHOLE ? walk_room(s, ROOM_PIECES) : NULL;
	if (!room)
		return false;
	*ret_whole = fragments_join(&s->fragments, d, s->cite.time, room);
	return true;
}

/* What the packet at hand carries is the packet at hand now; false where it carries none, or it is not to be had. */
static bool enter(struct sensor *s)
{
	const struct flow *carrier = s->carrier;
	const struct packet *p = s->at->packet;
	struct rd whole;

	s->carrier = NULL;
	if (!carrier)
		return false;
	if (!p->piece.present)
		whole = p->inside;
	else if (!put_piece(s, carrier, &whole))
		return false;
	if (s->depth == OBS_TUNNELS) {
		undecoded(s, UNDECODED_DEPTH);
		return false;
	}
	s->path[s->depth] =
		(struct obs_tunnel){ .flow = carrier->id, .id = p->tunnel_id, .kind = (uint8_t)p->tunnel };
	s->outer[s->depth] = *s->at->packet;
	s->depth++;
	(void)packet_inside_bytes(&s->outer[s->depth - 1], whole, &s->made.packet);
	s->at->packet = &s->made.packet;
	if (carrier->path && s->at->packet->kind != PACKET_UNDECODED)
		carrier->path->carried++;
	return true;
}

/* The next packet beside the one at hand, else beside one of those around it. */
static bool next(struct sensor *s)
{
	struct packet beside;

	for (;;) {
		if (s->at->packet->more && packet_next(s->at->packet, &beside)) {
			s->made.packet = beside;
			s->at->packet = &s->made.packet;
			return true;
		}
		if (s->depth == 0)
			return false;
		s->at->packet = &s->outer[--s->depth];
	}
}

/* Which tunnels a packet came through, and that it came through any: what came by another way may be a copy of it. */
static uint32_t encapsulation(const struct sensor *s)
{
	uint32_t h = 0;

	for (unsigned i = 0; i < s->depth; i++)
		h = (h * 31 + s->path[i].kind) * 31 + s->path[i].id;
	return s->depth ? h | UINT32_C(0x80000000) : 0;
}

static void take_inner(struct sensor *s)
{
	s->ordinal += s->at->packet->kind == PACKET_IP;
	take_made(s);
	s->at->probe.encapsulation ^= encapsulation(s);
	if (s->at->packet->kind == PACKET_UNDECODED)
		undecoded(s, s->at->packet->undecoded);
	take_packet(s);
}

void walk_inside(struct sensor *s)
{
	s->depth = 0;
	while (enter(s) || next(s))
		take_inner(s);
	s->depth = 0;
}
