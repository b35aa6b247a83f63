/* Links that carry packets in ways of their own: 802.11, PPP, MPLS, MACsec. */
#include "packet_bytes.h"

enum { WLAN = 105, RADIOTAP = 127, PPI = 192, PRISM = 119, AVS = 163, PPP = 9, PPP_SERIAL = 50, PPP_ETHER = 51 };
enum { ETHERNET = 1, CISCO = 104, PPP_DIRECTION = 204 };

static struct packet decode(uint32_t link_type, const char *hex)
{
	struct bytes f = { .n = 0 };

	bytes_add(&f, hex);
	struct packet p = bytes_decode(&f, link_type);
	ck_assert(p.payload.cap <= p.payload.len);
	return p;
}

static void is_mac(const struct mac *m, const char *text)
{
	char s[MAC_TEXT];

	mac_format(m, s);
	ck_assert_str_eq(s, text);
}

#define A1 "0a0000000001"
#define A2 "0a0000000002"
#define A3 "0a0000000003"
#define A4 "0a0000000004"
#define MAC1 "0a:00:00:00:00:01"
#define MAC2 "0a:00:00:00:00:02"
#define MAC3 "0a:00:00:00:00:03"
#define MAC4 "0a:00:00:00:00:04"
#define NONE "00:00:00:00:00:00"

START_TEST(who_is_who)
{
	static const struct {
		const char *hex, *src, *dst, *ap;
	} v[] = {
		{ "0800 0000" A1 A2 A3 "1000" BYTES_SNAP, MAC2, MAC1, MAC3 },
		{ "0801 0000" A1 A2 A3 "1000" BYTES_SNAP, MAC2, MAC3, MAC1 },
		{ "0802 0000" A1 A2 A3 "1000" BYTES_SNAP, MAC3, MAC1, MAC2 },
		{ "0803 0000" A1 A2 A3 "1000" A4 BYTES_SNAP, MAC4, MAC3, NONE },
		{ "8801 0000" A1 A2 A3 "1000 0000" BYTES_SNAP, MAC2, MAC3, MAC1 },
		{ "8881 0000" A1 A2 A3 "1000 0000 00000000" BYTES_SNAP, MAC2, MAC3, MAC1 },
		{ "8809 0000" A1 A2 A3 "1000 0000" BYTES_SNAP, MAC2, MAC3, MAC1 }, /* repeated */
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = decode(WLAN, v[i].hex);
		bytes_is_inner(&p);
		is_mac(&p.src_mac, v[i].src);
		is_mac(&p.dst_mac, v[i].dst);
		is_mac(&p.ap_mac, v[i].ap);
		ck_assert(p.to_us && !p.more);
	}
}
END_TEST

START_TEST(no_flow_in_the_air)
{
	static const struct {
		const char *hex;
		enum packet_undecoded why;
	} v[] = {
		{ "8000 0000 ffffffffffff" A2 A2 "1000 0000000000000000 6400 0100", UNDECODED_NONE }, /* beacon */
		{ "d400 0000" A1, UNDECODED_NONE },                                                 /* acknowledgment */
		{ "4801 0000" A1 A2 A3 "1000", UNDECODED_NONE },                                    /* no data */
		{ "0801 0000" A1 A2 A3 "1000 aaaa03000000 888e 02030075", UNDECODED_NONE },         /* EAPOL */
		{ "0841 0000" A1 A2 A3 "1000 0100002000000000 0102030405", UNDECODED_ENCRYPTED },
		{ "8845 0000" A1 A2 A3 "1000 0000 0100002000000000 0102030405", UNDECODED_ENCRYPTED },
		{ "0805 0000" A1 A2 A3 "1000" BYTES_SNAP, UNDECODED_PIECE },
		{ "0801 0000" A1 A2 A3 "1100 0102030405", UNDECODED_PIECE },
		{ "0801 0000" A1 A2, UNDECODED_MALFORMED },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = decode(WLAN, v[i].hex);
		ck_assert_msg(p.undecoded == v[i].why && (p.undecoded || p.kind == PACKET_OTHER), "%s: %s", v[i].hex,
			      packet_undecoded_name(p.undecoded));
	}
}
END_TEST

