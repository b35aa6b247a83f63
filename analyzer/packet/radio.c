/*
 * What capture drivers put before an 802.11 frame: radiotap (radiotap.org), PPI (CACE, PPI Packet Header 1.0.10), AVS
 * (LINKTYPE_IEEE802_11_AVS) and Prism. Of all they say only what the frame needs to be read is taken.
 */
#include "packet/step.h"

enum { FCS_SIZE = 4 };

/* The radiotap flags field; 0 where the header has none. r stands at the first presence word. */
static uint8_t radiotap_flags(struct rd r)
{
	enum { HAS_TIME = 1, HAS_FLAGS = 2, TIME_SIZE = 8 };
	uint32_t present = rd_u32le(&r), next = present;
	size_t at = 8;

	for (; next >> 31; at += 4) /* another presence word follows */
		next = rd_u32le(&r);
	if (!(present & HAS_FLAGS))
		return 0;
	if (present & HAS_TIME)
		rd_skip(&r, at % TIME_SIZE + TIME_SIZE); /* which is aligned to its size */
	return rd_u8(&r);
}

enum header step_radiotap(struct walk *w)
{
	enum { FIXED = 4, FCS = 0x10, PADDED = 0x20, FCS_WRONG = 0x40 };
	struct rd r = w->r;

	rd_skip(&r, 2); /* version, padding */
	size_t length = rd_u16le(&r);
	struct rd header = rd_sub(&w->r, length);
	rd_skip(&header, FIXED);
	uint8_t flags = radiotap_flags(header);
	if (r.err || w->r.err)
		return step_stop(w, r.err ? r.err : w->r.err);
	if (length < FIXED + sizeof(uint32_t) || flags & FCS_WRONG) /* what a damaged frame says is not so */
		return step_stop(w, RD_OVERRUN);
	if (flags & FCS && w->r.len >= FCS_SIZE)
		w->r = rd_of(w->r.p, w->r.cap, w->r.len - FCS_SIZE);
	return flags & PADDED ? HEADER_80211_PADDED : HEADER_80211;
}

enum header step_ppi(struct walk *w)
{
	enum { FIXED = 8 };
	struct rd r = w->r;

	rd_skip(&r, 2); /* version, flags */
	size_t length = rd_u16le(&r);
	uint32_t link_type = rd_u32le(&r);
	(void)rd_sub(&w->r, length);
	if (r.err || w->r.err)
		return step_stop(w, r.err ? r.err : w->r.err);
	if (length < FIXED)
		return step_stop(w, RD_OVERRUN);
	enum header first = step_first(link_type);
	return first == HEADER_END ? HEADER_UNKNOWN : first;
}

enum header step_avs(struct walk *w)
{
	enum { FIXED = 8 };
	struct rd r = w->r;

	rd_skip(&r, 4); /* magic and version */
	size_t length = rd_u32(&r);
	(void)rd_sub(&w->r, length);
	if (r.err || w->r.err)
		return step_stop(w, r.err ? r.err : w->r.err);
	return length < FIXED ? step_stop(w, RD_OVERRUN) : HEADER_80211;
}

/* Its driver's byte order; where drivers changed to AVS under the same link type, AVS's magic says so. */
enum header step_prism(struct walk *w)
{
	static const uint8_t avs[] = { 0x80, 0x21, 0x10 };
	enum { SIZE = 144 };
	struct rd r = w->r;

	if (rd_starts(&r, avs, sizeof(avs)))
		return HEADER_AVS;
	rd_skip(&r, sizeof(avs)); /* which of both it is stands there: cut before, nothing else is known */
	if (r.err)
		return step_stop(w, r.err);
	rd_skip(&w->r, SIZE);
	return w->r.err ? step_stop(w, w->r.err) : HEADER_80211;
}
