/* What clients were told by DNS, held against plain lists: few clients, few addresses, more names than are kept of one. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "base/time.h"
#include "judge/name.h"

enum { CLIENTS = 3, PEERS = 4, NAMES = 6, KEPT = 4, ANSWERS = 4, STEPS = 6000, FRESH_S = 10, GRACE_S = 3600 };

/* Of one client (the last stands for anybody) and one address, newest name first, and newest answer first in each. */
struct told {
	unsigned name;
	int64_t at[ANSWERS], until;
	size_t n;
};
static struct list {
	struct told v[KEPT];
	size_t n;
} lists[CLIENTS + 1][PEERS];

static struct addr addr_of(unsigned net, unsigned i)
{
	return addr_v4(net << 24 | (i + 1));
}

static struct span name_of(unsigned i)
{
	static char text[NAMES][16];

	(void)snprintf(text[i], sizeof(text[i]), "n%u.example", i);
	return span_of(text[i]);
}

static void plain_add(struct list *l, unsigned name, int64_t at, int64_t until)
{
	struct told t = { .name = name };
	size_t i = 0;

	while (i < l->n && l->v[i].name != name)
		i++;
	if (i < l->n)
		t = l->v[i];
	else if (l->n < KEPT)
		l->n++;
	else
		i = KEPT - 1;
	memmove(&l->v[1], &l->v[0], i * sizeof(l->v[0]));
	memmove(&t.at[1], &t.at[0], (ANSWERS - 1) * sizeof(t.at[0]));
	t.at[0] = at;
	t.n += t.n < ANSWERS;
	t.until = until;
	l->v[0] = t;
}

/* The names that stand at that time, by their latest answer before it; fresh ones alone where there are any. */
static size_t plain_of(const struct list *l, int64_t at, struct name_candidate out[KEPT])
{
	size_t n = 0, fresh = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct told *t = &l->v[i];
		size_t k = 0;
		while (k < t->n && t->at[k] > at)
			k++;
		if (k == t->n || t->until + GRACE_S * NS_PER_S < at)
			continue;
		struct name_candidate c = { name_of(t->name), t->at[k], at - t->at[k] <= FRESH_S * NS_PER_S };
		size_t to = n++;
		for (; to > 0 && out[to - 1].answered < c.answered; to--)
			out[to] = out[to - 1];
		out[to] = c;
		fresh += c.fresh;
	}
	return fresh ? fresh : n;
}

static void compare(const struct names *n, unsigned client, unsigned peer, int64_t at)
{
	static const struct addr anybody;
	struct name_candidate is[NAME_CANDIDATES], should[KEPT];
	struct addr who = client < CLIENTS ? addr_of(10, client) : anybody, whom = addr_of(192, peer);
	size_t got = names_of(n, &who, &whom, at, is), want = plain_of(&lists[client][peer], at, should);

	ck_assert_uint_eq(got, want);
	for (size_t i = 0; i < want; i++) {
		ck_assert(span_eq(is[i].name, should[i].name));
		ck_assert_int_eq(is[i].answered, should[i].answered);
		ck_assert_int_eq(is[i].fresh, should[i].fresh);
	}
}

static void add(struct names *n, unsigned client, unsigned peer, unsigned name, int64_t at, uint32_t ttl)
{
	struct obs_dns d = { .client = addr_of(10, client), .answered = at, .name = name_of(name), .answers_n = 2 };
	unsigned peers[] = { peer, (peer + 1) % PEERS };

	for (size_t i = 0; i < 2; i++) {
		d.answers[i] = (struct fact_dns_answer){ .addr = addr_of(192, peers[i]), .ttl = ttl };
		plain_add(&lists[client][peers[i]], name, at, at + ttl * NS_PER_S);
		plain_add(&lists[CLIENTS][peers[i]], name, at, at + ttl * NS_PER_S);
	}
	names_add(n, &d);
}

START_TEST(as_plain_lists)
{
	struct names n;
	uint32_t seed = 3;
	int64_t at = NS_PER_S;

	names_init(&n, 64);
	memset(lists, 0, sizeof(lists));
	for (unsigned i = 0; i < STEPS; i++) {
		seed = seed * 1664525 + 1013904223;
		uint32_t r = seed >> 4;
		at += (r % 64 ? r % 7 : 2000) * NS_PER_S + r % 1000;
		add(&n, r % CLIENTS, r / 3 % PEERS, r / 12 % NAMES, at, r / 72 % 5 * 100);
		for (int back = -3; back < 60; back += 9)
			compare(&n, r / 5 % (CLIENTS + 1), r / 7 % PEERS, at - back * NS_PER_S);
	}
	ck_assert_uint_eq(n.evicted, 0);
	names_free(&n);
}
END_TEST

/* Full: the oldest pair goes, with all its names. */
START_TEST(the_oldest_goes)
{
	struct name_candidate out[NAME_CANDIDATES];
	struct names n;

	names_init(&n, 8);
	for (unsigned i = 0; i < 40; i++)
		for (unsigned name = 0; name < NAMES; name++) {
			struct obs_dns d = { .client = addr_of(10, i), .answered = (i * NAMES + name + 1) * NS_PER_S,
					     .name = name_of(name), .answers_n = 1 };
			d.answers[0] = (struct fact_dns_answer){ .addr = addr_of(192, i), .ttl = 60 };
			names_add(&n, &d);
		}
	ck_assert_uint_eq(n.evicted, 2 * 40 - 8);
	struct addr client = addr_of(10, 39), peer = addr_of(192, 39), gone = addr_of(10, 3), its = addr_of(192, 3);
	ck_assert_uint_eq(names_of(&n, &client, &peer, 40 * NAMES * NS_PER_S, out), KEPT);
	ck_assert_uint_eq(names_of(&n, &gone, &its, 40 * NAMES * NS_PER_S, out), 0);
	names_free(&n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("names");
	TCase *t = tcase_create("names");

	tcase_add_test(t, as_plain_lists);
	tcase_add_test(t, the_oldest_goes);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
