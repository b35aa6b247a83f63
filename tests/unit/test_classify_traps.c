/*
 * Where nDPI 4.2 hangs or reads too far. Each trap is sprung once without the guard, to know that it is one; behind the
 * guard the worker lives on.
 */
#include "classify_rig.h"

enum { LONGEST_UDP = 65507, LONGEST_TCP = 65495 };

static struct classify *c;
static uint8_t bytes[LONGEST_UDP];

static void open_with(size_t l3_max)
{
	struct classify_limits l = classify_usual_limits();

	l.cpu_ms = 400;
	l.deny_kills = true;
	l.l3_max = l3_max;
	ck_assert_int_eq(classify_new_with(&c, &l), 0);
}

static void setup(void)
{
	open_with(CLASSIFY_L3_MAX);
}

static void teardown(void)
{
	classify_free(c);
	c = NULL;
}

static const struct {
	uint8_t proto;
	uint16_t port;
	size_t n;
} doors[] = {
	{ PROTO_UDP, 53, LONGEST_UDP }, { PROTO_UDP, 5353, LONGEST_UDP }, { PROTO_UDP, 5355, LONGEST_UDP },
	{ PROTO_UDP, 53, 65500 },	{ PROTO_TCP, 53, LONGEST_TCP },
};

/* A query whose labels go on to the end: the walk along them counts in 16 bits and never gets there. */
static uint32_t send_endless_name(size_t door)
{
	static const uint8_t header[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	struct request r;
	size_t at = 0;

	memset(bytes, 63, sizeof(bytes));
	if (doors[door].proto == PROTO_TCP) {
		bytes[at++] = (uint8_t)(doors[door].n >> 8);
		bytes[at++] = (uint8_t)doors[door].n;
	}
	memcpy(bytes + at, header, sizeof(header));
	request_begin(&r, doors[door].proto, 40000, doors[door].port);
	request_say(&r, 0, bytes, doors[door].n);
	return request_send(c, &r);
}

START_TEST(endless_name_hangs_what_is_not_guarded)
{
	teardown();
	open_with(65535);
	uint32_t before = rig_send_known(c), at = send_endless_name((size_t)_i), after = rig_send_known(c);
	rig_expect_known(c, before);
	rig_expect(c, at, CLASSIFY_LOST);
	rig_expect_known(c, after);
}
END_TEST

START_TEST(endless_name_is_too_long_to_be_shown)
{
	rig_expect(c, send_endless_name((size_t)_i), CLASSIFY_UNKNOWN);
	rig_expect_known(c, rig_send_known(c));
}
END_TEST

/* Lets it be lost or not, but nothing else with it. `n` bytes of the initiator's after `before`, if any. */
static void survives(uint16_t port, const char *before, const void *said, size_t n)
{
	struct classify_label label;
	struct request r;

	request_begin(&r, PROTO_TCP, 40000, port);
	if (before) {
		request_say(&r, 0, before, strlen(before));
		request_say(&r, 1, before, strlen(before));
	}
	request_say(&r, 0, said, n);
	request_say(&r, 1, said, n);
	ck_assert_int_ne(classify_collect(c, request_send(c, &r), &label), CLASSIFY_LOST);
	rig_expect_known(c, rig_send_known(c));
}

/* TINC's keys are digits up to a line's end that need not be there: it reads on behind the packet. */
START_TEST(digits_up_to_the_end)
{
	static const char key[] = "1 94 64 0 0 ";

	for (size_t n = 200; n < 1400; n += 7) {
		memset(bytes, '9', n);
		memcpy(bytes, key, sizeof(key) - 1);
		survives(655, "0 name 17\n", bytes, n);
	}
}
END_TEST

/* TLS: an alternative name's list (RFC 5280, 4.2.1.6) that claims more than the certificate has, at every place. */
START_TEST(list_of_names_that_lies)
{
	static const uint8_t names[] = { 6, 3, 0x55, 0x1d, 0x11, 4, 0x82, 0xff, 0xff, 0x30, 0x82, 0xff, 0xfb, 0x82, 0x7f };
	enum { RECORD = 5, HANDSHAKE = 4 + 3 + 3 };

	for (size_t n = 40; n < 1400; n += 11) {
		const uint8_t head[RECORD + HANDSHAKE] = {
			22, 3, 3, (uint8_t)((n - RECORD) >> 8), (uint8_t)(n - RECORD),
			11, 0, (uint8_t)((n - 9) >> 8), (uint8_t)(n - 9),
			0, (uint8_t)((n - 12) >> 8), (uint8_t)(n - 12), 0, (uint8_t)((n - 15) >> 8), (uint8_t)(n - 15),
		};
		memset(bytes, 'x', n);
		memcpy(bytes, head, sizeof(head));
		memcpy(bytes + n - sizeof(names), names, sizeof(names));
		survives(443, NULL, bytes, n);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("classify-traps");
	TCase *t = tcase_create("traps");
	const int n = sizeof(doors) / sizeof(doors[0]);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, endless_name_hangs_what_is_not_guarded, 0, n);
	tcase_add_loop_test(t, endless_name_is_too_long_to_be_shown, 0, n);
	tcase_add_test(t, digits_up_to_the_end);
	tcase_add_test(t, list_of_names_that_lies);
	suite_add_tcase(s, t);
	return rig_run(s);
}
