/* Reports: what stands where, what never gets through, and what happens when writing fails. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/json.h"
#include "report/explain.h"
#include "report/page.h"
#include "report/report.h"
#include "report_sample.h"

struct told {
	const struct report_format *format;
	struct report *report;
};

static void tell(void *ctx, const struct result *x)
{
	struct told *t = ctx;
	t->format->put(t->report, x);
}

/* The sample in that format; the text is the caller's to free. */
static char *render(const char *format, struct report_options o, void (*tell_all)(void *, sample_put *))
{
	struct told t = { .format = report_format(format) };
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	ck_assert_ptr_nonnull(to);
	ck_assert_ptr_nonnull(t.format);
	ck_assert_int_eq(t.format->open(&t.report, &o, to), 0);
	tell_all(&t, tell);
	ck_assert_int_eq(t.format->close(t.report), 0);
	ck_assert_int_eq(fclose(to), 0);
	return text;
}

static void check_order(const char *text, const char *const *parts, size_t n)
{
	const char *at = text;

	for (size_t i = 0; i < n; i++) {
		const char *found = strstr(at, parts[i]);
		ck_assert_msg(found != NULL, "\"%s\" is not where it should be in\n%s", parts[i], text);
		at = found + strlen(parts[i]);
	}
}

#define CHECK_ORDER(text, ...)                                                                                         \
	do {                                                                                                           \
		static const char *const parts[] = { __VA_ARGS__ };                                                    \
		check_order(text, parts, sizeof(parts) / sizeof(parts[0]));                                            \
	} while (0)

START_TEST(everything_in_its_place)
{
	char *s = render("text", (struct report_options){ 0 }, sample_tell);

	CHECK_ORDER(
	        s, "Plumbline 0.1.0 read ward 7.pcap, cut.pcap: 12,362 packets, 9.1 MB.\n",
	        "2023-11-14T22:13:20Z to 2023-11-15T00:22:20Z, 2 h 9 min.\n",
	        "Site ward-7, captured inside the firewall.\n",
	        "2 devices; findings: 1 high, 1 medium, 2 low, 1 info.\n", "Device phone-east: google-push, ip-host\n",
	        "Recognised by the site file. Address 10.9.0.5. MAC 00:90:7a:01:02:03.",
	        "  HIGH    Connections to this port",
	        "port-blocked-silently, confirmed; rule push-5228 of google-push\n", "8 attempts (40 SYNs)",
	        "Peer           mtalk.google.com (64.233.186.188), TCP 5228\n",
	        "Seen           8 times, 2023-11-14T22:13:20Z to 2023-11-14T23:13:20Z\n",
	        "Next step      Allow TCP 5228 outbound from 10.9.0.5",
	        "Not ruled out  peer-unreachable; to tell: a capture", "Evidence       frames 12, 14 of ward 7.pcap\n",
	        "tshark -r 'dir/ward 7.pcap' -Y '", "Evidence       frame 3 of cut.pcap\n",
	        "tshark -r cut.pcap -Y 'dns.qry.name==\"it'\\''s a name\"'\n",
	        "  MEDIUM  The service works only after a delay", "Declared and working: none\n",
	        "Declared and failing\n", "push-5228    Push channel (required); 0 of 8 came up",
	        "push-5229    Push channel, second port (recommended); 1 of 4 came up", "Declared, never attempted\n",
	        "check-in     Check-in (required); it was due and did not come\n", "Undeclared: none\n",
	        "Device 10.9.0.6: google-push, ip-host\n", "Recognised by rule push-5228 of google-push (probable).\n",
	        "Declared and working\n", "13 of 14 came up", "sent 7 times, no answer awaited",
	        "Declared and failing: none\n", "Nothing says that it should have been: push-443\n", "Undeclared\n",
	        "low     to tracker\\x1b.example (192.0.2.1), TCP 443, 3 times\n", "Not of one device alone\n",
	        "  LOW     A profile's address list",
	        "In all: 12,362 packets, 9.1 MB, 345 flows, 2 devices, 5 findings.", "Copies of packets left out: 120.",
	        "Not decoded: 3 packets (arp-short 3).", "\nCould not be judged, and what capture would show it\n",
	        "cut.pcap: read only as far as packet 17", "cut.pcap: packet 18 at byte 1524 is cut short.",
	        "3 flows got answers", "rule logging (phone-east): only the site knows the peer, and nothing",
	        "rules ota, time (phone-east): only one direction",
	        "  phone-east, 10.9.0.6: only the site knows some peers. What was seen would be\n",
	        "    Calls (rule call-server of google-push), if 10.1.0.30 is it: --set call_server=10.1.0.30\n",
	        "    Alarms (rule gateway of google-push), if one of these is it: --set gateway=10.1.0.40 or");
	ck_assert_ptr_null(strstr(s, "Flows,"));
	free(s);
}
END_TEST

