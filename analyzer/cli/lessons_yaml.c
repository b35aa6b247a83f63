/* Profile and site from lessons. Names and labels come from packets: they are written quoted, or with \xHH in comments. */
#include "cli/lessons_yaml.h"

#include <string.h>

#include "base/span.h"
#include "profile/scalar.h"
#include "record/result.h"

enum { TEXT_MAX = 16 << 20, ID_MAX = 56, ADDRESSES_SHOWN = 6 };

struct id {
	char s[SCALAR_ID + 1];
};

static struct span text_of(const struct wr *w)
{
	return (struct span){ (const uint8_t *)w->p, w->n };
}

/* Every line of the text behind "# ". */
static void put_commented(struct wr *w, struct span s)
{
	for (size_t at = 0; at < s.n;) {
		const uint8_t *end = memchr(s.p + at, '\n', s.n - at);
		size_t n = end ? (size_t)(end - s.p) - at : s.n - at;
		wr_str(w, n ? "# " : "#");
		wr_span(w, (struct span){ s.p + at, n });
		wr_char(w, '\n');
		at += n + 1;
	}
}

/* Bytes that no id may have become `other`; the first one is a letter or digit because the caller begins it so. */
static void put_id(struct wr *w, struct span s, char other)
{
	for (size_t i = 0; i < s.n && w->n < ID_MAX; i++) {
		uint8_t c = s.p[i];
		bool upper = c >= 'A' && c <= 'Z';
		bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '.' && other == '-');
		wr_char(w, upper ? (char)(c - 'A' + 'a') : good ? (char)c : other);
	}
}

static void put_address_id(struct wr *w, const struct addr *a, char other)
{
	char s[ADDR_TEXT];

	addr_format(a, s);
	for (char *c = s; *c; c++)
		if (*c == '.' || *c == ':')
			*c = other;
	put_id(w, span_of(s), other);
}

static void put_profile_id(struct wr *w, const struct addr *device)
{
	struct wr id;

	wr_init(&id, SCALAR_ID);
	wr_str(&id, "learnt-");
	put_address_id(&id, device, '-');
	wr_bytes(w, id.p, id.n);
	w->failed |= id.failed;
	wr_free(&id);
}

static const char *transport_of(uint8_t proto)
{
	static const struct {
		uint8_t proto;
		const char *word;
	} words[] = { { 1, "icmp" }, { 2, "igmp" }, { 6, "tcp" }, { 17, "udp" }, { 47, "gre" }, { 50, "esp" },
		      { 58, "icmp" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].proto == proto)
			return words[i].word;
	return NULL;
}

static void put_ports(struct wr *w, const struct lesson *x)
{
	wr_u64(w, x->port);
	if (x->port_to != x->port) {
		wr_char(w, '-');
		wr_u64(w, x->port_to);
	}
}

/* "tcp 5228" */
static void put_service(struct wr *w, const struct lesson *x)
{
	const char *t = transport_of(x->proto);

	if (t) {
		wr_str(w, t);
	} else {
		wr_str(w, "IP protocol ");
		wr_u64(w, x->proto);
	}
	if (lesson_has_ports(x)) {
		wr_char(w, ' ');
		put_ports(w, x);
	}
}

static bool is_parameter(const struct lesson *x)
{
	return x->private && x->peers_n == 1 && transport_of(x->proto);
}

/* The same for the same address, whatever lesson it is asked of. */
static void put_parameter_id(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	struct wr id;
	struct span name = { NULL, 0 };

	for (size_t i = 0; i < l->n && !name.n; i++)
		if (is_parameter(&l->v[i]) && addr_eq(&l->v[i].peers[0], &x->peers[0]) && !l->v[i].ambiguous)
			name = l->v[i].name;
	wr_init(&id, SCALAR_ID);
	wr_str(&id, "peer_");
	put_address_id(&id, &x->peers[0], '_');
	if (name.n) {
		wr_char(&id, '_');
		put_id(&id, name, '_');
	}
	wr_bytes(w, id.p, id.n);
	w->failed |= id.failed;
	wr_free(&id);
}

