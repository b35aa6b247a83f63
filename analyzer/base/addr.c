/* Network addresses: RFC 4291, RFC 5952 (text), RFC 6890 (special-purpose registries). */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t V4_HEAD[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

struct addr addr_v4(uint32_t h)
{
	const uint32_t last = htonl(h);
	struct addr a;

	memcpy(a.b, V4_HEAD, sizeof(V4_HEAD));
	memcpy(a.b + sizeof(V4_HEAD), &last, sizeof(last));
	return a;
}

struct addr addr_v6(const uint8_t bytes[16])
{
	struct addr a;
	memcpy(a.b, bytes, sizeof(a.b));
	return a;
}

struct addr addr_read_v4(struct rd *r)
{
	uint32_t h = rd_u32(r);
	return r->err ? (struct addr){ { 0 } } : addr_v4(h);
}

struct addr addr_read_v6(struct rd *r)
{
	struct addr a;
	rd_bytes(r, a.b, sizeof(a.b));
	return a;
}

bool addr_is_v4(const struct addr *a)
{
	return memcmp(a->b, V4_HEAD, sizeof(V4_HEAD)) == 0;
}

bool addr_is_none(const struct addr *a)
{
	static const struct addr none;
	return memcmp(a->b, none.b, sizeof(a->b)) == 0;
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

uint32_t addr_as_v4(const struct addr *a)
{
	return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 | a->b[15];
}

/* First match wins. IPv4 and IPv6 special-purpose address registries, as far as they matter for "who is that peer". */
static const struct {
	uint32_t net;
	uint8_t bits;
	uint8_t scope;
} V4_SCOPES[] = {
	{ 0x00000000, 32, ADDR_UNSPECIFIED },
	{ 0x00000000, 8, ADDR_RESERVED },
	{ 0x0a000000, 8, ADDR_PRIVATE },
	{ 0x64400000, 10, ADDR_PRIVATE },
	{ 0x7f000000, 8, ADDR_LOOPBACK },
	{ 0xa9fe0000, 16, ADDR_LINK },
	{ 0xac100000, 12, ADDR_PRIVATE },
	{ 0xc0000000, 24, ADDR_RESERVED },
	{ 0xc0000200, 24, ADDR_RESERVED },
	{ 0xc0a80000, 16, ADDR_PRIVATE },
	{ 0xc6120000, 15, ADDR_RESERVED },
	{ 0xc6336400, 24, ADDR_RESERVED },
	{ 0xcb007100, 24, ADDR_RESERVED },
	{ 0xe0000000, 4, ADDR_MULTICAST },
	{ 0xffffffff, 32, ADDR_BROADCAST },
	{ 0xf0000000, 4, ADDR_RESERVED },
};

static enum addr_scope scope_v4(uint32_t h)
{
	for (size_t i = 0; i < sizeof(V4_SCOPES) / sizeof(V4_SCOPES[0]); i++)
		if ((h ^ V4_SCOPES[i].net) >> (32 - V4_SCOPES[i].bits) == 0)
			return (enum addr_scope)V4_SCOPES[i].scope;
	return ADDR_INTERNET;
}

enum addr_scope addr_scope(const struct addr *a)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	static const uint8_t doc[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	if (addr_is_v4(a))
		return scope_v4(addr_as_v4(a));
	if (addr_is_none(a))
		return ADDR_UNSPECIFIED;
	if (memcmp(a->b, loopback, 16) == 0)
		return ADDR_LOOPBACK;
	if (a->b[0] == 0xff)
		return ADDR_MULTICAST;
	if (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80)
		return ADDR_LINK;
	if ((a->b[0] & 0xfe) == 0xfc)
		return ADDR_PRIVATE;
	if (memcmp(a->b, doc, sizeof(doc)) == 0)
		return ADDR_RESERVED;
	return ADDR_INTERNET;
}

/* A host name cannot: its last label is no number. */
static bool may_be_address(struct span text)
{
	return text.n && ((text.p[text.n - 1] >= '0' && text.p[text.n - 1] <= '9') || memchr(text.p, ':', text.n));
}

bool addr_parse(struct span text, struct addr *ret_a)
{
	char s[INET6_ADDRSTRLEN];
	uint8_t b[16];

	if (!may_be_address(text) || text.n >= sizeof(s) || memchr(text.p, 0, text.n))
		return false;
	memcpy(s, text.p, text.n);
	s[text.n] = 0;
	if (inet_pton(AF_INET, s, b) == 1) {
		struct rd r = rd_of(b, 4, 4);
		*ret_a = addr_read_v4(&r);
		return true;
	}
	if (inet_pton(AF_INET6, s, b) != 1)
		return false;
	*ret_a = addr_v6(b);
	return true;
}

/* inet_ntop() prints these through printf; records are full of them. */
static size_t format_v4(const uint8_t b[4], char *out)
{
	char *to = out;

	for (unsigned i = 0; i < 4; i++) {
		if (b[i] >= 100)
			*to++ = (char)('0' + b[i] / 100);
		if (b[i] >= 10)
			*to++ = (char)('0' + b[i] / 10 % 10);
		*to++ = (char)('0' + b[i] % 10);
		*to++ = i < 3 ? '.' : 0;
	}
	return (size_t)(to - 1 - out);
}

size_t addr_format(const struct addr *a, char out[ADDR_TEXT])
{
	if (addr_is_v4(a))
		return format_v4(a->b + sizeof(V4_HEAD), out);
	if (!inet_ntop(AF_INET6, a->b, out, ADDR_TEXT))
		out[0] = 0;
	return strlen(out);
}

static bool parse_bits(struct span text, unsigned max, unsigned *ret_bits)
{
	unsigned v = 0;

	if (text.n == 0 || text.n > 3 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(text.p[i] - '0');
	}
	if (v > max)
		return false;
	*ret_bits = v;
	return true;
}

static struct addr masked(struct addr a, unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = bits > i * 8 ? bits - i * 8 : 0;
		if (keep < 8)
			a.b[i] = (uint8_t)(a.b[i] & (keep ? 0xff00U >> keep : 0U));
	}
	return a;
}

bool prefix_parse(struct span text, struct prefix *ret_p)
{
	const uint8_t *slash = text.n ? memchr(text.p, '/', text.n) : NULL;
	size_t n = slash ? (size_t)(slash - text.p) : text.n;
	struct addr a, m;
	unsigned bits;

	if (!addr_parse((struct span){ text.p, n }, &a))
		return false;
	bool v4 = memchr(text.p, ':', n) == NULL;
	bits = v4 ? 32 : 128;
	if (slash && !parse_bits((struct span){ slash + 1, text.n - n - 1 }, bits, &bits))
		return false;
	if (v4)
		bits += 96;
	m = masked(a, bits);
	if (!addr_eq(&m, &a))
		return false;
	*ret_p = (struct prefix){ a, (uint8_t)bits };
	return true;
}

unsigned prefix_length(const struct prefix *p)
{
	return addr_is_v4(&p->addr) && p->bits >= 96 ? p->bits - 96U : p->bits;
}

size_t prefix_format(const struct prefix *p, char out[PREFIX_TEXT])
{
	char a[ADDR_TEXT];

	addr_format(&p->addr, a);
	int n = snprintf(out, PREFIX_TEXT, "%s/%u", a, prefix_length(p));
	return n > 0 ? (size_t)n : 0;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	struct addr m = masked(*a, p->bits);
	return addr_eq(&m, &p->addr);
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool mac_parse(struct span text, struct mac *ret_m)
{
	struct mac m;

	if (text.n != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		int hi = hex_digit(text.p[i * 3]), lo = hex_digit(text.p[i * 3 + 1]);
		if (hi < 0 || lo < 0)
			return false;
		if (i < 5 && text.p[i * 3 + 2] != ':' && text.p[i * 3 + 2] != '-')
			return false;
		m.b[i] = (uint8_t)(hi << 4 | lo);
	}
	*ret_m = m;
	return true;
}

size_t mac_format(const struct mac *m, char out[MAC_TEXT])
{
	int n = snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", m->b[0], m->b[1], m->b[2], m->b[3], m->b[4],
			 m->b[5]);
	return n > 0 ? (size_t)n : 0;
}

bool mac_eq(const struct mac *a, const struct mac *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool mac_is_none(const struct mac *m)
{
	static const struct mac none;
	return mac_eq(m, &none);
}

bool mac_is_group(const struct mac *m)
{
	return m->b[0] & 1;
}

bool mac_is_local(const struct mac *m)
{
	return m->b[0] & 2;
}
