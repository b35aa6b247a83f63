/* Community ID: SHA-1, base64 by RFC 4648. */
#include "base/community.h"

#include <string.h>

#include "base/crypt.h"
#include "base/proto.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(const uint8_t *p, size_t n, char *out)
{
	size_t o = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);
		out[o++] = ALPHABET[v >> 18 & 63];
		out[o++] = ALPHABET[v >> 12 & 63];
		out[o++] = i + 1 < n ? ALPHABET[v >> 6 & 63] : '=';
		out[o++] = i + 2 < n ? ALPHABET[v & 63] : '=';
	}
	out[o] = 0;
}

static size_t put_addr(uint8_t *to, const struct addr *a)
{
	size_t n = addr_is_v4(a) ? 4 : 16;
	memcpy(to, a->b + 16 - n, n);
	return n;
}

bool community_id(uint8_t proto, const struct addr addr[2], const uint16_t port[2], char out[COMMUNITY_ID_TEXT])
{
	uint8_t in[2 + 16 + 16 + 2 + 4], digest[CRYPT_SHA1];
	size_t n = 0;
	int order = addr_cmp(&addr[0], &addr[1]);
	int a = order < 0 || (order == 0 && port[0] < port[1]) ? 0 : 1;

	if (proto == PROTO_ICMP || proto == PROTO_ICMP6)
		return false;
	in[n++] = 0; /* seed */
	in[n++] = 0;
	n += put_addr(in + n, &addr[a]);
	n += put_addr(in + n, &addr[!a]);
	in[n++] = proto;
	in[n++] = 0;
	if (proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP) {
		in[n++] = (uint8_t)(port[a] >> 8);
		in[n++] = (uint8_t)port[a];
		in[n++] = (uint8_t)(port[!a] >> 8);
		in[n++] = (uint8_t)port[!a];
	}
	crypt_sha1((struct span){ in, n }, digest);
	memcpy(out, "1:", 2);
	base64(digest, CRYPT_SHA1, out + 2);
	return true;
}
