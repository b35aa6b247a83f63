/* Shipped profiles first, then the user's. */
#include "cli/policies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/datadir.h"

int policies_load(struct policy **ret_p, const struct options *o)
{
	char shipped[DATADIR_PATH];
	struct diag_list diags = { 0 };
	const char **folders = calloc(o->profiles.n + 1, sizeof(*folders));
	size_t n = 0;

	if (!folders) {
		cli_error("no memory");
		return -ENOMEM;
	}
	if (datadir_profiles(shipped) == 0)
		folders[n++] = shipped;
	else if (!o->profiles.n || getenv("PLUMBLINE_PROFILES")) {
		cli_error("%s: no such folder of profiles; name one with $PLUMBLINE_PROFILES or --profiles", shipped);
		free(folders);
		return -ENOENT;
	}
	for (size_t i = 0; i < o->profiles.n; i++)
		folders[n++] = o->profiles.v[i];
	struct policy_options options = {
		.profile_dirs = folders, .profile_dirs_n = n, .site = o->site,
		.devices = o->devices.v, .devices_n = o->devices.n,
		.settings = o->settings.v, .settings_n = o->settings.n, .vantage = o->vantage,
	};
	int rc = policy_load(ret_p, &options, &diags);
	diag_print(&diags, stderr);
	if (rc && !diags.errors)
		cli_error("no memory for the profiles");
	free(folders);
	return rc;
}
