/* The two hello messages of TLS: bytes in, what they say out. */
#ifndef PLUMBLINE_DISSECTORS_TLS_HELLO_H
#define PLUMBLINE_DISSECTORS_TLS_HELLO_H

#include <stdbool.h>

#include "base/fact.h"
#include "base/rd.h"

enum {
	TLS_SSL2 = 0x0002,
	TLS_SSL3 = 0x0300,
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
};

/*
 * The message after its four-byte header. RD_OK: *ret_h is all of it. RD_SHORT: *ret_h has what was captured, a zero
 * version or cipher where that cannot be said. RD_OVERRUN: malformed, do not believe *ret_h. Spans point into `body`.
 */
enum rd_err tls_client_hello_read(struct rd body, struct fact_tls_client *ret_h);
enum rd_err tls_server_hello_read(struct rd body, struct fact_tls_server *ret_h);

/* A whole SSLv2-compatible ClientHello, its two-byte header included (RFC 5246, appendix E.2). */
enum rd_err tls_v2_hello_read(struct rd hello, struct fact_tls_client *ret_h);

/* DNS that goes inside TLS or QUIC, by the protocol that the client names: "DoT", "DoQ"; empty: something else. */
struct span tls_private_dns(const struct fact_tls_client *h);

#endif