START_TEST(no_escape_gets_through)
{
	char *plain = render("text", (struct report_options){ .flows = FLOWS_ALL }, sample_tell);
	char *color = render("text", (struct report_options){ .flows = FLOWS_ALL, .color = true }, sample_tell);

	for (const char *s = plain; *s; s++)
		ck_assert_msg(*s == '\n' || (unsigned char)*s >= 0x20, "control byte %d in the report", *s);
	ck_assert_ptr_nonnull(strstr(color, "\033[1;31mHIGH"));
	ck_assert_ptr_nonnull(strstr(color, "phone\\x1b[31m"));
	for (const char *s = color; *s; s++)
		ck_assert_msg(*s == '\n' || *s == '\033' || (unsigned char)*s >= 0x20, "control byte %d", *s);
	free(plain);
	free(color);
}
END_TEST

START_TEST(lines_fit)
{
	static const unsigned widths[] = { 60, 72, 80, 100, 140, 250 };
	unsigned columns = widths[_i];
	char *s = render("text", (struct report_options){ .columns = columns, .flows = FLOWS_ALL }, sample_tell);

	for (char *line = strtok(s, "\n"); line; line = strtok(NULL, "\n")) {
		ck_assert_msg(strlen(line) <= columns, "%zu columns: %s", strlen(line), line);
		ck_assert_msg(line[0] && line[strlen(line) - 1] != ' ', "ends in a space: %s", line);
	}
	free(s);
}
END_TEST

START_TEST(only)
{
	static const struct {
		const char *word, *there, *gone;
	} v[] = {
		{ "fallback-delay", "MEDIUM  The service works", "HIGH" },
		{ "fallback-delay", "Only what concerns fallback-delay.\n", "Declared" },
		{ "undeclared-destination", "LOW     The device talked to something", "phone-east: google" },
		{ "10.9.0.6", "Device 10.9.0.6", "Device phone-east" },
		{ "phone-east", "Device phone-east", "Device 10.9.0.6" },
		{ "10.9.0.5", "Device phone-east", "Device 10.9.0.6" },
		{ "10.9.0.4/31", "Device phone-east", "Device 10.9.0.6" },
		{ "64.233.186.188", "HIGH", "MEDIUM  " },
		{ "ip-host", "Device 10.9.0.6: google-push, ip-host", "HIGH" },
		{ "nobody", "Nothing here concerns nobody.\n", "Device" },
	};
	char *s = render("text", (struct report_options){ .only = span_of(v[_i].word) }, sample_tell);

	ck_assert_msg(strstr(s, v[_i].there) != NULL, "%s: no \"%s\" in\n%s", v[_i].word, v[_i].there, s);
	ck_assert_msg(strstr(s, v[_i].gone) == NULL, "%s: \"%s\" in\n%s", v[_i].word, v[_i].gone, s);
	free(s);
}
END_TEST

START_TEST(flows)
{
	static const char failed[] =
	        "2023-11-14T22:13:20.123Z TCP  10.9.0.5:50000        > 64.233.186.188:5228   failed by push-5228 "
	        "for phone-east; no-reply; mtalk.google.com\n";
	static const char undeclared[] = "undeclared for 10.9.0.6; ok; TLS\n";
	char *all = render("text", (struct report_options){ .columns = 200, .flows = FLOWS_ALL }, sample_tell);
	char *some = render("text", (struct report_options){ .columns = 200, .flows = FLOWS_UNDECLARED }, sample_tell);
	char *one = render("text",
	                   (struct report_options){ .columns = 200, .flows = FLOWS_ALL, .only = SPAN("phone-east") },
	                   sample_tell);

	CHECK_ORDER(all, "Flows, as they ended", failed, undeclared, "Plumbline 0.1.0");
	ck_assert(!strstr(some, failed) && strstr(some, undeclared));
	ck_assert(strstr(one, failed) && !strstr(one, undeclared));
	free(all);
	free(some);
	free(one);
}
END_TEST

