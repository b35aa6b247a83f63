/* Loading profiles and sites: what is shipped, every way to be wrong with its message, who is which device. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "profile_load.h"
#include "profile/lint.h"
#include "profile/show.h"

START_TEST(shipped_profiles_are_clean)
{
	struct policy *p = load_shipped(NULL);
	struct diag_list d = { 0 };

	ck_assert_uint_ge(policy_profiles(p), 2);
	ck_assert_ptr_nonnull(policy_find(p, SPAN("ip-host")));
	ck_assert_ptr_nonnull(policy_find(p, SPAN("google-push")));
	ck_assert_ptr_null(policy_find(p, SPAN("google")));
	for (size_t i = 0; i < policy_profiles(p); i++)
		ck_assert_uint_eq(profile_lint(policy_profile(p, i), &d), 0);
	policy_free(p);
}
END_TEST

START_TEST(shipped_site_is_clean)
{
	char dir[512], site[512];
	const char *dirs[] = { source_path(dir, sizeof(dir), "profiles") };
	struct policy_options o = { .profile_dirs = dirs,
		                    .profile_dirs_n = 1,
		                    .site = source_path(site, sizeof(site), "profiles/sites/example.yaml") };
	struct policy *p = load_ok(&o);

	ck_assert(policy_has_site(p));
	ck_assert_int_eq(policy_site(p)->vantage, VANTAGE_INSIDE);
	policy_free(p);
}
END_TEST

START_TEST(google_ranges)
{
	struct policy *p = load_shipped(NULL);
	const struct profile *pr = policy_find(p, SPAN("google-push"));
	const struct rule *push = &pr->rules[0];
	struct addr mcs = address("142.250.10.188"), v6 = address("2404:6800:4008:c07::bc"),
	            safe = address("216.239.38.120"), ipass = address("216.239.96.1"), last = address("216.239.63.255");
	bool shared = false;

	ck_assert(span_eq(push->id, SPAN("push")));
	ck_assert_uint_eq(push->peers.sets[0]->n, 145);
	ck_assert_int_ne(push->peers.sets[0]->as_of, 0);
	ck_assert(match_address(push, &mcs, &shared) && shared);
	ck_assert(match_address(push, &v6, &shared));
	ck_assert(match_address(push, &last, &shared));
	ck_assert(!match_address(push, &ipass, &shared));
	ck_assert_msg(!match_address(push, &safe, &shared),
	              "SafeSearch is in Google's ranges, and push never lives there");
	policy_free(p);
}
END_TEST

/* The "#= " lines of a file are the whole of what loading it must say. */
enum { LINE_TEXT = DIAG_TEXT + 16 };

static size_t expected_lines(const char *path, char lines[DIAG_MAX][LINE_TEXT])
{
	FILE *f = fopen(path, "r");
	char line[LINE_TEXT];
	size_t n = 0;

	ck_assert_msg(f != NULL, "%s", path);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "#= ", 3) == 0 && n < DIAG_MAX) {
			line[strcspn(line, "\n")] = 0;
			(void)snprintf(lines[n++], LINE_TEXT, "%s", line + 3);
		}
	fclose(f);
	ck_assert_msg(n > 0, "%s expects nothing", path);
	return n;
}

static void check_case(const char *dir, const char *name, const char *good)
{
	static char expected[DIAG_MAX][LINE_TEXT];
	char path[1024], said[LINE_TEXT];
	struct diag_list d = { 0 };
	struct policy *p = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	const char *dirs[] = { good ? good : path };
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1, .site = good ? path : NULL };
	size_t n = expected_lines(path, expected), skip = strlen(dir) + 1;
	int error = policy_load(&p, &o, &d);
	ck_assert_msg((error == 0) == (d.errors == 0), "%s: returned %d with %zu errors", name, error, d.errors);
	policy_free(p);
	for (size_t i = 0; i < n && i < d.n; i++) {
		const char *text = d.kept[i].text;
		(void)snprintf(said, sizeof(said), "%s%s", d.kept[i].level == DIAG_WARNING ? "warning: " : "",
		               strncmp(text, dir, skip - 1) == 0 ? text + skip : text);
		ck_assert_str_eq(said, expected[i]);
	}
	ck_assert_msg(d.n == n, "%s: %zu messages, %zu expected", name, d.n, n);
}

static size_t check_folder(const char *folder, const char *good)
{
	char dir[512], path[512];
	DIR *d = opendir(source_path(dir, sizeof(dir), folder));
	struct dirent *e;
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".yaml"))
			continue;
		check_case(dir, e->d_name, good ? source_path(path, sizeof(path), good) : NULL);
		n++;
	}
	closedir(d);
	return n;
}

