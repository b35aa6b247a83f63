/* One case a result type. */
#include "cli/tally.h"

#include "cli/cli.h"

void tally_put(struct tally *t, const struct result *r)
{
	switch (r->type) {
	case RESULT_DEVICE:
		if (r->device.profiles_n && !r->device.absent)
			t->devices++;
		break;
	case RESULT_RULE:
		if (r->rule.need == NEED_REQUIRED && r->rule.status == STATUS_INCONCLUSIVE)
			t->open++;
		break;
	case RESULT_FINDING:
		if (r->finding.state != FINDING_CLEARED && r->finding.severity >= t->fail_on)
			t->alarming++;
		break;
	case RESULT_END:
		t->ended = true;
		t->complete = r->end.complete;
		t->empty = r->end.packets == 0;
		break;
	default:
		break;
	}
}

int tally_status(const struct tally *t)
{
	if (t->alarming)
		return EXIT_FOUND;
	if (!t->devices || t->open || !t->ended || !t->complete || t->empty)
		return EXIT_NO_VOUCHING;
	return EXIT_FOUND_NOTHING;
}
