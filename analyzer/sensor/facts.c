/* Copies of facts: each kind's spans are listed in one table, so that copying knows no kind by itself. */
#include "sensor/facts.h"

#include <stddef.h>
#include <string.h>

#include "base/span.h"

enum { TEXT_MAX = 2048, SPANS = 5 };

static const size_t SIZE[FACT_SIZES] = { 128, 224, 512, 1024, 2944 };
/* Of each size: below 32 MiB. */
static const size_t ROOM[FACT_SIZES] = { 1 << 18, 1 << 17, 1 << 16, 1 << 15, 1 << 13 };

struct kept_fact {
	struct kept_fact *next;
	int64_t time;
	uint8_t pool, end;
	uint16_t used; /* bytes of `fact` that its kind has */
	uint32_t left_out; /* those between the one before and this one that are not kept */
	struct fact fact; /* only `used` bytes are there; the text follows them */
};
_Static_assert(offsetof(struct kept_fact, fact) + sizeof(struct fact_tls_cert) + 16 + TEXT_MAX <= 2944,
	       "the largest size holds the largest fact");

/* Where a kind has spans: one, or a list whose length stands in a uint8_t. What lies behind a list's end is not set. */
struct span_list {
	size_t at, length_at;
};
#define ONE(member) { offsetof(struct fact, member), 0 }
#define LIST(member, length) { offsetof(struct fact, member), offsetof(struct fact, length) }

static const struct {
	size_t size;
	struct span_list spans[SPANS];
} LAYOUT[FACT_KINDS] = {
	[FACT_TLS_CLIENT] = { sizeof(struct fact_tls_client),
			      { ONE(tls_client.sni), LIST(tls_client.alpn, tls_client.alpns) } },
	[FACT_TLS_SERVER] = { sizeof(struct fact_tls_server), { ONE(tls_server.alpn) } },
	[FACT_TLS_CERT] = { sizeof(struct fact_tls_cert),
			    { ONE(tls_cert.subject), ONE(tls_cert.issuer), ONE(tls_cert.issuer_org),
			      LIST(tls_cert.names, tls_cert.names_n) } },
	[FACT_LABEL] = { sizeof(struct fact_label), { ONE(label.application), ONE(label.how) } },
	[FACT_HTTP] = { sizeof(struct fact_http),
			{ ONE(http.method), ONE(http.host), ONE(http.target), ONE(http.location),
			  ONE(http.content_type) } },
	[FACT_SIP] = { sizeof(struct fact_sip),
		       { ONE(sip.method), ONE(sip.call_id), ONE(sip.branch), ONE(sip.user_agent) } },
	[FACT_RTP] = { sizeof(struct fact_rtp), { { 0 } } },
	[FACT_IKE] = { sizeof(struct fact_ike), { { 0 } } },
	[FACT_BANNER] = { sizeof(struct fact_banner), { ONE(banner.application), ONE(banner.text) } },
	[FACT_QUIC] = { sizeof(struct fact_quic), { { 0 } } },
	[FACT_AUTH] = { sizeof(struct fact_auth), { ONE(auth.application), ONE(auth.mechanism) } },
};

static size_t list_length(const struct fact *fact, const struct span_list *l)
{
	uint8_t n;

	if (l->at == 0)
		return 0;
	if (l->length_at == 0)
		return 1;
	memcpy(&n, (const char *)fact + l->length_at, sizeof(n));
	return n;
}

void facts_init(struct facts *t, uint32_t max)
{
	*t = (struct facts){ 0 };
	for (unsigned i = 0; i < FACT_SIZES; i++)
		pool_init(&t->size[i], SIZE[i], (size_t)max * 2 < ROOM[i] ? (size_t)max * 2 : ROOM[i]);
}

void facts_free(struct facts *t)
{
	for (unsigned i = 0; i < FACT_SIZES; i++)
		pool_free(&t->size[i]);
}

static struct span span_at(const void *fact, size_t at)
{
	struct span s;

	memcpy(&s, (const char *)fact + at, sizeof(s));
	return s;
}

