/* Recognition by traffic: a flow that fits a signature rule makes its host a device of that profile. */
#include <stdio.h>

#include "judge/view.h"

static bool signature_fits(const struct view *v, const struct profile *p, const struct binding *b, uint8_t *ret_how)
{
	struct match_hit hit;

	for (uint32_t i = 0; i < p->identify.signature_rules_n; i++) {
		const struct rule *r = &p->rules[p->identify.signature_rules[i]];
		if (!match_may(r, &v->flow))
			continue;
		if (match_rule(b, r, &v->flow, &hit) != MISS_NONE || hit.ambiguous || !view_fits_application(v->c, r))
			continue;
		*ret_how = hit.by == BY_CARRIED || hit.by == BY_HOST ? CONFIDENCE_CONFIRMED : CONFIDENCE_PROBABLE;
		return true;
	}
	return false;
}

struct device *view_recognise(struct view *v)
{
	struct judge *j = v->j;
	struct device *d = v->device;
	char how[96];
	uint8_t confidence;

	for (size_t i = 0; i < policy_profiles(j->policy); i++) {
		const struct profile *p = policy_profile(j->policy, i);
		if (!p->identify.signature_rules_n || (d && device_holds(d, p) && d->confidence == CONFIDENCE_CONFIRMED))
			continue;
		if (!signature_fits(v, p, j->devices.anonymous[i], &confidence))
			continue;
		(void)snprintf(how, sizeof(how), "its traffic, a signature of %.*s", (int)p->id.n, p->id.p);
		d = devices_recognise(&j->devices, v->host, p, confidence, how, v->c->end);
	}
	return d;
}
