/*
 * ICMP errors as one table. RFC 792, RFC 1122 (3.2.2.1), RFC 1812 (5.2.7.1), RFC 4443 (3); codes of ICMPv6 that
 * came later: RFC 6554, 7112, 8883.
 */
#include "base/icmp.h"

#include <stddef.h>

#include "base/proto.h"

enum { ANY = -1, V6_INFORMATIONAL = 128 };

/* The first line that fits holds: a code that nobody defined is still an error of its type. */
static const struct {
	uint8_t v6, type;
	int16_t code;
	uint8_t meaning;
	const char *text;
} ICMP[] = {
	{ 0, 3, 0, ICMP_UNREACHABLE, "network unreachable" },
	{ 0, 3, 1, ICMP_UNREACHABLE, "host unreachable" },
	{ 0, 3, 2, ICMP_UNREACHABLE, "protocol unreachable" },
	{ 0, 3, 3, ICMP_PORT, "port unreachable" },
	{ 0, 3, 4, ICMP_TOO_BIG, "fragmentation needed" },
	{ 0, 3, 5, ICMP_UNREACHABLE, "source route failed" },
	{ 0, 3, 6, ICMP_UNREACHABLE, "destination network unknown" },
	{ 0, 3, 7, ICMP_UNREACHABLE, "destination host unknown" },
	{ 0, 3, 8, ICMP_UNREACHABLE, "source host isolated" },
	{ 0, 3, 9, ICMP_POLICY, "network administratively prohibited" },
	{ 0, 3, 10, ICMP_POLICY, "host administratively prohibited" },
	{ 0, 3, 11, ICMP_UNREACHABLE, "network unreachable for this type of service" },
	{ 0, 3, 12, ICMP_UNREACHABLE, "host unreachable for this type of service" },
	{ 0, 3, 13, ICMP_POLICY, "communication administratively prohibited" },
	{ 0, 3, 14, ICMP_OTHER, "host precedence violation" },
	{ 0, 3, 15, ICMP_OTHER, "precedence cutoff in effect" },
	{ 0, 3, ANY, ICMP_OTHER, "destination unreachable" },
	{ 0, 4, ANY, ICMP_OTHER, "source quench" },
	{ 0, 5, 0, ICMP_OTHER, "redirect for network" },
	{ 0, 5, 1, ICMP_OTHER, "redirect for host" },
	{ 0, 5, ANY, ICMP_OTHER, "redirect" },
	{ 0, 11, 0, ICMP_TTL, "time to live exceeded" },
	{ 0, 11, 1, ICMP_OTHER, "fragment reassembly time exceeded" },
	{ 0, 11, ANY, ICMP_OTHER, "time exceeded" },
	{ 0, 12, ANY, ICMP_OTHER, "parameter problem" },
	{ 1, 1, 0, ICMP_UNREACHABLE, "no route to destination" },
	{ 1, 1, 1, ICMP_POLICY, "administratively prohibited" },
	{ 1, 1, 2, ICMP_UNREACHABLE, "beyond scope of source address" },
	{ 1, 1, 3, ICMP_UNREACHABLE, "address unreachable" },
	{ 1, 1, 4, ICMP_PORT, "port unreachable" },
	{ 1, 1, 5, ICMP_POLICY, "source address failed ingress/egress policy" },
	{ 1, 1, 6, ICMP_POLICY, "reject route to destination" },
	{ 1, 1, 7, ICMP_OTHER, "error in source routing header" },
	{ 1, 1, 8, ICMP_OTHER, "headers too long" },
	{ 1, 1, ANY, ICMP_OTHER, "destination unreachable" },
	{ 1, 2, ANY, ICMP_TOO_BIG, "packet too big" }, /* the code is to be ignored: RFC 4443, section 3.2 */
	{ 1, 3, 0, ICMP_TTL, "hop limit exceeded" },
	{ 1, 3, 1, ICMP_OTHER, "fragment reassembly time exceeded" },
	{ 1, 3, ANY, ICMP_OTHER, "time exceeded" },
	{ 1, 4, 0, ICMP_OTHER, "erroneous header field" },
	{ 1, 4, 1, ICMP_OTHER, "unrecognized next header" },
	{ 1, 4, 2, ICMP_OTHER, "unrecognized option" },
	{ 1, 4, 3, ICMP_OTHER, "first fragment without the whole header chain" },
	{ 1, 4, ANY, ICMP_OTHER, "parameter problem" },
};

static int find(bool v6, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(ICMP) / sizeof(ICMP[0]); i++)
		if (ICMP[i].v6 == v6 && ICMP[i].type == type && (ICMP[i].code == code || ICMP[i].code == ANY))
			return (int)i;
	return -1;
}

enum icmp_meaning icmp_meaning(bool v6, uint8_t type, uint8_t code, uint8_t proto)
{
	int i = find(v6, type, code);

	if (i < 0) /* RFC 4443, section 2.4 (a): an unknown error is an error */
		return v6 && type < V6_INFORMATIONAL ? ICMP_OTHER : ICMP_NO_ERROR;
	if (ICMP[i].meaning == ICMP_PORT && proto == PROTO_TCP)
		return ICMP_POLICY;
	return (enum icmp_meaning)ICMP[i].meaning;
}

const char *icmp_text(bool v6, uint8_t type, uint8_t code)
{
	int i = find(v6, type, code);
	return i < 0 ? "unknown ICMP message" : ICMP[i].text;
}