START_TEST(every_fault_has_its_message)
{
	ck_assert_uint_ge(check_folder("tests/unit/profile_cases/bad", NULL), 75);
}
END_TEST

START_TEST(every_site_fault_has_its_message)
{
	ck_assert_uint_ge(check_folder("tests/unit/profile_cases/bad_site", "tests/unit/profile_cases/good"), 20);
}
END_TEST

/* Every profile of the policy as one text each, loaded again. */
static void check_round_trip(struct policy *p)
{
	enum { MOST = 16 };
	struct policy_text texts[MOST];
	struct wr first[MOST], again;
	size_t n = policy_profiles(p);

	ck_assert_uint_le(n, MOST);
	for (size_t i = 0; i < n; i++) {
		wr_init(&first[i], 1 << 20);
		profile_dump(policy_profile(p, i), &first[i]);
		texts[i] = (struct policy_text){ "dump.yaml", { (const uint8_t *)first[i].p, first[i].n } };
	}
	struct policy_options o = { .texts = texts, .texts_n = n };
	struct policy *q = load_ok(&o);
	ck_assert_uint_eq(policy_profiles(q), n);
	for (size_t i = 0; i < n; i++) {
		wr_init(&again, 1 << 20);
		profile_dump(policy_profile(q, i), &again);
		ck_assert_uint_eq(again.n, first[i].n);
		ck_assert_mem_eq(again.p, first[i].p, again.n);
		wr_free(&again);
		wr_free(&first[i]);
	}
	policy_free(q);
	policy_free(p);
}

START_TEST(dump_is_stable)
{
	char dir[512];
	const char *dirs[] = { source_path(dir, sizeof(dir), "tests/unit/profile_cases/good") };
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1 };

	check_round_trip(load_ok(&o));
	check_round_trip(load_shipped(NULL));
}
END_TEST

/* What a dump leaves out would be missing from both sides of a round trip: this one is written down. */
START_TEST(dump_is_complete)
{
	char dir[512], path[512];
	static char golden[32768];
	const char *dirs[] = { source_path(dir, sizeof(dir), "tests/unit/profile_cases/good") };
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1 };
	struct policy *p = load_ok(&o);
	FILE *f = fopen(source_path(path, sizeof(path), "tests/unit/profile_cases/good/whole.dump"), "r");
	struct wr w;

	ck_assert_ptr_nonnull(f);
	golden[fread(golden, 1, sizeof(golden) - 1, f)] = 0;
	fclose(f);
	wr_init(&w, 1 << 20);
	profile_dump(policy_find(p, SPAN("whole")), &w);
	wr_char(&w, 0);
	ck_assert_str_eq(w.p, golden);
	wr_free(&w);
	policy_free(p);
}
END_TEST

START_TEST(show_says_what_matters)
{
	struct policy *p = load_shipped(NULL);
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	const char *const parts[] = { "tcp 5228-5230",
		                      "alt8-mtalk.google.com",
		                      "keep idle sessions for 30 minutes",
		                      "fcm-network#ports",
		                      "(required)",
		                      "Why no rule",
		                      "2026-09-18" };

	ck_assert_int_eq(profile_show(policy_find(p, SPAN("google-push")), f), 0);
	fclose(f);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(text, parts[i]) != NULL, "%s", parts[i]);
	free(text);
	policy_free(p);
}
END_TEST

START_TEST(lint_warns)
{
	static const char text[] =
	        "format: 1\nid: x\ntitle: X\nuses: []\nsources: {paper: {title: P}}\n"
	        "parameters: {a: {kind: address, help: h}, b: {kind: address, help: h}}\n"
	        "features: {f: {help: h}}\n"
	        "address_sets: {s: {prefixes: [192.0.2.0/24]}, t: {as_of: 2020, prefixes: [192.0.2.0/24]}}\n"
	        "identify: {signature_rules: [r]}\n"
	        "rules:\n"
	        "  - {id: r, service: S, transport: tcp, ports: 1, peers: {parameter: a, sets: [s]}, need: required}\n"
	        "  - {id: q, cites: [pamper], service: S, transport: tcp, ports: 1, peers: {hosts: [a.example]}, "
	        "need: optional, purpose: p, group: g}\n";
	static const char *const warnings[] = {
		"profile.yaml:5:11: source \"paper\" has no date",
		"profile.yaml:6:43: parameter \"b\" is used by no rule and no feature",
		"profile.yaml:7:12: feature \"f\" is asked by no rule",
		"profile.yaml:8:16: address set \"s\" has no date: nobody can tell when it is stale",
		"profile.yaml:8:47: address set \"t\" is used by no rule",
		"profile.yaml:11:5: rule \"r\" cites nothing",
		"profile.yaml:11:5: rule \"r\" has no purpose: who reads a report wants to know what it is for",
		"profile.yaml:11:5: rule \"r\" is required and lacks denied_means or remedy",
		"profile.yaml:12:5: rule \"q\" cites \"pamper\": neither a source of this profile nor a statement "
		"(ABC-001)",
		"profile.yaml:12:5: rule \"q\" is alone in group \"g\"",
		"profile.yaml:11:5: rule \"r\" is a signature and needs a parameter",
	};
	struct policy *p = load_text(text, NULL);
	struct diag_list d = { 0 };

	ck_assert_uint_eq(profile_lint(policy_profile(p, 0), &d), sizeof(warnings) / sizeof(warnings[0]));
	for (size_t i = 0; i < d.n; i++)
		ck_assert_str_eq(d.kept[i].text, warnings[i]);
	policy_free(p);
}
END_TEST

