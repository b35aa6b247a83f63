/* SSH and MySQL (the first byte). */
#include "tests/fuzz/app_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		play(data[0] & 1 ? &dissector_ssh : &dissector_mysql, 3306, true, data + 1, size - 1);
	return 0;
}
