/* SIP: start lines, fields and their short names, framing in streams, answers, credentials, and announced media. */
#include <check.h>
#include <stdio.h>

#include "dissectors/sdp.h"
#include "dissectors/sip_message.h"
#include "tests/unit/dissect_feed.h"

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_sip, 5060, 5060);
	f.marks = true;
}

static void end(void)
{
	feeder_free(&f);
}

static void stream(void)
{
	end();
	feeder_init(&f, &dissector_sip_tcp, 40000, 5060);
	f.marks = true;
}

static const char *say(uint8_t side, const char *text)
{
	wr_reset(&f.log);
	feeder_datagram(&f, side, text, strlen(text), strlen(text));
	return feeder_log(&f);
}

#define INVITE_HEAD                                                                                                   \
	"INVITE sip:bob@192.0.2.9 SIP/2.0\r\n"                                                                       \
	"Via: SIP/2.0/UDP 10.1.2.3:5070;rport;branch=z9hG4bK1\r\n"                                                 \
	"Max-Forwards: 70\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:bob@x>\r\n"                                          \
	"Call-ID: call1\r\nCSeq: 1 INVITE\r\nContact: \"A \\\"<B\" <sip:a@10.1.2.3:5071;transport=udp>\r\n"            \
	"User-Agent: Phone/1\r\n"
#define INVITE_SAID                                                                                                   \
	"0 sip request status=0 method=INVITE call=call1 branch=z9hG4bK1 agent=Phone/1 via=10.1.2.3#5070 "         \
	"contact=10.1.2.3#5071 expires=0\n"
#define SDP_AUDIO                                                                                                     \
	"v=0\r\no=- 1 1 IN IP4 10.1.2.3\r\ns=-\r\nc=IN IP4 10.1.2.3\r\nt=0 0\r\nm=audio 2222 RTP/AVP 0 8\r\n"          \
	"a=rtpmap:0 PCMU/8000\r\n"
#define AUDIO_SAID(side)                                                                                              \
	side " endpoint SIP call=call1 media=audio at=10.1.2.3#2222 udp sends receives listens\n"                       \
	side " endpoint SIP call=call1 media=audio at=10.1.2.3#2223 udp sends receives listens\n"

START_TEST(invite_with_its_media)
{
	ck_assert_str_eq(say(0, INVITE_HEAD "Content-Type: application/sdp\r\nContent-Length: 110\r\n\r\n" SDP_AUDIO),
			 "0 label SIP how=request\n" INVITE_SAID AUDIO_SAID("0"));
}
END_TEST

/* The same bytes again are a retransmission; the same media in another message are no news, other ones are. */
START_TEST(repetitions)
{
	const char *again = INVITE_HEAD "Content-Type: application/sdp\r\nX: 1\r\n\r\n" SDP_AUDIO "m=video 0 RTP/AVP 1\r\n";

	(void)say(0, INVITE_HEAD "Content-Type: application/sdp\r\n\r\n" SDP_AUDIO);
	ck_assert_str_eq(say(0, INVITE_HEAD "Content-Type: application/sdp\r\n\r\n" SDP_AUDIO), "");
	ck_assert_str_eq(say(0, again), INVITE_SAID);
	ck_assert_str_eq(say(0, INVITE_HEAD "Content-Type: application/sdp\r\nX: 2\r\n\r\n" SDP_AUDIO "a=sendonly\r\n"),
			 INVITE_SAID
			 "0 endpoint SIP call=call1 media=audio at=10.1.2.3#2222 udp sends listens\n");
}
END_TEST

START_TEST(compact_folded_and_lone_line_feeds)
{
	ck_assert_str_eq(say(1, "SIP/2.0 200 OK\nv: SIP / 2.0 / TCP\n  [2001:db8::1]:5061 ;branch = z9\n , SIP/2.0/UDP x\n"
				"i : c2\nCSEQ: 7\t REGISTER\nm: <sip:a@10.0.0.1>;q=1;expires=60, <sip:b@10.0.0.2>\n"
				"Expires: 3600\nServer: S\nl: 0\n\n"),
			 "1 label SIP how=response\n"
			 "1 sip response status=200 method=REGISTER call=c2 branch=z9 agent=S via=2001:db8::1#5061 "
			 "contact=10.0.0.1#0 expires=60\n1 reply 200 0 0\n");
}
END_TEST

