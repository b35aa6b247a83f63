/* FTP, on its port and on another one (the first byte). */
#include "tests/fuzz/app_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		play(&dissector_ftp, data[0] & 1 ? 21 : 2121, true, data + 1, size - 1);
	return 0;
}
