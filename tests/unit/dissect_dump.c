/*
 * Reads payload as text, one packet a line, and prints what the dissectors say: the other half of dissect_oracle.py.
 *
 *   u TAG SIDE PORT0 PORT1 CAPTURED-HEX LENGTH     a datagram: every line is a flow of its own
 *   t TAG SIDE PORT0 PORT1 CAPTURED-HEX LENGTH     the next bytes of one side of TCP stream TAG (ascending from 0)
 *   g TAG SIDE N                                   N bytes of that side were lost
 *
 * Printed: TAG, then a fact or mark as tests/unit/dissect_feed.h writes it; "TAG no" where nobody recognised it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/dissect_feed.h"

enum { LINE = 1 << 19, STREAMS = 65536 };

struct stream {
	struct feeder f;
	bool known;
	bool refused[2];
};

static struct stream *streams[STREAMS];

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned b;

	for (; hex[2 * n] && hex[2 * n] != '-' && sscanf(hex + 2 * n, "%2x", &b) == 1; n++)
		out[n] = (uint8_t)b;
	return n;
}

static const struct dissector *ask(unsigned over, uint8_t side, const uint16_t port[2], const uint8_t *p, size_t cap,
				   size_t len)
{
	const struct dissector_input in = {
		.port = { port[0], port[1] }, .side = side, .bytes = rd_of(p, cap, len),
	};
	for (size_t i = 0; i < dissectors_n; i++)
		if ((dissectors[i]->over & over) && dissectors[i]->recognise(&in) == MATCH_YES)
			return dissectors[i];
	return NULL;
}

static void print_log(unsigned tag, struct feeder *f)
{
	const char *line = feeder_log(f);

	while (*line) {
		int n = (int)strcspn(line, "\n");
		printf("%u %.*s\n", tag, n, line);
		line += n + (line[n] == '\n');
	}
	wr_reset(&f->log);
}

static void datagram(unsigned tag, uint8_t side, const uint16_t port[2], const uint8_t *p, size_t cap, size_t len)
{
	const struct dissector *d = ask(OVER_UDP, side, port, p, cap, len);
	struct feeder f;

	if (!d) {
		printf("%u no\n", tag);
		return;
	}
	feeder_init(&f, d, port[0], port[1]);
	feeder_datagram(&f, side, p, cap, len);
	print_log(tag, &f);
	feeder_free(&f);
}

static void segment(unsigned tag, uint8_t side, const uint16_t port[2], const uint8_t *p, size_t cap, size_t len)
{
	struct stream *s = streams[tag];

	if (!s)
		s = streams[tag] = calloc(1, sizeof(*s));
	if (!s->known) {
		const struct dissector *d = s->refused[side] ? NULL : ask(OVER_TCP, side, port, p, cap, len);
		s->refused[side] = true;
		if (!d)
			return;
		s->known = true;
		feeder_init(&s->f, d, port[0], port[1]);
		s->f.marks = true;
	}
	feeder_push(&s->f, side, p, cap, len);
	print_log(tag, &s->f);
}

int main(void)
{
	char *line = malloc(LINE), *hex = malloc(LINE);
	uint8_t *bytes = malloc(LINE / 2);
	unsigned tag, side, a, b;
	size_t len;
	char kind;

	while (line && hex && bytes && fgets(line, LINE, stdin)) {
		if (sscanf(line, "g %u %u %zu", &tag, &side, &len) == 3 && tag < STREAMS && side < 2) {
			if (streams[tag] && streams[tag]->known)
				feeder_lose(&streams[tag]->f, (uint8_t)side, len);
			continue;
		}
		if (sscanf(line, "%c %u %u %u %u %s %zu", &kind, &tag, &side, &a, &b, hex, &len) != 7 || side > 1)
			continue;
		const uint16_t port[2] = { (uint16_t)a, (uint16_t)b };
		size_t cap = unhex(hex, bytes);
		if (kind == 'u')
			datagram(tag, (uint8_t)side, port, bytes, cap, len < cap ? cap : len);
		else if (tag < STREAMS)
			segment(tag, (uint8_t)side, port, bytes, cap, len < cap ? cap : len);
	}
	for (size_t i = 0; i < STREAMS; i++) {
		if (streams[i] && streams[i]->known) {
			feeder_finish(&streams[i]->f);
			print_log((unsigned)i, &streams[i]->f);
			feeder_free(&streams[i]->f);
		}
		free(streams[i]);
	}
	free(line);
	free(hex);
	free(bytes);
	return 0;
}
