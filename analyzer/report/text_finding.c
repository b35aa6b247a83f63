/* One finding: what is wrong, what to do next, what else it could be, and the evidence. */
#include "report/text.h"

enum { SEVERITY_AT = 2, BODY_AT = 10, COMMAND_AT = 12, LABEL = 15, CAPTURES_SHOWN = 3 };

static void put_capitals(struct page *p, uint8_t severity)
{
	static const char *const words[] = { "INFO  ", "LOW   ", "MEDIUM", "HIGH  " };

	page_put_severity(p, severity, severity < 4 ? words[severity] : "?");
}

/* The severity's word has trailing spaces that fill its column; they must not end a line or be folded. */
static void headline(struct page *p, const struct result_finding *f)
{
	const struct finding_def *def = finding_def(f->code);
	struct wr *w = &p->text;

	put_capitals(p, f->severity);
	for (size_t i = 0; i < w->n; i++)
		if (w->p[i] == ' ')
			w->p[i] = MARK_SPACE;
	wr_char(w, MARK_SPACE);
	wr_char(w, MARK_SPACE);
	page_put_mark(p, MARK_STRONG);
	page_put_str(p, def ? def->title : "A finding that this version does not know");
	page_put_mark(p, MARK_OFF);
	page_flush(p, SEVERITY_AT, BODY_AT);
}

static void put_class(struct page *p, const struct result_finding *f)
{
	const struct finding_def *def = finding_def(f->code);

	page_put_str(p, def ? def->code : "unknown");
	if (f->confidence != CONFIDENCE_NONE) {
		page_put_str(p, ", ");
		page_put_str(p, confidence_name(f->confidence));
	}
	if (f->rule.n) {
		page_put_str(p, "; rule ");
		page_put(p, f->rule);
		page_put_str(p, " of ");
		page_put(p, f->profile);
	} else if (f->profile.n) {
		page_put_str(p, "; profile ");
		page_put(p, f->profile);
	}
	if (f->state == FINDING_CLEARED)
		page_put_str(p, "; cleared since");
	page_flush(p, BODY_AT, BODY_AT);
}

/* ", TCP 443, 8443": to stand behind a peer; " to TCP 443" where the port is the device's. */
void text_put_service(struct page *p, const struct result_finding *f)
{
	if (f->proto) {
		page_put_str(p, f->code == FIND_UNDECLARED_INBOUND ? " to " : ", ");
		page_put_transport(p, f->proto);
	}
	for (uint32_t i = 0; i < f->ports_n && i < TEXT_LIST_MAX; i++) {
		page_put_str(p, i || !f->proto ? ", " : "");
		page_put_mark(p, i || !f->proto ? MARK_BREAK : MARK_SPACE);
		wr_u64(&p->text, f->ports[i]);
	}
	if (f->ports_n > TEXT_LIST_MAX) {
		page_put_str(p, " and ");
		page_put_number(p, f->ports_n - TEXT_LIST_MAX);
		page_put_str(p, " more");
	}
}

static void peer(struct page *p, const struct result_finding *f)
{
	if (!f->peer_name.n && addr_is_none(&f->peer))
		return;
	page_put_peer(p, f->peer_name, &f->peer);
	text_put_service(p, f);
	page_item(p, BODY_AT, "Peer", LABEL);
}

static void when(struct page *p, const struct result_finding *f)
{
	if (f->count) {
		page_put_times_over(p, f->count);
		if (f->first)
			page_put_str(p, ", ");
	}
	if (f->first)
		page_put_times(p, f->first, f->last);
	if (p->text.n)
		page_item(p, BODY_AT, "Seen", LABEL);
}

static void devices(struct page *p, const struct result_finding *f)
{
	for (uint32_t i = 0; i < f->devices_n && i < TEXT_LIST_MAX; i++) {
		page_put_str(p, i ? ", " : "");
		page_put(p, f->devices[i]);
	}
	if (f->devices_n > TEXT_LIST_MAX) {
		page_put_str(p, " and ");
		page_put_number(p, f->devices_n - TEXT_LIST_MAX);
		page_put_str(p, " more");
	}
	if (p->text.n)
		page_item(p, BODY_AT, "Devices", LABEL);
}

