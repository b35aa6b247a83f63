/*
 * The keys of profiles and sites.
 *
 * `expect` holds numbers that accuse, so each must rest on something: `every: 15m` rests on the rule's first cite,
 * `every: {value: 15m, cites: fcm-network}` on its own, `every: $heartbeat` on what the site says.
 */
#include "profile/schema.h"

#define ONE .outer = SHAPE_ONE, .inner = SHAPE_ONE
#define LIST .outer = SHAPE_LIST, .inner = SHAPE_ONE
#define ONE_OR_LIST .outer = SHAPE_ONE_OR_LIST, .inner = SHAPE_ONE
#define NAMED .outer = SHAPE_ONE, .named = true, .inner = SHAPE_ONE
#define MUST .required = true

static const struct schema_value TEXT = { "a text", NULL, scalar_check_text };
static const struct schema_value ID = { "a name", NULL, scalar_check_id };
static const struct schema_value BOOL = { "true or false", SCALAR_BOOLS, NULL };
static const struct schema_value YESNO = { "yes or no", SCALAR_YESNO, NULL };
static const struct schema_value FORMAT = { "1", SCALAR_FORMATS, NULL };
static const struct schema_value INITIATOR = { "device, peer or either", SCALAR_INITIATORS, NULL };
static const struct schema_value TRANSPORT = { "tcp, udp, icmp, igmp, esp, gre or any", SCALAR_TRANSPORTS, NULL };
static const struct schema_value REPLY = { "expected, none or unknown", SCALAR_REPLIES, NULL };
static const struct schema_value UP = { "data, tls-finished, app-reply or login", SCALAR_UPS, NULL };
static const struct schema_value NEED = { "required, recommended, optional, allowed or forbidden", SCALAR_NEEDS, NULL };
static const struct schema_value SCOPE = { "internet, private or link", SCALAR_SCOPES, NULL };
static const struct schema_value GROUP = { "same or other", SCALAR_GROUPS, NULL };
static const struct schema_value TLS_VERSION = { "\"1.0\", \"1.1\", \"1.2\" or \"1.3\"", SCALAR_TLS, NULL };
static const struct schema_value KIND = { "address, prefix, host, server, endpoint, port or duration",
	                                  SCALAR_KINDS, NULL };
static const struct schema_value DHCP = { "resolvers, routers, ntp or server", SCALAR_DHCP, NULL };
static const struct schema_value SEVERITY = { "info, low, medium or high", SCALAR_SEVERITIES, NULL };
static const struct schema_value VANTAGE = { "inside, outside, device or unknown", SCALAR_VANTAGES, NULL };
static const struct schema_value PORT = { "a port, a range, any or $parameter", NULL, scalar_check_port };
static const struct schema_value STATUS = { "a status code or range", NULL, scalar_check_status };
static const struct schema_value FAMILY = { "ipv4 or ipv6", SCALAR_FAMILIES, NULL };
static const struct schema_value PREFIX = { "an address or prefix", NULL, scalar_check_prefix };
static const struct schema_value HOST = { "a host pattern", NULL, scalar_check_host };
static const struct schema_value DURATION = { "a duration", NULL, scalar_check_duration };
static const struct schema_value DATE = { "a date", NULL, scalar_check_date };
static const struct schema_value OUI = { "an OUI", NULL, scalar_check_oui };
static const struct schema_value MAC = { "a MAC address or OUI", NULL, scalar_check_mac };
static const struct schema_value FILE_NAME = { "a file name", NULL, scalar_check_file };

static const struct schema_key SOURCE_KEYS[] = {
	{ "title", ONE, MUST, .value = &TEXT, .meaning = "what the document is called" },
	{ "number", ONE, .value = &TEXT, .meaning = "its number or revision" },
	{ "date", ONE, .value = &TEXT, .meaning = "its date" },
	{ "url", ONE, .value = &TEXT, .meaning = "where it was read" },
	{ 0 },
};
static const struct schema SOURCE = { "a source", SOURCE_KEYS };

static const struct schema_key UNDECLARED_KEYS[] = {
	{ "severity", ONE, MUST, .value = &SEVERITY,
	  .meaning = "how bad traffic is that no rule declares; low by default" },
	{ "why", ONE, .value = &TEXT, .meaning = "why that is so" },
	{ 0 },
};
static const struct schema UNDECLARED = { "undeclared", UNDECLARED_KEYS };

