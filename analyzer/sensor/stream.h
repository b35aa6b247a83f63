/*
 * Payload on its way to the dissectors: TCP streams in order, as far as somebody reads them; datagrams one by one.
 *
 * Bytes go from the frame to the dissector without a copy. Only what waits for the rest of its message, or for a packet
 * that is late, is kept: at most DISSECTOR_PREFIX bytes for each end of a flow, in buffers of which there are few.
 */
#ifndef PLUMBLINE_SENSOR_STREAM_H
#define PLUMBLINE_SENSOR_STREAM_H

#include "dissectors/dissector.h"
#include "packet/packet.h"
#include "sensor/flow.h"

enum { STREAM_LISTENERS = 4 };

/* Where the dissectors' words go, by end instead of side. */
struct stream_sink {
	void *ctx;
	void (*fact)(void *ctx, struct flow *f, unsigned end, const struct fact *fact);
	void (*mark)(void *ctx, struct flow *f, unsigned end, enum dissector_mark m, const uint32_t v[3]);
};

struct streams {
	const struct dissector *const *registry;
	size_t registry_n;
	size_t listener[STREAM_LISTENERS]; /* those of the registry that are OVER_TLS */
	unsigned listeners;
	struct pool stream, prefix;
	struct pool *state;     /* one for each dissector */
	struct stream_sink sink;
	uint64_t refused;       /* bytes that should have been kept, and found no buffer */
};

/* 0 or -ENOMEM. The registry outlives the streams. */
int streams_init(struct streams *t, const struct dissector *const *registry, size_t n, uint32_t flows,
                 uint32_t prefixes, struct stream_sink sink);
void streams_free(struct streams *t);

/* A segment with payload; offset is its first byte's. */
void stream_segment(struct streams *t, struct flow *f, unsigned end, int64_t offset, int64_t time, struct rd payload);
void stream_datagram(struct streams *t, struct flow *f, unsigned end, int64_t time, struct rd payload);
void stream_close(struct streams *t, struct flow *f);

#endif