/* The first of the lessons about this parameter: there it is declared. Those that work come first. */
static bool is_first_of_parameter(const struct lessons *l, const struct lesson *x)
{
	for (const struct lesson *y = l->v; y < x; y++)
		if (is_parameter(y) && addr_eq(&y->peers[0], &x->peers[0]))
			return false;
	return is_parameter(x);
}

/* ---- a rule ---- */

static void put_id_of(struct wr *w, const struct lesson *x)
{
	wr_str(w, x->initiator == INITIATOR_PEER ? "in-" : "");
	wr_str(w, transport_of(x->proto));
	if (lesson_has_ports(x)) {
		wr_char(w, '-');
		put_ports(w, x);
	}
	wr_char(w, '-');
	if (x->name.n && !x->private)
		put_id(w, x->name, '-');
	else if (x->peers_n == 1)
		put_address_id(w, &x->peers[0], '-');
	else
		wr_str(w, x->private ? "inside" : "several");
}

/* How many lessons before this one have the same id, but for its number. */
static unsigned twins_before(const struct lessons *l, const struct lesson *x, struct span id)
{
	struct wr w;
	unsigned n = 0;

	wr_init(&w, SCALAR_ID * 2);
	for (const struct lesson *y = l->v; y < x; y++) {
		if (!transport_of(y->proto))
			continue;
		wr_reset(&w);
		put_id_of(&w, y);
		n += span_eq(text_of(&w), id);
	}
	wr_free(&w);
	return n;
}

static void put_rule_id(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	struct wr id;

	wr_init(&id, SCALAR_ID * 2);
	put_id_of(&id, x);
	unsigned twins = twins_before(l, x, text_of(&id));
	wr_bytes(w, id.p, id.n);
	if (twins) {
		wr_char(w, '-');
		wr_u64(w, twins + 1);
	}
	w->failed |= id.failed;
	wr_free(&id);
}

static void put_peer(struct wr *w, const struct lesson *x)
{
	if (x->name.n)
		wr_printable(w, x->name);
	else if (x->peers_n == 1)
		wr_addr(w, &x->peers[0]);
	else
		wr_str(w, x->private ? "hosts inside" : "several addresses");
}

/* "seen 12 times, 11 came up, 1 failed (refused); TIME to TIME" */
static void put_counts(struct wr *w, const struct lesson *x)
{
	static const char *const words[LESSON_ENDS] = { " came up", " sent without an answer due", " not decided",
		                                        " failed" };
	const char *between = " (";

	wr_str(w, "  # seen ");
	if (x->seen > 1)
		wr_u64(w, x->seen);
	wr_str(w, x->seen > 1 ? " times" : "once");
	for (size_t i = 0; i < LESSON_ENDS; i++) {
		if (!x->ends[i])
			continue;
		wr_str(w, ", ");
		wr_u64(w, x->ends[i]);
		wr_str(w, words[i]);
	}
	for (uint8_t i = 0; x->ends[LESSON_FAILED] && i < OUTCOMES; i++)
		if (x->outcomes[i] && i != OUTCOME_OK && i != OUTCOME_SENT) {
			wr_str(w, between);
			wr_str(w, outcome_name(i));
			between = ", ";
		}
	wr_str(w, *between == ',' ? "); " : "; ");
	wr_date(w, x->first);
	if (x->last - x->first >= INT64_C(86400000000000)) {
		wr_str(w, " to ");
		wr_date(w, x->last);
	}
	wr_char(w, '\n');
}

static void put_addresses(struct wr *w, const struct lesson *x, uint32_t max, const char *quote)
{
	for (uint32_t i = 0; i < x->peers_n && i < max; i++) {
		wr_str(w, i ? ", " : "");
		wr_str(w, quote);
		wr_addr(w, &x->peers[i]);
		wr_str(w, quote);
	}
}

