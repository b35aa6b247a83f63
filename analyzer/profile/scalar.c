/* The scalars of the profile language. Host names: RFC 1123, section 2.1, with the underscore that is met in DNS. */
#include "profile/scalar.h"

#include "base/span.h"
#include "base/time.h"

const struct word SCALAR_BOOLS[] = { { "true", 1 }, { "false", 0 }, { NULL, 0 } };
const struct word SCALAR_YESNO[] = { { "yes", 1 }, { "no", 0 }, { "true", 1 }, { "false", 0 }, { NULL, 0 } };
const struct word SCALAR_FORMATS[] = { { "1", 1 }, { NULL, 0 } };
const struct word SCALAR_INITIATORS[] = {
	{ "device", INITIATOR_DEVICE }, { "peer", INITIATOR_PEER }, { "either", INITIATOR_EITHER }, { NULL, 0 }
};
const struct word SCALAR_TRANSPORTS[] = { { "tcp", TRANSPORT_TCP },   { "udp", TRANSPORT_UDP },
	                                  { "icmp", TRANSPORT_ICMP }, { "esp", TRANSPORT_ESP },
	                                  { "gre", TRANSPORT_GRE },   { "igmp", TRANSPORT_IGMP },
	                                  { "any", TRANSPORT_ANY },   { NULL, 0 } };
const struct word SCALAR_FAMILIES[] = { { "ipv4", FAMILY_V4 }, { "ipv6", FAMILY_V6 }, { NULL, 0 } };
const struct word SCALAR_REPLIES[] = {
	{ "expected", REPLY_EXPECTED }, { "none", REPLY_NONE }, { "unknown", REPLY_UNKNOWN }, { NULL, 0 }
};
const struct word SCALAR_UPS[] = { { "data", UP_DATA },
	                           { "tls-finished", UP_TLS_FINISHED },
	                           { "app-reply", UP_APP_REPLY },
	                           { "login", UP_LOGIN },
	                           { NULL, 0 } };
const struct word SCALAR_NEEDS[] = { { "required", RULE_REQUIRED },   { "recommended", RULE_RECOMMENDED },
	                             { "optional", RULE_OPTIONAL },   { "allowed", RULE_ALLOWED },
	                             { "forbidden", RULE_FORBIDDEN }, { NULL, 0 } };
const struct word SCALAR_SCOPES[] = {
	{ "internet", SCOPE_INTERNET }, { "private", SCOPE_PRIVATE }, { "link", SCOPE_LINK }, { NULL, 0 }
};
const struct word SCALAR_GROUPS[] = { { "same", GROUP_SAME }, { "other", GROUP_OTHER }, { NULL, 0 } };
const struct word SCALAR_TLS[] = {
	{ "1.0", 0x0301 }, { "1.1", 0x0302 }, { "1.2", 0x0303 }, { "1.3", 0x0304 }, { NULL, 0 }
};
const struct word SCALAR_KINDS[] = { { "address", PARAM_ADDRESS },
	                             { "prefix", PARAM_PREFIX },
	                             { "host", PARAM_HOST },
	                             { "endpoint", PARAM_ENDPOINT },
	                             { "port", PARAM_PORT },
	                             { "duration", PARAM_DURATION },
	                             { "server", PARAM_SERVER },
	                             { NULL, 0 } };
const struct word SCALAR_DHCP[] = { { "resolvers", FROM_DHCP_RESOLVERS },
	                            { "routers", FROM_DHCP_ROUTERS },
	                            { "ntp", FROM_DHCP_NTP },
	                            { "server", FROM_DHCP_SERVER },
	                            { NULL, 0 } };
const struct word SCALAR_SEVERITIES[] = { { "info", 0 }, { "low", 1 }, { "medium", 2 }, { "high", 3 }, { NULL, 0 } };
const struct word SCALAR_VANTAGES[] = { { "inside", VANTAGE_INSIDE },
	                                { "outside", VANTAGE_OUTSIDE },
	                                { "device", VANTAGE_DEVICE },
	                                { "unknown", VANTAGE_UNKNOWN },
	                                { NULL, 0 } };

int scalar_word(const struct word *words, struct span text)
{
	for (; words->word; words++)
		if (span_eq(text, span_of(words->word)))
			return words->value;
	return -1;
}

