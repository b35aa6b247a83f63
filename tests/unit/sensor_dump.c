/*
 * sensor_dump FILE: one line for each TCP flow of a capture, for sensor_oracle.py to hold against tshark:
 * address port address port packets payload retransmitted duplicates, then "end PACKETS".
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "base/time.h"
#include "sensor/sensor.h"

enum { TCP = 6 };

static void put_end(const struct obs_flow *f, unsigned side)
{
	char text[ADDR_TEXT];

	addr_format(&f->addr[side], text);
	printf("%s %u ", text, f->port[side]);
}

static void put(void *ctx, const struct obs *o)
{
	const struct obs_flow *f = &o->flow;

	(void)ctx;
	if (o->type == OBS_END)
		printf("end %" PRIu64 "\n", o->end.packets);
	if (o->type != OBS_FLOW || f->phase != PHASE_CLOSE || f->proto != TCP)
		return;
	put_end(f, 0);
	put_end(f, 1);
	printf("%" PRIu64 " %" PRIu64 " %u %u\n", f->side[0].packets + f->side[1].packets,
	       f->side[0].payload + f->side[1].payload, f->side[0].retransmitted + f->side[1].retransmitted, f->duplicates);
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	struct sensor *s;
	const u_char *bytes;
	uint64_t number = 0;

	pcap_t *p = argc == 2 ? pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error) : NULL;
	if (!p || sensor_new(&s, NULL, (struct obs_sink){ NULL, put }) < 0)
		return 1;
	while (pcap_next_ex(p, &h, &bytes) == 1) {
		struct frame f = {
			.time = (int64_t)h->ts.tv_sec * NS_PER_S + h->ts.tv_usec,
			.number = ++number,
			.bytes = rd_of(bytes, h->caplen, h->len),
			.link_type = (uint32_t)pcap_datalink(p),
		};
		sensor_frame(s, &f);
	}
	sensor_end(s, true);
	sensor_free(s);
	pcap_close(p);
	return 0;
}