/* What an editor of the profile should know beside the counts. */
static void put_remarks(struct wr *w, const struct lesson *x)
{
	bool listed = !x->name.n && !x->private;

	if (x->unsure)
		wr_str(w, "  # the capture does not show who opened it: whoever sent first is taken to have\n");
	if (x->proxied)
		wr_str(w, "  # asked of a proxy, whose address is given\n");
	if (x->ambiguous)
		wr_str(w, "  # the name is one of several that the device had looked up for the address\n");
	if (x->private && x->name.n) {
		wr_str(w, "  # its name: ");
		wr_printable(w, x->name);
		wr_char(w, '\n');
	}
	if (!listed && (x->peers_n > 1 || !x->private)) {
		wr_str(w, "  # at ");
		put_addresses(w, x, ADDRESSES_SHOWN, "");
		wr_str(w, x->peers_n > ADDRESSES_SHOWN || x->peers_more ? " and others\n" : "\n");
	} else if (x->peers_more) {
		wr_str(w, "  # and at further addresses: ");
		wr_u64(w, x->peers_more);
		wr_str(w, " flows\n");
	}
}

static void put_peers(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	wr_str(w, "    peers: {");
	if (is_parameter(x)) {
		wr_str(w, "parameter: ");
		put_parameter_id(w, l, x);
	} else if (x->private) {
		wr_str(w, "scope: private");
	} else if (x->name.n) {
		wr_str(w, "hosts: [");
		wr_json_string(w, x->name);
		wr_char(w, ']');
	} else if (addr_scope(&x->peers[0]) == ADDR_BROADCAST) {
		wr_str(w, "broadcast: true");
	} else {
		wr_str(w, "addresses: [");
		put_addresses(w, x, LESSON_PEERS, "\"");
		wr_char(w, ']');
	}
	wr_str(w, "}\n");
}

static void put_rule(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	wr_str(w, "  - id: ");
	put_rule_id(w, l, x);
	wr_str(w, "\n    cites: [capture]\n    service: \"");
	put_service(w, x);
	wr_str(w, x->initiator == INITIATOR_PEER ? " from " : " to ");
	put_peer(w, x);
	wr_str(w, "\"\n    purpose: \"seen, not documented: say what it is for\"\n    initiator: ");
	wr_str(w, scalar_word_of(SCALAR_INITIATORS, (int)x->initiator));
	wr_str(w, "\n    transport: ");
	wr_str(w, transport_of(x->proto));
	if (lesson_has_ports(x)) {
		wr_str(w, "\n    ports: [");
		put_ports(w, x);
		wr_char(w, ']');
	}
	wr_char(w, '\n');
	put_peers(w, l, x);
	if (x->ends[LESSON_SENT] && !x->ends[LESSON_UP])
		wr_str(w, "    reply: none\n");
	if (x->application.n) {
		wr_str(w, "    applications: [");
		wr_json_string(w, x->application);
		wr_str(w, "]\n");
	}
	wr_str(w, "    need: allowed\n");
}

/* With its counts in front; as a comment where it failed or cannot be said. */
static void put_lesson(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	struct wr rule;

	put_counts(w, x);
	put_remarks(w, x);
	if (!transport_of(x->proto)) {
		wr_str(w, "  # ");
		put_service(w, x);
		wr_str(w, x->initiator == INITIATOR_PEER ? " from " : " to ");
		put_peer(w, x);
		wr_str(w, ": profiles know no such transport\n");
		return;
	}
	wr_init(&rule, TEXT_MAX);
	put_rule(&rule, l, x);
	if (lesson_failed(x))
		put_commented(w, text_of(&rule));
	else
		wr_span(w, text_of(&rule));
	w->failed |= rule.failed;
	wr_free(&rule);
}

/* ---- the profile ---- */

static bool is_rule(const struct lesson *x)
{
	return transport_of(x->proto) && !lesson_failed(x);
}

static void put_capture(struct wr *w, const struct lessons *l)
{
	size_t at = l->capture.n;

	while (at && l->capture.p[at - 1] != '/')
		at--;
	wr_printable(w, (struct span){ l->capture.p + at, l->capture.n - at });
	if (l->captures > 1) {
		wr_str(w, " and ");
		wr_u64(w, l->captures - 1);
		wr_str(w, " more");
	}
}

