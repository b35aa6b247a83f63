/* The library behind the classifier: requests in, labels out. Runs in the worker only; it must be expected to crash. */
#ifndef PLUMBLINE_CLASSIFY_ADAPTER_H
#define PLUMBLINE_CLASSIFY_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

struct adapter;

struct adapter_label {
	uint16_t id; /* adapter_name() knows it; 0: unknown */
	bool weak;   /* see struct classify_label */
};

/* 0 or -ENOMEM; takes 20 ms. Reads no file that a user wrote. */
int adapter_new(struct adapter **ret_a);
void adapter_free(struct adapter *a);

/* The name of a label: ours where a dissector of ours has one for that protocol. NULL where there is no such id. */
const char *adapter_name(const struct adapter *a, uint16_t id);

/* The label of one request (classify.h says what one is), of whose IP packets none is larger than l3_max. */
struct adapter_label adapter_label(struct adapter *a, struct rd request, size_t l3_max);

#endif
