/* Facts of web, directory and shell protocols as lines of text, for dissect_feed.h. */
#ifndef PLUMBLINE_TESTS_APP_TEXT_H
#define PLUMBLINE_TESTS_APP_TEXT_H

#include "base/fact.h"
#include "base/wr.h"

static inline void app_words(struct wr *w, const char *name, struct span s)
{
	wr_str(w, name);
	wr_printable(w, s);
}

static inline void http_text(struct wr *w, const struct fact_http *h)
{
	app_words(w, "http method=", h->method);
	app_words(w, " host=", h->host);
	app_words(w, " target=", h->target);
	wr_str(w, " status=");
	wr_u64(w, h->status);
	wr_str(w, " length=");
	wr_i64(w, h->content_length);
	app_words(w, " type=", h->content_type);
	app_words(w, " location=", h->location);
	wr_str(w, h->connect ? " connect" : "");
	wr_str(w, h->absolute ? " absolute" : "");
	wr_str(w, h->empty ? " empty" : "");
}

/* False where the fact is of another kind; nothing is written then. */
static inline bool app_text(struct wr *w, const struct fact *f)
{
	switch (f->kind) {
	case FACT_HTTP:
		http_text(w, &f->http);
		return true;
	case FACT_BANNER:
		app_words(w, "banner ", f->banner.application);
		app_words(w, " text=", f->banner.text);
		return true;
	default:
		return false;
	}
}

#endif
