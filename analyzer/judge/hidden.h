/*
 * DNS that nobody can see: over TLS (DoT), HTTPS (DoH) or QUIC (DoQ). What a device asks there has no name here, so what
 * depends on its look-ups is not judged. DESIGN: names.
 */
#ifndef PLUMBLINE_JUDGE_HIDDEN_H
#define PLUMBLINE_JUDGE_HIDDEN_H

#include "judge/closed.h"

struct judge;
struct device;
struct devices;

/* Of one host: its first session of that kind. */
struct hidden_dns {
	struct span how, name;     /* "DoT"; of the resolver, or empty */
	struct addr peer;
	uint16_t port[2];
	uint8_t proto;
	uint64_t flow;
	struct obs_frame frame;
	uint32_t sessions;
	int64_t first, last;
};

/* "DoH" for a flow of HTTPS to a public resolver; empty where it is none, or nobody can tell. */
struct span hidden_doh(const struct closed *c);

/* The flow is DNS of that kind itself, whatever became of it. */
bool hidden_is(const struct closed *c);

/* Remembers the session with its host where it is one that came up. */
void hidden_add(struct hidden_dns **h, const struct closed *c);

/* What the device's addresses have of it; NULL: its look-ups are to be seen, as far as they are in the capture. */
const struct hidden_dns *hidden_of(const struct devices *d, const struct device *dev);

/* Says it in the report. */
void hidden_say(struct judge *j, struct device *d);

#endif
