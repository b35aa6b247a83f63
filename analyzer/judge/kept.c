/* A map of the words that are there, and the words. */
#include "judge/kept.h"

#include <string.h>

typedef uint64_t __attribute__((may_alias)) word;

enum { WORDS = sizeof(struct closed) / sizeof(word), MAP = 64, MAPS = (WORDS + MAP - 1) / MAP };
_Static_assert(sizeof(struct closed) % sizeof(word) == 0, "copied as words");

struct kept {
	uint32_t refs;
	uint32_t size;          /* its pool */
	struct detail *detail;
	uint64_t there[MAPS];   /* a bit for each word that is not zero */
	uint64_t words[];
};

void keeps_init(struct keeps *k, size_t max, struct pool *details)
{
	*k = (struct keeps){ .details = details };
	for (size_t i = 0; i < KEPT_SIZES; i++)
		pool_init(&k->size[i], sizeof(struct kept) + (i + 1) * KEPT_STEP * sizeof(word), max);
}

void keeps_free(struct keeps *k)
{
	for (size_t i = 0; i < KEPT_SIZES; i++)
		pool_free(&k->size[i]);
}

/* Returns how many there are. */
static size_t gather(const struct closed *c, uint64_t there[MAPS], uint64_t words[WORDS])
{
	const word *from = (const word *)c;
	size_t n = 0;

	for (size_t i = 0; i < WORDS; i++) {
		words[n] = from[i];
		there[i / MAP] |= (uint64_t)(from[i] != 0) << i % MAP;
		n += from[i] != 0;
	}
	return n;
}

struct kept *kept_new(struct keeps *k, const struct closed *c)
{
	uint64_t there[MAPS] = { 0 }, words[WORDS];
	size_t n = gather(c, there, words);
	uint32_t size = (uint32_t)(n ? (n - 1) / KEPT_STEP : 0);
	struct kept *f = pool_take_raw(&k->size[size]);

	if (!f)
		return NULL;
	f->refs = 1;
	f->size = size;
	f->detail = c->detail;
	memcpy(f->there, there, sizeof(there));
	memcpy(f->words, words, n * sizeof(words[0]));
	k->n++;
	return f;
}

struct kept *kept_ref(struct kept *f)
{
	f->refs++;
	return f;
}

void kept_unref(struct keeps *k, struct kept *f)
{
	if (--f->refs)
		return;
	pool_give(k->details, f->detail);
	pool_give(&k->size[f->size], f);
	k->n--;
}

void kept_read(const struct kept *f, struct closed *ret_c)
{
	word *to = (word *)ret_c;
	size_t n = 0;

	for (size_t i = 0; i < WORDS; i++)
		to[i] = f->there[i / MAP] >> i % MAP & 1 ? f->words[n++] : 0;
}
