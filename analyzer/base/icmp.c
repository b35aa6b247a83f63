/* ICMP errors as one table. RFC 792, RFC 1122 (3.2.2.1), RFC 1812 (5.2.7.1), RFC 4443 (3). */
#include "base/icmp.h"

#include <stddef.h>

static const struct {
	uint8_t v6, type, code, meaning;
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
	{ 0, 4, 0, ICMP_OTHER, "source quench" },
	{ 0, 5, 0, ICMP_OTHER, "redirect for network" },
	{ 0, 5, 1, ICMP_OTHER, "redirect for host" },
	{ 0, 11, 0, ICMP_TTL, "time to live exceeded" },
	{ 0, 11, 1, ICMP_OTHER, "fragment reassembly time exceeded" },
	{ 0, 12, 0, ICMP_OTHER, "parameter problem" },
	{ 1, 1, 0, ICMP_UNREACHABLE, "no route to destination" },
	{ 1, 1, 1, ICMP_POLICY, "administratively prohibited" },
	{ 1, 1, 2, ICMP_UNREACHABLE, "beyond scope of source address" },
	{ 1, 1, 3, ICMP_UNREACHABLE, "address unreachable" },
	{ 1, 1, 4, ICMP_PORT, "port unreachable" },
	{ 1, 1, 5, ICMP_POLICY, "source address failed ingress/egress policy" },
	{ 1, 1, 6, ICMP_POLICY, "reject route to destination" },
	{ 1, 2, 0, ICMP_TOO_BIG, "packet too big" },
	{ 1, 3, 0, ICMP_TTL, "hop limit exceeded" },
	{ 1, 3, 1, ICMP_OTHER, "fragment reassembly time exceeded" },
	{ 1, 4, 0, ICMP_OTHER, "erroneous header field" },
	{ 1, 4, 1, ICMP_OTHER, "unrecognized next header" },
};

static int find(bool v6, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(ICMP) / sizeof(ICMP[0]); i++)
		if (ICMP[i].v6 == v6 && ICMP[i].type == type && ICMP[i].code == code)
			return (int)i;
	return -1;
}

enum icmp_meaning icmp_meaning(bool v6, uint8_t type, uint8_t code, uint8_t proto)
{
	enum { TCP = 6 };
	int i = find(v6, type, code);

	if (i < 0)
		return ICMP_NO_ERROR;
	if (ICMP[i].meaning == ICMP_PORT && proto == TCP)
		return ICMP_POLICY;
	return (enum icmp_meaning)ICMP[i].meaning;
}

const char *icmp_text(bool v6, uint8_t type, uint8_t code)
{
	int i = find(v6, type, code);
	return i < 0 ? "unknown ICMP message" : ICMP[i].text;
}