static const char SITE[] = "site: s\n"
                           "networks: [203.0.113.0/24]\n"
                           "parameters: {dns_server: 10.1.0.53}\n"
                           "devices:\n"
                           "  - {address: 10.0.0.0/8, profile: google-push, name: wide}\n"
                           "  - {address: 10.0.0.0/24, profile: google-push, name: narrow}\n"
                           "  - {mac: \"00:90:7a\", profile: google-push, name: oui}\n"
                           "  - {mac: \"00:90:7a:00:00:01\", profile: google-push, name: mac}\n"
                           "  - {address: 10.0.0.5, profile: google-push, name: exact}\n"
                           "  - {address: 10.0.0.6, profiles: [], name: exempt}\n"
                           "ignore:\n"
                           "  - {transport: udp, ports: [5353, 137-139], why: local}\n"
                           "  - {peers: [198.51.100.0/24], why: partner}\n";

static const char *device_of(const struct policy *p, const char *addr, const char *mac)
{
	struct station s = { .addr = address(addr) };

	if (mac)
		ck_assert(mac_parse(span_of(mac), &s.mac));
	const struct site_device *d = policy_device(p, &s);
	return d ? (const char *)d->name.p : NULL;
}

START_TEST(device_precedence)
{
	struct policy *p = load_shipped(SITE);

	ck_assert_str_eq(device_of(p, "10.0.0.5", "00:90:7a:00:00:01"), "exact");
	ck_assert_str_eq(device_of(p, "10.0.0.7", "00:90:7a:00:00:01"), "mac");
	ck_assert_str_eq(device_of(p, "10.0.0.7", "00:90:7a:00:00:02"), "oui");
	ck_assert_str_eq(device_of(p, "10.0.0.7", NULL), "narrow");
	ck_assert_str_eq(device_of(p, "10.0.1.7", NULL), "wide");
	ck_assert_str_eq(device_of(p, "10.0.0.6", NULL), "exempt");
	ck_assert_ptr_null(device_of(p, "192.0.2.1", NULL));
	ck_assert_msg(strcmp(device_of(p, "10.0.1.7", "02:90:7a:00:00:02"), "wide") == 0, "a local MAC has no OUI");
	policy_free(p);
}
END_TEST

START_TEST(ignore_list)
{
	struct policy *p = load_shipped(SITE);
	struct addr any = address("192.0.2.1"), partner = address("198.51.100.9");
	struct span why;

	ck_assert(policy_ignores(p, TRANSPORT_UDP, &any, 5353, &why));
	ck_assert(span_eq(why, SPAN("local")));
	ck_assert(policy_ignores(p, TRANSPORT_UDP, &any, 138, &why));
	ck_assert(!policy_ignores(p, TRANSPORT_TCP, &any, 5353, &why));
	ck_assert(!policy_ignores(p, TRANSPORT_UDP, &any, 140, &why));
	ck_assert(policy_ignores(p, TRANSPORT_TCP, &partner, 80, &why));
	ck_assert(span_eq(why, SPAN("partner")));
	policy_free(p);
}
END_TEST

START_TEST(private_addresses)
{
	struct policy *p = load_shipped(SITE);
	const char *const inside[] = { "10.1.2.3", "192.168.0.1", "100.64.0.1", "169.254.1.1",
		                       "fe80::1",  "fd00::1",     "203.0.113.9" };
	const char *const outside[] = { "8.8.8.8", "2001:4860::8888", "100.128.0.1", "172.32.0.1" };
	struct addr a;

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		a = address(inside[i]);
		ck_assert_msg(policy_is_private(p, &a), "%s", inside[i]);
	}
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		a = address(outside[i]);
		ck_assert_msg(!policy_is_private(p, &a), "%s", outside[i]);
	}
	policy_free(p);
}
END_TEST

