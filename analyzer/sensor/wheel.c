/* A flow knows its slot and its place there; who leaves is replaced by the last. */
#include "sensor/wheel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "sensor/cite.h"
#include "sensor/flow.h"

enum { ROOM_FIRST = 16, FEW = 64 };

static const int64_t SLOT = 10 * NS_PER_S;

void wheel_init(struct wheel *w)
{
	*w = (struct wheel){ .newest = INT64_MIN };
}

void wheel_free(struct wheel *w)
{
	for (unsigned i = 0; i < WHEEL_SLOTS; i++)
		free(w->slot[i].v);
	free(w->due.v);
	free(w->spare.v);
	wheel_init(w);
}

static bool reserve(struct wheel_slot *s, uint32_t n)
{
	uint32_t room = s->room ? s->room : ROOM_FIRST;

	if (n <= s->room)
		return true;
	while (room < n)
		room *= 2;
	struct wheel_entry *v = realloc(s->v, room * sizeof(*v));
	if (!v)
		return false;
	s->v = v;
	s->room = room;
	return true;
}

static int64_t slot_of(int64_t time)
{
	return time / SLOT - (time % SLOT < 0);
}

void wheel_leave(struct wheel *w, struct flow *f)
{
	if (!f->slot)
		return;
	struct wheel_slot *s = &w->slot[f->slot - 1];
	struct wheel_entry last = s->v[--s->n];
	s->v[f->slot_at] = last;
	last.flow->slot_at = f->slot_at;
	f->slot = 0;
}

void wheel_put(struct wheel *w, struct flow *f, int64_t time)
{
	int64_t number = slot_of(time);

	if (number <= w->newest)
		number = w->newest + 1;
	unsigned i = (unsigned)((uint64_t)number % WHEEL_SLOTS);
	wheel_leave(w, f);
	struct wheel_slot *s = &w->slot[i];
	if (!reserve(s, s->n + 1))
		return;
	f->slot = (uint16_t)(i + 1);
	f->slot_at = s->n;
	s->v[s->n++] = (struct wheel_entry){ f->id, f };
}

/* Everything in slot i goes to `due`; false where there is no room for it. */
static bool empty(struct wheel *w, unsigned i)
{
	struct wheel_slot *s = &w->slot[i], *due = &w->due;

	if (due->n && s->n && !reserve(due, due->n + s->n))
		return false;
	for (uint32_t k = 0; k < s->n; k++)
		s->v[k].flow->slot = 0;
	if (due->n == 0) { /* as a rule one slot comes at a time */
		struct wheel_slot t = *due;
		*due = *s;
		*s = (struct wheel_slot){ 0 };
		free(t.v);
		return true;
	}
	if (s->n == 0)
		return true;
	memcpy(due->v + due->n, s->v, s->n * sizeof(*s->v));
	due->n += s->n;
	free(s->v);
	*s = (struct wheel_slot){ 0 };
	return true;
}

/* One round of a radix sort, by eight bits of the id's distance from the least. */
static void round_by(const struct wheel_slot *from, struct wheel_slot *to, uint64_t least, unsigned shift)
{
	uint32_t at[256] = { 0 }, n = 0;

	for (uint32_t i = 0; i < from->n; i++)
		at[(from->v[i].id - least) >> shift & 255]++;
	for (unsigned k = 0; k < 256; k++) {
		uint32_t here = at[k];
		at[k] = n;
		n += here;
	}
	for (uint32_t i = 0; i < from->n; i++)
		to->v[at[(from->v[i].id - least) >> shift & 255]++] = from->v[i];
	to->n = from->n;
}

static void insertion_sort(struct wheel_slot *s)
{
	for (uint32_t i = 1; i < s->n; i++) {
		struct wheel_entry e = s->v[i];
		uint32_t k = i;
		for (; k > 0 && s->v[k - 1].id > e.id; k--)
			s->v[k] = s->v[k - 1];
		s->v[k] = e;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct wheel_entry *x = a, *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Thousands may come due at once. */
static void sort(struct wheel_slot *s, struct wheel_slot *spare)
{
	uint64_t least = UINT64_MAX, most = 0;

	if (s->n < FEW) {
		insertion_sort(s);
		return;
	}
	if (!reserve(spare, s->n)) {
		qsort(s->v, s->n, sizeof(*s->v), by_id);
		return;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		least = s->v[i].id < least ? s->v[i].id : least;
		most = s->v[i].id > most ? s->v[i].id : most;
	}
	for (unsigned shift = 0; shift < 64 && (most - least) >> shift; shift += 8) {
		round_by(s, spare, least, shift);
		struct wheel_slot t = *s;
		*s = *spare;
		*spare = t;
	}
}

const struct wheel_slot *wheel_due(struct wheel *w, int64_t now)
{
	int64_t last = slot_of(now), first = w->newest;

	w->due.n = 0;
	if (last <= first)
		return &w->due;
	/* A jump of more than a whole turn empties every slot once; who is not due yet is put again. */
	if (first == INT64_MIN || elapsed(first, last) > WHEEL_SLOTS)
		first = last - WHEEL_SLOTS;
	for (w->newest = first; w->newest < last; w->newest++)
		if (!empty(w, (unsigned)((uint64_t)(w->newest + 1) % WHEEL_SLOTS)))
			break; /* the rest comes the next time */
	sort(&w->due, &w->spare);
	return &w->due;
}

void wheel_rewind(struct wheel *w, int64_t now)
{
	w->newest = slot_of(now);
}
