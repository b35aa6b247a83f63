/* The command line, what the site says of profiles, and a profile as one device holds it. */
#include <errno.h>
#include <stdlib.h>

#include "base/span.h"
#include "profile/policy_priv.h"

enum { BINDING_ARENA = 1 << 20 };

const char *setting_values(const struct parameter *q, struct span raw, struct parameter_value v[BINDING_VALUES],
                           uint32_t *ret_n, struct span *ret_item)
{
	const char *fault = NULL;
	uint32_t n = 0;

	for (size_t from = 0; !fault && from <= raw.n;) {
		const uint8_t *comma = from < raw.n ? memchr(raw.p + from, ',', raw.n - from) : NULL;
		size_t to = comma ? (size_t)(comma - raw.p) : raw.n;
		struct span item = { raw.p + from, to - from };
		while (item.n && item.p[0] == ' ')
			item = (struct span){ item.p + 1, item.n - 1 };
		*ret_item = item;
		if (n == BINDING_VALUES)
			fault = "is one too many: at most 16";
		else if (n == 1 && !q->list)
			fault = "is a second value, and the parameter is no list";
		else
			fault = scalar_value(q->kind, item, &v[n++]);
		from = to + 1;
	}
	if (!fault)
		*ret_n = n;
	return fault;
}

static const struct parameter *find_parameter(const struct profile *pr, struct span name)
{
	int i = build_find(ID_LIST(pr->parameters, pr->parameters_n), name);
	return i < 0 ? NULL : &pr->parameters[i];
}

static void say(struct policy *p, enum diag_level level, struct mark at, const char *what, struct span name,
                struct span value, const char *fault)
{
	diag_add(p->d, level, at.file, at.line, at.column, "%s \"%.*s\"%s%.*s%s %s", what,
	         (int)(name.n < 80 ? name.n : 80), (const char *)name.p, value.n ? ": \"" : "",
	         (int)(value.n < 80 ? value.n : 80), value.n ? (const char *)value.p : "", value.n ? "\"" : "", fault);
}

/* True where the profile knows the setting; a value that does not fit is an error. */
static bool check_setting(struct policy *p, const struct setting *s, const struct profile *pr)
{
	const struct parameter *q = find_parameter(pr, s->name);
	struct parameter_value v[BINDING_VALUES];
	struct span item = s->raw;
	uint32_t n;

	if (!q)
		return false;
	const char *fault = setting_values(q, s->raw, v, &n, &item);
	if (fault)
		say(p, DIAG_ERROR, s->mark, "parameter", s->name, item, fault);
	return true;
}

static void check_everywhere(struct policy *p, const struct setting *s, enum diag_level unknown)
{
	bool known = false;
	size_t errors = p->d->errors;

	for (size_t i = 0; i < p->n && p->d->errors == errors; i++) /* a value that is wrong for two is said once */
		known |= check_setting(p, s, p->texts[i].profile);
	if (!known)
		say(p, unknown, s->mark, "parameter", s->name, (struct span){ NULL, 0 }, "is known to no profile");
}

static bool knows_pick(const struct profile *pr, const struct pick *k, bool choice, bool *ret_value_ok)
{
	int i = choice ? build_find(ID_LIST(pr->choices, pr->choices_n), k->name)
	               : build_find(ID_LIST(pr->features, pr->features_n), k->name);

	if (i < 0)
		return false;
	*ret_value_ok = !choice;
	for (uint32_t o = 0; choice && o < pr->choices[i].options.n; o++)
		*ret_value_ok |= span_eq(pr->choices[i].options.v[o], k->value);
	return true;
}

static void check_picks(struct policy *p, const struct profile *const *prs, size_t n, const struct pick *v,
                        uint32_t count, bool choice)
{
	for (uint32_t k = 0; k < count; k++) {
		bool known = false, ok = false;
		for (size_t i = 0; i < n; i++)
			known |= knows_pick(prs[i], &v[k], choice, &ok);
		if (!known)
			say(p, DIAG_ERROR, v[k].mark, choice ? "choice" : "feature", v[k].name,
			    (struct span){ NULL, 0 }, "is known to none of the device's profiles");
		else if (!ok)
			say(p, DIAG_ERROR, v[k].mark, "choice", v[k].name, v[k].value, "is none of its options");
	}
}

