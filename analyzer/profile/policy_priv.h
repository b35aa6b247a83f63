/* What a policy is made of; for policy.c, link.c, bind.c and lookup.c. */
#ifndef PLUMBLINE_PROFILE_POLICY_PRIV_H
#define PLUMBLINE_PROFILE_POLICY_PRIV_H

#include <sys/types.h>

#include "profile/build.h"
#include "profile/policy.h"

enum { POLICY_PROFILES = 256, POLICY_ARENA = 256 << 20 };

struct policy {
	struct arena arena;
	struct diag_list *d;                        /* while loading */
	struct profile_text texts[POLICY_PROFILES]; /* by id once loaded */
	size_t n;
	struct {
		dev_t dev;
		ino_t ino;
	} files[POLICY_PROFILES]; /* so that a file named twice is read once */
	size_t files_n;
	struct site site; /* with the devices of the command line, before the site's */
	bool declared;
	struct setting *settings; /* --set */
	uint32_t settings_n;
	bool no_memory;
};

/* The index of a profile while loading, or -1 after an error with the nearest id. */
int policy_index(struct policy *p, struct mark at, struct span id);

/* Resolves `uses` and the profiles that peers name. */
void policy_link(struct policy *p);

/* --device, --set, --vantage; then everything that the site says of profiles is held against these. */
void policy_command_line(struct policy *p, const struct policy_options *o);
void policy_check_site(struct policy *p);

/*
 * The values of a setting: "a,b" of the parameter's kind, at most BINDING_VALUES. NULL and *ret_n, or what is wrong
 * with *ret_item. Hosts point into `raw`.
 */
const char *setting_values(const struct parameter *q, struct span raw, struct parameter_value v[BINDING_VALUES],
                           uint32_t *ret_n, struct span *ret_item);

/* The setting that holds for a device (may be NULL), or NULL. */
const struct setting *setting_for(const struct policy *p, const struct site_device *d, struct span name);

#endif
