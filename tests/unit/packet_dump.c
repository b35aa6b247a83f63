/*
 * Prints what packet_decode() sees in a capture, one line of tab-separated columns a frame, in the form in which tshark
 * prints the same fields: packet_oracle.py compares the two. libpcap reads the file.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "packet/packet.h"

static void address(const struct addr *a)
{
	char text[ADDR_TEXT];

	addr_format(a, text);
	printf("\t%s", text);
}

static void number(bool there, uint32_t v)
{
	if (there)
		printf("\t%" PRIu32, v);
	else
		printf("\t");
}

static void ends(const struct packet *p, bool there)
{
	if (!there) {
		printf("\t\t\t");
		return;
	}
	address(&p->src);
	address(&p->dst);
	number(true, p->proto);
}

static void tcp(const struct packet *p, bool there)
{
	const struct packet_tcp *t = &p->tcp;

	number(there, t->seq);
	number(there, t->ack);
	number(there, t->flags);
	number(there, t->window);
	number(there, (uint32_t)p->payload.len);
	number(there && t->mss, t->mss);
	number(there && t->has_wscale, t->wscale);
	number(there && t->sack_ok, 4);
	number(there && t->sacks, t->sacks);
	number(there && t->has_ts, t->ts_val);
	number(there && t->has_ts, t->ts_ecr);
}

static void icmp(const struct packet *p, bool there)
{
	const struct packet_icmp *m = &p->icmp;
	bool echo = there && !m->error && (p->ip_version == 4 ? m->type == 0 || m->type == 8 : m->type / 2 == 64);

	number(there, m->type);
	number(there, m->code);
	number(echo, m->id);
	number(echo, m->seq);
	number(there && m->mtu, m->mtu);
	if (m->quote.present) {
		address(&m->quote.src);
		address(&m->quote.dst);
	} else {
		printf("\t\t");
	}
	number(m->quote.present, m->quote.proto);
	number(m->quote.has_ports, m->quote.sport);
	number(m->quote.has_ports, m->quote.dport);
	number(m->quote.has_seq, m->quote.seq);
}

static void mac(const struct mac *m)
{
	char text[MAC_TEXT];

	mac_format(m, text);
	printf("\t%s", text);
}

static void neighbour(const struct packet *p)
{
	const struct packet_neighbour *n = &p->neighbour;

	if (!n->op) {
		printf("\t\t\t\t");
		return;
	}
	printf("\t%s", n->op == NEIGHBOUR_ASK ? "ask" : "tell");
	mac(&n->sender_mac);
	address(&n->sender);
	address(&n->target);
}

/* One of the packets that a frame holds: where it stands, and what flow it is of. */
static void level(const struct packet *p, unsigned depth, char before)
{
	static const char *const WHAT[] = { NULL, "other", "arp" };
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	printf("%c%u:", before, depth);
	if (p->kind != PACKET_IP) {
		printf("%s", p->kind == PACKET_UNDECODED ? packet_undecoded_name(p->undecoded) : WHAT[p->kind]);
		return;
	}
	addr_format(&p->src, src);
	addr_format(&p->dst, dst);
	printf("%s>%s/%u", src, dst, p->proto);
	if (p->has_ports)
		printf("/%u>%u", p->sport, p->dport);
	if (p->tunnel)
		printf("/%s%s=%" PRIu32, packet_tunnel_name(p->tunnel), p->piece.present ? "-part" : "", p->tunnel_id);
}

/* All packets of a frame; of several at one level what is in the last is shown. */
static void levels(const struct packet *first)
{
	enum { DEPTH_MAX = 8 };
	struct packet p = *first, next;
	unsigned depth = 0;

	level(&p, depth, '\t');
	while (depth < DEPTH_MAX) {
		if (!packet_next(&p, &next)) {
			depth++;
			if (!packet_inside(&p, &next))
				return;
		}
		p = next;
		level(&p, depth, '|');
	}
}

static void print(const struct frame *f)
{
	static const char *const KINDS[] = { "undecoded", "other", "arp", "ip" };
	struct packet p;

	packet_decode(f, &p);
	bool ip = p.kind == PACKET_IP, whole = ip && (!p.fragment || p.first_fragment);
	bool is_tcp = p.has_ports && p.proto == PROTO_TCP, is_udp = p.has_ports && p.proto == PROTO_UDP;
	printf("%" PRIu64 "\t%s\t%s\t%s\t%d", f->number, KINDS[p.kind], packet_undecoded_name(p.undecoded),
	       p.cut ? "cut" : "", p.ip_version);
	ends(&p, ip);
	number(ip, p.ttl);
	number(ip, p.dscp);
	number(ip && p.fragment, p.fragment_offset);
	number(p.has_ports, p.sport);
	number(p.has_ports, p.dport);
	tcp(&p, is_tcp);
	number(is_udp, (uint32_t)p.payload.len);
	icmp(&p, whole && p.proto == (p.ip_version == 4 ? PROTO_ICMP : PROTO_ICMP6));
	number(whole && p.proto == PROTO_ESP && p.esp_spi, p.esp_spi);
	printf("\t");
	for (unsigned i = 0; i < p.vlans; i++)
		printf("%s%u", i ? "," : "", p.vlan[i]);
	neighbour(&p);
	levels(&p);
	printf("\n");
}

/* LINKTYPE_ and DLT_ numbers are the same but for raw IP, which libpcap calls 12 on most systems. */
static uint32_t link_type(pcap_t *c)
{
	int dlt = pcap_datalink(c);
	return dlt == DLT_RAW ? 101 : (uint32_t)dlt;
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *c = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
	struct pcap_pkthdr *h;
	const uint8_t *bytes;

	if (!c) {
		fprintf(stderr, "packet_dump: %s\n", argc == 2 ? error : "usage: packet_dump CAPTURE");
		return 2;
	}
	struct frame f = { .link_type = link_type(c) };
	printf("%" PRIu32 " %s\n", f.link_type, packet_knows_link_type(f.link_type) ? "known" : "unknown");
	while (pcap_next_ex(c, &h, &bytes) == 1) {
		f.number++;
		f.bytes = rd_of(bytes, h->caplen, h->len);
		print(&f);
	}
	pcap_close(c);
	return 0;
}
