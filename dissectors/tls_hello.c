/*
 * ClientHello and ServerHello.
 *
 * RFC 8446, 4.1.2, 4.1.3, 4.2; RFC 5246, 7.4.1 and E.2; RFC 6066, 3 (server name); RFC 7301 (ALPN); RFC 8701 (GREASE);
 * RFC 9849 (encrypted ClientHello)
 */
#include "dissectors/tls_hello.h"

#include "base/span.h"

enum extension {
	EXT_SERVER_NAME = 0,
	EXT_ALPN = 16,
	EXT_SUPPORTED_VERSIONS = 43,
	EXT_ENCRYPTED_CLIENT_HELLO = 0xfe0d,
};

enum { RANDOM_BYTES = 32, SESSION_ID_MAX = 32, HOST_NAME = 0 };

/* RFC 8446, 4.1.3: the random of a ServerHello that is a HelloRetryRequest. */
static const uint8_t retry_random[RANDOM_BYTES] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* RFC 8701, 2: 0x0a0a, 0x1a1a … 0xfafa, numbers that mean nothing. */
static bool is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* Drafts of TLS 1.3 had numbers of their own (draft-ietf-tls-tls13-28, 4.2.1.1); on the wire they are TLS 1.3. */
static uint16_t known_version(uint16_t v)
{
	return v >> 8 == 0x7f ? TLS_1_3 : v;
}

/* RFC 6066, 3. One host name is all that may be there. */
static enum rd_err server_name_read(struct rd ext, struct span *ret_name)
{
	struct rd list = rd_sub16(&ext);

	while (rd_more(&list)) {
		uint8_t type = rd_u8(&list);
		struct rd name = rd_sub16(&list);
		if (list.err)
			break;
		if (type != HOST_NAME)
			continue;
		if (name.cap < name.len)
			return RD_SHORT;
		*ret_name = rd_rest(&name);
		return RD_OK;
	}
	return ext.err ? ext.err : list.err;
}

/* RFC 7301, 3.1. Names beyond the room are counted and still checked. */
static enum rd_err alpn_read(struct rd ext, struct fact_tls_client *h)
{
	struct rd list = rd_sub16(&ext);

	while (rd_more(&list)) {
		struct rd name = rd_sub8(&list);
		if (list.err)
			break;
		if (name.cap < name.len)
			return RD_SHORT;
		if (h->alpns < FACT_ALPN)
			h->alpn[h->alpns++] = rd_rest(&name);
		else if (h->alpn_more < UINT8_MAX)
			h->alpn_more++;
	}
	return ext.err ? ext.err : list.err;
}

/* RFC 8446, 4.2.1, in a ClientHello: a list; the highest that means something is what the client can do. */
static enum rd_err offered_versions_read(struct rd ext, uint16_t *ret_version)
{
	struct rd list = rd_sub8(&ext);
	uint16_t highest = 0;

	while (rd_more(&list)) {
		uint16_t v = rd_u16(&list);
		if (!is_grease(v) && known_version(v) > highest)
			highest = known_version(v);
	}
	if (ext.err || list.err)
		return ext.err ? ext.err : list.err;
	*ret_version = highest;
	return RD_OK;
}

static enum rd_err client_extension_read(uint16_t type, struct rd ext, struct fact_tls_client *h, uint16_t *versions)
{
	switch (type) {
	case EXT_SERVER_NAME:
		return server_name_read(ext, &h->sni);
	case EXT_ALPN:
		return alpn_read(ext, h);
	case EXT_SUPPORTED_VERSIONS:
		return offered_versions_read(ext, versions);
	case EXT_ENCRYPTED_CLIENT_HELLO:
		h->ech = true;
		return RD_OK;
	default:
		return RD_OK;
	}
}

enum rd_err tls_client_hello_read(struct rd r, struct fact_tls_client *ret_h)
{
	struct fact_tls_client h = { .legacy_version = rd_u16(&r) };
	enum rd_err inner = RD_OK;
	uint16_t versions = 0;

