/* Hash keys from the kernel. */
#include "base/hash.h"

#include <sys/random.h>

struct hash_key hash_key_new(void)
{
	struct hash_key key;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
		/* Only in the first moments of a boot: an address is still unlike from run to run. */
		key.k[0] = (uint64_t)(uintptr_t)&key * UINT64_C(0x9e3779b97f4a7c15);
		key.k[1] = ~key.k[0];
	}
	return key;
}
