/* --only: which records of a report concern the device, address, profile or code that was named. */
#include "base/span.h"
#include "report/text.h"

struct text_only text_only_of(struct span word)
{
	struct text_only o = { .kind = ONLY_WORD, .word = word, .code = -1 };

	if (word.n == 0)
		o.kind = ONLY_ALL;
	else if (prefix_parse(word, &o.prefix))
		o.kind = ONLY_ADDRESS;
	else if ((o.code = finding_code_of(word)) >= 0)
		o.kind = ONLY_CODE;
	return o;
}

static bool has_text(const struct span *v, uint32_t n, struct span word)
{
	for (uint32_t i = 0; i < n; i++)
		if (span_eq(v[i], word))
			return true;
	return false;
}

bool text_wants_device(const struct text *t, const struct result_device *d)
{
	const struct text_only *o = &t->only;

	if (o->kind == ONLY_ALL || (d && span_eq(d->id, o->word)))
		return true;
	if (!d || o->kind == ONLY_CODE)
		return false;
	if (o->kind == ONLY_WORD)
		return has_text(d->profiles, d->profiles_n, o->word);
	for (uint32_t i = 0; i < d->addresses_n; i++)
		if (prefix_has(&o->prefix, &d->addresses[i].address))
			return true;
	return false;
}

/* True where the device itself is meant, not one of its profiles. */
static bool is_meant(const struct text *t, const struct result_device *d)
{
	return text_wants_device(t, d) && !(t->only.kind == ONLY_WORD && d && !span_eq(d->id, t->only.word));
}

bool text_wants_finding(const struct text *t, const struct result_finding *f, const struct result_device *d)
{
	const struct text_only *o = &t->only;

	if (is_meant(t, d) || has_text(f->devices, f->devices_n, o->word))
		return true;
	switch (o->kind) {
	case ONLY_CODE:
		return f->code == o->code;
	case ONLY_ADDRESS:
		return prefix_has(&o->prefix, &f->peer);
	case ONLY_WORD:
		return span_eq(f->profile, o->word) || span_eq(f->rule, o->word) || span_eq(f->peer_name, o->word) ||
		       (f->profile.n == 0 && text_wants_device(t, d));
	case ONLY_ALL:
		break;
	}
	return true;
}

bool text_wants_rule(const struct text *t, const struct result_rule *r, const struct result_device *d)
{
	return is_meant(t, d) || (t->only.kind == ONLY_WORD && span_eq(r->profile, t->only.word));
}

bool text_wants_flow(const struct text *t, const struct result_flow *f)
{
	const struct text_only *o = &t->only;

	return o->kind == ONLY_ALL || o->kind == ONLY_CODE ||
	       (o->kind == ONLY_ADDRESS &&
	        (prefix_has(&o->prefix, &f->addr[0]) || prefix_has(&o->prefix, &f->addr[1])));
}

bool text_wants_verdict(const struct text *t, const struct result_verdict *v)
{
	return t->only.kind == ONLY_WORD && (span_eq(v->device, t->only.word) || span_eq(v->profile, t->only.word));
}
