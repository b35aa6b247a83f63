/*
 * What a device is documented to need: profiles, and the site that says who is which device. DESIGN: profiles and sites.
 *
 * Everything lives in one arena of the policy that loaded it, is immutable after loading and const everywhere. Spans are
 * UTF-8 text from the YAML, with a NUL behind them. Every element keeps the file and line it came from.
 */
#ifndef PLUMBLINE_PROFILE_MODEL_H
#define PLUMBLINE_PROFILE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rd.h"

struct mark {
	const char *file;
	unsigned line, column; /* from 1 */
};

struct texts {
	struct span *v;
	uint32_t n;
};

enum transport {
	TRANSPORT_TCP = 1,
	TRANSPORT_UDP = 2,
	TRANSPORT_ICMP = 4, /* also ICMPv6: ND and MLD are in it */
	TRANSPORT_ESP = 8,
	TRANSPORT_GRE = 16,
	TRANSPORT_IGMP = 32,
	TRANSPORT_ANY = 63
};
enum family { FAMILY_V4 = 1, FAMILY_V6 = 2, FAMILY_ANY = 3 };
enum rule_initiator { INITIATOR_DEVICE, INITIATOR_PEER, INITIATOR_EITHER };
enum rule_reply { REPLY_EXPECTED, REPLY_NONE, REPLY_UNKNOWN };
enum rule_up { UP_DATA, UP_TLS_FINISHED, UP_APP_REPLY, UP_LOGIN };
enum rule_need { RULE_REQUIRED, RULE_RECOMMENDED, RULE_OPTIONAL, RULE_ALLOWED, RULE_FORBIDDEN };
enum rule_scope { SCOPE_ANY, SCOPE_INTERNET, SCOPE_PRIVATE, SCOPE_LINK };
enum vantage { VANTAGE_UNKNOWN, VANTAGE_INSIDE, VANTAGE_OUTSIDE, VANTAGE_DEVICE };

/* A set of ports: sorted, disjoint ranges. `any`: no range was given on purpose. parameter: index in the profile, or -1. */
struct port_range {
	uint16_t from, to;
};
struct ports {
	const struct port_range *v;
	uint32_t n;
	bool any;
	int parameter;
};

/* A dated list of prefixes: from the profile, or from a file beside it. */
struct address_set {
	struct mark mark;
	struct span id;
	struct prefix *v; /* sorted by address, then length */
	uint32_t *up;     /* by index: 1 + the nearest prefix around it, or 0 */
	uint32_t n;
	struct span file; /* where the prefixes come from; empty: the profile itself */
	struct span stands_for; /* the service that lives there, for a set named by never_in */
	int64_t as_of;    /* 0: undated */
	int64_t max_age;  /* ns; 0: none */
	bool shared;      /* strangers live in it too */
};

/*
 * A number of `expect` and what it rests on. With a parameter (its index, else -1) the number comes from the site:
 * match_expect() gives it for a binding.
 */
struct expectation {
	int64_t value; /* ns; 0: not set */
	int parameter;
	struct span source;
};

/* `when`: alternatives of conjunctions. kind says whether `name` is a choice (value to equal) or a feature (yes or no). */
struct condition {
	enum condition_kind { CONDITION_CHOICE, CONDITION_FEATURE } kind;
	uint32_t index; /* of the choice or feature in the profile */
	uint32_t value; /* option index, or 0 no, 1 yes */
};
struct conjunction {
	struct condition *v;
	uint32_t n;
};

struct hostset;

struct peer_spec {
	struct texts hosts;          /* host patterns, as written */
	const struct hostset *names; /* the same, for fast lookup */
	struct prefix *addresses;    /* exact addresses and prefixes written in the rule, sorted as in a set */
	uint32_t *addresses_up;
	uint32_t addresses_n;
	const struct address_set **sets;
	uint32_t sets_n;
	/* Where the hosts are documented to live, and where never: neither makes a match, both are held against a match. */
	const struct address_set **located_in, **never_in;
	uint32_t located_in_n, never_in_n;
	uint32_t *parameters;        /* indexes of parameters that name the peer */
	uint32_t parameters_n;
	struct span profile;         /* a device of this site that holds that profile */
	struct texts announced;      /* applications whose control flow named the endpoint: SIP its media, FTP its data */
	enum { GROUP_ANY, GROUP_SAME, GROUP_OTHER } group;
	enum rule_scope scope;       /* a condition: any peer of that scope */
	bool broadcast, multicast, any, resolvers; /* resolvers: the device's own, from DHCP or the site */
	bool declared_tls;           /* any peer that another rule of the device takes for TLS on TCP 443: QUIC */
};

