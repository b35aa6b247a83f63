/*
 * Network addresses. One form for both families: 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2), so keys
 * need no family and a prefix is a number of leading bits. All zeros, "::", also stands for "none".
 */
#ifndef PLUMBLINE_BASE_ADDR_H
#define PLUMBLINE_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

struct addr {
	uint8_t b[16];
};

struct mac {
	uint8_t b[6];
};

/* bits counts from the front of the 16 bytes: an IPv4 /24 has 96 + 24. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

/* Where an address lives. PRIVATE is RFC 1918, RFC 6598 (100.64/10) and ULA (RFC 4193); a site may add networks. */
enum addr_scope {
	ADDR_UNSPECIFIED,
	ADDR_LOOPBACK,
	ADDR_LINK,      /* 169.254/16, fe80::/10 */
	ADDR_MULTICAST,
	ADDR_BROADCAST, /* 255.255.255.255; a subnet's broadcast cannot be known from the address */
	ADDR_PRIVATE,
	ADDR_RESERVED,  /* 0/8, 192.0.2/24 and its kin, 240/4: documentation and unassigned space */
	ADDR_INTERNET,
};

enum { ADDR_TEXT = 46, PREFIX_TEXT = 50, MAC_TEXT = 18 };

struct addr addr_v4(uint32_t host_order);
struct addr addr_v6(const uint8_t bytes[16]);

/* The next 4 or 16 bytes of r; zeros after a failure. */
struct addr addr_read_v4(struct rd *r);
struct addr addr_read_v6(struct rd *r);

bool addr_is_v4(const struct addr *a);
bool addr_is_none(const struct addr *a);
bool addr_eq(const struct addr *a, const struct addr *b);
int addr_cmp(const struct addr *a, const struct addr *b);
/* The IPv4 address as a host-order number; only where addr_is_v4(). */
uint32_t addr_as_v4(const struct addr *a);
enum addr_scope addr_scope(const struct addr *a);

/* True and *ret_a set where the whole text is one address. IPv6 text of a mapped address is the IPv4 address. */
bool addr_parse(struct span text, struct addr *ret_a);

/* Writes the address (RFC 5952) with a NUL; returns the length without it. */
size_t addr_format(const struct addr *a, char out[ADDR_TEXT]);

/* "192.0.2.0/24", "2001:db8::/32" or a bare address (all bits). False where it is neither or has bits below the prefix. */
bool prefix_parse(struct span text, struct prefix *ret_p);
size_t prefix_format(const struct prefix *p, char out[PREFIX_TEXT]);
bool prefix_has(const struct prefix *p, const struct addr *a);
/* The length as people write it: 24, not 120. */
unsigned prefix_length(const struct prefix *p);

bool mac_parse(struct span text, struct mac *ret_m);
size_t mac_format(const struct mac *m, char out[MAC_TEXT]);
bool mac_eq(const struct mac *a, const struct mac *b);
bool mac_is_none(const struct mac *m);
/* Group bit (IEEE 802-2014, 8.2): multicast and broadcast. */
bool mac_is_group(const struct mac *m);
/* Locally administered: no OUI can be read from it. */
bool mac_is_local(const struct mac *m);

#endif
