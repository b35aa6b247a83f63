/* Which flows the classifier is asked about, with what, and where the answer's place is. The classifier is this file. */
#include <errno.h>
#include <stdlib.h>

#include "classify/ip.h"
#include "sensor_rig.h"

enum { PHONE = 10, SERVER = 20, ASKED = 2000 };

static struct rig r;
static struct {
	size_t n;
	unsigned packets[ASKED];
	size_t payload[ASKED];
	uint8_t first[ASKED];
	size_t observed[ASKED]; /* observations before it */
	size_t refused;         /* so many come first */
} asked;

/* Stands in for the classifier's. */
int classify_submit(struct classify *c, const struct span *parts, size_t n, uint32_t *ret_cookie)
{
	static uint8_t request[16384];
	static struct ip_room room;
	struct classify_packet p;
	struct classify_flow f;
	size_t total = 0;

	ck_assert_ptr_ne(c, NULL);
	ck_assert_uint_lt(asked.n, ASKED);
	if (asked.refused) {
		asked.refused--;
		return -ENOBUFS;
	}
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_le(total + parts[i].n, sizeof(request));
		memcpy(request + total, parts[i].p, parts[i].n);
		total += parts[i].n;
	}
	struct rd rd = rd_of(request, total, total);
	ck_assert(ip_read_flow(&rd, &f));
	while (ip_read_packet(&rd, &f, IP_MAX, &room, &p)) {
		if (!asked.packets[asked.n]++)
			asked.first[asked.n] = room.bytes[f.proto == PROTO_TCP ? 40 : 28];
		asked.payload[asked.n] += p.payload;
	}
	ck_assert_uint_eq(rd.len, 0);
	asked.observed[asked.n] = r.n;
	*ret_cookie = (uint32_t)++asked.n;
	return 0;
}

static void setup(void)
{
	static int any;

	memset(&asked, 0, sizeof(asked));
	rig_open(&r);
	sensor_classify(r.s, (struct classify *)(void *)&any);
}

static void teardown(void)
{
	rig_close(&r);
}

static const struct obs_end *end(void)
{
	sensor_end(r.s, true);
	return &rig_obs(&r, OBS_END, 0)->end;
}

static void noise(int64_t ms, unsigned from, unsigned to, uint16_t sport, uint16_t dport, uint8_t first, size_t n)
{
	uint8_t bytes[1500];

	memset(bytes, 0xfd, sizeof(bytes));
	bytes[0] = first;
	rig_datagram(&r, ms, from, to, sport, dport, bytes, n);
}

/* The label that is owed for request `cookie`; it stands directly before its flow's record, events apart. */
static void owed(uint32_t cookie, uint64_t flow)
{
	size_t i = 0;

	while (i < r.n && !(r.seen[i].type == OBS_FACT && r.seen[i].fact.fact.label.request == cookie))
		i++;
	ck_assert_uint_lt(i, r.n);
	const struct obs_fact *f = &r.seen[i].fact;
	ck_assert_int_eq(f->fact.kind, FACT_LABEL);
	ck_assert_int_eq(f->fact.label.source, FACT_BY_CLASSIFIER);
	ck_assert_uint_eq(f->fact.label.application.n, 0);
	ck_assert_uint_eq(f->flow, flow);
	while (r.seen[++i].type == OBS_EVENT)
		;
	ck_assert_int_eq(r.seen[i].type, OBS_FLOW);
	ck_assert_uint_eq(r.seen[i].flow.id, flow);
	ck_assert_int_eq(r.seen[i].flow.phase, PHASE_CLOSE);
}

START_TEST(a_full_sample_is_one_request)
{
	for (unsigned i = 0; i < 20; i++)
		noise(i, i % 2 ? SERVER : PHONE, i % 2 ? PHONE : SERVER, i % 2 ? 9 : 4000, i % 2 ? 4000 : 9, (uint8_t)(1 + i), 30);
	ck_assert_uint_eq(asked.n, 1);
	ck_assert_uint_eq(asked.packets[0], CLASSIFY_PACKETS);
	ck_assert_uint_eq(asked.payload[0], CLASSIFY_PACKETS * 30);
	ck_assert_uint_eq(asked.first[0], 1);
	ck_assert_uint_eq(end()->evicted_n, 0);
	ck_assert_uint_eq(asked.n, 1);
	owed(1, 1);
}
END_TEST

START_TEST(fewer_go_when_the_flow_closes)
{
	noise(0, PHONE, SERVER, 4000, 9, 1, 30);
	noise(1, PHONE, SERVER, 4001, 9, 2, 40);
	noise(2, PHONE, SERVER, 4000, 9, 3, 50);
	ck_assert_uint_eq(asked.n, 0);
	end();
	ck_assert_uint_eq(asked.n, 2);
	ck_assert_uint_eq(asked.first[0], 1); /* in the order of emission */
	ck_assert_uint_eq(asked.packets[0], 2);
	ck_assert_uint_eq(asked.payload[0], 80);
	ck_assert_uint_eq(asked.packets[1], 1);
	owed(1, 1);
	owed(2, 2);
}
END_TEST

static void connect(void)
{
	rig_segment(&r, 0, PHONE, SERVER, TCP_SYN, 100, 0, NULL, 0);
	rig_segment(&r, 1, SERVER, PHONE, TCP_SYN | TCP_ACK, 500, 101, NULL, 0);
	rig_segment(&r, 2, PHONE, SERVER, TCP_ACK, 101, 501, NULL, 0);
}

