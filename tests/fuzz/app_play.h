/*
 * An input as segments that are played into a dissector, as fuzz_tls.c has them: kind and side (1 byte), length (2),
 * bytes. Kind 2 is captured by half, kind 3 is lost. Where nothing is cut or lost, the same stream byte by byte must say
 * the same, but for a handover, which is said to the next call.
 */
#ifndef PLUMBLINE_TESTS_APP_PLAY_H
#define PLUMBLINE_TESTS_APP_PLAY_H

#include <stdlib.h>

#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_FACTS = 100 };

/* True where nothing was cut or lost. */
static inline bool play_segments(struct feeder *f, struct rd r, bool bytewise)
{
	bool complete = true;

	while (rd_more(&r)) {
		uint8_t head = rd_u8(&r);
		uint16_t n = rd_u16(&r);
		struct span bytes = rd_get(&r, n < r.cap ? n : r.cap);
		uint8_t side = head & 1, kind = head >> 1 & 3;
		if (kind < 2)
			feeder_segments(f, side, bytes.p, bytes.n, bytewise ? 1 : bytes.n);
		else if (kind == 2 && bytes.n)
			feeder_push(f, side, bytes.p, bytes.n - bytes.n / 2, bytes.n);
		else
			feeder_lose(f, side, bytes.n);
		complete &= kind < 2;
	}
	feeder_finish(f);
	return complete;
}

/* recognise() over what there is of it: it must not say no to a part of what it takes whole. */
static inline void play_recognise(const struct dissector *d, uint16_t port, const uint8_t *p, size_t n)
{
	for (unsigned side = 0; side < 2; side++) {
		struct dissector_input in = { .port = { 40000, port }, .side = (uint8_t)side };
		uint8_t *copy = malloc(n ? n : 1);
		if (n)
			memcpy(copy, p, n);
		in.bytes = rd_of(copy, n, n);
		const bool yes = d->recognise(&in) == MATCH_YES;
		for (size_t part = 1; part < n && part < 64 && yes && (d->over & OVER_TCP); part++) {
			in.bytes = rd_of(copy, part, part);
			if (d->recognise(&in) == MATCH_NO)
				abort();
			in.bytes = rd_of(copy, part, n);
			(void)d->recognise(&in);
		}
		free(copy);
	}
}

static inline void play_datagrams(struct feeder *f, struct rd r)
{
	while (rd_more(&r)) {
		uint8_t head = rd_u8(&r);
		uint16_t n = rd_u16(&r);
		struct span bytes = rd_get(&r, n < r.cap ? n : r.cap);
		feeder_datagram(f, head & 1, bytes.p, head & 4 ? bytes.n / 2 : bytes.n, bytes.n);
	}
	feeder_finish(f);
}

/* The log without the lines that say where a handover was. */
static inline char *log_without_handover(struct feeder *f)
{
	char *text = strdup(feeder_log(f)), *at = text;

	while ((at = strstr(at, " handover at "))) {
		char *from = at - 1, *next = strchr(at, '\n');
		memmove(from, next + 1, strlen(next + 1) + 1);
		at = from;
	}
	return text;
}

static inline void same_log(struct feeder *f, struct feeder *g)
{
	char *a = log_without_handover(f), *b = log_without_handover(g);

	if (strcmp(a, b) != 0)
		abort();
	free(a);
	free(b);
}

/* bytewise: what a segment says does not depend on where it begins and ends, whatever is in it. */
static inline void play(const struct dissector *d, uint16_t port, bool bytewise, const uint8_t *p, size_t n)
{
	struct feeder f, g;

	if (n > 3)
		play_recognise(d, port, p + 3, n - 3);
	feeder_init(&f, d, 40000, port);
	f.marks = true;
	if (d->over & OVER_UDP) {
		play_datagrams(&f, rd_of(p, n, n));
	} else if (play_segments(&f, rd_of(p, n, n), false) && bytewise) {
		feeder_init(&g, d, 40000, port);
		g.marks = true;
		play_segments(&g, rd_of(p, n, n), true);
		same_log(&f, &g);
		feeder_free(&g);
	}
	unsigned facts = 0;
	for (size_t i = 0; i < FACT_KINDS; i++)
		facts += f.facts[i];
	if (facts > MOST_FACTS || f.facts[FACT_LABEL] > 1)
		abort();
	feeder_free(&f);
}

#endif
