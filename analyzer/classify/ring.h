/*
 * The memory that the processes share. One part the program writes, and the worker may only read; the other both write.
 * The worker has seen hostile bytes: nobody believes what stands in the second part without checking it.
 *
 * Requests lie in a ring of bytes, at positions that only grow; each is a struct ring_request, its bytes and padding to
 * 8. Answers lie in a table of words, one a cookie, since a flow's answer may be wanted long after its request.
 */
#ifndef PLUMBLINE_CLASSIFY_RING_H
#define PLUMBLINE_CLASSIFY_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "classify/classify.h"

enum {
	RING_BYTES = 1 << 20,
	RING_REQUEST_MAX = 128 * 1024,
	RING_COOKIES = 1 << 21, /* more than the sensor has flows and the queue behind it has places */
	RING_NAMES = 512,
	RING_BATCH = 64,        /* requests that wait before a sleeping worker is woken for them */
	RING_SKIP = 0,          /* the cookie of what fills the ring up to its end */
};

struct ring_request {
	uint32_t cookie;
	uint32_t n; /* bytes that follow, without padding */
};

/* What the word of a cookie holds. From ANSWER_LABEL on: a label, its id shifted by ANSWER_ID, with ANSWER_WEAK or not. */
enum ring_answer { ANSWER_FREE, ANSWER_AWAITED, ANSWER_UNKNOWN, ANSWER_LOST, ANSWER_LABEL = 16, ANSWER_WEAK = 32 };
enum { ANSWER_ID = 8 };

struct ring_requests {
	alignas(64) _Atomic uint64_t head; /* behind the last whole request */
	_Atomic uint32_t bell;             /* a sleeping worker waits for it to change */
	_Atomic uint32_t quit;
	alignas(64) uint8_t bytes[RING_BYTES];
};

struct ring_answers {
	alignas(64) _Atomic uint64_t tail; /* the first request that is not answered */
	_Atomic uint64_t begun;            /* tail + 1 while the worker works on that request */
	_Atomic uint32_t asleep;           /* the worker waits for the bell */
	_Atomic uint32_t done;             /* changes with every answer; who waits for one waits for that */
	_Atomic uint32_t over;             /* there will be no further worker */
	_Atomic uint32_t worker;           /* its process id */
	alignas(64) _Atomic uint32_t waiting; /* how many wait for `done` */
	alignas(64) char name[RING_NAMES][CLASSIFY_NAME];
	_Atomic uint32_t word[RING_COOKIES];
};

struct ring {
	struct ring_requests *q;
	struct ring_answers *a;
};

int ring_new(struct ring *ret_r);
void ring_free(struct ring *r);

/* Appends a request where there is room. */
bool ring_put(struct ring *r, uint32_t cookie, const struct span *parts, size_t n, size_t total);

/*
 * The request at `tail`, whose bytes lie in the ring, and where the next one begins. False where there is none; or where
 * the position was never one of a request: *ret_broken.
 */
bool ring_get(const struct ring *r, uint64_t tail, struct ring_request *ret_request, const uint8_t **ret_bytes,
	      uint64_t *ret_next, bool *ret_broken);

/* What an answer's word means; hostile words and names are CLASSIFY_LOST. */
enum classify_answer ring_read_answer(const struct ring_answers *a, uint32_t word, struct classify_label *ret_label);

/* Wakes a sleeping worker. */
void ring_bell(struct ring *r);
/* Tells those who wait that something changed. */
void ring_tell(struct ring *r);

/* Waits until *word is not `seen` any more, or a signal came. False where `ms` went by; 0: no limit. */
bool ring_sleep(_Atomic uint32_t *word, uint32_t seen, unsigned ms);

#endif
