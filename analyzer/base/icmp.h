/* What an ICMP or ICMPv6 error says of the flow whose packet it quotes: RFC 792, 1122, 1812, 4443. */
#ifndef PLUMBLINE_BASE_ICMP_H
#define PLUMBLINE_BASE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

enum icmp_meaning {
	ICMP_NO_ERROR,
	ICMP_UNREACHABLE, /* no route, host unreachable, address unreachable … */
	ICMP_PORT,        /* nothing listens there */
	ICMP_POLICY,      /* somebody forbids it */
	ICMP_TOO_BIG,
	ICMP_TTL,
	ICMP_OTHER,       /* source quench, parameter problem, redirect */
};

/*
 * proto is that of the quoted packet: a port unreachable about TCP is policy, since a host answers TCP with a reset and
 * packet filters reject with this code by default.
 */
enum icmp_meaning icmp_meaning(bool v6, uint8_t type, uint8_t code, uint8_t proto);

/* "3/13 communication administratively prohibited"; the words only, for people. Never NULL. */
const char *icmp_text(bool v6, uint8_t type, uint8_t code);

#endif
