/*
 * What dissectors may do to a flow beside reading: hand its stream over, speak at its end, announce another flow, mark.
 * The one here is a toy whose bytes are commands of one character; a digit is a label, and so is what it does not know:
 *
 *   H    from the next call on the stream is another's    Q  no more of this side
 *   > ?  wait: the rest is not mine yet                   F  say a label and a mark when the flow closes
 *   E    announce an endpoint                             R  a record, for the listener, which says a label at the end
 *   A    an application's answer                          N  an application's no
 *   T    marks a TLS record                               U  a label: are records of data heard? "h" or "u"
 *
 * Its first byte is '<'. The inner one's is '>', and all that follows are labels.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sensor_rig.h"

enum { CLIENT = 10, SERVER = 20 };

struct toy {
	bool over, farewell;
};

static uint64_t inner_at[2]; /* offset of the inner dissector's first call of each side; each test is a process */
static unsigned inner_gaps, listeners;

static void say_label(const struct fact_sink *out, uint8_t side, struct span text, struct span how)
{
	struct fact f = { .kind = FACT_LABEL, .side = side };

	f.label.application = text;
	f.label.how = how;
	out->fact(out->ctx, &f);
}

static enum dissector_match starts_with(const struct dissector_input *in, char c)
{
	return rd_peek(&in->bytes, 0) == c ? MATCH_YES : MATCH_NO;
}

/* ---- the outer one ---- */

static enum dissector_match toy_recognise(const struct dissector_input *in)
{
	return starts_with(in, '<');
}

static void announce(const struct dissector_input *in, const struct fact_sink *out)
{
	struct fact f = { .kind = FACT_ENDPOINT, .side = in->side };

	f.endpoint = (struct fact_endpoint){ .application = SPAN("TOY"), .addr = host_addr(77), .port = 7777 };
	out->fact(out->ctx, &f);
}

static void obey(struct toy *t, uint8_t command, struct span text, const struct dissector_input *in,
		 const struct fact_sink *out)
{
	const struct dissector_record record = { .side = in->side };

	if (command == 'H')
		t->over = true;
	else if (command == 'F')
		t->farewell = true;
	else if (command == 'E')
		announce(in, out);
	else if (command == 'R')
		out->record(out->ctx, &record);
	else if (command == 'A')
		out->mark(out->ctx, MARK_APP_REPLY, in->side, 200, 0, 0);
	else if (command == 'N')
		out->mark(out->ctx, MARK_APP_REJECTED, in->side, 403, 0, 0);
	else if (command == 'T')
		out->mark(out->ctx, MARK_TLS_RECORD, in->side, 23, 100, 0x0303);
	else if (command == 'U')
		say_label(out, in->side, out->data_unheard ? SPAN("u") : SPAN("h"), SPAN("toy"));
	else
		say_label(out, in->side, text, in->side ? SPAN("server") : SPAN("client"));
}

static uint64_t toy_feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	struct toy *t = state;
	struct rd r = in->bytes;
	uint64_t at = in->offset;

	if (t->over)
		return DISSECTOR_HANDOVER;
	for (; rd_more(&r) && !t->over; at++) {
		struct span text = rd_get(&r, 1);
		uint8_t command = text.p[0];
		if (command == '>' || command == '?')
			return at;
		if (command == 'Q')
			return DISSECTOR_DONE;
		if (command != '<')
			obey(t, command, text, in, out);
	}
	return at;
}

static void toy_finish(void *state, const struct fact_sink *out)
{
	const struct toy *t = state;

	if (!t->farewell)
		return;
	say_label(out, 1, SPAN("bye"), SPAN("finish"));
	out->mark(out->ctx, MARK_LOGIN, 1, 0, 0, 0);
}

static const struct dissector toy = {
	.name = "TOY", .title = "a toy", .spec = "none", .over = OVER_TCP | OVER_UDP, .state_size = sizeof(struct toy),
	.recognise = toy_recognise, .feed = toy_feed, .finish = toy_finish,
};

/* ---- the inner one, and one that listens ---- */

static enum dissector_match inner_recognise(const struct dissector_input *in)
{
	return starts_with(in, '>');
}