static const struct {
	const char *contact, *said;
} contacts[] = {
	{ "*", "contact=::#0 expires=3600" },
	{ "sip:10.0.0.1:5062;expires=5", "contact=10.0.0.1#5062 expires=5" },
	{ "<sips:u;p=1@[2001:db8::2]:1;lr?h=1>", "contact=2001:db8::2#1 expires=3600" },
	{ "<sip:phone.example.com:5060>;expires=x", "contact=::#5060 expires=3600" },
	{ "<tel:+1234>", "contact=::#0 expires=3600" },
	{ "\"unfinished", "contact=::#0 expires=3600" },
	{ "<sip:a@10.0.0.1:99999>", "contact=10.0.0.1#0 expires=3600" },
};

START_TEST(contact_forms)
{
	char text[512];

	snprintf(text, sizeof(text), "REGISTER sip:x SIP/2.0\r\nContact: %s\r\nExpires: 3600\r\n\r\n", contacts[_i].contact);
	const char *said = say(0, text);
	ck_assert_msg(strstr(said, contacts[_i].said) != NULL, "%s: %s", contacts[_i].contact, said);
}
END_TEST

static const struct {
	unsigned status;
	const char *method;
	bool reply, rejected;
} answers[] = {
	{ 100, "INVITE", false, false }, { 180, "INVITE", false, false }, { 200, "INVITE", true, false },
	{ 302, "INVITE", true, false }, { 401, "REGISTER", true, false }, { 407, "INVITE", true, false },
	{ 403, "REGISTER", true, true }, { 404, "REGISTER", true, true }, { 404, "INVITE", true, false },
	{ 486, "INVITE", true, false }, { 487, "INVITE", true, false }, { 503, "INVITE", true, true },
	{ 603, "INVITE", true, false }, { 403, "INVITE", true, true }, { 404, "OPTIONS", true, false },
	{ 481, "BYE", true, false },
};

START_TEST(answers_and_refusals)
{
	char text[512], reply[64], rejected[64];

	snprintf(text, sizeof(text), "SIP/2.0 %u X\r\nCSeq: 1 %s\r\n\r\n", answers[_i].status, answers[_i].method);
	snprintf(reply, sizeof(reply), "1 reply %u 0 0\n", answers[_i].status);
	snprintf(rejected, sizeof(rejected), "1 rejected %u 0 0\n", answers[_i].status);
	const char *said = say(1, text);
	ck_assert_msg(!strstr(said, reply) == !answers[_i].reply, "%u: %s", answers[_i].status, said);
	ck_assert_msg(!strstr(said, "reply") == !answers[_i].reply, "%u: %s", answers[_i].status, said);
	ck_assert_msg(!strstr(said, rejected) == !answers[_i].rejected, "%u: %s", answers[_i].status, said);
}
END_TEST

START_TEST(credentials_are_said_once)
{
	ck_assert(strstr(say(0, "REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username=\"a\"\r\n\r\n"),
			 "0 auth SIP mechanism=digest\n"));
	ck_assert(!strstr(say(0, "REGISTER sip:x SIP/2.0\r\nCSeq: 2 REGISTER\r\nAuthorization: digest a=b\r\n\r\n"), "auth"));
	const char *said = say(0, "INVITE sip:x SIP/2.0\r\nProxy-Authorization: Basic YTpi\r\n\r\n");
	ck_assert_msg(strstr(said, "0 auth SIP mechanism=basic cleartext proxy\n"), "%s", said);
	ck_assert_msg(!strstr(said, "YTpi"), "%s", said);
}
END_TEST

/* ---- streams ---- */

#define BYE "BYE sip:x SIP/2.0\r\nCall-ID: c\r\nCSeq: 2 BYE\r\nContent-Length: 5\r\n\r\nhello"
#define OK_BYE "\r\n\r\nSIP/2.0 200 OK\r\nCall-ID: c\r\nCSeq: 3 BYE\r\nl: 0\r\n\r\n"
#define BYE_SAID "0 sip request status=0 method=BYE call=c branch= agent= via=::#0 contact=::#0 expires=0\n"
#define OK_BYE_SAID                                                                                                   \
	"0 sip response status=200 method=BYE call=c branch= agent= via=::#0 contact=::#0 expires=0\n0 reply 200 0 0\n"

