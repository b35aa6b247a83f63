/*
 * nDPI 4.2, the only file that names it. Of its results the master protocol is taken, and only at its confidence "DPI":
 * what it concludes from a port, an address or another flow is a guess.
 *
 * It gets whole IP packets, of bounded length, in a buffer with zeros behind: its DNS dissector walks labels with 16 bits
 * and never ends at 65,500 bytes, that of TINC runs over digits past the end, that of TLS believes the lengths of lists.
 * No protocol or category file is ever loaded: its parsers of those crash and hang. Nor is its list of Tor's addresses,
 * a third of the time in which it starts: what is known by an address is a guess. FTP is not asked about: it goes through
 * 120 words for every packet of TCP, an eighth of all it does, and ours has looked for them.
 */
#include <errno.h>
#include <ndpi_api.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "classify/adapter.h"
#include "classify/ip.h"

struct adapter {
	struct ndpi_detection_module_struct *module;
	struct ndpi_flow_struct *flow;
	struct ip_room room;
};

/*
 * Our dissectors' names for what nDPI calls otherwise. Those whose names are the same (TLS, SSH, SIP, ...) need no line.
 */
static const struct {
	uint16_t id;
	const char *name;
} OURS[] = {
	{ NDPI_PROTOCOL_MDNS, "DNS" },          { NDPI_PROTOCOL_LLMNR, "DNS" },
	{ NDPI_PROTOCOL_DHCPV6, "DHCP" },       { NDPI_PROTOCOL_IP_IPSEC, "IKE" },
	{ NDPI_PROTOCOL_SYSLOG, "Syslog" },     { NDPI_PROTOCOL_HTTP_CONNECT, "HTTP" },
	{ NDPI_PROTOCOL_HTTP_PROXY, "HTTP" },
};

enum { OVER_TCP = 1, OVER_UDP = 2 };

/*
 * What nDPI 4.2 knows by several fixed bytes or by both sides' words, and no dissector of ours knows at all. Everything
 * else is weak: it looks at a length and a byte or two (Skype, RTP, uTP, most games), or is a protocol of ours, and then
 * our dissector did not find in it what it must have.
 */
static const struct {
	uint16_t id;
	uint8_t over;
} STRONG[] = {
	{ NDPI_PROTOCOL_MAIL_SMTP, OVER_TCP }, { NDPI_PROTOCOL_MAIL_POP, OVER_TCP },
	{ NDPI_PROTOCOL_MAIL_IMAP, OVER_TCP }, { NDPI_PROTOCOL_VNC, OVER_TCP },
	{ NDPI_PROTOCOL_SMBV1, OVER_TCP },     { NDPI_PROTOCOL_SMBV23, OVER_TCP },
	{ NDPI_PROTOCOL_RDP, OVER_TCP },       { NDPI_PROTOCOL_RTSP, OVER_TCP },
	{ NDPI_PROTOCOL_RSYNC, OVER_TCP },     { NDPI_PROTOCOL_GIT, OVER_TCP },
	{ NDPI_PROTOCOL_BITTORRENT, OVER_TCP },{ NDPI_PROTOCOL_SSDP, OVER_UDP },
	{ NDPI_PROTOCOL_WIREGUARD, OVER_UDP },
};

/* NDPI_BITMASK_DEL(), which our warnings refuse. */
static void leave_out(NDPI_PROTOCOL_BITMASK *of, unsigned id)
{
	of->fds_bits[id / NDPI_BITS] &= ~(UINT32_C(1) << id % NDPI_BITS);
}

int adapter_new(struct adapter **ret_a)
{
	struct adapter *a = calloc(1, sizeof(*a));
	NDPI_PROTOCOL_BITMASK all;

	if (!a)
		return -ENOMEM;
	a->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	a->flow = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT);
	if (!a->module || !a->flow) {
		adapter_free(a);
		return -ENOMEM;
	}
	memset(a->flow, 0, SIZEOF_FLOW_STRUCT);
	NDPI_BITMASK_SET_ALL(all);
	leave_out(&all, NDPI_PROTOCOL_FTP_CONTROL);
	ndpi_set_protocol_detection_bitmask2(a->module, &all);
	ndpi_finalize_initialization(a->module);
	*ret_a = a;
	return 0;
}

void adapter_free(struct adapter *a)
{
	if (!a)
		return;
	if (a->flow)
		ndpi_flow_free(a->flow); /* with its data */
	if (a->module)
		ndpi_exit_detection_module(a->module);
	free(a);
}

const char *adapter_name(const struct adapter *a, uint16_t id)
{
	if (id == NDPI_PROTOCOL_UNKNOWN || id >= NDPI_MAX_SUPPORTED_PROTOCOLS)
		return NULL;
	for (size_t i = 0; i < sizeof(OURS) / sizeof(OURS[0]); i++)
		if (OURS[i].id == id)
			return OURS[i].name;
	return ndpi_get_proto_name(a->module, id);
}

static bool is_weak(uint16_t id, uint8_t proto)
{
	for (size_t i = 0; i < sizeof(STRONG) / sizeof(STRONG[0]); i++)
		if (STRONG[i].id == id && STRONG[i].over == (proto == PROTO_TCP ? OVER_TCP : OVER_UDP))
			return false;
	return true;
}

static struct adapter_label label_of(const struct adapter *a, ndpi_protocol p, uint8_t proto)
{
	uint16_t id = p.master_protocol ? p.master_protocol : p.app_protocol;

	if (id == NDPI_PROTOCOL_UNKNOWN || a->flow->confidence != NDPI_CONFIDENCE_DPI)
		return (struct adapter_label){ 0 };
	return (struct adapter_label){ .id = id, .weak = is_weak(id, proto) };
}

struct adapter_label adapter_label(struct adapter *a, struct rd request, size_t l3_max)
{
	ndpi_protocol found = { 0 };
	struct classify_flow f;
	struct classify_packet p;
	u_int8_t guessed = 0;
	size_t n;

	if (!ip_read_flow(&request, &f))
		return (struct adapter_label){ 0 };
	while (!ndpi_is_protocol_detected(a->module, found) &&
	       (n = ip_read_packet(&request, &f, l3_max, &a->room, &p)) > 0)
		found = ndpi_detection_process_packet(a->module, a->flow, a->room.bytes, (unsigned short)n,
						      (u_int64_t)(p.time / NS_PER_MS));
	if (!ndpi_is_protocol_detected(a->module, found))
		found = ndpi_detection_giveup(a->module, a->flow, 0, &guessed);
	struct adapter_label label = label_of(a, found, f.proto);
	ndpi_free_flow_data(a->flow); /* not ndpi_flow_free(): that would free the flow too */
	memset(a->flow, 0, SIZEOF_FLOW_STRUCT);
	return label;
}
