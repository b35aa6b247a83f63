/* Real captures: libpcap's own reader, and what capinfos counted (the corpus's manifest), are the oracles. */
#include "test_capture.h"

#include <pcap/pcap.h>
#include <zlib.h>
#include <zstd.h>

enum { LINE = 1024, NAME = 512, COLUMNS = 12, UNPACKED_MAX = 8 * 1024 * 1024 };

/* One line of the manifest, as far as it is used. */
struct row {
	char name[NAME];
	size_t packets;
	bool pcapng;
};

/* Where our count is rightly another one than the manifest's. */
static const struct {
	const char *name;
	size_t packets;
	const char *why;
} exceptions[] = {
	{ "google_gopacket/pcapgo/tests/be/test102.pcapng", 5,
	  "the manifest counts 3 custom blocks; capinfos -c says 5" },
	{ "the-tcpdump-group_libpcap/filter/brcm-tag-stp.pcap", 4,
	  "capinfos does not know link type 281; libpcap reads 4" },
};

/*
 * What libpcap 1.10.3 cannot read to its end: all of a pcapng file's interfaces must have one link type and one snap
 * length there. Then only the packets before that are compared; the manifest says how many there are.
 */
static const char *const libpcap_stops[] = {
	"debian_wireshark/many_interfaces.pcapng.1",
	"debian_wireshark/many_interfaces.pcapng.3",
	"debian_wireshark/quic-fragmented-handshakes.pcapng",
	"google_gopacket/pcapgo/tests/be/test102.pcapng",
	"seladb_PcapPlusPlus/Packet++Test/PacketExamples/WireGuard.pcap",
	"seladb_PcapPlusPlus/Packet++Test/PacketExamples/gtp.pcap",
	"seladb_PcapPlusPlus/Packet++Test/PacketExamples/gtpv2.pcap",
	"seladb_PcapPlusPlus/Packet++Test/PacketExamples/ipsec.pcapng",
	"seladb_PcapPlusPlus/Packet++Test/PacketExamples/ldap.pcapng",
	"seladb_PcapPlusPlus/Pcap++Test/PcapExamples/many_interfaces-1.pcapng",
	"seladb_PcapPlusPlus/Pcap++Test/PcapExamples/pcapng-example.pcapng",
	"seladb_PcapPlusPlus/Pcap++Test/PcapExamples/file_heuristics/pcapng-example.pcapng.zst",
	"seladb_PcapPlusPlus/Pcap++Test/PcapExamples/too_many_interfaces.pcapng",
};

/* What neither libpcap nor we read. */
static const char *const unreadable[] = {
	".erf.gz", ".bz2", ".xz", ".snoop",
	"shb-option-too-long.pcapng", /* its first block has two lengths that differ */
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);
	return n >= k && strcmp(s + n - k, end) == 0;
}

static bool ends_with_any(const char *s, const char *const *ends, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ends_with(s, ends[i]))
			return true;
	return false;
}
#define ENDS_WITH_ANY(s, table) ends_with_any(s, table, sizeof(table) / sizeof((table)[0]))

static bool next_row(FILE *f, struct row *ret_row)
{
	char line[LINE], *column[COLUMNS] = { line };
	size_t n = 1;

	if (!fgets(line, sizeof(line), f))
		return false;
	for (char *p = line; *p; p++)
		if (*p == '\t' || *p == '\n') {
			*p = 0;
			if (n < COLUMNS)
				column[n++] = p + 1;
		}
	ck_assert_uint_eq(n, COLUMNS);
	ck_assert_uint_lt(strlen(column[0]), NAME);
	(void)snprintf(ret_row->name, NAME, "%s", column[0]);
	ret_row->packets = strtoul(column[6], NULL, 10);
	ret_row->pcapng = strcmp(column[11], "pcapng") == 0;
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (strcmp(column[0], exceptions[i].name) == 0)
			ret_row->packets = exceptions[i].packets;
	return true;
}

/* The manifest after its first line, or NULL where there is no corpus. */
static FILE *open_manifest(const char **ret_corpus)
{
	char path[LINE];
	const char *corpus = getenv("PLUMBLINE_CORPUS");
	FILE *f = NULL;

	if (corpus) {
		(void)snprintf(path, sizeof(path), "%s/MANIFEST.tsv", corpus);
		f = fopen(path, "r");
	}
	if (f && !fgets(path, sizeof(path), f)) {
		(void)fclose(f);
		return NULL;
	}
	*ret_corpus = corpus;
	return f;
}

