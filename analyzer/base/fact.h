/*
 * Facts: what a dissector says of a flow's bytes. Spans point into the dissector's input and live as long as the call
 * that hands the fact over; who keeps a fact copies it. Lists have a fixed room; `more` counts what did not fit.
 * Strings are hostile: any byte may be in them.
 */
#ifndef PLUMBLINE_BASE_FACT_H
#define PLUMBLINE_BASE_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rd.h"

enum fact_kind {
	FACT_NONE,
	FACT_TLS_CLIENT, /* ClientHello */
	FACT_TLS_SERVER, /* ServerHello or HelloRetryRequest */
	FACT_TLS_CERT,   /* the server's leaf certificate; TLS 1.2 and below only */
	FACT_LABEL,      /* which application this is, and who says so */
	FACT_DNS,        /* one DNS message: the sensor makes transactions of them, they are not kept with the flow */
	FACT_DHCP,       /* one DHCP message: the sensor makes host observations of them */
	FACT_KINDS
};

enum { FACT_ALPN = 4, FACT_NAMES = 16, FACT_CHAIN = 8, FACT_ANSWERS = 16, FACT_SERVERS = 4 };

struct fact_tls_client {
	uint16_t version;        /* the highest offered: supported_versions, else legacy_version; no GREASE; 0 not captured */
	uint16_t legacy_version;
	struct span sni;
	struct span alpn[FACT_ALPN];
	uint8_t alpns, alpn_more;
	bool ech;                /* encrypted_client_hello is there: the name is the outer one, weak */
};

struct fact_tls_server {
	uint16_t version; /* negotiated; 0 where it was not captured */
	uint16_t cipher;  /* the same */
	struct span alpn; /* empty in TLS 1.3, where it is encrypted */
	bool retry;       /* HelloRetryRequest */
};

struct fact_tls_cert {
	struct span subject;      /* common name */
	struct span issuer;       /* common name, else organization */
	struct span issuer_org;
	struct span names[FACT_NAMES]; /* subjectAltName dNSName */
	uint8_t names_n;
	uint16_t names_more;      /* beyond the room; where the certificate was not captured to its end, at least one */
	int64_t not_before, not_after;
	uint16_t key_bits;        /* RSA modulus or curve size; 0 where unknown */
};

enum fact_source { FACT_BY_DISSECTOR, FACT_BY_CLASSIFIER };

struct fact_label {
	struct span application; /* a dissector's name as in dissectors.def ("TLS", "DNS", "MCS"), or nDPI's master protocol */
	enum fact_source source;
	struct span how;         /* "login-fingerprint", "client-hello" … */
};

struct fact_dns_answer {
	struct addr addr;
	uint32_t ttl;
};

struct fact_dns {
	uint16_t id, type; /* of the first question */
	uint8_t rcode;
	bool response, truncated;
	struct span name;                  /* first question, dots between labels, no final dot, lower case */
	struct span chain[FACT_CHAIN];     /* CNAME targets in order */
	uint8_t chain_n, chain_more;
	struct fact_dns_answer answers[FACT_ANSWERS]; /* A and AAAA */
	uint8_t answers_n;
	uint16_t answers_more;             /* beyond the room, and records of any type that were not captured */
};

struct fact_dhcp {
	uint32_t xid;
	uint8_t version;              /* 4 or 6 */
	uint8_t message;              /* option 53 (RFC 2132, 9.6) or the DHCPv6 message type */
	struct mac client;
	struct addr address;          /* yiaddr, else ciaddr, else requested (option 50), else the IA_NA address */
	struct addr server;
	struct addr resolvers[FACT_SERVERS], routers[FACT_SERVERS], ntp[FACT_SERVERS];
	uint8_t resolvers_n, routers_n, ntp_n;
	struct span host_name, vendor_class;
	uint32_t lease_s;
};

struct fact {
	enum fact_kind kind;
	uint8_t side; /* 0 initiator, 1 responder, as the flow is oriented when the fact is handed over */
	union {
		struct fact_tls_client tls_client;
		struct fact_tls_server tls_server;
		struct fact_tls_cert tls_cert;
		struct fact_label label;
		struct fact_dns dns;
		struct fact_dhcp dhcp;
	};
};

#endif
