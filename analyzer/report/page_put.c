/* What goes into a paragraph: safe text, numbers, times, addresses, shell words. */
#include <string.h>

#include "base/time.h"
#include "record/names.h"
#include "record/utf8.h"
#include "report/page.h"

/* Bytes of the printable character that s begins with; 0: none. C1 controls (U+0080 to U+009F) are not printable. */
static size_t printable(struct span s)
{
	if (s.p[0] < 0x80)
		return s.p[0] >= 0x20 && s.p[0] < 0x7f;
	return s.n > 1 && s.p[0] == 0xc2 && s.p[1] < 0xa0 ? 0 : utf8_length(s);
}

/* How many of the first bytes are printable ASCII, from `least` on. */
static size_t plain_run(struct span s, char least)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= least && s.p[n] < 0x7f)
		n++;
	return n;
}

static void put_safe(struct wr *w, struct span s, char space)
{
	while (s.n) {
		size_t run = plain_run(s, space == ' ' ? ' ' : '!'), n = run ? run : printable(s);
		if (!run && *s.p == ' ') {
			wr_char(w, space);
		} else if (n) {
			wr_bytes(w, s.p, n);
		} else if (*s.p == '\n' || *s.p == '\t') {
			wr_char(w, ' ');
			n = 1;
		} else {
			wr_str(w, "\\x");
			wr_hex(w, s.p, 1);
			n = 1;
		}
		s.p += n;
		s.n -= n;
	}
}

void page_put(struct page *p, struct span s)
{
	put_safe(&p->text, s, ' ');
}

void page_put_str(struct page *p, const char *s)
{
	page_put(p, (struct span){ (const uint8_t *)s, strlen(s) });
}

void page_put_mark(struct page *p, enum page_mark m)
{
	wr_char(&p->text, (char)m);
}

void page_put_strong(struct page *p, struct span s)
{
	page_put_mark(p, MARK_STRONG);
	page_put(p, s);
	page_put_mark(p, MARK_OFF);
}

void page_put_file(struct page *p, struct span path)
{
	const uint8_t *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	if (path.n == 1 && path.p[0] == '-') {
		page_put_str(p, "standard input");
		return;
	}
	if (slash && slash + 1 < path.p + path.n)
		path = (struct span){ slash + 1, (size_t)(path.p + path.n - slash) - 1 };
	page_put(p, path);
}

static bool is_bare(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      strchr("._/+:@%,=-", c)) ||
		    c == 0)
			return false;
	}
	return s.n > 0;
}

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] >= 0x7f)
			return true;
	return false;
}

void page_put_shell(struct page *p, struct span s)
{
	struct wr *w = &p->text;

	if (is_bare(s)) {
		wr_span(w, s);
		return;
	}
	if (has_control(s)) { /* bash, zsh, ksh: $'...' */
		wr_str(w, "$'");
		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] < 0x20 || s.p[i] >= 0x7f || s.p[i] == '\\' || s.p[i] == '\'') {
				wr_str(w, "\\x");
				wr_hex(w, s.p + i, 1);
			} else {
				wr_char(w, s.p[i] == ' ' ? MARK_SPACE : (char)s.p[i]);
			}
		}
		wr_char(w, '\'');
		return;
	}
	wr_char(w, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			wr_str(w, "'\\''");
		else
			wr_char(w, s.p[i] == ' ' ? MARK_SPACE : (char)s.p[i]);
	}
	wr_char(w, '\'');
}

void page_put_filter(struct page *p, struct span s)
{
	bool quoted = false; /* a string of the filter's own: its spaces are part of it */
	size_t at = 0;

	wr_char(&p->text, '\'');
	wr_char(&p->text, MARK_BREAK);
	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '\'' && s.p[i] != '"')
			continue;
		if (i > at)
			put_safe(&p->text, (struct span){ s.p + at, i - at }, quoted ? MARK_SPACE : ' ');
		if (i < s.n)
			wr_str(&p->text, s.p[i] == '"' ? "\"" : "'\\''");
		quoted ^= i < s.n && s.p[i] == '"';
		at = i + 1;
	}
	wr_char(&p->text, '\'');
}

void page_put_number(struct page *p, uint64_t n)
{
	uint64_t scale = 1;

	while (n / scale >= 1000)
		scale *= 1000;
	wr_u64(&p->text, n / scale);
	while (scale > 1) {
		n %= scale;
		scale /= 1000;
		wr_char(&p->text, ',');
		wr_u64_pad(&p->text, n / scale, 3);
	}
}

void page_put_count(struct page *p, uint64_t n, const char *one, const char *plural)
{
	page_put_number(p, n);
	wr_char(&p->text, MARK_SPACE);
	page_put_str(p, n != 1 && plural ? plural : one);
	if (n != 1 && !plural)
		wr_char(&p->text, 's');
}

void page_put_times_over(struct page *p, uint64_t n)
{
	if (n == 1)
		page_put_str(p, "once");
	else
		page_put_count(p, n, "time", NULL);
}