/* Bytes of text that will be copied: what does not fit any more is left out as a whole, in order. */
static size_t text_size(const struct fact *fact)
{
	size_t total = 0;

	for (unsigned i = 0; i < SPANS; i++) {
		const struct span_list *l = &LAYOUT[fact->kind].spans[i];
		for (size_t j = 0, n = list_length(fact, l); j < n; j++) {
			size_t bytes = span_at(fact, l->at + j * sizeof(struct span)).n;
			if (total + bytes <= TEXT_MAX)
				total += bytes;
		}
	}
	return total;
}

static void copy_text(struct kept_fact *k, const struct fact *fact)
{
	unsigned char *at = (unsigned char *)&k->fact + k->used;
	size_t left = TEXT_MAX;

	for (unsigned i = 0; i < SPANS; i++) {
		const struct span_list *l = &LAYOUT[fact->kind].spans[i];
		for (size_t j = 0, n = list_length(fact, l); j < n; j++) {
			size_t where = l->at + j * sizeof(struct span);
			struct span from = span_at(fact, where), to = { NULL, 0 };
			if (from.n && from.n <= left) {
				memcpy(at, from.p, from.n);
				to = (struct span){ at, from.n };
				at += from.n;
				left -= from.n;
			}
			memcpy((char *)&k->fact + where, &to, sizeof(to));
		}
	}
}

static bool has_label(const struct flow *f, const struct fact_label *l)
{
	for (const struct kept_fact *k = f->facts; k; k = k->next)
		if (k->fact.kind == FACT_LABEL && span_eq(k->fact.label.application, l->application) &&
		    span_eq(k->fact.label.how, l->how))
			return true;
	return false;
}

/* The oldest of the last ones makes room for another. */
static void leave_out(struct facts *t, struct kept_fact **oldest)
{
	struct kept_fact *k = *oldest, *next = k->next;

	next->left_out = k->left_out + 1;
	*oldest = next;
	pool_give(&t->size[k->pool], k);
}

void facts_keep(struct facts *t, struct flow *f, const struct fact *fact, unsigned end, int64_t time)
{
	struct kept_fact **last = &f->facts, **first_of_last = NULL, *k;
	unsigned n = 0, pool = 0;

	if (fact->kind == FACT_LABEL && has_label(f, &fact->label))
		return;
	for (; *last; last = &(*last)->next)
		if (n++ == FACTS_FIRST)
			first_of_last = last;
	size_t used = offsetof(struct fact, tls_client) + LAYOUT[fact->kind].size;
	size_t need = offsetof(struct kept_fact, fact) + used + text_size(fact);
	while (pool < FACT_SIZES - 1 && SIZE[pool] < need)
		pool++;
	if (n == FACTS_FIRST + FACTS_LAST)
		leave_out(t, first_of_last);
	k = pool_take(&t->size[pool]);
	if (!k) {
		t->lost++;
		return;
	}
	k->time = time;
	k->pool = (uint8_t)pool;
	k->end = (uint8_t)end;
	k->used = (uint16_t)used;
	memcpy((char *)k + offsetof(struct kept_fact, fact), fact, used);
	copy_text(k, fact);
	*last = k;
}

bool facts_take(struct facts *t, struct flow *f, struct obs_fact *ret_fact)
{
	struct kept_fact *k = f->facts;

	if (!k)
		return false;
	f->facts = k->next;
	*ret_fact = (struct obs_fact){ .flow = f->id, .time = k->time, .left_out = k->left_out };
	memcpy(&ret_fact->fact, (const char *)k + offsetof(struct kept_fact, fact), k->used);
	ret_fact->fact.side = k->end ^ f->initiator;
	pool_give(&t->size[k->pool], k); /* its text stays until the chunk is taken again */
	return true;
}

void facts_drop(struct facts *t, struct flow *f)
{
	while (f->facts) {
		struct kept_fact *k = f->facts;
		f->facts = k->next;
		pool_give(&t->size[k->pool], k);
	}
}
