/* A packet of IP: which flow it belongs to, and what it adds to it. */
#include <string.h>

#include "base/inline.h"
#include "sensor/event.h"
#include "sensor/flow_path.h"
#include "sensor/gap.h"
#include "sensor/icmp_error.h"
#include "sensor/state.h"
#include "sensor/tcp.h"

static const int64_t OPEN_AFTER = 10 * NS_PER_S;

/* ---- flows ---- */

static void note_habit(struct flow_end *e, uint16_t id)
{
	enum { NEAR = 1024, DOUBTS = 2 };
	uint16_t step = (uint16_t)(id - e->ip_id);
	uint8_t habit = step == 0 ? (id ? IP_ID_CONSTANT : IP_ID_ZERO) : step <= NEAR ? IP_ID_COUNTS : IP_ID_RANDOM;

	if (e->habit == IP_ID_UNKNOWN || e->habit == habit)
		e->habit_doubts = 0;
	else if (++e->habit_doubts < DOUBTS)
		return;
	e->habit_doubts = 0;
	e->habit = habit;
}

static uint32_t ip_bytes(const struct packet *p)
{
	enum { IPV4_HEADER = 20, IPV6_HEADER = 40 };
	return p->ip_payload + (p->ip_version == 4 ? IPV4_HEADER : IPV6_HEADER);
}

static void begin_end(struct flow_end *e, const struct packet *p, int64_t time)
{
	e->mac = p->src_mac;
	e->vlan = p->vlans ? p->vlan[0] : 0;
	e->first = e->last = time;
	e->ttl_min = e->ttl_max = e->ttl_last = p->ttl;
}

/* The frame at hand is the flow's newest. */
static void note_last(const struct sensor *s, struct flow *f)
{
	if (s->cite.time > f->last)
		f->last = s->cite.time;
	f->last_frame = s->cite.frame;
	f->last_capture = s->cite.capture;
	f->fresh = true;
}

/* Counts the packet at its end. */
ALWAYS_INLINE void count_packet(struct sensor *s, struct flow *f, unsigned end)
{
	const struct packet *p = s->at->packet;
	struct flow_end *e = &f->end[end];
	int64_t time = s->cite.time;

	if (e->packets == 0) {
		begin_end(e, p, time);
	} else if (p->ip_version == 4 && !(p->tcp.flags & TCP_RST)) {
		note_habit(e, p->ip_id);
	}
	if (!(p->tcp.flags & TCP_RST)) /* it may be somebody else's: its number says nothing of this end */
		e->ip_id = p->ip_id;
	e->packets++;
	e->bytes += ip_bytes(p);
	e->payload += p->payload.len;
	e->cut += p->cut;
	if (p->payload.len > e->largest)
		e->largest = (uint16_t)(p->payload.len < UINT16_MAX ? p->payload.len : UINT16_MAX);
	if (time > e->last)
		e->last = time;
	if (p->ttl < e->ttl_min)
		e->ttl_min = p->ttl;
	if (p->ttl > e->ttl_max)
		e->ttl_max = p->ttl;
	e->ttl_last = p->ttl;
	e->dscp = p->dscp;
	e->flags |= p->tcp.flags;
	note_last(s, f);
}

static void close_victim(struct sensor *s, struct flow *f)
{
	struct flow_key k = f->key;

	emit_close(s, f, END_EVICTED);
	eviction_remember(&s->flows.evictions, &k, flow_hash(&s->flows, &k));
}

static unsigned initiator_of(const struct packet *p, unsigned end, uint8_t *ret_how)
{
	enum { ECHO_REPLY = 0, ECHO = 8, ECHO6 = 128, ECHO6_REPLY = 129 };
	enum obs_init_how how = INIT_FIRST;
	uint8_t type = p->icmp.type;

	if (p->proto == PROTO_TCP && p->has_ports) {
		end = tcp_initiator(p, end, &how);
	} else if (p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6) {
		bool v4 = p->proto == PROTO_ICMP;
		bool reply = type == (v4 ? ECHO_REPLY : ECHO6_REPLY);
		if (reply || type == (v4 ? ECHO : ECHO6))
			how = INIT_REQUEST;
		end = reply ? !end : end;
	}
	*ret_how = (uint8_t)how;
	return end;
}