/* A file for libpcap, which unpacks nothing: what is compressed is unpacked here, all at once. */
static FILE *open_plain(const char *path)
{
	static char packed[UNPACKED_MAX], bytes[UNPACKED_MAX];
	size_t n = 0;
	FILE *f = fopen(path, "rb");

	ck_assert_msg(f, "%s", path);
	if (ends_with(path, ".zst")) {
		size_t packed_n = fread(packed, 1, sizeof(packed), f);
		n = ZSTD_decompress(bytes, sizeof(bytes), packed, packed_n);
		ck_assert(!ZSTD_isError(n));
	} else if (ends_with(path, ".gz")) {
		gzFile z = gzopen(path, "rb");
		int got = gzread(z, bytes, sizeof(bytes));
		ck_assert_int_gt(got, 0);
		n = (size_t)got;
		ck_assert_int_eq(gzclose(z), Z_OK);
	} else {
		return f;
	}
	(void)fclose(f);
	f = tmpfile();
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	rewind(f);
	return f;
}

/* libpcap's number for a LINKTYPE_, asked of libpcap by a file that is only a header. */
static int dlt_of(uint32_t link_type)
{
	struct pcap_file_header h = { .magic = 0xa1b2c3d4, .version_major = 2, .version_minor = 4, .snaplen = 65535,
				      .linktype = link_type };
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_fopen_offline(fmemopen(&h, sizeof(h), "r"), error);

	ck_assert_msg(p, "%s", error);
	int dlt = pcap_datalink(p);
	pcap_close(p);
	return dlt;
}

/* Packets whose bytes libpcap changes while it reads: headers that the capturing host wrote in its own byte order. */
static bool bytes_are_changed(int dlt)
{
	return dlt == DLT_USB_LINUX || dlt == DLT_USB_LINUX_MMAPPED || dlt == DLT_NFLOG || dlt == DLT_PKTAP;
}

static void check_frame(const char *name, const struct frame *f, const struct pcap_pkthdr *h, const u_char *bytes,
			pcap_t *p)
{
	int64_t t = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec;
	uint32_t snap = (uint32_t)pcap_snapshot(p);
	uint32_t cap = f->bytes.cap < snap ? (uint32_t)f->bytes.cap : snap;

	/*
	 * Three differences are meant. libpcap cuts a packet off at the file's snap length where more was captured: we
	 * keep the bytes. A simple packet block has no time: libpcap says 0, we say that of the packet before. Seconds
	 * are unsigned in the format and signed in libpcap, from 2038 on.
	 */
	if (t < 0)
		t += (INT64_C(1) << 32) * 1000000000;
	ck_assert_msg(f->time == t || !t, "%s: %llu: time", name, (unsigned long long)f->number);
	ck_assert_msg(cap == h->caplen, "%s: %llu: %u captured, libpcap %u", name, (unsigned long long)f->number, cap,
		      h->caplen);
	ck_assert_msg(f->bytes.len == (h->len > f->bytes.cap ? h->len : f->bytes.cap), "%s: %llu: length", name,
		      (unsigned long long)f->number);
	if (!bytes_are_changed(pcap_datalink(p)))
		ck_assert_msg(!cap || memcmp(rd_rest(&f->bytes).p, bytes, cap) == 0, "%s: %llu: bytes", name,
			      (unsigned long long)f->number);
}

/* Reads a file with both readers, side by side. Returns the packets libpcap read. */
static size_t compare(const char *name, struct capture *c, pcap_t *p, const struct row *row)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	struct frame f;
	size_t i, theirs = 0, ours = 0;
	int dlt = -1;
	uint32_t link_type = UINT32_MAX;
	bool more = true;

	for (enum capture_event e; (e = capture_next(c, &f, &i)) != CAPTURE_END;) {
		if (e != CAPTURE_FRAME)
			continue;
		ours++;
		more = more && pcap_next_ex(p, &h, &bytes) == 1;
		if (!more)
			continue;
		theirs++;
		check_frame(name, &f, h, bytes, p);
		if (f.link_type != link_type)
			dlt = dlt_of(f.link_type);
		link_type = f.link_type;
		ck_assert_msg(dlt == pcap_datalink(p), "%s: link type %u", name, f.link_type);
	}
	if (more)
		theirs += pcap_next_ex(p, &h, &bytes) == 1;
	ck_assert_msg(ours == row->packets, "%s: %zu packets, capinfos %zu", name, ours, row->packets);
	return theirs;
}

