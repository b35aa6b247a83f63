/* Blocks in a ring, and one lock that is taken once a block. */
#include "capture/ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/region.h"
#include "capture/block.h"

enum { BLOCKS = 8, WAKE = BLOCKS / 2 }; /* it sleeps till so many are free: waking costs more than a block */

struct ahead {
	struct input in;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled_one, freed_some;
	uint8_t *bytes[BLOCKS];
	ssize_t got[BLOCKS];
	/* under the lock: */
	uint64_t filled, freed; /* blocks ever */
	bool closed;
	uint64_t taken;         /* the reader's own */
};

/* As much as there is up to a whole block; what ends the input, or fails, is a block of its own behind what came first. */
static ssize_t fill(const struct ahead *a, uint8_t *to, ssize_t *last)
{
	size_t n = 0;

	while (n < AHEAD_BLOCK && *last > 0) {
		*last = a->in.type->read(a->in.state, to + n, AHEAD_BLOCK - n);
		if (*last > 0)
			n += (size_t)*last;
	}
	return n ? (ssize_t)n : *last;
}

static void *run(void *ctx)
{
	struct ahead *a = ctx;
	ssize_t last = 1, got = 1;

	pthread_mutex_lock(&a->lock);
	while (!a->closed && got > 0) {
		if (a->filled - a->freed == BLOCKS) {
			pthread_cond_wait(&a->freed_some, &a->lock);
			continue;
		}
		unsigned i = (unsigned)(a->filled % BLOCKS);
		pthread_mutex_unlock(&a->lock);
		got = fill(a, a->bytes[i] + AHEAD_FRONT, &last);
		pthread_mutex_lock(&a->lock);
		a->got[i] = got;
		a->filled++;
		pthread_cond_signal(&a->filled_one);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

ssize_t ahead_next(struct ahead *a, uint8_t **ret_bytes)
{
	pthread_mutex_lock(&a->lock);
	while (a->filled == a->taken)
		pthread_cond_wait(&a->filled_one, &a->lock);
	pthread_mutex_unlock(&a->lock);
	unsigned i = (unsigned)(a->taken % BLOCKS);
	*ret_bytes = a->bytes[i] + AHEAD_FRONT;
	if (a->got[i] > 0)
		a->taken++;
	return a->got[i];
}

void ahead_release(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->freed = a->taken ? a->taken - 1 : 0;
	if (a->filled - a->freed <= BLOCKS - WAKE)
		pthread_cond_signal(&a->freed_some);
	pthread_mutex_unlock(&a->lock);
}

static void release(struct ahead *a)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		region_give(a->bytes[i]);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->filled_one);
	pthread_cond_destroy(&a->freed_some);
	free(a);
}

/* Signals are for the thread that waits for people. */
static bool start(struct ahead *a)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return false;
	bool started = pthread_create(&a->thread, NULL, run, a) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

bool ahead_new(struct ahead **ret_a, const struct input *in)
{
	struct ahead *a = calloc(1, sizeof(*a));
	bool room = a;

	if (!a)
		return false;
	a->in = *in;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->filled_one, NULL);
	pthread_cond_init(&a->freed_some, NULL);
	for (unsigned i = 0; i < BLOCKS; i++) {
		a->bytes[i] = region_take(AHEAD_FRONT + AHEAD_BLOCK);
		room = room && a->bytes[i];
	}
	if (!room || !start(a)) {
		release(a);
		return false;
	}
	*ret_a = a;
	return true;
}

void ahead_close(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->closed = true;
	pthread_cond_signal(&a->freed_some);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	a->in.type->close(a->in.state);
	release(a);
}