static const struct schema_key PARAMETER_KEYS[] = {
	{ "kind", ONE, MUST, .value = &KIND, .meaning = "what its value is" },
	{ "list", ONE, .value = &BOOL, .meaning = "whether it may have several values" },
	{ "help", ONE, MUST, .value = &TEXT, .meaning = "what the site is asked for" },
	{ "default", ONE_OR_LIST, .value = &TEXT, .meaning = "the value where the site gives none" },
	{ "from_dhcp", ONE, .value = &DHCP,
	  .meaning = "what the device's own DHCP answer gives, where the site gives none" },
	{ 0 },
};
static const struct schema PARAMETER = { "a parameter", PARAMETER_KEYS };

static const struct schema_key FEATURE_KEYS[] = {
	{ "help", ONE, MUST, .value = &TEXT, .meaning = "what is in use where it is yes" },
	{ "parameter", ONE, .value = &ID, .meaning = "a parameter: where it is given, the feature is in use" },
	{ 0 },
};
static const struct schema FEATURE = { "a feature", FEATURE_KEYS };

static const struct schema_key ADDRESS_SET_KEYS[] = {
	{ "as_of", ONE, .value = &DATE, .meaning = "the date of the prefixes; in a file: a line \"as_of: DATE\"" },
	{ "max_age", ONE, .value = &DURATION, .meaning = "how old the list may become" },
	{ "shared", ONE, .value = &BOOL, .meaning = "true where strangers live there too" },
	{ "prefixes", LIST, .value = &PREFIX, .meaning = "the addresses and prefixes" },
	{ "file", ONE, .value = &FILE_NAME, .meaning = "a file beside the profile with one prefix a line" },
	{ "stands_for", ONE, .value = &TEXT, .meaning = "the service that lives there, for never_in" },
	{ 0 },
};
static const struct schema ADDRESS_SET = { "an address set", ADDRESS_SET_KEYS };

static const struct schema_key IDENTIFY_KEYS[] = {
	{ "oui", LIST, .value = &OUI, .meaning = "the makers' MAC prefixes" },
	{ "hostnames", LIST, .value = &TEXT, .meaning = "DHCP host names; * stands for any run of characters" },
	{ "vendor_classes", LIST, .value = &TEXT, .meaning = "DHCP vendor classes; * as above" },
	{ "signature_rules", LIST, .value = &ID, .meaning = "rules whose traffic gives the device away" },
	{ 0 },
};
static const struct schema IDENTIFY = { "identify", IDENTIFY_KEYS };

static const struct schema_key PEERS_KEYS[] = {
	{ "hosts", LIST, .value = &HOST, .meaning = "host names and patterns" },
	{ "addresses", LIST, .value = &PREFIX, .meaning = "addresses and prefixes" },
	{ "sets", LIST, .value = &ID, .meaning = "address sets" },
	{ "located_in", LIST, .value = &ID,
	  .meaning = "address sets that the hosts are documented to live in; no match by themselves" },
	{ "never_in", LIST, .value = &ID, .meaning = "address sets where the service never lives" },
	{ "parameter", ONE_OR_LIST, .value = &ID, .meaning = "parameters that name the peer" },
	{ "profile", ONE, .value = &ID, .meaning = "a device of this site that holds the profile" },
	{ "group", ONE, .value = &GROUP, .meaning = "that device is in the same group, or both have one and it is another" },
	{ "announced", LIST, .value = &TEXT,
	  .meaning = "an endpoint that another flow of the device named: applications, as SIP or FTP" },
	{ "scope", ONE, .value = &SCOPE, .meaning = "any peer that lives there" },
	{ "broadcast", ONE, .value = &BOOL, .meaning = "broadcast addresses" },
	{ "multicast", ONE, .value = &BOOL, .meaning = "multicast addresses" },
	{ "any", ONE, .value = &BOOL, .meaning = "any peer" },
	{ "resolvers", ONE, .value = &BOOL, .meaning = "the device's own DNS servers" },
	{ "declared_tls", ONE, .value = &BOOL,
	  .meaning = "any peer that another rule of the device takes for TLS on TCP 443" },
	{ 0 },
};
const struct schema SCHEMA_PEERS = { "peers", PEERS_KEYS };

static const struct schema_key TLS_KEYS[] = {
	{ "min", ONE, .value = &TLS_VERSION, .meaning = "the oldest version that is right" },
	{ "issuers", LIST, .value = &TEXT,
	  .meaning = "whose name or organisation the certificate's issuer begins with" },
	{ 0 },
};
static const struct schema TLS = { "tls", TLS_KEYS };