struct rule {
	/* by these most flows do not fit, see match_may(); so they stand first */
	uint64_t port_bits;          /* bit p % 64 for each of `ports`; all where these do not say */
	unsigned transports;         /* enum transport bits */
	struct mark mark;
	uint32_t index;              /* in its profile, file order */
	struct span id, service, purpose, denied_means, remedy, group;
	struct texts cites;
	struct conjunction *when;    /* any of them; n 0: always */
	uint32_t when_n;
	enum rule_initiator initiator;
	unsigned families;           /* enum family bits */
	struct ports ports, device_ports, peer_ports; /* responder's; a fixed side's */
	bool answer_ports;           /* the answer may come from, or go to, another port */
	struct peer_spec peers;
	enum rule_scope peer_must_be;
	enum rule_reply reply;
	struct texts applications;
	struct port_range *status;   /* status codes that are right answers, as written; n 0: not checked */
	uint32_t status_n;
	uint16_t tls_min;            /* 0x0303 …; 0: not checked */
	struct texts tls_issuers;
	enum rule_up up;
	enum rule_need need;
	struct expectation every, within, silent_up_to, min_idle_timeout, answered_within;
	struct span after;           /* rule id or event name that `within` counts from */
	uint32_t *hidden_in;         /* features */
	uint32_t hidden_in_n;
	bool tls_443;                /* takes TLS on TCP 443, so QUIC to the same peer is no surprise */
	bool all_ports;              /* no port restricts it: any, or not given */
	uint32_t port_count;         /* how many ports it takes: fewer is more specific */
};

enum parameter_kind { PARAM_ADDRESS, PARAM_PREFIX, PARAM_HOST, PARAM_ENDPOINT, PARAM_PORT, PARAM_DURATION, PARAM_SERVER };

/* One value of a parameter; what is set depends on the kind. */
struct parameter_value {
	struct prefix prefix; /* ADDRESS, PREFIX, ENDPOINT and SERVER by address */
	struct span host;     /* HOST, ENDPOINT and SERVER by name */
	uint16_t port, port_to; /* ENDPOINT, PORT (a range) */
	int64_t duration;     /* DURATION, ns */
};

struct parameter {
	struct mark mark;
	struct span id, help;
	enum parameter_kind kind;
	bool list;
	bool has_default;
	struct parameter_value *defaults;
	uint32_t defaults_n;
	enum { FROM_DHCP_NO, FROM_DHCP_RESOLVERS, FROM_DHCP_ROUTERS, FROM_DHCP_NTP, FROM_DHCP_SERVER } from_dhcp;
};

struct feature {
	struct mark mark;
	struct span id, help;
	int by_parameter;     /* yes when that parameter is given; -1: none */
};

struct choice {
	struct mark mark;
	struct span id;
	struct texts options;
};

struct source {
	struct mark mark;
	struct span id, title, number, date, url;
};

struct note {
	struct mark mark;
	struct span text, reason;
	struct texts cites;
};

struct identify {
	struct texts oui;             /* "00:90:7a" */
	struct texts hostnames;       /* DHCP host name patterns; * matches any run */
	struct texts vendor_classes;
	uint32_t *signature_rules;    /* indexes of rules */
	uint32_t signature_rules_n;
};

struct profile {
	struct mark mark;
	struct span id, title;
	struct source *sources;
	uint32_t sources_n;
	const struct profile **uses;  /* resolved, itself not among them, depth first, each once */
	uint32_t uses_n;
	uint8_t undeclared_severity;  /* 0 info … 3 high, as record/result.h has them; 255: not said, low */
	struct span undeclared_why;
	struct parameter *parameters;
	uint32_t parameters_n;
	struct feature *features;
	uint32_t features_n;
	struct choice *choices;
	uint32_t choices_n;
	struct address_set *sets;
	uint32_t sets_n;
	struct identify identify;
	struct rule *rules;
	uint32_t rules_n;
	const struct hostset *names;  /* `hosts` of all rules */
	struct note *notes;
	uint32_t notes_n;
};

/* What the site, or --set, says of one parameter. */
struct setting {
	struct mark mark;
	struct span name;
	struct span raw; /* as written, list items joined by "," */
};

struct pick { /* a choice or feature fixed by the site */
	struct mark mark;
	struct span name, value;
};

struct site_device {
	struct mark mark;
	struct span name, group;
	bool has_prefix, has_mac, has_oui;
	struct prefix prefix;      /* one address: all bits */
	struct mac mac;            /* OUI: first three bytes */
	struct texts profiles;     /* ids; empty exempts */
	bool many;                 /* a NAT: many stations behind it */
	struct setting *settings;
	uint32_t settings_n;
	struct pick *choices, *features;
	uint32_t choices_n, features_n;
};

struct site_ignore {
	struct mark mark;
	unsigned transports; /* 0: any */
	struct ports ports;
	struct prefix *peers;
	uint32_t peers_n;
	struct span why;
};

struct site {
	struct mark mark;
	struct span id;
	enum vantage vantage;
	struct prefix *networks;
	uint32_t networks_n;
	struct setting *settings;
	uint32_t settings_n;
	struct site_device *devices;
	uint32_t devices_n;
	struct site_ignore *ignores;
	uint32_t ignores_n;
};

#endif
