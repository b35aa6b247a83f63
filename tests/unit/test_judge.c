/*
 * The judge by observations made by hand: a label that one only promises is asked for when the hold of its flow is over,
 * and no sooner; flows that hosts have no room for are counted; undeclared destinations by port and name; devices that
 * were declared and not seen.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "base/span.h"
#include "base/time.h"
#include "judge/judge.h"

enum { SURE = 1, UNSURE, UNKNOWN, LOST, FLOWS = LOST };
enum { KEPT = 3 << 16, MORE = 1000, HOSTS = 50000 };

static const int64_t LONG = 1000 * NS_PER_S;

static struct policy *policy;
static struct judge *judge;
static unsigned asked[FLOWS + 1];
static char application[FLOWS + 1][16];
static struct result_end last;
static struct obs_count evicted;
static struct {
	uint16_t port;
	struct addr peer;
	size_t name; /* its length */
} found[4];
static size_t found_n;
static unsigned absent;

static void put(void *ctx, const struct result *r)
{
	(void)ctx;
	if (r->type == RESULT_FLOW && r->flow.id <= FLOWS) {
		ck_assert_uint_lt(r->flow.application.n, sizeof(application[0]));
		memcpy(application[r->flow.id], r->flow.application.p ? r->flow.application.p : (const uint8_t *)"",
		       r->flow.application.n);
	}
	if (r->type == RESULT_FINDING && r->finding.code == FIND_UNDECLARED_DESTINATION) {
		ck_assert_uint_lt(found_n, 4);
		found[found_n].port = r->finding.ports[0];
		found[found_n].peer = r->finding.peer;
		found[found_n++].name = r->finding.peer_name.n;
	}
	absent += r->type == RESULT_DEVICE && r->device.absent;
	if (r->type == RESULT_END) {
		last = r->end;
		if (last.evicted_n)
			evicted = last.evicted[0];
	}
}

/* The request's number says what becomes of it. */
static enum obs_owed_answer answer(void *ctx, uint32_t request, struct fact_label *ret_l)
{
	ck_assert_ptr_eq(ctx, asked);
	ck_assert_uint_ge(request, SURE);
	ck_assert_uint_le(request, LOST);
	asked[request]++;
	*ret_l = (struct fact_label){ .application = SPAN("VNC"), .source = FACT_BY_CLASSIFIER,
				      .how = request == SURE ? SPAN("dpi") : SPAN("dpi-weak") };
	return request <= UNSURE ? OWED_LABEL : request == UNKNOWN ? OWED_NOTHING : OWED_LOST;
}

static void begin_at(const struct policy_text *site)
{
	static const char text[] = "format: 1\nid: p\ntitle: t\nrules: []\n";
	const struct policy_text texts[] = { { "p", SPAN(text) } };
	const struct policy_options o = { .texts = texts, .texts_n = 1, .site_text = site };
	struct diag_list d = { 0 };

	ck_assert_int_eq(policy_load(&policy, &o, &d), 0);
	ck_assert_int_eq(judge_new(&judge, policy, (struct result_sink){ .put = put, .wants_flows = true }), 0);
	struct obs_sink sink = judge_sink(judge);
	ck_assert(sink.owed != NULL);
	sink.owed(sink.ctx, (struct obs_owed){ asked, answer });
}

static void begin(void)
{
	begin_at(NULL);
}

static void end(void)
{
	judge_free(judge);
	policy_free(policy);
}

/* Of a host that nobody knows to a server. */
static void close_of(uint64_t id, uint32_t host)
{
	const struct obs flow = { .type = OBS_FLOW, .flow = {
		.id = id, .addr = { addr_v4(0x0a000000 + host), addr_v4(0x08080808) }, .port = { 40000, 7777 },
		.proto = PROTO_UDP, .phase = PHASE_CLOSE, .ip_version = 4, .start = NS_PER_S, .end = 2 * NS_PER_S,
		.side = { { .packets = 2, .first = NS_PER_S, .last = 2 * NS_PER_S } },
	} };

	judge_put(judge, &flow);
}

static void close_flow(uint64_t id, uint32_t request)
{
	struct obs fact = { .type = OBS_FACT, .fact = { .flow = id, .fact = { .kind = FACT_LABEL } } };

	fact.fact.fact.label.source = FACT_BY_CLASSIFIER;
	fact.fact.fact.label.request = request;
	if (request)
		judge_put(judge, &fact);
	close_of(id, 1);
}

static void tick(int64_t time)
{
	const struct obs o = { .type = OBS_TICK, .tick = { time } };
	judge_put(judge, &o);
}

static void say_end(void)
{
	const struct obs o = { .type = OBS_END, .end = { .time = LONG, .complete = true } };
	judge_put(judge, &o);
}

START_TEST(asked_when_the_hold_is_over)
{
	begin();
	tick(10 * NS_PER_S);
	close_flow(1, SURE);
	tick(20 * NS_PER_S);
	ck_assert_uint_eq(asked[SURE], 0);
	close_flow(2, UNSURE);
	tick(LONG);
	ck_assert_uint_eq(asked[SURE], 1);
	ck_assert_uint_eq(asked[UNSURE], 1);
	ck_assert_str_eq(application[1], "VNC");
	ck_assert_str_eq(application[2], "VNC");
	say_end();
	ck_assert_uint_eq(asked[SURE], 1);
	ck_assert_uint_eq(last.evicted_n, 0);
	end();
}
END_TEST

