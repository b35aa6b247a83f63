/* For the tests of profiles: policies from texts, from the shipped folder, and a flow to hold against them. */
#ifndef TEST_PROFILE_LOAD_H
#define TEST_PROFILE_LOAD_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "profile/match.h"
#include "profile/policy.h"

/* A path in the source tree; meson says where that is. */
static inline const char *source_path(char *out, size_t n, const char *path)
{
	const char *root = getenv("PLUMBLINE_SOURCE");
	(void)snprintf(out, n, "%s/%s", root ? root : ".", path);
	return out;
}

static inline struct policy *load_ok(const struct policy_options *o)
{
	struct diag_list d = { 0 };
	struct policy *p = NULL;
	int error = policy_load(&p, o, &d);

	if (error)
		diag_print(&d, stderr);
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(d.errors, 0);
	return p;
}

/* The shipped profiles, with a site's text or NULL. */
static inline struct policy *load_shipped(const char *site)
{
	char dir[512];
	const char *dirs[] = { source_path(dir, sizeof(dir), "profiles") };
	struct policy_text t = { "site.yaml", span_of(site) };
	struct policy_options o = { .profile_dirs = dirs, .profile_dirs_n = 1, .site_text = site ? &t : NULL };

	return load_ok(&o);
}

static inline struct policy *load_text(const char *profile, const char *site)
{
	struct policy_text texts[] = { { "profile.yaml", span_of(profile) } }, t = { "site.yaml", span_of(site) };
	struct policy_options o = { .texts = texts, .texts_n = 1, .site_text = site ? &t : NULL };

	return load_ok(&o);
}

static inline struct addr address(const char *s)
{
	struct addr a = { { 0 } };
	ck_assert(addr_parse(span_of(s), &a));
	return a;
}

static inline struct match_flow tcp_flow(const char *peer, uint16_t port, const char *carried)
{
	return (struct match_flow){ .transport = TRANSPORT_TCP,
		                    .device = address("10.0.0.5"),
		                    .peer = address(peer),
		                    .device_port = 40000,
		                    .peer_port = port,
		                    .initiator = INITIATOR_DEVICE,
		                    .carried = span_of(carried) };
}

#endif
