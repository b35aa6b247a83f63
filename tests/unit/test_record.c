/* Records: every field of every type, written and read back; the tables name every member; other programs can read it.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/json.h"
#include "record_fixture.h"
#include "record_walk.h"

START_TEST(observations_come_back)
{
	struct fixture t;
	struct obs back;

	set_up(&t);
	for (int mode = 0; mode < WALK_MODES; mode++) {
		struct obs o = walk_obs(&t.made, _i, (enum walk_mode)mode);
		wr_reset(&t.first);
		wr_reset(&t.second);
		json_write_obs(&t.first, &o);
		int err = json_read_obs(text_of(&t.first), &t.read, &back, t.why, sizeof(t.why));
		ck_assert_msg(err == 0, "%s\n%.*s", t.why, (int)t.first.n, t.first.p);
		ck_assert_int_eq(back.type, o.type);
		walk_equal(&obs_records[o.type], &o.start, &back.start);
		json_write_obs(&t.second, &back);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
		ck_assert(!t.first.failed && t.first.p[t.first.n - 1] == '\n');
	}
	tear_down(&t);
}
END_TEST

START_TEST(results_come_back)
{
	struct fixture t;
	struct result back;

	set_up(&t);
	for (int mode = 0; mode < WALK_MODES; mode++) {
		struct result r = walk_result(&t.made, _i, (enum walk_mode)mode);
		wr_reset(&t.first);
		wr_reset(&t.second);
		json_write_result(&t.first, &r);
		int err = json_read_result(text_of(&t.first), &t.read, &back, t.why, sizeof(t.why));
		ck_assert_msg(err == 0, "%s\n%.*s", t.why, (int)t.first.n, t.first.p);
		ck_assert_int_eq(back.type, r.type);
		walk_equal(&result_records[r.type], &r.run, &back.run);
		json_write_result(&t.second, &back);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
	}
	tear_down(&t);
}
END_TEST

START_TEST(copies_stand_alone)
{
	struct fixture t;
	struct result copy;
	struct obs kept;

	set_up(&t);
	for (int type = 0; type < RESULT_TYPES; type++) {
		struct result r = walk_result(&t.made, type, WALK_DISTINCT);
		wr_reset(&t.first);
		json_write_result(&t.first, &r);
		ck_assert_int_eq(model_copy_result(&r, &t.read, &copy), 0);
		arena_free(&t.made); /* what the copy still pointed at would be gone: the sanitizer sees it */
		wr_reset(&t.second);
		json_write_result(&t.second, &copy);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
	}
	for (int which = 0; which < WALK_OBS; which++) {
		struct obs o = walk_obs(&t.made, which, WALK_DISTINCT);
		wr_reset(&t.first);
		json_write_obs(&t.first, &o);
		ck_assert_int_eq(model_copy_obs(&o, &t.read, &kept), 0);
		arena_free(&t.made);
		wr_reset(&t.second);
		json_write_obs(&t.second, &kept);
		ck_assert(span_eq(text_of(&t.first), text_of(&t.second)));
	}
	tear_down(&t);
}
END_TEST

START_TEST(a_full_arena_is_an_error)
{
	struct fixture t;
	struct arena small;
	struct result r, back = { .type = RESULT_TYPES };

	set_up(&t);
	r = walk_result(&t.made, RESULT_FINDING, WALK_DISTINCT);
	json_write_result(&t.first, &r);
	for (size_t max = 0; max < 1000; max += 50) {
		arena_init(&small, max);
		ck_assert_int_eq(json_read_result(text_of(&t.first), &small, &back, t.why, sizeof(t.why)), -ENOMEM);
		ck_assert_int_eq(model_copy_result(&r, &small, &back), -ENOMEM);
		ck_assert_int_eq(back.type, RESULT_TYPES);
		arena_free(&small);
	}
	tear_down(&t);
}
END_TEST