static uint64_t inner_feed(void *state, const struct dissector_input *in, const struct fact_sink *out)
{
	bool *seen = state;
	struct rd r = in->bytes;

	if (!seen[in->side])
		inner_at[in->side] = in->offset;
	seen[in->side] = true;
	inner_gaps += in->gap;
	while (rd_more(&r)) {
		struct span text = rd_get(&r, 1);
		if (text.p[0] != '>')
			say_label(out, in->side, text, SPAN("inner"));
	}
	return in->offset + in->bytes.len;
}

/* One record is enough for it. */
static bool listener_record(void *state, const struct dissector_record *rec, const struct fact_sink *out)
{
	(void)rec;
	(void)out;
	ck_assert(!*(bool *)state);
	*(bool *)state = true;
	return false;
}

static void listener_finish(void *state, const struct fact_sink *out)
{
	ck_assert(*(bool *)state);
	listeners++;
	say_label(out, 0, SPAN("heard"), SPAN("finish"));
}

static const struct dissector inner = {
	.name = "INNER", .title = "another toy", .spec = "none", .over = OVER_TCP, .state_size = 2 * sizeof(bool),
	.recognise = inner_recognise, .feed = inner_feed,
};
static const struct dissector listener = {
	.name = "LISTENER", .title = "a third", .spec = "none", .over = OVER_TLS, .state_size = sizeof(bool),
	.record = listener_record, .finish = listener_finish,
};
static const struct dissector *const registry[] = { &toy, &inner, &listener };

/* ---- the flow ---- */

static struct rig r;
static uint32_t sent[2]; /* bytes of client and server */

static void setup(void)
{
	rig_open_with(&r, NULL, registry, sizeof(registry) / sizeof(registry[0]));
	rig_segment(&r, 0, CLIENT, SERVER, TCP_SYN, 99, 0, NULL, 0);
	rig_segment(&r, 1, SERVER, CLIENT, TCP_SYN | TCP_ACK, 499, 100, NULL, 0);
	rig_segment(&r, 2, CLIENT, SERVER, TCP_ACK, 100, 500, NULL, 0);
}

static void teardown(void)
{
	rig_close(&r);
}

static void client(const char *data)
{
	uint32_t n = (uint32_t)strlen(data);
	rig_segment(&r, 10 + r.id, CLIENT, SERVER, TCP_ACK, 100 + sent[0], 500 + sent[1], data, n);
	sent[0] += n;
}

static void server(const char *data)
{
	uint32_t n = (uint32_t)strlen(data);
	rig_segment(&r, 10 + r.id, SERVER, CLIENT, TCP_ACK, 500 + sent[1], 100 + sent[0], data, n);
	sent[1] += n;
}

/* The labels, in order, must be these, one character for each of one character. Everything was given back. */
static void expect(const char *words)
{
	struct wr got;

	sensor_end(r.s, true);
	wr_init(&got, 1000);
	for (size_t i = 0; rig_obs(&r, OBS_FACT, i); i++)
		if (rig_obs(&r, OBS_FACT, i)->fact.fact.kind == FACT_LABEL)
			wr_span(&got, rig_obs(&r, OBS_FACT, i)->fact.fact.label.application);
	wr_char(&got, 0);
	ck_assert_str_eq(got.p, words);
	wr_free(&got);
	ck_assert_uint_eq(r.s->streams.stream.in_use, 0);
	ck_assert_uint_eq(r.s->streams.prefix.in_use, 0);
	for (size_t i = 0; i < sizeof(registry) / sizeof(registry[0]); i++)
		ck_assert_uint_eq(r.s->streams.state[i].in_use, 0);
}

/* ---- handing over ---- */

START_TEST(both_sides_begin_anew)
{
	client("<1");
	server("2H");
	client(">34");
	server(">5");
	client("6");
	expect("123456");
	ck_assert_uint_eq(inner_at[0], 0);
	ck_assert_uint_eq(inner_at[1], 0);
	ck_assert_uint_eq(inner_gaps, 0);
}
END_TEST

