/* QUIC: the RFCs' sample packets, hellos in pieces, Retry, versions, how a connection comes up; and what is not QUIC. */
#include <check.h>

#include "dissectors/quic.h"
#include "tests/unit/dissect_feed.h"
#include "tests/unit/quic_seal.h"
#include "tests/unit/quic_vectors.h"

enum { V1 = 1, V2 = 0x6b3343cf, RESERVED = 0x1a2a3a4a, DATAGRAM = 1200 };
enum { C, S };

#define LABEL(version) "0 label QUIC how=" version "\n"
#define CLIENT "0 client version=0304 legacy=0303 sni=example.com alpn=alpn quic\n"
#define SERVER "1 server version=0304 cipher=1301 alpn=\n"

static struct feeder f;
static uint8_t packet[QUIC_PACKET_MAX];

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned b;

	for (; sscanf(hex + 2 * n, "%2x", &b) == 1; n++)
		out[n] = (uint8_t)b;
	return n;
}

static struct quic_cid cid(const char *hex)
{
	struct quic_cid c = { 0 };

	c.n = (uint8_t)unhex(hex, c.b);
	return c;
}

static void begin(void)
{
	feeder_init(&f, &dissector_quic, 50000, 443);
	f.marks = true;
}

static void end(void)
{
	feeder_free(&f);
}

static enum dissector_match ask(const uint8_t *p, size_t cap, size_t len)
{
	const struct dissector_input in = { .port = { 50000, 443 }, .bytes = rd_of(p, cap, len) };

	return dissector_quic.recognise(&in);
}

static void say(uint8_t side, const char *hex)
{
	const size_t n = unhex(hex, packet);

	feeder_datagram(&f, side, packet, n, n);
}

/* An Initial of the connection whose keys come from VECTOR_DCID, as it stands in *q, padded to a whole datagram. */
static void initial(struct quic_sealing *q, const uint8_t *frames, size_t n)
{
	q->at_least = DATAGRAM;
	const size_t len = quic_seal(q, frames, n, packet);
	feeder_datagram(&f, q->server ? S : C, packet, len, len);
	q->number++;
}

static struct quic_sealing of_client(void)
{
	return (struct quic_sealing){ .version = V1, .keys = cid(VECTOR_DCID), .dcid = cid(VECTOR_DCID), .scid = cid("c1c2c3c4") };
}

static struct quic_sealing of_server(void)
{
	return (struct quic_sealing){ .version = V1, .keys = cid(VECTOR_DCID), .dcid = cid("c1c2c3c4"),
				      .scid = cid("f067a5502a4262b5"), .server = true };
}

/* ---- the RFCs' packets ---- */

static void keys_are(uint32_t version, bool server, const char *key, const char *iv, const char *hp)
{
	struct quic_keys k;
	const struct quic_cid dcid = cid(VECTOR_DCID);
	uint8_t want[64];

	ck_assert(quic_keys_of(quic_version_find(version), &dcid, server, &k));
	ck_assert_mem_eq(k.key, want, (unhex(key, want), sizeof(k.key)));
	ck_assert_mem_eq(k.iv, want, (unhex(iv, want), sizeof(k.iv)));
	ck_assert_mem_eq(k.hp, want, (unhex(hp, want), sizeof(k.hp)));
}

