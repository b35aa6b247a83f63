/*
 * What a test needs to drive a dissector: a small sensor that keeps unconsumed bytes as dissector.h says, and facts,
 * marks and records as lines of text.
 */
#ifndef PLUMBLINE_TESTS_DISSECT_FEED_H
#define PLUMBLINE_TESTS_DISSECT_FEED_H

#include <stdlib.h>

#include "base/wr.h"
#include "dissectors/dissector.h"
#include "tests/unit/app_text.h"
#include "tests/unit/media_text.h"

extern const struct dissector dissector_tls, dissector_mcs, dissector_dns, dissector_dns_tcp, dissector_dhcp;
extern const struct dissector dissector_sip, dissector_sip_tcp, dissector_rtp, dissector_stun, dissector_stun_tcp;
extern const struct dissector dissector_ntp, dissector_ike, dissector_l2tp, dissector_quic;
extern const struct dissector dissector_http, dissector_ftp, dissector_ssh, dissector_mysql, dissector_ldap;
extern const struct dissector dissector_cldap, dissector_mqtt, dissector_syslog, dissector_syslog_tcp;

struct feeder_side {
	uint64_t at;   /* stream offset of the next byte to come */
	uint64_t want;
	uint8_t *kept; /* from `want` on, up to `at` */
	size_t kept_n;
	bool gap;
	uint8_t *held; /* of a dissector of datagrams that holds */
};

struct feeder {
	const struct dissector *d, *listener;
	void *state, *listener_state;
	uint16_t port[2];
	struct feeder_side side[2];
	int64_t time;
	struct wr log; /* a line for every fact, and for marks where `marks` is set */
	bool marks, records;
	bool unheard;  /* nobody waits for records of data */
	bool no_room;  /* nothing is held */
	unsigned facts[FACT_KINDS], done, logins, alerts;
};

static inline void feed_text(struct wr *w, const char *name, struct span s)
{
	wr_str(w, name);
	wr_printable(w, s);
}

static inline void feed_hex16(struct wr *w, const char *name, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	wr_str(w, name);
	wr_hex(w, b, 2);
}

static inline void feed_list(struct wr *w, const char *name, const struct span *s, size_t n, size_t more)
{
	wr_str(w, name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			wr_char(w, ',');
		wr_printable(w, s[i]);
	}
	if (more) {
		wr_char(w, '+');
		wr_u64(w, more);
	}
}

static inline void feed_addrs(struct wr *w, const char *name, const struct addr *a, size_t n)
{
	wr_str(w, name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			wr_char(w, ',');
		wr_addr(w, &a[i]);
	}
}

static inline void feed_dns_text(struct wr *w, const struct fact_dns *d)
{
	wr_str(w, d->response ? "dns response id=" : "dns query id=");
	wr_u64(w, d->id);
	wr_str(w, " type=");
	wr_u64(w, d->type);
	wr_str(w, " rcode=");
	wr_u64(w, d->rcode);
	wr_str(w, d->truncated ? " tc" : "");
	feed_text(w, " name=", d->name);
	feed_list(w, " chain=", d->chain, d->chain_n, d->chain_more);
	wr_str(w, " answers=");
	for (size_t i = 0; i < d->answers_n; i++) {
		if (i)
			wr_char(w, ',');
		wr_addr(w, &d->answers[i].addr);
		wr_char(w, '/');
		wr_u64(w, d->answers[i].ttl);
	}
	if (d->answers_more) {
		wr_char(w, '+');
		wr_u64(w, d->answers_more);
	}
}

static inline void feed_dhcp_text(struct wr *w, const struct fact_dhcp *d)
{
	wr_str(w, "dhcp v");
	wr_u64(w, d->version);
	wr_str(w, " message=");
	wr_u64(w, d->message);
	wr_str(w, " xid=");
	wr_u64(w, d->xid);
	wr_str(w, " client=");
	wr_mac(w, &d->client);
	wr_str(w, " address=");
	wr_addr(w, &d->address);
	wr_str(w, " server=");
	wr_addr(w, &d->server);
	feed_addrs(w, " dns=", d->resolvers, d->resolvers_n);
	feed_addrs(w, " routers=", d->routers, d->routers_n);
	feed_addrs(w, " ntp=", d->ntp, d->ntp_n);
	feed_text(w, " host=", d->host_name);
	feed_text(w, " class=", d->vendor_class);
	wr_str(w, " lease=");
	wr_u64(w, d->lease_s);
}