static void cover(const struct record *r, unsigned char *bytes)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		const struct field *f = &r->fields[i];
		bool group = f->kind == KIND_RECORD && f->form == FORM_ONE && f->offset == 0 && f->size == r->size;
		size_t n = f->form == FORM_FIXED || f->form == FORM_ARRAY ? (size_t)f->max * f->size : f->size;
		if (group) {
			cover(f->sub, bytes);
			continue;
		}
		if (f->form == FORM_POINTER)
			n = sizeof(void *);
		if (f->kind == KIND_EVENT_FRAME) {
			memset(bytes + offsetof(struct obs_event_of, e) + offsetof(struct obs_event, time) + 8, 0, 8);
			n = 0;
		}
		memset(bytes + f->offset, 0, n);
		if (f->count_size)
			memset(bytes + f->count_offset, 0, f->count_size);
	}
}

static const struct record *sub(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->fields_n; i++)
		if (span_eq(field_name(&r->fields[i]), span_of(name)))
			return r->fields[i].sub;
	ck_abort_msg("no field %s", name);
	return NULL;
}

/* `at`: where the struct begins for the table; a fact's variants count from the fact. */
static void check_covered(const char *type, size_t size, const struct record *r, size_t at, size_t padding)
{
	unsigned char bytes[2048];
	size_t uncovered = 0;

	ck_assert_uint_le(at + size, sizeof(bytes));
	memset(bytes, 0xff, sizeof(bytes));
	cover(r, bytes);
	for (size_t i = at; i < at + size; i++)
		uncovered += bytes[i] != 0;
	ck_assert_msg(uncovered == padding, "%s: %zu bytes in no table, %zu of them padding: is a member missing?",
	              type, uncovered, padding);
}

#define COVERED(type, record, at, padding) check_covered(#type, sizeof(type), record, at, padding)

/* Whoever adds a member to a struct and forgets its table finds out here, and by the round trip, that it got lost. */
START_TEST(tables_name_every_member)
{
	const struct record *o = obs_records, *r = result_records, *facts;
	const struct record *flow = &o[OBS_FLOW];

	COVERED(struct obs_start, &o[OBS_START], 0, 4);
	COVERED(struct obs_capture, &o[OBS_CAPTURE], 0, 17);
	COVERED(struct obs_flow, flow, 0, 14);
	COVERED(struct obs_tunnel, sub(sub(flow, "path"), "tunnels"), 0, 3);
	COVERED(struct obs_frame, sub(flow, "first_frame"), 0, 4);
	COVERED(struct obs_side, sub(flow, "sides"), 0, 1);
	COVERED(struct obs_icmp, sub(flow, "icmp"), 0, 4);
	COVERED(struct obs_event_of, &o[OBS_EVENT], 0, 1);
	COVERED(struct obs_dns, &o[OBS_DNS], 0, 17);
	COVERED(struct fact_dns_answer, sub(&o[OBS_DNS], "addresses"), 0, 0);
	COVERED(struct obs_host, &o[OBS_HOST], 0, 18);
	COVERED(struct obs_window, &o[OBS_WINDOW], 0, 4);
	COVERED(struct obs_tick, &o[OBS_TICK], 0, 0);
	COVERED(struct obs_break, &o[OBS_BREAK], 0, 11);
	COVERED(struct obs_end, &o[OBS_END], 0, 13);
	facts = o[OBS_FACT].fields[o[OBS_FACT].fields_n - 1].sub;
	COVERED(struct fact_tls_client, &facts[FACT_TLS_CLIENT], offsetof(struct fact, tls_client), 5);
	COVERED(struct fact_tls_server, &facts[FACT_TLS_SERVER], offsetof(struct fact, tls_server), 11);
	COVERED(struct fact_tls_cert, &facts[FACT_TLS_CERT], offsetof(struct fact, tls_cert), 11);
	COVERED(struct fact_label, &facts[FACT_LABEL], offsetof(struct fact, label), 4); /* `request` is never recorded */
	COVERED(struct fact_http, &facts[FACT_HTTP], offsetof(struct fact, http), 11);
	COVERED(struct fact_sip, &facts[FACT_SIP], offsetof(struct fact, sip), 5);
	COVERED(struct fact_endpoint, &facts[FACT_ENDPOINT], offsetof(struct fact, endpoint), 7);
	COVERED(struct fact_rtp, &facts[FACT_RTP], offsetof(struct fact, rtp), 6);
	COVERED(struct fact_ike, &facts[FACT_IKE], offsetof(struct fact, ike), 8);
	COVERED(struct fact_banner, &facts[FACT_BANNER], offsetof(struct fact, banner), 0);
	COVERED(struct fact_auth, &facts[FACT_AUTH], offsetof(struct fact, auth), 6);
	COVERED(struct fact_quic, &facts[FACT_QUIC], offsetof(struct fact, quic), 2);
	COVERED(struct result_run, &r[RESULT_RUN], 0, 11);
	COVERED(struct result_profile, sub(&r[RESULT_RUN], "profiles"), 0, 4);
	COVERED(struct result_source, sub(sub(&r[RESULT_RUN], "profiles"), "sources"), 0, 0);
	COVERED(struct result_device, &r[RESULT_DEVICE], 0, 22);
	COVERED(struct result_address, sub(&r[RESULT_DEVICE], "addresses"), 0, 0);
	COVERED(struct result_flow, &r[RESULT_FLOW], 0, 29);
	COVERED(struct result_name, sub(&r[RESULT_FLOW], "names"), 0, 6);
	COVERED(struct result_tls, sub(&r[RESULT_FLOW], "tls"), 0, 11);
	COVERED(struct result_verdict, &r[RESULT_VERDICT], 0, 4);
	COVERED(struct result_rule, &r[RESULT_RULE], 0, 0);
	COVERED(struct result_peer, sub(&r[RESULT_RULE], "by_peer"), 0, 1);
	COVERED(struct result_finding, &r[RESULT_FINDING], 0, 34);
	COVERED(struct result_filter, sub(&r[RESULT_FINDING], "filter"), 0, 4);
	COVERED(struct result_end, &r[RESULT_END], 0, 7);
}
END_TEST

