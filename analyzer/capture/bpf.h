/*
 * The filter: a BPF expression, compiled and run by libpcap. The only file that knows libpcap.
 *
 * Offsets in a compiled filter belong to one link type, and a capture may hold several: it is compiled for each when
 * the first packet of that type comes.
 */
#ifndef PLUMBLINE_CAPTURE_BPF_H
#define PLUMBLINE_CAPTURE_BPF_H

#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

struct filter;

enum filter_verdict {
	FILTER_PASS,
	FILTER_DROP,
	FILTER_UNFIT, /* the expression cannot be compiled for this link type */
};

/* Copies the expression; nothing is compiled yet. -ENOMEM. */
int filter_new(struct filter **ret_f, const char *expression);
/* Accepts NULL. */
void filter_free(struct filter *f);

/* Compiles for a link type (LINKTYPE_ number). -EINVAL and libpcap's words in `why` where it cannot be. */
int filter_compile(struct filter *f, uint32_t link_type, char *why, size_t why_size);

enum filter_verdict filter_apply(struct filter *f, const struct frame *frame);

#endif
