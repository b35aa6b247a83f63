/*
 * A page of text for people: paragraphs wrapped at spaces, indented, with a few styles that become ANSI colours or
 * nothing. Text is collected in a struct wr by the page_put functions, which let no control byte through, so that
 * nothing in a capture can move the reader's cursor.
 */
#ifndef PLUMBLINE_REPORT_PAGE_H
#define PLUMBLINE_REPORT_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/wr.h"
#include "record/result.h"

/*
 * Bytes in collected text that only page_put functions write: styles, a space where no line may break, and a place
 * without a space where one may.
 */
enum page_mark { MARK_HIGH = 1, MARK_MEDIUM, MARK_LOW, MARK_INFO, MARK_STRONG, MARK_OFF, MARK_SPACE, MARK_BREAK };

struct page {
	FILE *to;
	struct wr text; /* the paragraph that is being collected */
	struct wr laid; /* and as far as it is laid out */
	unsigned columns;
	bool color;
	int err; /* -errno of the first write that failed */
};

void page_init(struct page *p, FILE *to, unsigned columns, bool color);
void page_free(struct page *p);

/* The collected text as a paragraph: first line behind `first` spaces, the others behind `hang`. Empties it. */
void page_flush(struct page *p, unsigned first, unsigned hang);
/* The same behind a label that fills `width` columns at `indent`. */
void page_item(struct page *p, unsigned indent, const char *label, unsigned width);
void page_blank(struct page *p); /* where nothing is collected */
/* A whole line of our own words. */
void page_line(struct page *p, unsigned indent, const char *s);
/* Writes what stdio holds; 0 or the first error. */
int page_end(struct page *p);

/* Text of ours or hostile bytes: UTF-8 stays, control bytes and broken UTF-8 become \xHH. */
void page_put(struct page *p, struct span s);
void page_put_str(struct page *p, const char *s);
void page_put_mark(struct page *p, enum page_mark m);
void page_put_strong(struct page *p, struct span s);
/* A file's name without its folders; "standard input" for "-". */
void page_put_file(struct page *p, struct span path);
/* One shell word, quoted where it has to be; no line break inside. */
void page_put_shell(struct page *p, struct span s);
/* A display filter in single quotes; lines may break between its words, where neither shell nor tshark minds. */
void page_put_filter(struct page *p, struct span s);

/* 12,345 */
void page_put_number(struct page *p, uint64_t n);
/* "1 packet", "12,345 packets"; the plural adds an s, `plural` overrides it. */
void page_put_count(struct page *p, uint64_t n, const char *one, const char *plural);
/* "once", "12 times". */
void page_put_times_over(struct page *p, uint64_t n);
/* "512 bytes", "9.1 MB" (powers of 1000). */
void page_put_bytes(struct page *p, uint64_t n);
/* "250 ms", "3.2 s", "2 h 9 min". */
void page_put_duration(struct page *p, int64_t ns);
/* RFC 3339 UTC, to the second or the millisecond. */
void page_put_time(struct page *p, int64_t ns, bool ms);
/* "T1 to T2", or one where they are in the same second. */
void page_put_times(struct page *p, int64_t first, int64_t last);
void page_put_addr(struct page *p, const struct addr *a);
/* "192.0.2.1:443", "[2001:db8::1]:443"; without a port where it is 0. */
void page_put_end(struct page *p, const struct addr *a, uint16_t port);
/* "name (address)", either, or "an unknown peer". */
void page_put_peer(struct page *p, struct span name, const struct addr *a);
/* "TCP", "UDP", "IP protocol 99". */
void page_put_transport(struct page *p, uint8_t proto);
/* "HIGH" in its colour. */
void page_put_severity(struct page *p, uint8_t severity, const char *word);

#endif
