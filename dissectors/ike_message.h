/* One IKE message, as far as it is in the clear; RFC 2408, 3; RFC 7296, 3. */
#ifndef PLUMBLINE_DISSECTORS_IKE_MESSAGE_H
#define PLUMBLINE_DISSECTORS_IKE_MESSAGE_H

#include <stdbool.h>

#include "base/fact.h"

enum { IKE_HEADER = 28 };

/* Could these bytes be an IKE message? Only the header is looked at. */
bool ike_is_plausible(struct rd datagram);

/*
 * Fills all but nat_traversal, and `response` only for version 2. RD_SHORT: *ret_f has what was captured. RD_OVERRUN:
 * *ret_f has the header only. Where not even the header is there, or is sound, *ret_f is untouched.
 */
enum rd_err ike_read(struct rd datagram, struct fact_ike *ret_f);

#endif
