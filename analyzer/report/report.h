/* Reports: results for people and programs. Each format is one file behind one vtable; formats.def lists them. */
#ifndef PLUMBLINE_REPORT_REPORT_H
#define PLUMBLINE_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "record/result.h"

enum flows_shown { FLOWS_NONE, FLOWS_UNDECLARED, FLOWS_ALL };

struct report_options {
	bool color;
	enum flows_shown flows;
	unsigned columns;      /* of the terminal; 0: 100 */
	struct span only;      /* a device, address, profile or code; empty: everything */
};

struct report;

/* One output format. */
struct report_format {
	const char *name;  /* "text", "jsonl" */
	const char *title;
	bool wants_flows;  /* always; text wants them only with --flows */
	bool binary;       /* no text: nothing for a terminal */
	int (*open)(struct report **ret_r, const struct report_options *o, FILE *to);
	void (*put)(struct report *r, const struct result *x);
	/* Writes what is left and frees; 0 or -errno of the first write that failed. Never closes `to`. */
	int (*close)(struct report *r);
};

extern const struct report_format *const report_formats[];
extern const size_t report_formats_n;
const struct report_format *report_format(const char *name); /* NULL: no such */

#endif
