/*
 * A flow as one of its ends sees it: the words that the matcher understands, with the names known for the peer, and
 * the rules it fits.
 */
#ifndef PLUMBLINE_JUDGE_VIEW_H
#define PLUMBLINE_JUDGE_VIEW_H

#include "judge/state.h"
#include "profile/match.h"

enum { VIEW_HITS = 24 };

struct view {
	struct judge *j;
	const struct closed *c;
	struct host *host;
	struct device *device;        /* NULL: nobody's */
	int end;                      /* 0: the initiator's end */
	struct match_flow flow;
	struct name_candidate names[NAME_CANDIDATES];
	size_t names_n;
	bool names_weak;
	uint32_t logical;             /* number of the logical flow inside a proxy flow; 0: the flow itself */
	struct result verdict;        /* filled when it is judged, said after the flow's own record */
	struct span rules[VIEW_HITS];
	bool has_verdict;
};

/* Fills view.flow from the flow, the end and what is known of both hosts. */
void view_look(struct view *v);

/* The names of f->peer when the flow began, into f and the view. */
void view_names(struct view *v, struct match_flow *f);

/* The name it carries, else the likeliest that was looked up; empty without. */
struct span view_name(const struct view *v);

/* The service is at the peer's end: as the flow began, or by the rule where nobody saw who did. r NULL: no rule. */
bool view_at_peer(const struct view *v, const struct rule *r);
/* The service's port. */
uint16_t view_port(const struct view *v, const struct rule *r);

/* Every rule of its device that the flow fits, headline first; answers to what the device asked among them. */
size_t view_match(const struct view *v, struct match_hit hits[VIEW_HITS]);

/*
 * Where no rule takes the outer name of an encrypted hello: the rules that names fit which the device itself looked up
 * for that address, as possible. None where it asked for the outer name too: then that is the one.
 */
size_t view_match_inner(const struct view *v, struct match_hit hits[VIEW_HITS]);

/* The device itself looked that name up for the peer's address before the flow began. */
bool view_asked(const struct view *v, struct span name);

/* What became of it, for the headline rule. */
struct outcome_of view_outcome(const struct view *v, const struct match_hit *head, const struct surroundings *s);

/* Adds the flow to the attempts of the rules it fits; *given is the outcome for the headline. */
void view_count(const struct view *v, const struct match_hit *hits, size_t n, const struct surroundings *s,
		const struct outcome_of *given);

/* False where dissectors, or a classifier that is sure, found another application than the rule declares. */
bool view_fits_application(const struct closed *c, const struct rule *r);
/*
 * The answer of a portal: a redirect, 511 (RFC 6585) or a page with a body, where the rule says which status the open
 * Internet gives. NULL: none.
 */
const struct http_seen *view_portal(const struct view *v, const struct rule *r);

/* Takes down what is worth a note; head NULL: no rule takes the flow. */
void view_notice(const struct view *v, const struct match_hit *head, const struct outcome_of *o);
/* True where a rule takes the flow in all but its peer's scope: that is said, and the flow is not undeclared beside it. */
bool view_near_miss(const struct view *v);

/* Sets the verdict, with notes and undeclared flows; n 0: no rule takes it. */
void view_judged(struct view *v, const struct match_hit *hits, size_t n, const struct outcome_of *o);
void view_put_verdict(const struct view *v);

/* What a proxy was asked for. */
bool logical_is_proxy(const struct closed *c);
void logical_judge(const struct view *outer, const struct surroundings *s);

/* Tries the signatures of every profile; the device the host is after that, or NULL. */
struct device *view_recognise(struct view *v);

#endif