START_TEST(keys)
{
	keys_are(V1, false, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2");
	keys_are(V1, true, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314");
	keys_are(V2, false, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9");
	keys_are(V2, true, "82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652", "edf6d05c83121201b436e16877593c3a");
}
END_TEST

START_TEST(version_1)
{
	say(C, VECTOR_V1_CLIENT);
	ck_assert_int_eq(ask(packet, DATAGRAM, DATAGRAM), MATCH_YES);
	say(S, VECTOR_V1_SERVER);
	feeder_finish(&f);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT SERVER "0 quic version=1 offered=1 close=0\n");
}
END_TEST

START_TEST(version_2)
{
	say(C, VECTOR_V2_CLIENT);
	ck_assert_int_eq(ask(packet, DATAGRAM, DATAGRAM), MATCH_YES);
	say(S, VECTOR_V2_SERVER);
	feeder_finish(&f);
	ck_assert_str_eq(feeder_log(&f), LABEL("v2") CLIENT SERVER "0 quic version=1798521807 offered=1798521807 close=0\n");
}
END_TEST

static bool genuine(const char *hex, const char *dcid, size_t flip)
{
	const struct quic_cid c = cid(dcid);
	struct quic_long h;
	const size_t n = unhex(hex, packet);

	if (flip < n)
		packet[flip] ^= 1;
	struct rd r = rd_of(packet, n, n);
	return !quic_long_read(&r, &h) && h.type == QUIC_RETRY && quic_retry_is_genuine(&h, &c);
}

START_TEST(retry_tag)
{
	ck_assert(genuine(VECTOR_V1_RETRY, VECTOR_DCID, SIZE_MAX));
	ck_assert(genuine(VECTOR_V2_RETRY, VECTOR_DCID, SIZE_MAX));
	ck_assert(!genuine(VECTOR_V1_RETRY, "8394c8f03e515709", SIZE_MAX));
	for (size_t i = 0; i < 36; i++)
		ck_assert_msg(!genuine(VECTOR_V1_RETRY, VECTOR_DCID, i), "byte %zu", i);
}
END_TEST

/* Every bit of a packet is authenticated: one that is not right, or a part of it, says nothing. */
START_TEST(flipped)
{
	for (size_t i = 0; i < DATAGRAM; i += 7) {
		begin();
		unhex(VECTOR_V1_CLIENT, packet);
		packet[i] ^= (uint8_t)(1 << i % 8);
		feeder_datagram(&f, C, packet, DATAGRAM, DATAGRAM);
		feeder_finish(&f);
		ck_assert_str_eq(feeder_log(&f), "");
		end();
	}
}
END_TEST

START_TEST(cut)
{
	for (size_t cap = 0; cap < DATAGRAM; cap += cap < 64 ? 1 : 23) {
		begin();
		unhex(VECTOR_V1_CLIENT, packet);
		ck_assert_int_eq(ask(packet, cap, cap), MATCH_NO);
		feeder_datagram(&f, C, packet, cap, DATAGRAM);
		feeder_datagram(&f, C, packet, cap, cap);
		feeder_finish(&f);
		ck_assert_str_eq(feeder_log(&f), "");
		end();
	}
}
END_TEST

/* ---- hellos in pieces ---- */

static size_t hello_bytes(uint8_t *out)
{
	return unhex(VECTOR_HELLO, out);
}

START_TEST(scrambled)
{
	uint8_t h[300], frames[800];
	struct quic_sealing q = of_client();
	size_t n = hello_bytes(h), at = 0;

	/* last piece first, pings and padding between, overlaps */
	for (size_t i = n / 20 + 1; i-- > 0;) {
		at = quic_put_crypto(frames, at, i * 20, h + i * 20, n - i * 20 < 25 ? n - i * 20 : 25);
		frames[at++] = i & 1;
	}
	initial(&q, frames, at);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT);
}
END_TEST

START_TEST(two_datagrams)
{
	uint8_t h[300], frames[400];
	struct quic_sealing q = of_client();
	const size_t n = hello_bytes(h);

	/* the second half comes first, a repeat of it after that */
	for (int i = 0; i < 2; i++) {
		initial(&q, frames, quic_put_crypto(frames, 0, 100, h + 100, n - 100));
		ck_assert_str_eq(feeder_log(&f), LABEL("v1"));
	}
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, 120));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT);
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, n));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT);
}
END_TEST

/* Where no buffer is left the halves cannot meet, but a whole hello is read. */
START_TEST(no_room)
{
	uint8_t h[300], frames[400];
	struct quic_sealing q = of_client();
	const size_t n = hello_bytes(h);

	f.no_room = true;
	initial(&q, frames, quic_put_crypto(frames, 0, 100, h + 100, n - 100));
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, 100));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1"));
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, n));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT);
}
END_TEST

/* More pieces than are kept count: nothing is read, and nothing of it is taken for something else. */
START_TEST(too_many_pieces)
{
	uint8_t h[300], frames[1000];
	struct quic_sealing q = of_client();
	size_t n = hello_bytes(h), at = 0;

	for (size_t i = 0; i < n; i += 2)
		at = quic_put_crypto(frames, at, i, h + i, 1);
	initial(&q, frames, at);
	feeder_finish(&f);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") "0 quic version=1 offered=1 close=0\n");
}
END_TEST

START_TEST(private_dns)
{
	uint8_t h[300], frames[400];
	struct quic_sealing q = of_client();
	const size_t n = hello_bytes(h);

	/* ALPN "alpn" becomes "doq" and a byte of the next one's length */
	uint8_t *alpn = memmem(h, n, "\x04" "alpn", 5);
	memcpy(alpn, "\x03" "doq\0", 5);
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, n));
	ck_assert_ptr_nonnull(strstr(feeder_log(&f), "\n0 label DoQ how=alpn\n"));
}
END_TEST