static enum flow_class class_of(const struct flow *f)
{
	if (f->tcp)
		return tcp_class(f);
	return f->key.proto == PROTO_ICMP || f->key.proto == PROTO_ICMP6 ? FLOW_ICMP : FLOW_DATAGRAM;
}

static struct flow_path *path_of(struct flows *t, struct flow *f)
{
	if (!f->path)
		f->path = pool_take(&t->path);
	return f->path;
}

/* Through which tunnels the packet at hand came. */
static void note_path(struct sensor *s, struct flow *f)
{
	struct flow_path *path = path_of(&s->flows, f);

	if (!path)
		return;
	memcpy(path->tunnel, s->path, s->depth * sizeof(s->path[0]));
	path->n = (uint8_t)s->depth;
}

/* What the packet at hand carries is looked at after it. */
static void note_carrier(struct sensor *s, struct flow *f)
{
	struct flow_path *path = path_of(&s->flows, f);

	s->carrier = f;
	if (path && !path->carries)
		path->carries = (uint8_t)s->at->packet->tunnel;
}

static struct flow *open_flow(struct sensor *s, const struct flow_key *k, unsigned hash, unsigned end)
{
	const struct packet *p = s->at->packet;
	struct flow *f = flow_add(&s->flows, k, hash), *victim = f ? NULL : flow_victim(&s->flows, k->proto);

	if (victim) {
		close_victim(s, victim);
		f = flow_add(&s->flows, k, hash);
	}
	if (!f) {
		s->flows.refused++;
		return NULL;
	}
	f->id = s->ordinal;
	f->first_frame = s->cite.frame;
	f->first_capture = s->cite.capture;
	f->start = f->last = f->ranked = s->cite.time;
	f->say = later(f->start, OPEN_AFTER);
	f->interface = s->source->id;
	f->ip_version = p->ip_version;
	if (s->depth)
		note_path(s, f);
	f->link_cast = mac_is_group(&p->dst_mac) || !p->to_us;
	f->initiator = (uint8_t)initiator_of(p, end, &f->init_how);
	return f;
}

/* The flow of a packet with this key; the one before it may have to end first. NULL where there is no room. */
ALWAYS_INLINE struct flow *flow_of(struct sensor *s, const struct flow_key *k, unsigned hash, unsigned end,
				   bool *ret_new)
{
	struct flow *f = flow_find(&s->flows, k, hash);

	*ret_new = false;
	if (f && flow_is_over(f, s->cite.time)) {
		emit_close(s, f, END_IDLE);
		f = NULL;
	}
	if (f && f->tcp && tcp_begins_anew(f, s->at->packet, end)) {
		emit_close(s, f, END_REPLACED);
		f = NULL;
	}
	if (!f) {
		f = open_flow(s, k, hash, end);
		*ret_new = f != NULL;
	}
	return f;
}

ALWAYS_INLINE void take_gaps(struct sensor *s, struct flow *f, unsigned end)
{
	int64_t silence = elapsed(f->last, s->cite.time);

	if (f->gap_open)
		gap_answer(f, s->at->packet, end);
	if (silence >= GAP_COUNTED)
		gap_ended(&s->flows, f, &s->cite, s->at->packet, end, silence);
	if (f->gaps && s->at->packet->payload.len)
		gap_message(&s->flows, f, &s->cite, s->at->packet, end);
}

static void count_unseen(struct sensor *s, int64_t unseen)
{
	struct obs_window *w = &s->source->window;

	s->unseen_bytes += unseen;
	w->unseen = unseen < 0 && w->unseen < (uint64_t)-unseen ? 0 : w->unseen + (uint64_t)unseen;
}

