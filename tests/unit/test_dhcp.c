/* DHCP for IPv4 and IPv6: addresses, options in one and in several parts, overload, relays, cuts and lies. */
#include <check.h>

#include "dissectors/dhcp.h"
#include "tests/unit/dissect_feed.h"

enum { OPTIONS = 240 };

static struct feeder f;

static void begin(void)
{
	feeder_init(&f, &dissector_dhcp, 68, 67);
}

static void end(void)
{
	feeder_free(&f);
}

/* A message of Ethernet client 02:00:5e:10:00:01, xid 0x01020304, with these options; its length. */
static size_t build(uint8_t out[600], uint8_t op, const char *your, const void *options, size_t n)
{
	memset(out, 0, 600);
	memcpy(out, "\x02\x01\x06\x00\x01\x02\x03\x04", 8);
	out[0] = op;
	memcpy(out + 16, your, 4);
	memcpy(out + 28, "\x02\x00\x5e\x10\x00\x01", 6);
	memcpy(out + 236, "\x63\x82\x53\x63", 4);
	memcpy(out + OPTIONS, options, n);
	return OPTIONS + n;
}

static const char *text_of(const void *p, size_t cap, size_t len)
{
	uint8_t *copy = malloc(cap + 1);
	struct dhcp_room room;
	struct fact fact = { .kind = FACT_DHCP };

	memcpy(copy, p, cap);
	enum rd_err e = dhcp_v4_read(rd_of(copy, cap, len), &room, &fact.dhcp);
	if (cap == len)
		ck_assert_int_ne(e, RD_SHORT);
	wr_reset(&f.log);
	if (e != RD_OVERRUN)
		feed_fact_text(&f.log, &fact);
	free(copy);
	return e == RD_OVERRUN ? "malformed" : feeder_log(&f);
}

/* ACK: server 10.0.0.1, lease 3600, routers, resolvers, time server; END, padding */
static const uint8_t ack[] = "\x35\x01\x05\x36\x04\x0a\x00\x00\x01\x33\x04\x00\x00\x0e\x10\x03\x04\x0a\x00\x00\x01"
			     "\x06\x08\x0a\x00\x00\x02\x0a\x00\x00\x03\x2a\x04\x0a\x00\x00\x04\xff\x00\x00";
#define ACK "dhcp v4 message=5 xid=16909060 client=02:00:5e:10:00:01 address=10.0.0.77 server=10.0.0.1 " \
	    "dns=10.0.0.2,10.0.0.3 routers=10.0.0.1 ntp=10.0.0.4 host= class= lease=3600\n"

START_TEST(acknowledgement)
{
	uint8_t m[600];
	size_t n = build(m, 2, "\x0a\x00\x00\x4d", ack, sizeof(ack) - 1);

	feeder_datagram(&f, 1, m, n, n);
	ck_assert_str_eq(feeder_log(&f), "1 label DHCP how=dhcpv4\n1 " ACK);
}
END_TEST

START_TEST(cut_anywhere)
{
	uint8_t m[600];
	size_t n = build(m, 2, "\x0a\x00\x00\x4d", ack, sizeof(ack) - 1);

	for (size_t cap = 0; cap < n; cap++) {
		const char *t = text_of(m, cap, n);
		ck_assert_msg(strcmp(t, "malformed") != 0, "%zu", cap);
		if (cap < OPTIONS + 3) {
			ck_assert_msg(strstr(t, "message=0 "), "%zu: %s", cap, t);
			continue;
		}
		ck_assert(strstr(t, "message=5 xid=16909060 client=02:00:5e:10:00:01 address=10.0.0.77"));
		ck_assert(strstr(t, "server=10.0.0.1 ") || strstr(t, "server=:: "));
		ck_assert(strstr(t, "dns=10.0.0.2,10.0.0.3 ") || strstr(t, "dns= "));
		ck_assert(strstr(t, "lease=3600") || strstr(t, "lease=0"));
	}
}
END_TEST

static const struct {
	const char *what;
	const char *options;
	size_t n;
	const char *part;
} cases[] = {
	{ "request: name with a zero behind, class, wanted address",
	  "\x35\x01\x03\x32\x04\x0a\x00\x00\x09\x0c\x06phone\x00\x3c\x0e" "android-dhcp-9\xff", 34,
	  "message=3 xid=16909060 client=02:00:5e:10:00:01 address=10.0.0.9 server=:: dns= routers= ntp= host=phone "
	  "class=android-dhcp-9" },
	{ "RFC 3396: resolvers and class in parts, cut inside an address",
	  "\x35\x01\x05\x06\x06\x0a\x00\x00\x02\x0a\x00\x3c\x02" "ab\x06\x02\x00\x03\x3c\x02" "cd\x3c\x01" "e\xff", 27,
	  "dns=10.0.0.2,10.0.0.3 routers= ntp= host= class=abcde" },
	{ "no end", "\x35\x01\x01", 3, "message=1 " },
	{ "an option longer than the message", "\x35\x01\x01\x0c\x05" "ab", 7, "malformed" },
	{ "no message type: not DHCP", "\x0c\x01" "a\xff", 4, "malformed" },
	{ "message type unheard of", "\x35\x01\x63\xff", 4, "malformed" },
	{ "five resolvers: room for four",
	  "\x35\x01\x05\x06\x14\x0a\0\0\1\x0a\0\0\2\x0a\0\0\3\x0a\0\0\4\x0a\0\0\5\xff", 26,
	  "dns=10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4 " },
};

START_TEST(option_lists)
{
	uint8_t m[600];
	size_t n = build(m, 1, "\0\0\0\0", cases[_i].options, cases[_i].n);

	ck_assert_msg(strstr(text_of(m, n, n), cases[_i].part), "%s: %s", cases[_i].what, text_of(m, n, n));
}
END_TEST