static void put_head(struct wr *w, const struct lessons *l, const struct addr *device)
{
	wr_str(w, "# What ");
	wr_addr(w, device);
	wr_str(w, " was seen to do in ");
	put_capture(w, l);
	wr_str(w, ".\n"
	          "# Learnt, not documented: what was seen is not what is needed. Say what each rule is for and which\n"
	          "# document says so, make need: required what must work, and take out what should not be there.\n");
	if (l->declared) {
		wr_str(w, "# Not in it: ");
		wr_u64(w, l->declared);
		wr_str(w, " flows of what every host does (see: plumbline profile show ip-host)");
		if (l->declared_failed) {
			wr_str(w, ", ");
			wr_u64(w, l->declared_failed);
			wr_str(w, " of them failed");
		}
		wr_str(w, ".\n");
	}
	if (l->more) {
		wr_str(w, "# Not in it: ");
		wr_u64(w, l->more);
		wr_str(w, " flows with more services than there was room for.\n");
	}
	if (!l->complete)
		wr_str(w, "# The capture was not read to its end: there may be more.\n");
}

static void put_source(struct wr *w, const struct lessons *l)
{
	struct wr title;

	wr_init(&title, SCALAR_TEXT);
	wr_str(&title, "learnt from ");
	put_capture(&title, l);
	wr_str(w, "sources:\n  capture: {title: ");
	wr_json_text(w, title.failed ? SPAN("learnt from captures") : text_of(&title));
	wr_str(w, ", date: \"");
	wr_date(w, l->captured ? l->captured : l->first);
	wr_str(w, "\"}\n");
	wr_free(&title);
}

/* `line` writes a parameter; those of rules that are comments become comments too. */
static void put_parameters(struct wr *w, const struct lessons *l,
                           void (*line)(struct wr *w, const struct lessons *l, const struct lesson *x))
{
	size_t active = 0, all = 0;

	for (size_t i = 0; i < l->n; i++) {
		bool first = is_first_of_parameter(l, &l->v[i]);
		all += first;
		active += first && !lesson_failed(&l->v[i]);
	}
	if (!all)
		return;
	wr_str(w, active ? "parameters:\n" : "# parameters:\n");
	for (size_t i = 0; i < l->n; i++) {
		if (!is_first_of_parameter(l, &l->v[i]))
			continue;
		wr_str(w, lesson_failed(&l->v[i]) ? "#   " : "  ");
		line(w, l, &l->v[i]);
	}
}

static void put_declaration(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	put_parameter_id(w, l, x);
	wr_str(w, ": {kind: address, help: \"the peer on ");
	put_service(w, x);
	if (x->name.n) {
		wr_str(w, ", ");
		wr_printable(w, x->name);
	}
	wr_str(w, "\"}\n");
}

static void put_value(struct wr *w, const struct lessons *l, const struct lesson *x)
{
	put_parameter_id(w, l, x);
	wr_str(w, ": \"");
	wr_addr(w, &x->peers[0]);
	wr_str(w, "\"\n");
}

static void put_rules(struct wr *w, const struct lessons *l)
{
	bool failed = false;
	size_t rules = 0;

	for (size_t i = 0; i < l->n; i++)
		rules += is_rule(&l->v[i]);
	wr_str(w, rules ? "rules:\n" : "rules: []\n");
	for (size_t i = 0; i < l->n; i++) {
		if (lesson_failed(&l->v[i]) && !failed) {
			failed = true;
			wr_str(w, "\n  # What did not come up, not once: the device may need it nevertheless.\n");
		}
		put_lesson(w, l, &l->v[i]);
	}
}

void lessons_profile(const struct lessons *l, const struct addr *device, struct wr *w)
{
	put_head(w, l, device);
	wr_str(w, "format: 1\nid: ");
	put_profile_id(w, device);
	wr_str(w, "\ntitle: \"What ");
	wr_addr(w, device);
	wr_str(w, " was seen to do\"\n");
	put_source(w, l);
	put_parameters(w, l, put_declaration);
	put_rules(w, l);
}

void lessons_site(const struct lessons *l, const struct addr *device, struct wr *w)
{
	wr_str(w, "# The site to the profile ");
	put_profile_id(w, device);
	wr_str(w, ": what only this place knows. Give it with --site.\nsite: ");
	put_profile_id(w, device);
	wr_str(w, "\nvantage: unknown   # inside, outside or device: where the capture was taken, seen from the firewall\n");
	put_parameters(w, l, put_value);
	wr_str(w, "devices:\n  - {address: \"");
	wr_addr(w, device);
	wr_str(w, "\", profiles: [");
	put_profile_id(w, device);
	wr_str(w, "]}\n");
}
