/* Findings: drafts into records, in their final order. */
#include "judge/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "base/span.h"

enum { TEXT_MAX = 2000, MEMORY_MAX = 256 << 20 };

void findings_init(struct findings *f, struct span site)
{
	*f = (struct findings){ .site = site };
	arena_init(&f->memory, MEMORY_MAX);
}

void findings_free(struct findings *f)
{
	arena_free(&f->memory);
	free(f->v);
	free(f->order);
}

void draft_begin(struct draft *d, enum finding_code code, const struct device *dev, const struct binding *b,
		 const struct rule *r)
{
	*d = (struct draft){ .code = code, .device = dev, .binding = b, .rule = r, .severity = -1,
			     .confidence = CONFIDENCE_PROBABLE };
	wr_init(&d->message, TEXT_MAX);
	wr_init(&d->remedy, TEXT_MAX);
	for (size_t i = 0; i < sizeof(d->filter) / sizeof(d->filter[0]); i++)
		wr_init(&d->filter[i], 4 * TEXT_MAX);
}

void draft_end(struct draft *d)
{
	wr_free(&d->message);
	wr_free(&d->remedy);
	for (size_t i = 0; i < sizeof(d->filter) / sizeof(d->filter[0]); i++)
		wr_free(&d->filter[i]);
}

void draft_frame(struct draft *d, const struct obs_frame *f)
{
	if (!f->frame)
		return;
	for (uint32_t i = 0; i < d->frames_n; i++)
		if (d->frames[i].frame == f->frame && d->frames[i].capture == f->capture)
			return;
	if (d->frames_n < RESULT_FRAMES)
		d->frames[d->frames_n++] = *f;
}

void draft_flow(struct draft *d, uint64_t flow)
{
	for (uint32_t i = 0; i < d->flows_n; i++)
		if (d->flows[i] == flow)
			return;
	if (d->flows_n < RESULT_FLOWS)
		d->flows[d->flows_n++] = flow;
}

void draft_port(struct draft *d, uint16_t port)
{
	if (!port) /* a protocol without any */
		return;
	for (uint8_t i = 0; i < d->ports_n; i++)
		if (d->ports[i] == port)
			return;
	if (d->ports_n < DRAFT_PORTS)
		d->ports[d->ports_n++] = port;
}

void draft_time(struct draft *d, int64_t first, int64_t last)
{
	if (!d->first || first < d->first)
		d->first = first;
	if (last > d->last)
		d->last = last;
}

static struct wr *filter_of(struct draft *d, uint32_t capture)
{
	for (uint8_t i = 0; i < d->filter_n; i++)
		if (d->filter_capture[i] == capture)
			return &d->filter[i];
	if (d->filter_n == sizeof(d->filter) / sizeof(d->filter[0]))
		return NULL;
	d->filter_capture[d->filter_n] = capture;
	return &d->filter[d->filter_n++];
}

static void put_term(struct wr *w, const char *field, const struct addr *a)
{
	wr_str(w, field);
	wr_str(w, "==");
	wr_addr(w, a);
}

static void put_port(struct wr *w, const char *proto, uint16_t port)
{
	wr_str(w, " && ");
	wr_str(w, proto);
	wr_str(w, ".port==");
	wr_u64(w, port);
}

/* What keeps the other conversations of the two addresses out. */
static void put_protocol(struct wr *w, uint8_t proto, uint16_t a_port, uint16_t b_port)
{
	static const struct {
		uint8_t proto;
		const char *name;
		bool ports;
	} known[] = { { PROTO_TCP, "tcp", true },   { PROTO_UDP, "udp", true },  { PROTO_SCTP, "sctp", true },
		      { PROTO_ICMP, "icmp", false }, { PROTO_ICMP6, "icmpv6", false }, { PROTO_ESP, "esp", false },
		      { PROTO_GRE, "gre", false } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].proto != proto)
			continue;
		if (known[i].ports) {
			put_port(w, known[i].name, a_port);
			put_port(w, known[i].name, b_port);
		} else {
			wr_str(w, " && ");
			wr_str(w, known[i].name);
		}
	}
}

