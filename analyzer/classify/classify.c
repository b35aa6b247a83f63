/* The program's side: cookies, the way in, and waiting for what may never come. */
#include "classify/classify.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "classify/process.h"

enum { SPINS = 64, STEP_MS = 100, KICKS = 3, END_MS = 2000 };

struct classify {
	struct ring ring;
	struct classify_limits limits;
	pid_t supervisor;
	atomic_bool gone;      /* the supervisor is, or does nothing */
	bool ending;
	uint32_t next;         /* the next cookie to be tried */
	unsigned since_bell;   /* requests */
};

struct classify_limits classify_usual_limits(void)
{
	return (struct classify_limits){
		.cpu_ms = 1000, .wall_ms = 60000, .workers = 32, .l3_max = CLASSIFY_L3_MAX,
#ifndef NDEBUG
		.deny_kills = true,
#endif
	};
}

int classify_new(struct classify **ret_c)
{
	const struct classify_limits usual = classify_usual_limits();
	return classify_new_with(ret_c, &usual);
}

int classify_new_with(struct classify **ret_c, const struct classify_limits *limits)
{
	struct classify *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = (struct classify){ .limits = *limits, .next = 1 };
	int rc = ring_new(&c->ring);
	if (!rc) {
		atomic_store(&c->ring.a->asleep, 1);
		pid_t self = getpid();
		c->supervisor = fork();
		if (c->supervisor == 0)
			supervise(&c->ring, &c->limits, self);
		rc = c->supervisor < 0 ? -errno : 0;
	}
	if (rc) {
		ring_free(&c->ring);
		free(c);
		return rc;
	}
	*ret_c = c;
	return 0;
}

pid_t classify_worker(const struct classify *c)
{
	return (pid_t)atomic_load(&c->ring.a->worker);
}

pid_t classify_supervisor(const struct classify *c)
{
	return c->supervisor;
}

/* ---- the end ---- */

/* True once the supervisor has ended and was waited for. */
static bool is_gone(struct classify *c)
{
	if (!atomic_load(&c->gone) && waitpid(c->supervisor, NULL, WNOHANG) != 0)
		atomic_store(&c->gone, true);
	return atomic_load(&c->gone);
}

void classify_end(struct classify *c)
{
	if (c->ending || is_gone(c))
		return;
	c->ending = true;
	atomic_store(&c->ring.q->quit, 1);
	ring_bell(&c->ring);
	kill(c->supervisor, CLASSIFY_KICK); /* it ends its worker and waits for it, so that its time is counted */
}

void classify_free(struct classify *c)
{
	_Atomic uint32_t never = 0;

	if (!c)
		return;
	classify_end(c);
	for (unsigned ms = 0; ms < END_MS && !is_gone(c); ms++)
		ring_sleep(&never, 0, 1);
	if (!is_gone(c)) {
		kill(c->supervisor, SIGKILL);
		waitpid(c->supervisor, NULL, 0);
	}
	ring_free(&c->ring);
	free(c);
}

/* ---- waiting ---- */

typedef bool (*ready_fn)(const struct classify *c, uint64_t what);

static bool is_over(struct classify *c)
{
	return atomic_load(&c->ring.a->over) || is_gone(c);
}

/* Where nothing moved for too long: first the worker goes, and if that does not help, there is no classifier. */
static void lose_patience(struct classify *c, unsigned *kicks)
{
	if ((*kicks)++ < KICKS)
		kill(c->supervisor, CLASSIFY_KICK);
	else
		atomic_store(&c->ring.a->over, 1);
}

/* Until ready(), or there is nobody to wait for any more: then false, unless it became so in the last moment. */
static bool wait_until(struct classify *c, ready_fn ready, uint64_t what)
{
	struct ring_answers *a = c->ring.a;
	uint64_t tail = atomic_load(&a->tail);
	unsigned still_ms = 0, kicks = 0;

	for (unsigned i = 0; i < SPINS; i++)
		if (ready(c, what))
			return true;
	while (!ready(c, what)) {
		ring_bell(&c->ring);
		uint32_t seen = atomic_load(&a->done);
		atomic_fetch_add(&a->waiting, 1);
		bool over = is_over(c);
		bool moved = over || ready(c, what) || ring_sleep(&a->done, seen, STEP_MS);
		atomic_fetch_sub(&a->waiting, 1);
		if (over)
			return ready(c, what);
		still_ms = moved || tail != atomic_load(&a->tail) ? 0 : still_ms + STEP_MS;
		tail = atomic_load(&a->tail);
		if (still_ms >= c->limits.wall_ms) {
			lose_patience(c, &kicks);
			still_ms = 0;
		}
	}
	return true;
}

/* ---- requests ---- */

static bool has_room(const struct classify *c, uint64_t n)
{
	uint64_t head = atomic_load(&c->ring.q->head), tail = atomic_load(&c->ring.a->tail);
	return tail <= head && head - tail <= RING_BYTES && RING_BYTES - (head - tail) >= n;
}

/* A cookie that is not in use, and its word. */
static _Atomic uint32_t *new_cookie(struct classify *c, uint32_t *ret_cookie)
{
	for (uint32_t tried = 1; tried < RING_COOKIES; tried++) {
		uint32_t cookie = c->next;
		_Atomic uint32_t *word = &c->ring.a->word[cookie];
		c->next = cookie + 1 < RING_COOKIES ? cookie + 1 : 1;
		if (atomic_load_explicit(word, memory_order_acquire) == ANSWER_FREE) {
			*ret_cookie = cookie;
			return word;
		}
	}
	return NULL;
}

int classify_submit(struct classify *c, const struct span *parts, size_t n, uint32_t *ret_cookie)
{
	uint32_t cookie = 0;
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += parts[i].n;
	if (total > RING_REQUEST_MAX)
		return -EMSGSIZE;
	_Atomic uint32_t *word = new_cookie(c, &cookie);
	if (!word)
		return -ENOBUFS;
	atomic_store_explicit(word, ANSWER_AWAITED, memory_order_relaxed);
	*ret_cookie = cookie;
	while (!ring_put(&c->ring, cookie, parts, n, total)) {
		/* at the ring's end as much again may have to be skipped */
		if (!wait_until(c, has_room, 2 * (total + sizeof(struct ring_request) + 8))) {
			atomic_store(word, ANSWER_LOST);
			return 0;
		}
	}
	if (c->since_bell++ % RING_BATCH == 0) /* the first too: the worker has much to make ready */
		ring_bell(&c->ring);
	return 0;
}

/* ---- answers ---- */

static bool is_answered(const struct classify *c, uint64_t cookie)
{
	return atomic_load_explicit(&c->ring.a->word[cookie], memory_order_acquire) != ANSWER_AWAITED;
}

enum classify_answer classify_collect(struct classify *c, uint32_t cookie, struct classify_label *ret_label)
{
	if (cookie == 0 || cookie >= RING_COOKIES)
		return CLASSIFY_LOST;
	_Atomic uint32_t *word = &c->ring.a->word[cookie];
	bool answered = wait_until(c, is_answered, cookie);
	uint32_t answer = atomic_exchange(word, ANSWER_FREE);
	return answered ? ring_read_answer(c->ring.a, answer, ret_label) : CLASSIFY_LOST;
}