/* 44 bytes of LLC and IP in each; the first is followed by two of padding. */
#define SUBFRAME A3 A2 "0026" BYTES_SNAP
START_TEST(aggregated)
{
	struct bytes f = { .n = 0 };
	struct packet next;

	bytes_add(&f, "8801 0000" A1 A2 A1 "1000 8000" SUBFRAME SUBFRAME);
	struct packet p = bytes_decode(&f, WLAN);
	bytes_is_inner(&p);
	is_mac(&p.dst_mac, MAC3);
	ck_assert(p.more);
	memset(&next, 0xa5, sizeof(next));
	ck_assert(packet_next(&p, &next));
	bytes_is_inner(&next);
	is_mac(&next.src_mac, MAC2);
	is_mac(&next.ap_mac, MAC1);
	ck_assert(!next.more && !packet_next(&next, &p));
	f.b[26 + 13] = 0xff; /* a length beyond the frame */
	ck_assert(bytes_decode(&f, WLAN).undecoded == UNDECODED_MALFORMED);
}
END_TEST

#define DATA "0801 0000" A1 A2 A3 "1000" BYTES_SNAP
START_TEST(drivers_headers)
{
	static const struct {
		uint32_t link_type;
		const char *hex;
	} v[] = {
		{ RADIOTAP, "0000 0800 00000000" DATA },
		{ RADIOTAP, "0000 0900 02000000 00" DATA },
		{ RADIOTAP, "0000 1200 03000000 0000000000000000 10 00" DATA "00000000" },
		{ RADIOTAP, "0000 1d00 030000a0 20080000 00000000 0000000000000000 10 0000 0000" DATA "00000000" },
		{ RADIOTAP, "0000 0900 02000000 20 8801 0000" A1 A2 A3 "1000 0000 0000" BYTES_SNAP },
		{ PPI, "0000 0800 69000000" DATA },
		{ PPI, "0000 1000 01000000 0800 0400 00000000" BYTES_ETHERNET },
		{ AVS, "80211001 0000000c 00000000" DATA },
		{ PRISM, "80211001 0000000c 00000000" DATA },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = decode(v[i].link_type, v[i].hex);
		bytes_is_inner(&p);
	}
	struct packet p = decode(RADIOTAP, "0000 0900 02000000 40" DATA); /* the check sequence was wrong */
	ck_assert(p.undecoded == UNDECODED_MALFORMED);
	p = decode(RADIOTAP, "0000 0400 02000000 40" DATA);
	ck_assert(p.undecoded == UNDECODED_MALFORMED);
	p = decode(PPI, "0000 0800 93000000" DATA);
	ck_assert(p.undecoded == UNDECODED_LINK_TYPE);
}
END_TEST

