/* plumbline why CAPTURE FRAME: what is known of the flow of one frame, and how each rule took it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/wr.h"
#include "capture/capture.h"
#include "cli/pipeline.h"
#include "cli/policies.h"
#include "judge/judge.h"
#include "packet/packet.h"
#include "profile/match.h"

enum { TEXT_MAX = 1024 * 1024, ID_COLUMN = 28 };

struct why {
	struct judge *judge;
	struct sensor_watched watched;
	struct judge_trace trace;
	bool traced, passed; /* the frame was read */
	int64_t time;        /* of the frame */
	struct packet packet;
	struct wr names, tries, flow, verdicts;
};

static void put_padded(struct wr *w, struct span s)
{
	wr_span(w, s);
	for (size_t n = s.n; n < ID_COLUMN; n++)
		wr_char(w, ' ');
	wr_char(w, ' ');
}

static void trace_line(void *ctx, struct span device, const struct profile *p, const struct rule *r, int miss)
{
	struct wr *w = &((struct why *)ctx)->tries;

	if (!r) {
		wr_str(w, "rules of ");
		wr_span(w, p->id);
		wr_str(w, ", held by ");
		wr_printable(w, device);
		wr_str(w, "\n");
		return;
	}
	wr_str(w, "  ");
	put_padded(w, r->id);
	wr_str(w, miss == MISS_NONE ? "matches" : match_miss_text((enum match_miss)miss));
	wr_char(w, '\n');
}

static void trace_name(void *ctx, struct span name, const char *how)
{
	struct wr *w = &((struct why *)ctx)->names;

	wr_str(w, "  ");
	wr_printable(w, name);
	wr_str(w, "  (");
	wr_str(w, how);
	wr_str(w, ")\n");
}

static void put_end(struct wr *w, const struct addr *a, uint16_t port)
{
	bool bracket = port && !addr_is_v4(a);

	wr_str(w, bracket ? "[" : "");
	wr_addr(w, a);
	wr_str(w, bracket ? "]" : "");
	if (port) {
		wr_char(w, ':');
		wr_u64(w, port);
	}
}

static const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP: return "tcp";
	case PROTO_UDP: return "udp";
	case PROTO_ICMP: return "icmp";
	case PROTO_ICMP6: return "icmpv6";
	case PROTO_ESP: return "esp";
	case PROTO_GRE: return "gre";
	case PROTO_IGMP: return "igmp";
	default: return "ip";
	}
}

static void put_flow(struct wr *w, const struct result_flow *f)
{
	wr_str(w, "flow ");
	wr_u64(w, f->id);
	wr_str(w, ": ");
	wr_str(w, proto_name(f->proto));
	wr_char(w, ' ');
	put_end(w, &f->addr[0], f->port[0]);
	wr_str(w, " -> ");
	put_end(w, &f->addr[1], f->port[1]);
	wr_str(w, "\n  frames ");
	wr_u64(w, f->first_frame.frame);
	wr_str(w, " to ");
	wr_u64(w, f->last_frame.frame);
	wr_str(w, ", ");
	wr_u64(w, f->packets[0]);
	wr_str(w, " packets out, ");
	wr_u64(w, f->packets[1]);
	wr_str(w, " back\n  outcome ");
	wr_str(w, outcome_name(f->outcome));
	if (f->reason != REASON_NONE) {
		wr_str(w, ", ");
		wr_str(w, reason_name(f->reason));
	}
	if (f->application.n) {
		wr_str(w, "; application ");
		wr_printable(w, f->application);
	}
	wr_char(w, '\n');
}

static void put_verdict(struct wr *w, const struct result_verdict *v)
{
	wr_str(w, "verdict for ");
	wr_printable(w, v->device);
	wr_str(w, ": ");
	wr_str(w, verdict_name(v->verdict));
	if (v->confidence != CONFIDENCE_NONE) {
		wr_str(w, ", ");
		wr_str(w, confidence_name(v->confidence));
	}
	for (uint32_t i = 0; i < v->rules_n; i++) {
		wr_str(w, i ? ", also " : ", by rule ");
		wr_span(w, v->rules[i]);
	}
	if (v->profile.n) {
		wr_str(w, " of ");
		wr_span(w, v->profile);
	}
	wr_char(w, '\n');
}

static void put_result(void *ctx, const struct result *r)
{
	struct why *y = ctx;

	if (r->type == RESULT_FLOW && y->watched.flow && r->flow.id == y->watched.flow)
		put_flow(&y->flow, &r->flow);
	if (r->type == RESULT_VERDICT && y->watched.flow && r->verdict.flow == y->watched.flow)
		put_verdict(&y->verdicts, &r->verdict);
}

static void put_obs(void *ctx, const struct obs *o)
{
	judge_put(((struct why *)ctx)->judge, o);
}

/* After every frame: the one asked for is decoded here too, in case that it belongs to no flow. */
static void see_frame(void *ctx, const struct frame *f)
{
	struct why *y = ctx;

	if (f->capture == y->watched.capture && f->number == y->watched.frame) {
		y->passed = true;
		y->time = f->time;
		packet_decode(f, &y->packet);
	}
	if (y->watched.flow && !y->traced) {
		y->traced = true;
		y->trace.flow = y->watched.flow;
		judge_trace(y->judge, &y->trace);
	}
}

