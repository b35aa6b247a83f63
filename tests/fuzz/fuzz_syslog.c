/* syslog in datagrams and streams, on its port and on another one (the first byte). */
#include "tests/fuzz/app_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		play(data[0] & 1 ? &dissector_syslog : &dissector_syslog_tcp, data[0] & 2 ? 514 : 5140, true, data + 1, size - 1);
	return 0;
}