ALWAYS_INLINE void read_segment(struct sensor *s, struct flow *f, unsigned end, const struct tcp_effect *e)
{
	if (e->payload && !f->no_dissector)
		stream_segment(&s->streams, f, end, e->offset, s->cite.time, s->at->packet->payload);
	if (e->payload && !f->sampled)
		sample_packet(&s->samples, f, s->at->packet, end, s->cite.time);
}

ALWAYS_INLINE void take_segment(struct sensor *s, struct flow *f, unsigned end)
{
	struct tcp_effect e = tcp_packet(&s->flows, f, &s->cite, s->at->packet, end);

	if (e.unseen)
		count_unseen(s, e.unseen);
	count_packet(s, f, end);
	read_segment(s, f, end, &e);
}

static void read_datagram(struct sensor *s, struct flow *f, unsigned end)
{
	const struct packet *p = s->at->packet;

	if (p->tunnel != TUNNEL_NONE) {
		note_carrier(s, f);
		return;
	}
	if (p->proto != PROTO_UDP || !p->payload.len)
		return;
	if (!f->no_dissector)
		stream_datagram(&s->streams, f, end, s->cite.time, p->payload);
	if (!f->sampled)
		sample_packet(&s->samples, f, p, end, s->cite.time);
}

static void note_watched(struct sensor *s, const struct flow *f)
{
	struct sensor_watched *w = s->watched;

	if (w && w->frame == s->cite.frame && w->capture == s->cite.capture)
		w->flow = f->id;
}

static void count_copy(struct sensor *s, struct flow *f)
{
	if (f)
		f->duplicates++;
	s->duplicate_packets++;
	s->source->window.duplicates++;
}

static void take_flow_packet(struct sensor *s)
{
	unsigned end = s->at->read->end;
	bool new;
	struct flow *f = flow_of(s, &s->at->read->key, s->at->hash, end, &new);

	if (!f)
		return;
	note_watched(s, f);
	if (duplicates_see(&s->duplicates, &s->at->probe, f->id, s->cite.time)) {
		count_copy(s, f);
		return;
	}
	if (!new)
		take_gaps(s, f, end);
	if (f->tcp) {
		take_segment(s, f, end);
	} else {
		count_packet(s, f, end);
		read_datagram(s, f, end);
	}
	flow_classify(&s->flows, f, class_of(f));
	if (new)
		flow_schedule(&s->flows, f);
}

/* ---- IP packets that are not simply a flow's ---- */

static void undecoded(struct sensor *s, uint64_t *counter)
{
	++*counter;
	s->source->window.undecoded++;
}

/* The flow that this datagram belongs to, while it is the same one. */
static struct flow *flow_of_datagram(struct sensor *s, const struct datagram *d)
{
	struct flow *f = d->known ? flow_find(&s->flows, &d->flow, flow_hash(&s->flows, &d->flow)) : NULL;
	return f && f->id == d->flow_id ? f : NULL;
}

/* A later fragment is quoted: the datagram that it is of knows the flow. */
static struct flow *flow_of_quoted_fragment(struct sensor *s, unsigned *ret_end)
{
	const struct packet_quote *q = &s->at->packet->icmp.quote;
	struct datagram_key k =
		fragment_key_of(&q->src, &q->dst, s->at->packet->ip_version == 6, q->proto, q->fragment_id);
	const struct datagram *d = fragments_find(&s->fragments, &k);

	if (!d)
		return NULL;
	*ret_end = d->end;
	return flow_of_datagram(s, d);
}