static void check_row(const char *corpus, const struct row *row, size_t *files, size_t *packets)
{
	char path[LINE], error[PCAP_ERRBUF_SIZE];
	const char *paths = path;
	struct capture *c;
	struct diag_list d = { 0 };

	(void)snprintf(path, sizeof(path), "%s/%s", corpus, row->name);
	FILE *plain = open_plain(path);
	pcap_t *p = pcap_fopen_offline_with_tstamp_precision(plain, PCAP_TSTAMP_PRECISION_NANO, error);
	int r = capture_open(&c, &paths, 1, NULL, &d);
	if (ENDS_WITH_ANY(row->name, unreadable)) {
		ck_assert_msg(!p && r == -EINVAL && d.errors == 1, "%s", row->name);
		(void)fclose(plain);
		return;
	}
	ck_assert_msg(p && r == 0, "%s: %s", row->name, r ? d.kept[0].text : error);
	size_t theirs = compare(row->name, c, p, row), ours = capture_file(c, 0)->packets;
	bool stops = ENDS_WITH_ANY(row->name, libpcap_stops);
	ck_assert_msg(stops ? theirs < ours : theirs == ours, "%s: %zu packets, libpcap %zu", row->name, ours, theirs);
	/* libpcap's last word: an error exactly where we say the file is broken */
	bool broken = *pcap_geterr(p), complete = capture_complete(c);
	ck_assert_msg(stops ? complete : broken == !complete, "%s: %s: %s", row->name, capture_file(c, 0)->why,
		      pcap_geterr(p));
	pcap_close(p);
	capture_close(c);
	++*files;
	*packets += ours;
}

START_TEST(the_same_as_libpcap)
{
	const char *corpus;
	struct row row;
	size_t files = 0, packets = 0;
	FILE *f = open_manifest(&corpus);

	while (next_row(f, &row))
		check_row(corpus, &row, &files, &packets);
	(void)fclose(f);
	ck_assert_uint_gt(files, 700);
	ck_assert_uint_gt(packets, 100000);
}
END_TEST

static size_t libpcap_filtered(const char *path, const char *filter)
{
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program program;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	size_t n = 0;
	pcap_t *p = pcap_fopen_offline(open_plain(path), error);

	ck_assert_msg(p, "%s", error);
	if (pcap_compile(p, &program, filter, 1, PCAP_NETMASK_UNKNOWN)) {
		pcap_close(p);
		return SIZE_MAX;
	}
	ck_assert_int_eq(pcap_setfilter(p, &program), 0);
	while (pcap_next_ex(p, &h, &bytes) == 1)
		n++;
	pcap_freecode(&program);
	pcap_close(p);
	return n;
}

START_TEST(filters_the_same_as_libpcap)
{
	static const char *const filters[] = { "tcp port 443", "udp and not port 53", "vlan or arp", "greater 1000",
					       "tcp[tcpflags] & tcp-syn != 0", "ether broadcast" };
	char path[LINE];
	const char *corpus;
	struct row row;
	size_t compared = 0, passed = 0, line = 0;
	FILE *f = open_manifest(&corpus);

	while (next_row(f, &row)) {
		/* every seventh file, every filter in its turn */
		const char *filter = filters[line / 7 % (sizeof(filters) / sizeof(filters[0]))];
		if (line++ % 7 || ENDS_WITH_ANY(row.name, unreadable) || ENDS_WITH_ANY(row.name, libpcap_stops))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", corpus, row.name);
		size_t want = libpcap_filtered(path, filter);
		struct seen s = see(path, &(struct capture_options){ .filter = filter });
		ck_assert_msg(s.r == (want == SIZE_MAX ? -EINVAL : 0), "%s: %s", row.name, filter);
		ck_assert_msg(s.r || s.n == want, "%s: %s: %zu packets, libpcap %zu", row.name, filter, s.n, want);
		compared++;
		passed += s.n;
	}
	(void)fclose(f);
	ck_assert_uint_gt(compared, 80);
	ck_assert_uint_gt(passed, 500);
}
END_TEST

int main(void)
{
	const char *corpus;
	FILE *f = open_manifest(&corpus);
	if (!f) {
		(void)printf("1..0 # SKIP no corpus at PLUMBLINE_CORPUS\n");
		return EXIT_SUCCESS;
	}
	(void)fclose(f);

	Suite *s = suite_create("capture-corpus");
	TCase *c = tcase_create("corpus");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, the_same_as_libpcap);
	tcase_add_test(c, filters_the_same_as_libpcap);
	suite_add_tcase(s, c);
	return run_suite(s);
}
