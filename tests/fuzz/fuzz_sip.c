/*
 * SIP and SDP. The first byte chooses: a head by itself, whole and cut; a description; datagrams; a stream in segments of
 * up to the second byte, which must say what it says in one piece. A whole head is never "not captured".
 */
#include <stdlib.h>

#include "base/span.h"
#include "dissectors/sdp.h"
#include "dissectors/sip_message.h"
#include "tests/unit/dissect_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *copy_of(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

/* A span that reaches out of its buffer is read to its end here. */
static void touch(struct span s)
{
	volatile uint8_t sum = 0;

	for (struct rd r = rd_span(s); rd_more(&r);)
		sum = (uint8_t)(sum + rd_u8(&r));
}

static void head(const uint8_t *p, size_t n, size_t cap)
{
	uint8_t *copy = copy_of(p, cap);
	struct sip_head h;

	if (sip_head_length(rd_of(copy, cap, n)) > cap)
		abort();
	if (sip_head_read(rd_of(copy, cap, n), &h)) {
		struct fact_sip f = sip_fact(&h);
		touch(f.method);
		touch(f.call_id);
		touch(f.branch);
		touch(f.user_agent);
		if (h.response && (h.status < 100 || h.status > 699))
			abort();
		if (sip_body_length(&h) > INT32_MAX)
			abort();
	}
	free(copy);
}

static void description(const uint8_t *p, size_t n, size_t cap)
{
	struct sdp_media m[SDP_MEDIA];
	uint8_t *copy = copy_of(p, cap);
	const size_t found = sdp_read(rd_of(copy, cap, n), m);

	if (found > SDP_MEDIA)
		abort();
	for (size_t i = 0; i < found; i++) {
		touch(m[i].media.media);
		if (!m[i].media.port || m[i].media.port_to < m[i].media.port || (m[i].has_rtcp && !m[i].rtcp.port))
			abort();
	}
	free(copy);
}

static void stream(const uint8_t *p, size_t n, size_t step)
{
	struct feeder one, many;

	feeder_init(&one, &dissector_sip_tcp, 40000, 5060);
	feeder_init(&many, &dissector_sip_tcp, 40000, 5060);
	one.marks = many.marks = true;
	feeder_segments(&one, 0, p, n, n ? n : 1);
	feeder_segments(&many, 0, p, n, step);
	if (n < DISSECTOR_PREFIX && strcmp(feeder_log(&one), feeder_log(&many)))
		abort();
	feeder_free(&one);
	feeder_free(&many);
}

/* Datagrams of up to `step` bytes, from both sides in turn. */
static void datagrams(const uint8_t *p, size_t n, size_t step)
{
	struct feeder f;

	feeder_init(&f, &dissector_sip, 40000, 5060);
	f.marks = true;
	for (size_t i = 0; i < n; i += step) {
		const size_t take = n - i < step ? n - i : step;
		const struct dissector_input in = { .port = { 40000, 5060 }, .bytes = rd_of(p + i, take, take) };
		(void)dissector_sip.recognise(&in);
		(void)dissector_sip_tcp.recognise(&in);
		feeder_datagram(&f, i / step & 1, p + i, take - take / 4 * (i & 1), take);
	}
	feeder_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const uint8_t *p = data + 2;
	const size_t n = size - 2;
	switch (data[0] % 4) {
	case 0:
		head(p, n, n);
		head(p, n, n * data[1] / 256);
		break;
	case 1:
		description(p, n, n);
		description(p, n, n * data[1] / 256);
		break;
	case 2:
		stream(p, n, 1 + (size_t)data[1] * 8);
		break;
	default:
		datagrams(p, n, 1 + (size_t)data[1] * 8);
		break;
	}
	return 0;
}
