/* `plumbline explain CODE`. */
#ifndef PLUMBLINE_REPORT_EXPLAIN_H
#define PLUMBLINE_REPORT_EXPLAIN_H

#include <stdint.h>
#include <stdio.h>

/* What the finding means, how it is proven, what to do. 0; -EINVAL: no such code; -errno of the first failed write. */
int report_explain(uint16_t code, FILE *to);

#endif
