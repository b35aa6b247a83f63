/*
 * MPLS: RFC 3032. What is below the last label only the routers know; IP is told by its version (RFC 4928), Ethernet of
 * a pseudo-wire by its header, with the control word (RFC 4385) or without (RFC 4448).
 */
#include "packet/step.h"

enum header step_mpls(struct walk *w)
{
	enum { BOTTOM = 0x100 };
	uint32_t entry = rd_u32(&w->r);

	if (w->r.err)
		return step_stop(w, w->r.err);
	return entry & BOTTOM ? HEADER_MPLS_BOTTOM : HEADER_MPLS;
}

/* A MAC may begin with 4 or 6 too; then IP's length fits by accident only. */
static bool is_ip(struct rd r)
{
	enum { IPV4_MIN = 20, IPV6_SIZE = 40 };
	struct rd head = r;
	uint8_t version = rd_u8(&head) >> 4;

	rd_skip(&head, 1);
	size_t v4_length = rd_u16(&head), v6_length = rd_u16(&head);
	if (version == 4)
		return step_fits(HEADER_IPV4, r) && v4_length >= IPV4_MIN && v4_length <= r.len;
	return version == 6 && v6_length + IPV6_SIZE <= r.len;
}

enum header step_mpls_bottom(struct walk *w)
{
	enum { TELLING = 32 }; /* control word, Ethernet, tags, and the first bytes of what is in it */
	struct rd behind = w->r;
	bool control_word = rd_u32(&behind) >> 28 == 0;

	if (behind.err || (w->r.cap < w->r.len && w->r.cap < TELLING))
		return step_stop(w, behind.err ? behind.err : RD_SHORT);
	if (is_ip(w->r))
		return HEADER_IP;
	bool bare = step_fits(HEADER_ETHERNET, w->r), controlled = control_word && step_fits(HEADER_ETHERNET, behind);
	if (step_fits(HEADER_IP, w->r) && !bare)
		return HEADER_IP;
	if (bare == controlled) /* neither, or it could be either */
		return HEADER_OTHER;
	if (controlled)
		w->r = behind;
	return HEADER_ETHERNET;
}
