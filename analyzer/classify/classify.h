/*
 * The classifier: which application a flow is whose payload no dissector of ours knows. nDPI says so, in a process of
 * its own: it crashes, hangs and reads too far on hostile input, and none of that may cost more than one label.
 *
 * A supervisor is forked before any thread. At the first request it forks a worker, which makes nDPI ready, locks itself
 * in (no new privileges, a handful of system calls) and answers requests in their order, through memory that is shared.
 * A worker that dies or takes more than its time is replaced, some times; what nDPI had remembered of earlier flows is
 * then gone, and the request at hand is lost. Labels depend on the order of requests: one module, one queue.
 *
 * classify_submit() belongs to one thread, classify_collect() to one, the same or another.
 */
#ifndef PLUMBLINE_CLASSIFY_CLASSIFY_H
#define PLUMBLINE_CLASSIFY_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rd.h"

/*
 * Of one request: what nDPI has not known by a flow's fifth packet with payload it does not know by the eighth (737
 * captures). The cookie of no request is 0.
 */
enum { CLASSIFY_PACKETS = 6, CLASSIFY_BYTES = 8192, CLASSIFY_NAME = 32 };

/* A request is one of these, then CLASSIFY_PACKETS packets at most, each its header and payload, no padding. */
struct classify_flow {
	struct addr addr[2]; /* the two ends, in either order */
	uint16_t port[2];
	uint8_t proto;       /* TCP or UDP */
	uint8_t zero[3];
};
struct classify_packet {
	int64_t time;        /* ns */
	uint32_t seq, ack;   /* these four: TCP */
	uint16_t window;
	uint8_t flags;
	uint8_t side;        /* which end sent it */
	uint32_t payload;    /* bytes that follow, all that it had: a packet that was cut is none */
};
_Static_assert(sizeof(struct classify_flow) == 40 && sizeof(struct classify_packet) == 24, "copied as bytes");

enum classify_answer {
	CLASSIFY_LABEL,
	CLASSIFY_UNKNOWN, /* nDPI does not know it, or only guesses */
	CLASSIFY_LOST,    /* the worker died of it, or there is none any more */
};

struct classify_label {
	char application[CLASSIFY_NAME]; /* printable; our dissector's name where we have one for the protocol, else nDPI's */
	bool weak;                       /* nDPI knows it by so little that it must not contradict anybody */
};

struct classify;

/* 0 or -errno. Forks: call it while the program has one thread. */
int classify_new(struct classify **ret_c);
/* Nothing is asked or collected any more: the processes may end while the caller does something else. */
void classify_end(struct classify *c);
/* Ends the processes, whatever they are doing. Accepts NULL. */
void classify_free(struct classify *c);

/*
 * Hands over the request that the parts, one behind the other, are; *ret_cookie is not 0. Waits for room in the queue.
 * 0; -EMSGSIZE where it is larger than any request may be; -ENOBUFS where more requests were never collected than any
 * sensor has flows.
 */
int classify_submit(struct classify *c, const struct span *parts, size_t n, uint32_t *ret_cookie);

/* Waits for the answer; each cookie is collected once. *ret_label is set with CLASSIFY_LABEL only. */
enum classify_answer classify_collect(struct classify *c, uint32_t cookie, struct classify_label *ret_label);

#endif
