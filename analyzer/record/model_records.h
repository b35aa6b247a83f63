/* Tables that both model_obs.c and model_result.c use. */
#ifndef PLUMBLINE_RECORD_MODEL_RECORDS_H
#define PLUMBLINE_RECORD_MODEL_RECORDS_H

#include "record/model.h"

extern const struct record record_frame; /* struct obs_frame */
extern const struct record record_icmp;  /* struct obs_icmp */

#endif