	rd_skip(&r, RANDOM_BYTES);
	struct rd session = rd_sub8(&r), suites = rd_sub16(&r), compression = rd_sub8(&r);
	struct rd exts = rd_more(&r) ? rd_sub16(&r) : (struct rd){ 0 };
	if (r.err == RD_OVERRUN || session.len > SESSION_ID_MAX || suites.len % 2 || (!r.err && !compression.len))
		return RD_OVERRUN;
	while (rd_more(&exts)) {
		uint16_t type = rd_u16(&exts);
		struct rd ext = rd_sub16(&exts);
		if (exts.err)
			break;
		enum rd_err e = client_extension_read(type, ext, &h, &versions);
		if (e == RD_OVERRUN)
			return RD_OVERRUN;
		if (e)
			inner = e;
	}
	enum rd_err err = r.err ? r.err : exts.err ? exts.err : inner;
	h.version = versions || err == RD_SHORT ? versions : h.legacy_version;
	*ret_h = h;
	return err;
}

static enum rd_err server_extension_read(uint16_t type, struct rd ext, struct fact_tls_server *h, uint16_t *version)
{
	struct fact_tls_client list = { 0 };
	enum rd_err err = RD_OK;

	switch (type) {
	case EXT_SUPPORTED_VERSIONS:
		*version = known_version(rd_u16(&ext));
		return ext.err;
	case EXT_ALPN: /* RFC 7301, 3.1: the same list, with exactly one name */
		err = alpn_read(ext, &list);
		h->alpn = list.alpn[0];
		return err;
	default:
		return err;
	}
}

/*
 * The version of a ServerHello whose extensions were not captured: TLS 1.3 has cipher suites of its own, and no other
 * version may choose them (RFC 8446, B.4).
 */
static uint16_t version_by_cipher(uint16_t cipher, uint16_t legacy)
{
	return cipher >> 8 == 0x13 ? TLS_1_3 : legacy;
}

enum rd_err tls_server_hello_read(struct rd r, struct fact_tls_server *ret_h)
{
	uint16_t legacy = rd_u16(&r), chosen = 0;
	enum rd_err inner = RD_OK;
	struct fact_tls_server h = { .retry = rd_starts(&r, retry_random, RANDOM_BYTES) };

	rd_skip(&r, RANDOM_BYTES);
	struct rd session = rd_sub8(&r);
	h.cipher = rd_u16(&r);
	bool cipher_known = !r.err;
	rd_skip(&r, 1); /* compression method */
	struct rd exts = rd_more(&r) ? rd_sub16(&r) : (struct rd){ 0 };
	if (r.err == RD_OVERRUN || session.len > SESSION_ID_MAX)
		return RD_OVERRUN;
	while (rd_more(&exts)) {
		uint16_t type = rd_u16(&exts);
		struct rd ext = rd_sub16(&exts);
		if (exts.err)
			break;
		enum rd_err e = server_extension_read(type, ext, &h, &chosen);
		if (e == RD_OVERRUN)
			return RD_OVERRUN;
		if (e)
			inner = e;
	}
	enum rd_err err = r.err ? r.err : exts.err ? exts.err : inner;
	if (chosen)
		h.version = chosen;
	else if (err == RD_SHORT)
		h.version = cipher_known ? version_by_cipher(h.cipher, legacy) : 0;
	else
		h.version = legacy;
	*ret_h = h;
	return err;
}

/* msb-set length, CLIENT-HELLO (1), version, lengths of cipher specs (3 bytes each), session id and challenge. */
enum rd_err tls_v2_hello_read(struct rd r, struct fact_tls_client *ret_h)
{
	uint16_t length = rd_u16(&r);
	uint8_t type = rd_u8(&r);
	uint16_t version = rd_u16(&r), specs = rd_u16(&r), session = rd_u16(&r), challenge = rd_u16(&r);

	if (r.err)
		return r.err;
	if (!(length & 0x8000) || type != 1 || (version >> 8 != 3 && version != TLS_SSL2) || version > TLS_1_2 ||
	    specs == 0 || specs % 3 || (session != 0 && session != 16) || challenge < 16 || challenge > 32 ||
	    (length & 0x7fff) != 9 + specs + session + challenge)
		return RD_OVERRUN;
	*ret_h = (struct fact_tls_client){ .version = version, .legacy_version = version };
	return RD_OK;
}

/* IANA, ALPN protocol ids: "dot" of RFC 7858; "doq" of RFC 9250, 4.1.1, whose drafts wrote "doq-i" and a number. */
struct span tls_private_dns(const struct fact_tls_client *h)
{
	for (uint8_t i = 0; i < h->alpns; i++) {
		if (span_eq(h->alpn[i], SPAN("dot")))
			return SPAN("DoT");
		if (span_eq(h->alpn[i], SPAN("doq")) || span_starts(h->alpn[i], SPAN("doq-i")))
			return SPAN("DoQ");
	}
	return (struct span){ NULL, 0 };
}
