/*
 * The policy of one run: the profiles, the site, and what the command line adds. Loaded once, immutable after that.
 *
 * A policy answers: which profiles does this station hold, by whose word; and what do its parameters and choices come
 * out as for it. A device's settings win over the site's, these over the profile's defaults and over DHCP.
 */
#ifndef PLUMBLINE_PROFILE_POLICY_H
#define PLUMBLINE_PROFILE_POLICY_H

#include "base/diag.h"
#include "profile/model.h"

enum { BINDING_PROFILES = 16, BINDING_VALUES = 16 };

struct policy;

/* A profile or site given as text instead of a file; the name is for messages. */
struct policy_text {
	const char *name;
	struct span text;
};

struct policy_options {
	/* Searched in order for *.yaml; later ones may not redefine an id. One may also be a single profile's file. */
	const char *const *profile_dirs;
	size_t profile_dirs_n;
	const char *site;                /* NULL: none */
	const char *const *devices;      /* --device ADDR=PROFILE */
	size_t devices_n;
	const char *const *settings;     /* --set NAME=VALUE */
	size_t settings_n;
	const char *vantage;             /* NULL: the site's */
	const struct policy_text *texts; /* further profiles */
	size_t texts_n;
	const struct policy_text *site_text; /* NULL: none; not together with site */
};

/* 0, or -EINVAL with every error in `d` (all files are read first). Warnings may be there on success. */
int policy_load(struct policy **ret_p, const struct policy_options *o, struct diag_list *d);
void policy_free(struct policy *p);

size_t policy_profiles(const struct policy *p);
const struct profile *policy_profile(const struct policy *p, size_t i); /* sorted by id */
const struct profile *policy_find(const struct policy *p, struct span id);
const struct site *policy_site(const struct policy *p);                 /* never NULL; id empty without a site file */
/* Whose mark's file this is comes from the command line. */
#define POLICY_DEVICE_OPTION "--device"
bool policy_has_site(const struct policy *p);                           /* a site file or --device: devices are declared */

/* True where the address is RFC 1918, ULA, 100.64/10, link-local or in the site's networks. */
bool policy_is_private(const struct policy *p, const struct addr *a);

/* What is known of a station when it is asked for. */
struct station {
	struct addr addr;
	struct mac mac;        /* none unless the address is the MAC's own */
	struct span host_name, vendor_class; /* DHCP; empty unknown */
};

/* The values of one parameter for one device. */
struct values {
	const struct parameter_value *v;
	uint32_t n;
};

/*
 * A profile as one device holds it: parameters bound, choices and features fixed where they are. Made once a device,
 * owned by the policy's user, freed with binding_free().
 */
enum tri { TRI_NO, TRI_YES, TRI_UNKNOWN };
struct binding {
	const struct policy *policy;
	const struct profile *profile;
	const struct site_device *device; /* NULL: not declared */
	struct values *parameters;  /* by index; n 0: unset */
	int *choices;               /* by index: option, or -1 */
	uint8_t *features;          /* by index: enum tri */
	bool names_given;           /* a parameter that says who a rule's peers are names some */
	struct arena *arena;        /* where these live */
};

/*
 * The site's entry for a station (exact address > MAC > OUI > longest prefix), or NULL. --device entries count as site
 * entries with an exact address or prefix.
 */
const struct site_device *policy_device(const struct policy *p, const struct station *s);

/* Without an entry: true where the profile's identify section holds by OUI, host name or vendor class. *ret_how says by
 * what ("OUI 00:90:7a", "host name versity-17"). Signature rules are the judge's to try. */
bool policy_identify(const struct policy *p, const struct profile *pr, const struct station *s, char *ret_how, size_t n);

/* The profiles of an entry with everything they use, each once, in order. Returns how many, at most BINDING_PROFILES. */
size_t policy_expand(const struct policy *p, const struct profile *const *heads, size_t n, const struct profile **ret_v);

/*
 * Binds a profile for a device. `learnt` are values that DHCP gave the device for FROM_DHCP_* parameters, by that enum
 * (may be NULL). Returns 0 or -ENOMEM.
 */
struct learnt {
	struct addr v[5][4]; /* by FROM_DHCP_*, none-terminated */
};
int binding_make(struct binding **ret_b, const struct policy *p, const struct profile *pr, const struct site_device *d,
		 const struct learnt *learnt);
void binding_free(struct binding *b);

/* True where the site's ignore list takes the flow; *ret_why is its reason. Ports are the responder's. */
bool policy_ignores(const struct policy *p, unsigned transport, const struct addr *peer, uint16_t port, struct span *ret_why);

#endif
