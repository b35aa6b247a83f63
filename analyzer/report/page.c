/* Laying out: wrapping, indentation, styles. */
#include "report/page.h"

#include <errno.h>
#include <string.h>

/* LAID_MAX: what a paragraph of TEXT_MAX bytes becomes with its indentation. */
enum { COLUMNS_DEFAULT = 100, COLUMNS_MIN = 40, TEXT_MAX = 1 << 20, LAID_MAX = 8 << 20 };

void page_init(struct page *p, FILE *to, unsigned columns, bool color)
{
	*p = (struct page){ .to = to, .color = color };
	p->columns = columns == 0 ? COLUMNS_DEFAULT : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
	wr_init(&p->text, TEXT_MAX);
	wr_init(&p->laid, LAID_MAX);
}

void page_free(struct page *p)
{
	wr_free(&p->text);
	wr_free(&p->laid);
}

static void out(struct page *p, const char *s, size_t n)
{
	wr_bytes(&p->laid, s, n);
}

/* Ends the last line; the whole paragraph is written at once, since stdio takes long for a word. */
static void end_paragraph(struct page *p)
{
	out(p, "\n", 1);
	if ((p->text.failed || p->laid.failed) && !p->err)
		p->err = -ENOMEM;
	if (!p->err && fwrite_unlocked(p->laid.p, 1, p->laid.n, p->to) != p->laid.n)
		p->err = errno ? -errno : -EIO;
	wr_reset(&p->text);
	wr_reset(&p->laid);
}

static void out_spaces(struct page *p, unsigned n)
{
	static const char spaces[] = "                                        ";

	while (n) {
		unsigned k = n < sizeof(spaces) - 1 ? n : (unsigned)sizeof(spaces) - 1;
		out(p, spaces, k);
		n -= k;
	}
}

static bool is_mark(char c)
{
	return c >= MARK_HIGH && c <= MARK_OFF;
}

/* Columns that the word fills: marks none, a UTF-8 sequence one. */
static unsigned width_of(const char *s, size_t n)
{
	unsigned w = 0;

	for (size_t i = 0; i < n; i++)
		w += !is_mark(s[i]) && ((unsigned char)s[i] & 0xc0) != 0x80;
	return w;
}

static void out_word(struct page *p, const char *s, size_t n)
{
	static const char *const ansi[] = {
		[MARK_HIGH] = "\033[1;31m", [MARK_MEDIUM] = "\033[1;33m", [MARK_LOW] = "\033[36m",
		[MARK_INFO] = "\033[2m",    [MARK_STRONG] = "\033[1m",    [MARK_OFF] = "\033[0m",
	};
	for (size_t i = 0, from = 0; i <= n; i++) {
		if (i < n && s[i] != MARK_SPACE && !is_mark(s[i]))
			continue;
		out(p, s + from, i - from);
		from = i + 1;
		if (i < n && s[i] == MARK_SPACE)
			out(p, " ", 1);
		else if (i < n && p->color)
			out(p, ansi[(unsigned char)s[i]], strlen(ansi[(unsigned char)s[i]]));
	}
}

/* What stands before the next place where a line may end. */
struct word {
	size_t all, n;        /* bytes; without the spaces at its end */
	unsigned fill, width; /* those spaces, which fill a column; columns of the rest */
	bool plain;           /* nothing in it is a mark */
};

/* Of the first bytes so many are printable ASCII: a column each, and nothing to be looked at more closely. */
static size_t letters(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p > ' ' && *p < 0x7f)
		p++;
	return (size_t)(p - s);
}

static struct word word_next(const char *s, const char *end)
{
	size_t n = letters(s, end);
	struct word w = { .all = n, .width = (unsigned)n, .plain = true };

	for (s += n; s < end && *s != ' ' && *s != MARK_BREAK; s++, w.all++) {
		if (*s == MARK_SPACE) {
			w.fill++;
			continue;
		}
		w.plain &= !w.fill && !is_mark(*s);
		w.width += w.fill + width_of(s, 1);
		w.fill = 0;
	}
	w.n = w.all - w.fill;
	return w;
}

/* Words as they stand beside each other in the text, to be written at once. */
struct run {
	const char *s;
	size_t n;
};

static void out_run(struct page *p, struct run *r)
{
	out(p, r->s, r->n);
	r->n = 0;
}

static void put_word(struct page *p, struct run *r, const char *s, const struct word *w, unsigned gap)
{
	if (w->plain && r->n && gap == 1 && r->s + r->n + 1 == s) {
		r->n += 1 + w->n;
		return;
	}
	out_run(p, r);
	out_spaces(p, gap);
	if (w->plain)
		*r = (struct run){ s, w->n };
	else
		out_word(p, s, w->n);
}

/* `column`: where the cursor is; the first word may stand there. */
static void flow_words(struct page *p, unsigned column, unsigned hang)
{
	const char *s = p->text.p, *end = s + p->text.n;
	struct run run = { 0 };
	bool line_start = true;
	unsigned gap = 0; /* columns between the last word and this one */

	while (s < end) {
		struct word w = word_next(s, end);
		if (w.n && !line_start && column + gap + w.width > p->columns) {
			out_run(p, &run);
			out(p, "\n", 1);
			out_spaces(p, hang);
			column = hang;
			gap = 0;
		}
		if (w.n) {
			put_word(p, &run, s, &w, gap);
			column += gap + w.width;
			line_start = false;
		}
		gap = line_start ? 0 : w.fill + (s + w.all < end && s[w.all] == ' ');
		s += w.all + 1;
	}
	out_run(p, &run);
}

void page_flush(struct page *p, unsigned first, unsigned hang)
{
	if (p->text.n) {
		out_spaces(p, first);
		flow_words(p, first, hang);
	}
	end_paragraph(p);
}

void page_item(struct page *p, unsigned indent, const char *label, unsigned width)
{
	size_t n = strlen(label);
	unsigned used = width_of(label, n);

	out_spaces(p, indent);
	out(p, label, n);
	if (used >= width) { /* too long to share a line */
		out(p, "\n", 1);
		page_flush(p, indent + width, indent + width);
		return;
	}
	if (p->text.n) {
		out_spaces(p, width - used);
		flow_words(p, indent + width, indent + width);
	}
	end_paragraph(p);
}

void page_blank(struct page *p)
{
	end_paragraph(p);
}

void page_line(struct page *p, unsigned indent, const char *s)
{
	page_put_str(p, s);
	page_flush(p, indent, indent);
}

int page_end(struct page *p)
{
	if (!p->err && fflush(p->to) != 0)
		p->err = errno ? -errno : -EIO;
	return p->err;
}
