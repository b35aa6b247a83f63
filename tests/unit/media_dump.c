/*
 * Reads the datagrams of flows as text, one a line, and prints what the dissectors say: the other half of media_oracle.py.
 *
 *   FLOW FRAME SIDE PORT0 PORT1 CAPTURED-HEX LENGTH     the next datagram of a flow; hex "-": nothing captured
 *
 * Printed: FLOW, FRAME (0 for what is said when the flow closes), then a fact or mark as dissect_feed.h writes it. The
 * first four datagrams of a flow are shown to every dissector, as the sensor does.
 */
#include <stdio.h>

#include "tests/unit/dissect_feed.h"

enum { LINE = 1 << 18, FLOWS = 65536, TRIED = 4 };

struct datagrams {
	struct feeder f;
	unsigned tried;
	bool known;
};

static struct datagrams *flows[FLOWS];

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned b;

	for (; hex[2 * n] && hex[2 * n] != '-' && sscanf(hex + 2 * n, "%2x", &b) == 1; n++)
		out[n] = (uint8_t)b;
	return n;
}

static const struct dissector *ask(uint8_t side, const uint16_t port[2], struct rd bytes)
{
	const struct dissector_input in = { .port = { port[0], port[1] }, .side = side, .bytes = bytes };

	for (size_t i = 0; i < dissectors_n; i++)
		if ((dissectors[i]->over & OVER_UDP) && dissectors[i]->recognise(&in) == MATCH_YES)
			return dissectors[i];
	return NULL;
}

static void print_log(unsigned flow, unsigned frame, struct feeder *f)
{
	const char *line = feeder_log(f);

	while (*line) {
		int n = (int)strcspn(line, "\n");
		printf("%u %u %.*s\n", flow, frame, n, line);
		line += n + (line[n] == '\n');
	}
	wr_reset(&f->log);
}

static void datagram(unsigned flow, unsigned frame, uint8_t side, const uint16_t port[2], struct rd bytes)
{
	struct datagrams *d = flows[flow];

	if (!d)
		d = flows[flow] = calloc(1, sizeof(*d));
	if (!d->known) {
		const struct dissector *who = d->tried++ < TRIED ? ask(side, port, bytes) : NULL;
		if (!who)
			return;
		d->known = true;
		feeder_init(&d->f, who, port[0], port[1]);
		d->f.marks = true;
	}
	if (d->f.side[side].want == DISSECTOR_DONE)
		return;
	d->f.time = frame;
	d->f.side[side].want = feeder_call(&d->f, side, 0, bytes.p, bytes.cap, bytes.len);
	print_log(flow, frame, &d->f);
}

int main(void)
{
	char *line = malloc(LINE), *hex = malloc(LINE);
	uint8_t *bytes = malloc(LINE / 2);
	unsigned flow, frame, side, a, b;
	size_t len;

	while (line && hex && bytes && fgets(line, LINE, stdin)) {
		if (sscanf(line, "%u %u %u %u %u %s %zu", &flow, &frame, &side, &a, &b, hex, &len) != 7 || side > 1 ||
		    flow >= FLOWS)
			continue;
		const uint16_t port[2] = { (uint16_t)a, (uint16_t)b };
		size_t cap = unhex(hex, bytes);
		datagram(flow, frame, (uint8_t)side, port, rd_of(bytes, cap, len < cap ? cap : len));
	}
	for (unsigned i = 0; i < FLOWS; i++) {
		if (flows[i] && flows[i]->known) {
			feeder_finish(&flows[i]->f);
			print_log(i, 0, &flows[i]->f);
			feeder_free(&flows[i]->f);
		}
		free(flows[i]);
	}
	free(line);
	free(hex);
	free(bytes);
	return 0;
}
