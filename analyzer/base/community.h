/* Community ID flow hashing, version 1, seed 0 (github.com/corelight/community-id-spec): one name for a flow in all tools. */
#ifndef PLUMBLINE_BASE_COMMUNITY_H
#define PLUMBLINE_BASE_COMMUNITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum { COMMUNITY_ID_TEXT = 32 }; /* "1:" and 28 characters of base64 */

/* False where the protocol has no ports and the specification's ICMP mapping would be needed: then there is no id. */
bool community_id(uint8_t proto, const struct addr addr[2], const uint16_t port[2], char out[COMMUNITY_ID_TEXT]);

#endif
