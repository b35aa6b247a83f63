/*
 * TCP as a listener sees it (RFC 9293): which bytes each end sent, which were acknowledged, which of them passed by
 * unseen, how the connection began and ended. It corrects nothing and decides nothing; it counts and logs events.
 */
#ifndef PLUMBLINE_SENSOR_TCP_H
#define PLUMBLINE_SENSOR_TCP_H

#include "packet/packet.h"
#include "sensor/flow.h"

enum { TCP_HOLES = 4 };

/* Bytes of an end's stream that were skipped over: late, lost before us, or lost by us. */
struct tcp_holes {
	struct tcp_hole {
		int64_t from, to;
		bool unseen; /* acknowledged meanwhile: counted as lost by us */
	} hole[TCP_HOLES];
	uint8_t n;
};

/* One end's stream. Offsets count from 0 at the first byte after the SYN, or at the first byte seen. */
struct tcp_end {
	/* a cache line that every packet touches */
	alignas(64) int64_t next;      /* behind the highest byte seen or known to be sent; a FIN counts as a byte */
	uint64_t acked;     /* bytes that the other end acknowledged while we looked */
	int64_t last_acked;
	int64_t timed;      /* when the byte before timed_seq passed; for the round trip behind us */
	struct tcp_holes *holes;
	uint32_t timed_seq;
	uint32_t base;      /* the sequence number of offset 0 */
	uint32_t ack_high;  /* the highest number the other end acknowledged */
	uint32_t pure_acks;
	uint16_t window, dupacks;
	bool has_isn : 1, has_base : 1, base_guessed : 1, has_ack : 1, timing : 1, fin : 1, stalled : 1, probing : 1;
	bool sent_data : 1, data_acked : 1;

	uint64_t unseen;
	uint32_t unseen_segments, retransmitted, zero_windows, rtt_us;
	uint32_t isn, repeat_seq;
	uint16_t repeats, mss;
	uint32_t keepalive; /* event number of a keep-alive probe that waits for its answer */
	int64_t stall_time;
};

struct tcp {
	struct tcp_end end[2];
	int64_t syn_time, synack_time, established_time;
	uint32_t syns, synacks, synacks_after_ack, rsts;
	bool reset, syn_seen, synack_seen, initiator_acked;
};

/* What a packet meant, for those that come after. */
struct tcp_effect {
	int64_t offset;     /* of its payload in its end's stream; may be negative */
	int64_t unseen;     /* bytes found to be lost by us; negative where some came late after all */
	bool payload;       /* there is payload that belongs to the stream: no keep-alive, nothing after a reset */
};

/*
 * True where a packet cannot belong to the connection that f holds: a SYN with another initial number, or one after the
 * end. The old flow is then over.
 */
bool tcp_begins_anew(const struct flow *f, const struct packet *p, unsigned end);

/* The end that started a flow whose first packet is p from `end`. */
unsigned tcp_initiator(const struct packet *p, unsigned end, enum obs_init_how *ret_how);

/* Counts a packet of f. f->tcp is there. The packet's own counters in f->end come after this. */
struct tcp_effect tcp_packet(struct flows *t, struct flow *f, const struct cite *c, const struct packet *p,
                             unsigned end);

enum flow_class tcp_class(const struct flow *f);
/* How the connection ended, where it did: END_RST, END_FIN, else END_OPEN. */
enum obs_end_why tcp_ended(const struct flow *f);
/* Wireshark's relative number: the SYN is 0, the first byte 1. 0 where that end's numbers are unknown. */
uint32_t tcp_relative(const struct flow *f, unsigned end, uint32_t seq);
/* Gives back what hangs off it. */
void tcp_free(struct flows *t, struct tcp *tcp);

#endif
