/* Shipped profiles first, then the user's. */
#include "cli/policies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/datadir.h"

/* The shipped profiles may be absent where others were named, unless the environment promised them. */
static int shipped_folder(const struct options *o, char ret[DATADIR_PATH])
{
	int rc = datadir_profiles(ret);

	if (rc && o->profiles.n && !getenv("PLUMBLINE_PROFILES"))
		return 0;
	if (rc)
		cli_error("%s: no such folder of profiles; name one with $PLUMBLINE_PROFILES or --profiles", ret);
	return rc ? rc : 1;
}

/* Fills in the folders: `more`, the shipped one, the user's. What else `po` says holds. */
static int load(struct policy **ret_p, const struct options *o, struct policy_options *po, char *const *more,
		size_t more_n)
{
	char shipped[DATADIR_PATH];
	struct diag_list diags = { 0 };
	int rc = shipped_folder(o, shipped);
	if (rc < 0)
		return rc;
	const char **folders = calloc(more_n + o->profiles.n + 1, sizeof(*folders));
	size_t n = 0;
	if (!folders) {
		cli_error("no memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < more_n; i++)
		folders[n++] = more[i];
	if (rc > 0)
		folders[n++] = shipped;
	for (size_t i = 0; i < o->profiles.n; i++)
		folders[n++] = o->profiles.v[i];
	po->profile_dirs = folders;
	po->profile_dirs_n = n;
	rc = policy_load(ret_p, po, &diags);
	diag_print(&diags, stderr);
	if (rc && !diags.errors)
		cli_error("no memory for the profiles");
	free(folders);
	return rc;
}

int policies_load_with(struct policy **ret_p, const struct options *o, const char *site, char *const *more, size_t more_n)
{
	struct policy_options po = {
		.site = site, .devices = o->devices.v, .devices_n = o->devices.n,
		.settings = o->settings.v, .settings_n = o->settings.n, .vantage = o->vantage,
	};

	return load(ret_p, o, &po, more, more_n);
}

int policies_load(struct policy **ret_p, const struct options *o)
{
	return policies_load_with(ret_p, o, o->site, NULL, 0);
}

int policies_load_texts(struct policy **ret_p, const struct options *o, const struct policy_text *profile,
			const struct policy_text *site)
{
	struct policy_options po = { .texts = profile, .texts_n = 1, .site_text = site };

	return load(ret_p, o, &po, NULL, 0);
}