static const struct schema_key NUMBER_KEYS[] = {
	{ "value", ONE, MUST, .value = &DURATION, .meaning = "the number" },
	{ "cites", ONE, MUST, .value = &TEXT, .meaning = "the statement it rests on" },
	{ 0 },
};
static const struct schema NUMBER = { "a number", NUMBER_KEYS };

static const struct schema_key EXPECT_KEYS[] = {
	{ "every", ONE, .value = &DURATION, .sub = &NUMBER, .meaning = "the device uses it at least this often" },
	{ "after", ONE, .value = &ID, .meaning = "a rule, or boot or address (DHCP gave one): what sets it off" },
	{ "within", ONE, .value = &DURATION, .sub = &NUMBER, .meaning = "how soon after that" },
	{ "silent_up_to", ONE, .value = &DURATION, .sub = &NUMBER, .meaning = "how long a healthy session is quiet" },
	{ "min_idle_timeout", ONE, .value = &DURATION, .sub = &NUMBER,
	  .meaning = "how long the network must keep an idle session" },
	{ "answered_within", ONE, .value = &DURATION, .sub = &NUMBER, .meaning = "how soon a message is answered" },
	{ 0 },
};
static const struct schema EXPECT = { "expect", EXPECT_KEYS };

static const struct schema_key RULE_KEYS[] = {
	{ "id", ONE, MUST, .value = &ID, .meaning = "its name in reports" },
	{ "cites", LIST, .value = &TEXT,
	  .meaning = "sources (fcm-network, fcm-network#ports) or statements (HMC-022)" },
	{ "service", ONE, MUST, .value = &TEXT, .meaning = "what it is called" },
	{ "purpose", ONE, .value = &TEXT, .meaning = "what the device wants there" },
	{ "when", .outer = SHAPE_ONE_OR_LIST, .named = true, .inner = SHAPE_ONE, .value = &ID,
	  .meaning = "choices and features: a map, all of it; a list of maps, any of them" },
	{ "initiator", ONE, .value = &INITIATOR, .meaning = "who opens it; device by default" },
	{ "transport", ONE_OR_LIST, MUST, .value = &TRANSPORT, .meaning = "any of these" },
	{ "family", ONE_OR_LIST, .value = &FAMILY, .meaning = "ipv4 or ipv6; both by default" },
	{ "ports", ONE_OR_LIST, .value = &PORT, .meaning = "the responder's" },
	{ "device_ports", ONE_OR_LIST, .value = &PORT, .meaning = "the device's, whoever opens it" },
	{ "peer_ports", ONE_OR_LIST, .value = &PORT, .meaning = "the peer's, whoever opens it" },
	{ "answer_ports", ONE, .value = &BOOL,
	  .meaning = "true where the answer may use other ports than the question" },
	{ "peers", ONE, MUST, .sub = &SCHEMA_PEERS, .meaning = "whom it is with: any of these" },
	{ "peer_must_be", ONE, .value = &SCOPE, .meaning = "where the peer must live" },
	{ "reply", ONE, .value = &REPLY,
	  .meaning = "whether an answer must come; by default for TCP and known UDP services" },
	{ "applications", LIST, .value = &TEXT, .meaning = "what it may turn out to be; empty: not checked" },
	{ "answer_status", ONE_OR_LIST, .value = &STATUS,
	  .meaning = "status codes of HTTP that are right answers; others are not the service's" },
	{ "tls", ONE, .sub = &TLS, .meaning = "what its TLS must be like" },
	{ "up", ONE, .value = &UP, .meaning = "what came up means; data acknowledged both ways by default" },
	{ "need", ONE, MUST, .value = &NEED, .meaning = "how badly the device needs it" },
	{ "expect", ONE, .sub = &EXPECT, .meaning = "when it happens and how long things take" },
	{ "hidden_in", LIST, .value = &ID, .meaning = "features: while that tunnel lives, absence says nothing" },
	{ "denied_means", ONE, .value = &TEXT, .meaning = "what breaks where it is denied" },
	{ "remedy", ONE, .value = &TEXT, .meaning = "what to ask of the network" },
	{ "group", ONE, .value = &ID, .meaning = "rules of one group stand in for each other" },
	{ 0 },
};
const struct schema SCHEMA_RULE = { "a rule", RULE_KEYS };

