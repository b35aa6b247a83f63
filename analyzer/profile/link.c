/* What profiles say of each other: `uses`, and peers that are devices holding a profile. */
#include "base/span.h"
#include "profile/policy_priv.h"

enum { USES_MAX = 64 };

/* The profiles that one names directly, by index. */
struct direct {
	uint16_t v[USES_MAX];
	uint16_t n;
};

static struct span profile_id_at(const void *list, size_t i)
{
	const struct profile_text *t = list;
	return t[i].profile->id;
}

int policy_index(struct policy *p, struct mark at, struct span id)
{
	for (size_t i = 0; i < p->n; i++)
		if (span_eq(p->texts[i].profile->id, id))
			return (int)i;
	struct span near = scalar_nearest(id, profile_id_at, p->texts, p->n);
	diag_add(p->d, DIAG_ERROR, at.file, at.line, at.column, "unknown profile \"%.*s\"%s%s%s",
	         (int)(id.n < 80 ? id.n : 80), (const char *)id.p, near.n ? "; did you mean \"" : "",
	         near.n ? (const char *)near.p : "", near.n ? "\"?" : "");
	return -1;
}

static void add_direct(struct policy *p, struct direct *d, struct mark at, int i)
{
	if (i < 0)
		return;
	if (d->n == USES_MAX)
		diag_add(p->d, DIAG_ERROR, at.file, at.line, at.column, "uses: more than 64 profiles");
	else
		d->v[d->n++] = (uint16_t)i;
}

/* ip-host is there unless the profile says otherwise, or is it. */
static void implicit_use(struct policy *p, size_t of, struct direct *d, bool *said)
{
	const struct profile *pr = p->texts[of].profile;

	if (span_eq(pr->id, SPAN("ip-host")))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (span_eq(p->texts[i].profile->id, SPAN("ip-host"))) {
			d->v[d->n++] = (uint16_t)i;
			return;
		}
	if (!*said)
		diag_add(p->d, DIAG_WARNING, pr->mark.file, 0, 0,
		         "no profile ip-host among these: what every host does will be undeclared");
	*said = true;
}

static void read_uses(struct policy *p, size_t of, struct direct *d, bool *said)
{
	const struct profile_text *t = &p->texts[of];
	const struct yaml_node *uses = yaml_get(t->root, "uses");

	if (!t->uses_given)
		implicit_use(p, of, d, said);
	for (const struct yaml_node *c = build_first(uses); c; c = build_next(uses, c)) {
		struct mark at = { t->profile->mark.file, c->line, c->column };
		add_direct(p, d, at, policy_index(p, at, c->text));
	}
}

static void say_cycle(struct policy *p, const struct profile *pr, const struct profile *by)
{
	diag_add(p->d, DIAG_ERROR, pr->mark.file, pr->mark.line, pr->mark.column,
	         "uses: profile \"%s\" uses itself%s%s%s", (const char *)pr->id.p, by == pr ? "" : ", by way of \"",
	         by == pr ? "" : (const char *)by->id.p, by == pr ? "" : "\"");
}

/* Depth first without recursion: each profile is entered once, so the stack holds each at most once. */
static void flatten(struct policy *p, const struct direct *direct, size_t of)
{
	struct {
		uint16_t profile, next;
	} stack[POLICY_PROFILES];
	bool seen[POLICY_PROFILES] = { false };
	struct profile *pr = p->texts[of].profile;
	size_t depth = 0;

	pr->uses = arena_alloc(&p->arena, (p->n + 1) * sizeof(const struct profile *));
	if (!pr->uses) {
		p->no_memory = true;
		return;
	}
	seen[of] = true;
	stack[depth].profile = (uint16_t)of;
	stack[depth++].next = 0;
	while (depth) {
		const struct direct *d = &direct[stack[depth - 1].profile];
		if (stack[depth - 1].next == d->n) {
			depth--;
			continue;
		}
		uint16_t to = d->v[stack[depth - 1].next++];
		if (to == of)
			say_cycle(p, pr, p->texts[stack[depth - 1].profile].profile);
		if (seen[to])
			continue;
		seen[to] = true;
		pr->uses[pr->uses_n++] = p->texts[to].profile;
		stack[depth].profile = to;
		stack[depth++].next = 0;
	}
}

static void check_peers(struct policy *p, const struct profile *pr)
{
	for (uint32_t i = 0; i < pr->rules_n; i++)
		if (pr->rules[i].peers.profile.n)
			(void)policy_index(p, pr->rules[i].mark, pr->rules[i].peers.profile);
}

void policy_link(struct policy *p)
{
	struct direct *direct = arena_alloc(&p->arena, (p->n + 1) * sizeof(*direct));
	bool said = false;

	if (!direct) {
		p->no_memory = true;
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		read_uses(p, i, &direct[i], &said);
	for (size_t i = 0; i < p->n; i++) {
		flatten(p, direct, i);
		check_peers(p, p->texts[i].profile);
	}
}