/* A kind of fact without a table would cross from the sensor to the judge without its content. */
START_TEST(every_fact_has_a_table)
{
	const struct record *r = &obs_records[OBS_FACT], *facts = r->fields[r->fields_n - 1].sub;

	for (uint32_t kind = 0; kind < FACT_KINDS; kind++) {
		bool kept = kind != FACT_NONE && kind != FACT_DNS && kind != FACT_DHCP;
		ck_assert_msg((facts[kind].fields_n > 0) == kept, "fact %u", kind);
		ck_assert(!kept || strcmp(facts[kind].name, names_text(&names_fact, kind)) == 0);
	}
}
END_TEST

START_TEST(names_and_codes)
{
	ck_assert_str_eq(outcome_name(OUTCOME_NO_REPLY), "no-reply");
	ck_assert_str_eq(reason_name(REASON_REASSEMBLY_LIMIT), "reassembly-limit");
	ck_assert_str_eq(verdict_name(VERDICT_IGNORED), "ignored");
	ck_assert_str_eq(rule_status_name(STATUS_INCONCLUSIVE), "inconclusive");
	ck_assert_str_eq(severity_name(SEVERITY_HIGH), "high");
	ck_assert_str_eq(confidence_name(CONFIDENCE_CONFIRMED), "confirmed");
	ck_assert_str_eq(need_name(NEED_FORBIDDEN), "forbidden");
	ck_assert_str_eq(name_source_name(NAME_CERTIFICATE), "certificate");
	ck_assert_str_eq(severity_name(99), "unknown");
	for (uint16_t i = 0; i < FINDING_CODES; i++) {
		const struct finding_def *d = finding_def(i);
		ck_assert_int_eq(finding_code_of(span_of(d->code)), i);
		ck_assert(d->title[0] && d->proof[0] && d->remedy[0]);
	}
	ck_assert_ptr_null(finding_def(FINDING_CODES));
	ck_assert_int_eq(finding_code_of(SPAN("no-such-code")), -1);
}
END_TEST

