/* The filter, by libpcap. See bpf.h. */
#include "capture/bpf.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A capture with more link types than this has its filter compiled again and again, and is right all the same. */
enum { PROGRAMS = 16, SNAP = 262144 };

struct program {
	uint32_t link_type;
	bool fit;
	struct bpf_program code;     /* owned where fit */
	char why[PCAP_ERRBUF_SIZE];  /* where not */
};

struct filter {
	char *expression;
	struct program programs[PROGRAMS];
	size_t n, next; /* next: the one to go when there is no room */
	struct program *last;
};

int filter_new(struct filter **ret_f, const char *expression)
{
	struct filter *f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->expression = strdup(expression);
	if (!f->expression) {
		free(f);
		return -ENOMEM;
	}
	*ret_f = f;
	return 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (f->programs[i].fit)
			pcap_freecode(&f->programs[i].code);
	free(f->expression);
	free(f);
}

/*
 * The DLT_ number that libpcap's compiler wants. It differs between systems where it differs from the LINKTYPE_ number
 * at all, and only libpcap's file reader knows the mapping: so it gets a file of nothing but a header. -1 on failure.
 */
static int dlt_of(uint32_t link_type, char why[PCAP_ERRBUF_SIZE])
{
	struct pcap_file_header h = {
		.magic = 0xa1b2c3d4,
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = SNAP,
		.linktype = link_type,
	};
	FILE *file = fmemopen(&h, sizeof(h), "r");
	if (!file) {
		(void)snprintf(why, PCAP_ERRBUF_SIZE, "%s", strerror(errno));
		return -1;
	}
	pcap_t *p = pcap_fopen_offline(file, why);
	if (!p) {
		(void)fclose(file);
		return -1;
	}
	int dlt = pcap_datalink(p);
	pcap_close(p);
	return dlt;
}

static bool compile(struct program *g, const char *expression)
{
	int dlt = dlt_of(g->link_type, g->why);
	pcap_t *p = dlt < 0 ? NULL : pcap_open_dead(dlt, SNAP);
	if (!p)
		return false;
	bool fit = pcap_compile(p, &g->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!fit)
		(void)snprintf(g->why, sizeof(g->why), "%s", pcap_geterr(p));
	pcap_close(p);
	return fit;
}

static struct program *find_program(struct filter *f, uint32_t link_type)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->programs[i].link_type == link_type)
			return &f->programs[i];
	struct program *g = &f->programs[f->next];
	f->next = (f->next + 1) % PROGRAMS;
	if (f->n < PROGRAMS)
		f->n++;
	else if (g->fit)
		pcap_freecode(&g->code);
	*g = (struct program){ .link_type = link_type };
	g->fit = compile(g, f->expression);
	return g;
}

int filter_compile(struct filter *f, uint32_t link_type, char *why, size_t why_size)
{
	const struct program *g = find_program(f, link_type);

	if (g->fit)
		return 0;
	(void)snprintf(why, why_size, "%s", g->why);
	return -EINVAL;
}

enum filter_verdict filter_apply(struct filter *f, const struct frame *frame)
{
	if (!f->last || f->last->link_type != frame->link_type)
		f->last = find_program(f, frame->link_type);
	if (!f->last->fit)
		return FILTER_UNFIT;
	const struct pcap_pkthdr h = {
		.caplen = (bpf_u_int32)frame->bytes.cap,
		.len = (bpf_u_int32)frame->bytes.len,
	};
	return pcap_offline_filter(&f->last->code, &h, rd_rest(&frame->bytes).p) ? FILTER_PASS : FILTER_DROP;
}
