/* HTTP/1, both sides of a stream. After what is no message the next one counts only at the front of a segment. */
#include "tests/fuzz/app_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	play(&dissector_http, 80, false, data, size);
	return 0;
}
