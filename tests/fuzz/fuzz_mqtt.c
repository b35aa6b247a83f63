/* MQTT, on its port and on another one (the first byte). */
#include "tests/fuzz/app_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		play(&dissector_mqtt, data[0] & 1 ? 1883 : 8000, true, data + 1, size - 1);
	return 0;
}
