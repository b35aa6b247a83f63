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
	FACT_HTTP,       /* one request with what was answered */
	FACT_SIP,        /* one SIP message */
	FACT_ENDPOINT,   /* an address and port where a further flow will be: SDP media, FTP data */
	FACT_RTP,        /* one RTP or RTCP stream, at the flow's end */
	FACT_IKE,        /* one IKE message */
	FACT_BANNER,     /* what a server says first: SSH, MySQL, FTP */
	FACT_AUTH,       /* credentials on the wire: that there are some and of which kind, never what they are */
	FACT_QUIC,       /* how a QUIC connection was set up, at the flow's end */
	FACT_KINDS
};

enum { FACT_ALPN = 4, FACT_NAMES = 16, FACT_CHAIN = 8, FACT_ANSWERS = 16, FACT_SERVERS = 4 };

struct fact_tls_client {
	uint16_t version;        /* the highest offered: supported_versions, else legacy_version; no GREASE; 0 not captured */
	uint16_t legacy_version;
	uint32_t quic;           /* the version of QUIC that carried it; 0: TLS over TCP */
	struct span sni;
	struct span alpn[FACT_ALPN];
	uint8_t alpns, alpn_more;
	bool ech;                /* encrypted_client_hello is there: the name may be an outer one, weak */
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
	uint32_t request;        /* FACT_BY_CLASSIFIER, till it is settled: the rest is owed; else 0 */
	struct span how;         /* "login-fingerprint", "client-hello" …; by the classifier "dpi", or "dpi-weak", which accuses nobody */
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

struct fact_http {
	struct span method, host;  /* Host field, or the authority of a CONNECT or absolute URI; with its port if written */
	struct span target;        /* path, at most 128 bytes; empty for CONNECT */
	bool connect, absolute;    /* sent to a proxy */
	uint16_t status;           /* 0: no answer seen */
	struct span location;
	struct span content_type;
	int64_t content_length;    /* -1: not said */
	bool empty;                /* the answer has no body */
};

struct fact_sip {
	bool response;
	uint16_t status;           /* of a response */
	struct span method;        /* of the request, or of CSeq */
	struct span call_id, branch; /* branch: of the topmost Via */
	struct span user_agent;
	struct addr via, contact;  /* where they are written as addresses; none else */
	uint16_t via_port, contact_port;
	uint32_t expires;          /* seconds; REGISTER */
};

struct fact_endpoint {
	struct span application;   /* who announces it: "SIP", "FTP" */
	struct span call_id;       /* SIP */
	struct span media;         /* "audio", "video"; empty for data connections */
	struct addr addr;
	uint16_t port, port_to;    /* a range; RTCP's own port is another fact */
	bool tcp, secure;          /* secure: SRTP */
	bool sends, receives;      /* as the announcer says of itself (sendrecv: both) */
	bool listens;              /* the announcer waits there; false: it says from where it will come */
};

struct fact_rtp {
	bool rtcp;
	uint32_t ssrc;
	uint8_t payload_type;
	uint32_t packets, lost, reordered; /* by sequence numbers of this side */
	int64_t first, last;
};

struct fact_ike {
	uint8_t version;           /* 1 or 2 */
	uint8_t exchange;          /* RFC 2408 / 7296 exchange type */
	bool response, nat_traversal; /* nat_traversal: on port 4500 behind four zero bytes */
	uint64_t initiator_spi, responder_spi;
	uint32_t message_id;
	/* Of the first proposal seen in clear; 0 unknown. Version 2: `hash` is the PRF, `auth` the integrity algorithm. */
	uint16_t encryption, hash, auth, group;
	uint16_t key_bits;
	uint32_t lifetime_s;
	uint16_t notify;           /* error or status type; 0 none */
};

struct fact_banner {
	struct span application;   /* "SSH", "MySQL", "FTP" */
	struct span text;          /* printable part, at most 128 bytes */
};

struct fact_auth {
	struct span application;   /* "HTTP", "LDAP", "FTP", "MQTT", "SIP" … */
	struct span mechanism;     /* "basic", "simple", "pass", "digest" */
	bool cleartext;            /* whoever reads the packets has the secret */
	bool to_proxy;
};

struct fact_quic {
	uint32_t version;          /* of the latest Initial that was read; 0: none was */
	uint32_t offered;          /* of the client's first packet */
	bool negotiated;           /* a version negotiation packet answered it */
	bool retry;                /* a genuine Retry did */
	uint32_t close;            /* error code of a CONNECTION_CLOSE that could be read; 0 none */
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
		struct fact_http http;
		struct fact_sip sip;
		struct fact_endpoint endpoint;
		struct fact_rtp rtp;
		struct fact_ike ike;
		struct fact_banner banner;
		struct fact_auth auth;
		struct fact_quic quic;
	};
};

#endif