static void not_excluded(struct page *p, const struct result_finding *f)
{
	for (uint32_t i = 0; i < f->not_excluded_n && i < FINDING_CODES; i++) {
		const struct finding_def *def = finding_def(f->not_excluded[i]);
		page_put_str(p, i ? ", " : "");
		page_put_str(p, def ? def->code : "unknown");
	}
	if (f->exclude_by.n) {
		page_put_str(p, f->not_excluded_n ? "; to tell: " : "To be sure: ");
		page_put(p, f->exclude_by);
	}
	if (p->text.n)
		page_item(p, BODY_AT, "Not ruled out", LABEL);
}

/* A record that was read may claim more frames than a judge would give. */
static uint32_t frames_shown(const struct result_finding *f)
{
	return f->frames_n < RESULT_FRAMES ? f->frames_n : RESULT_FRAMES;
}

static uint32_t frames_of(const struct result_finding *f, uint32_t capture)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < frames_shown(f); i++)
		n += f->frames[i].capture == capture;
	return n;
}

/* The cited frames of one capture. */
static void put_frames(struct text *t, const struct result_finding *f, uint32_t capture)
{
	struct page *p = &t->page;
	uint32_t n = 0;

	for (uint32_t i = 0; i < frames_shown(f); i++) {
		if (f->frames[i].capture != capture)
			continue;
		page_put_str(p, n ? ", " : frames_of(f, capture) == 1 ? "frame " : "frames ");
		wr_u64(&p->text, f->frames[i].frame);
		n++;
	}
	page_put_str(p, " of ");
	page_put_file(p, text_capture_name(t, capture));
	page_item(p, BODY_AT, "Evidence", LABEL);
}

/* Ready for a shell; the head must not break, or the shell would take the rest for another command. */
static void put_command(struct text *t, const struct result_filter *f)
{
	struct page *p = &t->page;

	page_put_str(p, "tshark");
	page_put_mark(p, MARK_SPACE);
	page_put_str(p, "-r");
	page_put_mark(p, MARK_SPACE);
	page_put_shell(p, text_capture_name(t, f->capture));
	page_put_mark(p, MARK_SPACE);
	page_put_str(p, "-Y");
	page_put_mark(p, MARK_SPACE);
	page_put_filter(p, f->filter);
	page_flush(p, COMMAND_AT, COMMAND_AT);
}

static bool is_first_of_capture(const struct result_finding *f, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (f->frames[k].capture == f->frames[i].capture)
			return false;
	return true;
}

/* By capture: its frames, and the command that shows them with their conversations. */
static void evidence(struct text *t, const struct result_finding *f)
{
	struct page *p = &t->page;
	uint32_t captures = 0;

	for (uint32_t i = 0; i < frames_shown(f); i++) {
		uint32_t capture = f->frames[i].capture;
		if (!is_first_of_capture(f, i) || captures++ >= CAPTURES_SHOWN)
			continue;
		put_frames(t, f, capture);
		for (uint32_t k = 0; k < f->filter_n && k < RESULT_FRAMES; k++)
			if (f->filter[k].capture == capture && f->filter[k].filter.n)
				put_command(t, &f->filter[k]);
	}
	if (captures > CAPTURES_SHOWN) {
		page_put_str(p, "and frames of ");
		page_put_count(p, captures - CAPTURES_SHOWN, "more capture", NULL);
		page_put_str(p, "; --format jsonl names them");
		page_flush(p, COMMAND_AT, COMMAND_AT);
	}
}

/* A sentence of a profile may begin small. */
static void next_step(struct page *p, struct span s)
{
	size_t at = p->text.n;

	if (s.n == 0)
		return;
	page_put(p, s);
	if (!p->text.failed && p->text.p[at] >= 'a' && p->text.p[at] <= 'z')
		p->text.p[at] = (char)(p->text.p[at] - 'a' + 'A');
	page_item(p, BODY_AT, "Next step", LABEL);
}

void text_finding(struct text *t, const struct result_finding *f)
{
	struct page *p = &t->page;

	headline(p, f);
	put_class(p, f);
	if (f->message.n) {
		page_put(p, f->message);
		page_flush(p, BODY_AT, BODY_AT);
	}
	peer(p, f);
	when(p, f);
	devices(p, f);
	next_step(p, f->remedy);
	not_excluded(p, f);
	evidence(t, f);
}
