/* Copies by themselves: a small ring over many turns, held against a plain list of what it must still remember. */
#include <check.h>
#include <stdlib.h>

#include "base/time.h"
#include "sensor/duplicate.h"

enum { RING = 16, PACKETS = 20000, KINDS = 40 };

/* What was remembered, oldest first; all of it is kept, the last RING of it count. */
struct plain {
	unsigned kind[PACKETS], vlan[PACKETS];
	int64_t time[PACKETS];
	size_t n;
};

static bool plain_see(struct plain *p, unsigned kind, unsigned vlan, int64_t time)
{
	for (size_t i = p->n > RING ? p->n - RING : 0; i < p->n; i++)
		if (p->kind[i] == kind && time - p->time[i] <= (p->vlan[i] == vlan ? 2 : 20) * NS_PER_MS)
			return true;
	p->kind[p->n] = kind;
	p->vlan[p->n] = vlan;
	p->time[p->n++] = time;
	return false;
}

/* In 2025: what the ring keeps of times is their lower bits. */
static bool ring_see(struct duplicates *d, unsigned kind, unsigned vlan, int64_t time)
{
	static const int64_t began = INT64_C(1750000000) * NS_PER_S;
	struct packet p = { .kind = PACKET_IP, .ip_version = 4, .proto = 6, .ip_id = (uint16_t)(1 + kind),
			    .vlans = vlan != 0, .vlan = { (uint16_t)vlan } };
	struct duplicate_probe probe;

	p.tcp.seq = kind * 1000;
	duplicates_prepare(d, &p, duplicate_content(&p), 7, 0, &probe);
	return duplicates_see(d, &probe, 1, began + time);
}

/* Tools that have no clock write 0: a repeat minutes later would be a copy. */
START_TEST(without_a_clock)
{
	struct duplicates d;
	struct packet p = { .kind = PACKET_IP, .ip_version = 4, .proto = 6, .ip_id = 77 };
	struct duplicate_probe probe;

	ck_assert_int_eq(duplicates_init(&d, RING), 0);
	duplicates_prepare(&d, &p, duplicate_content(&p), 7, 0, &probe);
	ck_assert(!duplicates_see(&d, &probe, 1, 0));
	ck_assert(!duplicates_see(&d, &probe, 1, 0));
	ck_assert(!duplicates_see(&d, &probe, 1, 1));
	ck_assert(duplicates_see(&d, &probe, 1, 1));
	duplicates_free(&d);
}
END_TEST

/* `_i`: microseconds between packets. Few: many copies; many: the ring holds all that is in time, or more than that. */
START_TEST(as_a_plain_list)
{
	static struct plain plain;
	struct duplicates d;
	uint64_t seed = 1;
	size_t copies = 0;
	int64_t time = 0;

	plain.n = 0;
	ck_assert_int_eq(duplicates_init(&d, RING), 0);
	for (size_t i = 0; i < PACKETS; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		unsigned kind = (unsigned)(seed >> 33) % KINDS;
		unsigned vlan = seed >> 60 ? 0 : 7; /* few come tagged */
		time += (int64_t)_i * 1000;
		bool copy = plain_see(&plain, kind, vlan, time);
		ck_assert_msg(ring_see(&d, kind, vlan, time) == copy, "packet %zu", i);
		copies += copy;
	}
	ck_assert_uint_gt(copies, PACKETS / 100);
	ck_assert_uint_gt(plain.n, PACKETS / 10);
	duplicates_free(&d);
}
END_TEST

/* Others that bear earlier times, in the same buckets, hide no copy of what came before them. */
START_TEST(among_late_ones)
{
	enum { LATE = RING - 4 };
	struct duplicates d;

	for (unsigned kind = 0; kind < 2000; kind += LATE + 1) {
		ck_assert_int_eq(duplicates_init(&d, RING), 0);
		ck_assert(!ring_see(&d, kind, 0, 100 * NS_PER_MS));
		for (unsigned i = 1; i <= LATE; i++)
			ck_assert(!ring_see(&d, kind + i, 0, 60 * NS_PER_MS));
		ck_assert(ring_see(&d, kind, 0, 101 * NS_PER_MS));
		ck_assert(ring_see(&d, kind + 1, 0, 61 * NS_PER_MS));
		ck_assert(!ring_see(&d, kind + 2, 0, 101 * NS_PER_MS));
		duplicates_free(&d);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("duplicate");
	TCase *t = tcase_create("duplicate");

	tcase_add_loop_test(t, as_a_plain_list, 50, 60);
	tcase_add_loop_test(t, as_a_plain_list, 400, 410);
	tcase_add_loop_test(t, as_a_plain_list, 900, 905); /* older than 2 ms, not than 20: only a tag makes copies */
	tcase_add_test(t, among_late_ones);
	tcase_add_test(t, without_a_clock);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