START_TEST(command_line)
{
	char dir[512];
	const char *dirs[] = { source_path(dir, sizeof(dir), "profiles") };
	const char *devices[] = { "10.0.0.5=google-push", "192.0.2.0/24=ip-host", "10.0.0.5=ip-host" };
	const char *settings[] = { "dns_server=10.1.0.53,10.1.0.54" };
	struct policy_text site = { "site.yaml", span_of(SITE) };
	struct policy_options o = { .profile_dirs = dirs,
		                    .profile_dirs_n = 1,
		                    .devices = devices,
		                    .devices_n = 3,
		                    .settings = settings,
		                    .settings_n = 1,
		                    .vantage = "outside",
		                    .site_text = &site };
	struct policy *p = load_ok(&o);
	struct station s = { .addr = address("10.0.0.5") };
	const struct site_device *d = policy_device(p, &s);
	struct binding *b;

	ck_assert_int_eq(policy_site(p)->vantage, VANTAGE_OUTSIDE);
	ck_assert_str_eq((const char *)d->name.p, "exact");
	ck_assert_uint_eq(d->profiles.n, 2);
	ck_assert_int_eq(binding_make(&b, p, policy_find(p, SPAN("ip-host")), d, NULL), 0);
	ck_assert_uint_eq(b->parameters[0].n, 2);
	binding_free(b);
	policy_free(p);
}
END_TEST

START_TEST(command_line_faults)
{
	static const struct {
		const char *device, *setting, *vantage, *said;
	} cases[] = {
		{ "10.0.0.5", NULL, NULL, "--device: \"10.0.0.5\": it takes the form ADDRESS=PROFILE" },
		{ "10.0.0.5=google-pusch", NULL, NULL,
		  "--device: unknown profile \"google-pusch\"; did you mean \"google-push\"?" },
		{ "phone=google-push", NULL, NULL,
		  "--device: \"phone\" is no address or prefix (bits below the prefix length must be 0)" },
		{ NULL, "dns_server", NULL, "--set: \"dns_server\": it takes the form NAME=VALUE" },
		{ NULL, "dns=10.0.0.1", NULL, "--set: parameter \"dns\" is known to no profile" },
		{ NULL, "dns_server=ns1", NULL, "--set: parameter \"dns_server\": \"ns1\" is no address" },
		{ NULL, NULL, "here", "--vantage: \"here\" is not inside, outside, device or unknown" },
	};
	char dir[512];
	const char *dirs[] = { source_path(dir, sizeof(dir), "profiles") };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1, .vantage = cases[i].vantage };
		struct diag_list d = { 0 };
		struct policy *p = NULL;
		o.devices = &cases[i].device;
		o.devices_n = cases[i].device != NULL;
		o.settings = &cases[i].setting;
		o.settings_n = cases[i].setting != NULL;
		ck_assert_int_eq(policy_load(&p, &o, &d), -EINVAL);
		ck_assert_uint_eq(d.n, 1);
		ck_assert_str_eq(d.kept[0].text, cases[i].said);
	}
}
END_TEST

START_TEST(no_such_folder)
{
	const char *dirs[] = { "/nonexistent/profiles" };
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1 };
	struct diag_list d = { 0 };
	struct policy *p = NULL;

	ck_assert_int_eq(policy_load(&p, &o, &d), -EINVAL);
	ck_assert_str_eq(d.kept[0].text, "/nonexistent/profiles: No such file or directory");
}
END_TEST

START_TEST(settings_and_learnt)
{
	struct policy *p = load_shipped("site: s\ndevices:\n  - {address: 10.0.0.5, profile: google-push, parameters: "
	                                "{dns_server: 10.9.0.1}}\n");
	const struct profile *pr = policy_find(p, SPAN("ip-host"));
	struct station s = { .addr = address("10.0.0.5") };
	struct learnt l = { 0 };
	struct binding *b;

	l.v[FROM_DHCP_RESOLVERS][0] = address("10.2.0.1");
	l.v[FROM_DHCP_RESOLVERS][1] = address("10.2.0.2");
	ck_assert_int_eq(binding_make(&b, p, pr, NULL, NULL), 0);
	ck_assert_uint_eq(b->parameters[0].n, 0);
	binding_free(b);
	ck_assert_int_eq(binding_make(&b, p, pr, NULL, &l), 0);
	ck_assert_uint_eq(b->parameters[0].n, 2);
	binding_free(b);
	ck_assert_int_eq(binding_make(&b, p, pr, policy_device(p, &s), &l), 0);
	ck_assert_uint_eq(b->parameters[0].n, 1);
	struct addr own = address("10.9.0.1");
	ck_assert_msg(addr_eq(&b->parameters[0].v[0].prefix.addr, &own), "the site's word goes before DHCP's");
	binding_free(b);
	policy_free(p);
}
END_TEST