START_TEST(asked_at_the_end_and_lost_ones_counted)
{
	begin();
	close_flow(1, LOST);
	close_flow(2, UNKNOWN);
	close_flow(3, 0);
	close_flow(4, SURE);
	say_end();
	for (unsigned i = SURE; i <= LOST; i++)
		ck_assert_uint_eq(asked[i], i != UNSURE);
	ck_assert_str_eq(application[1], "");
	ck_assert_str_eq(application[2], "");
	ck_assert_str_eq(application[3], "");
	ck_assert_str_eq(application[4], "VNC");
	ck_assert_uint_eq(last.evicted_n, 1);
	ck_assert(span_eq(evicted.name, SPAN("classifier-lost")));
	ck_assert_uint_eq(evicted.count, 1);
	end();
}
END_TEST

/* ---- undeclared destinations of 10.0.0.1 ---- */

static void begin_with_device(void)
{
	const struct policy_text site = { "site", SPAN("site: s\ndevices: [{address: 10.0.0.1, name: d, profiles: [p]}]\n") };
	begin_at(&site);
}

/* Who began is not known. */
static void stream(uint64_t id, uint32_t peer, uint16_t own_port, uint16_t peer_port, uint64_t out, uint64_t back)
{
	const struct obs flow = { .type = OBS_FLOW, .flow = {
		.id = id, .addr = { addr_v4(0x0a000001), addr_v4(peer) }, .port = { own_port, peer_port }, .proto = PROTO_UDP,
		.init_how = INIT_FIRST, .phase = PHASE_CLOSE, .ip_version = 4, .start = NS_PER_S, .end = 2 * NS_PER_S,
		.side = { { .packets = out, .first = NS_PER_S, .last = 2 * NS_PER_S },
			  { .packets = back, .first = back ? NS_PER_S : 0, .last = back ? 2 * NS_PER_S : 0 } },
	} };

	judge_put(judge, &flow);
}

START_TEST(the_service_is_where_it_was_sent_to)
{
	begin_with_device();
	stream(1, 0x08080801, 3000, 51820, 1, 0);
	stream(2, 0x08080802, 3001, 51821, 1, 1);
	say_end();
	ck_assert_uint_eq(found_n, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(found[i].port, addr_as_v4(&found[i].peer) == 0x08080801 ? 51820 : 3001);
	end();
}
END_TEST

static void told(const char *name, uint32_t address)
{
	struct obs o = { .type = OBS_DNS, .dns = {
		.client = addr_v4(0x0a000001), .server = addr_v4(0x0a000002), .name = span_of(name), .asked = 1, .asked_last = 1,
		.answered = 2, .tries = 1, .answers_n = 1 } };

	o.dns.answers[0].addr = addr_v4(address);
	o.dns.answers[0].ttl = 60;
	judge_put(judge, &o);
}

/* One entry for a name; one address stands beside it, several do not. */
START_TEST(a_name_stands_for_its_addresses)
{
	begin_with_device();
	told("one.example", 0x08080801);
	told("many.example.org", 0x08080811);
	told("many.example.org", 0x08080812);
	stream(1, 0x08080801, 3000, 51820, 1, 0);
	stream(2, 0x08080811, 3001, 51820, 1, 0);
	stream(3, 0x08080812, 3002, 51820, 1, 0);
	say_end();
	ck_assert_uint_eq(found_n, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(addr_is_none(&found[i].peer), found[i].name == strlen("many.example.org"));
	ck_assert_uint_ne(found[0].name, found[1].name);
	end();
}
END_TEST

/* Once there was no room for a host, nobody knows whether it was the declared one. */
START_TEST(absent_unless_hosts_had_no_room)
{
	const uint32_t hosts[] = { 10, 1 << 17 };

	for (size_t k = 0; k < 2; k++) {
		absent = 0;
		begin_with_device();
		for (uint32_t i = 0; i < hosts[k]; i++) {
			close_of(FLOWS + 1 + i, 2 + i);
			tick((int64_t)i * LONG);
		}
		say_end();
		ck_assert_uint_eq(absent, k == 0);
		end();
	}
}
END_TEST

START_TEST(flows_without_room_are_counted)
{
	begin();
	for (uint32_t i = 0; i < KEPT + MORE; i++) {
		close_of(FLOWS + 1 + i, 1 + i % HOSTS);
		tick((int64_t)i * LONG); /* its hold is over */
	}
	say_end();
	ck_assert_uint_eq(last.evicted_n, 1);
	ck_assert(span_eq(evicted.name, SPAN("kept-flows")));
	ck_assert_uint_eq(evicted.count, MORE);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("judge");
	SRunner *r;

	tcase_add_test(t, asked_when_the_hold_is_over);
	tcase_add_test(t, asked_at_the_end_and_lost_ones_counted);
	tcase_add_test(t, the_service_is_where_it_was_sent_to);
	tcase_add_test(t, a_name_stands_for_its_addresses);
	tcase_add_test(t, absent_unless_hosts_had_no_room);
	tcase_add_test(t, flows_without_room_are_counted);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
