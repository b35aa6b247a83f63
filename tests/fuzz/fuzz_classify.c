/*
 * What the worker reads of a request, and what the program reads of an answer. nDPI itself is not called: it is expected
 * to break, which is why it has a process of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "classify/ip.h"
#include "classify/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool what)
{
	if (!what)
		abort();
}

static void read_request(struct rd r)
{
	static struct ip_room room;
	struct classify_flow f;
	struct classify_packet p;
	size_t n;

	if (!ip_read_flow(&r, &f))
		return;
	while ((n = ip_read_packet(&r, &f, CLASSIFY_BYTES, &room, &p)) > 0) {
		hold(n <= CLASSIFY_BYTES && p.side <= 1 && p.payload < n);
		for (size_t i = n; i < n + IP_ZEROS; i++)
			hold(room.bytes[i] == 0);
	}
}

static void read_answer(struct rd r)
{
	static struct ring_answers a;
	struct classify_label label;
	uint32_t word = rd_u32(&r);

	for (unsigned i = 0; i < 4; i++) {
		struct rd name = rd_sub(&r, CLASSIFY_NAME);
		memset(a.name[i], 0, CLASSIFY_NAME);
		if (!name.err && name.cap)
			memcpy(a.name[i], name.p, name.cap);
	}
	if (ring_read_answer(&a, word, &label) == CLASSIFY_LABEL)
		hold(label.application[0] && strnlen(label.application, CLASSIFY_NAME) < CLASSIFY_NAME);
}

/* The ring as a worker that was taken over might leave it: any position, any bytes. */
static void read_ring(struct rd r)
{
	static struct ring_requests q;
	static struct ring_answers a;
	const struct ring ring = { &q, &a };
	struct ring_request request;
	const uint8_t *bytes;
	uint64_t next;
	bool broken;

	atomic_store(&q.head, rd_u64(&r));
	uint64_t tail = rd_u64(&r);
	memset(q.bytes, 0, sizeof(struct ring_request));
	memcpy(q.bytes + tail % RING_BYTES / 8 * 8 % (RING_BYTES - 4096), r.p, r.cap < 4096 ? r.cap : 4096);
	if (ring_get(&ring, tail, &request, &bytes, &next, &broken))
		hold(bytes >= q.bytes && bytes + request.n <= q.bytes + RING_BYTES && request.cookie < RING_COOKIES &&
		     next > tail);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size, size);
	uint8_t which = rd_u8(&r);

	if (r.err)
		return 0;
	if (which % 3 == 0)
		read_request(r);
	else if (which % 3 == 1)
		read_answer(r);
	else
		read_ring(r);
	return 0;
}
