/* What the classifier owes is settled in order on the stream's way; what it lost is counted in the end. */
#include <signal.h>

#include "base/span.h"
#include "classify_rig.h"
#include "cli/labels.h"

static struct classify *c;
static struct {
	struct obs seen[8];
	char application[8][CLASSIFY_NAME];
	size_t n;
} got;

static struct obs_owed owed;

static void owe(void *ctx, struct obs_owed by)
{
	(void)ctx;
	owed = by;
}

static void put(void *ctx, const struct obs *o)
{
	(void)ctx;
	ck_assert_uint_lt(got.n, 8);
	got.seen[got.n] = *o;
	if (o->type == OBS_FACT)
		memcpy(got.application[got.n], o->fact.fact.label.application.p, o->fact.fact.label.application.n);
	got.n++;
}

static void hook(uint8_t first)
{
	if (first == 'C')
		raise(SIGSEGV); /* whatever it dies of: the sandbox does not let it */
}

static struct obs label(enum fact_source source, uint32_t request, uint64_t flow)
{
	struct obs o = { .type = OBS_FACT, .fact = { .flow = flow, .fact = { .kind = FACT_LABEL } } };

	o.fact.fact.label.source = source;
	o.fact.fact.label.request = request;
	return o;
}

START_TEST(labels_are_settled)
{
	struct classify_limits l = classify_usual_limits();
	struct labels labels = { .to = { .put = put } };

	l.in_worker = hook;
	l.deny_kills = true;
	ck_assert_int_eq(classify_new_with(&c, &l), 0);
	labels.classify = c;
	struct obs in[] = {
		label(FACT_BY_CLASSIFIER, rig_send_known(c), 1), label(FACT_BY_CLASSIFIER, rig_send_word(c, "Crash"), 2),
		label(FACT_BY_CLASSIFIER, rig_send_word(c, "nobody knows"), 3), label(FACT_BY_DISSECTOR, 77, 4),
		{ .type = OBS_TICK, .tick = { 5 } }, { .type = OBS_END, .end = { .packets = 9 } },
	};
	in[3].fact.fact.label.application = SPAN("TLS");
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		labels_put(&labels, &in[i]);
	classify_free(c);
	ck_assert_uint_eq(got.n, 4);
	ck_assert_uint_eq(got.seen[0].fact.flow, 1);
	ck_assert_str_eq(got.application[0], "VNC");
	ck_assert(span_eq(got.seen[0].fact.fact.label.how, SPAN("dpi")));
	ck_assert_uint_eq(got.seen[0].fact.fact.label.request, 0);
	ck_assert_uint_eq(got.seen[1].fact.flow, 4);
	ck_assert_str_eq(got.application[1], "TLS");
	ck_assert_int_eq(got.seen[2].type, OBS_TICK);
	const struct obs_end *e = &got.seen[3].end;
	ck_assert_uint_eq(e->packets, 9);
	ck_assert_uint_eq(e->evicted_n, 1);
	ck_assert(span_eq(e->evicted[0].name, SPAN("classifier-lost")));
	ck_assert_uint_eq(e->evicted[0].count, 1);
}
END_TEST

/* A sink that asks itself gets promises as they are, and may ask even after the end, in any order. */
START_TEST(labels_are_owed)
{
	struct classify_limits l = classify_usual_limits();
	struct labels labels = { .to = { .put = put, .owed = owe } };
	struct fact_label label_of;

	l.in_worker = hook;
	l.deny_kills = true;
	ck_assert_int_eq(classify_new_with(&c, &l), 0);
	labels.classify = c;
	labels_begin(&labels);
	ck_assert(owed.label != NULL);
	uint32_t known = rig_send_known(c), crash = rig_send_word(c, "Crash"), unknown = rig_send_word(c, "nobody knows");
	struct obs in[] = { label(FACT_BY_CLASSIFIER, known, 1), label(FACT_BY_CLASSIFIER, crash, 2),
			    label(FACT_BY_CLASSIFIER, unknown, 3), { .type = OBS_END, .end = { .packets = 9 } } };
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		labels_put(&labels, &in[i]);
	ck_assert_uint_eq(got.n, 4);
	ck_assert_uint_eq(got.seen[0].fact.fact.label.request, known);
	ck_assert_uint_eq(got.seen[1].fact.fact.label.request, crash);
	ck_assert_uint_eq(got.seen[2].fact.fact.label.request, unknown);
	ck_assert_uint_eq(got.seen[3].end.evicted_n, 0); /* whoever asks counts */
	ck_assert_int_eq(owed.label(owed.ctx, unknown, &label_of), OWED_NOTHING);
	ck_assert_int_eq(owed.label(owed.ctx, crash, &label_of), OWED_LOST);
	ck_assert_int_eq(owed.label(owed.ctx, known, &label_of), OWED_LABEL);
	ck_assert(span_eq(label_of.application, SPAN("VNC")));
	ck_assert(span_eq(label_of.how, SPAN("dpi")));
	ck_assert_int_eq(label_of.source, FACT_BY_CLASSIFIER);
	ck_assert_uint_eq(label_of.request, 0);
	classify_free(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("labels");
	TCase *t = tcase_create("labels");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, labels_are_settled);
	tcase_add_test(t, labels_are_owed);
	suite_add_tcase(s, t);
	return rig_run(s);
}