START_TEST(stream_in_pieces)
{
	static const char text[] = BYE OK_BYE INVITE_HEAD "c: application/sdp\r\nl: 110\r\n\r\n" SDP_AUDIO "\r\n\r\n";

	for (size_t step = 1; step < sizeof(text); step++) {
		stream();
		feeder_segments(&f, 0, (const uint8_t *)text, sizeof(text) - 1, step);
		ck_assert_msg(!strcmp(feeder_log(&f), "0 label SIP how=request\n" BYE_SAID OK_BYE_SAID INVITE_SAID
					      AUDIO_SAID("0")), "%zu: %s", step, feeder_log(&f));
	}
}
END_TEST

/* After a gap, and in a stream that began before the capture, the next start line is found. */
START_TEST(stream_with_a_gap)
{
	static const char tail[] = "tag=1\r\nContent-Length: 3\r\n\r\nabc\r\n" BYE;

	stream();
	feeder_push(&f, 0, BYE, 20, 20);
	feeder_lose(&f, 0, 100);
	feeder_segments(&f, 0, (const uint8_t *)tail, sizeof(tail) - 1, 7);
	ck_assert_str_eq(feeder_log(&f), "0 label SIP how=request\n" BYE_SAID);
}
END_TEST

/* A body nobody keeps whole is passed over, a head nobody keeps whole is said as far as it is there. */
START_TEST(stream_with_long_parts)
{
	static char text[20000];
	int n = snprintf(text, sizeof(text), "MESSAGE sip:x SIP/2.0\r\nCall-ID: long\r\nContent-Length: 9000\r\n\r\n%9000s" BYE, "");

	stream();
	feeder_segments(&f, 0, (const uint8_t *)text, (size_t)n, 1400);
	ck_assert_msg(strstr(feeder_log(&f), "method=MESSAGE call=long") && strstr(feeder_log(&f), BYE_SAID), "%s",
		      feeder_log(&f));
	stream();
	n = snprintf(text, sizeof(text), "INFO sip:x SIP/2.0\r\nCall-ID: big\r\nX: %5000s\r\nl: 0\r\n\r\n" BYE, "");
	feeder_segments(&f, 0, (const uint8_t *)text, (size_t)n, 1400);
	ck_assert_msg(strstr(feeder_log(&f), "method=INFO call=big") && strstr(feeder_log(&f), BYE_SAID), "%s",
		      feeder_log(&f));
}
END_TEST

/* A stream in which nothing is found for long costs nothing any more. */
START_TEST(stream_given_up)
{
	static uint8_t noise[200000];

	stream();
	memset(noise, 'x', sizeof(noise));
	feeder_push(&f, 0, BYE, sizeof(BYE) - 1, sizeof(BYE) - 1);
	feeder_segments(&f, 0, noise, sizeof(noise), 1000);
	ck_assert(f.side[0].want == DISSECTOR_DONE);
}
END_TEST

START_TEST(keep_alives_and_strangers)
{
	ck_assert_str_eq(say(0, "\r\n\r\n"), "");
	feeder_datagram(&f, 0, "\0\0\0\0", 4, 4);
	feeder_datagram(&f, 0, "\0\1\0\0\x21\x12\xa4\x42" "abcdefghijkl", 20, 20);
	ck_assert_str_eq(feeder_log(&f), "");
}
END_TEST

/* What was not captured is not made up: a cut head says its whole lines, a cut body its whole media. */
START_TEST(cut_anywhere)
{
	static const char text[] = INVITE_HEAD "Content-Type: application/sdp\r\nContent-Length: 110\r\n\r\n" SDP_AUDIO;
	const size_t n = sizeof(text) - 1;

	for (size_t cap = 0; cap < n; cap++) {
		end();
		begin();
		feeder_datagram(&f, 0, text, cap, n);
		const char *said = feeder_log(&f);
		ck_assert_msg(!strstr(said, "call=") || strstr(said, "call=call1") || strstr(said, "call= "), "%s", said);
		ck_assert_msg(!strstr(said, "endpoint") || strstr(said, AUDIO_SAID("0")), "%zu: %s", cap, said);
		ck_assert((cap < 34) == !strstr(said, "INVITE"));
	}
}
END_TEST