START_TEST(identify)
{
	static const char text[] =
	        "format: 1\nid: x\ntitle: X\nuses: []\nrules: []\n"
	        "identify: {oui: [\"00:90:7a\"], hostnames: [\"versity-*-ward\"], vendor_classes: [\"HMC*\"]}\n";
	struct policy *p = load_text(text, NULL);
	const struct profile *pr = policy_profile(p, 0);
	struct station s = { .addr = address("10.0.0.5") };
	char how[64];

	ck_assert(!policy_identify(p, pr, &s, how, sizeof(how)));
	s.host_name = SPAN("Versity-17-x-ward");
	ck_assert(policy_identify(p, pr, &s, how, sizeof(how)));
	ck_assert_str_eq(how, "host name Versity-17-x-ward");
	s.host_name = SPAN("versity-17-wards");
	s.vendor_class = SPAN("hmc\x01 7");
	ck_assert(policy_identify(p, pr, &s, how, sizeof(how)));
	ck_assert_str_eq(how, "vendor class hmc? 7");
	ck_assert(mac_parse(SPAN("00:90:7a:01:02:03"), &s.mac));
	ck_assert(policy_identify(p, pr, &s, how, sizeof(how)));
	ck_assert_str_eq(how, "OUI 00:90:7a");
	policy_free(p);
}
END_TEST

START_TEST(uses)
{
	static const char a[] = "format: 1\nid: a\ntitle: A\nuses: [b, c]\nrules: []\n",
	                  b[] = "format: 1\nid: b\ntitle: B\nuses: [d]\nrules: []\n",
	                  c[] = "format: 1\nid: c\ntitle: C\nuses: [d]\nrules: []\n",
	                  d[] = "format: 1\nid: d\ntitle: D\nrules: []\n",
	                  host[] = "format: 1\nid: ip-host\ntitle: H\nrules: []\n",
	                  d_cycle[] = "format: 1\nid: d\ntitle: D\nuses: [a]\nrules: []\n";
	struct policy_text texts[] = { { "a", span_of(a) },
		                       { "b", span_of(b) },
		                       { "c", span_of(c) },
		                       { "d", span_of(d) },
		                       { "h", span_of(host) } };
	struct policy_options o = { .texts = texts, .texts_n = 5 };
	struct policy *p = load_ok(&o);
	const struct profile *heads[] = { policy_find(p, SPAN("c")), policy_find(p, SPAN("a")) },
	                     *all[BINDING_PROFILES];
	struct diag_list said = { 0 };
	char order[16] = "";

	for (size_t i = 0, n = policy_expand(p, heads, 2, all); i < n; i++)
		order[i] = (char)all[i]->id.p[0];
	ck_assert_str_eq(order, "cdiab");
	policy_free(p);
	texts[3].text = span_of(d_cycle);
	ck_assert_int_eq(policy_load(&p, &o, &said), -EINVAL);
	ck_assert_str_eq(said.kept[0].text, "a:2:5: uses: profile \"a\" uses itself, by way of \"d\"");
}
END_TEST

START_TEST(profile_twice)
{
	static const char a[] = "format: 1\nid: a\ntitle: A\nuses: []\nrules: []\n";
	struct policy_text texts[] = { { "one.yaml", span_of(a) }, { "two.yaml", span_of(a) } };
	struct policy_options o = { .texts = texts, .texts_n = 2 };
	struct diag_list d = { 0 };
	struct policy *p = NULL;

	ck_assert_int_eq(policy_load(&p, &o, &d), -EINVAL);
	ck_assert_str_eq(d.kept[0].text, "two.yaml:2:5: profile \"a\" is there twice, first in one.yaml:2");
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		shipped_profiles_are_clean,
		shipped_site_is_clean,
		google_ranges,
		every_fault_has_its_message,
		every_site_fault_has_its_message,
		dump_is_stable,
		dump_is_complete,
		show_says_what_matters,
		lint_warns,
		device_precedence,
		ignore_list,
		private_addresses,
		command_line,
		command_line_faults,
		no_such_folder,
		settings_and_learnt,
		identify,
		uses,
		profile_twice,
	};
	Suite *s = suite_create("profile");
	TCase *c = tcase_create("load");

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
