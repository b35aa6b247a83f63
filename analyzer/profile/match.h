/*
 * Matching a flow against the rules of a profile as a device holds it. A flow satisfies every rule it fits; its headline
 * is the most specific: carried name > exact address > host pattern > longest prefix > set > parameter > any; then what
 * forbids; then fewer ports; then file order. DESIGN: profiles and sites, names.
 */
#ifndef PLUMBLINE_PROFILE_MATCH_H
#define PLUMBLINE_PROFILE_MATCH_H

#include "profile/policy.h"

enum { MATCH_NAMES = 8, MATCH_RESOLVERS = 8 };

/* A flow as one of its ends sees it. Names are hostile bytes. */
struct match_flow {
	unsigned transport;          /* one bit of enum transport */
	struct addr device, peer;
	uint16_t device_port, peer_port;
	enum rule_initiator initiator; /* DEVICE, PEER; EITHER where it is not known */
	struct span carried;         /* SNI, Host, CONNECT target; empty: none */
	struct span names[MATCH_NAMES]; /* the device's own DNS names for the peer; only where none is carried */
	uint8_t names_n;
	bool names_ambiguous;        /* more than one look-up could be meant, or they are weak */
	struct span application;     /* label; empty unknown */
	bool group_address;          /* peer is multicast or broadcast (also a subnet's, by link-layer address) */
	bool peer_resolver;          /* peer is one of the device's own resolvers, from DHCP, the site or use */
	bool logical;                /* inside a proxy: addresses are not checked */
	/* profiles that the peer holds where it is a device of this site, and whether its group is the device's */
	struct span peer_profiles[MATCH_NAMES];
	uint8_t peer_profiles_n;
	bool peer_same_group;
	bool peer_other_group;       /* both have a group, and they differ */
	/* applications whose control flow announced the peer's endpoint here, or the device's own (SDP, PASV, PORT) */
	struct span announced_by[MATCH_NAMES];
	uint8_t announced_by_n;
};

/* By what a rule's peer was met; the order is the specificity, most specific last. */
enum match_by { BY_NOTHING, BY_ANY, BY_PARAMETER, BY_SET, BY_PREFIX, BY_HOST, BY_ADDRESS, BY_CARRIED };

/* The first thing that did not fit. */
enum match_miss {
	MISS_NONE,
	MISS_WHEN,       /* another choice or a feature that is off */
	MISS_TRANSPORT,
	MISS_INITIATOR,
	MISS_PORT,
	MISS_NAME,       /* the flow carries a name the rule does not declare, and only a name or a shared set would hold */
	MISS_PEER,
	MISS_SCOPE,      /* peer_must_be */
	MISS_FAMILY,     /* IPv4 where the rule means IPv6, or the other way round */
	MISS_UNBOUND,    /* only an unset parameter stands between: would match if it were the peer */
};
const char *match_miss_text(enum match_miss m);

struct match_hit {
	const struct binding *binding;
	const struct rule *rule;
	enum match_by by;
	uint8_t bits;            /* prefix length of BY_PREFIX and BY_SET; how closely the name fits of BY_HOST and BY_CARRIED */
	uint32_t ports;          /* how many ports the rule takes: fewer is more specific */
	bool ambiguous;          /* only by an ambiguous or weak name */
	bool declares_addresses; /* the rule lists addresses or unshared sets … */
	bool address_declared;   /* … and one of them holds the peer (shared sets count here) */
	bool declares_shared;    /* the rule lists shared sets, or says where its hosts live (located_in) */
	const struct address_set *never; /* the peer is in a set where this service never lives (never_in), or NULL */
	/*
	 * Matched as an answer: a datagram that the peer sent first, which an answer_ports rule of the device takes where the
	 * device asked before. Whether it did is for the caller to know.
	 */
	bool by_group_port;
};

/* False where the flow's transport or its ports alone keep it from fitting the rule, whoever its ends are: at once. */
static inline bool match_may(const struct rule *r, const struct match_flow *f)
{
	if (!(r->transports & f->transport))
		return false;
	if (!(f->transport & (TRANSPORT_TCP | TRANSPORT_UDP)))
		return true;
	return (r->port_bits >> f->peer_port % 64 | r->port_bits >> f->device_port % 64) & 1;
}

/*
 * One rule: MISS_NONE and *ret_h set where it fits; *ret_h is set with MISS_SCOPE too, as what it would be. `bindings` are all that the device holds: a shared set holds against
 * a carried name only where some rule of theirs declares it, and peers.declared_tls asks all of them.
 */
enum match_miss match_rule_among(const struct binding *const *bindings, size_t n, const struct binding *b,
				 const struct rule *r, const struct match_flow *f, struct match_hit *ret_h);

/* The same, where the device holds nothing but `b`. */
enum match_miss match_rule(const struct binding *b, const struct rule *r, const struct match_flow *f, struct match_hit *ret_h);

/* All rules of the bindings; hits sorted, headline first; returns how many, at most max. */
size_t match_all(const struct binding *const *bindings, size_t n, const struct match_flow *f, struct match_hit *hits,
		 size_t max);

/* The rule of the bindings that declares the name most closely (with whatever ports), or NULL: used for DNS findings. */
const struct rule *match_name(const struct binding *const *bindings, size_t n, struct span name,
			      const struct binding **ret_b);

/*
 * Whether the address is in the rule's own addresses, sets or located_in, and in none of never_in. *ret_shared_only: only
 * a shared set or located_in has it.
 */
bool match_address(const struct rule *r, const struct addr *a, bool *ret_shared_only);

/* Is the rule in force for the binding: YES, NO, UNKNOWN while a choice or feature is open. */
enum tri match_when(const struct binding *b, const struct rule *r);

/* A number of `expect` for this device, ns; 0 where it is not set. */
int64_t match_expect(const struct binding *b, const struct expectation *e);

/*
 * For an unbound rule that would match with this peer: writes "sam_server=10.1.0.20", what --set and a site take. Where
 * several parameters are unset it is the first that matters. False where it does not apply.
 */
bool match_would_bind(const struct binding *b, const struct rule *r, const struct match_flow *f, char *ret, size_t n);

/*
 * For a rule that names its peer by profile and would match if this peer held it: writes "10.1.0.40=cam-manager", what
 * --device takes. False where it does not apply, or the rule says too little of ports to mean this flow.
 */
bool match_would_be(const struct binding *b, const struct rule *r, const struct match_flow *f, char *ret, size_t n);

/* True where parameters that nobody set are all that names the rule's peer, or its port. */
bool match_is_unbound(const struct binding *b, const struct rule *r);

/* Is it an answer that the rule's service gives? True for all where the rule says nothing of it. */
bool match_answer_status(const struct rule *r, unsigned status);

#endif