static void check_device(struct policy *p, const struct site_device *d)
{
	const struct profile *heads[BINDING_PROFILES], *all[BINDING_PROFILES];
	size_t n = 0;
	bool complete = d->profiles.n <= BINDING_PROFILES;

	if (!complete)
		diag_add(p->d, DIAG_ERROR, d->mark.file, d->mark.line, d->mark.column, "more than 16 profiles");
	for (uint32_t i = 0; i < d->profiles.n && n < BINDING_PROFILES; i++) {
		heads[n] = policy_find(p, d->profiles.v[i]);
		if (heads[n])
			n++;
		else
			(void)policy_index(p, d->mark, d->profiles.v[i]);
		complete &= n == i + 1;
	}
	if (!complete)
		return; /* what an unknown profile declares cannot be known */
	n = policy_expand(p, heads, n, all);
	for (uint32_t s = 0; s < d->settings_n; s++) {
		bool known = false;
		for (size_t i = 0; i < n; i++)
			known |= check_setting(p, &d->settings[s], all[i]);
		if (!known)
			say(p, DIAG_ERROR, d->settings[s].mark, "parameter", d->settings[s].name,
			    (struct span){ NULL, 0 }, "is known to none of the device's profiles");
	}
	check_picks(p, all, n, d->choices, d->choices_n, true);
	check_picks(p, all, n, d->features, d->features_n, false);
}

void policy_check_site(struct policy *p)
{
	for (uint32_t i = 0; i < p->settings_n; i++)
		check_everywhere(p, &p->settings[i], DIAG_ERROR);
	for (uint32_t i = 0; i < p->site.settings_n; i++)
		check_everywhere(p, &p->site.settings[i], DIAG_WARNING);
	for (uint32_t i = 0; i < p->site.devices_n; i++)
		check_device(p, &p->site.devices[i]);
}

/* "NAME=VALUE" in two, copied; false with an error where there is no "=" or nothing before it. */
static bool split(struct policy *p, const char *option, const char *arg, struct span *ret_name, struct span *ret_value)
{
	struct span s = arena_copy(&p->arena, span_of(arg));
	const uint8_t *eq = s.n ? memchr(s.p, '=', s.n) : NULL;

	if (!eq || eq == s.p || eq == s.p + s.n - 1) {
		diag_add(p->d, DIAG_ERROR, option, 0, 0, "\"%s\": it takes the form %s", arg,
		         strcmp(option, "--set") == 0 ? "NAME=VALUE" : "ADDRESS=PROFILE");
		return false;
	}
	*ret_name = (struct span){ s.p, (size_t)(eq - s.p) };
	*ret_value = (struct span){ eq + 1, s.n - ret_name->n - 1 };
	return true;
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->bits == b->bits && addr_eq(&a->addr, &b->addr);
}

/* The first of the n devices with that prefix, or NULL. */
static struct site_device *with_prefix(struct site_device *v, size_t n, const struct prefix *x)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].has_prefix && !v[i].has_mac && !v[i].has_oui && same_prefix(&v[i].prefix, x))
			return &v[i];
	return NULL;
}

static void add_profile_to(struct policy *p, struct site_device *d, struct span id)
{
	struct span *v = arena_alloc(&p->arena, (d->profiles.n + 1) * sizeof(*v));

	if (!v) {
		p->no_memory = true;
		return;
	}
	if (d->profiles.n)
		memcpy(v, d->profiles.v, d->profiles.n * sizeof(*v));
	v[d->profiles.n] = id;
	d->profiles = (struct texts){ v, d->profiles.n + 1 };
}