static const struct schema_key NOTE_KEYS[] = {
	{ "text", ONE, MUST, .value = &TEXT, .meaning = "what the document says" },
	{ "reason", ONE, MUST, .value = &TEXT, .meaning = "why it is no rule" },
	{ "cites", LIST, .value = &TEXT, .meaning = "where it says so" },
	{ 0 },
};
static const struct schema NOTE = { "a note", NOTE_KEYS };

static const struct schema_key PROFILE_KEYS[] = {
	{ "format", ONE, MUST, .value = &FORMAT, .meaning = "the version of this language" },
	{ "id", ONE, MUST, .value = &ID, .meaning = "the profile's name" },
	{ "title", ONE, MUST, .value = &TEXT, .meaning = "what it describes" },
	{ "sources", NAMED, .sub = &SOURCE, .meaning = "the documents it rests on" },
	{ "uses", LIST, .value = &ID, .meaning = "profiles that hold with it; ip-host unless the list is empty" },
	{ "undeclared", ONE, .sub = &UNDECLARED, .meaning = "what traffic outside the rules means" },
	{ "parameters", NAMED, .sub = &PARAMETER, .meaning = "what only the site knows" },
	{ "features", NAMED, .sub = &FEATURE, .meaning = "what may be in use or not" },
	{ "choices", .outer = SHAPE_ONE, .named = true, .inner = SHAPE_LIST, .value = &ID,
	  .meaning = "exclusive ways" },
	{ "address_sets", NAMED, .sub = &ADDRESS_SET, .meaning = "dated lists of prefixes" },
	{ "identify", ONE, .sub = &IDENTIFY, .meaning = "how such a device is recognised" },
	{ "rules", LIST, MUST, .sub = &SCHEMA_RULE, .meaning = "what it needs" },
	{ "notes", LIST, .sub = &NOTE, .meaning = "statements that are no flow" },
	{ 0 },
};
const struct schema SCHEMA_PROFILE = { "a profile", PROFILE_KEYS };

static const struct schema_key DEVICE_KEYS[] = {
	{ "address", ONE, .value = &PREFIX, .meaning = "its address, or the prefix such devices live in" },
	{ "mac", ONE, .value = &MAC, .meaning = "its MAC address, or the maker's OUI" },
	{ "profiles", LIST, .value = &ID, .meaning = "what it is; an empty list exempts it" },
	{ "profile", ONE, .value = &ID, .meaning = "short for a list of one" },
	{ "name", ONE, .value = &TEXT, .meaning = "what reports call it" },
	{ "group", ONE, .value = &ID, .meaning = "devices that belong together" },
	{ "choices", NAMED, .value = &ID, .meaning = "which way it is set up" },
	{ "features", NAMED, .value = &YESNO, .meaning = "what is in use" },
	{ "parameters", .outer = SHAPE_ONE, .named = true, .inner = SHAPE_ONE_OR_LIST, .value = &TEXT,
	  .meaning = "values for this device alone" },
	{ "many", ONE, .value = &BOOL, .meaning = "true for a NAT with many devices behind it" },
	{ 0 },
};
static const struct schema DEVICE = { "a device", DEVICE_KEYS };

static const struct schema_key IGNORE_KEYS[] = {
	{ "transport", ONE_OR_LIST, .value = &TRANSPORT, .meaning = "any of these" },
	{ "ports", ONE_OR_LIST, .value = &PORT, .meaning = "the responder's" },
	{ "peers", LIST, .value = &PREFIX, .meaning = "addresses and prefixes" },
	{ "why", ONE, MUST, .value = &TEXT, .meaning = "why it is of no interest" },
	{ 0 },
};
static const struct schema IGNORE = { "an entry of ignore", IGNORE_KEYS };

static const struct schema_key SITE_KEYS[] = {
	{ "format", ONE, .value = &FORMAT, .meaning = "the version of this language" },
	{ "site", ONE, MUST, .value = &ID, .meaning = "the site's name" },
	{ "vantage", ONE, .value = &VANTAGE, .meaning = "where the capture is taken, seen from the firewall" },
	{ "networks", LIST, .value = &PREFIX, .meaning = "the site's own networks" },
	{ "parameters", .outer = SHAPE_ONE, .named = true, .inner = SHAPE_ONE_OR_LIST, .value = &TEXT,
	  .meaning = "what the profiles ask the site for" },
	{ "devices", LIST, .sub = &DEVICE, .meaning = "who is what: exact address before MAC, OUI, longest prefix" },
	{ "ignore", LIST, .sub = &IGNORE, .meaning = "traffic that is of no interest" },
	{ 0 },
};
const struct schema SCHEMA_SITE = { "a site", SITE_KEYS };
