/*
 * The floor under every reader: libpcap's own loop over a file, one counter and one sum, nothing else.
 * usage: pcap_loop CAPTURE
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

struct tally {
	uint64_t packets;
	uint64_t bytes;
};

static void
count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct tally *tally = (struct tally *)(void *)user;

	(void)bytes;
	tally->packets++;
	tally->bytes += header->caplen;
}

int
main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct tally tally = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: pcap_loop CAPTURE\n");
		return 2;
	}
	pcap_t *pcap = pcap_open_offline(argv[1], error);
	if (!pcap) {
		fprintf(stderr, "pcap_loop: %s\n", error);
		return 2;
	}
	const int status = pcap_loop(pcap, -1, count, (u_char *)(void *)&tally);
	if (status == PCAP_ERROR)
		fprintf(stderr, "pcap_loop: %s\n", pcap_geterr(pcap));
	printf("%" PRIu64 " packets, %" PRIu64 " bytes\n", tally.packets, tally.bytes);
	pcap_close(pcap);
	return status == PCAP_ERROR ? 1 : 0;
}
