/* LDAP in streams and datagrams, on its port and on another one (the first byte). */
#include "tests/fuzz/app_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		play(data[0] & 1 ? &dissector_ldap : &dissector_cldap, data[0] & 2 ? 389 : 3890, true, data + 1, size - 1);
	return 0;
}
