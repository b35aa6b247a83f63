/* HTTP/1: requests with their answers, bodies, proxies and tunnels, credentials, and views that lack much. */
#include "tests/unit/app_feed.h"

#define LABEL "0 label HTTP how=request\n"
#define GET "GET /generate_204 HTTP/1.1\r\nHost: example.com\r\n\r\n"
#define NO_CONTENT "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
#define GOT_204 "0 http method=GET host=example.com target=/generate_204 status=204 length=0 type= location= empty\n" \
		"1 reply 204 0 0\n"
#define SHORT_GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK_BODY "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define SHORT_OK(path) "0 http method=GET host=a target=" path " status=200 length=5 type= location=\n1 reply 200 0 0\n"

static const struct {
	const char *what;
	struct turn turns[10];
	const char *due;
} cases[] = {
	{ "a probe", { TURN(CLIENT, GET), TURN(SERVER, NO_CONTENT) }, LABEL GOT_204 },
	{ "two on one connection, the first with a body, the query left out",
	  { TURN(CLIENT, "GET /page?key=secret HTTP/1.1\r\nHost: a\r\n\r\n"), TURN(SERVER, OK_BODY), TURN(CLIENT, GET),
	    TURN(SERVER, NO_CONTENT) },
	  LABEL SHORT_OK("/page") GOT_204 },
	{ "pipelined", { TURN(CLIENT, SHORT_GET("/1") SHORT_GET("/2")), TURN(SERVER, OK_BODY OK_BODY) },
	  LABEL SHORT_OK("/1") SHORT_OK("/2") },
	{ "a request with a body, one with chunks",
	  { TURN(CLIENT, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\nGET / HTTP/1."
			 "PUT /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n"
			 "4;x=y\r\nGET \r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n" SHORT_GET("/3")),
	    TURN(SERVER, OK_BODY OK_BODY OK_BODY) },
	  LABEL "0 http method=POST host=a target=/1 status=200 length=5 type= location=\n1 reply 200 0 0\n"
		"0 http method=PUT host=a target=/2 status=200 length=5 type= location=\n1 reply 200 0 0\n"
		SHORT_OK("/3") },
	{ "a portal",
	  { TURN(CLIENT, GET), TURN(SERVER, "HTTP/1.1 302 Found\r\nlocation:  http://portal.example/login \r\n"
					    "Content-Type: text/html; charset=utf-8\r\nContent-Length: 0\r\n\r\n") },
	  LABEL "0 http method=GET host=example.com target=/generate_204 status=302 length=0 "
		"type=text/html; charset=utf-8 location=http://portal.example/login empty\n1 reply 302 0 0\n" },
	{ "chunks count more than a length; an answer in chunks, then the next",
	  { TURN(CLIENT, SHORT_GET("/1") SHORT_GET("/2")),
	    TURN(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
			 "8\r\nHTTP/1.1\r\n0\r\n\r\n" OK_BODY) },
	  LABEL "0 http method=GET host=a target=/1 status=200 length=2 type= location=\n1 reply 200 0 0\n"
		SHORT_OK("/2") },
	{ "to the end of the connection: nothing behind it is read",
	  { TURN(CLIENT, GET), TURN(SERVER, "HTTP/1.0 200 OK\r\n\r\n"), TURN(SERVER, OK_BODY) },
	  LABEL "0 http method=GET host=example.com target=/generate_204 status=200 length=-1 type= location=\n"
		"1 reply 200 0 0\n" },
	{ "two lengths that differ",
	  { TURN(CLIENT, SHORT_GET("/")),
	    TURN(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
	    TURN(SERVER, OK_BODY) },
	  LABEL "0 http method=GET host=a target=/ status=200 length=-1 type= location=\n1 reply 200 0 0\n" },
	{ "HEAD, 304: a length and no body",
	  { TURN(CLIENT, "HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n" SHORT_GET("/2") SHORT_GET("/3")),
	    TURN(SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
			 "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n" OK_BODY) },
	  LABEL "0 http method=HEAD host=a target=/1 status=200 length=5 type= location= empty\n1 reply 200 0 0\n"
		"0 http method=GET host=a target=/2 status=304 length=5 type= location= empty\n1 reply 304 0 0\n"
		SHORT_OK("/3") },
	{ "an interim answer", { TURN(CLIENT, SHORT_GET("/")), TURN(SERVER, "HTTP/1.1 100 Continue\r\n\r\n" OK_BODY) },
	  LABEL SHORT_OK("/") },
	{ "WebSocket: the rest is not HTTP",
	  { TURN(CLIENT, SHORT_GET("/")),
	    TURN(SERVER, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"), TURN(SERVER, OK_BODY),
	    TURN(CLIENT, SHORT_GET("/")) },
	  LABEL "0 http method=GET host=a target=/ status=101 length=-1 type= location= empty\n1 reply 101 0 0\n" },
	{ "a tunnel, asked for twice: the inner protocol begins behind each header",
	  { TURN(CLIENT, "CONNECT esupport.ibm.com:443 HTTP/1.1\r\nHost: other\r\n\r\n"),
	    TURN(SERVER, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno!"),
	    TURN(CLIENT, "CONNECT esupport.ibm.com:443 HTTP/1.1\r\nproxy-authorization: basic Zm9vOmJhcg==\r\n\r\n"),
	    TURN(SERVER, "HTTP/1.1 200 Connection established\r\n\r\n"), TURN(CLIENT, "\x16\x03\x01"),
	    TURN(SERVER, "\x16\x03\x03") },
	  LABEL "0 http method=CONNECT host=esupport.ibm.com:443 target= status=407 length=3 type= location= connect\n"
		"1 reply 407 0 0\n0 auth HTTP mechanism=basic cleartext proxy\n"
		"0 http method=CONNECT host=esupport.ibm.com:443 target= status=200 length=-1 type= location= connect\n"
		"1 reply 200 0 0\n0 handover at 136\n" },
	{ "a server that speaks first in the tunnel",
	  { TURN(CLIENT, "CONNECT a:22 HTTP/1.1\r\n\r\n"), TURN(SERVER, "HTTP/1.1 200 OK\r\n\r\n"),
	    TURN(SERVER, "SSH-2.0-x\r\n") },
	  LABEL "0 http method=CONNECT host=a:22 target= status=200 length=-1 type= location= connect\n"
		"1 reply 200 0 0\n1 handover at 19\n" },
	{ "a client that does not wait for its tunnel: its bytes are the first of the inner protocol",
	  { TURN(CLIENT, "CONNECT a:443 HTTP/1.1\r\n\r\n\x16\n\x01"), TURN(SERVER, "HTTP/1.1 200 OK\r\n\r\n"),
	    TURN(CLIENT, "\x01") },
	  LABEL "0 http method=CONNECT host=a:443 target= status=200 length=-1 type= location= connect\n"
		"1 reply 200 0 0\n0 handover at 26\n" },
	{ "a tunnel refused, and the next request waits for that",
	  { TURN(CLIENT, "CONNECT a:25 HTTP/1.1\r\n\r\n" SHORT_GET("/")),
	    TURN(SERVER, "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"), TURN(CLIENT, SHORT_GET("/")) },
	  LABEL "0 http method=CONNECT host=a:25 target= status=405 length=0 type= location= connect empty\n"
		"1 reply 405 0 0\n1 rejected 405 0 0\n"
		"0 http method=GET host=a target=/ status=0 length=-1 type= location=\n"
		"0 http method=GET host=a target=/ status=0 length=-1 type= location=\n" },
	{ "to a proxy without a tunnel; who asks is not told",
	  { TURN(CLIENT, "GET http://me:pass@www.example.com:8080/x?y HTTP/1.1\r\nHost: other\r\n\r\n"
			 "GET HTTP://www.example.com?y HTTP/1.1\r\nHost: other\r\n\r\n"), TURN(SERVER, OK_BODY) },
	  LABEL "0 http method=GET host=www.example.com:8080 target=/x status=200 length=5 type= location= absolute\n"
		"1 reply 200 0 0\n"
		"0 http method=GET host=www.example.com target= status=0 length=-1 type= location= absolute\n" },
	{ "credentials: each kind once, a demand is no refusal, a refused one is",
	  { TURN(CLIENT, SHORT_GET("/1")), TURN(SERVER, "HTTP/1.1 401 Who?\r\nContent-Length: 0\r\n\r\n"),
	    TURN(CLIENT, "GET /2 HTTP/1.1\r\nHost: a\r\nAuthorization: Digest username=\"x\"\r\n\r\n"),
	    TURN(SERVER, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"),
	    TURN(CLIENT, "GET /3 HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\n\r\n"
			 "GET /4 HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\n\r\n") },
	  LABEL "0 http method=GET host=a target=/1 status=401 length=0 type= location= empty\n1 reply 401 0 0\n"
		"0 auth HTTP mechanism=digest\n"
		"0 http method=GET host=a target=/2 status=401 length=0 type= location= empty\n1 reply 401 0 0\n"
		"1 rejected 401 0 0\n0 auth HTTP mechanism=basic cleartext\n"
		"0 http method=GET host=a target=/3 status=0 length=-1 type= location=\n"
		"0 http method=GET host=a target=/4 status=0 length=-1 type= location=\n" },
	{ "what is a no and what is none",
	  { TURN(CLIENT, SHORT_GET("/1") SHORT_GET("/2") SHORT_GET("/3")),
	    TURN(SERVER, "HTTP/1.1 404 -\r\nContent-Length: 0\r\n\r\nHTTP/1.1 403 -\r\nContent-Length: 0\r\n\r\n"
			 "HTTP/1.1 511 -\r\nContent-Length: 0\r\n\r\n") },
	  LABEL "0 http method=GET host=a target=/1 status=404 length=0 type= location= empty\n1 reply 404 0 0\n"
		"0 http method=GET host=a target=/2 status=403 length=0 type= location= empty\n1 reply 403 0 0\n"
		"1 rejected 403 0 0\n"
		"0 http method=GET host=a target=/3 status=511 length=0 type= location= empty\n1 reply 511 0 0\n"
		"1 rejected 511 0 0\n" },
	{ "requests alone", { TURN(CLIENT, GET) },
	  LABEL "0 http method=GET host=example.com target=/generate_204 status=0 length=-1 type= location=\n" },
	{ "answers alone", { TURN(SERVER, OK_BODY NO_CONTENT) },
	  "1 label HTTP how=response\n"
	  "0 http method= host= target= status=200 length=5 type= location=\n1 reply 200 0 0\n"
	  "0 http method= host= target= status=204 length=0 type= location= empty\n1 reply 204 0 0\n" },
	{ "bare line ends and empty lines before a message",
	  { TURN(CLIENT, "\r\nGET / HTTP/1.0\nHost: a\n\n"),
	    TURN(SERVER, "HTTP/1.0 200 OK\nContent-Length: 5\n\nhello") },
	  LABEL SHORT_OK("/") },
};

START_TEST(streams)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		app_play(&dissector_http, 80, cases[i].what, cases[i].turns, cases[i].due);
}
END_TEST

#define CONNECT_200 "CONNECT a:443 HTTP/1.1\r\nUser-Agent: x\r\n\r\n"

static const struct first firsts[] = {
	FIRST("GET", CLIENT, 80, MATCH_YES, GET),
	FIRST("CONNECT", CLIENT, 3128, MATCH_YES, CONNECT_200),
	FIRST("a method nobody knows", CLIENT, 80, MATCH_YES, "X_YZ-Z / HTTP/1.1\r\n"),
	FIRST("OPTIONS", CLIENT, 80, MATCH_YES, "OPTIONS * HTTP/1.1\r\n"),
	FIRST("an answer", SERVER, 80, MATCH_YES, NO_CONTENT),
	FIRST("an answer without a reason", SERVER, 80, MATCH_YES, "HTTP/1.1 200\r\n"),
	FIRST("a target with a blank", CLIENT, 80, MATCH_YES, "GET /a b HTTP/1.1\r\n"),
	FIRST("RTSP", CLIENT, 554, MATCH_NO, "OPTIONS rtsp://a/ RTSP/1.0\r\n"),
	FIRST("SIP", CLIENT, 5060, MATCH_NO, "INVITE sip:a@b SIP/2.0\r\n"),
	FIRST("SIP's answer", SERVER, 5060, MATCH_NO, "SIP/2.0 200 OK\r\n"),
	FIRST("HTTP/2", CLIENT, 80, MATCH_NO, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	FIRST("HTTP/0.9", CLIENT, 80, MATCH_NO, "GET /\r\n"),
	FIRST("no target", CLIENT, 80, MATCH_NO, "GET  HTTP/1.1\r\n"),
	FIRST("a version that is none", CLIENT, 80, MATCH_NO, "GET / HTTP/1.x\r\n"),
	FIRST("lower case", CLIENT, 80, MATCH_NO, "get / HTTP/1.1\r\n"),
	FIRST("a method too long", CLIENT, 80, MATCH_NO, "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n"),
	FIRST("control bytes", CLIENT, 80, MATCH_NO, "GET /\x01 HTTP/1.1\r\n"),
	FIRST("SSH", CLIENT, 80, MATCH_NO, "SSH-2.0-x\r\n"),
	FIRST("SMTP", SERVER, 25, MATCH_NO, "220 mail ESMTP\r\n"),
	FIRST("a status that is none", SERVER, 80, MATCH_NO, "HTTP/1.1 20 OK\r\n"),
	FIRST("a status of four digits", SERVER, 80, MATCH_NO, "HTTP/1.1 2000 OK\r\n"),
	FIRST("status 0", SERVER, 80, MATCH_NO, "HTTP/1.1 000 OK\r\n"),
	FIRST("nothing", CLIENT, 80, MATCH_NO, ""),
};

START_TEST(recognised)
{
	app_recognise(&dissector_http, firsts, sizeof(firsts) / sizeof(firsts[0]));
	/* a line that is still to come; one that was cut is known by method and target */
	ck_assert_int_eq(app_ask(&dissector_http, CLIENT, 80, "GET /gener", 10, 10), MATCH_YES);
	ck_assert_int_eq(app_ask(&dissector_http, CLIENT, 80, "OPTIONS *", 9, 9), MATCH_MAYBE);
	ck_assert_int_eq(app_ask(&dissector_http, CLIENT, 80, "OPTIONS *", 9, 90), MATCH_MAYBE);
	ck_assert_int_eq(app_ask(&dissector_http, SERVER, 80, "HTTP/1.1 2", 10, 10), MATCH_MAYBE);
}
END_TEST

static struct feeder f;

static void begin(void)
{
	app_begin(&f, &dissector_http, 80);
}

static void end(void)
{
	feeder_free(&f);
}

static const char *log_at_end(void)
{
	feeder_finish(&f);
	return feeder_log(&f);
}

/* More requests than are kept: they are told without answers, and answers are not guessed at. */
START_TEST(too_many_pipelined)
{
	begin();
	for (int i = 0; i < 9; i++)
		app_say(&f, CLIENT, SHORT_GET("/"));
	app_say(&f, SERVER, OK_BODY);
	ck_assert_uint_eq(f.facts[FACT_HTTP], 4); /* they are all alike */
	ck_assert_ptr_null(strstr(log_at_end(), "status=200"));
	end();
}
END_TEST

/* A long session says what is new, and no more facts than there is room for. */
START_TEST(bounded)
{
	char request[64];

	begin();
	for (int i = 0; i < 100; i++) {
		app_say(&f, CLIENT, SHORT_GET("/"));
		app_say(&f, SERVER, OK_BODY);
	}
	ck_assert_uint_eq(f.facts[FACT_HTTP], 4);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: h%d\r\n\r\n", i);
		app_say(&f, CLIENT, request);
		app_say(&f, SERVER, OK_BODY);
	}
	ck_assert_uint_eq(f.facts[FACT_HTTP], 10);
	unsigned replies = 0;
	for (const char *p = feeder_log(&f); (p = strstr(p, "reply")); p++)
		replies++;
	ck_assert_uint_eq(replies, 16);
	app_say(&f, CLIENT, SHORT_GET("/"));
	app_say(&f, SERVER, "HTTP/1.1 503 No\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(feeder_log(&f), "1 rejected 503"));
	end();
}
END_TEST

/* Lines longer than what a stream keeps: the request is known, the fields behind them are read. */
START_TEST(long_lines)
{
	static char line[10000];

	begin();
	memset(line, 'x', sizeof(line) - 1);
	app_say(&f, CLIENT, "GET /");
	app_say(&f, CLIENT, line);
	app_say(&f, CLIENT, " HTTP/1.1\r\nCookie: ");
	app_say(&f, CLIENT, line);
	app_say(&f, CLIENT, "\r\nHost: a\r\n\r\n" SHORT_GET("/2"));
	app_say(&f, SERVER, OK_BODY OK_BODY);
	log_at_end();
	ck_assert_uint_eq(f.facts[FACT_HTTP], 2);
	ck_assert_ptr_nonnull(strstr(feeder_log(&f), "host=a target=/xxxx"));
	ck_assert_ptr_nonnull(strstr(feeder_log(&f), "host=a target=/2 status=200"));
	end();
}
END_TEST

/* A host or path longer than its room is cut, never left out. */
START_TEST(long_names)
{
	static char text[1024];
	char due[200];

	begin();
	app_say(&f, CLIENT, "GET /");
	memset(text, 'p', 300);
	app_say(&f, CLIENT, text);
	app_say(&f, CLIENT, " HTTP/1.1\r\nHost: ");
	memset(text, 'h', 300);
	app_say(&f, CLIENT, text);
	app_say(&f, CLIENT, "\r\n\r\n");
	log_at_end();
	memset(due, 'p', 127);
	due[127] = 0;
	const char *path = strstr(feeder_log(&f), "target=/"), *host = strstr(feeder_log(&f), "host=");
	ck_assert(path && host && strncmp(path + 8, due, 127) == 0 && path[8 + 127] == ' ');
	ck_assert_uint_eq(strspn(host + 5, "h"), 261);
	end();
}
END_TEST

/* Frames cut by the capture: what stands in the captured part, and the next message where a frame begins with it. */
START_TEST(cut_frames)
{
	static const char request[] = GET, answer[] = "HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n";

	begin();
	for (int i = 0; i < 2; i++) {
		feeder_push(&f, CLIENT, request, 30, sizeof(request) - 1);
		feeder_push(&f, SERVER, answer, 25, 900);
		feeder_push(&f, SERVER, "<html>", 6, 1400);
	}
	ck_assert_str_eq(log_at_end(),
			 LABEL "0 http method=GET host= target=/generate_204 status=302 length=-1 type= location=\n"
			       "1 reply 302 0 0\n"
			       "0 http method=GET host= target=/generate_204 status=302 length=-1 type= location=\n"
			       "1 reply 302 0 0\n");
	end();
}
END_TEST

/* Half a name is none. */
START_TEST(cut_in_the_name)
{
	static const char request[] = "CONNECT esupport.ibm.com:443 HTTP/1.1\r\nHost: esupport.ibm.com\r\n\r\n";

	begin();
	feeder_push(&f, CLIENT, request, 26, sizeof(request) - 1);
	ck_assert_str_eq(log_at_end(),
			 LABEL "0 http method=CONNECT host= target= status=0 length=-1 type= location= connect\n");
	end();
}
END_TEST

/* A lost answer's request is told without one; the next answer belongs to the next request. */
START_TEST(loss)
{
	begin();
	app_say(&f, CLIENT, SHORT_GET("/1"));
	feeder_lose(&f, SERVER, 500);
	app_say(&f, SERVER, "the end of a page");
	app_say(&f, CLIENT, SHORT_GET("/2"));
	app_say(&f, SERVER, OK_BODY);
	ck_assert_str_eq(log_at_end(),
			 LABEL "0 http method=GET host=a target=/1 status=0 length=-1 type= location=\n"
			       SHORT_OK("/2"));
	end();
}
END_TEST

/* Loss inside a body of known length changes nothing. */
START_TEST(loss_in_a_body)
{
	begin();
	app_say(&f, CLIENT, SHORT_GET("/1") SHORT_GET("/2"));
	app_say(&f, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin");
	feeder_lose(&f, SERVER, 100000 - 5);
	app_say(&f, SERVER, OK_BODY);
	ck_assert_uint_eq(f.facts[FACT_HTTP], 2);
	ck_assert_ptr_nonnull(strstr(feeder_log(&f), SHORT_OK("/2")));
	end();
}
END_TEST

/* Skipped bytes are not asked for: the next wanted offset lies behind the body. */
START_TEST(skips_bodies)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";

	begin();
	app_say(&f, CLIENT, SHORT_GET("/1"));
	app_say(&f, SERVER, head);
	ck_assert_uint_eq(f.side[SERVER].want, sizeof(head) - 1 + 1000000);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { streams, recognised, too_many_pipelined, bounded, long_lines, long_names,
				       cut_frames, cut_in_the_name, loss, loss_in_a_body, skips_bodies };

	return app_main("http", tests, sizeof(tests) / sizeof(tests[0]));
}