static const char *without_flow(const struct packet *p)
{
	switch (p->kind) {
	case PACKET_ARP: return "it is ARP, which tells who has an address; ARP belongs to no flow";
	case PACKET_OTHER: return "it is no IP packet (a link-layer protocol), so it belongs to no flow";
	case PACKET_UNDECODED: return "its headers cannot be read, so it belongs to no flow";
	case PACKET_IP: break;
	}
	if (p->fragment && !p->first_fragment)
		return "it is a later fragment of an IP packet and shows no ports, so it is counted with no flow";
	if (p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6)
		return "it is an ICMP message about no flow that was seen";
	return "the sensor counted it with no flow: a copy of another frame, or a reply to nothing";
}

static void print_head(const struct why *y, const char *path, FILE *to)
{
	struct wr w = { 0 };

	wr_init(&w, TEXT_MAX);
	wr_str(&w, "frame ");
	wr_u64(&w, y->watched.frame);
	wr_str(&w, " of ");
	wr_str(&w, path);
	wr_str(&w, ", ");
	wr_time(&w, y->time);
	wr_char(&w, '\n');
	fwrite(w.p, 1, w.n, to);
	wr_free(&w);
}

static void print_part(FILE *to, const char *title, const struct wr *w, const char *otherwise)
{
	if (w->n) {
		fputs(title, to);
		fwrite(w->p, 1, w->n, to);
	} else {
		fputs(otherwise, to);
	}
}

static int print(const struct why *y, const struct captures *c, const char *path)
{
	struct text text;

	if (!y->passed) {
		cli_error("%s: there is no frame %" PRIu64 "; %" PRIu64 " packets could be read", path,
			  y->watched.frame, capture_file(c->capture, 0)->packets);
		return EXIT_NOT_JUDGED;
	}
	FILE *to = text_open(&text);
	if (!to)
		return EXIT_NOT_JUDGED;
	print_head(y, path, to);
	if (!y->watched.flow) {
		fprintf(to, "%s\n", without_flow(&y->packet));
		if (y->packet.kind == PACKET_UNDECODED)
			fprintf(to, "reason: %s\n", packet_undecoded_name(y->packet.undecoded));
		return text_close(&text);
	}
	print_part(to, "", &y->flow, "");
	print_part(to, "names known for it:\n", &y->names, "no name is known for it\n");
	print_part(to, "", &y->tries, "");
	print_part(to, "", &y->verdicts,
		   "no verdict: no end of the flow is a recognised device; say which with --device ADDR=PROFILE\n");
	return text_close(&text);
}

static int why_run(const struct options *o, struct why *y, struct captures *c, const struct policy *policy)
{
	struct result_sink results = { .ctx = y, .put = put_result, .wants_flows = true };
	int status = EXIT_NOT_JUDGED;

	if (judge_new(&y->judge, policy, results) < 0) {
		cli_error("no memory for the judge");
		return status;
	}
	pipeline_run(o, &captures_def, c, (struct obs_sink){ .ctx = y, .put = put_obs }, NULL);
	status = print(y, c, o->args[0]);
	judge_free(y->judge);
	return status;
}

/* Both arguments; false when the line that says what is wrong was printed. */
static bool read_arguments(const struct options *o, uint64_t *ret_frame)
{
	char *end;

	if (o->args_n != 2) {
		cli_error("a capture and a frame number are needed; write plumbline why CAPTURE FRAME");
		return false;
	}
	errno = 0;
	unsigned long long n = strtoull(o->args[1], &end, 10);
	if (errno || *end || !n || o->args[1][0] < '0' || o->args[1][0] > '9') {
		cli_error("'%s' is no frame number; it is Wireshark's, from 1", o->args[1]);
		return false;
	}
	*ret_frame = n;
	return true;
}

int cli_why(const struct options *o)
{
	struct why y = { .trace = { .line = trace_line, .name = trace_name } };
	struct captures captures = { .watch = &y.watched, .frame = see_frame, .ctx = &y };
	struct wr *texts[] = { &y.names, &y.tries, &y.flow, &y.verdicts };
	struct options capture_only = *o;
	struct policy *policy = NULL;
	int status = EXIT_NOT_JUDGED;

	if (!read_arguments(o, &y.watched.frame) || policies_load(&policy, o) < 0)
		return EXIT_NOT_JUDGED;
	y.trace.ctx = &y;
	capture_only.args_n = 1;
	capture_only.threads = 1; /* see_frame() speaks to the judge */
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		wr_init(texts[i], TEXT_MAX);
	if (captures_def.open(&captures, &capture_only) == 0) {
		if (capture_files(captures.capture) == 1)
			status = why_run(&capture_only, &y, &captures, policy);
		else
			cli_error("%s: several captures; name the one that has the frame", o->args[0]);
	}
	captures_def.close(&captures);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		wr_free(texts[i]);
	policy_free(policy);
	return status;
}
