/* libgcrypt, by its manual: messages are hashed and deciphered at once, and no handle outlives a call. */
#include "base/crypt.h"

#include <gcrypt.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool works;

/* The library wants to be asked for its version before anything else, and aborts where two threads do that at a time. */
static void begin(void)
{
	works = gcry_control(GCRYCTL_ANY_INITIALIZATION_P) || gcry_check_version(NULL);
}

bool crypt_init(void)
{
	return pthread_once(&once, begin) == 0 && works;
}

void crypt_sha1(struct span bytes, uint8_t out[CRYPT_SHA1])
{
	if (crypt_init())
		gcry_md_hash_buffer(GCRY_MD_SHA1, out, bytes.p, bytes.n);
	else
		memset(out, 0, CRYPT_SHA1);
}

bool crypt_hmac_sha256(struct span key, const struct span *messages, size_t n, uint8_t out[][CRYPT_SHA256])
{
	gcry_md_hd_t h;

	memset(out, 0, n * CRYPT_SHA256);
	if (!crypt_init() || gcry_md_open(&h, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC))
		return false;
	bool keyed = !gcry_md_setkey(h, key.p, key.n);
	for (size_t i = 0; i < n && keyed; i++) {
		gcry_md_write(h, messages[i].p, messages[i].n);
		memcpy(out[i], gcry_md_read(h, GCRY_MD_SHA256), CRYPT_SHA256);
		gcry_md_reset(h); /* keeps the key */
	}
	gcry_md_close(h);
	return keyed;
}

static bool with_key(gcry_cipher_hd_t *ret_h, int mode, const uint8_t key[CRYPT_AES128])
{
	gcry_cipher_hd_t h;

	if (!crypt_init() || gcry_cipher_open(&h, GCRY_CIPHER_AES128, mode, 0))
		return false;
	if (gcry_cipher_setkey(h, key, CRYPT_AES128)) {
		gcry_cipher_close(h);
		return false;
	}
	*ret_h = h;
	return true;
}

bool crypt_aes128(const uint8_t key[CRYPT_AES128], const uint8_t in[CRYPT_BLOCK], uint8_t out[CRYPT_BLOCK])
{
	gcry_cipher_hd_t h;

	if (!with_key(&h, GCRY_CIPHER_MODE_ECB, key))
		return false;
	bool done = !gcry_cipher_encrypt(h, out, CRYPT_BLOCK, in, CRYPT_BLOCK);
	gcry_cipher_close(h);
	return done;
}

bool crypt_gcm_open(const uint8_t key[CRYPT_AES128], const uint8_t nonce[CRYPT_NONCE], struct span aad, uint8_t *bytes,
		    size_t n, const uint8_t tag[CRYPT_TAG])
{
	gcry_cipher_hd_t h;

	if (!with_key(&h, GCRY_CIPHER_MODE_GCM, key))
		return false;
	bool opened = !gcry_cipher_setiv(h, nonce, CRYPT_NONCE) && !gcry_cipher_authenticate(h, aad.p, aad.n) &&
		      (n == 0 || !gcry_cipher_decrypt(h, bytes, n, NULL, 0)) &&
		      !gcry_cipher_checktag(h, tag, CRYPT_TAG);
	gcry_cipher_close(h);
	return opened;
}
