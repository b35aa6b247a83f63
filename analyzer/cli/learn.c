/* plumbline profile learn CAPTURE --device ADDR: a first profile and site from what a device was seen to do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/span.h"
#include "cli/lessons_yaml.h"
#include "cli/pipeline.h"
#include "cli/policies.h"
#include "cli/profile.h"
#include "judge/judge.h"

enum { YAML_MAX = 16 << 20, SITE_MAX = 256 };

/* What the device holds while it is watched: nothing but what every host does. Its verdicts go by the name. */
static const char blank_profile[] = "format: 1\nid: learning.now\ntitle: Nothing is known yet\nrules: []\n";
static const char device_name[] = "the device that is learnt";

static int load(struct policy **ret_p, const struct options *o, const struct addr *device)
{
	char address[ADDR_TEXT], site[SITE_MAX];

	addr_format(device, address);
	(void)snprintf(site, sizeof(site),
		       "site: learning\ndevices: [{address: \"%s\", name: %s, profiles: [learning.now]}]\n", address,
		       device_name);
	const struct policy_text profile = { "learn", SPAN(blank_profile) }, where = { "learn", span_of(site) };
	return policies_load_texts(ret_p, o, &profile, &where);
}

/* True when every capture was read and judged as far as it goes. */
static bool watch(struct captures *captures, const struct policy *policy, struct lessons *l)
{
	struct judge *judge = NULL;

	if (judge_new(&judge, policy, lessons_sink(l)) < 0) {
		cli_error("no memory for the judge");
		return false;
	}
	pipeline_run(captures->options, &captures_def, captures, judge_sink(judge), NULL);
	judge_free(judge);
	lessons_settle(l);
	return l->ended;
}

/* ---- output ---- */

static int write_file(const char *path, const struct wr *w)
{
	struct output out;
	int error = w->failed ? -ENOMEM : output_open(&out, path);

	if (!error) {
		errno = 0;
		if (fwrite(w->p, 1, w->n, out.to) != w->n)
			error = -(errno ? errno : EIO);
		error = output_close(&out, error);
	}
	if (error)
		output_say(path, error);
	return error;
}

/* One stream: the site follows the profile as a comment, so that the text is a profile as it stands. */
static int write_together(const char *path, struct wr *profile, const struct wr *site)
{
	wr_str(profile, "\n# ---- the site, for a file of its own ----\n");
	for (size_t at = 0; at < site->n;) {
		const char *end = memchr(site->p + at, '\n', site->n - at);
		size_t n = end ? (size_t)(end - site->p) - at + 1 : site->n - at;
		wr_str(profile, "# ");
		wr_bytes(profile, site->p + at, n);
		at += n;
	}
	profile->failed |= site->failed;
	return write_file(path, profile);
}

/* "dir/ward.yaml": "dir/ward-site.yaml". NULL without memory. */
static char *site_path(const char *path)
{
	static const char suffix[] = "-site";
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
	size_t n = strlen(path), stem = dot && dot > (slash ? slash + 1 : path) ? (size_t)(dot - path) : n;
	char *s = malloc(n + sizeof(suffix));

	if (!s)
		return NULL;
	memcpy(s, path, stem);
	memcpy(s + stem, suffix, sizeof(suffix) - 1);
	memcpy(s + stem + sizeof(suffix) - 1, path + stem, n - stem + 1);
	return s;
}

static int write_both(const char *path, const struct wr *profile, const struct wr *site)
{
	char *second = site_path(path);
	int error = second ? 0 : -ENOMEM;

	if (error)
		output_say(path, error);
	else
		error = write_file(second, site);
	if (!error)
		error = write_file(path, profile);
	free(second);
	return error;
}

static bool is_file(const char *path)
{
	struct stat st;
	return path && (stat(path, &st) < 0 || S_ISREG(st.st_mode));
}

static int print_lessons(const struct options *o, const struct lessons *l, const struct addr *device)
{
	struct wr profile, site;

	wr_init(&profile, YAML_MAX);
	wr_init(&site, YAML_MAX);
	lessons_profile(l, device, &profile);
	lessons_site(l, device, &site);
	int error = is_file(o->output) ? write_both(o->output, &profile, &site)
				       : write_together(o->output, &profile, &site);
	wr_free(&profile);
	wr_free(&site);
	if (error)
		return EXIT_NOT_JUDGED;
	return l->complete ? EXIT_FOUND_NOTHING : EXIT_NO_VOUCHING;
}

/* ---- */

static int learn(const struct options *o, struct captures *captures, const struct policy *policy,
		 const struct addr *device)
{
	struct lessons lessons;
	int status = EXIT_NOT_JUDGED;

	if (lessons_init(&lessons, policy, SPAN(device_name)) < 0) {
		cli_error("no memory");
		return EXIT_NOT_JUDGED;
	}
	if (watch(captures, policy, &lessons)) {
		if (lessons.first)
			status = print_lessons(o, &lessons, device);
		else
			cli_error("%s is an end of no flow in %s", o->devices.v[0], o->args[0]);
	}
	lessons_free(&lessons);
	return status;
}

int profile_learn(const struct options *o)
{
	struct options of_capture = *o;
	struct captures captures = { 0 };
	struct policy *policy = NULL;
	struct addr device;
	int status = EXIT_NOT_JUDGED;

	of_capture.args++;
	of_capture.args_n--;
	if (!of_capture.args_n || o->devices.n != 1) {
		cli_error("a capture and one device are needed; write plumbline profile learn CAPTURE --device ADDR");
		return EXIT_NOT_JUDGED;
	}
	if (!addr_parse(span_of(o->devices.v[0]), &device)) {
		cli_error("--device: '%s' is no address; learn takes one address alone", o->devices.v[0]);
		return EXIT_NOT_JUDGED;
	}
	if (load(&policy, o, &device) < 0)
		return EXIT_NOT_JUDGED;
	if (captures_def.open(&captures, &of_capture) == 0)
		status = learn(&of_capture, &captures, policy, &device);
	captures_def.close(&captures);
	policy_free(policy);
	return status;
}