static void take_icmp_error(struct sensor *s)
{
	unsigned end = 0;
	struct flow *f = icmp_error_flow(&s->flows, s->at->packet, &end);

	if (!f && icmp_error_lacks_ports(s->at->packet))
		f = flow_of_quoted_fragment(s, &end);
	if (!f) {
		s->strange_errors++;
		return;
	}
	note_watched(s, f);
	duplicates_prepare(&s->duplicates, s->at->packet, duplicate_content(s->at->packet),
			   flow_hash(&s->flows, &f->key), end, &s->at->probe);
	if (duplicates_see(&s->duplicates, &s->at->probe, f->id, s->cite.time))
		count_copy(s, f);
	else
		icmp_error_add(&s->flows, f, &s->cite, s->at->packet, end);
}

static inline void aim(struct sensor *s, struct aim *at)
{
	const struct reading *r = at->read;

	if (!r->keyed)
		return;
	at->hash = flow_hash(&s->flows, &r->key);
	flow_prefetch_bucket(&s->flows, at->hash);
	duplicates_prepare(&s->duplicates, &r->packet, r->content, at->hash, r->end, &at->probe);
}

void take_aim(struct sensor *s)
{
	for (size_t i = 0; i < s->ahead_n; i++)
		aim(s, &s->ahead[i]);
}

void take_made(struct sensor *s)
{
	reading_complete(&s->made);
	s->at->read = &s->made;
	s->at->packet = &s->made.packet;
	aim(s, s->at);
}

/* ---- fragments: each is a packet of its flow, and what they make is read as if it had come whole ---- */

static void wait_for_flow(struct sensor *s, struct datagram *d)
{
	const struct packet *p = s->at->packet;

	if (d->packets++ == 0)
		d->began = s->cite;
	d->bytes += ip_bytes(p);
	d->payload += p->payload.len;
	d->cut += p->cut;
}

/* What waited for the flow to be known. */
static void count_waiting(const struct sensor *s, struct flow *f, struct datagram *d)
{
	struct flow_end *e = &f->end[d->end];

	if (e->packets == 0)
		begin_end(e, s->at->packet, d->began.time);
	if (d->began.time < e->first)
		e->first = d->began.time;
	if (s->cite.time > e->last)
		e->last = s->cite.time;
	note_last(s, f);
	e->packets += d->packets;
	e->bytes += d->bytes;
	e->payload += d->payload;
	e->cut += d->cut;
	d->packets = 0;
}

/* The packet at hand says which flow d belongs to. */
static struct flow *claim(struct sensor *s, struct datagram *d)
{
	bool new;
	struct flow *f = flow_of(s, &s->at->read->key, s->at->hash, s->at->read->end, &new);

	if (!f)
		return NULL;
	d->known = true;
	d->flow = s->at->read->key;
	d->flow_id = f->id;
	d->end = (uint8_t)s->at->read->end;
	if (!new) {
		take_gaps(s, f, s->at->read->end);
		return f;
	}
	if (d->packets) { /* it began with what came before the ports */
		f->start = d->began.time;
		f->first_frame = d->began.frame;
		f->first_capture = d->began.capture;
	}
	flow_classify(&s->flows, f, class_of(f));
	flow_schedule(&s->flows, f);
	return f;
}

/* The datagram is the packet at hand, its fragments are counted. */
static void read_whole(struct sensor *s, struct flow *f, unsigned end)
{
	if (f->tcp) {
		struct tcp_effect e = tcp_packet(&s->flows, f, &s->cite, s->at->packet, end);
		f->end[end].flags |= s->at->packet->tcp.flags;
		if (e.unseen)
			count_unseen(s, e.unseen);
		read_segment(s, f, end, &e);
	} else {
		read_datagram(s, f, end);
	}
	flow_classify(&s->flows, f, class_of(f));
}

/* d's fragments are all there: they become the packet at hand. */
static bool put_together(struct sensor *s, struct datagram *d)
{
	struct packet last = *s->at->packet;
	uint8_t *room = walk_room(s, ROOM_DATAGRAM);

	if (!room)
		return false;
	last.fragment_proto = d->proto;
	packet_join(&last, fragments_join(&s->fragments, d, s->cite.time, room), &s->made.packet);
	s->made.packet.more = last.more;
	s->made.packet.rest = last.rest;
	take_made(s);
	return true;
}