START_TEST(streams_are_shown_up_to_eight_kibibytes)
{
	uint8_t bytes[1400];
	uint32_t seq = 101;

	memset(bytes, 0xfd, sizeof(bytes));
	connect();
	for (unsigned i = 0; i < 7; i++, seq += sizeof(bytes))
		rig_segment(&r, 10 + i, PHONE, SERVER, TCP_ACK, seq, 501, bytes, sizeof(bytes));
	ck_assert_uint_eq(asked.n, 1);
	ck_assert_uint_eq(asked.packets[0], 6);
	ck_assert_uint_eq(asked.payload[0], CLASSIFY_BYTES);
	end();
	owed(1, 1);
}
END_TEST

/* Half a datagram would be another one: it ends what is asked. */
START_TEST(datagrams_are_shown_whole)
{
	for (unsigned i = 0; i < 7; i++)
		noise(i, PHONE, SERVER, 4000, 9, 1, 1400);
	ck_assert_uint_eq(asked.n, 1);
	ck_assert_uint_eq(asked.packets[0], 5);
	ck_assert_uint_eq(asked.payload[0], 5 * 1400);
}
END_TEST

START_TEST(what_dissectors_know_never_goes)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";

	connect();
	rig_segment(&r, 10, PHONE, SERVER, TCP_ACK, 101, 501, get, 2); /* as yet it may be anything */
	rig_segment(&r, 11, PHONE, SERVER, TCP_ACK, 103, 501, get + 2, sizeof(get) - 3);
	for (unsigned i = 0; i < CLASSIFY_PACKETS; i++)
		rig_segment(&r, 12 + i, SERVER, PHONE, TCP_ACK, 501 + i, 101 + sizeof(get) - 1, "x", 1);
	ck_assert_uint_eq(asked.n, 0);
	put_dns(&r.b, 7, "example.com", 0, 0, 60);
	rig_send(&r, 20);
	end();
	ck_assert_uint_eq(asked.n, 0);
	for (size_t i = 0; rig_obs(&r, OBS_FACT, i); i++) {
		const struct fact *f = &rig_obs(&r, OBS_FACT, i)->fact.fact;
		ck_assert(f->kind != FACT_LABEL || f->label.source == FACT_BY_DISSECTOR);
	}
}
END_TEST

START_TEST(nothing_to_show)
{
	uint8_t bytes[100] = { 0xfd };
	const struct ip ip = { .from = PHONE, .to = SERVER, .id = 77 };

	connect();
	put_udp(&r.b, &ip, 4000, 9, 0, bytes, sizeof(bytes));
	rig_send_cut(&r, 20, r.b.n - 10); /* lengths that something is known by would be wrong */
	put_echo(&r.b, &ip, false, 1, 1);
	rig_send(&r, 30);
	ck_assert_uint_eq(end()->evicted_n, 0);
	ck_assert_uint_eq(asked.n, 0);
}
END_TEST

START_TEST(without_a_classifier_nothing_is_kept)
{
	sensor_classify(r.s, NULL);
	for (unsigned i = 0; i < 20; i++)
		noise(i, PHONE, SERVER, 4000, 9, 1, 30);
	ck_assert_uint_eq(end()->evicted_n, 0);
	ck_assert_uint_eq(asked.n, 0);
	ck_assert_uint_eq(rig_count(&r, OBS_FACT), 0);
}
END_TEST

/* 8 MiB of samples: whoever finds no room is asked about with what there is, and so makes room. */
START_TEST(samples_have_a_cap)
{
	enum { FLOWS = 1400, EACH = CLASSIFY_PACKETS - 1, BYTES = 1400, MOST = 8 * 1024 * 1024 / (EACH * BYTES) };
	size_t early = 0;

	for (uint16_t i = 0; i < FLOWS; i++)
		for (unsigned k = 0; k < EACH; k++)
			noise(i, PHONE, SERVER, (uint16_t)(20000 + i), 9, 1, BYTES);
	early = asked.n;
	ck_assert_uint_ge(early, FLOWS - MOST);
	ck_assert_uint_lt(early, FLOWS - MOST + 100); /* headers and the ends of blocks */
	for (size_t i = 0; i < early; i++)
		ck_assert(asked.packets[i] > 0 && asked.packets[i] < EACH);
	ck_assert_uint_eq(end()->evicted_n, 0);
	ck_assert_uint_eq(asked.n, FLOWS);
}
END_TEST

/* Nothing is owed for it, and it is counted. */
START_TEST(what_the_classifier_refuses_is_counted)
{
	asked.refused = 2;
	for (uint16_t i = 0; i < 3; i++)
		noise(i, PHONE, SERVER, (uint16_t)(4000 + i), 9, 1, 30);
	const struct obs_end *e = end();
	ck_assert_uint_eq(e->evicted_n, 1);
	ck_assert(span_eq(e->evicted[0].name, SPAN("classifier")));
	ck_assert_uint_eq(e->evicted[0].count, 2);
	ck_assert_uint_eq(rig_count(&r, OBS_FACT), 1);
	owed(1, 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sensor-sample");
	TCase *t = tcase_create("sample");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_full_sample_is_one_request);
	tcase_add_test(t, fewer_go_when_the_flow_closes);
	tcase_add_test(t, streams_are_shown_up_to_eight_kibibytes);
	tcase_add_test(t, datagrams_are_shown_whole);
	tcase_add_test(t, what_dissectors_know_never_goes);
	tcase_add_test(t, nothing_to_show);
	tcase_add_test(t, without_a_classifier_nothing_is_kept);
	tcase_add_test(t, samples_have_a_cap);
	tcase_add_test(t, what_the_classifier_refuses_is_counted);
	suite_add_tcase(s, t);
	return rig_run(s);
}
