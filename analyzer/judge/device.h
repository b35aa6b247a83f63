/*
 * Hosts and devices. A host is an address; a device is a station: the site's entry by exact address, else the station's
 * own MAC, else the address. An address is a MAC's own when ARP, ND or DHCP say so; other addresses behind that MAC are
 * hosts behind a router, keyed by address. DESIGN: words, device.
 */
#ifndef PLUMBLINE_JUDGE_DEVICE_H
#define PLUMBLINE_JUDGE_DEVICE_H

#include <stdalign.h>

#include "base/pool.h"
#include "judge/attempt.h"
#include "judge/closed.h"
#include "judge/hidden.h"
#include "judge/name.h"
#include "judge/remark.h"
#include "profile/policy.h"

enum {
	HOST_RING = 256,      /* closed flows kept of a host that may yet be recognised */
	HOST_UPS = 8,
	HOST_SENDS = 8,
	HOST_LEASES = 4,
	HOST_ANSWERED = 6,
	DEVICE_ADDRESSES = 8,
	DEVICE_MACS = 4,
	DEVICE_NAMES = 4,
	MAC_ADDRESSES = 8,    /* more IPv4 addresses than that behind one MAC: a router or proxy ARP, nobody's own */
};

/* When something was answered, in a few runs; runs closer than two minutes are one. */
struct spell {
	int64_t from, to;
};
struct spells {
	struct spell v[HOST_ANSWERED];
	uint8_t n;
};
void spells_add(struct spells *s, int64_t from, int64_t to);
bool spells_touch(const struct spells *s, int64_t from, int64_t to);

/* A connection that came up, remembered for `superseded`. */
struct came_up {
	struct addr peer;
	uint16_t port;
	uint8_t proto;
	int64_t start;
	uint64_t flow;
};

/* Where a host sent datagrams from, remembered because the answer may come to that port from elsewhere. */
struct sent_from {
	struct addr peer;
	uint16_t port, peer_port;
	bool group;
	int64_t first, last;
};

/* What DHCP said of a host. */
struct dhcp_said {
	struct span host_name, vendor_class;
	struct {
		int64_t at;
		bool after_silence;  /* nothing was seen of it for a minute, or ever */
	} leases[HOST_LEASES];       /* the first of them */
	uint8_t leases_n;
	bool taught;                 /* it was told of: */
	struct learnt learnt;
};

struct device;
struct kept;

/* What a search of the table touches stands first, and so in the other tables of the judge. */
struct host {
	alignas(64) UT_hash_handle hh;
	struct addr addr;
	int64_t first, last;
	struct mac link_mac;         /* of its latest packets: its own, or the router's */
	struct mac own;              /* none unless ARP, ND or DHCP said so */
	int64_t own_from;
	const char *own_how;         /* "arp", "nd", "dhcp" */
	struct dhcp_said *dhcp;      /* NULL: nothing */
	struct device *device;       /* NULL: not (yet) one */
	bool looked_up;              /* the site was asked since the last change of the above */
	bool sent, received;         /* its own packets are in the capture; packets to it are */
	uint8_t ups_at, sends_at;
	uint32_t two_way;            /* flows of it that show both sides */
	uint32_t lossy;              /* flows of it with bytes that were acknowledged but never seen */
	uint32_t unseen_answers;     /* flows that were answered although the answers are not in the capture */
	struct spells *internet;     /* when peers on the Internet answered it; NULL: none did */
	struct came_up *ups;         /* ring, NULL until needed */
	struct sent_from *sends;
	struct kept **ring;         /* the last HOST_RING, while it may yet be recognised; NULL until needed */
	uint32_t ring_n, ring_room;
	uint64_t ring_at;            /* flows ever put in: those that are not there any more were dropped */
	struct hidden_dns *hidden;   /* NULL: none seen */
	struct asked *asked;         /* declared names it asked DNS for: cause dns */
};

struct device_address {
	struct addr addr;
	int64_t from, to;
	const char *how;
};