/* A small one, word for word: what the contract with scripts looks like. */
START_TEST(a_line_as_it_is)
{
	struct fixture t;
	const struct obs_frame frames[] = { { 12, INT64_C(1700000000000000001), 0 } };
	const uint16_t ports[] = { 5228 };
	struct result r = { .type = RESULT_FINDING };

	set_up(&t);
	r.finding = (struct result_finding){
		.id = SPAN("f1"),
		.code = FIND_PORT_BLOCKED_SILENTLY,
		.severity = SEVERITY_HIGH,
		.device = SPAN("phone"),
		.ports = ports,
		.ports_n = 1,
		.proto = 6,
		.count = 1,
		.peer = addr_v4(0xc0000201),
		.peer_name = SPAN("a\xff"),
		.frames = frames,
		.frames_n = 1,
	};
	json_write_result(&t.first, &r);
	wr_char(&t.first, 0);
	ck_assert_str_eq(t.first.p,
	                 "{\"type\":\"finding\",\"id\":\"f1\",\"state\":\"open\",\"code\":\"port-blocked-silently\","
	                 "\"severity\":\"high\",\"confidence\":\"none\",\"device\":\"phone\","
	                 "\"peer\":{\"address\":\"192.0.2.1\",\"name\":\"a\\\\xff\"},\"transport\":\"tcp\","
	                 "\"ports\":[5228],\"count\":1,"
	                 "\"frames\":[{\"capture\":0,\"frame\":12,\"time\":\"2023-11-14T22:13:20.000000001Z\"}]}\n");
	tear_down(&t);
}
END_TEST

START_TEST(times_are_written)
{
	static const struct {
		int64_t ns;
		const char *line;
	} v[] = {
		{ 1, "{\"type\":\"tick\",\"time\":\"1970-01-01T00:00:00.000000001Z\"}\n" },
		{ INT64_C(86400000000000), "{\"type\":\"tick\",\"time\":\"1970-01-02T00:00:00.000000000Z\"}\n" },
		{ INT64_C(-86400000000000), "{\"type\":\"tick\",\"time\":\"1969-12-31T00:00:00.000000000Z\"}\n" },
		{ INT64_C(1709251199999999999), "{\"type\":\"tick\",\"time\":\"2024-02-29T23:59:59.999999999Z\"}\n" },
		{ 0, "{\"type\":\"tick\"}\n" },
	};
	struct wr w;

	wr_init(&w, 1000);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct obs o = { .type = OBS_TICK };
		o.tick.time = v[i].ns;
		wr_reset(&w);
		json_write_obs(&w, &o);
		wr_char(&w, 0);
		ck_assert_str_eq(w.p, v[i].line);
	}
	wr_free(&w);
}
END_TEST

/* Another JSON reader agrees, and finds the same keys no more than once in a map. */
START_TEST(python_can_read_it)
{
	static const char program[] = "python3 -c '\n"
	                              "import json, sys\n"
	                              "def once(pairs):\n"
	                              "    assert len(dict(pairs)) == len(pairs), pairs\n"
	                              "    return dict(pairs)\n"
	                              "n = 0\n"
	                              "for line in sys.stdin.buffer:\n"
	                              "    d = json.loads(line.decode(\"utf-8\"), object_pairs_hook=once)\n"
	                              "    assert next(iter(d)) == \"type\", d\n"
	                              "    n += 1\n"
	                              "assert n == int(sys.argv[1]), n\n' ";
	struct fixture t;
	char command[sizeof(program) + 16];
	int lines = 0;

	if (system("python3 -c 'import json' 2>/dev/null") != 0) {
		printf("# skipped: no python3\n");
		return;
	}
	set_up(&t);
	for (int mode = 0; mode < WALK_MODES; mode++) {
		for (int i = 0; i < WALK_OBS; i++, lines++) {
			struct obs o = walk_obs(&t.made, i, (enum walk_mode)mode);
			json_write_obs(&t.first, &o);
		}
		for (int i = 0; i < RESULT_TYPES; i++, lines++) {
			struct result r = walk_result(&t.made, i, (enum walk_mode)mode);
			json_write_result(&t.first, &r);
		}
	}
	snprintf(command, sizeof(command), "%s%d", program, lines);
	FILE *p = popen(command, "w");
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(fwrite(t.first.p, 1, t.first.n, p), t.first.n);
	ck_assert_int_eq(pclose(p), 0);
	tear_down(&t);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("record");
	TCase *c = tcase_create("record");

	tcase_add_loop_test(c, observations_come_back, 0, WALK_OBS);
	tcase_add_loop_test(c, results_come_back, 0, RESULT_TYPES);
	tcase_add_test(c, copies_stand_alone);
	tcase_add_test(c, a_full_arena_is_an_error);
	tcase_add_test(c, tables_name_every_member);
	tcase_add_test(c, every_fact_has_a_table);
	tcase_add_test(c, names_and_codes);
	tcase_add_test(c, a_line_as_it_is);
	tcase_add_test(c, times_are_written);
	tcase_add_test(c, python_can_read_it);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