static void tell_nothing(void *ctx, sample_put *put)
{
	sample_run(ctx, put, false);
}

static void tell_empty(void *ctx, sample_put *put)
{
	struct result run = { .type = RESULT_RUN }, end = { .type = RESULT_END };

	run.run.version = SPAN("0.1.0");
	run.run.final = true;
	put(ctx, &run);
	end.end.complete = true;
	put(ctx, &end);
}

START_TEST(little_to_say)
{
	char *s = render("text", (struct report_options){ 0 }, tell_nothing);
	CHECK_ORDER(s, "0 devices; findings: none.", "Could not be judged", "The results stop before their end");
	free(s);
	s = render("text", (struct report_options){ 0 }, tell_empty);
	CHECK_ORDER(s, "No site file", "In all: 0 packets", "Could not be judged", "No device was recognised.");
	free(s);
}
END_TEST

/* One device of whom everything is well: the last section says so. */
static void tell_good(void *ctx, sample_put *put)
{
	struct result r = { .type = RESULT_DEVICE };

	r.device.id = SPAN("phone");
	put(ctx, &r);
	tell_empty(ctx, put);
}

START_TEST(nothing_is_open)
{
	char *s = render("text", (struct report_options){ 0 }, tell_good);
	size_t n = strlen(s);
	static const char last[] =
	        "what capture would show it\n  Nothing: whatever was declared and seen could be judged.\n";

	ck_assert(n > sizeof(last) && strcmp(s + n - (sizeof(last) - 1), last) == 0);
	free(s);
}
END_TEST

static void count(void *ctx, const struct result *x)
{
	(void)x;
	++*(size_t *)ctx;
}

START_TEST(json_lines)
{
	char *s = render("jsonl", (struct report_options){ 0 }, sample_tell);
	size_t lines = 0, told = 0;
	struct arena a;
	struct result r = { 0 };
	char why[160];

	sample_tell(&told, count);
	arena_init(&a, 1 << 20);
	for (char *line = strtok(s, "\n"); line; line = strtok(NULL, "\n"), lines++)
		ck_assert_msg(json_read_result(span_of(line), &a, &r, why, sizeof(why)) == 0, "%s: %s", why, line);
	ck_assert_uint_eq(lines, told);
	ck_assert_int_eq(r.type, RESULT_END);
	ck_assert(report_format("jsonl")->wants_flows && !report_format("text")->wants_flows);
	ck_assert_ptr_null(report_format("html"));
	arena_free(&a);
	free(s);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
	for (size_t i = 0; i < 2 * report_formats_n; i++) {
		bool little =
		        i < report_formats_n; /* it fits into stdio's buffer: only the end sees that the disk is full */
		FILE *full = fopen("/dev/full", "w");
		struct told t = { .format = report_formats[i % report_formats_n] };
		struct report_options o = { 0 };
		ck_assert_ptr_nonnull(full);
		ck_assert_int_eq(t.format->open(&t.report, &o, full), 0);
		if (little)
			tell_empty(&t, tell);
		for (int k = 0; !little && k < 50; k++)
			sample_tell(&t, tell);
		ck_assert_int_eq(t.format->close(t.report), -ENOSPC);
		(void)fclose(full);
	}
	FILE *full = fopen("/dev/full", "w");
	ck_assert_int_eq(report_explain(FIND_DNS_FAILURE, full), -ENOSPC);
	(void)fclose(full);
}
END_TEST

START_TEST(a_closed_pipe_is_told)
{
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < report_formats_n; i++) {
		int ends[2];
		struct told t = { .format = report_formats[i] };
		struct report_options o = { 0 };
		ck_assert_int_eq(pipe(ends), 0);
		(void)close(ends[0]);
		FILE *to = fdopen(ends[1], "w");
		ck_assert_ptr_nonnull(to);
		ck_assert_int_eq(t.format->open(&t.report, &o, to), 0);
		sample_tell(&t, tell);
		ck_assert_int_eq(t.format->close(t.report), -EPIPE);
		(void)fclose(to);
	}
}
END_TEST

