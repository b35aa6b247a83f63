/* Contrast: who answered whom, on which port, and when; each answer has beside it the question that it says nothing of. */
#include <check.h>
#include <stdlib.h>

#include "base/proto.h"
#include "base/time.h"
#include "judge/contrast.h"

enum { HTTPS = 443, PUSH = 5228, DNS = 53 };

#define S(x) ((int64_t)(x) * NS_PER_S)

static struct contrast contrast;
static struct addr server, phone, other;

static void setup(void)
{
	contrast_init(&contrast);
	server = addr_v4(0xc0000201);
	phone = addr_v4(0x0a000005);
	other = addr_v4(0x0a000006);
}

static void teardown(void)
{
	contrast_free(&contrast);
}

static void answered(const struct addr *device, uint8_t proto, uint16_t port, int64_t from, int64_t to)
{
	contrast_answered(&contrast, &server, device, proto, port, from, to);
}

static struct contrast_found find(const struct addr *peer, int64_t from, int64_t to)
{
	return contrast_find(&contrast, peer, &phone, PROTO_TCP, PUSH, from, to);
}

START_TEST(another_port)
{
	answered(&phone, PROTO_TCP, HTTPS, S(100), S(110));
	struct contrast_found c = find(&server, S(50), S(105));
	ck_assert_int_eq(c.kind, CONTRAST_OTHER_PORT);
	ck_assert_uint_eq(c.port, HTTPS);
	ck_assert_uint_eq(c.proto, PROTO_TCP);
	ck_assert(addr_eq(&c.addr, &server));
	ck_assert_int_eq(find(&server, S(50), S(99)).kind, CONTRAST_NONE);
	ck_assert_int_eq(find(&server, S(111), S(200)).kind, CONTRAST_NONE);
	ck_assert_int_eq(find(&other, S(50), S(105)).kind, CONTRAST_NONE);
}
END_TEST

START_TEST(the_same_port_with_another_transport)
{
	answered(&phone, PROTO_UDP, PUSH, S(100), S(110));
	ck_assert_int_eq(find(&server, S(100), S(110)).kind, CONTRAST_OTHER_PORT);
}
END_TEST

START_TEST(another_device)
{
	answered(&other, PROTO_TCP, PUSH, S(100), S(110));
	struct contrast_found c = find(&server, S(100), S(110));
	ck_assert_int_eq(c.kind, CONTRAST_OTHER_DEVICE);
	ck_assert(addr_eq(&c.addr, &other));
}
END_TEST

/* The attempt's own port answered its own device: that is no contrast, it is success at another time. */
START_TEST(the_same_device_and_port)
{
	answered(&phone, PROTO_TCP, PUSH, S(100), S(110));
	ck_assert_int_eq(find(&server, S(100), S(110)).kind, CONTRAST_NONE);
	ck_assert(contrast_port_answers(&contrast, &server, PROTO_TCP, PUSH, S(100), S(110)));
	ck_assert(!contrast_port_answers(&contrast, &server, PROTO_TCP, HTTPS, S(100), S(110)));
	ck_assert(!contrast_port_answers(&contrast, &server, PROTO_UDP, PUSH, S(100), S(110)));
	ck_assert(!contrast_port_answers(&contrast, &server, PROTO_TCP, PUSH, S(0), S(99)));
}
END_TEST

START_TEST(each_answer_is_kept_apart)
{
	answered(&phone, PROTO_TCP, HTTPS, S(100), S(110));
	answered(&phone, PROTO_UDP, DNS, S(300), S(310));
	answered(&other, PROTO_TCP, HTTPS, S(500), S(510));
	ck_assert_uint_eq(contrast_peer(&contrast, &server)->answers_n, 3);
	ck_assert_uint_eq(find(&server, S(300), S(310)).port, DNS);
	ck_assert_uint_eq(find(&server, S(500), S(510)).port, HTTPS);
	ck_assert_int_eq(find(&server, S(200), S(210)).kind, CONTRAST_NONE);
	answered(&phone, PROTO_TCP, HTTPS, S(700), S(710));
	ck_assert_uint_eq(contrast_peer(&contrast, &server)->answers_n, 3);
}
END_TEST