static inline void feed_cert_text(struct wr *w, const struct fact_tls_cert *c)
{
	feed_text(w, "cert subject=", c->subject);
	feed_text(w, " issuer=", c->issuer);
	feed_text(w, " org=", c->issuer_org);
	feed_list(w, " names=", c->names, c->names_n, c->names_more);
	wr_str(w, " from=");
	wr_time(w, c->not_before);
	wr_str(w, " to=");
	wr_time(w, c->not_after);
	wr_str(w, " bits=");
	wr_u64(w, c->key_bits);
}

static inline void feed_fact_text(struct wr *w, const struct fact *f)
{
	wr_u64(w, f->side);
	wr_char(w, ' ');
	switch (f->kind) {
	case FACT_TLS_CLIENT:
		feed_hex16(w, "client version=", f->tls_client.version);
		feed_hex16(w, " legacy=", f->tls_client.legacy_version);
		feed_text(w, " sni=", f->tls_client.sni);
		feed_list(w, " alpn=", f->tls_client.alpn, f->tls_client.alpns, f->tls_client.alpn_more);
		wr_str(w, f->tls_client.ech ? " ech" : "");
		wr_str(w, f->tls_client.quic ? " quic" : "");
		break;
	case FACT_TLS_SERVER:
		feed_hex16(w, "server version=", f->tls_server.version);
		feed_hex16(w, " cipher=", f->tls_server.cipher);
		feed_text(w, " alpn=", f->tls_server.alpn);
		wr_str(w, f->tls_server.retry ? " retry" : "");
		break;
	case FACT_TLS_CERT:
		feed_cert_text(w, &f->tls_cert);
		break;
	case FACT_LABEL:
		feed_text(w, "label ", f->label.application);
		feed_text(w, " how=", f->label.how);
		break;
	case FACT_QUIC:
		wr_str(w, "quic version=");
		wr_u64(w, f->quic.version);
		wr_str(w, " offered=");
		wr_u64(w, f->quic.offered);
		wr_str(w, f->quic.negotiated ? " negotiated" : "");
		wr_str(w, f->quic.retry ? " retry" : "");
		wr_str(w, " close=");
		wr_u64(w, f->quic.close);
		break;
	case FACT_DNS:
		feed_dns_text(w, &f->dns);
		break;
	case FACT_DHCP:
		feed_dhcp_text(w, &f->dhcp);
		break;
	default:
		if (!media_text(w, f) && !app_text(w, f))
			wr_str(w, "?");
		break;
	}
	wr_char(w, '\n');
}

static inline void feed_on_fact(void *ctx, const struct fact *f)
{
	struct feeder *fd = ctx;

	fd->facts[f->kind]++;
	feed_fact_text(&fd->log, f);
}

static inline void feed_on_mark(void *ctx, enum dissector_mark m, uint8_t side, uint32_t a, uint32_t b, uint32_t c)
{
	static const char *const names[] = { " record ", " alert ", " done ", " login ", " reply ", " rejected " };
	struct feeder *fd = ctx;

	fd->done += m == MARK_TLS_DONE;
	fd->logins += m == MARK_LOGIN;
	fd->alerts += m == MARK_TLS_ALERT;
	if (!fd->marks || (m == MARK_TLS_RECORD && !fd->records))
		return;
	wr_u64(&fd->log, side);
	wr_str(&fd->log, names[m]);
	wr_u64(&fd->log, a);
	wr_char(&fd->log, ' ');
	wr_u64(&fd->log, b);
	wr_char(&fd->log, ' ');
	wr_u64(&fd->log, c);
	wr_char(&fd->log, '\n');
}

static inline struct fact_sink feed_sink(struct feeder *fd);

static inline void feed_on_record(void *ctx, const struct dissector_record *r)
{
	struct feeder *fd = ctx;
	struct fact_sink out = feed_sink(fd);

	if (fd->listener)
		(void)fd->listener->record(fd->listener_state, r, &out);
}

static inline struct fact_sink feed_sink(struct feeder *fd)
{
	return (struct fact_sink){ fd, feed_on_fact, feed_on_mark, feed_on_record, fd->unheard };
}

static inline void feeder_init(struct feeder *fd, const struct dissector *d, uint16_t port0, uint16_t port1)
{
	*fd = (struct feeder){ .d = d, .port = { port0, port1 } };
	fd->state = calloc(1, d->state_size);
	if (d == &dissector_tls) {
		fd->listener = &dissector_mcs;
		fd->listener_state = calloc(1, dissector_mcs.state_size);
	}
	for (int i = 0; i < 2; i++)
		fd->side[i].kept = malloc(DISSECTOR_PREFIX);
	wr_init(&fd->log, 1 << 20);
}

static inline void feeder_free(struct feeder *fd)
{
	free(fd->state);
	free(fd->listener_state);
	free(fd->side[0].kept);
	free(fd->side[1].kept);
	free(fd->side[0].held);
	free(fd->side[1].held);
	wr_free(&fd->log);
}

