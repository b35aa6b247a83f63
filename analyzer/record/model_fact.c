/*
 * The fields of facts: base/fact.h as tables, one a kind. FACT_DNS and FACT_DHCP have none: the sensor makes
 * transactions and hosts of them.
 */
#include "record/model_macros.h"
#include "record/model_records.h"

#define T struct fact
static const struct field tls_client_fields[] = {
	ENUM("version", tls_client.version, tls_version),
	ENUM("legacy_version", tls_client.legacy_version, tls_version),
	BYTES("sni", tls_client.sni),
	ARRAY("alpn", KIND_BYTES, tls_client.alpn, tls_client.alpns),
	UINT("alpn_more", tls_client.alpn_more),
	BOOL("ech", tls_client.ech),
	UINT("quic", tls_client.quic),
};

static const struct field tls_server_fields[] = {
	ENUM("version", tls_server.version, tls_version),
	UINT("cipher", tls_server.cipher),
	BYTES("alpn", tls_server.alpn),
	BOOL("retry", tls_server.retry),
};

static const struct field tls_cert_fields[] = {
	BYTES("subject", tls_cert.subject),
	BYTES("issuer", tls_cert.issuer),
	BYTES("issuer_org", tls_cert.issuer_org),
	ARRAY("names", KIND_BYTES, tls_cert.names, tls_cert.names_n),
	UINT("names_more", tls_cert.names_more),
	TIME("not_before", tls_cert.not_before),
	TIME("not_after", tls_cert.not_after),
	UINT("key_bits", tls_cert.key_bits),
};

static const struct field label_fields[] = {
	BYTES("application", label.application),
	ENUM("source", label.source, fact_source),
	BYTES("how", label.how),
};

static const struct field http_fields[] = {
	BYTES("method", http.method),
	BYTES("host", http.host),
	BYTES("target", http.target),
	BOOL("connect", http.connect),
	BOOL("absolute", http.absolute),
	UINT("status", http.status),
	BYTES("location", http.location),
	BYTES("content_type", http.content_type),
	INT("content_length", http.content_length),
	BOOL("empty", http.empty),
};

static const struct field sip_fields[] = {
	BOOL("response", sip.response),
	UINT("status", sip.status),
	BYTES("method", sip.method),
	BYTES("call_id", sip.call_id),
	BYTES("branch", sip.branch),
	BYTES("user_agent", sip.user_agent),
	ADDR("via", sip.via),
	UINT("via_port", sip.via_port),
	ADDR("contact", sip.contact),
	UINT("contact_port", sip.contact_port),
	UINT("expires", sip.expires),
};

static const struct field endpoint_fields[] = {
	BYTES("application", endpoint.application),
	BYTES("call_id", endpoint.call_id),
	BYTES("media", endpoint.media),
	ADDR("address", endpoint.addr),
	UINT("port", endpoint.port),
	UINT("port_to", endpoint.port_to),
	BOOL("tcp", endpoint.tcp),
	BOOL("secure", endpoint.secure),
	BOOL("sends", endpoint.sends),
	BOOL("receives", endpoint.receives),
	BOOL("listens", endpoint.listens),
};

static const struct field rtp_fields[] = {
	BOOL("rtcp", rtp.rtcp),
	UINT("ssrc", rtp.ssrc),
	UINT("payload_type", rtp.payload_type),
	UINT("packets", rtp.packets),
	UINT("lost", rtp.lost),
	UINT("reordered", rtp.reordered),
	TIME("first", rtp.first),
	TIME("last", rtp.last),
};

static const struct field ike_fields[] = {
	UINT("version", ike.version),
	UINT("exchange", ike.exchange),
	BOOL("response", ike.response),
	BOOL("nat_traversal", ike.nat_traversal),
	UINT("initiator_spi", ike.initiator_spi),
	UINT("responder_spi", ike.responder_spi),
	UINT("message_id", ike.message_id),
	UINT("encryption", ike.encryption),
	UINT("hash", ike.hash),
	UINT("auth", ike.auth),
	UINT("group", ike.group),
	UINT("key_bits", ike.key_bits),
	UINT("lifetime_s", ike.lifetime_s),
	UINT("notify", ike.notify),
};

static const struct field banner_fields[] = {
	BYTES("application", banner.application),
	BYTES("text", banner.text),
};

static const struct field auth_fields[] = {
	BYTES("application", auth.application),
	BYTES("mechanism", auth.mechanism),
	BOOL("cleartext", auth.cleartext),
	BOOL("to_proxy", auth.to_proxy),
};

static const struct field quic_fields[] = {
	UINT("version", quic.version),
	UINT("offered", quic.offered),
	BOOL("negotiated", quic.negotiated),
	BOOL("retry", quic.retry),
	UINT("close", quic.close),
};

/* As large as the kind makes it. */
#define FACT(nm, f, member) \
	{ .name = nm, .fields = f, .fields_n = COUNT_OF(f), .size = offsetof(T, member) + sizeof(MEMBER(member)) }
const struct record record_facts[FACT_KINDS] = {
	[FACT_TLS_CLIENT] = FACT("tls-client", tls_client_fields, tls_client),
	[FACT_TLS_SERVER] = FACT("tls-server", tls_server_fields, tls_server),
	[FACT_TLS_CERT] = FACT("tls-cert", tls_cert_fields, tls_cert),
	[FACT_LABEL] = FACT("label", label_fields, label),
	[FACT_HTTP] = FACT("http-exchange", http_fields, http),
	[FACT_SIP] = FACT("sip-message", sip_fields, sip),
	[FACT_ENDPOINT] = FACT("sdp-media", endpoint_fields, endpoint),
	[FACT_RTP] = FACT("rtp-stream", rtp_fields, rtp),
	[FACT_IKE] = FACT("ike-message", ike_fields, ike),
	[FACT_BANNER] = FACT("banner", banner_fields, banner),
	[FACT_AUTH] = FACT("credentials", auth_fields, auth),
	[FACT_QUIC] = FACT("quic", quic_fields, quic),
};
#undef T