const char *scalar_word_of(const struct word *words, int value)
{
	for (; words->word; words++)
		if (words->value == value)
			return words->word;
	return "";
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_alnum(uint8_t c)
{
	return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}

const char *scalar_check_text(struct span s)
{
	if (s.n == 0)
		return "is empty";
	return s.n > SCALAR_TEXT ? "is longer than 2000 bytes" : NULL;
}

const char *scalar_check_id(struct span s)
{
	if (s.n == 0 || s.n > SCALAR_ID)
		return "is no name: 1 to 64 of a-z, 0-9, - _ .";
	if (!is_lower(s.p[0]) && !is_digit(s.p[0]))
		return "is no name: it begins with a-z or 0-9";
	for (size_t i = 0; i < s.n; i++)
		if (!is_lower(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return "is no name: a-z, 0-9, - _ . only";
	return NULL;
}

struct span scalar_parameter(struct span s)
{
	if (s.n < 2 || s.p[0] != '$')
		return (struct span){ NULL, 0 };
	return (struct span){ s.p + 1, s.n - 1 };
}

/* A decimal number without sign; false where there is another byte, none at all, or it does not fit 32 bits. */
static bool number(struct span s, uint32_t *ret_v)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 9)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*ret_v = (uint32_t)v;
	return true;
}

static const char *port_fault(struct span s, struct port_range *ret_r)
{
	const uint8_t *dash = s.n ? memchr(s.p, '-', s.n) : NULL;
	struct span low = { s.p, dash ? (size_t)(dash - s.p) : s.n };
	struct span high = dash ? (struct span){ dash + 1, s.n - low.n - 1 } : low;
	uint32_t from, to;

	if (!number(low, &from) || !number(high, &to))
		return "is no port: a number, a range such as 5228-5230, any, or $parameter";
	if (from > UINT16_MAX || to > UINT16_MAX)
		return "is no port: they end at 65535";
	if (from > to)
		return "is a range that runs backwards";
	*ret_r = (struct port_range){ (uint16_t)from, (uint16_t)to };
	return NULL;
}

bool scalar_port(struct span s, struct port_range *ret_r)
{
	return port_fault(s, ret_r) == NULL;
}

const char *scalar_check_port(struct span s)
{
	struct port_range r;

	if (span_eq(s, SPAN("any")))
		return NULL;
	if (s.n && s.p[0] == '$')
		return scalar_check_id(scalar_parameter(s));
	return port_fault(s, &r);
}

const char *scalar_check_status(struct span s)
{
	struct port_range r;

	return !port_fault(s, &r) && r.from >= 100 && r.to <= 599 ? NULL
	                                                           : "is no status code (100 to 599) or range of them";
}

const char *scalar_check_prefix(struct span s)
{
	struct prefix p;
	return prefix_parse(s, &p) ? NULL : "is no address or prefix (bits below the prefix length must be 0)";
}

static bool labels_ok(struct span s, unsigned *ret_labels)
{
	size_t length = 0;
	unsigned labels = 1;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.') {
			if (length == 0)
				return false;
			labels++;
			length = 0;
		} else if ((!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_') || ++length > 63) {
			return false;
		}
	}
	*ret_labels = labels;
	return length > 0;
}

const char *scalar_check_host(struct span s)
{
	struct span name = s;
	unsigned labels;
	struct addr a;

	if (addr_parse(s, &a))
		return "is an address: those go under addresses";
	if (name.n > 1 && name.p[0] == '*')
		name = (struct span){ name.p + 1, name.n - 1 };
	if (name.n > 1 && name.p[0] == '.')
		name = (struct span){ name.p + 1, name.n - 1 };
	else if (name.n != s.n)
		return "is no host pattern: a star stands before the first dot";
	if (s.n > 255 || !labels_ok(name, &labels))
		return "is no host pattern: name.example.com, \"*.example.com\" or .example.com";
	return labels < 2 && name.n != s.n ? "is too wide a pattern: at least two labels" : NULL;
}

const char *scalar_check_duration(struct span s)
{
	int64_t ns;

	if (s.n && s.p[0] == '$')
		return scalar_check_id(scalar_parameter(s));
	if (!duration_parse(s, &ns) || ns == 0)
		return "is no duration: 250ms, 30s, 15m, 2h, 31d, or $parameter";
	return NULL;
}

bool scalar_date(struct span s, int64_t *ret_ns)
{
	uint8_t full[10] = { '0', '0', '0', '0', '-', '0', '1', '-', '0', '1' };
	int64_t ns;

	if (s.n != 4 && s.n != 7 && s.n != 10)
		return false;
	memcpy(full, s.p, s.n);
	if (full[4] != '-' || !time_parse((struct span){ full, sizeof(full) }, &ns))
		return false;
	/* 30 February reads as a day in March: hold it against itself. */
	struct civil c = time_civil(ns);
	uint32_t day;
	if (!number((struct span){ full + 8, 2 }, &day) || c.day != day)
		return false;
	*ret_ns = ns;
	return true;
}

const char *scalar_check_date(struct span s)
{
	int64_t ns;
	return scalar_date(s, &ns) ? NULL : "is no date: 2017, 2017-12 or 2017-12-24";
}