START_TEST(explain)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	ck_assert_int_eq(report_explain(FIND_PORT_BLOCKED_SILENTLY, to), 0);
	ck_assert_int_eq(report_explain(FINDING_CODES, to), -EINVAL);
	(void)fclose(to);
	CHECK_ORDER(text, "port-blocked-silently\n", "dropped without an answer\n", "\nHow it is proven\n", "contrast",
	            "\nWhat to do\n", "\nSeverity\n");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
	free(text);
}
END_TEST

START_TEST(shell_words)
{
	const struct {
		struct span from;
		const char *to;
	} v[] = {
		{ SPAN("a.pcap"), "a.pcap" },
		{ SPAN("a b"), "'a b'" },
		{ SPAN("it's"), "'it'\\''s'" },
		{ SPAN("$(rm -rf x)"), "'$(rm -rf x)'" },
		{ SPAN("a\nb'\\\x1b"), "$'a\\x0ab\\x27\\x5c\\x1b'" },
		{ SPAN(""), "''" },
	};
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	struct page p;

	page_init(&p, to, 80, false);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		page_put_shell(&p, v[i].from);
		page_flush(&p, 0, 0);
	}
	ck_assert_int_eq(page_end(&p), 0);
	page_free(&p);
	(void)fclose(to);
	char *line = strtok(text, "\n");
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++, line = strtok(NULL, "\n"))
		ck_assert_str_eq(line, v[i].to);
	free(text);
}
END_TEST

START_TEST(words_for_people)
{
	static const struct {
		int64_t ns;
		const char *text;
	} durations[] = {
		{ 0, "0 ms" },
		{ 1500000, "1.5 ms" },
		{ 250 * NS_PER_MS, "250 ms" },
		{ 3200 * NS_PER_MS, "3.2 s" },
		{ 1752 * NS_PER_MS, "1.8 s" },
		{ 29640 * NS_PER_MS, "30 s" },
		{ 59 * NS_PER_S, "59 s" },
		{ 192 * NS_PER_S, "3 min 12 s" },
		{ 7740 * NS_PER_S, "2 h 9 min" },
		{ 86400 * NS_PER_S, "1 day" },
		{ 200000 * NS_PER_S, "2 days 7 h" },
	};
	static const struct {
		uint64_t n;
		const char *text;
	} bytes[] = { { 0, "0 bytes" },
		      { 1, "1 byte" },
		      { 999, "999 bytes" },
		      { 1234, "1.2 KB" },
		      { 1485, "1.5 KB" },
		      { 5988, "6 KB" },
		      { 9949, "9.9 KB" },
		      { 9999, "10 KB" },
		      { 14672, "15 KB" },
		      { 287000000, "287 MB" },
		      { UINT64_C(12345000000000000), "12,345 TB" } };
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	struct page p;

	page_init(&p, to, 80, false);
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		page_put_duration(&p, durations[i].ns);
		page_flush(&p, 0, 0);
	}
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		page_put_bytes(&p, bytes[i].n);
		page_flush(&p, 0, 0);
	}
	page_free(&p);
	(void)fclose(to);
	char *line = strtok(text, "\n");
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++, line = strtok(NULL, "\n"))
		ck_assert_str_eq(line, durations[i].text);
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++, line = strtok(NULL, "\n"))
		ck_assert_str_eq(line, bytes[i].text);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *c = tcase_create("report");

	tcase_add_test(c, everything_in_its_place);
	tcase_add_test(c, no_escape_gets_through);
	tcase_add_loop_test(c, lines_fit, 0, 6);
	tcase_add_loop_test(c, only, 0, 10);
	tcase_add_test(c, flows);
	tcase_add_test(c, little_to_say);
	tcase_add_test(c, nothing_is_open);
	tcase_add_test(c, json_lines);
	tcase_add_test(c, a_full_disk_is_told);
	tcase_add_test(c, a_closed_pipe_is_told);
	tcase_add_test(c, explain);
	tcase_add_test(c, shell_words);
	tcase_add_test(c, words_for_people);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
