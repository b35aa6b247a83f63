/* Diagnostics of user text. */
#include "base/diag.h"

#include <stdarg.h>

static size_t put_place(char *out, size_t max, const char *file, unsigned line, unsigned column)
{
	int n = 0;

	if (file && line && column)
		n = snprintf(out, max, "%s:%u:%u: ", file, line, column);
	else if (file && line)
		n = snprintf(out, max, "%s:%u: ", file, line);
	else if (file)
		n = snprintf(out, max, "%s: ", file);
	return n < 0 ? 0 : (size_t)n < max ? (size_t)n : max - 1;
}

void diag_add(struct diag_list *d, enum diag_level level, const char *file, unsigned line, unsigned column,
	      const char *format, ...)
{
	va_list ap;

	if (level == DIAG_ERROR)
		d->errors++;
	else
		d->warnings++;
	if (d->n == DIAG_MAX)
		return;
	struct diag *m = &d->kept[d->n++];
	m->level = level;
	size_t n = put_place(m->text, sizeof(m->text), file, line, column);
	va_start(ap, format);
	(void)vsnprintf(m->text + n, sizeof(m->text) - n, format, ap);
	va_end(ap);
}

void diag_print(const struct diag_list *d, FILE *to)
{
	for (size_t i = 0; i < d->n; i++)
		fprintf(to, "plumbline: %s%s\n", d->kept[i].level == DIAG_WARNING ? "warning: " : "", d->kept[i].text);
	if (d->errors + d->warnings > d->n)
		fprintf(to, "plumbline: and %zu more\n", d->errors + d->warnings - d->n);
}
