/* Who is where: stations by ARP, neighbour discovery and DHCP, and addresses that were asked for in vain. */
#ifndef PLUMBLINE_SENSOR_HOST_H
#define PLUMBLINE_SENSOR_HOST_H

#include "base/fact.h"
#include "base/pool.h"
#include "base/table.h"
#include "packet/packet.h"
#include "record/obs.h"
#include "sensor/cite.h"

struct host;
struct dhcp_client;

struct hosts {
	struct host *table; /* oldest first */
	struct dhcp_client *clients;
	struct host *asked, *asked_tail; /* who-has without an answer, by its newest question */
	struct hash_key hash;
	struct pool pool, client_pool;
	struct obs_sink sink;
	struct obs *out;
	uint64_t evicted;
};

void hosts_init(struct hosts *t, uint32_t max, struct obs_sink sink, struct obs *out);
void hosts_free(struct hosts *t);
/* An ARP or neighbour discovery message. */
void host_neighbour(struct hosts *t, const struct packet *p, const struct cite *c);
void host_dhcp(struct hosts *t, const struct fact_dhcp *d, const struct cite *c);
/* Says the who-has that nobody answered for 10 s. */
void hosts_expire(struct hosts *t, int64_t now);
void hosts_flush(struct hosts *t);

#endif