/* The better proof is told: another port before another device, that before ping. */
START_TEST(the_best_is_found)
{
	answered(&phone, PROTO_ICMP, 0, S(100), S(110));
	ck_assert_int_eq(find(&server, S(100), S(110)).kind, CONTRAST_PING);
	answered(&other, PROTO_TCP, PUSH, S(100), S(110));
	ck_assert_int_eq(find(&server, S(100), S(110)).kind, CONTRAST_OTHER_DEVICE);
	answered(&phone, PROTO_TCP, HTTPS, S(100), S(110));
	ck_assert_int_eq(find(&server, S(100), S(110)).kind, CONTRAST_OTHER_PORT);
}
END_TEST

/* Flows: only one whose responder answered says anything, and a reset is no answer. */
START_TEST(flows)
{
	struct closed c = { .proto = PROTO_TCP, .addr = { phone, server }, .port = { 40000, HTTPS }, .packets = { 3, 2 },
			    .first = { S(100), S(100) }, .last = { S(110), S(110) } };

	contrast_add(&contrast, &c, contrast_hash(&contrast, &c.addr[1]));
	ck_assert_ptr_null(contrast_peer(&contrast, &server));
	c.came = CAME_ANSWERED;
	c.synack_time = S(100);
	c.ttl[1] = 52;
	c.rtt_us[1] = 30000;
	contrast_add(&contrast, &c, contrast_hash(&contrast, &c.addr[1]));
	ck_assert_int_eq(find(&server, S(100), S(110)).kind, CONTRAST_OTHER_PORT);
	ck_assert_uint_eq(contrast_peer(&contrast, &server)->ttl, 52);
	c.rtt_us[1] = 20000;
	contrast_add(&contrast, &c, contrast_hash(&contrast, &c.addr[1]));
	c.rtt_us[1] = 40000;
	contrast_add(&contrast, &c, contrast_hash(&contrast, &c.addr[1]));
	ck_assert_uint_eq(contrast_peer(&contrast, &server)->rtt_us, 20000);
}
END_TEST

START_TEST(bounded)
{
	contrast.max = 4;
	for (uint32_t i = 0; i < 6; i++) {
		struct addr peer = addr_v4(0xc0000200 + i);
		contrast_answered(&contrast, &peer, &phone, PROTO_TCP, HTTPS, S(1), S(2));
	}
	struct addr first = addr_v4(0xc0000200), last = addr_v4(0xc0000205);
	ck_assert_uint_eq(contrast.n, 4);
	ck_assert_uint_eq(contrast.evicted, 2);
	ck_assert_ptr_null(contrast_peer(&contrast, &first));
	ck_assert_ptr_nonnull(contrast_peer(&contrast, &last));
	for (uint16_t port = 1; port <= CONTRAST_ANSWERS + 3; port++)
		answered(&phone, PROTO_TCP, port, S(100), S(110));
	ck_assert_uint_eq(contrast_peer(&contrast, &server)->answers_n, CONTRAST_ANSWERS);
	ck_assert(contrast_port_answers(&contrast, &server, PROTO_TCP, CONTRAST_ANSWERS + 3, S(100), S(110)));
	ck_assert(!contrast_port_answers(&contrast, &server, PROTO_TCP, 1, S(100), S(110)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("contrast");
	TCase *c = tcase_create("contrast");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, another_port);
	tcase_add_test(c, the_same_port_with_another_transport);
	tcase_add_test(c, another_device);
	tcase_add_test(c, the_same_device_and_port);
	tcase_add_test(c, each_answer_is_kept_apart);
	tcase_add_test(c, the_best_is_found);
	tcase_add_test(c, flows);
	tcase_add_test(c, bounded);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