void draft_filter(struct draft *d, uint32_t capture, uint8_t proto, const struct addr *a, const struct addr *b,
		  uint16_t a_port, uint16_t b_port)
{
	const char *ip = addr_is_v4(a) ? "ip.addr" : "ipv6.addr";
	struct wr *w = filter_of(d, capture);
	struct wr one;

	if (!w)
		return;
	wr_init(&one, TEXT_MAX);
	wr_char(&one, '(');
	put_term(&one, ip, a);
	wr_str(&one, " && ");
	put_term(&one, ip, b);
	put_protocol(&one, proto, a_port, b_port);
	wr_char(&one, ')');
	struct span term = { (const uint8_t *)one.p, one.n };
	bool there = w->n >= term.n && memmem(w->p, w->n, term.p, term.n);
	if (!there) {
		if (w->n)
			wr_str(w, " || ");
		wr_span(w, term);
	}
	wr_free(&one);
}

void draft_cite(struct draft *d, const struct attempt *a)
{
	d->count++;
	d->proto = a->proto;
	draft_flow(d, a->flow);
	draft_port(d, a->port);
	draft_time(d, a->start, a->last_try > a->start ? a->last_try : a->end);
	if (d->frames_n + 2 <= RESULT_FRAMES) {
		draft_frame(d, &a->first);
		if (a->has_icmp)
			draft_frame(d, &(struct obs_frame){ a->icmp.frame, a->icmp.time, a->icmp.capture });
		else if (a->has_rst)
			draft_frame(d, &a->rst);
		else
			draft_frame(d, &a->last);
		draft_filter(d, a->first.capture, a->proto, &a->device, &a->peer, a->wire[0], a->wire[1]);
	}
}

void draft_number(struct draft *d, const char *name, int64_t v)
{
	if (d->facts_n < RESULT_FACTS)
		d->facts[d->facts_n++] = (struct result_fact){ .name = name, .number = v };
}

void draft_text(struct draft *d, const char *name, struct span v)
{
	if (d->facts_n < RESULT_FACTS && v.n)
		d->facts[d->facts_n++] = (struct result_fact){ .name = name, .is_text = true, .text = v };
}

void draft_not_excluded(struct draft *d, enum finding_code code)
{
	if (d->not_excluded_n < DRAFT_NOT_EXCLUDED)
		d->not_excluded[d->not_excluded_n++] = (uint16_t)code;
}

uint8_t finding_severity(enum finding_code code, const struct rule *r)
{
	static const uint8_t by_need[] = {
		[RULE_REQUIRED] = SEVERITY_HIGH, [RULE_RECOMMENDED] = SEVERITY_MEDIUM, [RULE_OPTIONAL] = SEVERITY_LOW,
		[RULE_ALLOWED] = SEVERITY_INFO,  [RULE_FORBIDDEN] = SEVERITY_INFO,
	};
	const struct finding_def *def = finding_def((uint16_t)code);

	return def->by_need && r ? by_need[r->need] : def->base;
}

/* 64 bits of FNV-1a: an id must be the same from run to run, so it has no random key. */
static uint64_t fnv(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

static struct span id_of(struct findings *f, const struct draft *d)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const char *code = finding_def((uint16_t)d->code)->code;
	struct wr w;

	h = fnv(h, f->site.p, f->site.n);
	if (d->device)
		h = fnv(h, d->device->id.p, d->device->id.n);
	h = fnv(h, code, strlen(code));
	if (d->rule) {
		h = fnv(h, d->binding->profile->id.p, d->binding->profile->id.n);
		h = fnv(h, d->rule->id.p, d->rule->id.n);
	}
	if (d->kind)
		h = fnv(h, d->kind, strlen(d->kind));
	h = fnv(h, d->peer_name.n ? d->peer_name.p : d->peer.b, d->peer_name.n ? d->peer_name.n : sizeof(d->peer.b));
	if (d->ports_n)
		h = fnv(h, &d->ports[0], sizeof(d->ports[0]));
	wr_init(&w, 64);
	for (int i = 56; i >= 0; i -= 8) {
		uint8_t b = (uint8_t)(h >> i);
		wr_hex(&w, &b, 1);
	}
	struct span id = arena_copy(&f->memory, (struct span){ (const uint8_t *)w.p, w.n });
	wr_free(&w);
	return id;
}

static const void *keep(struct findings *f, const void *p, size_t n)
{
	return n ? arena_copy(&f->memory, (struct span){ p, n }).p : NULL;
}