START_TEST(what_came_early_is_first)
{
	client("<1>3"); /* sent before the answer that lets it through */
	server("2H");
	server(">4");
	expect("1234");
}
END_TEST

START_TEST(what_followed_at_once_is_not_lost)
{
	client("<1");
	server("2H>3");
	client(">4");
	expect("1234");
	ck_assert_uint_eq(inner_gaps, 0);
}
END_TEST

START_TEST(a_side_that_was_done_begins_where_it_stands)
{
	client("<1Q");
	client("missed");
	server("2H");
	server(">3");
	client(">4");
	expect("1234");
	ck_assert_uint_eq(inner_at[0], 0);
	ck_assert_uint_eq(inner_gaps, 1);
}
END_TEST

START_TEST(nobody_knows_the_inner_protocol)
{
	client("<1");
	server("2H");
	client("what?");
	server("that!");
	ck_assert_uint_eq(r.s->streams.stream.in_use, 0);
	client(">3");
	expect("12");
}
END_TEST

START_TEST(only_the_servers_words_are_known)
{
	client("<1? what");
	server("2H");
	server(">3");
	client(">4");
	expect("1234");
	ck_assert_uint_eq(inner_gaps, 1);
}
END_TEST

START_TEST(three_times_and_no_more)
{
	client("<1H");
	client("<2H");
	client("<3H");
	client("<4H");
	client("<5H");
	client("<6");
	expect("1234");
}
END_TEST

START_TEST(datagrams_are_not_handed_over)
{
	rig_datagram(&r, 100, CLIENT, SERVER, 7, 8, "<1H", 3);
	rig_datagram(&r, 101, CLIENT, SERVER, 7, 8, "<2", 2);
	rig_datagram(&r, 102, SERVER, CLIENT, 8, 7, "<3", 2);
	ck_assert_uint_eq(r.s->streams.stream.in_use, 0);
	expect("1");
}
END_TEST

/* ---- the end ---- */

START_TEST(the_last_word_is_of_the_last_packet)
{
	client("<1F");
	server("2");
	const uint64_t last = r.frames;
	rig_segment(&r, 500000, 30, 40, TCP_SYN, 1, 0, NULL, 0); /* time goes on elsewhere */
	expect("12bye");
	const struct obs_event *e = rig_event(&r, EV_LOGIN, 0);
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->frame, last);
	ck_assert_uint_eq(e->side, 1);
	ck_assert_uint_eq(e->ttl, 64);
	ck_assert_int_eq(rig_obs(&r, OBS_FACT, 2)->fact.time, e->time);
}
END_TEST

START_TEST(the_last_word_before_handing_over)
{
	client("<1FH");
	client(">2");
	expect("1bye2");
}
END_TEST

START_TEST(who_is_done_speaks_at_once)
{
	client("<1FQ");
	server("Q");
	ck_assert_uint_eq(r.s->streams.stream.in_use, 0);
	expect("1bye");
	ck_assert_uint_eq(rig_event(&r, EV_LOGIN, 0)->frame, r.frames);
}
END_TEST

START_TEST(listeners_have_a_last_word)
{
	client("<1RR");
	expect("1heard");
}
END_TEST

/* Records are unheard once the log has those of the beginning, and the listener has said that it has enough. */
START_TEST(records_unheard)
{
	static const struct {
		const char *before, *labels;
	} cases[] = {
		{ "<", "h" }, { "<R", "hheard" }, { "<TTTTTTTTTTTTTTTTTTTT", "h" }, { "<RTTTTTTTTTTTTTTTTTTTT", "uheard" },
	};

	client(cases[_i].before);
	client("U");
	expect(cases[_i].labels);
}
END_TEST

/* After a handover there is another stream of records. */
START_TEST(listeners_begin_anew)
{
	client("<R");
	server("H");
	client("<R");
	expect("heard");
	ck_assert_uint_eq(listeners, 2);
}
END_TEST

/* ---- what is said ---- */

