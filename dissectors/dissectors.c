/* The table of all dissectors. */
#include "dissectors/dissector.h"

#define DISSECTOR(id) extern const struct dissector dissector_##id;
#include "dissectors/dissectors.def"
#undef DISSECTOR

const struct dissector *const dissectors[] = {
#define DISSECTOR(id) &dissector_##id,
#include "dissectors/dissectors.def"
#undef DISSECTOR
};

const size_t dissectors_n = sizeof(dissectors) / sizeof(dissectors[0]);