static const struct {
	const char *bytes;
	uint16_t port;
	enum dissector_match datagram, stream;
} firsts[] = {
	{ "OPTIONS sip:x SIP/2.0\r\n", 9999, MATCH_YES, MATCH_YES },
	{ "SIP/2.0 200 OK\r\n", 9999, MATCH_YES, MATCH_YES },
	{ "SIP/2.0 2x0 OK\r\n", 9999, MATCH_NO, MATCH_NO },
	{ "\r\n\r\nACK tel:1 SIP/2.0\r\n", 9999, MATCH_YES, MATCH_YES },
	{ "INVITE sip:x", 9999, MATCH_YES, MATCH_YES },
	{ "INV", 9999, MATCH_NO, MATCH_MAYBE },
	{ "SIP/2", 9999, MATCH_NO, MATCH_MAYBE },
	{ "\r\n", 9999, MATCH_NO, MATCH_MAYBE },
	{ "\r\n\r\n", 5060, MATCH_YES, MATCH_MAYBE },
	{ "GET / HTTP/1.1\r\nHost: sip:x\r\n\r\n", 5060, MATCH_NO, MATCH_NO },
	{ "OPTIONS rtsp://x RTSP/1.0\r\n", 554, MATCH_NO, MATCH_NO },
	{ "EHLO sip", 25, MATCH_NO, MATCH_MAYBE },
	{ "EHLO example.com", 25, MATCH_NO, MATCH_NO },
	{ "  SIP/2.0\r\n", 5060, MATCH_NO, MATCH_NO },
};

START_TEST(first_bytes)
{
	const size_t n = strlen(firsts[_i].bytes);
	struct dissector_input in = { .port = { 40000, firsts[_i].port }, .bytes = rd_of(firsts[_i].bytes, n, n) };

	ck_assert_msg(dissector_sip.recognise(&in) == firsts[_i].datagram, "%s", firsts[_i].bytes);
	ck_assert_msg(dissector_sip_tcp.recognise(&in) == firsts[_i].stream, "%s", firsts[_i].bytes);
}
END_TEST

/* ---- SDP ---- */

static const struct {
	const char *what, *sdp, *said;
} descriptions[] = {
	{ "session address and direction", "v=0\nc=IN IP4 10.0.0.1\na=recvonly\nm=audio 4000 RTP/SAVP 0\n",
	  "audio 10.0.0.1#4000 secure receives listens; rtcp 10.0.0.1#4001\n" },
	{ "own address and direction", "v=0\nc=IN IP4 10.0.0.1\na=recvonly\nm=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::1\n"
	  "a=sendonly\n", "audio 2001:db8::1#4000 sends listens; rtcp 2001:db8::1#4001\n" },
	{ "hold", "v=0\nc=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0\n", "audio 0.0.0.0#4000 listens; rtcp 0.0.0.0#4001\n" },
	{ "inactive", "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\na=inactive\n",
	  "audio 10.0.0.1#4000 listens; rtcp 10.0.0.1#4001\n" },
	{ "rejected", "v=0\nc=IN IP4 10.0.0.1\nm=audio 0 RTP/AVP 0\na=sendonly\nm=video 6000 RTP/AVP 96\n",
	  "video 10.0.0.1#6000 sends receives listens; rtcp 10.0.0.1#6001\n" },
	{ "own RTCP port", "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\na=rtcp:5555\n",
	  "audio 10.0.0.1#4000 sends receives listens; rtcp 10.0.0.1#5555\n" },
	{ "own RTCP address", "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\na=rtcp:53020 IN IP4 10.0.0.2\n",
	  "audio 10.0.0.1#4000 sends receives listens; rtcp 10.0.0.2#53020\n" },
	{ "pairs of ports", "v=0\nc=IN IP4 224.2.1.1/127/3\nm=video 49170/2 RTP/AVP 31\n",
	  "video 224.2.1.1#49170-49172 sends receives listens; rtcp 224.2.1.1#49171-49173\n" },
	{ "not RTP", "v=0\nc=IN IP4 10.0.0.1\nm=image 4002 udptl t38\n", "image 10.0.0.1#4002 sends receives listens\n" },
	{ "TCP, active", "v=0\nc=IN IP4 10.0.0.1\nm=message 9 TCP/MSRP *\na=setup:active\n",
	  "message 10.0.0.1#9 tcp sends receives\n" },
	{ "a name for an address", "v=0\nc=IN IP4 host.example\nm=audio 4000 UDP/TLS/RTP/SAVPF 0\n",
	  "audio ::#4000 secure sends receives listens; rtcp ::#4001\n" },
	{ "highest port", "v=0\nc=IN IP4 10.0.0.1\nm=audio 65535 RTP/AVP 0\n",
	  "audio 10.0.0.1#65535 sends receives listens\n" },
	{ "no port", "v=0\nm=audio 70000 RTP/AVP 0\nm=audio x RTP/AVP 0\nm=\nm=audio\n", "" },
	{ "multipart", "--b\nContent-Type: application/sdp\n\nv=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\n--b\n"
	  "m=audio 5000 RTP/AVP 0\n", "audio 10.0.0.1#4000 sends receives listens; rtcp 10.0.0.1#4001\n" },
	{ "no last line end", "v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0",
	  "audio 10.0.0.1#4000 sends receives listens; rtcp 10.0.0.1#4001\n" },
	{ "no description", "hello\nm=audio 4000 RTP/AVP 0\n", "" },
};

