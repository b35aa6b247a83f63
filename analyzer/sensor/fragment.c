/* Which flow a later fragment belongs to. */
#include "sensor/fragment.h"

#include "base/time.h"

/* RFC 8200, section 4.5: what is not complete after 60 s is given up. */
static const int64_t LIFE = 60 * NS_PER_S;

void fragment_first(struct fragments *t, const struct packet *p, int64_t time, const struct flow_key *k, unsigned end)
{
	t->ring[t->next++ % FRAGMENTS] = (struct fragment){
		.src = p->src,
		.dst = p->dst,
		.id = p->fragment_id,
		.proto = p->proto,
		.used = true,
		.time = time,
		.key = *k,
		.end = end,
	};
}

const struct flow_key *fragment_later(const struct fragments *t, const struct packet *p, int64_t time,
                                      unsigned *ret_end)
{
	for (unsigned i = 1; i <= FRAGMENTS; i++) {
		const struct fragment *g = &t->ring[(t->next - i) % FRAGMENTS];
		if (!g->used)
			return NULL;
		if (g->id != p->fragment_id || g->proto != p->proto || !addr_eq(&g->src, &p->src) ||
		    !addr_eq(&g->dst, &p->dst))
			continue;
		if (elapsed(g->time, time) > LIFE)
			return NULL;
		*ret_end = g->end;
		return &g->key;
	}
	return NULL;
}