START_TEST(an_endpoint_does_not_wait)
{
	server("<E");
	const struct obs *o = rig_obs(&r, OBS_FACT, 0);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(o->fact.fact.kind, FACT_ENDPOINT);
	ck_assert_uint_eq(o->fact.fact.endpoint.port, 7777);
	ck_assert_uint_eq(o->fact.fact.side, 1);
	ck_assert_uint_eq(o->fact.flow, 1);
	ck_assert_int_eq(o->fact.time, r.s->cite.time);
	const struct addr from = host_addr(CLIENT), to = host_addr(SERVER);
	ck_assert(addr_eq(&o->fact.addr[0], &from) && addr_eq(&o->fact.addr[1], &to));
	client("1");
	expect("1"); /* and is not said again */
	ck_assert_uint_eq(rig_count(&r, OBS_FACT), 2);
	ck_assert(addr_is_none(&rig_obs(&r, OBS_FACT, 1)->fact.addr[0]));
}
END_TEST

START_TEST(an_application_answers)
{
	client("<1");
	server("AN");
	expect("1");
	ck_assert_uint_eq(rig_event(&r, EV_APP_REPLY, 0)->v[0], 200);
	ck_assert_uint_eq(rig_event(&r, EV_APP_REPLY, 0)->side, 1);
	ck_assert_uint_eq(rig_event(&r, EV_APP_REJECTED, 0)->v[0], 403);
}
END_TEST

/* The first 16 and the last 16: what lies between is said to be missing, and is no want of room. */
START_TEST(more_facts_than_are_kept)
{
	client("<abcdefghijklmnopqrstuvwxyz0123456789");
	expect("abcdefghijklmnopuvwxyz0123456789");
	ck_assert_uint_eq(rig_obs(&r, OBS_END, 0)->end.evicted_n, 0);
	for (size_t i = 0; i < FACTS_FIRST + FACTS_LAST; i++)
		ck_assert_uint_eq(rig_obs(&r, OBS_FACT, i)->fact.left_out, i == FACTS_FIRST ? 4 : 0);
}
END_TEST

/* ---- copies ---- */

/* A fact of every kind that is kept, with text that is gone when it is said. */
static struct fact text_fact(enum fact_kind kind, char text[8])
{
	const struct span s = { (const uint8_t *)text, 8 };
	struct fact f = { .kind = kind };

	if (kind == FACT_HTTP)
		f.http = (struct fact_http){ .method = s, .host = s, .target = s, .location = s, .content_type = s };
	else if (kind == FACT_SIP)
		f.sip = (struct fact_sip){ .method = s, .call_id = s, .branch = s, .user_agent = s };
	else if (kind == FACT_BANNER)
		f.banner = (struct fact_banner){ .application = s, .text = s };
	else if (kind == FACT_AUTH)
		f.auth = (struct fact_auth){ .application = s, .mechanism = s };
	else if (kind == FACT_RTP)
		f.rtp = (struct fact_rtp){ .ssrc = 7, .last = 9 };
	else if (kind == FACT_IKE)
		f.ike = (struct fact_ike){ .version = 2, .notify = 14 };
	return f;
}

static void all_there(const struct span *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert(span_eq(list[i], SPAN("the text")));
}

START_TEST(text_is_copied)
{
	static const enum fact_kind kinds[] = { FACT_HTTP, FACT_SIP, FACT_BANNER, FACT_AUTH, FACT_RTP, FACT_IKE };
	struct facts t;
	struct flow f = { .id = 5 };
	struct obs_fact o;

	facts_init(&t, 16);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[8];
		memcpy(text, "the text", sizeof(text));
		struct fact fact = text_fact(kinds[i], text);
		facts_keep(&t, &f, &fact, 1, 3);
		memset(text, 'x', sizeof(text));
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ck_assert(facts_take(&t, &f, &o));
		ck_assert_int_eq(o.fact.kind, kinds[i]);
		const struct fact_http *h = &o.fact.http;
		const struct fact_sip *s = &o.fact.sip;
		if (kinds[i] == FACT_HTTP)
			all_there((struct span[]){ h->method, h->host, h->target, h->location, h->content_type }, 5);
		if (kinds[i] == FACT_SIP)
			all_there((struct span[]){ s->method, s->call_id, s->branch, s->user_agent }, 4);
		if (kinds[i] == FACT_BANNER)
			all_there((struct span[]){ o.fact.banner.application, o.fact.banner.text }, 2);
		if (kinds[i] == FACT_AUTH)
			all_there((struct span[]){ o.fact.auth.application, o.fact.auth.mechanism }, 2);
		if (kinds[i] == FACT_RTP)
			ck_assert(o.fact.rtp.ssrc == 7 && o.fact.rtp.last == 9);
		if (kinds[i] == FACT_IKE)
			ck_assert(o.fact.ike.version == 2 && o.fact.ike.notify == 14);
	}
	ck_assert(!facts_take(&t, &f, &o));
	facts_free(&t);
}
END_TEST

