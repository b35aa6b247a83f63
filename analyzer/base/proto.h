/* The IP protocol numbers that the code names (IANA, Assigned Internet Protocol Numbers). */
#ifndef PLUMBLINE_BASE_PROTO_H
#define PLUMBLINE_BASE_PROTO_H

enum {
	PROTO_ICMP = 1,
	PROTO_IGMP = 2,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
};

#endif