static struct span keep_text(struct findings *f, const struct wr *w)
{
	return arena_copy(&f->memory, (struct span){ (const uint8_t *)w->p, w->n });
}

static void fill_lists(struct findings *f, struct result_finding *r, struct draft *d)
{
	if (d->kind)
		draft_text(d, "kind", span_of(d->kind));
	struct result_filter *filters = arena_alloc(&f->memory, sizeof(*filters) * (d->filter_n + 1U));

	r->ports = keep(f, d->ports, sizeof(d->ports[0]) * d->ports_n);
	r->ports_n = r->ports ? d->ports_n : 0;
	r->flows = keep(f, d->flows, sizeof(d->flows[0]) * d->flows_n);
	r->flows_n = r->flows ? d->flows_n : 0;
	r->frames = keep(f, d->frames, sizeof(d->frames[0]) * d->frames_n);
	r->frames_n = r->frames ? d->frames_n : 0;
	r->not_excluded = keep(f, d->not_excluded, sizeof(d->not_excluded[0]) * d->not_excluded_n);
	r->not_excluded_n = r->not_excluded ? d->not_excluded_n : 0;
	r->facts = keep(f, d->facts, sizeof(d->facts[0]) * d->facts_n);
	r->facts_n = r->facts ? d->facts_n : 0;
	for (uint8_t i = 0; filters && i < d->filter_n; i++) {
		filters[i].capture = d->filter_capture[i];
		filters[i].filter = keep_text(f, &d->filter[i]);
		r->filter = filters;
		r->filter_n = i + 1U;
	}
}

static void fill(struct findings *f, struct result_finding *r, struct draft *d)
{
	const struct finding_def *def = finding_def((uint16_t)d->code);

	*r = (struct result_finding){
		.id = id_of(f, d),
		.state = FINDING_OPEN,
		.code = (uint16_t)d->code,
		.severity = d->severity >= 0 ? (uint8_t)d->severity : finding_severity(d->code, d->rule),
		.confidence = d->confidence,
		.device = d->device ? d->device->id : (struct span){ NULL, 0 },
		.profile = d->binding ? d->binding->profile->id : (struct span){ NULL, 0 },
		.rule = d->rule ? d->rule->id : (struct span){ NULL, 0 },
		.message = keep_text(f, &d->message),
		.remedy = d->remedy.n ? keep_text(f, &d->remedy) : span_of(def->remedy),
		.exclude_by = span_of(d->exclude_by),
		.peer = d->peer,
		.peer_name = arena_copy(&f->memory, d->peer_name),
		.proto = d->proto,
		.count = d->count,
		.first = d->first,
		.last = d->last,
	};
	fill_lists(f, r, d);
}

static bool grow(struct findings *f)
{
	size_t room = f->room ? f->room * 2 : 64;
	struct result_finding *v = realloc(f->v, room * sizeof(*v));

	if (!v)
		return false;
	f->v = v;
	uint64_t *order = realloc(f->order, room * sizeof(*order));
	if (!order)
		return false;
	f->order = order;
	f->room = room;
	return true;
}

void finding_add(struct findings *f, struct draft *d)
{
	if (f->n >= FINDINGS_MAX || (f->n == f->room && !grow(f))) {
		f->refused++;
	} else {
		fill(f, &f->v[f->n], d);
		f->order[f->n] = d->flows_n ? d->flows[0] : UINT64_MAX;
		f->n++;
	}
	draft_end(d);
}

struct ranked {
	uint64_t order;
	size_t index;
	uint8_t severity;
	uint16_t code;
};

static int worse_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

void findings_emit(struct findings *f, struct result_sink *sink)
{
	struct ranked *rank = f->n ? calloc(f->n, sizeof(*rank)) : NULL;

	for (size_t i = 0; rank && i < f->n; i++)
		rank[i] = (struct ranked){ f->order[i], i, f->v[i].severity, f->v[i].code };
	if (rank)
		qsort(rank, f->n, sizeof(*rank), worse_first);
	for (size_t i = 0; rank && i < f->n; i++) {
		struct result r = { .type = RESULT_FINDING, .finding = f->v[rank[i].index] };
		sink->put(sink->ctx, &r);
	}
	free(rank);
}