/* Nobody knows what its receiver made of a datagram of that end. */
static void count_unassembled(struct flow *f, unsigned end)
{
	if (f && f->end[end].unassembled < UINT8_MAX)
		f->end[end].unassembled++;
}

static void take_whole(struct sensor *s, struct datagram *d)
{
	if (!put_together(s, d))
		return;
	const struct packet *p = s->at->packet;
	if (p->kind == PACKET_UNDECODED) {
		undecoded(s, &s->undecoded[p->undecoded]);
		return;
	}
	if (p->icmp.error) {
		take_icmp_error(s);
		return;
	}
	if (p->neighbour.op != NEIGHBOUR_NONE)
		host_neighbour(&s->hosts, p, &s->cite);
	struct flow *f = d->known ? flow_of_datagram(s, d) : s->at->read->keyed ? claim(s, d) : NULL;
	if (!f) {
		undecoded(s, &s->lost_fragments);
		return;
	}
	note_watched(s, f);
	if (d->packets)
		count_waiting(s, f, d);
	if (d->doubtful)
		count_unassembled(f, d->end);
	read_whole(s, f, d->end);
}

static struct fragment fragment_of(const struct packet *p, int64_t time)
{
	return (struct fragment){
		.key = fragment_key_of(&p->src, &p->dst, p->ip_version == 6, p->fragment_proto, p->fragment_id),
		.time = time,
		.offset = p->fragment_offset,
		.last = !p->more_fragments,
		.proto = p->fragment_proto,
		.bytes = p->body,
	};
}

static void take_fragment(struct sensor *s)
{
	struct datagram *d = NULL;
	struct fragment g = fragment_of(s->at->packet, s->cite.time);
	enum fragment_answer answer = fragments_add(&s->fragments, &g, &d);

	if (answer == FRAGMENT_NO_ROOM) {
		undecoded(s, &s->lost_fragments);
		return;
	}
	if (answer == FRAGMENT_COPY) {
		count_copy(s, flow_of_datagram(s, d));
		return;
	}
	struct flow *f = flow_of_datagram(s, d);
	if (!d->known && s->at->read->keyed)
		f = claim(s, d);
	if (f) {
		note_watched(s, f);
		if (d->packets)
			count_waiting(s, f, d);
		count_packet(s, f, d->end);
	} else if (d->state == DATAGRAM_GIVEN_UP) {
		undecoded(s, &s->lost_fragments);
	} else {
		wait_for_flow(s, d);
	}
	if (answer == FRAGMENT_WHOLE)
		take_whole(s, d);
}

void take_lost(void *ctx, struct datagram *d)
{
	struct sensor *s = ctx;

	count_unassembled(flow_of_datagram(s, d), d->end);
	s->lost_fragments += d->packets;
	s->source->window.undecoded += d->packets;
	d->packets = 0;
}

/* ---- the packet at hand ---- */

static void take_ip(struct sensor *s)
{
	const struct packet *p = s->at->packet;

	if (p->fragment) {
		take_fragment(s);
		return;
	}
	if (reading_needs_ports(p) && !p->has_ports) {
		undecoded(s, &s->undecoded[UNDECODED_SNAPLEN]);
		return;
	}
	if (p->icmp.error) {
		take_icmp_error(s);
		return;
	}
	if (p->neighbour.op != NEIGHBOUR_NONE)
		host_neighbour(&s->hosts, p, &s->cite);
	take_flow_packet(s);
}

void take_packet(struct sensor *s)
{
	if (s->at->read->plain)
		take_flow_packet(s);
	else if (s->at->packet->kind == PACKET_IP)
		take_ip(s);
	else if (s->at->packet->kind == PACKET_ARP)
		host_neighbour(&s->hosts, s->at->packet, &s->cite);
}