/* --device ADDRESS=PROFILE: what the site says of the same address stays, but for its profiles. */
static void add_device(struct policy *p, const char *arg, struct site_device *mine, size_t *n)
{
	struct span address, id;
	struct prefix x;

	if (!split(p, "--device", arg, &address, &id))
		return;
	if (!prefix_parse(address, &x)) {
		diag_add(p->d, DIAG_ERROR, "--device", 0, 0, "\"%.*s\" %s", (int)(address.n < 80 ? address.n : 80),
		         (const char *)address.p, scalar_check_prefix(address));
		return;
	}
	struct site_device *d = with_prefix(mine, *n, &x);
	if (!d) {
		const struct site_device *old = with_prefix(p->site.devices, p->site.devices_n, &x);
		d = &mine[(*n)++];
		if (old)
			*d = *old;
		d->mark = (struct mark){ POLICY_DEVICE_OPTION, 0, 0 };
		d->has_prefix = true;
		d->prefix = x;
		d->profiles = (struct texts){ NULL, 0 };
	}
	add_profile_to(p, d, id);
}

void policy_command_line(struct policy *p, const struct policy_options *o)
{
	struct site_device *v = arena_alloc(&p->arena, (o->devices_n + p->site.devices_n + 1) * sizeof(*v));
	size_t n = 0;

	p->settings = arena_alloc(&p->arena, (o->settings_n + 1) * sizeof(*p->settings));
	if (!v || !p->settings) {
		p->no_memory = true;
		return;
	}
	for (size_t i = 0; i < o->devices_n; i++)
		add_device(p, o->devices[i], v, &n);
	p->declared |= n > 0;
	if (p->site.devices_n)
		memcpy(v + n, p->site.devices, p->site.devices_n * sizeof(*v));
	p->site.devices = v;
	p->site.devices_n += (uint32_t)n;
	for (size_t i = 0; i < o->settings_n; i++) {
		struct setting *s = &p->settings[p->settings_n];
		s->mark = (struct mark){ "--set", 0, 0 };
		if (split(p, "--set", o->settings[i], &s->name, &s->raw))
			p->settings_n++;
	}
	int vantage = o->vantage ? scalar_word(SCALAR_VANTAGES, span_of(o->vantage)) : (int)p->site.vantage;
	if (vantage < 0)
		diag_add(p->d, DIAG_ERROR, "--vantage", 0, 0, "\"%s\" is not inside, outside, device or unknown",
		         o->vantage);
	else
		p->site.vantage = (enum vantage)vantage;
}

static const struct setting *find_setting(const struct setting *v, uint32_t n, struct span name)
{
	for (uint32_t i = n; i > 0; i--) /* the last --set of a name holds */
		if (span_eq(v[i - 1].name, name))
			return &v[i - 1];
	return NULL;
}

const struct setting *setting_for(const struct policy *p, const struct site_device *d, struct span name)
{
	const struct setting *s = d ? find_setting(d->settings, d->settings_n, name) : NULL;

	if (!s)
		s = find_setting(p->settings, p->settings_n, name);
	return s ? s : find_setting(p->site.settings, p->site.settings_n, name);
}

/* From the site or the command line; false where neither says anything. */
static bool bind_setting(struct binding *b, const struct parameter *q, struct values *ret_v)
{
	const struct setting *s = setting_for(b->policy, b->device, q->id);
	struct parameter_value *v = s ? arena_alloc(b->arena, BINDING_VALUES * sizeof(*v)) : NULL;
	struct span item;

	if (!v || setting_values(q, s->raw, v, &ret_v->n, &item))
		return false;
	ret_v->v = v;
	return true;
}