/* Two digits that matter, rounded: 1.2, 12, 120. */
static void put_scaled(struct page *p, uint64_t n, uint64_t size, const char *unit)
{
	uint64_t whole = n / size + (n % size >= size / 2), tenths = n / size < 10 ? (n + size / 20) / (size / 10) : 100;

	if (tenths < 100 && tenths % 10) {
		wr_u64(&p->text, tenths / 10);
		wr_char(&p->text, '.');
		wr_u64(&p->text, tenths % 10);
	} else {
		page_put_number(p, whole);
	}
	wr_char(&p->text, MARK_SPACE);
	page_put_str(p, unit);
}

void page_put_bytes(struct page *p, uint64_t n)
{
	static const struct {
		uint64_t size;
		const char *unit;
	} units[] = { { UINT64_C(1000000000000), "TB" }, { 1000000000, "GB" }, { 1000000, "MB" }, { 1000, "KB" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (n >= units[i].size) {
			put_scaled(p, n, units[i].size, units[i].unit);
			return;
		}
	}
	page_put_count(p, n, "byte", NULL);
}

static void put_two(struct page *p, uint64_t a, const char *a_unit, uint64_t b, const char *b_unit)
{
	page_put_number(p, a);
	wr_char(&p->text, MARK_SPACE);
	page_put_str(p, a_unit);
	if (!b)
		return;
	wr_char(&p->text, MARK_SPACE);
	page_put_number(p, b);
	wr_char(&p->text, MARK_SPACE);
	page_put_str(p, b_unit);
}

void page_put_duration(struct page *p, int64_t ns)
{
	uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, s = n / (uint64_t)NS_PER_S;

	if (ns < 0)
		wr_char(&p->text, '-');
	if (n < (uint64_t)NS_PER_S)
		put_scaled(p, n, (uint64_t)NS_PER_MS, "ms");
	else if (s < 60)
		put_scaled(p, n, (uint64_t)NS_PER_S, "s");
	else if (s < 3600)
		put_two(p, s / 60, "min", s % 60, "s");
	else if (s < 86400)
		put_two(p, s / 3600, "h", s / 60 % 60, "min");
	else
		put_two(p, s / 86400, s < 2 * 86400 ? "day" : "days", s / 3600 % 24, "h");
}

void page_put_time(struct page *p, int64_t ns, bool ms)
{
	struct civil c = time_civil(ns);
	struct wr *w = &p->text;

	wr_u64_pad(w, (uint64_t)c.year, 4);
	wr_char(w, '-');
	wr_u64_pad(w, c.month, 2);
	wr_char(w, '-');
	wr_u64_pad(w, c.day, 2);
	wr_char(w, 'T');
	wr_u64_pad(w, c.hour, 2);
	wr_char(w, ':');
	wr_u64_pad(w, c.minute, 2);
	wr_char(w, ':');
	wr_u64_pad(w, c.second, 2);
	if (ms) {
		wr_char(w, '.');
		wr_u64_pad(w, c.nano / 1000000, 3);
	}
	wr_char(w, 'Z');
}

void page_put_times(struct page *p, int64_t first, int64_t last)
{
	page_put_time(p, first, false);
	if (last <= first || last / NS_PER_S == first / NS_PER_S)
		return;
	page_put_str(p, " to ");
	page_put_time(p, last, false);
}

void page_put_addr(struct page *p, const struct addr *a)
{
	wr_addr(&p->text, a);
}

void page_put_end(struct page *p, const struct addr *a, uint16_t port)
{
	bool bracket = port && !addr_is_v4(a);

	if (bracket)
		wr_char(&p->text, '[');
	wr_addr(&p->text, a);
	if (bracket)
		wr_char(&p->text, ']');
	if (port) {
		wr_char(&p->text, ':');
		wr_u64(&p->text, port);
	}
}

void page_put_peer(struct page *p, struct span name, const struct addr *a)
{
	bool has_addr = !addr_is_none(a);

	page_put(p, name);
	if (name.n && has_addr)
		page_put_str(p, " (");
	if (has_addr)
		wr_addr(&p->text, a);
	if (name.n && has_addr)
		wr_char(&p->text, ')');
	if (!name.n && !has_addr)
		page_put_str(p, "an unknown peer");
}

void page_put_transport(struct page *p, uint8_t proto)
{
	const char *s = names_text(&names_transport, proto);

	if (!s) {
		page_put_str(p, "IP protocol ");
		wr_u64(&p->text, proto);
		return;
	}
	for (; *s; s++)
		wr_char(&p->text, *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s);
}

void page_put_severity(struct page *p, uint8_t severity, const char *word)
{
	static const uint8_t marks[] = { [SEVERITY_INFO] = MARK_INFO,
		                         [SEVERITY_LOW] = MARK_LOW,
		                         [SEVERITY_MEDIUM] = MARK_MEDIUM,
		                         [SEVERITY_HIGH] = MARK_HIGH };

	page_put_mark(p, severity < sizeof(marks) ? (enum page_mark)marks[severity] : MARK_STRONG);
	page_put_str(p, word);
	page_put_mark(p, MARK_OFF);
}
