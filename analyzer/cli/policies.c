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

int policies_load_with(struct policy **ret_p, const struct options *o, const char *site, char *const *more, size_t more_n)
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

	struct policy_options options = {
		.profile_dirs = folders, .profile_dirs_n = n, .site = site,
		.devices = o->devices.v, .devices_n = o->devices.n,
		.settings = o->settings.v, .settings_n = o->settings.n, .vantage = o->vantage,
	};
	rc = policy_load(ret_p, &options, &diags);
	diag_print(&diags, stderr);
	if (rc && !diags.errors)
		cli_error("no memory for the profiles");
	free(folders);
	return rc;
}

int policies_load(struct policy **ret_p, const struct options *o)
{
	return policies_load_with(ret_p, o, o->site, NULL, 0);
}