static bool bind_learnt(struct binding *b, const struct parameter *q, const struct learnt *l, struct values *ret_v)
{
	enum { ROOM = sizeof(l->v[0]) / sizeof(l->v[0][0]) };
	uint32_t n = 0;

	if (!l || q->from_dhcp == FROM_DHCP_NO)
		return false;
	const struct addr *a = l->v[q->from_dhcp];
	struct parameter_value *v = arena_alloc(b->arena, ROOM * sizeof(*v));
	while (v && n < ROOM && !addr_is_none(&a[n]) && (n == 0 || q->list)) {
		v[n].prefix = (struct prefix){ a[n], 128 };
		n++;
	}
	*ret_v = (struct values){ v, n };
	return n > 0;
}

static void bind_parameters(struct binding *b, const struct learnt *l, bool *given)
{
	for (uint32_t i = 0; i < b->profile->parameters_n; i++) {
		const struct parameter *q = &b->profile->parameters[i];
		given[i] = bind_setting(b, q, &b->parameters[i]);
		if (!given[i] && !bind_learnt(b, q, l, &b->parameters[i]))
			b->parameters[i] = (struct values){ q->defaults, q->defaults_n };
	}
}

static const struct pick *find_pick(const struct pick *v, uint32_t n, struct span name)
{
	for (uint32_t i = 0; i < n; i++)
		if (span_eq(v[i].name, name))
			return &v[i];
	return NULL;
}

static void bind_choices(struct binding *b)
{
	for (uint32_t i = 0; i < b->profile->choices_n; i++) {
		const struct choice *c = &b->profile->choices[i];
		const struct pick *k = b->device ? find_pick(b->device->choices, b->device->choices_n, c->id) : NULL;
		b->choices[i] = -1;
		for (uint32_t o = 0; k && o < c->options.n; o++)
			if (span_eq(c->options.v[o], k->value))
				b->choices[i] = (int)o;
	}
}

static void bind_features(struct binding *b, const bool *given)
{
	for (uint32_t i = 0; i < b->profile->features_n; i++) {
		const struct feature *f = &b->profile->features[i];
		const struct pick *k = b->device ? find_pick(b->device->features, b->device->features_n, f->id) : NULL;
		b->features[i] = TRI_UNKNOWN;
		if (k)
			b->features[i] = scalar_word(SCALAR_YESNO, k->value) == 1 ? TRI_YES : TRI_NO;
		else if (f->by_parameter >= 0 && given[f->by_parameter])
			b->features[i] = TRI_YES;
	}
}

static bool names_given(const struct binding *b)
{
	for (uint32_t i = 0; i < b->profile->rules_n; i++) {
		const struct peer_spec *s = &b->profile->rules[i].peers;
		for (uint32_t k = 0; k < s->parameters_n; k++) {
			const struct values *v = &b->parameters[s->parameters[k]];
			for (uint32_t j = 0; j < v->n; j++)
				if (v->v[j].host.n)
					return true;
		}
	}
	return false;
}

int binding_make(struct binding **ret_b, const struct policy *p, const struct profile *pr, const struct site_device *d,
                 const struct learnt *learnt)
{
	struct arena *a = malloc(sizeof(*a));

	if (!a)
		return -ENOMEM;
	arena_init(a, BINDING_ARENA);
	struct binding *b = arena_alloc(a, sizeof(*b));
	bool *given = arena_alloc(a, pr->parameters_n + 1);
	if (b && given) {
		*b = (struct binding){ .policy = p, .profile = pr, .device = d, .arena = a };
		b->parameters = arena_alloc(a, (pr->parameters_n + 1) * sizeof(*b->parameters));
		b->choices = arena_alloc(a, (pr->choices_n + 1) * sizeof(*b->choices));
		b->features = arena_alloc(a, pr->features_n + 1);
	}
	if (!b || !given || !b->parameters || !b->choices || !b->features) {
		arena_free(a);
		free(a);
		return -ENOMEM;
	}
	bind_parameters(b, learnt, given);
	bind_choices(b);
	bind_features(b, given);
	b->names_given = names_given(b);
	*ret_b = b;
	return 0;
}

void binding_free(struct binding *b)
{
	if (!b)
		return;
	struct arena *a = b->arena;
	arena_free(a);
	free(a);
}
