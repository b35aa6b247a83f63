/* The words that --only can mean. */
#include "cli/only.h"

#include "base/span.h"
#include "cli/cli.h"
#include "cli/suggest.h"

static bool offer(struct suggest *s, struct span word)
{
	suggest_offer(s, word);
	return span_eq(s->word, word);
}

static bool offer_policy(struct suggest *s, const struct policy *p)
{
	const struct site *site = policy_site(p);

	for (size_t i = 0; i < policy_profiles(p); i++)
		if (offer(s, policy_profile(p, i)->id))
			return true;
	for (uint32_t i = 0; i < site->devices_n; i++)
		if (offer(s, site->devices[i].name))
			return true;
	return false;
}

bool only_known(const char *only, const struct policy *policy)
{
	struct suggest s = { .word = span_of(only) };
	struct prefix prefix;

	if (!only || prefix_parse(s.word, &prefix))
		return true;
	for (uint16_t i = 0; i < FINDING_CODES; i++)
		if (offer(&s, span_of(finding_def(i)->code)))
			return true;
	if (!policy || offer_policy(&s, policy))
		return true;
	if (s.best.n)
		cli_error("--only: no device, profile or finding code '%s'; did you mean %.*s?", only, (int)s.best.n,
			  (const char *)s.best.p);
	else
		cli_error("--only: no device, profile or finding code '%s'; see: plumbline profile list", only);
	return false;
}
