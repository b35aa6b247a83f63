/* The packet clock: DESIGN, determinism. Everything here depends on the order of packets only. */
#include "sensor/clock.h"

#include "sensor/cite.h"

struct clock_source *clock_find(struct clock *c, uint32_t id)
{
	if (c->latest && c->latest->id == id)
		return c->latest;
	for (uint32_t i = 0; i < c->n; i++)
		if (c->source[i].id == id)
			return c->latest = &c->source[i];
	return NULL;
}

struct clock_source *clock_add(struct clock *c, uint32_t id, struct clock_source *ret_old)
{
	struct clock_source *s = c->source;

	if (c->n < CLOCK_SOURCES) {
		s = &c->source[c->n++];
	} else {
		for (uint32_t i = 1; i < c->n; i++)
			if (c->source[i].seen < s->seen)
				s = &c->source[i];
		c->reused++;
	}
	*ret_old = *s;
	*s = (struct clock_source){ .id = id, .used = true };
	c->latest = s;
	return s;
}

static bool far(int64_t a, int64_t b)
{
	int64_t d = elapsed(a, b);
	return d > CLOCK_STEP || d < -CLOCK_STEP;
}

/* True where another source still carries the clock: then this one is late, and time has not gone back. */
static bool held_by_another(const struct clock *c, const struct clock_source *s)
{
	for (uint32_t i = 0; i < c->n; i++) {
		const struct clock_source *o = &c->source[i];
		if (o != s && o->started && !far(o->last, c->now))
			return true;
	}
	return false;
}

static void in_step(struct clock *c, struct clock_source *s, int64_t time)
{
	s->jumped = false;
	if (time > s->last || far(time, s->last))
		s->last = time;
	if (time > c->now)
		c->now = time;
}

/* The packet after a jump bears it out: it has not gone back to where the source was, nor jumped the other way. */
static bool confirms(const struct clock_source *s, int64_t time)
{
	bool back = s->jump < s->last;

	if (!s->jumped || (time < s->jump && far(time, s->jump)))
		return false;
	return back ? time < s->last : time > s->last;
}

static int64_t step_back(struct clock *c, struct clock_source *s)
{
	bool back = s->jump < c->now && far(s->jump, c->now) && !held_by_another(c, s);
	int64_t step = back ? elapsed(c->now, s->jump) : 0;

	if (back)
		c->now = s->jump;
	return step;
}

int64_t clock_see(struct clock *c, struct clock_source *s, int64_t time)
{
	int64_t step = 0;

	if (!c->started) {
		c->started = true;
		c->now = time;
	}
	if (!s->started) {
		/* a new source starts in step with the clock, wherever it is */
		s->started = true;
		s->last = time > c->now && far(time, c->now) ? c->now : time;
	}
	if (far(time, s->last) && confirms(s, time)) {
		step = step_back(c, s);
		in_step(c, s, s->jump);
	}
	if (far(time, s->last)) {
		s->jumped = true;
		s->jump = time;
	} else {
		in_step(c, s, time);
	}
	if (time < c->now)
		c->late++;
	return step;
}

void clock_finish(struct clock *c)
{
	for (uint32_t i = 0; i < c->n; i++) {
		struct clock_source *s = &c->source[i];
		if (s->jumped && s->jump > c->now)
			c->now = s->jump;
	}
}
