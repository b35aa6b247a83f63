/* What is wrong with the capture itself: it limits what can be said of the network, and must be said first. */
#include "base/span.h"
#include "judge/causes/causes.h"

enum { ONE_WAY_SHARE = 20, LOSS_SHARE = 1000, DUPLICATE_SHARE = 100 };

static void begin(struct judge *j, struct draft *f, const char *kind)
{
	draft_begin(f, FIND_CAPTURE_DEFECT, NULL, NULL, NULL);
	f->kind = kind;
	f->confidence = CONFIDENCE_CONFIRMED;
	draft_time(f, 0, j->now);
	f->first = j->captures_n ? j->captures[0].first : 0;
}

static void put_count(struct wr *w, uint64_t n, const char *what)
{
	wr_u64(w, n);
	wr_char(w, ' ');
	wr_str(w, what);
}

static bool is_one_way(const struct judge *j)
{
	return j->unseen_answers && j->unseen_answers * ONE_WAY_SHARE >= j->two_way;
}

static void one_way(struct judge *j)
{
	struct draft f;

	if (!is_one_way(j))
		return;
	begin(j, &f, "one-way");
	put_count(&f.message, j->unseen_answers, j->unseen_answers == 1 ? "flow" : "flows");
	wr_str(&f.message, " got answers that this capture does not show: one direction is missing, so silence proves nothing.");
	wr_str(&f.remedy, "Mirror both directions of the port (rx and tx), or capture where both pass.");
	f.count = (uint32_t)j->unseen_answers;
	draft_flow(&f, j->one_way_flow);
	draft_frame(&f, &j->one_way_frame);
	draft_number(&f, "flows_one_way", (int64_t)j->unseen_answers);
	draft_number(&f, "flows_two_way", (int64_t)j->two_way);
	finding_add(&j->findings, &f);
}

static void loss(struct judge *j)
{
	const struct obs_end *e = &j->end;
	struct draft f;

	/* in a one-way capture the whole other direction is unseen: that is said already */
	if (!e->dropped && (is_one_way(j) || e->unseen_bytes * LOSS_SHARE <= e->bytes))
		return;
	begin(j, &f, "loss");
	if (e->dropped)
		put_count(&f.message, e->dropped, "packets were dropped while capturing; ");
	put_count(&f.message, e->unseen_bytes, "bytes were acknowledged but are not in the capture.");
	wr_str(&f.remedy, "Capture with a larger buffer, less traffic on the span port, or a tap.");
	draft_number(&f, "unseen_bytes", (int64_t)e->unseen_bytes);
	draft_number(&f, "dropped", (int64_t)e->dropped);
	finding_add(&j->findings, &f);
}

static void cut(struct judge *j)
{
	struct draft f;

	if (!j->end.cut)
		return;
	begin(j, &f, "snaplen");
	put_count(&f.message, j->end.cut, "of ");
	put_count(&f.message, j->end.packets, "frames were captured shorter than they were: names and log-ins may be hidden.");
	wr_str(&f.remedy, "Capture whole frames (tcpdump -s 0).");
	f.count = (uint32_t)j->end.cut;
	finding_add(&j->findings, &f);
}

static void duplicates(struct judge *j)
{
	struct draft f;

	if (j->end.duplicates * DUPLICATE_SHARE < j->end.packets || !j->end.duplicates)
		return;
	begin(j, &f, "duplicates");
	put_count(&f.message, j->end.duplicates, "of ");
	put_count(&f.message, j->end.packets, "frames are copies that the span port made; they were counted once.");
	wr_str(&f.remedy, "Mirror each packet once: the port or the VLAN, one direction of each link.");
	f.count = (uint32_t)j->end.duplicates;
	finding_add(&j->findings, &f);
}

static void broken(struct judge *j)
{
	const struct obs_break *b = &j->first_break;
	struct draft f;

	if (!j->breaks_n)
		return;
	begin(j, &f, b->kind == BREAK_CLOCK_STEP ? "clock-step" : "broken-file");
	for (uint32_t i = 0; i < j->captures_n; i++)
		if (j->captures[i].index == b->capture)
			wr_printable(&f.message, j->captures[i].name);
	if (f.message.n)
		wr_str(&f.message, ": ");
	wr_span(&f.message, b->why);
	if (b->kind == BREAK_CLOCK_STEP) {
		wr_str(&f.message, ": the capture's clock stepped, and no duration across it means anything.");
	} else {
		wr_str(&f.message, ". Everything before it was audited.");
		wr_str(&f.remedy, "Copy the file again, or stop the capture before copying it.");
	}
	f.count = j->breaks_n;
	draft_number(&f, "packet", (int64_t)b->frame);
	draft_number(&f, "byte", (int64_t)b->byte);
	finding_add(&j->findings, &f);
}

/* No defect of the capture, but as limiting: what a tunnel of others holds may be a device's. */
static void tunnels(struct judge *j)
{
	struct draft f;

	if (!j->tunnels)
		return;
	draft_begin(&f, FIND_TRAFFIC_IN_TUNNEL, NULL, NULL, NULL);
	f.confidence = CONFIDENCE_CONFIRMED;
	f.count = j->tunnels;
	draft_flow(&f, j->tunnel_flow);
	draft_frame(&f, &j->tunnel_frame);
	draft_time(&f, j->tunnel_first, j->tunnel_last);
	draft_filter(&f, j->tunnel_frame.capture, j->tunnel_proto, &j->tunnel_ends[0], &j->tunnel_ends[1],
		     j->tunnel_ports[0], j->tunnel_ports[1]);
	wr_printable(&f.message, j->tunnel_name);
	wr_str(&f.message, " tunnels pass here, the largest between ");
	wr_addr(&f.message, &j->tunnel_ends[0]);
	wr_str(&f.message, " and ");
	wr_addr(&f.message, &j->tunnel_ends[1]);
	wr_str(&f.message, ": devices' traffic may be inside, so nothing is called missing.");
	finding_add(&j->findings, &f);
}

static void of_run(struct judge *j)
{
	broken(j);
	one_way(j);
	loss(j);
	cut(j);
	duplicates(j);
	tunnels(j);
}

const struct cause cause_defect = { "defect", hidden_say, of_run };