/* The log as a string; valid until more is fed. */
static inline const char *feeder_log(struct feeder *fd)
{
	wr_char(&fd->log, 0);
	fd->log.n--;
	return fd->log.p ? fd->log.p : "";
}

/* One call, with the bytes in a block of exactly their size so that a sanitizer sees one byte too many. */
static inline uint64_t feeder_call(struct feeder *fd, uint8_t side, uint64_t offset, const uint8_t *p, size_t cap,
				   size_t len)
{
	struct feeder_side *s = &fd->side[side];
	struct fact_sink out = feed_sink(fd);
	uint8_t *copy = malloc(cap ? cap : 1);

	if (cap)
		memcpy(copy, p, cap);
	struct dissector_input in = {
		.time = fd->time, .offset = offset, .port = { fd->port[0], fd->port[1] }, .side = side, .gap = s->gap,
		.bytes = rd_of(copy, cap, len),
	};
	if (fd->d->holds && !s->held && !fd->no_room)
		s->held = calloc(1, DISSECTOR_PREFIX);
	in.held = s->held;
	uint64_t want = fd->d->feed(fd->state, &in, &out);
	s->gap = false;
	if (want != DISSECTOR_HOLD) {
		free(s->held);
		s->held = NULL;
	}
	free(copy);
	return want;
}

static inline void feeder_datagram(struct feeder *fd, uint8_t side, const void *p, size_t cap, size_t len)
{
	struct feeder_side *s = &fd->side[side];

	if (s->want < DISSECTOR_HANDOVER)
		s->want = feeder_call(fd, side, 0, p, cap, len);
}

/* The flow closes. */
static inline void feeder_finish(struct feeder *fd)
{
	struct fact_sink out = feed_sink(fd);

	if (fd->d->finish)
		fd->d->finish(fd->state, &out);
}

/* Offers what is kept and remembers what is left of it. False where nothing of it was consumed. */
static inline bool feeder_offer(struct feeder *fd, uint8_t side, size_t len)
{
	struct feeder_side *s = &fd->side[side];
	const uint64_t begin = s->at - s->kept_n;
	const uint64_t want = feeder_call(fd, side, begin, s->kept, s->kept_n, len);

	if (want == DISSECTOR_HANDOVER) {
		wr_u64(&fd->log, side);
		wr_str(&fd->log, " handover at ");
		wr_u64(&fd->log, begin);
		wr_char(&fd->log, '\n');
		fd->side[!side].want = DISSECTOR_DONE;
	}
	s->want = want;
	if (want <= begin)
		return false;
	uint64_t gone = want - begin < s->kept_n ? want - begin : s->kept_n;
	memmove(s->kept, s->kept + gone, s->kept_n - gone);
	s->kept_n -= gone;
	return true;
}

/* `len` bytes of a side's stream, the first `cap` of them captured. */
static inline void feeder_push(struct feeder *fd, uint8_t side, const void *data, size_t cap, size_t len)
{
	struct feeder_side *s = &fd->side[side];
	const uint8_t *p = data;
	const size_t lost = len - cap;

	for (size_t i = 0; i < cap;) {
		if (!s->kept_n && s->want > s->at) { /* wanted later */
			size_t skip = s->want - s->at < cap - i ? s->want - s->at : cap - i;
			s->at += skip;
			i += skip;
			continue;
		}
		size_t take = DISSECTOR_PREFIX - s->kept_n < cap - i ? DISSECTOR_PREFIX - s->kept_n : cap - i;
		memcpy(s->kept + s->kept_n, p + i, take);
		s->kept_n += take;
		s->at += take;
		i += take;
		if (!feeder_offer(fd, side, s->kept_n + (i == cap ? lost : 0)) && s->kept_n == DISSECTOR_PREFIX) {
			s->kept_n = 0;
			s->gap = true;
		}
	}
	s->at += lost;
	if (lost && s->want < s->at) {
		s->kept_n = 0;
		s->gap = true;
	}
}

/* `n` captured bytes of a side's stream in segments of at most `step`. */
static inline void feeder_segments(struct feeder *fd, uint8_t side, const uint8_t *p, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i += step)
		feeder_push(fd, side, p + i, n - i < step ? n - i : step, n - i < step ? n - i : step);
}

/* `n` bytes of a side's stream that nobody captured. */
static inline void feeder_lose(struct feeder *fd, uint8_t side, size_t n)
{
	struct feeder_side *s = &fd->side[side];

	s->at += n;
	if (s->want < s->at) {
		s->kept_n = 0;
		s->gap = true;
	}
}

#endif