START_TEST(ppp)
{
	static const struct {
		uint32_t link_type;
		const char *hex;
	} v[] = {
		{ PPP, "ff03 0021" BYTES_IPV4 },   { PPP, "ff03 21" BYTES_IPV4 },
		{ PPP, "0021" BYTES_IPV4 },        { PPP, "21" BYTES_IPV4 },
		{ PPP, "ff03 0057" BYTES_IPV6 },   { PPP, "ff03 0281 0001413e" BYTES_IPV4 },
		{ PPP_SERIAL, "ff03 0021" BYTES_IPV4 }, { PPP_SERIAL, "0f00 0800" BYTES_IPV4 },
		{ CISCO, "8f00 86dd" BYTES_IPV6 }, { PPP_ETHER, "1100 0001 0020 0021" BYTES_IPV4 "0000" },
		{ PPP_DIRECTION, "01 ff03 0021" BYTES_IPV4 },
	};
	static const struct {
		const char *hex;
		enum packet_undecoded why;
	} no[] = {
		{ "ff03 c021 09020008 05060708", UNDECODED_NONE },   { "ff03 8021 0101000a 030600000000", UNDECODED_NONE },
		{ "ff03 00fd 9001 0102", UNDECODED_ENCRYPTED },      { "fd 9001 0102", UNDECODED_ENCRYPTED },
		{ "ff03 003d c0000001 0021", UNDECODED_PIECE },      { "ff04 0021" BYTES_IPV4, UNDECODED_NONE },
		{ "ff", UNDECODED_MALFORMED },                       { "ff03 00", UNDECODED_MALFORMED },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = decode(v[i].link_type, v[i].hex);
		bytes_is_inner(&p);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		struct packet p = decode(PPP, no[i].hex);
		ck_assert_msg(p.undecoded == no[i].why && (p.undecoded || p.kind == PACKET_OTHER), "%s", no[i].hex);
	}
	struct packet p = decode(PPP_ETHER, "1100 0001 0080 0021" BYTES_IPV4);
	ck_assert(p.undecoded == UNDECODED_MALFORMED);
	p = decode(PPP_ETHER, "11a7 0001 0000");
	ck_assert(p.kind == PACKET_OTHER);
}
END_TEST

#define MPLS "020000000002 020000000001 8847"
START_TEST(mpls)
{
	static const char *const v[] = {
		MPLS "0001413e" BYTES_IPV4,
		MPLS "0001403e 0002413e" BYTES_IPV6,
		MPLS "0001413e 00000000" BYTES_ETHERNET,                                /* with control word */
		MPLS "0001413e" BYTES_ETHERNET,
		MPLS "0001413e 4a0000000002 020000000001 0800" BYTES_IPV4,              /* a MAC like an IPv4 version */
	};
	static const char *const no[] = {
		MPLS "0001413e 10000007 00000000",                                      /* an associated channel */
		MPLS "0001413e 00000000 0180c2000000 020000000001 88cc 0207",
		MPLS "0001413e 00000000 0800 4500 0000000000 0800 4500 000000000000",   /* could be either */
	};
	struct bytes deep = { .n = 0 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct packet p = decode(ETHERNET, v[i]);
		bytes_is_inner(&p);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(decode(ETHERNET, no[i]).kind == PACKET_OTHER, "%s", no[i]);
	bytes_add(&deep, MPLS);
	for (unsigned i = 0; i < 30; i++)
		bytes_add(&deep, "0001403e");
	ck_assert(bytes_decode(&deep, ETHERNET).undecoded == UNDECODED_DEPTH);
	ck_assert(decode(ETHERNET, MPLS "0001413e 45000100" "0001").undecoded == UNDECODED_MALFORMED);
}
END_TEST

#define MACSEC "020000000002 020000000001 88e5"
START_TEST(macsec)
{
	struct packet p = decode(ETHERNET, MACSEC "00 00 00000001 0800" BYTES_IPV4 "00112233445566778899aabbccddeeff");

	bytes_is_inner(&p);
	p = decode(ETHERNET, MACSEC "20 00 00000001 0200000000010001 0800" BYTES_IPV4 "00112233445566778899aabbccddeeff");
	bytes_is_inner(&p);
	p = decode(ETHERNET, MACSEC "2c 00 00000001 0200000000010001 0102030405060708");
	ck_assert(p.undecoded == UNDECODED_ENCRYPTED);
	p = decode(ETHERNET, MACSEC "80 00 00000001 0800" BYTES_IPV4);
	ck_assert(p.kind == PACKET_OTHER);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("link");

	tcase_add_test(t, who_is_who);
	tcase_add_test(t, no_flow_in_the_air);
	tcase_add_test(t, aggregated);
	tcase_add_test(t, drivers_headers);
	tcase_add_test(t, ppp);
	tcase_add_test(t, mpls);
	tcase_add_test(t, macsec);
	return bytes_run("link", t);
}