/* ---- how it comes up ---- */

static void short_packet(uint8_t side, const char *hex)
{
	uint8_t b[40] = { 0x41 };
	const size_t n = 1 + unhex(hex, b + 1);

	feeder_datagram(&f, side, b, n + 10, n + 10);
}

static void hellos(void)
{
	uint8_t h[300], frames[400];
	struct quic_sealing client = of_client(), server = of_server();

	initial(&client, frames, quic_put_crypto(frames, 0, 0, h, hello_bytes(h)));
	const size_t n = unhex("020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a120013010000"
			       "2e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b"
			       "00020304", h);
	initial(&server, frames, quic_put_crypto(frames, 0, 0, h, n));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT SERVER);
}

START_TEST(came_up)
{
	hellos();
	short_packet(S, "c1c2c3c4"); /* half a round trip: the client has not finished */
	short_packet(C, "f067a5502a4262b6"); /* to somebody else */
	short_packet(S, "c1c2c3c4");
	ck_assert_uint_eq(f.done, 0);
	short_packet(C, "f067a5502a4262b5");
	ck_assert_uint_eq(f.done, 0);
	short_packet(S, "c1c2c3c5");
	ck_assert_uint_eq(f.done, 0);
	short_packet(S, "c1c2c3c4");
	ck_assert_uint_eq(f.done, 1);
	ck_assert(f.side[S].want == DISSECTOR_DONE);
	short_packet(C, "f067a5502a4262b5");
	ck_assert(f.side[C].want == DISSECTOR_DONE);
}
END_TEST

START_TEST(gives_up)
{
	hellos();
	for (int i = 0; i < 100; i++)
		short_packet(S, "c1c2c3c4");
	ck_assert_uint_eq(f.done, 0);
	ck_assert(f.side[S].want == DISSECTOR_DONE);
}
END_TEST

START_TEST(after_retry)
{
	uint8_t h[300], frames[400];
	struct quic_sealing q = of_client();
	const size_t n = hello_bytes(h);

	q.scid.n = 0; /* as the sample Retry has it */
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, 100));
	say(S, VECTOR_V1_RETRY);
	/* what came before it does not count: keys and stream begin anew */
	q.keys = q.dcid = cid("f067a5502a4262b5");
	q.token = (struct span){ (const uint8_t *)"token", 5 };
	initial(&q, frames, quic_put_crypto(frames, 0, 100, h + 100, n - 100));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1"));
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, 100));
	feeder_finish(&f);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT "0 quic version=1 offered=1 retry close=0\n");
}
END_TEST

/* The Retry itself was not captured: the new id opens the packet, which says as much. */
START_TEST(retry_not_seen)
{
	uint8_t h[300], frames[400];
	struct quic_sealing q = of_client();

	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, 0));
	q.keys = q.dcid = cid("f067a5502a4262b5");
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, hello_bytes(h)));
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT);
}
END_TEST

START_TEST(false_retry)
{
	hellos();
	say(S, "ff000000010004f067a5502a746f6b656e04a265ba2eff4d829058fb3f0f2496ba");
	feeder_finish(&f);
	ck_assert_ptr_null(strstr(feeder_log(&f), "retry"));
}
END_TEST

static void negotiation(const char *ids, const char *rest)
{
	uint8_t h[300], frames[400], vn[64];
	struct quic_sealing q = of_client();

	memset(packet, 0, DATAGRAM);
	unhex("ca1a2a3a4a088394c8f03e51570804c1c2c3c4", packet);
	ck_assert_int_eq(ask(packet, DATAGRAM, DATAGRAM), MATCH_YES);
	feeder_datagram(&f, C, packet, DATAGRAM, DATAGRAM);
	ck_assert_str_eq(feeder_log(&f), "");
	size_t n = unhex("a000000000", vn);
	n += unhex(ids, vn + n);
	n += unhex(rest, vn + n);
	feeder_datagram(&f, S, vn, n, n);
	q.keys = q.dcid = cid("0102030405060708");
	initial(&q, frames, quic_put_crypto(frames, 0, 0, h, hello_bytes(h)));
	feeder_finish(&f);
}

START_TEST(version_negotiation)
{
	negotiation("04c1c2c3c4088394c8f03e515708", "00000001ff00001d");
	ck_assert_str_eq(feeder_log(&f), "1 label QUIC how=version-negotiation\n" CLIENT
					 "0 quic version=1 offered=438975050 negotiated close=0\n");
}
END_TEST

