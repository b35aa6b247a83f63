/* Shared memory, futexes (futex(2)), and the reading of both parts by those who do not trust them. */
#include "classify/ring.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ALIGN = 8 };

static void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

int ring_new(struct ring *ret_r)
{
	struct ring r = { .q = shared(sizeof(*r.q)), .a = shared(sizeof(*r.a)) };

	if (!r.q || !r.a) {
		ring_free(&r);
		return -ENOMEM;
	}
	*ret_r = r;
	return 0;
}

void ring_free(struct ring *r)
{
	if (r->q)
		munmap(r->q, sizeof(*r->q));
	if (r->a)
		munmap(r->a, sizeof(*r->a));
	*r = (struct ring){ 0 };
}

/* ---- requests ---- */

static uint64_t room_of(size_t n)
{
	return (sizeof(struct ring_request) + n + ALIGN - 1) / ALIGN * ALIGN;
}

/* Up to the ring's end; always at least a header's room, as all is a multiple of ALIGN. */
static uint64_t up_to_end(uint64_t position)
{
	return RING_BYTES - position % RING_BYTES;
}

static void put_header(struct ring *r, uint64_t at, uint32_t cookie, uint64_t n)
{
	const struct ring_request header = { cookie, (uint32_t)n };
	memcpy(r->q->bytes + at % RING_BYTES, &header, sizeof(header));
}

bool ring_put(struct ring *r, uint32_t cookie, const struct span *parts, size_t n, size_t total)
{
	uint64_t head = atomic_load_explicit(&r->q->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&r->a->tail, memory_order_acquire);
	uint64_t room = room_of(total), skip = up_to_end(head) < room ? up_to_end(head) : 0;

	if (tail > head || head - tail > RING_BYTES || RING_BYTES - (head - tail) < room + skip)
		return false;
	if (skip) {
		put_header(r, head, RING_SKIP, skip - sizeof(struct ring_request));
		head += skip;
	}
	put_header(r, head, cookie, total);
	uint8_t *to = r->q->bytes + head % RING_BYTES + sizeof(struct ring_request);
	for (size_t i = 0; i < n; i++) {
		memcpy(to, parts[i].p, parts[i].n);
		to += parts[i].n;
	}
	atomic_store(&r->q->head, head + room);
	return true;
}

bool ring_get(const struct ring *r, uint64_t tail, struct ring_request *ret_request, const uint8_t **ret_bytes,
	      uint64_t *ret_next, bool *ret_broken)
{
	uint64_t head = atomic_load(&r->q->head);
	struct ring_request header = { RING_SKIP, 0 };

	*ret_broken = false;
	if (tail == head)
		return false;
	*ret_broken = true;
	for (unsigned i = 0; i < 2 && header.cookie == RING_SKIP; i++) {
		if (tail >= head || head - tail > RING_BYTES || tail % ALIGN)
			return false;
		memcpy(&header, r->q->bytes + tail % RING_BYTES, sizeof(header));
		if (room_of(header.n) > up_to_end(tail) || room_of(header.n) > head - tail)
			return false;
		*ret_bytes = r->q->bytes + tail % RING_BYTES + sizeof(header);
		tail += room_of(header.n);
	}
	if (header.cookie == RING_SKIP || header.cookie >= RING_COOKIES)
		return false;
	*ret_broken = false;
	*ret_request = header;
	*ret_next = tail;
	return true;
}

/* ---- answers ---- */

static bool read_name(char ret_name[CLASSIFY_NAME], const char from[CLASSIFY_NAME])
{
	size_t n = 0;

	memcpy(ret_name, from, CLASSIFY_NAME); /* once: it may change while it is looked at */
	while (n < CLASSIFY_NAME && ret_name[n] > ' ' && ret_name[n] <= '~')
		n++;
	return n && n < CLASSIFY_NAME && ret_name[n] == '\0';
}

enum classify_answer ring_read_answer(const struct ring_answers *a, uint32_t word, struct classify_label *ret_label)
{
	struct classify_label label = { .weak = (word & ANSWER_WEAK) != 0 };
	uint32_t id = word >> ANSWER_ID;

	if (word == ANSWER_UNKNOWN)
		return CLASSIFY_UNKNOWN;
	if (!(word & ANSWER_LABEL) || id >= RING_NAMES || !read_name(label.application, a->name[id]))
		return CLASSIFY_LOST;
	*ret_label = label;
	return CLASSIFY_LABEL;
}

/* ---- waiting ---- */

static void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void ring_bell(struct ring *r)
{
	if (!atomic_load(&r->a->asleep))
		return;
	atomic_fetch_add(&r->q->bell, 1);
	wake(&r->q->bell);
}

void ring_tell(struct ring *r)
{
	atomic_fetch_add(&r->a->done, 1);
	if (atomic_load(&r->a->waiting))
		wake(&r->a->done);
}

bool ring_sleep(_Atomic uint32_t *word, uint32_t seen, unsigned ms)
{
	const struct timespec limit = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	return syscall(SYS_futex, word, FUTEX_WAIT, seen, ms ? &limit : NULL, NULL, 0) == 0 || errno != ETIMEDOUT;
}
