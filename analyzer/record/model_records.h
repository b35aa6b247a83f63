/* Tables that more than one of the model_*.c files use. */
#ifndef PLUMBLINE_RECORD_MODEL_RECORDS_H
#define PLUMBLINE_RECORD_MODEL_RECORDS_H

#include "record/model.h"

extern const struct record record_frame; /* struct obs_frame */
extern const struct record record_icmp;  /* struct obs_icmp */
extern const struct record record_tunnel; /* struct obs_tunnel */
extern const struct record record_facts[FACT_KINDS]; /* struct fact, by kind; no fields where the kind is not kept */

#endif