/* RFC 2131, 4.1: options go on in file, then in sname. */
START_TEST(overload)
{
	uint8_t m[600];
	size_t n = build(m, 2, "\0\0\0\0", "\x35\x01\x05\x34\x01\x03\xff", 7);

	memcpy(m + 108, "\x0c\x02" "ab\xff", 5); /* file */
	memcpy(m + 44, "\x0c\x02" "cd\xff", 5);  /* sname */
	ck_assert_msg(strstr(text_of(m, n, n), "host=abcd "), "%s", text_of(m, n, n));
}
END_TEST

/* Parts beyond the room are left out, nothing is written past it. */
START_TEST(many_parts)
{
	uint8_t m[1600] = { 0 };
	uint8_t options[1300] = "\x35\x01\x01";
	size_t n = 3;

	for (int i = 0; i < 5; i++) {
		options[n] = 12;
		options[n + 1] = 250;
		memset(options + n + 2, 'a', 250);
		n += 252;
	}
	build(m, 1, "\0\0\0\0", "", 0);
	memcpy(m + OPTIONS, options, n);
	const char *host = strstr(text_of(m, OPTIONS + n, OPTIONS + n), "host=");
	ck_assert_uint_eq(strspn(host + 5, "a"), 1000);
}
END_TEST

#define LINK_A "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
#define DB8_5 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05"
/* Reply, xid 0x0a0b0c: client DUID-LLT, IA_NA with 2001:db8::5 valid 7200, resolver 2001:db8::5 */
#define REPLY                                                                                                      \
	"\x07\x0a\x0b\x0c"                                                                                         \
	"\0\x01\0\x0e\0\x01\0\x01\x2a\0\0\0\x02\0\x5e\x10\0\x01"                                                 \
	"\0\x03\0\x28\0\0\0\x01\0\0\0\0\0\0\0\0\0\x05\0\x18" DB8_5 "\0\0\x0e\x10\0\0\x1c\x20"                  \
	"\0\x17\0\x10" DB8_5
static const uint8_t reply[] = REPLY;
enum { REPLY_BYTES = sizeof(reply) - 1 };
static const uint8_t relayed[] = "\x0d\x00" LINK_A LINK_A "\0\x12\0\x02" "if" "\0\x09\0\x56" REPLY;
#define REPLY_TEXT                                                                                                 \
	"dhcp v6 message=7 xid=658188 client=02:00:5e:10:00:01 address=2001:db8::5 server=:: dns=2001:db8::5 "     \
	"routers= ntp= host= class= lease=7200\n"

static void v6(void)
{
	end();
	feeder_init(&f, &dissector_dhcp, 546, 547);
}

START_TEST(version_6)
{
	_Static_assert(REPLY_BYTES == 0x56, "the relay's option says so");
	v6();
	feeder_datagram(&f, 1, reply, REPLY_BYTES, REPLY_BYTES);
	ck_assert_str_eq(feeder_log(&f), "1 label DHCP how=dhcpv6\n1 " REPLY_TEXT);
	wr_reset(&f.log);
	feeder_datagram(&f, 1, relayed, sizeof(relayed) - 1, sizeof(relayed) - 1);
	ck_assert_str_eq(feeder_log(&f), "1 " REPLY_TEXT);
}
END_TEST

START_TEST(version_6_cut_and_lying)
{
	struct fact_dhcp d;

	for (size_t cap = 0; cap < sizeof(relayed) - 1; cap++)
		ck_assert_int_ne(dhcp_v6_read(rd_of(relayed, cap, sizeof(relayed) - 1), &d), RD_OVERRUN);
	ck_assert_int_eq(dhcp_v6_read(rd_of(reply, REPLY_BYTES - 1, REPLY_BYTES - 1), &d), RD_OVERRUN);
	ck_assert_int_eq(dhcp_v6_read(rd_of("\x7f\0\0\1", 4, 4), &d), RD_OVERRUN);
	ck_assert_int_eq(dhcp_v6_read(rd_of(relayed, 34, 34), &d), RD_OVERRUN); /* a relay with nothing inside */
}
END_TEST

START_TEST(first_bytes)
{
	uint8_t m[600];
	size_t n = build(m, 1, "\0\0\0\0", "\x35\x01\x01\xff", 4);
	struct dissector_input in = { .port = { 68, 67 }, .bytes = rd_of(m, n, n) };

	ck_assert_int_eq(dissector_dhcp.recognise(&in), MATCH_YES);
	in.bytes = rd_of(m, 60, n);
	ck_assert_int_eq(dissector_dhcp.recognise(&in), MATCH_YES);
	in.bytes = rd_of(m, n, n);
	m[236] = 0; /* BOOTP */
	ck_assert_int_eq(dissector_dhcp.recognise(&in), MATCH_NO);
	in = (struct dissector_input){ .port = { 546, 547 }, .bytes = rd_of(reply, REPLY_BYTES, REPLY_BYTES) };
	ck_assert_int_eq(dissector_dhcp.recognise(&in), MATCH_YES);
	in.port[0] = in.port[1] = 5000;
	ck_assert_int_eq(dissector_dhcp.recognise(&in), MATCH_NO);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp");
	TCase *c = tcase_create("dhcp");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, acknowledgement);
	tcase_add_test(c, cut_anywhere);
	tcase_add_loop_test(c, option_lists, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(c, overload);
	tcase_add_test(c, many_parts);
	tcase_add_test(c, version_6);
	tcase_add_test(c, version_6_cut_and_lying);
	tcase_add_test(c, first_bytes);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