/* ---- a real proxy ---- */

/* The frames of a classic capture: draft-ietf-opsawg-pcap, sections 4 and 5; little-endian, microseconds. */
static void send_capture(struct rig *rig, FILE *in)
{
	enum { HEADER = 24, RECORD = 16 };
	static uint8_t bytes[65536];
	uint32_t h[RECORD / 4];

	ck_assert_uint_eq(fread(bytes, 1, HEADER, in), HEADER);
	while (fread(h, 1, RECORD, in) == RECORD) {
		ck_assert_uint_le(h[2], sizeof(bytes));
		ck_assert_uint_eq(fread(bytes, 1, h[2], in), h[2]);
		struct frame f = {
			.time = h[0] * NS_PER_S + h[1] * NS_PER_US, .number = ++rig->frames,
			.bytes = rd_of(bytes, h[2], h[3]), .link_type = 1,
		};
		sensor_frame(rig->s, &f);
	}
	sensor_end(rig->s, true);
}

struct told {
	bool outer, inner;
	uint64_t flow; /* that of the CONNECT */
};

static void note_told(void *ctx, const struct obs *o)
{
	struct told *t = ctx;
	const struct fact *f = &o->fact.fact;

	if (o->type != OBS_FACT)
		return;
	if (f->kind == FACT_HTTP && f->http.connect && f->http.status == 200) {
		t->outer = span_eq(f->http.host, SPAN("apache.org:443"));
		t->flow = o->fact.flow;
	}
	if (f->kind == FACT_TLS_CLIENT && o->fact.flow == t->flow)
		t->inner = span_eq(f->tls_client.sni, SPAN("apache.org"));
}

START_TEST(a_name_inside_a_tunnel)
{
	const char *corpus = getenv("PLUMBLINE_CORPUS");
	char path[4096] = "";
	struct told told = { 0 };

	if (corpus)
		snprintf(path, sizeof(path), "%s/ntop_nDPI/http_connect.pcap", corpus);
	FILE *in = corpus ? fopen(path, "rb") : NULL;
	if (!in) {
		fprintf(stderr, "skipped: PLUMBLINE_CORPUS names no folder with ntop_nDPI/http_connect.pcap\n");
		return;
	}
	sensor_free(r.s);
	ck_assert_int_eq(sensor_new(&r.s, NULL, (struct obs_sink){ &told, note_told }), 0);
	send_capture(&r, in);
	fclose(in);
	ck_assert(told.outer);
	ck_assert(told.inner);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_sides_begin_anew,
		what_came_early_is_first,
		what_followed_at_once_is_not_lost,
		a_side_that_was_done_begins_where_it_stands,
		nobody_knows_the_inner_protocol,
		only_the_servers_words_are_known,
		three_times_and_no_more,
		datagrams_are_not_handed_over,
		the_last_word_is_of_the_last_packet,
		the_last_word_before_handing_over,
		who_is_done_speaks_at_once,
		listeners_have_a_last_word,
		listeners_begin_anew,
		an_endpoint_does_not_wait,
		an_application_answers,
		more_facts_than_are_kept,
		text_is_copied,
		a_name_inside_a_tunnel,
	};
	Suite *s = suite_create("sensor_dissect");
	TCase *c = tcase_create("dissect");

	tcase_add_checked_fixture(c, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	tcase_add_loop_test(c, records_unheard, 0, 4);
	suite_add_tcase(s, c);
	return rig_run(s);
}