START_TEST(false_negotiation)
{
	negotiation("04c1c2c3c5088394c8f03e515708", "00000001ff00001d");
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT "0 quic version=1 offered=438975050 close=0\n");
}
END_TEST

START_TEST(upgraded)
{
	uint8_t h[300], frames[400];
	struct quic_sealing client = of_client(), server = of_server();

	initial(&client, frames, quic_put_crypto(frames, 0, 0, h, hello_bytes(h)));
	server.version = V2;
	initial(&server, frames, quic_put_crypto(frames, 0, 0, (const uint8_t *)"\x02\0\0\x28\3\3", 6));
	client.version = V2;
	frames[0] = 1;
	initial(&client, frames, 1);
	feeder_finish(&f);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT "0 quic version=1798521807 offered=1 close=0\n");
}
END_TEST

START_TEST(closed)
{
	struct quic_sealing server = of_server();

	say(C, VECTOR_V1_CLIENT);
	server.dcid.n = 0;
	initial(&server, (const uint8_t *)"\2\0\0\0\0\x1c\x41\x28\6\3why", 13);
	feeder_finish(&f);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT "1 alert 2 40 0\n0 quic version=1 offered=1 close=296\n");
}
END_TEST

START_TEST(refused)
{
	struct quic_sealing server = of_server();

	say(C, VECTOR_V1_CLIENT);
	initial(&server, (const uint8_t *)"\x1c\2\0\0", 4);
	ck_assert_str_eq(feeder_log(&f), LABEL("v1") CLIENT "1 reply 2 0 0\n1 rejected 2 0 0\n");
}
END_TEST

/* ---- what is not QUIC, or not to be read ---- */

START_TEST(not_quic)
{
	static const char *const others[] = {
		"80e0000100000001", /* RTP */
		"16fefd000000000000000000", /* DTLS */
		"000100002112a442", /* STUN */
		"c0000000010788888888888888", /* the client's id is too short */
		"c000000001158888888888888888", /* longer than may be */
		"80000000010888888888888888880000449e", /* no fixed bit */
		"c0123456780888888888888888880000449e", /* a version that nobody knows */
		"f0000000010888888888888888880000449e", /* a Retry is no beginning */
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		memset(packet, 0, DATAGRAM);
		unhex(others[i], packet);
		ck_assert_msg(ask(packet, DATAGRAM, DATAGRAM) == MATCH_NO, "%s", others[i]);
	}
	unhex(VECTOR_V1_CLIENT, packet);
	ck_assert_int_eq(ask(packet, DATAGRAM - 1, DATAGRAM - 1), MATCH_NO);
	say(C, "c0000000010888888888888888880000449e");
	ck_assert_str_eq(feeder_log(&f), "");
}
END_TEST

START_TEST(google)
{
	memset(packet, 0, DATAGRAM);
	unhex("0d1122334455667788" "51303433", packet);
	ck_assert_int_eq(ask(packet, DATAGRAM, DATAGRAM), MATCH_YES);
	feeder_datagram(&f, C, packet, DATAGRAM, DATAGRAM);
	ck_assert_str_eq(feeder_log(&f), LABEL("Q043"));
	ck_assert(f.side[C].want == DISSECTOR_DONE);
	unhex("c351303436", packet);
	ck_assert_int_eq(ask(packet, DATAGRAM, DATAGRAM), MATCH_YES);
	unhex("c351303a36", packet);
	ck_assert_int_eq(ask(packet, DATAGRAM, DATAGRAM), MATCH_NO);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quic");
	TCase *vectors = tcase_create("vectors"), *t = tcase_create("quic");

	tcase_add_test(vectors, keys);
	tcase_add_test(vectors, retry_tag);
	tcase_add_test(vectors, flipped);
	tcase_add_test(vectors, cut);
	suite_add_tcase(s, vectors);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, version_1);
	tcase_add_test(t, version_2);
	tcase_add_test(t, scrambled);
	tcase_add_test(t, two_datagrams);
	tcase_add_test(t, no_room);
	tcase_add_test(t, too_many_pieces);
	tcase_add_test(t, private_dns);
	tcase_add_test(t, came_up);
	tcase_add_test(t, gives_up);
	tcase_add_test(t, after_retry);
	tcase_add_test(t, retry_not_seen);
	tcase_add_test(t, false_retry);
	tcase_add_test(t, version_negotiation);
	tcase_add_test(t, false_negotiation);
	tcase_add_test(t, upgraded);
	tcase_add_test(t, closed);
	tcase_add_test(t, refused);
	tcase_add_test(t, not_quic);
	tcase_add_test(t, google);
	suite_add_tcase(s, t);
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