struct device {
	uint64_t order;              /* of creation */
	struct span id;
	struct addr addr;            /* its first */
	const struct site_device *entry;
	struct mac mac;
	struct device_address addresses[DEVICE_ADDRESSES];
	uint8_t addresses_n;
	struct mac macs[DEVICE_MACS];
	uint8_t macs_n;
	struct span names[DEVICE_NAMES];
	uint8_t names_n;
	struct binding *bindings[BINDING_PROFILES];
	struct tallies tallies[BINDING_PROFILES]; /* by binding, then rule */
	uint8_t bindings_n;
	uint8_t heads_n;             /* the first of them are its own profiles, the others what these use */
	char identified_by[96];
	uint8_t confidence;
	int64_t first, last;
	struct addr explained[8];    /* peers whose failure the cause dns explains: resolvers, made-up addresses */
	uint8_t explained_n;
	struct remarks remarks;
	struct undeclared *undeclared; /* table, oldest first */
	uint32_t undeclared_n;
	uint64_t undeclared_more;
	UT_hash_handle by_addr, by_mac;
};

struct devices {
	const struct policy *policy;
	struct names *names;
	struct hash_key key;
	struct host *hosts;          /* oldest first */
	uint32_t hosts_n, hosts_max;
	struct mac_use *mac_uses;
	struct pool host_pool, mac_pool, ups_pool, sends_pool, spells_pool, device_pool;
	struct rooms rings;          /* of hosts */
	struct tally_memory tallies;
	struct device *by_addr, *by_mac;
	struct device **all;         /* in order of creation */
	size_t all_n, all_room, all_max;
	uint64_t evicted;
	struct binding **anonymous;  /* every profile as an unknown host would hold it, by policy index */
};

int devices_init(struct devices *d, const struct policy *p, struct names *names);
void devices_free(struct devices *d);

/* The host of an address, made where it is new. NULL at the cap or for an address that is no host's (group, none). */
struct host *devices_host(struct devices *d, const struct addr *a, int64_t at);
/* The same, where the hash of the address is known. */
struct host *devices_host_by(struct devices *d, const struct addr *a, unsigned hash, int64_t at);
unsigned devices_hash(const struct devices *d, const struct addr *a);
struct host *devices_find(const struct devices *d, const struct addr *a);

/* What ARP, ND and DHCP say. */
void devices_bind(struct devices *d, const struct obs_host *o);

/* The device of a host: by the site, or recognised before. NULL where it is none. */
struct device *devices_of(struct devices *d, struct host *h, int64_t at);

/* Makes the host a device because it was recognised by `how`; adds the profile where it is one already. */
struct device *devices_recognise(struct devices *d, struct host *h, const struct profile *p, uint8_t confidence,
				 const char *how, int64_t at);

/* Where an entry comes from, in words: the site file, or the command line. */
const char *device_declared_by(const struct site_device *entry);

/* ARP, ND or DHCP spoke of it. */
bool devices_knows_mac(const struct devices *d, const struct mac *m);

/* True where the device holds the profile, by itself or through another. */
bool device_holds(const struct device *d, const struct profile *p);

/* Which of the device's bindings that is; they are its own, so it is always there. */
size_t device_binding(const struct device *d, const struct binding *b);

/* The other addresses of the MAC that a host's packets come from, where the address is not the MAC's own. */
size_t devices_behind(const struct devices *d, const struct mac *m, struct addr *out, size_t max);

/* What it learnt by DHCP; NULL: nothing. */
const struct learnt *host_learnt(const struct host *h);

/* A peer on the Internet answered it. */
void host_answered(struct devices *d, struct host *h, int64_t from, int64_t to);
void host_came_up(struct devices *d, struct host *h, const struct came_up *u);
void host_sent(struct devices *d, struct host *h, const struct sent_from *s);

/* Did the host send a datagram from that port to the peer within 120 s before, or to a group within 10 s? */
bool host_asked(const struct host *h, uint16_t port, const struct addr *peer, int64_t at);
bool sent_may_be_answered(const struct sent_from *s, uint16_t port, const struct addr *peer, int64_t at);

#endif