static void put_place(struct wr *w, const struct fact_endpoint *e)
{
	wr_addr(w, &e->addr);
	media_number(w, "#", e->port);
	if (e->port_to != e->port)
		media_number(w, "-", e->port_to);
}

START_TEST(session_descriptions)
{
	struct sdp_media m[SDP_MEDIA];
	const char *sdp = descriptions[_i].sdp;
	size_t n = sdp_read(rd_of(sdp, strlen(sdp), strlen(sdp)), m);

	for (size_t i = 0; i < n; i++) {
		wr_span(&f.log, m[i].media.media);
		wr_char(&f.log, ' ');
		put_place(&f.log, &m[i].media);
		wr_str(&f.log, m[i].media.tcp ? " tcp" : "");
		wr_str(&f.log, m[i].media.secure ? " secure" : "");
		wr_str(&f.log, m[i].media.sends ? " sends" : "");
		wr_str(&f.log, m[i].media.receives ? " receives" : "");
		wr_str(&f.log, m[i].media.listens ? " listens" : "");
		if (m[i].has_rtcp) {
			wr_str(&f.log, "; rtcp ");
			put_place(&f.log, &m[i].rtcp);
		}
		wr_char(&f.log, '\n');
	}
	ck_assert_msg(!strcmp(feeder_log(&f), descriptions[_i].said), "%s: %s", descriptions[_i].what, feeder_log(&f));
}
END_TEST

START_TEST(more_media_than_there_is_room)
{
	struct sdp_media m[SDP_MEDIA];
	char sdp[1024] = "v=0\nc=IN IP4 10.0.0.1\n";
	size_t n = strlen(sdp);

	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(sdp + n, sizeof(sdp) - n, "m=audio %d RTP/AVP 0\na=rtcp:1\n", 4000 + 2 * i);
	ck_assert_uint_eq(sdp_read(rd_of(sdp, n, n), m), SDP_MEDIA);
	ck_assert_uint_eq(m[SDP_MEDIA - 1].media.port, 4014);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sip");
	TCase *c = tcase_create("sip");

	tcase_set_timeout(c, 30);
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, invite_with_its_media);
	tcase_add_test(c, repetitions);
	tcase_add_test(c, compact_folded_and_lone_line_feeds);
	tcase_add_loop_test(c, contact_forms, 0, (int)(sizeof(contacts) / sizeof(contacts[0])));
	tcase_add_loop_test(c, answers_and_refusals, 0, (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(c, credentials_are_said_once);
	tcase_add_test(c, stream_in_pieces);
	tcase_add_test(c, stream_with_a_gap);
	tcase_add_test(c, stream_with_long_parts);
	tcase_add_test(c, stream_given_up);
	tcase_add_test(c, keep_alives_and_strangers);
	tcase_add_test(c, cut_anywhere);
	tcase_add_loop_test(c, first_bytes, 0, (int)(sizeof(firsts) / sizeof(firsts[0])));
	tcase_add_loop_test(c, session_descriptions, 0, (int)(sizeof(descriptions) / sizeof(descriptions[0])));
	tcase_add_test(c, more_media_than_there_is_room);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