bool scalar_oui(struct span s, struct mac *ret_m)
{
	uint8_t whole[17] = { '0', '0', ':', '0', '0', ':', '0', '0', ':', '0', '0', ':', '0', '0', ':', '0', '0' };

	if (s.n != 8)
		return false;
	memcpy(whole, s.p, 8);
	return mac_parse((struct span){ whole, sizeof(whole) }, ret_m);
}

const char *scalar_check_oui(struct span s)
{
	struct mac m;

	if (!scalar_oui(s, &m))
		return "is no OUI: three bytes, such as \"00:90:7a\"";
	return mac_is_local(&m) || mac_is_group(&m) ? "is no OUI: locally administered or group bit set" : NULL;
}

const char *scalar_check_mac(struct span s)
{
	struct mac m;

	if (scalar_oui(s, &m))
		return scalar_check_oui(s);
	return mac_parse(s, &m) ? NULL : "is no MAC address or OUI";
}

const char *scalar_check_file(struct span s)
{
	if (s.n == 0 || s.n > 128 || s.p[0] == '.')
		return "is no file name";
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return "is no file name beside the profile: letters, digits, - _ . only";
	return NULL;
}

/* "host:port", "192.0.2.1:3128", "[2001:db8::1]:3128". */
static const char *endpoint(struct span s, struct parameter_value *v)
{
	static const char fault[] = "is no endpoint: host:port, 192.0.2.1:3128 or [2001:db8::1]:3128";
	struct port_range r;
	struct addr a;
	size_t colon = s.n;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon < 2 || !scalar_port((struct span){ s.p + colon, s.n - colon }, &r) || r.from != r.to)
		return fault;
	struct span host = { s.p, colon - 1 };
	v->port = v->port_to = r.from;
	bool bracketed = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (bracketed)
		host = (struct span){ host.p + 1, host.n - 2 };
	if (addr_parse(host, &a)) {
		if (!addr_is_v4(&a) && !bracketed)
			return fault;
		v->prefix = (struct prefix){ a, 128 };
		return NULL;
	}
	if (bracketed || scalar_check_host(host))
		return fault;
	v->host = host;
	return NULL;
}

const char *scalar_value(enum parameter_kind kind, struct span s, struct parameter_value *ret_v)
{
	struct parameter_value v = { 0 };
	struct port_range r = { 0, 0 };
	const char *fault = NULL;

	switch (kind) {
	case PARAM_ADDRESS:
		fault = prefix_parse(s, &v.prefix) && v.prefix.bits == 128 ? NULL : "is no address";
		break;
	case PARAM_PREFIX:
		fault = prefix_parse(s, &v.prefix) ? NULL : scalar_check_prefix(s);
		break;
	case PARAM_SERVER:
		if (prefix_parse(s, &v.prefix) && v.prefix.bits == 128)
			break;
		v.prefix = (struct prefix){ 0 };
		v.host = s;
		fault = scalar_check_host(s) ? "is no address and no host name" : NULL;
		break;
	case PARAM_HOST:
		fault = scalar_check_host(s);
		v.host = s;
		break;
	case PARAM_ENDPOINT:
		fault = endpoint(s, &v);
		break;
	case PARAM_PORT:
		fault = scalar_port(s, &r) ? NULL : "is no port or range of ports";
		v.port = r.from;
		v.port_to = r.to;
		break;
	case PARAM_DURATION:
		fault = duration_parse(s, &v.duration) && v.duration ? NULL : "is no duration: 30s, 15m, 2h";
		break;
	}
	if (!fault)
		*ret_v = v;
	return fault;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;
	return m < c ? m : c;
}

/* How many letters were left out, put in, changed or swapped with the next; both at most SCALAR_ID long. */
static size_t distance(struct span a, struct span b)
{
	size_t rows[3][SCALAR_ID + 1];
	size_t *above = rows[0], *before = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b.n; j++)
		before[j] = above[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			row[j] = min3(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a.p[i - 1] != b.p[j - 1]));
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = min3(row[j], above[j - 2] + 1, row[j]);
		}
		size_t *oldest = above;
		above = before;
		before = row;
		row = oldest;
	}
	return before[b.n];
}

struct span scalar_nearest(struct span wrong, struct span (*at)(const void *list, size_t i), const void *list, size_t n)
{
	struct span best = { NULL, 0 };
	size_t least = SCALAR_ID;

	if (wrong.n == 0 || wrong.n > SCALAR_ID)
		return best;
	for (size_t i = 0; i < n; i++) {
		struct span s = at(list, i);
		if (s.n == 0 || s.n > SCALAR_ID)
			continue;
		size_t d = distance(wrong, s), most = (wrong.n > s.n ? wrong.n : s.n) / 3;
		if (d <= (most ? most : 1) && d < least) {
			least = d;
			best = s;
		}
	}
	return best;
}
